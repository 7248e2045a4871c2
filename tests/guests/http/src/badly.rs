//! Requests as a guest should not make them.

use wasip2::clocks::monotonic_clock::{resolution, subscribe_duration};
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    Fields, FutureIncomingResponse, Method, OutgoingBody, OutgoingRequest, OutgoingResponse,
    RequestOptions, Scheme, http_error_code,
};
use wasip2::io::poll::poll;
use wasip2::io::streams::StreamError;

use crate::ask::Url;

/// A POST whose body is taken.
fn open(url: &str) -> Result<(OutgoingBody, FutureIncomingResponse), String> {
    open_with(url, Fields::new())
}

fn open_with(url: &str, headers: Fields) -> Result<(OutgoingBody, FutureIncomingResponse), String> {
    let request = Url::parse(url).request(headers);
    request.set_method(&Method::Post).expect("a method");
    let body = request.body().map_err(|()| "no body".to_owned())?;
    let future = handle(request, None).map_err(|error| format!("error {error:?}"))?;
    Ok((body, future))
}

fn outcome(future: &FutureIncomingResponse) -> String {
    match future.get() {
        None => "nothing yet".into(),
        Some(Ok(Ok(answer))) => answer.status().to_string(),
        Some(Ok(Err(error))) => format!("error {error:?}"),
        Some(Err(())) => "taken".into(),
    }
}

fn either(result: Result<String, String>) -> String {
    result.unwrap_or_else(|error| error)
}

/// Asks until there is an answer and never waits.
pub fn spin(url: &str) -> String {
    let request = Url::parse(url).request(Fields::new());
    let future = match handle(request, None) {
        Ok(future) => future,
        Err(error) => return format!("error {error:?}"),
    };
    loop {
        match outcome(&future).as_str() {
            "nothing yet" => {}
            answer => return answer.to_owned(),
        }
    }
}

/// Waits for the answer to a question it has not finished.
pub fn unfinished(url: &str) -> String {
    either(open(url).map(|(_body, future)| {
        assert_eq!(outcome(&future), "nothing yet");
        let pollable = future.subscribe();
        assert!(!pollable.ready());
        pollable.block();
        drop(pollable);
        outcome(&future)
    }))
}

/// … while a timer runs, and finishes it after that.
pub fn unfinished_with_timer(url: &str) -> String {
    either(open(url).map(|(body, future)| {
        let pollable = future.subscribe();
        let timer = subscribe_duration(3_600_000_000_000);
        let ready = poll(&[&pollable, &timer]);
        OutgoingBody::finish(body, None).expect("an empty body");
        pollable.block();
        drop(pollable);
        format!("{ready:?} {}", outcome(&future))
    }))
}

pub fn dropped(url: &str) -> String {
    either(open(url).map(|(body, future)| {
        drop(body);
        future.subscribe().block();
        outcome(&future)
    }))
}

/// `BYTES URL`: a body of that many bytes.
pub fn write(rest: &str) -> String {
    let (bytes, url) = rest.split_once(' ').unwrap_or((rest, ""));
    either(open(url).map(|(body, future)| {
        let wrote = fill(&body, bytes.parse().unwrap_or(0));
        let finished = OutgoingBody::finish(body, None);
        future.subscribe().block();
        format!("{wrote}; {}; {}", finished.is_ok(), outcome(&future))
    }))
}

fn fill(body: &OutgoingBody, bytes: usize) -> String {
    let stream = body.write().expect("not taken yet");
    let block = vec![b'x'; 4096];
    let mut left = bytes;
    while left > 0 {
        let length = left.min(block.len());
        match stream.blocking_write_and_flush(&block[..length]) {
            Ok(()) => left -= length,
            Err(StreamError::Closed) => return "closed".into(),
            Err(StreamError::LastOperationFailed(error)) => {
                assert!(matches!(stream.check_write(), Err(StreamError::Closed)));
                return format!("{:?}", http_error_code(&error));
            }
        }
    }
    "written".into()
}

/// `LENGTH URL`: three bytes under that content-length.
pub fn length(rest: &str) -> String {
    let (length, url) = rest.split_once(' ').unwrap_or((rest, ""));
    let headers = Fields::new();
    if let Err(error) = headers.append("Content-Length", length.as_bytes()) {
        return format!("header {error:?}");
    }
    either(open_with(url, headers).map(|(body, future)| {
        fill(&body, 3);
        let finished = OutgoingBody::finish(body, None);
        future.subscribe().block();
        format!("{finished:?}; {}", outcome(&future))
    }))
}

