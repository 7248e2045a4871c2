//! How much we write. A forge counts what creates content over a minute and
//! over an hour, beside its ordinary limits, and shuts out for longer who runs
//! into that again and again; so we keep count ourselves, once for all stages.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{ForgeError, Result};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// What may be written in any minute and in any hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub a_minute: usize,
    pub an_hour: usize,
}

/// What GitHub takes from one installation or user ("Rate limits for the REST
/// API", secondary limits).
pub const GITHUB: Limits = Limits {
    a_minute: 80,
    an_hour: 500,
};

/// GitLab.com takes sixty notes a minute from one user, the narrowest of its
/// limits that we write under; for the hour it names none.
pub const GITLAB: Limits = Limits {
    a_minute: 60,
    an_hour: 500,
};

/// When each write of the last hour was sent, by whose limit it is. Every
/// moment is kept, so there is no window of a minute or an hour with more than
/// the limit in it; a bucket that refills would let twice as much through.
#[derive(Debug)]
pub struct Pace {
    limits: Limits,
    sent: Mutex<HashMap<String, VecDeque<Instant>>>,
}

impl Pace {
    pub fn new(limits: Limits) -> Pace {
        let sent = Mutex::default();
        Pace { limits, sent }
    }

    /// Takes one write, or says how long to wait for it.
    pub fn take(&self, whose: &str, now: Instant) -> std::result::Result<(), Duration> {
        let mut all = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, sent| sent.back().is_some_and(|last| now < *last + HOUR));
        let sent = all.entry(whose.to_owned()).or_default();
        while sent.front().is_some_and(|first| *first + HOUR <= now) {
            sent.pop_front();
        }
        match wait(sent, self.limits, now) {
            Some(wait) => Err(wait),
            None => {
                sent.push_back(now);
                Ok(())
            }
        }
    }

    /// The same for a request about to be sent.
    pub(super) fn check(&self, what: &'static str, whose: &str, now: Instant) -> Result<()> {
        self.take(whose, now).map_err(|wait| ForgeError::Transient {
            what,
            why: format!(
                "not sent: we keep to {} writes a minute and {} an hour, so that the forge \
                     does not shut us out",
                self.limits.a_minute, self.limits.an_hour
            ),
            retry_after: Some(wait),
        })
    }
}

/// How long until there is room in both windows.
fn wait(sent: &VecDeque<Instant>, limits: Limits, now: Instant) -> Option<Duration> {
    let until = |limit: usize, window: Duration| {
        let oldest = sent.len().checked_sub(limit)?;
        let free = *sent.get(oldest)? + window;
        free.checked_duration_since(now)
            .filter(|left| !left.is_zero())
    };
    let minute = until(limits.a_minute, MINUTE);
    minute.max(until(limits.an_hour, HOUR))
}
