//! The server's HTTP side: webhooks in, and a look at how it is.

mod listen;
mod webhook;

pub use listen::listen;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use tokio::sync::Semaphore;

use crate::delivery::{MAX_BODY_BYTES, gitlab, jenkins};
use crate::event::generic::Origins;
use crate::event::jenkins::Mapping;
use crate::metrics::{Metrics, ModelUse, render_models};
use crate::store::{Store, spending};
use crate::time::Timestamp;

/// Who may tell us something, and how each proves it.
#[derive(Default)]
pub struct Senders {
    /// Without a secret a provider's route refuses everything.
    pub github_secret: Option<Vec<u8>>,
    pub local_secret: Option<Vec<u8>>,
    pub gitlab_secrets: gitlab::Secrets,
    pub jenkins_secrets: jenkins::Secrets,
    /// Whose builds the configured jobs of a Jenkins are.
    pub jenkins_jobs: Vec<Mapping>,
    pub generic_secret: Option<Vec<u8>>,
    /// Where a generic delivery's log may lie.
    pub log_origins: Origins,
}

/// What the routes work with.
pub struct Intake {
    pub store: Store,
    pub metrics: Metrics,
    pub senders: Senders,
    pub clock: fn() -> Timestamp,
    /// Memory for large bodies that are being read: [`MEMORY_STEPS`].
    pub memory: Semaphore,
}

/// Large bodies take from the budget in steps of this many bytes.
pub(crate) const STEP_BYTES: usize = 64 * 1024;

/// Steps of all bodies being read at one time: ten of the largest.
pub const MEMORY_STEPS: usize = 10 * MAX_BODY_BYTES / STEP_BYTES;

/// All routes.
pub fn router(intake: Arc<Intake>) -> Router {
    Router::new()
        .route("/webhooks/github", post(webhook::github))
        .route("/webhooks/gitlab", post(webhook::gitlab))
        .route("/webhooks/jenkins", post(webhook::jenkins))
        .route("/webhooks/jenkins/{secret}", post(webhook::jenkins_by_path))
        .route("/webhooks/generic", post(webhook::generic))
        .route("/webhooks/local", post(webhook::local))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/metrics", get(metrics))
        .with_state(intake)
}

async fn metrics(State(intake): State<Arc<Intake>>) -> impl IntoResponse {
    let format = "text/plain; version=0.0.4; charset=utf-8";
    (
        StatusCode::OK,
        [(header::CONTENT_TYPE, format)],
        intake.metrics.render() + &models(&intake.store).await,
    )
}

/// What language models were asked; nothing where none ever was.
async fn models(store: &Store) -> String {
    let Ok(totals) = store.read(spending::totals).await else {
        return String::new();
    };
    let (open, ended): (Vec<_>, Vec<_>) =
        totals.iter().partition(|total| total.outcome == "reserved");
    let rows: Vec<ModelUse<'_>> = ended.into_iter().map(model_use).collect();
    let open: Vec<ModelUse<'_>> = open.into_iter().map(model_use).collect();
    match totals.is_empty() {
        true => String::new(),
        false => render_models(&rows, &open),
    }
}

fn model_use(total: &spending::Total) -> ModelUse<'_> {
    ModelUse {
        model: &total.model,
        outcome: &total.outcome,
        requests: total.requests,
        input_tokens: total.tokens.input,
        output_tokens: total.tokens.output,
        micros: total.micros,
    }
}
