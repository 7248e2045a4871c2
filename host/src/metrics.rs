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

/// What one model was asked, and how it ended: one row of what is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelUse<'a> {
    /// The operator's name for it: plain letters.
    pub model: &'a str,
    /// `answered`, `failed` or `reserved`.
    pub outcome: &'a str,
    pub requests: u64,
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub micros: u64,
}

/// The same format, of models: requests that ended, and those that are under
/// way or were cut off. Counted where it is kept, so that a restart does not
/// begin anew.
pub fn render_models(ended: &[ModelUse<'_>], open: &[ModelUse<'_>]) -> String {
    const REQUESTS: &str = "Requests to language models that ended.";
    const OPEN: &str = "Requests under way, or cut off and counted at their worst.";
    const COST: &str = "Money counted, in millionths of the price's currency.";
    let count = |row: &ModelUse<'_>| row.requests;
    let mut out = family("model_requests_total", "counter", REQUESTS, ended, count);
    out += &family("model_requests_open", "gauge", OPEN, open, count);
    out += &family(
        "model_input_tokens_total",
        "counter",
        "Tokens of prompts.",
        ended,
        |row| row.input_tokens,
    );
    out += &family(
        "model_output_tokens_total",
        "counter",
        "Tokens of answers.",
        ended,
        |row| row.output_tokens,
    );
    out += &family("model_cost_micros_total", "counter", COST, ended, |row| {
        row.micros
    });
    out
}

fn family(
    name: &str,
    kind: &str,
    help: &str,
    rows: &[ModelUse<'_>],
    value: fn(&ModelUse<'_>) -> u64,
) -> String {
    let mut out = format!("# HELP sentinel_{name} {help}\n# TYPE sentinel_{name} {kind}\n");
    for row in rows {
        let (model, outcome, value) = (row.model, row.outcome, value(row));
        let labels = format!("model=\"{model}\",outcome=\"{outcome}\"");
        out += &format!("sentinel_{name}{{{labels}}} {value}\n");
    }
    out
}
