//! One request and its answer, read as it comes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{Stream, StreamExt as _, try_unfold};
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use http::header::{RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::error::code;
use super::events::Events;
use super::guard::{Guard, refused};
use super::reading::{Most, Reading, Whole};
use super::settings::{Place, invalid};
use super::{InvalidModel, ModelError, Provider, Reader, Settings, anthropic, guard};

/// Bytes on the wire for each token asked for: the event around one has two to
/// six hundred.
const WIRE_BYTES_PER_TOKEN: u64 = 2048;

/// Bytes on the wire beside them: comments that keep a connection alive.
const WIRE_BYTES: u64 = 256 * 1024;

/// Bytes of a refusal that are looked at for its code.
const MAX_REFUSAL_BYTES: usize = 64 * 1024;

/// Bytes of an answer's status line and headers, and their number: four times
/// what common servers send at most.
const MAX_HEAD_BYTES: usize = 32 * 1024;
const MAX_HEADERS: usize = 100;

/// Sends requests to one model.
pub(super) struct Client(legacy::Client<HttpsConnector<HttpConnector<Guard>>, Full<Bytes>>);

impl Client {
    pub fn new(
        settings: &Settings,
        place: &Place,
        roots: RootCertStore,
    ) -> Result<Client, InvalidModel> {
        let mut tcp = HttpConnector::new_with_resolver(Guard::of(place));
        tcp.set_connect_timeout(Some(settings.times.connect));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        // The provider is named: a process-wide default may be another crate's.
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| invalid("base_url", format!("TLS cannot be set up: {error}")))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            // A connection that was kept may close while it is written to, and
            // nobody knows then what was read.
            .pool_max_idle_per_host(0)
            .retry_canceled_requests(false)
            .http1_max_buf_size(MAX_HEAD_BYTES)
            .http1_max_headers(MAX_HEADERS)
            .build(connector);
        Ok(Client(client))
    }

    /// Sends; answers with what is a success.
    pub async fn send(
        &self,
        settings: &Settings,
        place: &Place,
        body: String,
    ) -> Result<Response<Incoming>, ModelError> {
        let request = request(settings, place, body)?;
        let idle = settings.times.idle;
        let sent = tokio::time::timeout(idle, self.0.request(request)).await;
        let response = match sent {
            Ok(Ok(response)) => response,
            Ok(Err(error)) if refused(&error) => return Err(ModelError::Address(guard::REFUSED)),
            Ok(Err(error)) if error.is_connect() => {
                return Err(ModelError::Unreachable("no connection, or no TLS"));
            }
            Ok(Err(_)) => return Err(ModelError::Protocol("no HTTP/1.1 answer")),
            Err(_) => return Err(ModelError::Idle(idle.as_secs())),
        };
        match response.status() {
            StatusCode::OK => Ok(response),
            status => Err(refusal(status, response, idle).await),
        }
    }
}

fn request(
    settings: &Settings,
    place: &Place,
    body: String,
) -> Result<Request<Full<Bytes>>, ModelError> {
    let mut request = Request::post(place.uri.clone())
        .header(USER_AGENT, "sentinel")
        .header(ACCEPT, "text/event-stream, application/json")
        .header(ACCEPT_ENCODING, "identity")
        .header(CONTENT_TYPE, "application/json");
    if settings.provider == Provider::Anthropic {
        request = request.header("anthropic-version", anthropic::VERSION);
    }
    if let Some((name, value)) = credential(settings)? {
        request = request.header(name, value);
    }
    let made = request.body(Full::from(body));
    made.map_err(|_| ModelError::Protocol("no such request can be made"))
}

fn credential(settings: &Settings) -> Result<Option<(HeaderName, HeaderValue)>, ModelError> {
    let Some(key) = &settings.key else {
        return Ok(None);
    };
    let (name, value) = match settings.provider {
        Provider::OpenAi => (AUTHORIZATION, format!("Bearer {}", key.expose())),
        Provider::Anthropic => {
            let name = HeaderName::from_static("x-api-key");
            (name, key.expose().to_owned())
        }
    };
    let value = HeaderValue::try_from(value);
    let mut value = value.map_err(|_| ModelError::Protocol("the key is no header"))?;
    value.set_sensitive(true);
    Ok(Some((name, value)))
}

