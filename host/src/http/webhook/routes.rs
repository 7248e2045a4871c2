//! Which route knows its sender how.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::{Route, receive};
use crate::delivery::{self, Headers, VerifiedDelivery};
use crate::event::{self, Malformed, Normalised};
use crate::http::Intake;

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn bytes<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    headers.get(name).map(|value| value.as_bytes())
}

pub(in crate::http) async fn github(
    State(intake): State<Arc<Intake>>,
    request: Request,
) -> Response {
    let secret = intake.senders.github_secret.as_deref();
    hub(
        &intake,
        "github",
        secret,
        &event::github::normalise,
        request,
    )
    .await
}

pub(in crate::http) async fn local(
    State(intake): State<Arc<Intake>>,
    request: Request,
) -> Response {
    let secret = intake.senders.local_secret.as_deref();
    hub(&intake, "local", secret, &event::local::normalise, request).await
}

pub(in crate::http) async fn generic(
    State(intake): State<Arc<Intake>>,
    request: Request,
) -> Response {
    let secret = intake.senders.generic_secret.as_deref();
    let normalise = |delivery: &VerifiedDelivery| {
        event::generic::normalise(delivery, &intake.senders.log_origins)
    };
    hub(&intake, "generic", secret, &normalise, request).await
}

/// What is signed as GitHub signs.
async fn hub(
    intake: &Intake,
    name: &'static str,
    secret: Option<&[u8]>,
    normalise: &(dyn Fn(&VerifiedDelivery) -> Result<Normalised, Malformed> + Sync),
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    let named = Headers {
        signature: bytes(&headers, "x-hub-signature-256"),
        event: text(&headers, "x-github-event"),
        delivery: text(&headers, "x-github-delivery"),
    };
    let verify = |body: Vec<u8>| delivery::verify(secret.unwrap_or_default(), named, body);
    let route = Route {
        name,
        claims: &|| delivery::check_form(named.signature),
        verify: secret.is_some().then_some(&verify as _),
        normalise,
    };
    receive(intake, &route, request).await
}

pub(in crate::http) async fn gitlab(
    State(intake): State<Arc<Intake>>,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    let named = delivery::gitlab::Headers {
        token: bytes(&headers, "x-gitlab-token"),
        signature: text(&headers, "webhook-signature"),
        timestamp: text(&headers, "webhook-timestamp"),
        webhook_id: text(&headers, "webhook-id"),
        idempotency_key: text(&headers, "idempotency-key"),
        event: text(&headers, "x-gitlab-event"),
    };
    let secrets = &intake.senders.gitlab_secrets;
    let now = (intake.clock)();
    let verify = |body: Vec<u8>| delivery::gitlab::verify(secrets, named, body, now);
    let route = Route {
        name: "gitlab",
        claims: &|| delivery::gitlab::check_form(named),
        verify: (!secrets.is_empty()).then_some(&verify as _),
        normalise: &event::gitlab::normalise,
    };
    receive(&intake, &route, request).await
}

pub(in crate::http) async fn jenkins(
    State(intake): State<Arc<Intake>>,
    request: Request,
) -> Response {
    jenkins_with(&intake, None, request).await
}

/// The secret is in the address, where the Notification plugin can put one.
pub(in crate::http) async fn jenkins_by_path(
    State(intake): State<Arc<Intake>>,
    Path(secret): Path<String>,
    request: Request,
) -> Response {
    jenkins_with(&intake, Some(&secret), request).await
}

async fn jenkins_with(intake: &Intake, path: Option<&str>, request: Request) -> Response {
    let headers = request.headers().clone();
    let named = delivery::jenkins::Headers {
        path,
        authorization: bytes(&headers, "authorization"),
        signature: bytes(&headers, "x-hub-signature-256"),
    };
    let secrets = &intake.senders.jenkins_secrets;
    let verify = |body: Vec<u8>| delivery::jenkins::verify(secrets, named, body);
    let route = Route {
        name: "jenkins",
        claims: &|| delivery::jenkins::check_form(named),
        verify: (!secrets.is_empty()).then_some(&verify as _),
        normalise: &|delivery| event::jenkins::normalise(delivery, &intake.senders.jenkins_jobs),
    };
    receive(intake, &route, request).await
}
