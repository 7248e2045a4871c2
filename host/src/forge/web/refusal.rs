//! What the refusals of a service mean.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, StatusCode};

use super::{transient, unexpected};
use crate::forge::ForgeError;

/// How long we stay away where a service limits us and names no time.
const A_MINUTE: Duration = Duration::from_secs(60);

/// Nothing tells us to wait longer than this.
const AN_HOUR: Duration = Duration::from_secs(60 * 60);

/// A service, as its refusals are told to people.
#[derive(Debug, Clone, Copy)]
pub(in crate::forge) struct Service {
    pub name: &'static str,
    /// What to do about a credential that is not enough.
    pub where_to_grant: &'static str,
}

impl Service {
    /// Sorts an answer that is no success.
    pub fn refusal(
        &self,
        what: &'static str,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> ForgeError {
        let Service {
            name,
            where_to_grant,
        } = self;
        match status {
            StatusCode::TOO_MANY_REQUESTS => ForgeError::Transient {
                what,
                why: format!("{name} limits our requests"),
                retry_after: Some(when_to_come_back(headers).unwrap_or(A_MINUTE)),
            },
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ForgeError::Denied {
                what,
                why: format!("{name} answered {status}; {where_to_grant}"),
            },
            StatusCode::NOT_FOUND | StatusCode::GONE => ForgeError::NotFound {
                what: format!("{what} at {name} (or the credential may not see it)"),
            },
            StatusCode::REQUEST_TIMEOUT => transient(what, format!("{name} answered {status}")),
            _ if status.is_server_error() => ForgeError::Transient {
                what,
                why: format!("{name} answered {status}"),
                retry_after: when_to_come_back(headers),
            },
            _ => unexpected(what, format!("{name} answered {status}")),
        }
    }
}

/// `Retry-After` in seconds, else the reset of an exhausted limit as GitLab
/// names it.
fn when_to_come_back(headers: &HeaderMap) -> Option<Duration> {
    let wait = match number(headers, "retry-after") {
        Some(seconds) => Duration::from_secs(seconds),
        None => {
            let reset = UNIX_EPOCH + Duration::from_secs(number(headers, "ratelimit-reset")?);
            reset
                .duration_since(SystemTime::now())
                .unwrap_or(Duration::ZERO)
        }
    };
    Some(wait.clamp(Duration::from_secs(1), AN_HOUR))
}

/// A header that is a number.
fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    // A reset past the year 9999 would overflow the clock's arithmetic.
    text.parse().ok().filter(|number| *number < 1 << 38)
}
