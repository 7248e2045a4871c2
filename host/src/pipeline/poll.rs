//! Asking for runs that ended where no webhook can come in.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tracing::{info, warn};

use super::{Pipeline, StageError};
use crate::event::{OWN_BRANCH_PREFIX, PipelineFailed, PipelinePassed};
use crate::forge::github::GitHub;
use crate::ids::{ForgeKind, Repository, RepositoryName};
use crate::ledger::{Entry, Kind};
use crate::store::{Accepted, ended};

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
    let ended = github.ended_runs(repository, since).await?;
    // Green ones first: what failed is then read with what passed before it.
    insert_passed(pipeline, ended.passed).await?;
    for event in ended.failed {
        // The loop guard of the webhook's way, before anything is stored.
        if !event.fork && event.branch.as_str().starts_with(OWN_BRANCH_PREFIX) {
            continue;
        }
        insert(pipeline, event).await?;
    }
    Ok(())
}

/// Stores the green runs of a list that were not known, all at once: they cost
/// no request of their own, and most were there a round ago.
async fn insert_passed(pipeline: &Pipeline, runs: Vec<PipelinePassed>) -> Result<(), StageError> {
    let keys = runs.iter().map(|run| run.run.clone()).collect();
    let unknown = pipeline
        .store
        .read(move |connection| ended::unknown(connection, keys))
        .await?;
    let fresh = runs.into_iter().filter(|run| unknown.contains(&run.run));
    let fresh: Vec<(PipelinePassed, Entry)> = fresh
        .map(|run| {
            let entry = passed_entry(pipeline, &run);
            (run, entry)
        })
        .collect();
    if fresh.is_empty() {
        return Ok(());
    }
    pipeline
        .store
        .write(move |tx| {
            for (run, entry) in &fresh {
                if tx.insert_passed(run, None, entry.at)? == Accepted::New {
                    tx.record(entry)?;
                }
            }
            Ok(())
        })
        .await?;
    Ok(())
}

fn passed_entry(pipeline: &Pipeline, run: &PipelinePassed) -> Entry {
    let facts = json!({
        "provider": "github",
        "polled": true,
        "branch": run.branch,
        "commit": run.commit,
        "fork": run.fork,
    });
    pipeline.entry(Kind::RunPassed, &run.run.to_string(), facts)
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
