//! One HTTP exchange: time-outs, limits, and errors without addresses in them
//! (a redirect's address carries a credential).

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, Response, Uri};
use http_body_util::combinators::BoxBody;
use octocrab::{OctoBody, Octocrab};
use serde_json::Value;

use super::settings::{Secret, SettingsError, Timeouts};
use crate::forge::Result;
use crate::forge::web::chain;
pub(super) use crate::forge::web::{Incoming, is_https, is_loopback_http, transient, unexpected};

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
        let incoming = Incoming::new(what, response, self.timeouts.read, within);
        incoming.read(limit).await
    }
}
