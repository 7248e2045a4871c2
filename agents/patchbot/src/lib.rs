//! PatchBot: turns a CI failure and a read-only workspace into proposed edits,
//! or says why it does not.
//!
//! A wrong proposal is far worse than none. Every strategy is a module with
//! its precondition and its confidence, and works on two things only: the
//! [`transcript`] of the log and a [`workspace`]. What is deliberately not
//! here: guessing; a language model may guess, last and only where the failed
//! command judges it ([`model`]). Where the host lets the failed command be run again, what
//! strategies propose is tried before it is proposed ([`runner`]).

mod bench;
mod candidate;
mod cargo_manifest;
mod command;
mod component;
mod config_file;
mod diagnosis;
mod failure;
mod fitting;
mod fix_mode;
mod foreign;
mod hint;
mod hooks;
mod import_use;
mod known_rule;
pub mod limits;
mod lockfile;
mod missing;
pub mod model;
mod model_loop;
mod named;
mod overlay;
mod packages;
mod paths;
mod places;
pub mod printed_diff;
mod prove;
pub mod push;
mod redaction;
mod renamed;
mod repair;
mod revert;
pub mod runner;
mod share;
mod stale;
mod suggestion;
mod suppression;
mod text_edit;
mod tool;
pub mod transcript;
mod trust;
pub mod whitespace;
mod workflow;
pub mod workspace;

pub use component::PatchBot;
pub use repair::{Given, repair, repair_asking, repair_given, repair_with};

sentinel_sdk::agent!(PatchBot);
