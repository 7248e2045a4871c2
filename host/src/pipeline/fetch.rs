//! Run → logs: decide whether the run is read at all, then fetch the failed
//! jobs' logs into blobs.

use std::fs::File;
use std::path::Path;

use serde_json::json;

use super::analyze::insert_unread;
use super::{HOUR_MS, Pipeline, RedactedLog, StageError};
use crate::decision::{Question, ReadFacts, decide};
use crate::event::{OWN_BRANCH_PREFIX, PipelineFailed};
use crate::forge::{Ci, Job};
use crate::ledger::Kind;
use crate::store::{Blobs, Claimed, JobLog, Stage, StoreError, delivery};
use crate::task::TaskState;

/// Tries after which a job without a log no longer holds the others up: about
/// a minute.
const LOG_ATTEMPTS: u32 = 6;

pub(super) async fn run(pipeline: &Pipeline, work: &Claimed) -> Result<(), StageError> {
    let key = work.subject.clone();
    let event = pipeline
        .store
        .read(move |connection| delivery::run(connection, &key))
        .await?;
    let question = Question::Read(facts(pipeline, &event).await?);
    let decision = decide(&pipeline.policy, &question, pipeline.now());
    if !decision.allows() {
        let shown = (TaskState::Refused, decision.sentences().join("; "));
        let facts = json!({ "decision": decision });
        return end(pipeline, work, Kind::RunDecided, facts, shown).await;
    }
    let ci = pipeline.systems.get(&event.run)?;
    let failed = ci.failed_jobs(&event).await?;
    let (jobs, elsewhere): (Vec<Job>, Vec<Job>) = failed
        .into_iter()
        .partition(|job| job.not_the_code.is_none());
    if jobs.is_empty() && !elsewhere.is_empty() {
        let why = not_the_code(&elsewhere);
        let facts = json!({ "report": why, "jobs": told(&elsewhere), "url": event.url });
        let shown = (TaskState::Reported, why);
        return end(pipeline, work, Kind::RunReported, facts, shown).await;
    }
    if jobs.is_empty() {
        let why = "the run ended red without a failed job; its workflow file may not be valid";
        let facts = json!({ "report": why, "conclusion": event.conclusion, "url": event.url });
        let shown = (TaskState::Reported, why.to_owned());
        return end(pipeline, work, Kind::RunReported, facts, shown).await;
    }
    let mut logs = Vec::new();
    let mut unread = Vec::new();
    for job in &jobs {
        match fetch(pipeline, ci, &event, job).await {
            Ok(log) => logs.push(log),
            // A runner that died leaves a failed job without a log; the other
            // jobs still have theirs.
            Err(error @ StageError::GiveUp(_)) => unread.push((job, error)),
            Err(error) if work.attempts >= LOG_ATTEMPTS => unread.push((job, error)),
            Err(error) => return Err(error),
        }
    }
    if logs.is_empty()
        && let Some((_, error)) = unread.pop()
    {
        return Err(error);
    }
    let fetched = json!({
        "decision": decision,
        "branch": event.branch,
        "commit": event.commit,
        "unread": unread.iter().map(|(job, error)| json!({
            "job": job.name,
            "why": error.to_string(),
        })).collect::<Vec<_>>(),
        "logs": logs.iter().map(|log| json!({
            "job": log.name,
            "digest": log.digest,
            "bytes": log.bytes,
            "truncated": log.truncated,
            "failure_reason": log.failure_reason,
            "redacted": log.taken,
        })).collect::<Vec<_>>(),
        "not_the_code": told(&elsewhere),
    });
    let entry = pipeline.entry(Kind::RunFetched, &work.subject, fetched);
    let work = work.clone();
    pipeline
        .store
        .write(move |tx| {
            for log in &logs {
                tx.insert_log(&work.subject, log)?;
            }
            tx.record(&entry)?;
            tx.enqueue(Stage::Analyze, &work.subject, entry.at)?;
            tx.finish(&work)
        })
        .await?;
    Ok(())
}

/// Jobs that failed for another reason than the code, for the ledger.
fn told(jobs: &[Job]) -> serde_json::Value {
    let one = |job: &Job| json!({ "job": job.name, "failure_reason": job.failure_reason });
    jobs.iter().map(one).collect()
}

/// The same for people, one sentence for each reason.
fn not_the_code(jobs: &[Job]) -> String {
    let mut sentences: Vec<String> = jobs
        .iter()
        .filter_map(|job| {
            let reason = job.failure_reason.as_deref().unwrap_or_default();
            Some(format!("{reason}: {}", job.not_the_code?))
        })
        .collect();
    sentences.sort();
    sentences.dedup();
    sentences.join("; ")
}

async fn facts(pipeline: &Pipeline, event: &PipelineFailed) -> Result<ReadFacts, StageError> {
    let repository = event.run.repository.clone();
    let since = pipeline.now().plus_ms(-HOUR_MS);
    let runs = pipeline
        .store
        .read(move |connection| delivery::runs_since(connection, &repository, since))
        .await?;
    Ok(ReadFacts {
        own_branch: !event.fork && event.branch.as_str().starts_with(OWN_BRANCH_PREFIX),
        // This one is stored already.
        runs_last_hour: runs.saturating_sub(1),
    })
}

async fn fetch(
    pipeline: &Pipeline,
    ci: &dyn Ci,
    event: &PipelineFailed,
    job: &Job,
) -> Result<JobLog, StageError> {
    let scratch = pipeline.store.scratch()?;
    let raw = scratch.path().join("raw.log");
    let downloaded = ci.download_log(event, job, &raw).await?;
    let blobs = pipeline.store.blobs().clone();
    let kept = tokio::task::spawn_blocking(move || {
        // The log as it came is gone with its directory, whatever happens.
        let redacted = without_secrets(&raw, &blobs);
        drop(scratch);
        redacted?.keep(&blobs)
    });
    let (digest, taken) = kept
        .await
        .map_err(|error| StageError::GiveUp(error.to_string()))??;
    Ok(JobLog {
        job: job.id.clone(),
        name: job.name.clone(),
        digest,
        bytes: downloaded.bytes,
        truncated: downloaded.truncated,
        failure_reason: job.failure_reason.clone(),
        taken: Some(taken),
    })
}

fn without_secrets(raw: &Path, blobs: &Blobs) -> Result<RedactedLog, StoreError> {
    let into = blobs.scratch()?;
    let redacted = File::open(raw).and_then(|log| RedactedLog::write(log, into));
    redacted.map_err(|source| StoreError::Io {
        what: "redacting a log".into(),
        source,
    })
}

async fn end(
    pipeline: &Pipeline,
    work: &Claimed,
    kind: Kind,
    facts: serde_json::Value,
    shown: (TaskState, String),
) -> Result<(), StageError> {
    let entry = pipeline.entry(kind, &work.subject, facts);
    let (work, agent) = (work.clone(), pipeline.agents.analyzer().clone());
    pipeline
        .store
        .write(move |tx| {
            insert_unread(tx, &agent, &work.subject, shown, entry.at)?;
            tx.record(&entry)?;
            tx.finish(&work)
        })
        .await?;
    Ok(())
}
