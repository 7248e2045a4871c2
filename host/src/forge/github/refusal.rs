//! What GitHub's refusals mean.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::call::Call;
use super::wire::unexpected;
use crate::forge::ForgeError;
use crate::forge::web::{number, wait};
use crate::redact::redact;

/// Longest message of GitHub's that is passed on, in characters.
const MAX_MESSAGE_CHARS: usize = 400;

/// The refusals that mean the same whatever was asked: ours to sort, not the
/// caller's to handle. `unnamed` is how long to wait where a limit names no
/// time.
pub(super) fn general(
    call: &Call<'_>,
    where_to_grant: &str,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    unnamed: Duration,
) -> ForgeError {
    let what = call.what;
    let said = message(body);
    match status {
        _ if is_rate_limit(status, headers, &said) => ForgeError::Transient {
            what,
            why: format!("rate limited: {said}"),
            retry_after: Some(when_to_come_back(headers).unwrap_or(unnamed)),
        },
        StatusCode::UNAUTHORIZED => ForgeError::Denied {
            what,
            why: format!(
                "GitHub does not accept the credential ({said}): it is wrong, expired or revoked"
            ),
        },
        StatusCode::FORBIDDEN => ForgeError::Denied {
            what,
            why: missing_permission(call, headers, &said, where_to_grant),
        },
        _ if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => {
            ForgeError::Transient {
                what,
                why: format!("GitHub answered {status}"),
                retry_after: when_to_come_back(headers),
            }
        }
        _ => unexpected(what, format!("{status}: {said}")),
    }
}

/// The same for what concerns the App itself and no repository.
pub(super) fn of_app(
    what: &'static str,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    unnamed: Duration,
) -> ForgeError {
    let said = message(body);
    match status {
        _ if is_rate_limit(status, headers, &said) => ForgeError::Transient {
            what,
            why: format!("rate limited: {said}"),
            retry_after: Some(when_to_come_back(headers).unwrap_or(unnamed)),
        },
        StatusCode::UNAUTHORIZED => ForgeError::Denied {
            what,
            why: format!(
                "GitHub does not accept the App's signature ({said}): check the App's id, its \
                 private key and this machine's clock"
            ),
        },
        StatusCode::NOT_FOUND => ForgeError::NotFound {
            what: format!("{what}: the App has no webhook, or the delivery is gone"),
        },
        _ if status.is_server_error() => ForgeError::Transient {
            what,
            why: format!("GitHub answered {status}"),
            retry_after: when_to_come_back(headers),
        },
        _ => unexpected(what, format!("{status}: {said}")),
    }
}

/// Whether [`general`] sorts this status.
pub(super) fn is_general(status: StatusCode) -> bool {
    matches!(status.as_u16(), 401 | 403 | 408 | 429) || status.is_server_error()
}

/// GitHub limits with 429 or 403; a 403 that is a limit says so in a header or
/// in its words.
fn is_rate_limit(status: StatusCode, headers: &HeaderMap, said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::FORBIDDEN
            && (headers.contains_key("retry-after")
                || number(headers, "x-ratelimit-remaining") == Some(0)
                || said.contains("rate limit")
                || said.contains("abuse detection"))
}

/// A reset counts where the primary limit is exhausted; a secondary one names
/// its own time.
fn when_to_come_back(headers: &HeaderMap) -> Option<Duration> {
    let exhausted = number(headers, "x-ratelimit-remaining") == Some(0);
    wait(headers, exhausted.then_some("x-ratelimit-reset"))
}

fn missing_permission(
    call: &Call<'_>,
    headers: &HeaderMap,
    said: &str,
    where_to_grant: &str,
) -> String {
    // GitHub names what it would have taken: `contents=write; workflows=write`.
    let accepted = headers
        .get("x-accepted-github-permissions")
        .and_then(|value| value.to_str().ok())
        .filter(|text| text.len() < 200 && text.is_ascii())
        .map(|text| format!("; GitHub would accept `{text}`"))
        .unwrap_or_default();
    format!(
        "the credential lacks `{}` on {} (GitHub: {said}){accepted}; {where_to_grant}",
        call.needs, call.repository
    )
}

/// GitHub's own words: `message` and what `errors` add.
pub(super) fn message(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Said {
        message: String,
        #[serde(default)]
        errors: Vec<Detail>,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Detail {
        Text(String),
        Object {
            message: Option<String>,
            field: Option<String>,
            code: Option<String>,
        },
        Other(serde::de::IgnoredAny),
    }
    let Ok(said) = serde_json::from_slice::<Said>(body) else {
        return "no message".into();
    };
    let details = said.errors.into_iter().filter_map(|detail| match detail {
        Detail::Text(text) => Some(text),
        Detail::Object {
            message: Some(message),
            ..
        } => Some(message),
        Detail::Object { field, code, .. } => Some(format!("{}: {}", field?, code?)),
        Detail::Other(_) => None,
    });
    let all: Vec<String> = std::iter::once(said.message).chain(details).collect();
    plain(&all.join("; "))
}

/// Foreign words in one line, redacted and bounded.
pub(super) fn plain(text: &str) -> String {
    let text = redact(text);
    let visible = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_MESSAGE_CHARS);
    visible.collect()
}
