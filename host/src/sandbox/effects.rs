//! What a guest reaches outside the sandbox: one trait, a live implementation
//! (`pipeline::effects`, where adapters meet) and [`Replay`].

use std::collections::VecDeque;

use async_trait::async_trait;

use crate::effect::{Answer, Call, Failed, Journalled};
use crate::grant::Permit;

/// Does what a guest asks for and was permitted.
#[async_trait]
pub trait Effects: Send {
    /// The permit is the proof that [`Grant::authorise`](crate::grant::Grant::authorise)
    /// agreed; whatever is known only later (the address behind a name, the
    /// time) is asked again in here.
    async fn perform(&mut self, permit: &Permit, call: &Call) -> Answer;
}

/// Nothing outside is there: a task that needs nothing, a test.
#[derive(Debug, Default)]
pub struct Nothing;

#[async_trait]
impl Effects for Nothing {
    async fn perform(&mut self, permit: &Permit, _: &Call) -> Answer {
        let capability = permit.capability();
        Answer::Failed(Failed::Unavailable(format!(
            "this host has nothing behind the capability `{capability}`"
        )))
    }
}

/// Answers from a journal, in its order. A call that the journal does not have
/// there is not done and not guessed.
#[derive(Debug)]
pub struct Replay {
    journal: VecDeque<Journalled>,
}

impl Replay {
    pub fn of(journal: Vec<Journalled>) -> Replay {
        Replay {
            journal: journal.into(),
        }
    }
}

#[async_trait]
impl Effects for Replay {
    async fn perform(&mut self, _: &Permit, call: &Call) -> Answer {
        match self.journal.pop_front() {
            Some(entry) if entry.call == call.digest() => entry.answer,
            Some(_) | None => Answer::Failed(Failed::Unavailable(
                "the recording has no answer to this call".to_owned(),
            )),
        }
    }
}