/// What an answer that is no success means.
async fn refusal(status: StatusCode, response: Response<Incoming>, idle: Duration) -> ModelError {
    let number = status.as_u16();
    match status {
        StatusCode::TOO_MANY_REQUESTS => ModelError::Limited {
            wait: retry_after(response.headers()),
        },
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            ModelError::Unauthorised { status: number }
        }
        _ if status.is_redirection() => ModelError::Redirect,
        _ if status.is_server_error() => ModelError::Down { status: number },
        _ => {
            let body = small(response.into_body(), idle).await;
            let body = serde_json::from_slice(&body).unwrap_or_default();
            let code = code(&body);
            ModelError::Refused {
                status: number,
                code,
            }
        }
    }
}

/// In seconds; a date says less than our own patience.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

/// The beginning of a body, whatever becomes of the rest.
async fn small(mut body: Incoming, idle: Duration) -> Vec<u8> {
    let mut read = Vec::new();
    while read.len() < MAX_REFUSAL_BYTES
        && let Ok(Some(Ok(frame))) = tokio::time::timeout(idle, body.frame()).await
    {
        if let Ok(data) = frame.into_data() {
            let room = MAX_REFUSAL_BYTES - read.len();
            read.extend_from_slice(&data[..data.len().min(room)]);
        }
    }
    read
}

/// Reads an answer: event by event, or whole where the server sends it so.
pub(super) async fn read(
    response: Response<Incoming>,
    idle: Duration,
    most: Most,
    reader: Reader,
) -> Result<Whole, ModelError> {
    let header = |name: &HeaderName| {
        let value = response.headers().get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    // We ask for no compression; bytes that have one anyway would be no text.
    if !matches!(header(&CONTENT_ENCODING), "" | "identity") {
        return Err(ModelError::Protocol("a compressed answer, unasked"));
    }
    let kind = header(&CONTENT_TYPE).to_ascii_lowercase();
    let bytes = WIRE_BYTES + u64::from(most.tokens) * WIRE_BYTES_PER_TOKEN;
    let stream = Box::pin(bounded(response.into_body(), idle, bytes));
    let mut reading = Reading::new(most);
    match kind.split(';').next().unwrap_or_default().trim() {
        "text/event-stream" => events(stream, &mut reading, reader).await?,
        "application/json" => at_once(stream, &mut reading, reader).await?,
        _ => return Err(ModelError::Protocol("neither an event stream nor JSON")),
    }
    reading.finish()
}

async fn events(
    mut stream: impl Stream<Item = Result<Bytes, ModelError>> + Unpin,
    reading: &mut Reading,
    reader: Reader,
) -> Result<(), ModelError> {
    let mut events = Events::default();
    while let Some(bytes) = stream.next().await {
        for data in events.push(&bytes?)? {
            for piece in reader.event(&data)? {
                reading.take(piece)?;
            }
            if reading.ended() {
                return Ok(());
            }
        }
    }
    Ok(())
}

async fn at_once(
    mut stream: impl Stream<Item = Result<Bytes, ModelError>> + Unpin,
    reading: &mut Reading,
    reader: Reader,
) -> Result<(), ModelError> {
    let mut bytes = Vec::new();
    while let Some(data) = stream.next().await {
        bytes.extend_from_slice(&data?);
    }
    let answer = serde_json::from_slice(&bytes);
    let answer = answer.map_err(|_| ModelError::Protocol("an answer that is no JSON"))?;
    for piece in reader.whole(&answer)? {
        reading.take(piece)?;
    }
    Ok(())
}

/// A body of at most so many bytes that never pauses for long.
fn bounded(
    body: Incoming,
    idle: Duration,
    bytes: u64,
) -> impl Stream<Item = Result<Bytes, ModelError>> {
    try_unfold((body, bytes), move |(mut body, left)| async move {
        loop {
            let frame = tokio::time::timeout(idle, body.frame()).await;
            let frame = frame.map_err(|_| ModelError::Idle(idle.as_secs()))?;
            let Some(frame) = frame else {
                return Ok(None);
            };
            let Ok(data) = frame.map_err(|_| ModelError::Incomplete)?.into_data() else {
                continue;
            };
            let long = ModelError::TooLong {
                limit: bytes,
                unit: "bytes on the wire",
            };
            let left = left.checked_sub(data.len() as u64).ok_or(long)?;
            return Ok(Some((data, (body, left))));
        }
    })
}
