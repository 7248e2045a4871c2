//! Artifacts of a workflow run: zips, of which only those are fetched that are
//! called as if reports were in them.

use serde::Deserialize;

use super::call::{ACTIONS, Call};
use super::client::Client;
use super::logs::redirected;
use crate::forge::reports::archive::{MAX_ARCHIVE_BYTES, unpack};
use crate::forge::reports::{Basket, Reports};
use crate::forge::{ForgeError, Result};
use crate::ids::RunKey;

const WHAT: &str = "downloading the run's artifacts";

/// Archives fetched of one run.
const MAX_ARCHIVES: usize = 8;

/// What the names of artifacts with reports have in them, in lower case.
const HINTS: [&str; 8] = [
    "junit", "sarif", "test", "report", "result", "lint", "scan", "analysis",
];

#[derive(Deserialize)]
struct Page {
    artifacts: Vec<Artifact>,
}

#[derive(Deserialize)]
struct Artifact {
    id: u64,
    name: String,
    size_in_bytes: u64,
    #[serde(default)]
    expired: bool,
    created_at: Option<String>,
}

pub(super) async fn reports(client: &Client, run: &RunKey) -> Result<Reports> {
    let path = format!("/actions/runs/{}/artifacts?per_page=100", run.run);
    let call = Call::get(
        "listing the run's artifacts",
        &run.repository.name,
        ACTIONS,
        path,
    );
    let page: Page = client.json(call).await?;
    let since = match page.artifacts.is_empty() {
        true => return Ok(Reports::default()),
        false => began(client, run).await?,
    };
    let mut basket = Basket::default();
    let mut fetched = 0;
    for artifact in page.artifacts {
        if let Some(why) = unwanted(&artifact, since.as_deref(), fetched) {
            basket.leave(&artifact.name, &why);
            continue;
        }
        fetched += 1;
        basket = match download(client, run, artifact.id).await {
            Ok(archive) => unpack(basket, None, artifact.name, archive).await?,
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => {
                basket.leave(&artifact.name, &error.to_string());
                basket
            }
        };
    }
    Ok(basket.into_reports())
}

/// Why an artifact is not fetched.
fn unwanted(artifact: &Artifact, since: Option<&str>, fetched: usize) -> Option<String> {
    let name = artifact.name.to_ascii_lowercase();
    let created = artifact.created_at.as_deref();
    if !HINTS.iter().any(|hint| name.contains(hint)) {
        Some("it is not called like reports".to_owned())
    } else if artifact.expired {
        Some("it has expired".to_owned())
    } else if artifact.size_in_bytes > MAX_ARCHIVE_BYTES as u64 {
        Some(format!("it is over {MAX_ARCHIVE_BYTES} bytes"))
    } else if since.is_some_and(|since| created.is_some_and(|created| created < since)) {
        Some("it is an earlier attempt's".to_owned())
    } else if fetched >= MAX_ARCHIVES {
        Some(format!("{MAX_ARCHIVES} were fetched before it"))
    } else {
        None
    }
}

/// When this attempt began; artifacts are listed by run, and an earlier
/// attempt's would tell of what is over. Times in one form compare as texts.
async fn began(client: &Client, run: &RunKey) -> Result<Option<String>> {
    #[derive(Deserialize)]
    struct Attempt {
        run_started_at: Option<String>,
    }
    if run.attempt <= 1 {
        return Ok(None);
    }
    let path = format!("/actions/runs/{}/attempts/{}", run.run, run.attempt);
    let call = Call::get("reading the attempt", &run.repository.name, ACTIONS, path);
    let attempt: Attempt = client.json(call).await?;
    Ok(attempt.run_started_at)
}

async fn download(client: &Client, run: &RunKey, artifact: u64) -> Result<Vec<u8>> {
    let path = format!("/actions/artifacts/{artifact}/zip");
    let call = Call::get(WHAT, &run.repository.name, ACTIONS, path);
    let response = redirected(client, &call).await?;
    match response.status() {
        status if status.is_success() => {
            let incoming = client.wire.stream(WHAT, response);
            incoming.read(MAX_ARCHIVE_BYTES).await
        }
        status => Err(ForgeError::NotFound {
            what: format!("artifact {artifact} (GitHub's storage answered {status})"),
        }),
    }
}
