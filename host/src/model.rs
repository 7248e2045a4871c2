//! Language models that the operator chose: asking one for the next message.
//!
//! Two protocols (`openai`, `anthropic`) over one client. What goes out is
//! what a caller gives, so a caller takes secrets out first; who pays is the
//! caller's business too. Deliberately absent: tools, proxies of the
//! environment, redirects, connections that are used twice, tries after the
//! first byte of an answer.

mod anthropic;
mod error;
mod events;
mod guard;
mod openai;
mod reading;
mod send;
mod settings;

use std::time::Duration;

use serde_json::Value;
use tokio::sync::Semaphore;
use tokio_rustls::rustls::RootCertStore;

pub use error::ModelError;
pub use settings::{InvalidModel, Key, LimitKey, Provider, Settings, Times};

use crate::effect::Message;
use crate::failure::Attribute;
use crate::redact::redact;
use crate::spending::Tokens;
use reading::{Most, Piece, Whole};
use send::Client;
use settings::Place;

/// Bytes of a prompt's messages together: what a large context holds, at four
/// bytes a token.
pub const MAX_PROMPT_BYTES: usize = 1024 * 1024;

/// Messages of one prompt: a repair loop has a dozen.
pub const MAX_MESSAGES: usize = 64;

/// Bytes of a JSON schema: the server compiles it into a grammar.
pub const MAX_SCHEMA_BYTES: usize = 64 * 1024;

/// Tries of one request.
const MAX_TRIES: u32 = 4;

/// Tokens that a message costs beside its text: its role and its frame.
const TOKENS_PER_MESSAGE: u64 = 64;

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask<'a> {
    messages: &'a [Message],
    schema: Option<Value>,
    max_tokens: u32,
    temperature: Option<f64>,
    /// Most bytes of the answer's text.
    bytes: u64,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Without the key, and without what looks like a secret.
    pub text: String,
    /// `stop`, `length`, `refusal` or `other`.
    pub stop: &'static str,
    /// None where the server did not count.
    pub tokens: Option<Tokens>,
    /// How often it was tried.
    pub tries: u32,
}

/// A model and the way to it.
pub struct Model {
    settings: Settings,
    place: Place,
    client: Client,
    turns: Semaphore,
}

impl Model {
    /// With the certificates that this machine trusts.
    pub fn new(settings: Settings) -> Result<Model, InvalidModel> {
        let mut roots = RootCertStore::empty();
        // Some stores hold certificates that do not parse; the rest counts.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Model::trusting(settings, roots)
    }

