//! Language models: what goes out and comes back, what it may cost, and what
//! becomes of what one says.

mod budgets;
mod limits;
mod local;
mod protocol;
mod real;
mod refusals;
mod story;

use std::time::Duration;

use sentinel::effect::{Message, Role};
use sentinel::failure::Attribute;
use sentinel::model::{Answered, Key, LimitKey, Model, ModelError, Provider, Settings, Times};

use crate::doubles::web::Server;

/// In no form that redaction knows: only who has it can hide it.
pub const KEY: &str = "the-operators-very-own-key-0451";

pub const BOTH: [Provider; 2] = [Provider::OpenAi, Provider::Anthropic];

/// A model at a double, with little patience.
pub fn settings(provider: Provider, server: &Server) -> Settings {
    let path = match provider {
        Provider::OpenAi => "/v1",
        Provider::Anthropic => "",
    };
    Settings {
        provider,
        base_url: format!("http://{}{path}", server.address),
        model: "small-1".into(),
        key: Some(Key::new(KEY)),
        inside: false,
        max_tokens: 256,
        temperature: Some(0.0),
        limit_key: LimitKey::default(),
        stream: true,
        times: Times {
            connect: Duration::from_secs(5),
            idle: Duration::from_secs(20),
            total: Duration::from_secs(60),
            backoff: Duration::from_millis(5),
        },
        at_once: 2,
    }
}

pub fn message(role: Role, content: &str) -> Message {
    let content = content.to_owned();
    Message { role, content }
}

pub fn option(key: &str, value: &str) -> Attribute {
    Attribute {
        key: key.into(),
        value: value.into(),
    }
}

/// Asks with a system's and a user's message.
pub async fn ask(settings: Settings, options: &[Attribute]) -> Result<Answered, ModelError> {
    let model = Model::new(settings).unwrap();
    let messages = [
        message(Role::System, "Be short."),
        message(Role::User, "Say something."),
    ];
    let ask = model.ask(&messages, options, 1 << 20)?;
    model.complete(&ask).await
}
