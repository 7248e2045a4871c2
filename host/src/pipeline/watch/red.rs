//! CI is red with the change: because of it, or as it was before?

use std::collections::HashMap;
use std::fs::File;

use serde_json::json;

use super::{HOUR_MS, Next, Watch};
use crate::change::text::remark::{Cause, Red, disproved};
use crate::change::{Check, CheckState, CiState, Outcome, Required, Standing};
use crate::failure::Failure;
use crate::forge::Job;
use crate::ids::{Fingerprint, IncidentId, RunKey, TaskId};
use crate::pipeline::analyze::provider;
use crate::pipeline::{LogInput, RedactedLog, StageError};
use crate::sandbox::Output;
use crate::store::{failure, incident};

/// Red checks that are looked into.
const MAX_RED: usize = 20;

/// Logs of red jobs that are read for a diagnosis.
const MAX_READ: usize = 3;

/// Bytes kept of one such log: a diagnosis is in its tail or its head.
const MAX_LOG_BYTES: u64 = 64 * 1024 * 1024;

/// What failed in the run that the change is to mend.
struct Was {
    mended: Fingerprint,
    all: Vec<Fingerprint>,
}

impl Watch<'_> {
    pub(super) async fn red(
        &self,
        standing: &Standing,
        required: &Required,
        red: &[&Check],
    ) -> Result<(), StageError> {
        // Told once. What was red before is looked at again: more of it may be
        // red by now.
        if self.knows(Outcome::CiFailed).is_some() {
            return Ok(());
        }
        let causes = self.causes(required, red).await?;
        let ours = causes.iter().any(Red::is_ours);
        let sentences: Vec<String> = causes.iter().map(Red::sentence).collect();
        let why = sentences.join("; ");
        if ours && standing.draft {
            let remark = disproved(&self.task.id, &causes);
            // The stage ends with the next look, which finds it closed.
            return match self.close(Outcome::Disproved, why, remark).await? {
                Next::Done | Next::Later(_) => Ok(()),
            };
        }
        let before = causes.iter().any(|red| red.cause == Cause::Before);
        let outcome = match (ours, before) {
            // It was proven here, or a person took it out of draft: theirs to
            // judge.
            (true, _) => Outcome::CiFailed,
            (false, true) => Outcome::CiRedBefore,
            (false, false) => {
                tracing::info!(why, "CI of the change is red, and proves nothing");
                return Ok(());
            }
        };
        let more = json!({ "checks": sentences });
        self.became(outcome, Some(&why), more).await.map(drop)
    }

    async fn causes(&self, required: &Required, red: &[&Check]) -> Result<Vec<Red>, StageError> {
        let was = self.was().await?;
        let head = &self.task.record.head;
        let base = self.forge.ci_state(&self.task.repository, head).await?;
        let base = by_name(&base);
        let mut causes = Vec::new();
        let mut reads = MAX_READ;
        for check in red.iter().take(MAX_RED) {
            let before = base.get(&named(check)).copied();
            let required = required.is(check);
            let told = required || before == Some(CheckState::Passed);
            let read = match told && reads > 0 {
                true => {
                    reads -= 1;
                    self.read(check).await?
                }
                false => None,
            };
            causes.push(Red {
                name: check.name.clone(),
                cause: match required {
                    true => of_required(read, &was),
                    false => of_other(before, read),
                },
            });
        }
        Ok(causes)
    }

    async fn was(&self) -> Result<Was, StageError> {
        let run = self.task.run.clone();
        let id: Option<IncidentId> = self.task.incident.clone();
        let id = id.ok_or_else(|| StageError::GiveUp("a repair without an incident".into()))?;
        let was = self
            .pipeline
            .store
            .read(move |connection| {
                let mended = incident::find(connection, &id)?;
                Ok(Was {
                    mended: incident::fingerprint(&mended)?,
                    all: failure::fingerprints(connection, &run)?,
                })
            })
            .await?;
        Ok(was)
    }

    /// What the log of a red job says; nothing where it cannot be had, which is
    /// asked again for a while: logs come later than the word of their job. The
    /// diagnosis is for people, and without it the job is red all the same.
    async fn read(&self, check: &Check) -> Result<Option<Vec<Failure>>, StageError> {
        let (Some(run), Some(job)) = (check.run.as_ref(), check.job.as_ref()) else {
            return Ok(None);
        };
        let job = Job::new(job.clone(), check.name.clone());
        match self.read_log(run, &job).await {
            Ok(failures) => Ok(Some(failures)),
            Err(error @ StageError::Retry { .. }) => Err(error),
            Err(error) if self.age_ms < HOUR_MS => Err(error),
            Err(error) => {
                tracing::info!(%error, %run, "a red job's log cannot be read");
                Ok(None)
            }
        }
    }

    async fn read_log(&self, run: &RunKey, job: &Job) -> Result<Vec<Failure>, StageError> {
        let pipeline = self.pipeline;
        let ci = pipeline.systems.get(run)?;
        let scratch = pipeline.store.scratch()?;
        let raw = scratch.path().join("raw.log");
        ci.download_up_to(run, job, &raw, MAX_LOG_BYTES).await?;
        let into = pipeline.store.blobs().scratch()?;
        let redacted = tokio::task::spawn_blocking(move || {
            // The log as it came is gone with its directory, whatever happens.
            let redacted = File::open(&raw).and_then(|log| RedactedLog::write(log, into));
            drop(scratch);
            redacted
        });
        let redacted = redacted
            .await
            .map_err(|panic| StageError::GiveUp(panic.to_string()))??;
        let log = LogInput::of(&redacted)?;
        let task = TaskId::derive(&["watch", &run.to_string(), &job.id]);
        let report = pipeline
            .agents
            .read_log(task, &log, provider(&self.event))
            .await;
        match report.outcome {
            Ok(Output::Failures(failures)) => Ok(failures),
            Ok(_) => Ok(Vec::new()),
            Err(error) => Err(StageError::GiveUp(error.to_string())),
        }
    }
}

