//! The CI system's part: a signed webhook over loopback HTTP.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use crate::delivery::sign;

/// A secret nobody else knows, in a file only this user reads.
pub(super) struct Shared {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
}

pub(super) fn secret(directory: &Path) -> anyhow::Result<Shared> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    let mut random = [0; 32];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut random)
        .map_err(|_| anyhow::anyhow!("the system gives no random bytes"))?;
    let bytes = hex::encode(random).into_bytes();
    let path = directory.join("webhook-secret");
    std::fs::write(&path, &bytes)?;
    Ok(Shared { path, bytes })
}

/// Posts a delivery and returns the answer's status.
pub(super) async fn deliver(
    address: &str,
    event: &str,
    secret: &[u8],
    body: Vec<u8>,
) -> anyhow::Result<http::StatusCode> {
    let request = Request::post(format!("http://{address}/webhooks/local"))
        .header("content-type", "application/json")
        .header("x-github-event", event)
        .header("x-github-delivery", "demo-1")
        .header("x-hub-signature-256", sign(secret, &body))
        .body(Full::new(Bytes::from(body)))?;
    let client = Client::builder(TokioExecutor::new()).build_http();
    let answer = client
        .request(request)
        .await
        .context("the server does not answer")?;
    Ok(answer.status())
}
