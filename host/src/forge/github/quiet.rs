//! Silence where GitHub asked for it. Who goes on asking while limited is
//! limited for longer, and other tasks do not know of the first one's refusal.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::forge::{ForgeError, Result};

/// Limits are an installation's, and that is an owner's; a token's are one
/// user's, whatever the owner.
#[derive(Default)]
pub(super) struct Quiet(Mutex<HashMap<String, Instant>>);

impl Quiet {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses what would be sent before the time is over.
    pub fn check(&self, what: &'static str, whose: &str) -> Result<()> {
        let mut all = self.all();
        let now = Instant::now();
        // Limits are rare, so the list is short.
        all.retain(|_, until| now < *until);
        match all.get(whose) {
            None => Ok(()),
            Some(until) => Err(ForgeError::Transient {
                what,
                why: "not sent: GitHub limited an earlier request and asked us to wait".into(),
                retry_after: Some(until.duration_since(now)),
            }),
        }
    }

    /// Remembers a refusal that named a time.
    pub fn note(&self, whose: &str, error: &ForgeError) {
        if let Some(wait) = error.retry_after() {
            let until = Instant::now() + wait;
            let mut all = self.all();
            let longest = all.get(whose).map_or(until, |known| until.max(*known));
            all.insert(whose.to_owned(), longest);
        }
    }
}
