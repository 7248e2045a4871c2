//! Which command mends what a check complains about.
//!
//! A host that offers `cargo fmt --check` to an agent offers its *twin*
//! `cargo fmt` beside it, under an id that both sides make and read with this
//! crate. The twin is the same program with the same paths and configuration,
//! so it runs at the version and with the settings that CI used; only what
//! makes it a check is taken off, and what makes it write is put on. Only fixes
//! that a tool itself calls safe are asked for.
//!
//! Data and pure functions, no dependencies: it is compiled into the host and
//! into a guest. Not here: running anything.

#![no_std]

extern crate alloc;

mod generated;
mod launch;
mod record;
mod script;
mod shell;
mod table;
mod twin;

pub use generated::only_asks_git;
pub use launch::program_at;
pub use table::{CHECKERS, Checker, Writes, is_lock_maker, lock_maker};
pub use twin::{Part, Twin, more_twins, parts, quoted, split_id, twins};
