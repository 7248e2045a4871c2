//! PatchBot: turns a CI failure and a read-only workspace into proposed edits,
//! or says why it does not.
//!
//! A wrong proposal is far worse than none. Every strategy is a module with
//! its precondition and its confidence, and works on two things only: the
//! [`transcript`] of the log and a [`workspace`]. What is deliberately not
//! here: running anything, and guessing.

mod candidate;
mod command;
mod component;
mod failure;
mod fitting;
mod hint;
mod hooks;
pub mod limits;
mod paths;
mod places;
pub mod printed_diff;
mod redaction;
mod repair;
mod suggestion;
mod tool;
pub mod transcript;
mod trust;
pub mod whitespace;
pub mod workspace;

pub use component::PatchBot;
pub use repair::repair;

sentinel_sdk::agent!(PatchBot);
