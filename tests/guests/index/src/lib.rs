//! The raw guests of `tests/guests`, by name.

include!(concat!(env!("OUT_DIR"), "/hostile_guests.rs"));
