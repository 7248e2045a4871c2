//! A job that failed by chance, or because of a server → run again, at most
//! twice at a commit, and never where that may deploy something.
//!
//! The task is held while that goes on and ends as the report it would have
//! been, with what came of it. Each try is intended in one transaction, asked
//! for, and completed in another; what is waited for in between waits in the
//! queue.

mod facts;
mod wait;

use serde_json::json;

use super::check::End;
use super::ran::Ran;
use super::repair::{end_task, finish, load};
use super::{Pipeline, StageError};
use crate::decision::{Decision, Reason, Verdict};
use crate::event::PipelineFailed;
use crate::forge::Ci;
use crate::ids::RunKey;
use crate::ledger::Kind;
use crate::policy::Rerun;
use crate::store::task::RerunWish;
use crate::store::{Claimed, Stage, TaskRow, rerun};
use crate::task::TaskState;
use crate::time::Timestamp;
use facts::Facts;

/// How long is waited before each try, in milliseconds: most troubles of a
/// network pass within minutes, and what does not is given a quarter of an
/// hour.
const BACKOFF_MS: [i64; 2] = [2 * 60_000, 15 * 60_000];

/// When a job that runs again is looked at, in milliseconds: events come
/// sooner.
const LOOK_MS: i64 = 5 * 60_000;

/// How long the wait before a try is, after so many.
fn backoff_ms(tries: u32) -> i64 {
    let at = usize::try_from(tries).unwrap_or(usize::MAX);
    BACKOFF_MS
        .get(at)
        .or(BACKOFF_MS.last())
        .copied()
        .unwrap_or(0)
}

/// Ends a task as a report, or holds it to run its job again first.
pub(super) async fn or_report(
    pipeline: &Pipeline,
    work: &Claimed,
    (task, event): (&TaskRow, &PipelineFailed),
    ran: Option<Ran>,
    end: End,
) -> Result<(), StageError> {
    if pipeline.policy.rerun == Rerun::Off || !is_possible(pipeline, event).await? {
        return end_task(pipeline, work, &task.id, ran, end).await;
    }
    let wish = RerunWish {
        why: end.note,
        approved_by: None,
        attempt: event.run.attempt,
        asked_at: None,
    };
    let now = pipeline.now();
    let at = now.plus_ms(backoff_ms(0));
    let note = format!("{}; its job is to be run again at {at}", wish.why);
    let facts = json!({ "rerun": wish, "until": at, "report": end.facts });
    let entry = pipeline.entry(Kind::TaskHeld, task.id.as_str(), facts);
    let (work, id, urgency) = (work.clone(), task.id.clone(), task.record.urgency);
    pipeline
        .store
        .write(move |tx| {
            tx.step_task(&id, TaskState::Held, now, |record| {
                record.note = Some(note);
                record.rerun = Some(wish);
                record.waits = None;
            })?;
            if let Some(ran) = &ran {
                ran.write(tx)?;
            }
            tx.record(&entry)?;
            tx.enqueue_as(Stage::Rerun, id.as_str(), urgency, at)?;
            tx.finish(&work)
        })
        .await?;
    Ok(())
}

/// Whether the CI system lets us at all.
async fn is_possible(pipeline: &Pipeline, event: &PipelineFailed) -> Result<bool, StageError> {
    let ci = pipeline.systems.get(&event.run)?;
    match ci.run_now(&event.run).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_transient() => Err(error.into()),
        Err(error) => {
            tracing::info!(%error, "its job cannot be run again");
            Ok(false)
        }
    }
}

pub(super) async fn run(pipeline: &Pipeline, work: &Claimed) -> Result<(), StageError> {
    let Some((task, event)) = load(pipeline, work).await? else {
        return Ok(());
    };
    let Some(wish) = task
        .record
        .rerun
        .clone()
        .filter(|_| task.waits_for_a_rerun())
    else {
        // A person was faster.
        return finish(pipeline, work).await;
    };
    let attempt = Attempt {
        ci: pipeline.systems.get(&event.run)?,
        run: RunKey {
            attempt: wish.attempt,
            ..event.run.clone()
        },
        pipeline,
        work,
        task,
        event,
        wish,
    };
    let result = match attempt.wish.asked_at {
        None => attempt.ask().await,
        Some(since) => attempt.wait(since).await,
    };
    match result {
        Err(StageError::GiveUp(why) | StageError::Report(why)) => {
            attempt
                .report(&format!("it cannot be run again: {why}"))
                .await
        }
        other => other,
    }
}

