//! Published change → what became of it.
//!
//! A stage that stays in the queue for as long as the change is open, and for a
//! while after it was merged. Events wake it (`store::outcome`), a timetable is
//! the floor under them, and both come to the same look at what the forge shows
//! now. What a look does to the change is intended in one transaction, done,
//! and completed in another, so that a look that was cut off is carried on by
//! the next.
//!
//! A branch that a person pushed to is theirs: only its end is waited for.

mod ci;
mod edits;
mod red;
mod reverted;
mod target;

use serde_json::{Value, json};
use tracing::{info, warn};

use super::repair::{finish, load};
use super::{Pipeline, StageError};
use crate::change::text::remark;
use crate::change::{Change, ChangeEdit, ChangeState, Form, Outcome, Standing};
use crate::event::PipelineFailed;
use crate::forge::Forge;
use crate::ledger::Kind;
use crate::store::outcome::{EditRow, OutcomeRow};
use crate::store::{Claimed, Stage, TaskRow, Tx, outcome};
use crate::time::Timestamp;

/// When a change is looked at first, in milliseconds: CI has begun by then.
pub(super) const FIRST_LOOK_MS: i64 = 2 * 60_000;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// How long after its expiry a change that cannot be closed is still looked at,
/// in milliseconds: a week, for whoever mends a credential meanwhile.
const GRACE_MS: i64 = 7 * DAY_MS;

/// Between two looks, by age: while CI runs, while somebody may look at it, and
/// later. Each costs about ten of some thousand requests an hour; events come
/// in between.
fn pace_ms(age_ms: i64) -> i64 {
    match age_ms {
        ..HOUR_MS => 5 * 60_000,
        HOUR_MS..DAY_MS => 30 * 60_000,
        DAY_MS.. => 6 * HOUR_MS,
    }
}

/// Puts a published change under watch.
pub(super) fn begin(tx: &mut Tx<'_>, task: &TaskRow, now: Timestamp) -> crate::store::Result<()> {
    match pushed(task) {
        Some(_) => tx.enqueue(Stage::Watch, task.id.as_str(), now.plus_ms(FIRST_LOOK_MS)),
        None => Ok(()),
    }
}

/// A change that is a branch of ours; a check run is not watched.
fn pushed(task: &TaskRow) -> Option<&Change> {
    let change = task.record.change.as_ref();
    change.filter(|change| matches!(change.form, Form::PullRequest { .. }))
}

/// Whether the change is to be looked at again.
enum Next {
    /// After so many milliseconds.
    Later(i64),
    Done,
}

pub(super) async fn run(pipeline: &Pipeline, work: &Claimed) -> Result<(), StageError> {
    let Some((task, event)) = load(pipeline, work).await? else {
        return Ok(());
    };
    let Some(change) = pushed(&task).cloned() else {
        return finish(pipeline, work).await;
    };
    let forge = pipeline.forges.get(task.repository.forge)?;
    let id = task.id.clone();
    let (since, outcomes) = pipeline
        .store
        .read(move |connection| {
            Ok((
                outcome::since(connection, &id)?,
                outcome::of_task(connection, &id)?,
            ))
        })
        .await?;
    let now = pipeline.now();
    let watch = Watch {
        pipeline,
        forge,
        age_ms: now.0.saturating_sub(since.unwrap_or(task.created_at).0),
        task,
        event,
        change,
        outcomes,
        now,
    };
    let next = watch.next(watch.look().await);
    let work = work.clone();
    pipeline
        .store
        .write(move |tx| match next {
            Next::Later(wait) => tx.defer(&work, now.plus_ms(wait)),
            Next::Done => tx.finish(&work),
        })
        .await?;
    Ok(())
}

/// One look at one change.
struct Watch<'a> {
    pipeline: &'a Pipeline,
    forge: &'a dyn Forge,
    task: TaskRow,
    event: PipelineFailed,
    change: Change,
    /// What is known to have become of it.
    outcomes: Vec<OutcomeRow>,
    age_ms: i64,
    now: Timestamp,
}

