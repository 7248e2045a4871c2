//! One request over one connection.

use std::pin::pin;

use bytes::Bytes;
use futures_util::future::{Either, select};
use http::header::{HOST, HeaderName, HeaderValue};
use http::uri::PathAndQuery;
use http::{HeaderMap, Method, Request, Uri};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::address::Stream;
use super::answer::{MAX_HEAD_BYTES, MAX_HEADERS, broken, read};
use super::credential::Credential;
use super::failed;
use crate::effect::{Failed, Header, HttpRequest, HttpResponse, is_of_connection};

/// Sends it and reads the answer, of at most so many bytes.
pub(super) async fn over(
    stream: Box<dyn Stream>,
    request: &HttpRequest,
    credential: Option<&Credential>,
    bytes: u64,
) -> Result<HttpResponse, Failed> {
    let message = message(request, credential)?;
    let mut builder = http1::Builder::new();
    builder
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS);
    let (mut sender, connection) = builder
        .handshake::<_, Full<Bytes>>(TokioIo::new(stream))
        .await
        .map_err(|error| broken(request, &error))?;
    let exchange = pin!(async {
        let answer = sender.send_request(message).await;
        read(
            request,
            answer.map_err(|error| broken(request, &error))?,
            bytes,
        )
        .await
    });
    // The connection moves the bytes of the exchange; it is done first where
    // the peer closed it, and the exchange still has to read what came.
    match select(exchange, pin!(connection)).await {
        Either::Left((answer, _)) => answer,
        Either::Right((_, exchange)) => exchange.await,
    }
}

fn message(
    request: &HttpRequest,
    credential: Option<&Credential>,
) -> Result<Request<Full<Bytes>>, Failed> {
    let invalid = || failed(request, "no such request can be written");
    let target: PathAndQuery = request.target.parse().map_err(|_| invalid())?;
    let mut message = Request::new(Full::from(request.body.clone()));
    *message.method_mut() = Method::from_bytes(request.method.as_bytes()).map_err(|_| invalid())?;
    *message.uri_mut() = Uri::from(target);
    let headers = message.headers_mut();
    for header in &request.headers {
        append(headers, header).ok_or_else(invalid)?;
    }
    headers.insert(HOST, host(request).ok_or_else(invalid)?);
    if let Some(credential) = credential {
        credential.attach(headers);
    }
    Ok(message)
}

fn append(headers: &mut HeaderMap, header: &Header) -> Option<()> {
    if is_of_connection(&header.name) {
        return None;
    }
    let name = HeaderName::from_bytes(header.name.as_bytes()).ok()?;
    let value = HeaderValue::from_bytes(&header.value).ok()?;
    headers.try_append(name, value).ok().map(|_| ())
}

/// With the port where it is not the scheme's own (RFC 9110, 7.2).
fn host(request: &HttpRequest) -> Option<HeaderValue> {
    let HttpRequest {
        host, port, tls, ..
    } = request;
    let value = match (*tls, *port) {
        (true, 443) | (false, 80) => HeaderValue::from_str(host),
        (_, port) => HeaderValue::from_str(&format!("{host}:{port}")),
    };
    value.ok()
}
