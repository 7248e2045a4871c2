//! A stateful GitHub over HTTP.
