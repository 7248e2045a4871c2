//! The answer, read whole and within bounds.

use std::error::Error as _;
use std::io::ErrorKind;

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};

use super::failed;
use crate::effect::{Failed, Header, HttpRequest, HttpResponse, is_of_connection};

/// Bytes of an answer's status line and headers: four times what common
/// servers send at most.
pub(super) const MAX_HEAD_BYTES: usize = 32 * 1024;

/// Headers of an answer.
pub(super) const MAX_HEADERS: usize = 100;

pub(super) async fn read(
    request: &HttpRequest,
    answer: Response<Incoming>,
    limit: u64,
) -> Result<HttpResponse, Failed> {
    let (head, mut incoming) = answer.into_parts();
    if head.status == StatusCode::SWITCHING_PROTOCOLS {
        return Err(failed(request, "it wants to speak another protocol"));
    }
    // The buffer's bound is where it stops growing, not where a head ends.
    if head_bytes(&head.headers) > MAX_HEAD_BYTES {
        return Err(long_head(request));
    }
    // What is announced as too long is not read at all.
    if incoming.size_hint().lower() > limit {
        return Err(too_long(request, limit));
    }
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| broken(request, &error))?;
        // Trailers are nothing a guest gets.
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if (body.len() + data.len()) as u64 > limit {
            return Err(too_long(request, limit));
        }
        body.extend_from_slice(&data);
    }
    let kept = head
        .headers
        .iter()
        .filter(|(name, _)| !is_of_connection(name.as_str()));
    let header = |(name, value): (&HeaderName, &HeaderValue)| Header {
        name: name.as_str().to_owned(),
        value: value.as_bytes().to_vec(),
    };
    Ok(HttpResponse {
        status: head.status.as_u16(),
        headers: kept.map(header).collect(),
        body,
    })
}

fn head_bytes(headers: &HeaderMap) -> usize {
    // Each with `: ` and a line end.
    let bytes = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + 4;
    headers.iter().map(bytes).sum()
}

fn long_head(request: &HttpRequest) -> Failed {
    let why = format!("its headers are more than {MAX_HEADERS}, or {MAX_HEAD_BYTES} bytes");
    failed(request, &why)
}

fn too_long(request: &HttpRequest, limit: u64) -> Failed {
    let host = &request.host;
    Failed::OutOfBudget(format!(
        "the answer of {host} is longer than the {limit} bytes that are left; the grant's `bytes` \
         raises it"
    ))
}

/// In our own words: the library's quote what was received.
pub(super) fn broken(request: &HttpRequest, error: &hyper::Error) -> Failed {
    if error.is_parse_too_large() {
        return long_head(request);
    }
    // What goes wrong inside a body is told as an input or output error.
    let cause = error.source().and_then(|cause| cause.downcast_ref());
    let cause = cause.map(std::io::Error::kind);
    let early = error.is_incomplete_message() || cause == Some(ErrorKind::UnexpectedEof);
    let wrong = [ErrorKind::InvalidInput, ErrorKind::InvalidData];
    let wrong = error.is_parse() || cause.is_some_and(|kind| wrong.contains(&kind));
    failed(
        request,
        match () {
            () if early => "it closed the connection before the answer's end",
            () if wrong => "what it answered is not HTTP/1.1",
            () => "the connection broke off",
        },
    )
}
