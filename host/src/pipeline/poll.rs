//! Asking for failed runs where no webhook can come in.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tracing::{info, warn};

use super::{Pipeline, StageError};
use crate::event::{OWN_BRANCH_PREFIX, PipelineFailed};
use crate::forge::github::GitHub;
use crate::ids::{ForgeKind, Repository, RepositoryName};
use crate::ledger::{Entry, Kind};
use crate::store::Accepted;

/// How far back a round looks, in milliseconds: GitHub filters by when a run
/// was created, and jobs take up to six hours each. What is seen twice is
/// harmless; a run that took longer than a day is missed.
const LOOK_BACK_MS: i64 = 24 * 3_600_000;

/// Polls `every` so often until `stop` resolves. An error skips a repository until the next
/// round.
pub async fn poll(
    pipeline: Arc<Pipeline>,
    github: Arc<GitHub>,
    repositories: Vec<RepositoryName>,
    every: Duration,
    stop: impl Future<Output = ()>,
) {
    tokio::pin!(stop);
    loop {
        for name in &repositories {
            let repository = Repository::new(ForgeKind::GitHub, name.clone());
            if let Err(error) = round(&pipeline, &github, &repository).await {
                warn!(%repository, %error, "polling failed; trying again next round");
            }
        }
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(every) => {}
        }
    }
}

async fn round(
    pipeline: &Pipeline,
    github: &GitHub,
    repository: &Repository,
) -> Result<(), StageError> {
    let since = pipeline.now().plus_ms(-LOOK_BACK_MS);
    for event in github.failed_runs(repository, since).await? {
        // The loop guard of the webhook's way, before anything is stored.
        if !event.fork && event.branch.as_str().starts_with(OWN_BRANCH_PREFIX) {
            continue;
        }
        insert(pipeline, event).await?;
    }
    Ok(())
}

async fn insert(pipeline: &Pipeline, event: PipelineFailed) -> Result<(), StageError> {
    let run = event.run.to_string();
    let facts = json!({
        "provider": "github",
        "polled": true,
        "branch": event.branch,
        "commit": event.commit,
        "fork": event.fork,
    });
    let entry: Entry = pipeline.entry(Kind::DeliveryAccepted, &run, facts);
    let accepted = pipeline
        .store
        .write(move |tx| {
            let accepted = tx.insert_run(&event, None, entry.at)?;
            if accepted == Accepted::New {
                tx.record(&entry)?;
            }
            Ok(accepted)
        })
        .await?;
    if accepted == Accepted::New {
        info!(run, "a failed run was found by polling");
    }
    Ok(())
}
