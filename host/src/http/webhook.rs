//! `POST /webhooks/…`: verify, normalise, make durable, answer. Work comes
//! after the answer.

use std::sync::Arc;

use std::time::Duration;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tracing::{error, info};

use super::Intake;
use crate::delivery::{Headers, MAX_BODY_BYTES, VerifiedDelivery, verify};
use crate::event::{self, Event, Malformed, Normalised};
use crate::ledger::{Entry, Kind};
use crate::store::{Accepted, StoreError};

/// A sender that has not sent its body by then is too slow or does not mean
/// to; GitHub itself gives up after ten seconds.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);

pub(super) async fn github(State(intake): State<Arc<Intake>>, request: Request) -> Response {
    let provider = Provider {
        name: "github",
        secret: intake.github_secret.as_deref(),
        normalise: event::github::normalise,
    };
    receive(&intake, &provider, request).await
}

pub(super) async fn local(State(intake): State<Arc<Intake>>, request: Request) -> Response {
    let provider = Provider {
        name: "local",
        secret: intake.local_secret.as_deref(),
        normalise: event::local::normalise,
    };
    receive(&intake, &provider, request).await
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

async fn receive(intake: &Intake, provider: &Provider<'_>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let taken = match read(intake, &head.headers, body).await {
        Ok(body) => take(provider, &head.headers, body),
        Err(refused) => Err(refused),
    };
    let answer = match taken {
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

/// Reads a body within its limits of size and time. All bodies being read
/// share a budget of memory: what does not fit is told to come back.
async fn read(intake: &Intake, headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Answer> {
    let too_large = || {
        let why = format!("the body is larger than {MAX_BODY_BYTES} bytes");
        refuse(StatusCode::PAYLOAD_TOO_LARGE, "too_large", &why)
    };
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    let length = length
        .and_then(|length| length.parse().ok())
        .unwrap_or(MAX_BODY_BYTES);
    if length > MAX_BODY_BYTES {
        return Err(too_large());
    }
    let kib = u32::try_from(length.div_ceil(1024)).unwrap_or(u32::MAX);
    let Ok(_memory) = intake.memory_kib.try_acquire_many(kib) else {
        let why = "too many deliveries at once; deliver it again";
        return Err(refuse(StatusCode::SERVICE_UNAVAILABLE, "busy", &why));
    };
    match tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY_BYTES)).await {
        Ok(Ok(bytes)) => Ok(bytes.into()),
        Ok(Err(error)) if is_length_limit(&error) => Err(too_large()),
        Ok(Err(_)) => {
            let why = "the body broke off";
            Err(refuse(StatusCode::BAD_REQUEST, "unreadable", &why))
        }
        Err(_) => {
            let why = format!("no whole body within {} s", BODY_TIMEOUT.as_secs());
            Err(refuse(StatusCode::REQUEST_TIMEOUT, "too_slow", &why))
        }
    }
}

fn is_length_limit(error: &axum::Error) -> bool {
    use std::error::Error as _;
    error
        .source()
        .is_some_and(|source| source.is::<http_body_util::LengthLimitError>())
}

fn take(
    provider: &Provider<'_>,
    headers: &HeaderMap,
    body: Vec<u8>,
) -> Result<(VerifiedDelivery, Normalised), Answer> {
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
    let delivery = verify(secret, named, body).map_err(|refusal| {
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
