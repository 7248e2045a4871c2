//! When a service wants to be asked again.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::HeaderMap;

use crate::forge::quiet::AN_HOUR;

/// `Retry-After` in seconds (RFC 9110, section 10.2.3), else the time in Unix
/// seconds at which an exhausted limit is reset, by the header that the service
/// names it in. From a second to an hour.
pub(in crate::forge) fn wait(headers: &HeaderMap, reset: Option<&str>) -> Option<Duration> {
    let wait = match number(headers, "retry-after") {
        Some(seconds) => Duration::from_secs(seconds),
        None => {
            let reset = UNIX_EPOCH + Duration::from_secs(number(headers, reset?)?);
            reset
                .duration_since(SystemTime::now())
                .unwrap_or(Duration::ZERO)
        }
    };
    Some(wait.clamp(Duration::from_secs(1), AN_HOUR))
}

/// A header that is a number.
pub(in crate::forge) fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    // A reset past the year 9999 would overflow the clock's arithmetic.
    text.parse().ok().filter(|number| *number < 1 << 38)
}
