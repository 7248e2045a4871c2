//! Plain HTTP for the services that have no client library here: GitLab,
//! Jenkins, and addresses that a generic delivery names. What GitHub's client
//! shares with them (bodies, time-outs, errors without addresses) is here too.
//!
//! Absent on purpose: repeated tries (who calls knows the task and its
//! deadline), cookies, compression, and any redirect that the caller did not
//! allow.

mod body;
mod guard;
mod refusal;
mod secret;
mod wait;

use std::net::IpAddr;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, LOCATION, USER_AGENT};
use http::uri::Scheme;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::Full;
use hyper::body::Incoming as Body;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::{ForgeError, Result};
pub(super) use crate::ids::address::encoded;
pub(super) use body::{Incoming, LogFile, to_file};
pub(super) use guard::{Guard, literal};
pub(super) use refusal::Service;
pub use secret::{Secret, Timeouts};
pub(super) use wait::{number, wait};

/// Redirects followed for one request: GitLab's storage answers one.
const MAX_REDIRECTS: usize = 3;

/// Requests over https, and over plain http where the caller allows the address.
pub(super) struct Web {
    client: Client<HttpsConnector<HttpConnector<Guard>>, Full<Bytes>>,
    pub timeouts: Timeouts,
}

/// No https client can be set up.
#[derive(Debug, thiserror::Error)]
#[error(
    "no https client can be set up ({0}); are the system's certificates (ca-certificates) there?"
)]
pub struct NoClient(String);

/// One read.
pub(super) struct Get<'a> {
    pub what: &'static str,
    pub uri: Uri,
    pub accept: &'static str,
    /// A header that says who we are. It stays with the first address.
    pub credential: Option<(HeaderName, &'a Secret)>,
    /// Where a redirect may lead.
    pub may_follow: &'a (dyn Fn(&Uri) -> bool + Sync),
}

/// One request that is sent once and led nowhere else: what may have had an
/// effect is not sent again by itself.
pub(super) struct Once<'a> {
    pub what: &'static str,
    pub method: Method,
    pub uri: Uri,
    pub credential: (HeaderName, &'a Secret),
    /// JSON.
    pub body: Option<String>,
}

impl Web {
    /// Reads from addresses that the operator configured.
    pub fn new(timeouts: Timeouts) -> std::result::Result<Web, NoClient> {
        Web::guarded(timeouts, Guard::Open)
    }

    /// Reads where the address behind a name is looked at as well.
    pub fn guarded(timeouts: Timeouts, guard: Guard) -> std::result::Result<Web, NoClient> {
        let mut tcp = HttpConnector::new_with_resolver(guard);
        tcp.set_connect_timeout(Some(timeouts.connect));
        tcp.enforce_http(false);
        // The provider is named: a process-wide default may be another crate's.
        let provider = tokio_rustls::rustls::crypto::ring::default_provider();
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(provider)
            .map_err(|error| NoClient(error.to_string()))?
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .build(connector);
        Ok(Web { client, timeouts })
    }

    /// Sends, and follows redirects to where they may lead. The credential goes
    /// to the first address only: a redirect's carries its own.
    pub async fn get(&self, get: &Get<'_>) -> Result<Response<Body>> {
        let mut response = self.send(get, &get.uri, true).await?;
        for _ in 0..MAX_REDIRECTS {
            let Some(next) = location(get, &response)? else {
                return unencoded(get.what, response);
            };
            response = self.send(get, &next, false).await?;
        }
        match response.status().is_redirection() {
            true => Err(unexpected(
                get.what,
                format!("more than {MAX_REDIRECTS} redirects"),
            )),
            false => unencoded(get.what, response),
        }
    }

