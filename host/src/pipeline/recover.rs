//! Asking GitHub again for deliveries that did not arrive: at start, and from
//! time to time. What comes then comes by the webhook's way.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tracing::{info, warn};

use super::{Pipeline, StageError};
use crate::forge::github::{GitHub, Hook, Missed};
use crate::ids::{ForgeKind, RepositoryName};
use crate::ledger::Kind;
use crate::store::delivery;

/// How far back a round looks, in milliseconds: GitHub sends again what is at
/// most three days old.
const LOOK_BACK_MS: i64 = 3 * 24 * 3_600_000;

/// Deliveries asked for in one round; the next round asks for the others. Each
/// is one of a few thousand requests an hour, and comes back to us as one.
const MAX_ASKED: usize = 50;

/// Recovers `every` so often until `stop` resolves, at once for the first time.
/// An error ends a round, not the rounds.
pub async fn recover(
    pipeline: Arc<Pipeline>,
    github: Arc<GitHub>,
    polled: Vec<RepositoryName>,
    every: Duration,
    stop: impl Future<Output = ()>,
) {
    tokio::pin!(stop);
    loop {
        match recover_once(&pipeline, &github, &polled).await {
            Ok(0) => {}
            Ok(asked) => info!(asked, "missed deliveries were asked for again"),
            Err(error) => warn!(%error, "missed deliveries could not be asked for; next round"),
        }
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(every) => {}
        }
    }
}

/// One round; says how many deliveries were asked for.
pub async fn recover_once(
    pipeline: &Pipeline,
    github: &GitHub,
    polled: &[RepositoryName],
) -> Result<usize, StageError> {
    let known = pipeline
        .store
        .read(|connection| delivery::repositories(connection, ForgeKind::GitHub))
        .await?;
    let repositories: BTreeSet<RepositoryName> =
        known.into_iter().chain(polled.iter().cloned()).collect();
    let repositories: Vec<RepositoryName> = repositories.into_iter().collect();
    let mut asked = 0;
    for hook in github.hooks(&repositories).await? {
        asked += of_hook(pipeline, github, &hook, MAX_ASKED - asked).await?;
    }
    Ok(asked)
}

async fn of_hook(
    pipeline: &Pipeline,
    github: &GitHub,
    hook: &Hook,
    most: usize,
) -> Result<usize, StageError> {
    let now = pipeline.now();
    let since = now.plus_ms(-LOOK_BACK_MS);
    let missed = github.missed_deliveries(hook, since, now).await?;
    let mut asked = 0;
    for missed in unseen(pipeline, missed).await?.iter().take(most) {
        match github.redeliver(hook, missed).await {
            Ok(()) => {
                record(pipeline, missed).await?;
                asked += 1;
            }
            Err(error) if error.is_transient() => return Err(error.into()),
            // Gone meanwhile, or not ours to ask for: the others still are.
            Err(error) => warn!(guid = missed.guid, %error, "a delivery cannot be asked for"),
        }
    }
    Ok(asked)
}

/// What was taken although GitHub did not hear our answer is not asked for.
async fn unseen(pipeline: &Pipeline, missed: Vec<Missed>) -> Result<Vec<Missed>, StageError> {
    let unseen = pipeline
        .store
        .read(move |connection| {
            let mut unseen = Vec::new();
            for missed in missed {
                if !delivery::is_known(connection, "github", &missed.guid)? {
                    unseen.push(missed);
                }
            }
            Ok(unseen)
        })
        .await?;
    Ok(unseen)
}

async fn record(pipeline: &Pipeline, missed: &Missed) -> Result<(), StageError> {
    let facts = json!({
        "provider": "github",
        "event": missed.event.as_str(),
        "attempts": missed.attempts,
    });
    let entry = pipeline.entry(Kind::DeliveryRequested, &missed.guid, facts);
    pipeline.store.write(move |tx| tx.record(&entry)).await?;
    Ok(())
}
