//! How one model is reached.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use http::Uri;

use crate::grant::{AddressKind, kind_of};
use crate::redact::MARK;

/// Whose protocol a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// `POST {base_url}/chat/completions`, as OpenAI and most local servers.
    OpenAi,
    /// `POST {base_url}/v1/messages`.
    Anthropic,
}

impl Provider {
    pub fn as_str(self) -> &'static str {
        match self {
            Provider::OpenAi => "openai",
            Provider::Anthropic => "anthropic",
        }
    }
}

/// What OpenAI-compatible servers call the limit of a completion: newer models
/// of OpenAI's know the second only, most other servers the first only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitKey {
    #[default]
    MaxTokens,
    MaxCompletionTokens,
}

impl LimitKey {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            LimitKey::MaxTokens => "max_tokens",
            LimitKey::MaxCompletionTokens => "max_completion_tokens",
        }
    }
}

/// A key to a model's server. It is in the request's header and nowhere else.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    pub fn new(text: impl Into<String>) -> Key {
        Key(text.into())
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// Text without the key, for servers that repeat what they were told.
    pub(super) fn hidden_in<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match !self.0.is_empty() && text.contains(&self.0) {
            true => Cow::Owned(text.replace(&self.0, MARK)),
            false => Cow::Borrowed(text),
        }
    }
}

/// How long things may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// Resolving a name and connecting to it, TLS included.
    pub connect: Duration,
    /// Between two pieces of an answer, and before the first one.
    pub idle: Duration,
    /// A request with all its tries, and the wait for a turn.
    pub total: Duration,
    /// Before a second try; doubled before each further one.
    pub backoff: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Times {
            // A reachable host answers a handshake within a second.
            connect: Duration::from_secs(10),
            // A local model reads a long prompt for a minute before it speaks.
            idle: Duration::from_secs(120),
            // A third of what a task's grant lasts.
            total: Duration::from_secs(300),
            backoff: Duration::from_secs(1),
        }
    }
}

/// One model as the operator set it up.
#[derive(Debug, Clone)]
pub struct Settings {
    pub provider: Provider,
    /// `https://api.openai.com/v1`, `https://api.anthropic.com`,
    /// `http://127.0.0.1:8080/v1`.
    pub base_url: String,
    /// What the server calls it.
    pub model: String,
    /// None for a server that asks for none.
    pub key: Option<Key>,
    /// The server is inside the operator's own network.
    pub inside: bool,
    /// Most tokens of one completion.
    pub max_tokens: u32,
    /// None leaves it to the server: some models take no other.
    pub temperature: Option<f64>,
    pub limit_key: LimitKey,
    /// Whether the answer is asked for piece by piece.
    pub stream: bool,
    pub times: Times,
    /// Requests at a time.
    pub at_once: usize,
}

/// Why settings cannot be used, without the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {why}")]
pub struct InvalidModel {
    pub key: &'static str,
    pub why: String,
}

pub(super) fn invalid(key: &'static str, why: impl Into<String>) -> InvalidModel {
    let why = why.into();
    InvalidModel { key, why }
}

/// Most tokens one completion may be allowed: what the largest models write.
const MAX_MAX_TOKENS: u32 = 200_000;

/// Longest total time, in seconds: a grant counts for fifteen minutes, and an
/// answer that comes later is nobody's any more.
const MAX_TOTAL: Duration = Duration::from_secs(14 * 60);

/// Most requests at a time; more are a mistake in the configuration.
const MAX_AT_ONCE: usize = 64;

/// Where requests go, and which addresses may be behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub uri: Uri,
    pub inside: bool,
    pub plain: bool,
}

impl Settings {
    /// The address of completions, checked.
    pub(super) fn place(&self) -> Result<Place, InvalidModel> {
        let base = |why: &str| invalid("base_url", why);
        let uri: Uri = self
            .base_url
            .parse()
            .map_err(|_| base("it is no address"))?;
        let host = uri.host().ok_or_else(|| base("it names no host"))?;
        if uri
            .authority()
            .is_some_and(|all| all.as_str().contains('@'))
        {
            return Err(base("it carries a user name or password; use `key`"));
        }
        if uri.query().is_some() {
            return Err(base("it has a query"));
        }
        let plain = match uri.scheme_str() {
            Some("https") => false,
            Some("http") => true,
            Some(_) | None => return Err(base("it begins with neither https:// nor http://")),
        };
        let written = literal(host);
        let inside = self.inside || host == "localhost" || written.is_some_and(is_own);
        if plain && !inside {
            return Err(base(
                "without TLS a model is reached only on this machine, at a private address, or \
                 with inside = true",
            ));
        }
        if let Some(address) = written
            && !passes(address, inside, plain)
        {
            return Err(base("no model is at such an address"));
        }
        let path = match self.provider {
            Provider::OpenAi => "/chat/completions",
            Provider::Anthropic => "/v1/messages",
        };
        let whole = format!("{}{path}", self.base_url.trim_end_matches('/'));
        let uri = whole.parse().map_err(|_| base("it is no address"))?;
        Ok(Place { uri, inside, plain })
    }

    pub(super) fn validate(&self) -> Result<(), InvalidModel> {
        let temperature = self.temperature.unwrap_or(0.0);
        match () {
            () if self.model.is_empty() => Err(invalid("model", "it is empty")),
            () if !(1..=MAX_MAX_TOKENS).contains(&self.max_tokens) => Err(invalid(
                "max_tokens",
                format!("must be from 1 to {MAX_MAX_TOKENS}"),
            )),
            () if !(0.0..=2.0).contains(&temperature) => {
                Err(invalid("temperature", "must be from 0 to 2"))
            }
            () if !(1..=MAX_AT_ONCE).contains(&self.at_once) => Err(invalid(
                "at_once",
                format!("must be from 1 to {MAX_AT_ONCE}"),
            )),
            () if self.times.idle.is_zero() => Err(invalid("idle_seconds", "must be at least 1")),
            () if self.times.total.is_zero() || self.times.total > MAX_TOTAL => Err(invalid(
                "total_seconds",
                format!("must be from 1 to {}", MAX_TOTAL.as_secs()),
            )),
            () => Ok(()),
        }
    }
}

/// An address that was written instead of a name.
fn literal(host: &str) -> Option<IpAddr> {
    let inner = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    inner.unwrap_or(host).parse().ok()
}

fn is_own(address: IpAddr) -> bool {
    match kind_of(address) {
        AddressKind::Loopback | AddressKind::Private => true,
        AddressKind::Public | AddressKind::LinkLocal | AddressKind::Reserved => false,
    }
}

/// Whether a request may go to an address. Without TLS it stays inside.
pub(super) fn passes(address: IpAddr, inside: bool, plain: bool) -> bool {
    match kind_of(address) {
        AddressKind::Public => !plain,
        AddressKind::Loopback | AddressKind::Private => inside,
        // Where clouds keep their credentials, and what is no host.
        AddressKind::LinkLocal | AddressKind::Reserved => false,
    }
}
