//! Requests as any honest guest makes them.

use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingBody, IncomingResponse, Method, OutgoingBody, OutgoingRequest,
    Scheme,
};
use wasip2::io::streams::StreamError;

/// What was set for the next request, and what the last one was answered.
#[derive(Default)]
pub struct Asking {
    headers: Vec<(String, Vec<u8>)>,
    answered: Vec<(String, Vec<u8>)>,
}

pub struct Url<'a> {
    pub scheme: Scheme,
    pub authority: &'a str,
    pub path: &'a str,
}

impl Url<'_> {
    pub fn parse(url: &str) -> Url<'_> {
        let (scheme, rest) = match url.strip_prefix("http://") {
            Some(rest) => (Scheme::Http, rest),
            None => (Scheme::Https, url.strip_prefix("https://").unwrap_or(url)),
        };
        let slash = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at(slash);
        Url {
            scheme,
            authority,
            path,
        }
    }

    /// A request with these headers; the host checks its parts.
    pub fn request(&self, headers: Fields) -> OutgoingRequest {
        let request = OutgoingRequest::new(headers);
        let _ = request.set_scheme(Some(&self.scheme));
        let _ = request.set_authority(Some(self.authority));
        let _ = request.set_path_with_query(Some(self.path));
        request
    }
}

impl Asking {
    /// `NAME VALUE`, with `\r` and `\n` for what they stand for. Says
    /// something where the host refuses it.
    pub fn header(&mut self, rest: &str) -> Option<String> {
        let (name, value) = rest.split_once(' ').unwrap_or((rest, ""));
        let value = value.replace("\\r", "\r").replace("\\n", "\n").into_bytes();
        match Fields::new().append(name, &value) {
            Ok(()) => {
                self.headers.push((name.to_owned(), value));
                None
            }
            Err(error) => Some(format!("header {error:?}")),
        }
    }

    /// `METHOD URL [BODY]`
    pub fn send(&mut self, rest: &str) -> String {
        let mut words = rest.splitn(3, ' ');
        let (method, url) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        match self.fetch(method, url, words.next()) {
            Ok((status, body)) => format!("{status} {body}"),
            Err(error) => format!("error {error:?}"),
        }
    }

    /// Does what a client that follows redirects does, once.
    pub fn follow(&mut self, url: &str) -> String {
        let first = match self.fetch("GET", url, None) {
            Ok((status, _)) => status,
            Err(error) => return format!("error {error:?}"),
        };
        let location = self.answered.iter().find(|(name, _)| name == "location");
        let Some((_, location)) = location.cloned() else {
            return format!("{first}");
        };
        let location = String::from_utf8_lossy(&location).into_owned();
        format!("{first} then {}", self.send(&format!("GET {location}")))
    }

    /// `N URL`: the statuses of N requests.
    pub fn repeat(&mut self, rest: &str) -> String {
        let (count, url) = rest.split_once(' ').unwrap_or(("1", rest));
        let all = (0..count.parse().unwrap_or(1)).map(|_| match self.fetch("GET", url, None) {
            Ok((status, body)) => format!("{status} {}", body.len()),
            Err(error) => format!("error {error:?}"),
        });
        all.collect::<Vec<_>>().join("\n")
    }

    /// The headers of the last answer.
    pub fn show_headers(&self) -> String {
        let line = |(name, value): &(String, Vec<u8>)| {
            format!("{name}: {}", String::from_utf8_lossy(value))
        };
        self.answered
            .iter()
            .map(line)
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn fetch(
        &mut self,
        method: &str,
        url: &str,
        body: Option<&str>,
    ) -> Result<(u16, String), ErrorCode> {
        let headers = Fields::from_list(&std::mem::take(&mut self.headers)).expect("were taken");
        let request = Url::parse(url).request(headers);
        request
            .set_method(&Method::Other(method.to_owned()))
            .expect("a method");
        let outgoing = body.map(|_| request.body().expect("not taken yet"));
        let future = handle(request, None)?;
        if let (Some(outgoing), Some(text)) = (outgoing, body) {
            let stream = outgoing.write().expect("not taken yet");
            for piece in text.as_bytes().chunks(4096) {
                stream
                    .blocking_write_and_flush(piece)
                    .expect("a small body");
            }
            drop(stream);
            OutgoingBody::finish(outgoing, None)?;
        }
        let pollable = future.subscribe();
        pollable.block();
        assert!(pollable.ready(), "what was waited for is ready");
        drop(pollable);
        let answer = future.get().expect("it is ready").expect("asked once");
        assert!(
            matches!(future.get(), Some(Err(()))),
            "an answer is given once"
        );
        self.read(answer?)
    }

    fn read(&mut self, answer: IncomingResponse) -> Result<(u16, String), ErrorCode> {
        let headers = answer.headers();
        self.answered = headers.entries();
        assert!(
            headers.append("x", b"y").is_err(),
            "an answer is not changed"
        );
        drop(headers);
        let body = answer.consume().expect("not consumed yet");
        let text = read_all(&body);
        let trailers = IncomingBody::finish(body);
        trailers.subscribe().block();
        assert!(matches!(trailers.get(), Some(Ok(Ok(None)))));
        Ok((answer.status(), text))
    }
}

fn read_all(body: &IncomingBody) -> String {
    let stream = body.stream().expect("not taken yet");
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(64 * 1024) {
            Ok(read) => bytes.extend(read),
            Err(StreamError::Closed) => break,
            Err(error) => panic!("{error:?}"),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
