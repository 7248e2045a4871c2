//! What the refusals of a service mean.

use std::time::Duration;

use http::{HeaderMap, StatusCode};

use super::{transient, unexpected, wait};
use crate::forge::ForgeError;

/// How long we stay away where a service limits us and names no time.
const A_MINUTE: Duration = Duration::from_secs(60);

/// Where GitLab, and what follows it, says when a limit is reset.
const RESET: Option<&str> = Some("ratelimit-reset");

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
                retry_after: Some(wait(headers, RESET).unwrap_or(A_MINUTE)),
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
                retry_after: wait(headers, RESET),
            },
            _ => unexpected(what, format!("{name} answered {status}")),
        }
    }
}
