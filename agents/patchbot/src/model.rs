//! Asking a language model, and its two real implementations: what the host
//! grants, and answers that were written down before.

use std::cell::RefCell;
use std::collections::VecDeque;

use sentinel_sdk::history::{self, Past};
use sentinel_sdk::log::{self, Level};
use sentinel_sdk::model::{self, Completion, Message};
use sentinel_sdk::{AccessError, Attribute};

use crate::limits::MAX_PAST;

/// A model that answers with the next message.
pub trait Model {
    /// Asks it.
    fn complete(
        &self,
        messages: &[Message],
        options: &[Attribute],
    ) -> Result<Completion, AccessError>;

    /// What became of this repository's failures before; nothing where nobody
    /// knows.
    fn past(&self) -> Vec<Past>;
}

/// The host's, as far as the task is granted it.
#[derive(Debug)]
pub struct Granted {
    /// Whether the past may be asked for.
    pub history: bool,
}

impl Model for Granted {
    fn complete(
        &self,
        messages: &[Message],
        options: &[Attribute],
    ) -> Result<Completion, AccessError> {
        let answer = model::complete(messages, options);
        let told = match &answer {
            Ok(done) => format!(
                "the model answered message {}: {} tokens in, {} out, ended by {}",
                messages.len(),
                done.input_tokens,
                done.output_tokens,
                done.stop
            ),
            Err(_) => format!("the model did not answer message {}", messages.len()),
        };
        log::emit(Level::Info, &told);
        answer
    }

    fn past(&self) -> Vec<Past> {
        match self.history {
            true => history::list(MAX_PAST).unwrap_or_default(),
            false => Vec::new(),
        }
    }
}

/// Answers that were written down, in their order, and what was asked.
#[derive(Debug, Default)]
pub struct Scripted {
    answers: RefCell<VecDeque<Completion>>,
    /// The messages of each request.
    pub asked: RefCell<Vec<Vec<Message>>>,
}

impl Scripted {
    /// A model that will say this.
    pub fn saying(answers: impl IntoIterator<Item = Completion>) -> Self {
        Scripted {
            answers: RefCell::new(answers.into_iter().collect()),
            asked: RefCell::default(),
        }
    }
}

impl Model for Scripted {
    fn complete(&self, messages: &[Message], _: &[Attribute]) -> Result<Completion, AccessError> {
        self.asked.borrow_mut().push(messages.to_vec());
        let next = self.answers.borrow_mut().pop_front();
        next.ok_or_else(|| AccessError::Failed("nothing more was written down".into()))
    }

    fn past(&self) -> Vec<Past> {
        Vec::new()
    }
}
