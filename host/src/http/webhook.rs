//! `POST /webhooks/…`: verify, normalise, make durable, answer. Work comes
//! after the answer.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tracing::{error, info};

use super::Intake;
use crate::delivery::{Headers, VerifiedDelivery, verify};
use crate::event::{self, Event, Malformed, Normalised};
use crate::ledger::{Entry, Kind};
use crate::store::{Accepted, StoreError};

type Body = Result<Bytes, BytesRejection>;

pub(super) async fn github(
    State(intake): State<Arc<Intake>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let provider = Provider {
        name: "github",
        secret: intake.github_secret.as_deref(),
        normalise: event::github::normalise,
    };
    receive(&intake, &provider, &headers, body).await
}

pub(super) async fn local(
    State(intake): State<Arc<Intake>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let provider = Provider {
        name: "local",
        secret: intake.local_secret.as_deref(),
        normalise: event::local::normalise,
    };
    receive(&intake, &provider, &headers, body).await
}

struct Provider<'a> {
    name: &'static str,
    secret: Option<&'a [u8]>,
    normalise: fn(&VerifiedDelivery) -> Result<Normalised, Malformed>,
}

/// An answer and the label it is counted under.
struct Answer {
    status: StatusCode,
    counted: &'static str,
    body: serde_json::Value,
}

fn answer(status: StatusCode, counted: &'static str, body: serde_json::Value) -> Answer {
    Answer {
        status,
        counted,
        body,
    }
}

fn refuse(status: StatusCode, counted: &'static str, why: &dyn std::fmt::Display) -> Answer {
    answer(status, counted, json!({ "error": why.to_string() }))
}

async fn receive(
    intake: &Intake,
    provider: &Provider<'_>,
    headers: &HeaderMap,
    body: Body,
) -> Response {
    let answer = match take(provider, headers, body) {
        Ok((delivery, Normalised::Event(event))) => {
            accept(intake, provider, delivery, *event).await
        }
        Ok((_, Normalised::NotForUs(why))) => {
            answer(StatusCode::NO_CONTENT, why.as_str(), json!(null))
        }
        Err(refused) => refused,
    };
    intake.metrics.webhook(provider.name, answer.counted);
    match answer.status {
        StatusCode::NO_CONTENT => answer.status.into_response(),
        status => (status, Json(answer.body)).into_response(),
    }
}

fn take(
    provider: &Provider<'_>,
    headers: &HeaderMap,
    body: Body,
) -> Result<(VerifiedDelivery, Normalised), Answer> {
    let body = body.map_err(|rejection| {
        let counted = match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => "too_large",
            _ => "unreadable",
        };
        refuse(rejection.status(), counted, &rejection.body_text())
    })?;
    let secret = provider.secret.ok_or_else(|| {
        let why = format!("no webhook secret is configured for {}", provider.name);
        refuse(StatusCode::SERVICE_UNAVAILABLE, "not_configured", &why)
    })?;
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let named = Headers {
        signature: headers
            .get("x-hub-signature-256")
            .map(|value| value.as_bytes()),
        event: text("x-github-event"),
        delivery: text("x-github-delivery"),
    };
    let delivery = verify(secret, named, body.into()).map_err(|refusal| {
        let status = match refusal {
            crate::delivery::Refusal::HeaderMissing(_) => StatusCode::BAD_REQUEST,
            _ => StatusCode::UNAUTHORIZED,
        };
        refuse(status, "refused", &refusal)
    })?;
    let normalised = (provider.normalise)(&delivery)
        .map_err(|malformed| refuse(StatusCode::BAD_REQUEST, "malformed", &malformed))?;
    Ok((delivery, normalised))
}

/// Durable first, then 202: what is answered is never lost.
async fn accept(
    intake: &Intake,
    provider: &Provider<'_>,
    delivery: VerifiedDelivery,
    event: Event,
) -> Answer {
    let Event::PipelineFailed(event) = event;
    let (run, id) = (event.run.to_string(), delivery.id().to_owned());
    let now = (intake.clock)();
    let entry = Entry {
        at: now,
        kind: Kind::DeliveryAccepted,
        subject: run.clone(),
        facts: json!({
            "provider": provider.name,
            "delivery": id,
            "digest": delivery.digest(),
            "branch": event.branch,
            "commit": event.commit,
            "fork": event.fork,
        }),
    };
    let name = provider.name;
    let stored = intake
        .store
        .write(move |tx| {
            let Some(row) = tx.insert_delivery(name, delivery.id(), delivery.body(), now)? else {
                return Ok(Accepted::Duplicate);
            };
            let accepted = tx.insert_run(&event, Some(row), now)?;
            if accepted == Accepted::New {
                tx.record(&entry)?;
            }
            Ok(accepted)
        })
        .await;
    stored_answer(stored, &run)
}

fn stored_answer(stored: Result<Accepted, StoreError>, run: &str) -> Answer {
    match stored {
        Ok(Accepted::New) => {
            info!(run, "delivery accepted");
            answer(StatusCode::ACCEPTED, "accepted", json!({ "accepted": run }))
        }
        Ok(Accepted::Duplicate) => answer(
            StatusCode::ACCEPTED,
            "duplicate",
            json!({ "duplicate": run }),
        ),
        Err(error) => {
            // The sender is told to come back; what exactly failed is ours.
            error!(run, %error, "a delivery could not be stored");
            let why = "the delivery could not be stored; deliver it again";
            refuse(StatusCode::SERVICE_UNAVAILABLE, "not_stored", &why)
        }
    }
}
