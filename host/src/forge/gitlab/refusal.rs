//! What GitLab's refusals mean.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::api::Call;
use crate::forge::ForgeError;
use crate::forge::web::{transient, unexpected, wait};
use crate::redact::redact;

/// Where GitLab says when a limit is reset.
const RESET: Option<&str> = Some("ratelimit-reset");

/// Longest message of GitLab's that is passed on, in characters.
const MAX_MESSAGE_CHARS: usize = 400;

/// Parts of one message that are looked at; GitLab nests them by field.
const MAX_PARTS: usize = 32;

/// What a token must have. Tokens have scopes, and whoever they belong to has a
/// role in the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    Read,
    Write,
}

impl Needs {
    fn scope(self) -> &'static str {
        match self {
            Needs::Read => "read_api",
            Needs::Write => "api",
        }
    }

    fn role(self) -> &'static str {
        match self {
            Needs::Read => "Reporter",
            Needs::Write => "Developer",
        }
    }

    fn sentence(self) -> String {
        format!(
            "gitlab.token needs the scope {} and the role {} in the project (Settings, Access \
             tokens)",
            self.scope(),
            self.role()
        )
    }
}

/// A limit, if the answer is one. `unnamed` is how long to wait where it names
/// no time.
pub(super) fn limit(
    what: &'static str,
    status: StatusCode,
    headers: &HeaderMap,
    unnamed: Duration,
) -> Option<ForgeError> {
    (status == StatusCode::TOO_MANY_REQUESTS).then(|| ForgeError::Transient {
        what,
        why: "GitLab limits our requests".into(),
        retry_after: Some(wait(headers, RESET).unwrap_or(unnamed)),
    })
}

/// Sorts an answer that is no success and no limit.
pub(super) fn sort(
    call: &Call<'_>,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> ForgeError {
    let what = call.what;
    let said = message(body);
    match status {
        StatusCode::UNAUTHORIZED => ForgeError::Denied {
            what,
            why: format!(
                "GitLab does not accept the token ({said}): it is wrong, expired or revoked; {}",
                call.needs.sentence()
            ),
        },
        StatusCode::FORBIDDEN => ForgeError::Denied {
            what,
            why: missing(call, body, &said),
        },
        // What we have just read is there: GitLab hides what may not be written.
        StatusCode::NOT_FOUND if call.needs == Needs::Write => ForgeError::Denied {
            what,
            why: format!(
                "GitLab answered 404, which it does for what may not be written; {}",
                call.needs.sentence()
            ),
        },
        StatusCode::NOT_FOUND | StatusCode::GONE => ForgeError::NotFound {
            what: format!("{what} at GitLab (or the credential may not see it)"),
        },
        StatusCode::REQUEST_TIMEOUT => transient(what, format!("GitLab answered {status}")),
        _ if status.is_server_error() => ForgeError::Transient {
            what,
            why: format!("GitLab answered {status}"),
            retry_after: wait(headers, RESET),
        },
        _ => unexpected(what, format!("GitLab answered {status}: {said}")),
    }
}

/// A 403 is the token's scope, which GitLab names, or its user's role.
fn missing(call: &Call<'_>, body: &[u8], said: &str) -> String {
    let named = serde_json::from_slice::<Value>(body).ok();
    let named = named.as_ref().and_then(|body| body["error"].as_str());
    let (scope, role) = (call.needs.scope(), call.needs.role());
    match named {
        Some("insufficient_scope") => {
            format!("the token lacks the scope `{scope}` (GitLab: {said}); make one that has it")
        }
        _ => format!(
            "the token's user may not (GitLab: {said}): it needs the role {role} in the project \
             (Settings, Access tokens), and protected branches or push rules must not shut out \
             `sentinel/*`; the token needs the scope {scope}"
        ),
    }
}

/// GitLab's own words: `message` (a text, a list, or lists by field), `error`
/// and `error_description`.
pub(super) fn message(body: &[u8]) -> String {
    let Ok(said) = serde_json::from_slice::<Value>(body) else {
        return "no message".into();
    };
    let mut parts = Vec::new();
    for field in ["message", "error", "error_description"] {
        collect(&said[field], &mut parts);
    }
    match parts.is_empty() {
        true => "no message".into(),
        false => plain(&parts.join("; ")),
    }
}

fn collect(said: &Value, parts: &mut Vec<String>) {
    if parts.len() >= MAX_PARTS {
        return;
    }
    match said {
        Value::String(text) => parts.push(text.clone()),
        Value::Array(all) => all.iter().for_each(|each| collect(each, parts)),
        Value::Object(fields) => {
            for (field, each) in fields {
                let mut below = Vec::new();
                collect(each, &mut below);
                parts.extend(below.into_iter().map(|text| format!("{field}: {text}")));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn plain(text: &str) -> String {
    let text = redact(text);
    let visible = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_MESSAGE_CHARS);
    visible.collect()
}