    /// Sends once; a redirect is an answer like any other.
    pub async fn once(&self, once: Once<'_>) -> Result<Response<Body>> {
        let what = once.what;
        let (name, secret) = once.credential;
        let mut request = Request::builder()
            .method(once.method)
            .uri(once.uri)
            .header(ACCEPT, "application/json")
            .header(name, sensitive(what, secret)?);
        if once.body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = Full::from(once.body.unwrap_or_default());
        let response = self.exchange(what, request, body).await?;
        unencoded(what, response)
    }

    async fn send(&self, get: &Get<'_>, uri: &Uri, first: bool) -> Result<Response<Body>> {
        let mut request = Request::get(uri.clone()).header(ACCEPT, get.accept);
        if let Some((name, secret)) = get.credential.as_ref().filter(|_| first) {
            request = request.header(name, sensitive(get.what, secret)?);
        }
        self.exchange(get.what, request, Full::default()).await
    }

    async fn exchange(
        &self,
        what: &'static str,
        request: http::request::Builder,
        body: Full<Bytes>,
    ) -> Result<Response<Body>> {
        let request = request
            .header(USER_AGENT, "sentinel")
            .body(body)
            .map_err(|_| unexpected(what, "no such request can be made"))?;
        match tokio::time::timeout(self.timeouts.answer, self.client.request(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) if guard::refused(&error) => Err(ForgeError::Denied {
                what,
                why: chain(&error),
            }),
            Ok(Err(error)) => Err(transient(what, chain(&error))),
            Err(_) => Err(transient(what, "no answer in time".into())),
        }
    }

    /// A body to be read whole.
    pub fn answer(&self, what: &'static str, response: Response<Body>) -> Incoming {
        Incoming::new(what, response, self.timeouts.read, self.timeouts.answer)
    }

    /// A long body.
    pub fn transfer(&self, what: &'static str, response: Response<Body>) -> Incoming {
        Incoming::new(what, response, self.timeouts.read, self.timeouts.transfer)
    }
}

/// A credential as a header's value, which no log shows.
fn sensitive(what: &'static str, secret: &Secret) -> Result<HeaderValue> {
    let mut value = HeaderValue::try_from(secret.expose())
        .map_err(|_| unexpected(what, "the credential is no header"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Where an answer points; none where it is no redirect.
fn location(get: &Get<'_>, response: &Response<Body>) -> Result<Option<Uri>> {
    let redirects = matches!(
        response.status(),
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    );
    if !redirects {
        return Ok(None);
    }
    let uri = response
        .headers()
        .get(LOCATION)
        .and_then(|value| Uri::try_from(value.as_bytes()).ok())
        .filter(|uri| uri.authority().is_some());
    match uri {
        Some(uri) if (get.may_follow)(&uri) => Ok(Some(uri)),
        Some(_) => Err(unexpected(get.what, "a redirect to where none may lead")),
        None => Err(unexpected(get.what, "a redirect to no address")),
    }
}

/// We ask for no compression; bytes that have one anyway would be read as text.
fn unencoded(what: &'static str, response: Response<Body>) -> Result<Response<Body>> {
    match response
        .headers()
        .get(CONTENT_ENCODING)
        .map(HeaderValue::as_bytes)
    {
        None | Some(b"identity" | b"") => Ok(response),
        Some(_) => Err(unexpected(what, "a compressed answer, unasked")),
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

/// An error with its causes: the first alone says "service error". Addresses
/// are not in it: a redirect's carries a credential.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
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

/// A configured address, checked: https, or plain http on loopback; no user, no
/// query. Without its last slash.
pub(super) fn base(address: &str) -> std::result::Result<(String, bool), &'static str> {
    let uri: Uri = address.parse().map_err(|_| "it is no address")?;
    let authority = uri.authority().ok_or("it names no host")?;
    if authority.as_str().contains('@') {
        return Err("it carries a user name or password");
    }
    if uri.query().is_some() {
        return Err("it has a query");
    }
    let loopback = is_loopback_http(&uri);
    match is_https(&uri) || loopback {
        true => Ok((address.trim_end_matches('/').to_owned(), loopback)),
        false => Err("it is not https"),
    }
}
