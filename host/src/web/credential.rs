//! What the operator attaches to requests: the guest never sees it, and
//! neither does any record.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, RANGE, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use memchr::memmem;

use super::failed;
use crate::effect::{Failed, Header, HttpRequest, HttpResponse, is_of_connection};
use crate::grant::{AddressKind, HostPattern, kind_of};
use crate::redact::MARK;

/// Longest secret, in bytes: what fits in a header.
const MAX_SECRET_BYTES: usize = 8 * 1024;

/// Shortest secret, in bytes: what is shorter can be guessed, and occurs by
/// chance in what it is searched in.
const MIN_SECRET_BYTES: usize = 6;

/// A header with a secret for one host and port.
#[derive(Clone)]
pub struct Credential {
    host: HostPattern,
    name: HeaderName,
    value: HeaderValue,
    /// What must not come back: the secret and its telling parts.
    secrets: Vec<Vec<u8>>,
}

/// Names the header; its value is nobody's business.
impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {MARK} for {}", self.name, self.host)
    }
}

/// Why a credential cannot be attached, without the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCredential {
    #[error("host: a credential is for one host; write its name without `*.`")]
    Wildcard,
    #[error("header: {0:?} is no header that a request may carry")]
    Name(String),
    #[error("value: a secret has {MIN_SECRET_BYTES} to {MAX_SECRET_BYTES} bytes")]
    Length,
    #[error("value: a header cannot hold it (a line end, perhaps)")]
    Value,
}

impl Credential {
    /// The header `name: [scheme ]secret`.
    pub fn new(
        host: HostPattern,
        name: &str,
        scheme: Option<&str>,
        secret: &[u8],
    ) -> Result<Credential, InvalidCredential> {
        if !host.is_one_host() {
            return Err(InvalidCredential::Wildcard);
        }
        if !(MIN_SECRET_BYTES..=MAX_SECRET_BYTES).contains(&secret.len()) {
            return Err(InvalidCredential::Length);
        }
        let invalid = || InvalidCredential::Name(name.to_owned());
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
        // A length or a host of the operator's would change what is asked.
        if is_of_connection(name.as_str()) || name == http::header::CONTENT_LENGTH {
            return Err(invalid());
        }
        let value = match scheme {
            Some(scheme) => [scheme.as_bytes(), b" ", secret].concat(),
            None => secret.to_vec(),
        };
        let mut value = HeaderValue::from_bytes(&value).map_err(|_| InvalidCredential::Value)?;
        value.set_sensitive(true);
        Ok(Credential {
            host,
            name,
            value,
            secrets: parts(secret),
        })
    }

    /// The credential of a request: for this host and port exactly, over TLS,
    /// or without it to a host that is inside the operator's network by name
    /// and by address. A name alone would be the resolver's to give away.
    pub(super) fn of<'c>(
        all: &'c [Credential],
        request: &HttpRequest,
        inside: bool,
        address: IpAddr,
    ) -> Option<&'c Credential> {
        let private = matches!(
            kind_of(address),
            AddressKind::Private | AddressKind::Loopback
        );
        let protected = request.tls || (inside && private);
        let matches = |credential: &&Credential| {
            let host = &credential.host;
            host.matches(&request.host, request.port, request.tls)
        };
        match protected {
            true => all.iter().find(matches),
            false => None,
        }
    }

    /// Puts it on, in place of what the guest set. What would let the answer
    /// hide the secret from [`hidden_in`](Self::hidden_in) is taken off: a
    /// coding, a part of the answer.
    pub(super) fn attach(&self, headers: &mut HeaderMap) {
        headers.remove(RANGE);
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(self.name.clone(), self.value.clone());
    }

    /// The answer without the secret, for hosts that repeat what they were
    /// told. It keeps mistakes from leaking; a host that means to tell the
    /// secret can write it backwards, so it is no reason to trust one.
    pub(super) fn hidden_in(
        &self,
        mut answer: HttpResponse,
        request: &HttpRequest,
    ) -> Result<HttpResponse, Failed> {
        let coded = |header: &Header| {
            header.name == CONTENT_ENCODING.as_str()
                && !header.value.eq_ignore_ascii_case(b"identity")
        };
        if answer.headers.iter().any(coded) {
            let why = "it answered in a coding that nobody asked for";
            return Err(failed(request, why));
        }
        for header in &mut answer.headers {
            // A session is a credential too.
            if header.name == SET_COOKIE.as_str() || self.is_in(&header.value) {
                header.value = MARK.into();
            }
        }
        for secret in &self.secrets {
            hide(&mut answer.body, secret);
        }
        Ok(answer)
    }

    fn is_in(&self, bytes: &[u8]) -> bool {
        let found = |secret: &Vec<u8>| memmem::find(bytes, secret).is_some();
        self.secrets.iter().any(found)
    }
}

/// The secret, what follows its scheme, and what Basic authentication encodes:
/// user and password, and the password.
fn parts(secret: &[u8]) -> Vec<Vec<u8>> {
    let after = |bytes: &[u8], mark: u8| {
        let at = bytes.iter().position(|byte| *byte == mark);
        at.map(|at| bytes[at + 1..].to_vec())
    };
    let bare = after(secret, b' ').unwrap_or_else(|| secret.to_vec());
    let pair = STANDARD.decode(&bare).ok();
    let pair = pair.filter(|pair| pair.contains(&b':'));
    let password = pair.as_deref().and_then(|pair| after(pair, b':'));
    let mut parts = vec![secret.to_vec(), bare];
    parts.extend(pair);
    parts.extend(password);
    parts.retain(|part| part.len() >= MIN_SECRET_BYTES);
    parts.dedup();
    parts
}

/// Writes stars over a secret: the length stays what the headers say. Linear,
/// whatever the bytes are: the peer knows the secret and chooses them.
fn hide(bytes: &mut [u8], secret: &[u8]) {
    let finder = memmem::Finder::new(secret);
    let mut from = 0;
    while let Some(at) = finder.find(&bytes[from..]) {
        let found = from + at;
        from = found + secret.len();
        bytes[found..from].fill(b'*');
    }
}