/// One attempt that failed, to be followed by another.
struct Attempt<'a> {
    pipeline: &'a Pipeline,
    work: &'a Claimed,
    ci: &'a dyn Ci,
    task: TaskRow,
    event: PipelineFailed,
    wish: RerunWish,
    /// The attempt that failed.
    run: RunKey,
}

impl Attempt<'_> {
    async fn ask(&self) -> Result<(), StageError> {
        let run = self.run.clone();
        let known = self
            .pipeline
            .store
            .read(move |connection| rerun::made(connection, &run))
            .await?;
        match known {
            // Its intent is recorded, by us or for another failure of the run:
            // carried out, which looks first.
            Some(_) => self.carry_out().await,
            None => self.decide().await,
        }
    }

    async fn decide(&self) -> Result<(), StageError> {
        let Facts {
            decision,
            job,
            protected,
        } = self.facts().await?;
        match decision.decision {
            Verdict::Allow => {
                self.intend(&decision, &job).await?;
                self.carry_out().await
            }
            Verdict::Warn => self.hold(&decision).await,
            Verdict::Block | Verdict::Error => {
                let why = refused(&decision, protected.as_deref());
                self.report(&why).await
            }
        }
    }

    /// The intent, before the CI system hears of it.
    async fn intend(&self, decision: &Decision, job: &str) -> Result<(), StageError> {
        let facts = json!({ "decision": decision, "run": self.run.to_string(), "job": job });
        let id = &self.task.id;
        let entry = self.pipeline.entry(Kind::RerunIntended, id.as_str(), facts);
        let (run, task, job) = (self.run.clone(), self.task.clone(), job.to_owned());
        self.pipeline
            .store
            .write(move |tx| {
                if tx.intend_rerun(&run, &task, &job, entry.at)? {
                    tx.record(&entry)?;
                }
                Ok(())
            })
            .await?;
        Ok(())
    }

    async fn carry_out(&self) -> Result<(), StageError> {
        let made = self.ci.rerun(&self.run).await?;
        let now = self.pipeline.now();
        let wish = RerunWish {
            asked_at: Some(now),
            ..self.wish.clone()
        };
        let note = format!("{}; its job runs again (attempt {made})", wish.why);
        let facts = json!({ "run": self.run.to_string(), "attempt": made });
        let id = &self.task.id;
        let entry = self.pipeline.entry(Kind::RerunAsked, id.as_str(), facts);
        let (work, id, run) = (self.work.clone(), id.clone(), self.run.clone());
        self.pipeline
            .store
            .write(move |tx| {
                tx.step_task(&id, TaskState::Held, now, |record| {
                    record.note = Some(note);
                    record.rerun = Some(wish);
                })?;
                tx.made_rerun(&run, made)?;
                tx.record(&entry)?;
                tx.defer(&work, now.plus_ms(LOOK_MS))
            })
            .await?;
        Ok(())
    }

    /// Held for a person: `sentinel approve` puts it into the queue again.
    async fn hold(&self, decision: &Decision) -> Result<(), StageError> {
        let id = &self.task.id;
        let said = decision.sentences().join("; ");
        let note = format!("{}; {}", self.wish.why, said.replace("TASK", id.as_str()));
        let facts = json!({ "decision": decision, "run": self.run.to_string() });
        let entry = self.pipeline.entry(Kind::TaskHeld, id.as_str(), facts);
        let (work, id, decision) = (self.work.clone(), id.clone(), decision.clone());
        self.pipeline
            .store
            .write(move |tx| {
                tx.step_task(&id, TaskState::Held, entry.at, |record| {
                    record.note = Some(note);
                    record.decision = Some(decision);
                })?;
                tx.record(&entry)?;
                tx.finish(&work)
            })
            .await?;
        Ok(())
    }

    /// Ends the task as the report it is.
    async fn report(&self, what: &str) -> Result<(), StageError> {
        let note = format!("{}; {what}", self.wish.why);
        let end = End {
            state: TaskState::Reported,
            facts: json!({ "report": note, "run": self.run.to_string() }),
            note,
            kind: Kind::TaskReported,
            rerun: false,
        };
        end_task(self.pipeline, self.work, &self.task.id, None, end).await
    }
}

fn refused(decision: &Decision, protected: Option<&str>) -> String {
    let of = |reason: &Reason| match (reason, protected) {
        (Reason::RerunProtected, Some(why)) => format!("{} ({why})", reason.sentence()),
        _ => reason.sentence().to_owned(),
    };
    let reasons: Vec<String> = decision.reason_codes.iter().map(of).collect();
    reasons.join("; ")
}

/// The time from which on a wait has been too long.
fn is_over(since: Timestamp, now: Timestamp, patience_ms: i64) -> bool {
    now.0.saturating_sub(since.0) > patience_ms
}