type Named<'a> = (Option<&'a str>, &'a str);

fn named(check: &Check) -> Named<'_> {
    (check.workflow.as_deref(), check.name.as_str())
}

/// How the checks of a commit stand, by name; of several the gravest.
fn by_name(state: &CiState) -> HashMap<Named<'_>, CheckState> {
    let mut all = HashMap::new();
    for check in &state.checks {
        let known = all.entry(named(check)).or_insert(check.state);
        if check.state == CheckState::Failed {
            *known = CheckState::Failed;
        }
    }
    all
}

/// The job that failed is red again: for which of its reasons?
fn of_required(read: Option<Vec<Failure>>, was: &Was) -> Cause {
    let failures = read.unwrap_or_default();
    let has = |failure: &Failure, of: &[Fingerprint]| of.contains(&failure.fingerprint);
    let mended = std::slice::from_ref(&was.mended);
    // Where nothing can be read, the job is red, and it was to be green.
    if failures.is_empty() || failures.iter().any(|failure| has(failure, mended)) {
        return Cause::Same;
    }
    match failures.iter().all(|failure| has(failure, &was.all)) {
        true => Cause::Before,
        false => Cause::Other(first(failures)),
    }
}

fn of_other(before: Option<CheckState>, read: Option<Vec<Failure>>) -> Cause {
    match before {
        Some(CheckState::Failed) => Cause::Before,
        Some(CheckState::Passed) => Cause::New(first(read.unwrap_or_default())),
        Some(CheckState::Waiting | CheckState::Skipped | CheckState::Stopped) | None => {
            Cause::Unknown
        }
    }
}

fn first(failures: Vec<Failure>) -> Option<Box<Failure>> {
    failures.into_iter().next().map(Box::new)
}
