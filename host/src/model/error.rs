//! Why a model gave no answer: in our own words. What a server says in an
//! error is foreign text and may repeat the key, so only its code is told.

use std::time::Duration;

use super::{MAX_MESSAGES, MAX_PROMPT_BYTES};

/// Why nothing came of a request to a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    #[error("the prompt has {found} bytes and at most {MAX_PROMPT_BYTES} are sent; shorten it")]
    PromptTooLong { found: usize },
    #[error("a prompt has 1 to {MAX_MESSAGES} messages, not {found}")]
    Messages { found: usize },
    #[error("the option `{option}`: {why}")]
    Option {
        option: &'static str,
        why: &'static str,
    },
    #[error("the address behind the name in base_url is refused: {0}")]
    Address(&'static str),
    #[error("the model cannot be reached: {0}; `sentinel doctor` tries it")]
    Unreachable(&'static str),
    #[error(
        "the model's server does not accept the key (status {status}); see the model's `key` in \
         sentinel.toml"
    )]
    Unauthorised { status: u16 },
    #[error(
        "the model's server refuses the request (status {status}, {code}); see `model`, \
         `base_url`, `limit_key` and `temperature` of the model in sentinel.toml"
    )]
    Refused { status: u16, code: String },
    #[error("the model's server limits our requests{}", told(.wait))]
    Limited { wait: Option<Duration> },
    #[error("the model's server is out of order (status {status}); trying later may help")]
    Down { status: u16 },
    #[error("the model's server answers with a redirect; write its final address as base_url")]
    Redirect,
    #[error("the model sent nothing for {0} s; the model's `idle_seconds` allows more")]
    Idle(u64),
    #[error("the model took longer than {0} s; the model's `total_seconds` allows more")]
    Late(u64),
    #[error("the model's answer is longer than {limit} {unit}; ask for less")]
    TooLong { limit: u64, unit: &'static str },
    #[error("what the model's server sends is not what its provider's protocol says: {0}")]
    Protocol(&'static str),
    #[error("the model's server reports an error while it answers ({0})")]
    Reported(String),
    #[error("the model's answer breaks off before its end")]
    Incomplete,
    #[error("the model wants to call a tool and was offered none; it has none to call")]
    Tool,
    #[error("the model was asked for JSON and its answer is none")]
    NotJson,
}

fn told(wait: &Option<Duration>) -> String {
    match wait {
        Some(wait) => format!("; it asks to wait {} s", wait.as_secs()),
        None => "; trying later may help".to_owned(),
    }
}

/// Longest wait that a server may ask for and be waited for: longer ones are
/// told to the agent instead, whose task has other things to do.
const MAX_WAIT: Duration = Duration::from_secs(60);

impl ModelError {
    /// How long to wait before another try; none where one is not safe, or not
    /// useful. Nothing of an answer has been read in these cases.
    pub(super) fn again_after(&self, backoff: Duration) -> Option<Duration> {
        match self {
            ModelError::Limited { wait } => {
                Some(wait.unwrap_or(backoff)).filter(|wait| *wait <= MAX_WAIT)
            }
            ModelError::Down { .. } | ModelError::Unreachable(_) => Some(backoff),
            ModelError::PromptTooLong { .. }
            | ModelError::Messages { .. }
            | ModelError::Option { .. }
            | ModelError::Address(_)
            | ModelError::Unauthorised { .. }
            | ModelError::Refused { .. }
            | ModelError::Redirect
            | ModelError::Idle(_)
            | ModelError::Late(_)
            | ModelError::TooLong { .. }
            | ModelError::Protocol(_)
            | ModelError::Reported(_)
            | ModelError::Incomplete
            | ModelError::Tool
            | ModelError::NotJson => None,
        }
    }

    /// Whether tokens may have been spent on it all the same. Where nobody
    /// knows, the worst is assumed.
    pub fn may_have_cost(&self) -> bool {
        match self {
            ModelError::PromptTooLong { .. }
            | ModelError::Messages { .. }
            | ModelError::Option { .. }
            | ModelError::Address(_)
            | ModelError::Unreachable(_)
            | ModelError::Unauthorised { .. }
            | ModelError::Refused { .. }
            | ModelError::Limited { .. }
            | ModelError::Redirect => false,
            ModelError::Down { .. }
            | ModelError::Idle(_)
            | ModelError::Late(_)
            | ModelError::TooLong { .. }
            | ModelError::Protocol(_)
            | ModelError::Reported(_)
            | ModelError::Incomplete
            | ModelError::Tool
            | ModelError::NotJson => true,
        }
    }
}

/// A server's error code, if it is a plain word: `context_length_exceeded`.
pub(super) fn code(body: &serde_json::Value) -> String {
    const MAX_CHARS: usize = 60;
    let error = &body["error"];
    let plain = |word: &&str| {
        let letters = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        !word.is_empty() && word.len() <= MAX_CHARS && word.bytes().all(letters)
    };
    let found = ["code", "type"].map(|key| error[key].as_str().filter(plain));
    let found = found.into_iter().flatten().next();
    found.unwrap_or("without a code").to_owned()
}
