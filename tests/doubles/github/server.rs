//! The HTTP side: one handler, because faults and the record come before any
//! route does.

use std::net::TcpListener;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State as Shared};
use axum::response::Response;
use futures_util::{StreamExt as _, stream};
use serde_json::Value;
use tokio::sync::oneshot;

use super::Hub;
use super::faults::{Effect, Fault, Hold, Verdict};
use super::routes::{self, Asked};
use super::state::Recorded;

/// Larger than anything the adapter may send.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// Serves on a thread of its own until the sender is used or dropped.
pub fn run(listener: TcpListener, hub: Arc<Hub>) -> oneshot::Sender<()> {
    let (stop, stopped) = oneshot::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            let app = Router::new().fallback(handle).with_state(hub);
            // Not gracefully: held requests must not keep the thread.
            tokio::select! {
                _ = axum::serve(listener, app).into_future() => {}
                _ = stopped => {}
            }
        });
        runtime.shutdown_background();
    });
    stop
}

/// What is sent back.
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Content,
}

pub enum Content {
    Bytes(Vec<u8>),
    /// That many bytes of log lines, never held in memory.
    Generated(u64),
}

impl Reply {
    pub fn json(status: u16, body: Value) -> Reply {
        Reply {
            status,
            headers: vec![("content-type".into(), "application/json".into())],
            body: Content::Bytes(body.to_string().into_bytes()),
        }
    }

    /// GitHub's error form.
    pub fn message(status: u16, message: &str) -> Reply {
        Reply::json(
            status,
            serde_json::json!({"message": message, "status": status.to_string()}),
        )
    }

    pub fn bytes(kind: &str, bytes: Vec<u8>) -> Reply {
        Reply {
            status: 200,
            headers: vec![("content-type".into(), kind.into())],
            body: Content::Bytes(bytes),
        }
    }

    pub fn redirect(location: String) -> Reply {
        Reply::message(302, "Found").header("location", location)
    }

    pub fn header(mut self, name: &str, value: String) -> Reply {
        self.headers.push((name.into(), value));
        self
    }

    fn into_response(self) -> Response {
        let mut response = Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        let body = match self.body {
            Content::Bytes(bytes) => Body::from(bytes),
            Content::Generated(bytes) => generated(bytes),
        };
        response.body(body).expect("a response")
    }
}

/// Log lines as GitHub writes them, 64 KiB at a time.
fn generated(total: u64) -> Body {
    let line = "2026-01-02T03:04:05.1234567Z ok test::generated_line_of_a_long_log ... passed\n";
    let block = Bytes::from(line.repeat(64 * 1024 / line.len() + 1));
    let chunks = stream::unfold(total, move |left| {
        let block = block.clone();
        async move {
            let take = block.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            (take > 0).then(|| {
                let chunk = block.slice(..take);
                (Ok::<_, std::io::Error>(chunk), left - take as u64)
            })
        }
    });
    Body::from_stream(chunks)
}

async fn handle(Shared(hub): Shared<Arc<Hub>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY_BYTES).await.unwrap_or_default();
    let asked = Asked::new(&parts, &body);
    let number = record(&hub, &asked);
    let fault = hub.faults.take(&asked.method, &asked.path);
    let answer = || {
        let reply = routes::answer(&hub, &asked);
        if let Some(request) = hub.state().requests.get_mut(number) {
            request.status = Some(reply.status);
        }
        send_again(&hub);
        reply
    };
    give(fault, answer).await
}

/// An answer, or what goes wrong instead of it or beside it.
pub async fn give(fault: Option<Fault>, answer: impl Fn() -> Reply) -> Response {
    match fault {
        None => answer().into_response(),
        Some(Fault::Slow(time)) => {
            tokio::time::sleep(time).await;
            answer().into_response()
        }
        Some(Fault::Answer {
            status,
            headers,
            body,
        }) => {
            let mut reply = Reply::bytes("application/json", body.into_bytes());
            reply.status = status;
            headers
                .into_iter()
                .fold(reply, |reply, (name, value)| reply.header(name, value))
                .into_response()
        }
        Some(Fault::LostAnswer) => {
            answer();
            Reply::message(502, "Server Error").into_response()
        }
        Some(Fault::Reset) => cut(),
        Some(Fault::ResetAfter) => {
            answer();
            cut()
        }
        Some(Fault::Truncated) => halved(answer(), true),
        Some(Fault::Stalled) => halved(answer(), false),
        Some(Fault::Hold(hold)) => held(&hold, answer).await,
    }
}

/// Delivers what was asked for again, with the id it had, after the answer.
fn send_again(hub: &Arc<Hub>) {
    let (hook, outbox) = {
        let mut state = hub.state();
        (state.hook, std::mem::take(&mut state.outbox))
    };
    for mut attempt in outbox {
        let hub = hub.clone();
        tokio::spawn(async move {
            let webhook = attempt.webhook.clone();
            let headers: Vec<(&str, &str)> = webhook
                .headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            attempt.status = match hook {
                Some(hook) => {
                    let path = "/webhooks/github";
                    Some(
                        crate::client::post(hook, path, &headers, webhook.body.clone())
                            .await
                            .0,
                    )
                }
                None => None,
            };
            let mut state = hub.state();
            attempt.id = state.next();
            attempt.at = jiff::Timestamp::now().to_string();
            state.attempts.push(attempt);
        });
    }
}

fn record(hub: &Hub, asked: &Asked) -> usize {
    let mut state = hub.state();
    state.requests.push(Recorded {
        method: asked.method.clone(),
        path: asked.path.clone(),
        query: asked.query.clone(),
        body: asked.body.clone(),
        authorised: asked.bearer.is_some(),
        status: None,
    });
    state.requests.len() - 1
}

/// Ends the connection's task: the peer sees it closed without an answer.
/// Unwinding past the panic hook keeps the test's output clean.
fn cut() -> Response {
    std::panic::resume_unwind(Box::new("the double cuts the connection"))
}

/// Half of the body, and then the connection's end or silence.
fn halved(reply: Reply, ends: bool) -> Response {
    let Content::Bytes(mut bytes) = reply.body else {
        return cut();
    };
    bytes.truncate(bytes.len() / 2);
    let broken = std::io::Error::other("the double cuts the body");
    let half = stream::iter([Ok(Bytes::from(bytes))]);
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    let body = match ends {
        true => Body::from_stream(half.chain(stream::iter([Err(broken)]))),
        false => Body::from_stream(half.chain(stream::pending::<std::io::Result<Bytes>>())),
    };
    response.body(body).expect("a response")
}

async fn held(hold: &Hold, answer: impl Fn() -> Reply) -> Response {
    let early = (hold.effect == Effect::First).then(&answer);
    let tell = hold.arrived.lock().expect("hold").take();
    let verdict = hold.verdict.lock().expect("hold").take();
    if let Some(tell) = tell {
        let _ = tell.send(());
    }
    let verdict = match verdict {
        Some(verdict) => verdict.await.unwrap_or(Verdict::Cut),
        None => Verdict::Cut,
    };
    match verdict {
        Verdict::Cut => cut(),
        Verdict::Answer => early.unwrap_or_else(answer).into_response(),
    }
}
