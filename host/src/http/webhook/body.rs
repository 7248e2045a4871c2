//! Reading a delivery's body within limits of size, time and shared memory.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt as _;

use super::{Answer, refuse};
use crate::delivery::MAX_BODY_BYTES;
use crate::http::{Intake, STEP_BYTES};

/// A sender that has not sent its body by then is too slow or does not mean
/// to; GitHub itself gives up after ten seconds.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);

/// A body of this size takes nothing from the shared budget: GitHub's of a
/// failed run are about 20 kB.
const FREE_BYTES: usize = 128 * 1024;

/// Reads a body within its limits of size and time.
pub(super) async fn read(
    intake: &Intake,
    headers: &HeaderMap,
    body: Body,
) -> Result<Vec<u8>, Answer> {
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
