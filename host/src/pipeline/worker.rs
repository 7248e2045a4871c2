//! Taking stages from the queue and running them.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tracing::{Instrument as _, error, info, info_span, warn};

use super::analyze::insert_unread;
use super::{
    Pipeline, StageError, analyze, command, fetch, look, publish, repair, rerun, show, watch,
    withdraw,
};
use crate::ids::TaskId;
use crate::ledger::Kind;
use crate::store::{Claimed, Stage, StoreError};
use crate::task::TaskState;

/// How long a worker sleeps when nothing is ready and nobody wakes it: other
/// processes (`sentinel approve`) put work in without being heard.
const POLL: Duration = Duration::from_millis(500);

/// Tries of one stage. The waits double up to [`MAX_WAIT`], so the last is most
/// of a day after the first: outages of hours lose nothing.
const MAX_ATTEMPTS: u32 = 30;

/// How long the store is left alone after it failed.
const STORE_AGAIN: Duration = Duration::from_secs(1);

/// First back-off; doubles with every try.
const BACKOFF: Duration = Duration::from_secs(1);

/// Longest wait between two tries, whatever a forge asks for.
const MAX_WAIT: Duration = Duration::from_secs(3600);

/// Works until `stop` resolves. A stage that is being worked on then goes on
/// by itself; if the process ends first, the next server runs it again.
pub async fn work(pipeline: Arc<Pipeline>, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let wake = pipeline.store.wake();
    loop {
        let woken = wake.notified();
        tokio::select! {
            biased;
            () = &mut stop => return,
            done = one(&pipeline) => match done {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => error!(%error, "the queue does not answer"),
            },
        }
        tokio::select! {
            () = &mut stop => return,
            () = woken => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

/// Works until nothing is ready. Stages that wait for their next try are left.
pub async fn drain(pipeline: &Arc<Pipeline>) -> Result<(), StoreError> {
    while one(pipeline).await? {}
    Ok(())
}

/// Claims a stage and runs it; false where none is ready.
async fn one(pipeline: &Arc<Pipeline>) -> Result<bool, StoreError> {
    let now = pipeline.now();
    let Some(work) = pipeline.store.write(move |tx| tx.claim(now)).await? else {
        return Ok(false);
    };
    // On a task of its own: a claimed stage is carried on when the worker is
    // told to stop, and a panic is this stage's, not the worker's.
    let (on, stage) = (pipeline.clone(), work.clone());
    let span = info_span!(
        "stage",
        stage = stage.stage.as_str(),
        subject = stage.subject
    );
    let run = tokio::spawn(async move { run(&on, &stage).await }.instrument(span));
    let result = match run.await {
        Ok(result) => result,
        Err(panic) => Err(StageError::GiveUp(format!("the host panicked: {panic}"))),
    };
    if let Err(error) = result {
        // Until this is stored the stage counts as being worked on.
        while let Err(error) = failed(pipeline, work.clone(), &error).await {
            error!(%error, "a stage's failure could not be stored; trying again");
            tokio::time::sleep(STORE_AGAIN).await;
        }
    }
    Ok(true)
}

async fn run(pipeline: &Pipeline, work: &Claimed) -> Result<(), StageError> {
    info!("begins");
    match work.stage {
        Stage::Fetch => fetch::run(pipeline, work).await,
        Stage::Analyze => analyze::run(pipeline, work).await,
        Stage::Repair => repair::run(pipeline, work).await,
        Stage::Publish => publish::run(pipeline, work).await,
        Stage::Command => command::run(pipeline, work).await,
        Stage::Withdraw => withdraw::run(pipeline, work).await,
        Stage::Show => show::run(pipeline, work).await,
        Stage::Watch => watch::run(pipeline, work).await,
        Stage::Rerun => rerun::run(pipeline, work).await,
        Stage::Look => look::run(pipeline, work).await,
    }
}

async fn failed(pipeline: &Pipeline, work: Claimed, error: &StageError) -> Result<(), StoreError> {
    let why = crate::redact::redact(&error.to_string()).into_owned();
    let stage = work.stage.as_str();
    match error {
        StageError::Retry { after, .. } if work.attempts + 1 < MAX_ATTEMPTS => {
            let wait = after
                .unwrap_or_default()
                .max(backoff(work.attempts))
                .min(MAX_WAIT);
            warn!(
                stage,
                subject = work.subject,
                why,
                ?wait,
                "will be tried again"
            );
            let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
            let not_before = pipeline.now().plus_ms(wait);
            pipeline
                .store
                .write(move |tx| tx.retry(&work, &why, not_before))
                .await
        }
        StageError::Retry { .. } | StageError::GiveUp(_) => {
            error!(stage, subject = work.subject, why, "given up");
            bury(pipeline, work, why, TaskState::Failed).await
        }
        StageError::Report(_) => {
            info!(stage, subject = work.subject, why, "ends as a report");
            bury(pipeline, work, why, TaskState::Reported).await
        }
    }
}

fn backoff(attempts: u32) -> Duration {
    BACKOFF.saturating_mul(2u32.saturating_pow(attempts.min(12)))
}

/// Gives a stage up: its task, if it has one, ends in a state that says so; the
/// row and the ledger say why.
async fn bury(
    pipeline: &Pipeline,
    work: Claimed,
    why: String,
    end: TaskState,
) -> Result<(), StoreError> {
    let facts = json!({ "stage": work.stage, "why": why, "attempts": work.attempts + 1 });
    let task = work.subject.parse::<TaskId>();
    let kind = match (end, &task) {
        (TaskState::Reported, Ok(_)) => Kind::TaskReported,
        (TaskState::Reported, Err(_)) => Kind::RunReported,
        _ => Kind::WorkFailed,
    };
    let entry = pipeline.entry(kind, &work.subject, facts);
    let agent = pipeline.agents.analyzer().clone();
    let beside = match work.stage {
        Stage::Fetch | Stage::Analyze | Stage::Repair | Stage::Publish | Stage::Rerun => false,
        Stage::Command | Stage::Withdraw | Stage::Show | Stage::Watch | Stage::Look => true,
    };
    pipeline
        .store
        .write(move |tx| {
            let shown = match task {
                // What became of these says nothing of the task or the run.
                _ if beside => Ok(()),
                Ok(id) => tx
                    .step_task(&id, end, entry.at, |r| r.note = Some(why.clone()))
                    .map(drop),
                Err(_) => {
                    let ended = (end, why.clone());
                    insert_unread(tx, &agent, &work.subject, ended, entry.at)
                }
            };
            match shown {
                // It ended otherwise meanwhile.
                Ok(()) | Err(StoreError::IllegalStep(_) | StoreError::Missing { .. }) => {}
                Err(error) => return Err(error),
            }
            tx.record(&entry)?;
            tx.bury(&work, &why)
        })
        .await
}
