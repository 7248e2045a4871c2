//! What a guest has done outside the sandbox, and what came of it, as values:
//! the only things about a run that cannot be known from its inputs, and so
//! the only things that are journalled.

use serde::{Deserialize, Serialize};

use crate::failure::{Attribute, FailureClass};
use crate::ids::Digest;
use crate::proposal::{Edit, base64_bytes};

/// What a guest asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Which commands may this task run?
    Commands,
    Run {
        command: String,
        edits: Vec<Edit>,
    },
    Complete {
        messages: Vec<Message>,
        options: Vec<Attribute>,
    },
    History {
        limit: u32,
    },
    Fetch(HttpRequest),
}

impl Call {
    /// What it is known by in a journal.
    pub fn digest(&self) -> Digest {
        // Canonical, so that it is the same whoever computes it.
        let bytes = serde_json_canonicalizer::to_vec(self).expect("a call is plain JSON");
        Digest::of(&bytes)
    }
}

/// A command the host derived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    pub id: String,
    pub argv: Vec<String>,
    pub origin: String,
}

/// What a command did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunResult {
    pub exit: Option<i32>,
    #[serde(with = "base64_bytes")]
    pub stdout: Vec<u8>,
    #[serde(with = "base64_bytes")]
    pub stderr: Vec<u8>,
    pub edits: Vec<Edit>,
    pub attributes: Vec<Attribute>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    System,
    User,
    Assistant,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub role: Role,
    pub content: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    pub text: String,
    pub stop: String,
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub attributes: Vec<Attribute>,
}

/// What became of a failure before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    pub fingerprint: String,
    pub class: FailureClass,
    pub summary: String,
    pub strategy: Option<String>,
    pub fate: Fate,
    pub paths: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    Open,
    Merged,
    /// Merged, and taken back.
    Reverted,
    Closed,
    /// We closed it: the forge's CI failed with it.
    Disproved,
    /// We closed it: there was nothing left to do.
    Superseded,
    Refused,
    Abstained,
}

/// A request as the guest made it: credentials are not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpRequest {
    pub method: String,
    pub tls: bool,
    pub host: String,
    pub port: u16,
    /// Path and query, beginning with `/`.
    pub target: String,
    pub headers: Vec<Header>,
    #[serde(with = "base64_bytes")]
    pub body: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// In lower case.
    pub name: String,
    #[serde(with = "base64_bytes")]
    pub value: Vec<u8>,
}

/// Headers that the connection decides and no message's author: where a
/// message ends, who is spoken to, what a proxy is told (RFC 9110, 7.6.1; RFC
/// 9112). `expect` would have the sender wait for a go-ahead.
const OF_CONNECTION: [&str; 9] = [
    "connection",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Whether a header (its name in lower case) is between the host and its peer:
/// a guest neither sets nor sees it.
pub fn is_of_connection(name: &str) -> bool {
    OF_CONNECTION.contains(&name) || name.starts_with("proxy-")
}

/// A whole response: the guest reads it without ever waiting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpResponse {
    pub status: u16,
    pub headers: Vec<Header>,
    #[serde(with = "base64_bytes")]
    pub body: Vec<u8>,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Commands(Vec<Command>),
    Ran(RunResult),
    Completed(Completion),
    Past(Vec<Past>),
    Fetched(HttpResponse),
    /// It did not happen, and why.
    Failed(Failed),
}

/// Why a call came to nothing, as the guest is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failed {
    /// Refused at the moment it was about to happen (an address, an expired
    /// grant).
    Denied(crate::grant::Refusal),
    NotFound(String),
    OutOfBudget(String),
    /// Nothing here does such things, or it broke.
    Unavailable(String),
}

/// A call and its answer, in the order they happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Journalled {
    pub call: Digest,
    pub answer: Answer,
}
