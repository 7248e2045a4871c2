//! One HTTP exchange: time-outs, limits, and errors without addresses in them
//! (a redirect's address carries a credential).

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::uri::Scheme;
use http::{HeaderName, HeaderValue, Method, Response, Uri};
use http_body_util::BodyExt as _;
use http_body_util::combinators::BoxBody;
use octocrab::{OctoBody, Octocrab};
use serde_json::Value;
use tokio::time::Instant;

use super::settings::{Secret, SettingsError, Timeouts};
use crate::forge::{ForgeError, Result};

pub(super) type Body = BoxBody<Bytes, octocrab::Error>;

pub(super) struct Wire {
    crab: Octocrab,
    pub timeouts: Timeouts,
}

pub(super) struct Outgoing<'a> {
    pub what: &'static str,
    pub method: Method,
    /// Absolute.
    pub uri: Uri,
    pub accept: &'static str,
    pub body: Option<&'a Value>,
}

/// The version of the REST API whose answers we read.
const API_VERSION: (&str, &str) = ("x-github-api-version", "2022-11-28");

impl Wire {
    pub fn new(timeouts: Timeouts) -> std::result::Result<Wire, SettingsError> {
        // Octocrab holds no credential: it would decide by itself where to
        // send one, and `bearer` below is the only place that does.
        // Its read time-out is left out too: that one counts from when a kept
        // connection fell idle, and would cut the next request short.
        let crab = Octocrab::builder()
            .set_connect_timeout(Some(timeouts.connect))
            .build()
            .map_err(|error| SettingsError::Client(chain(&error)))?;
        Ok(Wire { crab, timeouts })
    }

    /// Sends a request to the API, with the credential.
    pub async fn authorised(
        &self,
        outgoing: &Outgoing<'_>,
        bearer: &Secret,
    ) -> Result<Response<Body>> {
        let value = HeaderValue::try_from(format!("Bearer {}", bearer.expose()));
        let mut value = value.map_err(|_| unexpected(outgoing.what, "the token is no header"))?;
        value.set_sensitive(true);
        self.send(outgoing, Some(value)).await
    }

    /// Sends a request without any credential: what a redirect leads to.
    pub async fn anonymous(&self, what: &'static str, uri: Uri) -> Result<Response<Body>> {
        let outgoing = Outgoing {
            what,
            method: Method::GET,
            uri,
            accept: "*/*",
            body: None,
        };
        self.send(&outgoing, None).await
    }

    async fn send(
        &self,
        outgoing: &Outgoing<'_>,
        authorization: Option<HeaderValue>,
    ) -> Result<Response<Body>> {
        let what = outgoing.what;
        let mut request = http::Request::builder()
            .method(outgoing.method.clone())
            .uri(outgoing.uri.clone())
            .header(ACCEPT, outgoing.accept);
        if let Some(value) = authorization {
            request = request
                .header(AUTHORIZATION, value)
                .header(HeaderName::from_static(API_VERSION.0), API_VERSION.1);
        }
        let body = match outgoing.body {
            Some(json) => {
                request = request.header(CONTENT_TYPE, "application/json");
                OctoBody::from(json.to_string())
            }
            None => OctoBody::empty(),
        };
        let request = request
            .body(body)
            .map_err(|_| unexpected(what, "no such request can be made"))?;
        let answer = tokio::time::timeout(self.timeouts.answer, self.crab.execute(request)).await;
        match answer {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(transient(what, chain(&error))),
            Err(_) => Err(transient(what, "no answer in time".into())),
        }
    }

    /// A long body, piece by piece.
    pub fn stream(&self, what: &'static str, response: Response<Body>) -> Incoming {
        let (read, within) = (self.timeouts.read, self.timeouts.transfer);
        Incoming::new(what, response, read, within)
    }

    /// The whole body, if it is no longer than `limit` bytes.
    pub async fn read(
        &self,
        what: &'static str,
        response: Response<Body>,
        limit: usize,
    ) -> Result<Vec<u8>> {
        let within = self.timeouts.answer;
        let mut incoming = Incoming::new(what, response, self.timeouts.read, within);
        let mut bytes = Vec::new();
        while let Some(chunk) = incoming.next().await? {
            if bytes.len() + chunk.len() > limit {
                let limit = format!("{limit} bytes");
                return Err(ForgeError::TooLarge { what, limit });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

/// A body as it arrives, with a deadline for the next bytes and for all.
pub(super) struct Incoming {
    what: &'static str,
    body: Body,
    read: Duration,
    until: Instant,
}

impl Incoming {
    fn new(
        what: &'static str,
        response: Response<Body>,
        read: Duration,
        within: Duration,
    ) -> Incoming {
        Incoming {
            what,
            body: response.into_body(),
            read,
            until: Instant::now() + within,
        }
    }

    /// The next bytes; none at the end. A body that breaks off is an error.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            let until = self.until.min(Instant::now() + self.read);
            let frame = tokio::time::timeout_at(until, self.body.frame())
                .await
                .map_err(|_| transient(self.what, "the answer took too long".into()))?;
            match frame {
                None => return Ok(None),
                Some(Err(error)) => return Err(transient(self.what, chain(&error))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if !data.is_empty() => return Ok(Some(data)),
                    _ => continue,
                },
            }
        }
    }
}

pub(super) fn transient(what: &'static str, why: String) -> ForgeError {
    ForgeError::Transient {
        what,
        why,
        retry_after: None,
    }
}

pub(super) fn unexpected(what: &'static str, why: impl Into<String>) -> ForgeError {
    let why = why.into();
    ForgeError::Unexpected { what, why }
}

/// An error with its causes: the first alone says "service error".
fn chain(error: &dyn std::error::Error) -> String {
    const MAX_CAUSES: usize = 6;
    let mut said: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next
        && said.len() < MAX_CAUSES
    {
        // Octocrab appends a backtrace to some of its messages.
        let text = error.to_string();
        let line = text.lines().next().unwrap_or_default().to_owned();
        if !said.iter().any(|earlier| earlier.contains(&line)) {
            said.push(line);
        }
        next = error.source();
    }
    said.join(": ")
}

/// Plain http to this very machine.
pub(super) fn is_loopback_http(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    uri.scheme() == Some(&Scheme::HTTP) && loopback
}

pub(super) fn is_https(uri: &Uri) -> bool {
    uri.scheme() == Some(&Scheme::HTTPS)
}
