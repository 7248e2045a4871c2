//! Counters, in the text format Prometheus reads.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What happened to requests, by provider and outcome.
#[derive(Debug, Default)]
pub struct Metrics {
    webhooks: Mutex<BTreeMap<(&'static str, &'static str), u64>>,
}

impl Metrics {
    /// Counts a webhook request. Both labels are constants: a sender must not
    /// be able to make new series.
    pub fn webhook(&self, provider: &'static str, outcome: &'static str) {
        let mut webhooks = self.webhooks.lock().unwrap_or_else(PoisonError::into_inner);
        *webhooks.entry((provider, outcome)).or_default() += 1;
    }

    /// The text exposition format, version 0.0.4.
    pub fn render(&self) -> String {
        let webhooks = self.webhooks.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = String::from(
            "# HELP sentinel_webhooks_total Webhook requests by what became of them.\n\
             # TYPE sentinel_webhooks_total counter\n",
        );
        for ((provider, outcome), count) in webhooks.iter() {
            out += &format!(
                "sentinel_webhooks_total{{provider=\"{provider}\",outcome=\"{outcome}\"}} {count}\n"
            );
        }
        out
    }
}
