//! Silence where a forge asked for it. Who goes on asking while limited is
//! limited for longer, and other tasks do not know of the first one's refusal.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{ForgeError, Result};

/// What forges ask for where they limit us and name no time (GitHub's "Best
/// practices for using the REST API"): a minute first, and longer each time.
pub(super) const A_MINUTE: Duration = Duration::from_secs(60);

/// Longest silence: a primary limit is reset within the hour, and nothing tells
/// us to wait longer.
pub(super) const AN_HOUR: Duration = Duration::from_secs(60 * 60);

/// Silences, by whose limit it is: an installation's, and that is an owner's; a
/// token's is one user's, whatever the owner.
#[derive(Debug, Default)]
pub struct Quiet(Mutex<HashMap<String, Silence>>);

#[derive(Debug)]
struct Silence {
    until: Instant,
    /// Refusals in a row.
    refused: u32,
}

impl Quiet {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Silence>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses what would be sent before the time is over.
    pub fn check(&self, what: &'static str, whose: &str, now: Instant) -> Result<()> {
        let mut all = self.all();
        // Limits are rare, so the list is short.
        all.retain(|_, silence| now < silence.until + AN_HOUR);
        match all.get(whose).filter(|silence| now < silence.until) {
            None => Ok(()),
            Some(silence) => Err(ForgeError::Transient {
                what,
                why: "not sent: the forge limited an earlier request and asked us to wait".into(),
                retry_after: Some(silence.until.duration_since(now)),
            }),
        }
    }

    /// How long to wait after a limit that names no time: a minute, twice as
    /// long after each further one.
    pub fn unnamed(&self, whose: &str) -> Duration {
        let refused = self.all().get(whose).map_or(0, |silence| silence.refused);
        let factor = 1_u32.checked_shl(refused).unwrap_or(u32::MAX);
        A_MINUTE.saturating_mul(factor).min(AN_HOUR)
    }

    /// Remembers a refusal that named a time.
    pub fn note(&self, whose: &str, error: &ForgeError, now: Instant) {
        if let Some(wait) = error.retry_after() {
            let until = now + wait;
            let mut all = self.all();
            let silence = all
                .entry(whose.to_owned())
                .or_insert(Silence { until, refused: 0 });
            silence.until = silence.until.max(until);
            silence.refused = silence.refused.saturating_add(1);
        }
    }

    /// Something was answered again. An answer that was under way when another
    /// request was refused ends nothing.
    pub fn passed(&self, whose: &str, now: Instant) {
        let mut all = self.all();
        if all.get(whose).is_some_and(|silence| silence.until <= now) {
            all.remove(whose);
        }
    }
}
