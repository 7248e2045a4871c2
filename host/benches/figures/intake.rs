//! Webhooks over loopback HTTP: verified, normalised and durable, against a
//! bare axum handler that reads the same body and checks the same HMAC.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use criterion::{Criterion, Throughput};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use sentinel::delivery::{Headers, sign, verify};
use sentinel::http::{Intake, Senders, router};
use sentinel::metrics::Metrics;
use sentinel::store::Store;
use sentinel::time::Timestamp;
use serde_json::json;

const SECRET: &[u8] = b"a secret";

/// Requests under way at a time.
const CONNECTIONS: usize = 64;

/// Requests of one measurement.
const REQUESTS: u64 = 1024;

type Http = Client<HttpConnector, Full<Bytes>>;

pub fn figures(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let place = tempfile::tempdir().expect("a directory");
    let bare = runtime.block_on(serve(Router::new().route("/webhooks/github", post(bare))));
    let intake = Intake {
        store: Store::open(place.path()).expect("a store"),
        metrics: Metrics::default(),
        senders: Senders {
            github_secret: Some(SECRET.to_vec()),
            ..Senders::default()
        },
        clock: || Timestamp(0),
        memory: tokio::sync::Semaphore::new(sentinel::http::MEMORY_STEPS),
    };
    let ours = runtime.block_on(serve(router(Arc::new(intake))));
    let next = AtomicU64::new(1);
    let mut group = criterion.benchmark_group("webhook intake");
    group
        .throughput(Throughput::Elements(REQUESTS))
        .sample_size(10);
    for (name, address) in [
        ("bare axum + HMAC (baseline)", bare),
        ("sentinel, durable", ours),
    ] {
        group.bench_function(name, |bencher| {
            bencher.to_async(&runtime).iter(|| load(address, &next));
        });
    }
    group.finish();
}

async fn serve(routes: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

async fn bare(headers: HeaderMap, body: Bytes) -> StatusCode {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let named = Headers {
        signature: headers
            .get("x-hub-signature-256")
            .map(|value| value.as_bytes()),
        event: text("x-github-event"),
        delivery: text("x-github-delivery"),
    };
    match verify(SECRET, named, body.into()) {
        Ok(_) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::UNAUTHORIZED,
    }
}

async fn load(address: SocketAddr, next: &AtomicU64) {
    let client: Http = Client::builder(TokioExecutor::new()).build_http();
    let first = next.fetch_add(REQUESTS, Ordering::Relaxed);
    let senders = (0..CONNECTIONS as u64).map(|lane| {
        let client = client.clone();
        tokio::spawn(async move {
            for run in (first + lane..first + REQUESTS).step_by(CONNECTIONS) {
                send(&client, address, run).await;
            }
        })
    });
    for sender in senders.collect::<Vec<_>>() {
        sender.await.expect("a sender");
    }
}

/// Twenty kilobytes, as GitHub's are; every one is another run.
async fn send(client: &Http, address: SocketAddr, run: u64) {
    let body = json!({
        "action": "completed",
        "repository": {"full_name": "acme/widget"},
        "workflow_run": {
            "id": run, "run_attempt": 1, "name": "CI", "event": "push", "conclusion": "failure",
            "head_sha": "a".repeat(40), "head_branch": "main",
            "head_repository": {"full_name": "acme/widget"}, "padding": "x".repeat(20_000),
        },
    });
    let body = body.to_string().into_bytes();
    let request = http::Request::post(format!("http://{address}/webhooks/github"))
        .header("x-github-event", "workflow_run")
        .header("x-github-delivery", format!("d-{run}"))
        .header("x-hub-signature-256", sign(SECRET, &body))
        .body(Full::new(Bytes::from(body)))
        .expect("a request");
    let answer = client.request(request).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    answer.into_body().collect().await.expect("a whole answer");
}
