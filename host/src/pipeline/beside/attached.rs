//! Reports attached to a run.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Beside;
use crate::event::PipelineFailed;
use crate::forge::reports::{LeftOut, Report, Reports};
use crate::forge::{ForgeError, Job};
use crate::pipeline::{Pipeline, StageError};
use crate::redact::redact;
use crate::store::{Claimed, JobLog};

/// Tries after which a run is read without the reports that could not be
/// fetched: about seven seconds.
const ATTEMPTS: u32 = 3;

/// Longest part of a report's name that is kept as a file's, in bytes.
const MAX_NAME_BYTES: usize = 80;

pub(super) struct Attached {
    pub found: Vec<Value>,
    pub left_out: Vec<LeftOut>,
}

pub(super) async fn gather(
    pipeline: &Pipeline,
    work: &Claimed,
    event: &PipelineFailed,
    logs: &[JobLog],
    files: &mut BTreeMap<String, Vec<Beside>>,
) -> Result<Attached, StageError> {
    let Some(first) = logs.first() else {
        return Ok(Attached {
            found: Vec::new(),
            left_out: Vec::new(),
        });
    };
    let Reports { found, left_out } = fetch(pipeline, work, event, logs).await?;
    let mut told = Vec::new();
    for (at, report) in found.into_iter().enumerate() {
        let job = job_of(&report, logs).unwrap_or(first).job.clone();
        let (beside, facts) = keep(pipeline, at, report).await?;
        let mut facts = facts;
        facts["job"] = json!(job);
        told.push(facts);
        files.entry(job).or_default().push(beside);
    }
    let shown = |left: LeftOut| LeftOut {
        name: redact(&left.name).into_owned(),
        why: redact(&left.why).into_owned(),
    };
    Ok(Attached {
        found: told,
        left_out: left_out.into_iter().map(shown).collect(),
    })
}

async fn fetch(
    pipeline: &Pipeline,
    work: &Claimed,
    event: &PipelineFailed,
    logs: &[JobLog],
) -> Result<Reports, StageError> {
    let jobs: Vec<Job> = logs
        .iter()
        .map(|log| Job::new(&log.job, &log.name))
        .collect();
    let fetched = pipeline
        .systems
        .get(&event.run)?
        .reports(event, &jobs)
        .await;
    match fetched {
        Ok(reports) => Ok(reports),
        Err(error) if error.is_transient() && work.attempts < ATTEMPTS => Err(error.into()),
        Err(error) => Ok(none(&error)),
    }
}

fn none(error: &ForgeError) -> Reports {
    Reports {
        found: Vec::new(),
        left_out: vec![LeftOut {
            name: "the run's reports".to_owned(),
            why: error.to_string(),
        }],
    }
}

/// The failed job that a report is read with: the one it is attached to, or
/// whose name its own holds. Read with all of them it would be the cause of
/// failures it has nothing to do with.
fn job_of<'a>(report: &Report, logs: &'a [JobLog]) -> Option<&'a JobLog> {
    let letters = |text: &str| -> String {
        let kept = text.chars().filter(|c| c.is_alphanumeric());
        kept.flat_map(char::to_lowercase).collect()
    };
    let named = letters(&report.name);
    let of_name = |log: &&JobLog| {
        let job = letters(&log.name);
        !job.is_empty() && named.contains(&job)
    };
    match &report.job {
        Some(job) => logs.iter().find(|log| log.job == *job),
        None => logs.iter().find(of_name),
    }
}

/// Stores a report as it may be shown: redacted, as text.
async fn keep(
    pipeline: &Pipeline,
    at: usize,
    report: Report,
) -> Result<(Beside, Value), StageError> {
    let blobs = pipeline.store.blobs().clone();
    let (name, format) = (report.name.clone(), report.format.as_str());
    let kept = tokio::task::spawn_blocking(move || {
        let text = String::from_utf8_lossy(&report.content);
        let text = redact(&text);
        let digest = blobs.put(text.as_bytes())?;
        Ok::<_, crate::store::StoreError>((digest, text.len()))
    });
    let (digest, bytes) = kept
        .await
        .map_err(|panic| StageError::GiveUp(format!("storing a report panicked: {panic}")))??;
    let facts = json!({
        "name": redact(&name),
        "format": format,
        "digest": digest,
        "bytes": bytes,
    });
    let beside = Beside {
        name: format!("{}-{}", at + 1, file_name(&name)),
        kind: format,
        digest,
    };
    Ok((beside, facts))
}

/// The last part of a name, with nothing in it that means anything.
fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let plain = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' => c,
        _ => '_',
    };
    let plain: String = last.chars().map(plain).collect();
    plain[plain.len().saturating_sub(MAX_NAME_BYTES)..].to_owned()
}
