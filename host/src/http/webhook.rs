//! `POST /webhooks/…`: verify, normalise, make durable, answer. Work comes
//! after the answer.

mod body;
mod routes;

use axum::Json;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tracing::{error, info};

use super::Intake;
use crate::delivery::{Refusal, VerifiedDelivery};
use crate::event::{Event, Malformed, Normalised};
use crate::pipeline::{Arrival, accept};
use crate::store::{Accepted, StoreError};

pub(super) use routes::{generic, github, gitlab, jenkins, jenkins_by_path, local};

/// How one route knows its sender and reads what it says. The functions are
/// pure; what they need of the configuration is in them.
struct Route<'a> {
    name: &'static str,
    /// Whether a sender claims to know the secret: before its body is read.
    claims: &'a (dyn Fn() -> Result<(), Refusal> + Sync),
    /// None where no secret is configured: everything is refused then.
    verify: Option<&'a (dyn Fn(Vec<u8>) -> Result<VerifiedDelivery, Refusal> + Sync)>,
    normalise: &'a (dyn Fn(&VerifiedDelivery) -> Result<Normalised, Malformed> + Sync),
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

async fn receive(intake: &Intake, route: &Route<'_>, request: Request) -> Response {
    let answer = match taken(intake, route, request).await {
        Ok((delivery, Normalised::Event(event))) => keep(intake, route, delivery, *event).await,
        Ok((_, Normalised::NotForUs(why))) => {
            answer(StatusCode::NO_CONTENT, why.as_str(), json!(null))
        }
        Err(refused) => refused,
    };
    intake.metrics.webhook(route.name, answer.counted);
    match answer.status {
        StatusCode::NO_CONTENT => answer.status.into_response(),
        status => (status, Json(answer.body)).into_response(),
    }
}

/// Whoever does not even claim to know the secret has no body read.
async fn taken(
    intake: &Intake,
    route: &Route<'_>,
    request: Request,
) -> Result<(VerifiedDelivery, Normalised), Answer> {
    (route.claims)().map_err(|refusal| unproven(&refusal))?;
    let (head, body) = request.into_parts();
    let body = body::read(intake, &head.headers, body).await?;
    let verify = route.verify.ok_or_else(|| {
        let why = format!("no webhook secret is configured for {}", route.name);
        refuse(StatusCode::SERVICE_UNAVAILABLE, "not_configured", &why)
    })?;
    let delivery = verify(body).map_err(|refusal| unproven(&refusal))?;
    let normalised = (route.normalise)(&delivery)
        .map_err(|malformed| refuse(StatusCode::BAD_REQUEST, "malformed", &malformed))?;
    Ok((delivery, normalised))
}

fn unproven(refusal: &Refusal) -> Answer {
    let status = match refusal.is_unproven() {
        true => StatusCode::UNAUTHORIZED,
        false => StatusCode::BAD_REQUEST,
    };
    refuse(status, "refused", refusal)
}

/// Durable first, then 202: what is answered is never lost.
async fn keep(
    intake: &Intake,
    route: &Route<'_>,
    delivery: VerifiedDelivery,
    event: Event,
) -> Answer {
    let about = event.key();
    let arrival = Arrival {
        provider: route.name,
        id: delivery.id().to_owned(),
        id_is_signed: delivery.id_is_signed(),
        body: delivery.into_body(),
    };
    let stored = accept(&intake.store, arrival, event, (intake.clock)()).await;
    stored_answer(stored, &about)
}

fn stored_answer(stored: Result<Accepted, StoreError>, about: &str) -> Answer {
    match stored {
        Ok(Accepted::New) => {
            info!(about, "delivery accepted");
            answer(
                StatusCode::ACCEPTED,
                "accepted",
                json!({ "accepted": about }),
            )
        }
        Ok(Accepted::Duplicate) => answer(
            StatusCode::ACCEPTED,
            "duplicate",
            json!({ "duplicate": about }),
        ),
        Err(error) => {
            // The sender is told to come back; what exactly failed is ours.
            error!(about, %error, "a delivery could not be stored");
            let why = "the delivery could not be stored; deliver it again";
            refuse(StatusCode::SERVICE_UNAVAILABLE, "not_stored", &why)
        }
    }
}
