//! The parts of a request that become its first lines, checked before anything
//! is decided about them.

use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Method, Scheme};

use crate::grant::{canonical, split_port};

/// Longest method, in bytes; the registered ones end at 17.
const MAX_METHOD_BYTES: usize = 32;

/// Longest path and query, in bytes: what servers take.
const MAX_TARGET_BYTES: usize = 8 * 1024;

/// The method as it is sent. CONNECT would make a tunnel that nobody checks,
/// TRACE shows what the host added to a request.
pub fn method(method: &Method) -> Result<String, ErrorCode> {
    let name = match method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
        Method::Options => "OPTIONS",
        Method::Patch => "PATCH",
        Method::Connect => "CONNECT",
        Method::Trace => "TRACE",
        Method::Other(name) => name,
    };
    let refused = ["CONNECT", "TRACE"];
    let refused = refused.iter().any(|other| other.eq_ignore_ascii_case(name));
    match is_method(name) && !refused {
        true => Ok(name.to_owned()),
        false => Err(ErrorCode::HttpRequestMethodInvalid),
    }
}

pub fn is_method(name: &str) -> bool {
    name.len() <= MAX_METHOD_BYTES && http::Method::from_bytes(name.as_bytes()).is_ok()
}

/// Whether it is https, which it is where nothing is said.
pub fn tls(scheme: Option<&Scheme>) -> Result<bool, ErrorCode> {
    match scheme {
        None | Some(Scheme::Https) => Ok(true),
        Some(Scheme::Http) => Ok(false),
        Some(Scheme::Other(_)) => Err(ErrorCode::HttpRequestUriInvalid),
    }
}

/// Host and port. No user before the host, and only one way to write it.
pub fn authority(authority: &str, tls: bool) -> Result<(String, u16), ErrorCode> {
    let parsed = split_port(authority).and_then(|(host, port)| {
        let port = port.unwrap_or(if tls { 443 } else { 80 });
        Some((canonical(host)?, port))
    });
    parsed.ok_or(ErrorCode::HttpRequestUriInvalid)
}

/// Path and query in origin form (RFC 9112, 3.2.1): no white space, no line
/// ends, no fragment, nothing that is not ASCII.
pub fn path(path: Option<&str>) -> Result<String, ErrorCode> {
    let path = path.unwrap_or_default();
    if path.len() > MAX_TARGET_BYTES {
        return Err(ErrorCode::HttpRequestUriTooLong);
    }
    let target = match path.as_bytes().first() {
        None => "/".to_owned(),
        Some(b'?') => format!("/{path}"),
        Some(b'/') => path.to_owned(),
        Some(_) => return Err(ErrorCode::HttpRequestUriInvalid),
    };
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
    let parses = || target.parse::<http::uri::PathAndQuery>().is_ok();
    match target.bytes().all(plain) && parses() {
        true => Ok(target),
        false => Err(ErrorCode::HttpRequestUriInvalid),
    }
}