impl Watch<'_> {
    /// A forge that does not answer is asked again later, however often: a
    /// change is not forgotten because of it. Only its age ends that.
    fn next(&self, looked: Result<Next, StageError>) -> Next {
        let pace = pace_ms(self.age_ms);
        let over = self.age_ms > self.pipeline.policy.change_expiry_ms() + GRACE_MS;
        match looked {
            Ok(next) => next,
            Err(StageError::Report(why)) => {
                info!(why, "the change is not watched");
                Next::Done
            }
            Err(error) if over => {
                warn!(%error, "the change is watched no longer");
                Next::Done
            }
            Err(StageError::Retry { why, after }) => {
                warn!(why, "the change could not be looked at");
                let after = after.map_or(0, |after| {
                    i64::try_from(after.as_millis()).unwrap_or(i64::MAX)
                });
                Next::Later(pace.max(after.min(DAY_MS)))
            }
            Err(StageError::GiveUp(why)) => {
                warn!(why, "the change could not be looked at");
                Next::Later(pace.max(HOUR_MS))
            }
        }
    }

    async fn look(&self) -> Result<Next, StageError> {
        let standing = self
            .forge
            .standing(&self.task.repository, &self.change)
            .await?;
        if let Some(next) = self.carry_on(&standing).await? {
            return Ok(next);
        }
        match standing.state {
            ChangeState::Merged => self.merged(&standing).await,
            ChangeState::Closed => self.closed().await,
            ChangeState::Open => self.open(&standing).await,
        }
    }

    /// Whoever closed it: if it was us, that is recorded already.
    async fn closed(&self) -> Result<Next, StageError> {
        if !self.outcomes.iter().any(|row| row.outcome.is_end()) {
            self.became(Outcome::Closed, None, Value::Null).await?;
        }
        Ok(Next::Done)
    }

    async fn open(&self, standing: &Standing) -> Result<Next, StageError> {
        let later = Next::Later(pace_ms(self.age_ms));
        if standing.head.is_some() && standing.head != self.change.commit {
            let why = "somebody pushed to its branch";
            self.became(Outcome::TakenOver, Some(why), Value::Null)
                .await?;
            return Ok(match self.is_old() {
                true => Next::Done,
                false => later,
            });
        }
        if self.pipeline.policy.observe_only {
            return Ok(later);
        }
        if self.age_ms > self.pipeline.policy.change_expiry_ms() {
            let days = self.pipeline.policy.change_expiry_days;
            let why = format!("nobody took it up for {days} days");
            let remark = remark::expired(&self.task.id, days);
            return self.close(Outcome::Expired, why, remark).await;
        }
        if let Some(why) = self.overtaken(standing).await? {
            let remark = remark::superseded(&self.task.id, &why);
            return self.close(Outcome::Superseded, why, remark).await;
        }
        self.ci(standing).await?;
        Ok(later)
    }

    fn is_old(&self) -> bool {
        self.age_ms > self.pipeline.policy.change_expiry_ms() + GRACE_MS
    }

    async fn close(
        &self,
        outcome: Outcome,
        why: String,
        remark: crate::change::Remark,
    ) -> Result<Next, StageError> {
        let row = EditRow {
            edit: ChangeEdit::Close { remark },
            outcome,
            why,
        };
        self.edit(row, Value::Null).await?;
        Ok(Next::Done)
    }

    /// Records what became of the change, once.
    async fn became(
        &self,
        outcome: Outcome,
        why: Option<&str>,
        more: Value,
    ) -> Result<bool, StageError> {
        let facts = json!({ "outcome": outcome, "why": why, "more": more });
        let id = &self.task.id;
        let entry = self.pipeline.entry(Kind::ChangeOutcome, id.as_str(), facts);
        let (id, why) = (id.clone(), why.map(str::to_owned));
        let fresh = self
            .pipeline
            .store
            .write(move |tx| {
                let fresh = tx.add_outcome(&id, outcome, why.as_deref(), entry.at)?;
                if fresh {
                    tx.record(&entry)?;
                }
                Ok(fresh)
            })
            .await?;
        Ok(fresh)
    }

    fn knows(&self, outcome: Outcome) -> Option<&OutcomeRow> {
        self.outcomes.iter().find(|row| row.outcome == outcome)
    }
}
