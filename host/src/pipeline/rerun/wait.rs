//! A job runs again: how does that end?

use serde_json::json;

use super::{Attempt, LOOK_MS, backoff_ms, is_over};
use crate::change::CheckState;
use crate::decision::MAX_RERUNS;
use crate::ids::RunKey;
use crate::ledger::{Entry, Kind};
use crate::pipeline::StageError;
use crate::store::outcome::IncidentEnd;
use crate::store::task::RerunWish;
use crate::store::{delivery, rerun};
use crate::task::TaskState;
use crate::time::Timestamp;

/// How long an attempt may take, in milliseconds: GitHub's jobs end after six
/// hours, and may wait as long for a machine.
const PATIENCE_MS: i64 = 24 * 3_600_000;

impl Attempt<'_> {
    pub(super) async fn wait(&self, since: Timestamp) -> Result<(), StageError> {
        let now = self.ci.run_now(&self.run).await?;
        let made = RunKey {
            attempt: now.attempt,
            ..self.run.clone()
        };
        let state = match now.attempt > self.run.attempt {
            true => now.state,
            // A replica that has not heard of it.
            false => CheckState::Waiting,
        };
        match state {
            CheckState::Passed => self.passed(&made).await,
            // Another job of it may be the one that is red.
            CheckState::Failed if self.job_passed(&made).await? => self.passed(&made).await,
            CheckState::Failed => self.failed(&made).await,
            CheckState::Skipped | CheckState::Stopped => {
                self.report("it was run again, and that was cancelled")
                    .await
            }
            CheckState::Waiting if is_over(since, self.pipeline.now(), PATIENCE_MS) => {
                self.report("it was run again, and did not end within a day")
                    .await
            }
            CheckState::Waiting => {
                let (work, at) = (self.work.clone(), self.pipeline.now().plus_ms(LOOK_MS));
                self.pipeline
                    .store
                    .write(move |tx| tx.defer(&work, at))
                    .await?;
                Ok(())
            }
        }
    }

    async fn job_passed(&self, made: &RunKey) -> Result<bool, StageError> {
        let (run, job) = (self.task.run.clone(), self.task.job.clone());
        let logs = self
            .pipeline
            .store
            .read(move |connection| delivery::logs(connection, &run))
            .await?;
        let Some(log) = logs.into_iter().find(|log| log.job == job) else {
            return Ok(false);
        };
        let passed = self.ci.passed_jobs(made).await?;
        Ok(passed.iter().any(|job| job.name == log.name))
    }

    fn ended(&self, made: &RunKey, passed: bool) -> Entry {
        let facts = json!({ "run": made.to_string(), "passed": passed });
        let id = self.task.id.as_str();
        self.pipeline.entry(Kind::RerunEnded, id, facts)
    }

    /// It depends on chance: that is the incident's end.
    async fn passed(&self, made: &RunKey) -> Result<(), StageError> {
        let entry = self.ended(made, true);
        let note = format!(
            "{}; it passed when it was run again (attempt {}): it depends on chance",
            self.wish.why, made.attempt
        );
        let facts = json!({ "report": note, "run": made.to_string(), "flaky": true });
        let id = self.task.id.clone();
        let told = self.pipeline.entry(Kind::TaskReported, id.as_str(), facts);
        let (work, run) = (self.work.clone(), self.run.clone());
        self.pipeline
            .store
            .write(move |tx| {
                tx.end_rerun(&run, true)?;
                tx.record(&entry)?;
                let task = tx.step_task(&id, TaskState::Reported, entry.at, |record| {
                    record.note = Some(note);
                })?;
                if let Some(incident) = &task.incident {
                    tx.end_incident(incident, IncidentEnd::Flaky, entry.at)?;
                }
                tx.record(&told)?;
                tx.finish(&work)
            })
            .await?;
        Ok(())
    }

    /// Once more after a while, or not a matter of chance.
    async fn failed(&self, made: &RunKey) -> Result<(), StageError> {
        let (repository, head) = (self.task.repository.clone(), self.task.record.head.clone());
        let (run, job) = (self.task.run.clone(), self.task.job.clone());
        let tries = self
            .pipeline
            .store
            .read(move |connection| {
                let logs = delivery::logs(connection, &run)?;
                let log = logs.into_iter().find(|log| log.job == job);
                let job = log.map_or(job, |log| log.name);
                rerun::tries(connection, &repository, &head, &job)
            })
            .await?;
        let last = tries >= MAX_RERUNS;
        let entry = self.ended(made, false);
        let now = entry.at;
        let at = now.plus_ms(backoff_ms(tries));
        let wish = RerunWish {
            attempt: made.attempt,
            asked_at: None,
            ..self.wish.clone()
        };
        let why = &self.wish.why;
        let note = match last {
            true => format!("{why}; run again {tries} times it failed each time: look at it"),
            false => format!("{why}; run again it failed, and is run once more at {at}"),
        };
        let (id, work, failed) = (self.task.id.clone(), self.work.clone(), self.run.clone());
        let facts = json!({ "report": note, "run": made.to_string(), "flaky": false });
        let told = self.pipeline.entry(Kind::TaskReported, id.as_str(), facts);
        self.pipeline
            .store
            .write(move |tx| {
                tx.end_rerun(&failed, false)?;
                tx.record(&entry)?;
                let to = match last {
                    true => TaskState::Reported,
                    false => TaskState::Held,
                };
                tx.step_task(&id, to, now, |record| {
                    record.note = Some(note);
                    record.rerun = Some(wish);
                })?;
                match last {
                    true => {
                        tx.record(&told)?;
                        tx.finish(&work)
                    }
                    false => tx.defer(&work, at),
                }
            })
            .await?;
        Ok(())
    }
}
