//! `model`: a language model the operator chose.

use super::{Access, denied, failed, unexpected};
use crate::effect::{Answer, Call, Completion, Message, Role};
use crate::failure::Attribute;
use crate::grant::Effect;
use crate::sandbox::bindings::sentinel::agent::{model, types};
use crate::sandbox::convert;
use crate::sandbox::state::State;
use crate::sandbox::trace::{Fact, HostFn};

impl model::Host for State {
    async fn complete(
        &mut self,
        messages: Vec<model::Message>,
        options: Vec<types::Attribute>,
    ) -> Access<model::Completion> {
        let fact = messages.iter().fold(Fact::new(), |fact, message| {
            fact.number(message.role as u64).text(&message.content)
        });
        self.note(HostFn::ModelComplete, fact);
        let permit = match self.authorise(Effect::Complete) {
            Ok(permit) => permit,
            Err(refusal) => return Ok(Err(denied(refusal))),
        };
        let call = Call::Complete {
            messages: messages.into_iter().map(message).collect(),
            options: options.into_iter().map(option).collect(),
        };
        match self.perform(permit, call).await {
            Answer::Completed(done) => Ok(Ok(completion(done))),
            Answer::Failed(reason) => Ok(Err(failed(reason))),
            Answer::Commands(_) | Answer::Ran(_) | Answer::Past(_) | Answer::Fetched(_) => {
                unexpected()
            }
        }
    }
}

fn message(message: model::Message) -> Message {
    Message {
        role: match message.role {
            model::Role::System => Role::System,
            // A role of a later contract is the guest speaking.
            model::Role::User | model::Role::Other => Role::User,
            model::Role::Assistant => Role::Assistant,
        },
        content: message.content,
    }
}

fn option(option: types::Attribute) -> Attribute {
    Attribute {
        key: option.key,
        value: option.value,
    }
}

fn completion(done: Completion) -> model::Completion {
    model::Completion {
        text: done.text,
        stop: done.stop,
        input_tokens: done.input_tokens,
        output_tokens: done.output_tokens,
        attributes: convert::attributes(&done.attributes),
    }
}