pub fn trailers(url: &str) -> String {
    either(open(url).map(|(body, future)| {
        let trailers = Fields::from_list(&[("x-sum".into(), b"1".to_vec())]).expect("fields");
        let finished = OutgoingBody::finish(body, Some(trailers));
        future.subscribe().block();
        format!("{}; {}", finished.is_err(), outcome(&future))
    }))
}

/// Takes twice what is there once.
pub fn twice(url: &str) -> String {
    let request = Url::parse(url).request(Fields::new());
    let (first, second) = (request.body(), request.body());
    let stream = first
        .as_ref()
        .map(|body| (body.write().is_ok(), body.write().is_ok()));
    format!("{} {} {stream:?}", first.is_ok(), second.is_ok())
}

/// Adds fields until the host says no.
pub fn flood_fields() -> String {
    let (many, long) = (Fields::new(), Fields::new());
    let small = (0..)
        .take_while(|_| many.append("x-many", b"").is_ok())
        .count();
    let large = vec![b'v'; 1024];
    let large = (0..)
        .take_while(|_| long.append("x-long", &large).is_ok())
        .count();
    format!("{small} {large}")
}

/// Writes bodies and keeps them all.
pub fn hoard_bodies(url: &str) -> String {
    let mut kept = Vec::new();
    loop {
        match open(url) {
            Ok((body, future)) => match fill(&body, 1024 * 1024).as_str() {
                "written" => kept.push((body, future)),
                error => return format!("{} then {error}", kept.len()),
            },
            Err(error) => return error,
        }
    }
}

fn set(set: impl FnOnce(&OutgoingRequest) -> Result<(), ()>) -> String {
    match set(&OutgoingRequest::new(Fields::new())) {
        Ok(()) => "ok".into(),
        Err(()) => "refused".into(),
    }
}

fn unescaped(text: &str) -> String {
    text.replace("\\r", "\r")
        .replace("\\n", "\n")
        .replace("\\0", "\0")
        .replace("\\s", " ")
}

/// Sets it and sends it: what the setter takes, `handle` may refuse.
pub fn method(name: &str) -> String {
    let name = unescaped(name);
    let request = Url::parse("http://api.example.com/").request(Fields::new());
    match request.set_method(&Method::Other(name)) {
        Err(()) => "refused".into(),
        Ok(()) => match handle(request, None) {
            Ok(_) => "ok".into(),
            Err(error) => format!("{error:?}"),
        },
    }
}

pub fn path(path: &str) -> String {
    let path = unescaped(path);
    set(|request| request.set_path_with_query(Some(&path)))
}

pub fn authority(authority: &str) -> String {
    let authority = unescaped(authority);
    set(|request| request.set_authority(Some(&authority)))
}

pub fn scheme(scheme: &str) -> String {
    set(|request| request.set_scheme(Some(&Scheme::Other(scheme.to_owned()))))
}

/// No time-out of a guest's is supported, and says so.
pub fn options() -> String {
    let options = RequestOptions::new();
    format!(
        "{:?} {:?} {:?} {:?}",
        options.set_connect_timeout(Some(1)),
        options.set_first_byte_timeout(Some(1)),
        options.set_between_bytes_timeout(Some(1)),
        options.connect_timeout(),
    )
}

/// The serving half, which nothing here is for.
pub fn respond() -> String {
    let response = OutgoingResponse::new(Fields::new());
    response.status_code().to_string()
}

/// Calls that cost the host a check of the counters and a look-up of the
/// handle.
pub fn checks(count: &str) -> String {
    let stdout = wasip2::cli::stdout::get_stdout();
    let mut sum = 0;
    for _ in 0..count.parse().unwrap_or(0u64) {
        sum |= stdout.check_write().unwrap_or(0);
    }
    sum.to_string()
}

/// Calls that cost the host a check of the counters alone.
pub fn looks(count: &str) -> String {
    let looks = (0..count.parse().unwrap_or(0u64)).map(|_| resolution());
    looks.max().unwrap_or(0).to_string()
}
