//! `POST /webhooks/…`: verify, normalise, make durable, answer. Work comes
//! after the answer.

use std::sync::Arc;

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt as _;
use serde_json::json;
use tracing::{error, info};

use super::{Intake, STEP_BYTES};
use crate::delivery::{Headers, MAX_BODY_BYTES, VerifiedDelivery, check_form, verify};
use crate::event::{self, Event, Malformed, Normalised};
use crate::ledger::{Entry, Kind};
use crate::store::{Accepted, StoreError};

const SIGNATURE: &str = "x-hub-signature-256";

/// A sender that has not sent its body by then is too slow or does not mean
/// to; GitHub itself gives up after ten seconds.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);

/// A body of this size takes nothing from the shared budget: GitHub's of a
/// failed run are about 20 kB.
const FREE_BYTES: usize = 128 * 1024;

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
    let taken = match signed(&head.headers) {
        Ok(()) => read(intake, &head.headers, body).await,
        Err(refused) => Err(refused),
    };
    let taken = taken.and_then(|body| take(provider, &head.headers, body));
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

/// Reads a body within its limits of size and time.
async fn read(intake: &Intake, headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Answer> {
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
    if length > MAX_BODY_BYTES {
        return Err(too_large());
    }
    match tokio::time::timeout(BODY_TIMEOUT, collect(intake, body)).await {
        Ok(read) => read,
        Err(_) => {
            let why = format!("no whole body within {} s", BODY_TIMEOUT.as_secs());
            Err(refuse(StatusCode::REQUEST_TIMEOUT, "too_slow", &why))
        }
    }
}

fn too_large() -> Answer {
    let why = format!("the body is larger than {MAX_BODY_BYTES} bytes");
    refuse(StatusCode::PAYLOAD_TOO_LARGE, "too_large", &why)
}

/// Collects what really arrives. Large bodies share a budget of memory and
/// take from it as they grow, so a claim of a length costs nobody anything;
/// what fits in [`FREE_BYTES`] takes nothing and always passes.
async fn collect(intake: &Intake, mut body: Body) -> Result<Vec<u8>, Answer> {
    let mut bytes = Vec::new();
    let mut held = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame
            .map_err(|_| refuse(StatusCode::BAD_REQUEST, "unreadable", &"the body broke off"))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > MAX_BODY_BYTES {
            return Err(too_large());
        }
        bytes.extend_from_slice(&data);
        while bytes.len() > FREE_BYTES + held.len() * STEP_BYTES {
            held.push(intake.memory.try_acquire().map_err(|_| {
                let why = "too many large deliveries at once; deliver it again";
                refuse(StatusCode::SERVICE_UNAVAILABLE, "busy", &why)
            })?);
        }
    }
    Ok(bytes)
}

/// Whoever does not even claim to know the secret has no body read.
fn signed(headers: &HeaderMap) -> Result<(), Answer> {
    let signature = headers.get(SIGNATURE).map(|value| value.as_bytes());
    check_form(signature).map_err(|refusal| refuse(StatusCode::UNAUTHORIZED, "refused", &refusal))
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
            // The delivery's id is outside the signature: the run it tells of
            // decides whether it is new.
            if tx.knows_run(&event.run, now)? {
                return Ok(Accepted::Duplicate);
            }
            let row = tx.insert_delivery(name, delivery.id(), delivery.body(), now)?;
            let accepted = tx.insert_run(&event, Some(row), now)?;
            tx.record(&entry)?;
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