    /// With these certificates.
    pub fn trusting(settings: Settings, roots: RootCertStore) -> Result<Model, InvalidModel> {
        settings.validate()?;
        let place = settings.place()?;
        let client = Client::new(&settings, &place, roots)?;
        Ok(Model {
            turns: Semaphore::new(settings.at_once),
            settings,
            place,
            client,
        })
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Reads a guest's options; unknown ones are ignored.
    pub fn ask<'a>(
        &self,
        messages: &'a [Message],
        options: &[Attribute],
        bytes: u64,
    ) -> Result<Ask<'a>, ModelError> {
        if messages.is_empty() || messages.len() > MAX_MESSAGES {
            let found = messages.len();
            return Err(ModelError::Messages { found });
        }
        let found = messages.iter().map(|message| message.content.len()).sum();
        if found > MAX_PROMPT_BYTES {
            return Err(ModelError::PromptTooLong { found });
        }
        let mut ask = Ask {
            messages,
            schema: None,
            max_tokens: self.settings.max_tokens,
            temperature: self.settings.temperature,
            bytes,
        };
        for option in options {
            match option.key.as_str() {
                "max-tokens" => {
                    let wanted = max_tokens(&option.value)?;
                    // An agent asks for less than the operator allows, never more.
                    ask.max_tokens = ask.max_tokens.min(wanted);
                }
                // Where the operator leaves it out the model takes none.
                "temperature" if ask.temperature.is_some() => {
                    ask.temperature = Some(temperature(&option.value)?);
                }
                "json-schema" => ask.schema = Some(schema(&option.value)?),
                _ => {}
            }
        }
        Ok(ask)
    }

    /// Asks. Dropped, it hangs up.
    pub async fn complete(&self, ask: &Ask<'_>) -> Result<Answered, ModelError> {
        let total = self.settings.times.total;
        let asked = tokio::time::timeout(total, self.tried(ask)).await;
        asked.unwrap_or(Err(ModelError::Late(total.as_secs())))
    }

    async fn tried(&self, ask: &Ask<'_>) -> Result<Answered, ModelError> {
        let broken = |_| ModelError::Unreachable("the host is stopping");
        let _turn = self.turns.acquire().await.map_err(broken)?;
        let body = match self.settings.provider {
            Provider::OpenAi => openai::body(&self.settings, ask),
            Provider::Anthropic => anthropic::body(&self.settings, ask),
        };
        let body = body.to_string();
        let mut tries = 1;
        loop {
            match self.once(ask, &body).await {
                Ok(whole) => return self.answered(ask, whole, tries),
                Err(error) => match error.again_after(self.backoff(tries)) {
                    Some(wait) if tries < MAX_TRIES => tokio::time::sleep(wait).await,
                    Some(_) | None => return Err(error),
                },
            }
            tries += 1;
        }
    }

    fn backoff(&self, tries: u32) -> Duration {
        self.settings.times.backoff * (1 << (tries - 1).min(MAX_TRIES))
    }

    async fn once(&self, ask: &Ask<'_>, body: &str) -> Result<Whole, ModelError> {
        let response = self
            .client
            .send(&self.settings, &self.place, body.to_owned())
            .await?;
        let most = Most {
            bytes: ask.bytes,
            tokens: ask.max_tokens,
        };
        let reader = Reader {
            provider: self.settings.provider,
            structured: ask.schema.is_some(),
        };
        send::read(response, self.settings.times.idle, most, reader).await
    }

    /// Nothing of the server's is handed on as it came.
    fn answered(&self, ask: &Ask<'_>, whole: Whole, tries: u32) -> Result<Answered, ModelError> {
        let shown = match &self.settings.key {
            Some(key) => key.hidden_in(&whole.text),
            None => (&*whole.text).into(),
        };
        let text = redact(&shown).into_owned();
        // What was cut off is told as such, and is no JSON either.
        let json = || serde_json::from_str::<Value>(&text).is_ok_and(|value| value.is_object());
        if ask.schema.is_some() && whole.stop == "stop" && !json() {
            return Err(ModelError::NotJson);
        }
        Ok(Answered {
            stop: whole.stop,
            tokens: whole.tokens,
            text,
            tries,
        })
    }
}

impl Ask<'_> {
    /// Tokens at worst: a token is a byte or more, and what is allowed is used.
    pub fn worst(&self) -> Tokens {
        let text: usize = self.messages.iter().map(|said| said.content.len()).sum();
        let schema = self.schema.as_ref().map_or(0, |all| all.to_string().len());
        let frames = (self.messages.len() as u64 + 1) * TOKENS_PER_MESSAGE;
        Tokens {
            input: (text + schema) as u64 + frames,
            output: u64::from(self.max_tokens),
        }
    }
}

/// Reads the pieces of an answer.
#[derive(Debug, Clone, Copy)]
struct Reader {
    provider: Provider,
    structured: bool,
}

impl Reader {
    fn event(self, data: &str) -> Result<Vec<Piece>, ModelError> {
        match self.provider {
            Provider::OpenAi => openai::event(data),
            Provider::Anthropic => anthropic::event(data, self.structured),
        }
    }

    fn whole(self, answer: &Value) -> Result<Vec<Piece>, ModelError> {
        match self.provider {
            Provider::OpenAi => openai::whole(answer),
            Provider::Anthropic => anthropic::whole(answer, self.structured),
        }
    }
}

fn max_tokens(value: &str) -> Result<u32, ModelError> {
    let number = value
        .trim()
        .parse::<u32>()
        .ok()
        .filter(|number| *number > 0);
    number.ok_or(ModelError::Option {
        option: "max-tokens",
        why: "it is no number above 0",
    })
}

fn temperature(value: &str) -> Result<f64, ModelError> {
    let number = value.trim().parse::<f64>().ok();
    let number = number.filter(|number| (0.0..=2.0).contains(number));
    number.ok_or(ModelError::Option {
        option: "temperature",
        why: "it is no number from 0 to 2",
    })
}

fn schema(value: &str) -> Result<Value, ModelError> {
    let option = "json-schema";
    if value.len() > MAX_SCHEMA_BYTES {
        let why = "it is longer than 65536 bytes";
        return Err(ModelError::Option { option, why });
    }
    let schema = serde_json::from_str::<Value>(value)
        .ok()
        .filter(Value::is_object);
    let why = "it is no JSON object";
    schema.ok_or(ModelError::Option { option, why })
}
