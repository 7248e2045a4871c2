//! The host's side of `sentinel:agent`'s interfaces, one file a capability:
//! ask the grant, act, note.

mod history;
mod input;
mod messages;
mod model;
mod runner;
mod workspace;

use super::bindings::sentinel::agent::types;
use super::state::State;
use crate::effect::Failed;
use crate::grant::Refusal;

/// What a function of ours returns: a trap, or an answer that may be a refusal.
type Access<T> = wasmtime::Result<Result<T, types::AccessError>>;

impl types::Host for State {}

/// A refusal in the contract's words.
fn denied(refusal: Refusal) -> types::AccessError {
    types::AccessError::Denied(types::Denial {
        capability: refusal.capability.to_string(),
        rule: refusal.rule,
        remedy: refusal.remedy,
    })
}

fn failed(failed: Failed) -> types::AccessError {
    match failed {
        Failed::Denied(refusal) => denied(refusal),
        Failed::NotFound(what) => types::AccessError::NotFound(what),
        Failed::OutOfBudget(which) => types::AccessError::OutOfBudget(which),
        Failed::Unavailable(why) => types::AccessError::Failed(why),
    }
}

/// An answer to another question: the journal was tampered with.
fn unexpected<T>() -> Access<T> {
    Ok(Err(types::AccessError::Failed(
        "the host has an answer to another question here".to_owned(),
    )))
}
