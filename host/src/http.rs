//! The server's HTTP side: webhooks in, and a look at how it is.

mod webhook;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use tokio::sync::Semaphore;

use crate::delivery::MAX_BODY_BYTES;
use crate::metrics::Metrics;
use crate::store::Store;
use crate::time::Timestamp;

/// What the routes work with.
pub struct Intake {
    pub store: Store,
    pub metrics: Metrics,
    /// Without a secret a provider's route refuses everything.
    pub github_secret: Option<Vec<u8>>,
    pub local_secret: Option<Vec<u8>>,
    pub clock: fn() -> Timestamp,
    /// Memory for bodies that are being read, in KiB: [`MEMORY_KIB`].
    pub memory_kib: Semaphore,
}

/// Bodies being read at one time, in KiB: ten of the largest.
pub const MEMORY_KIB: usize = 10 * (MAX_BODY_BYTES / 1024);

/// All routes.
pub fn router(intake: Arc<Intake>) -> Router {
    Router::new()
        .route("/webhooks/github", post(webhook::github))
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
        intake.metrics.render(),
    )
}
