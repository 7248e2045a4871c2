//! The queue of stages to run: each is claimed, done once, and its successor
//! is put in with its result, in one transaction.

use rusqlite::{OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use super::{Result, StoreError, Tx};
use crate::incident::Urgency;
use crate::time::Timestamp;

/// How long before its time a stage counts as ready for each point of its
/// urgency, in milliseconds. A hundred points are ten minutes: whatever comes
/// later than that does not overtake, so nothing waits for ever.
const AHEAD_MS: i64 = 6_000;

/// A step of the pipeline. Its subject is a run's key, a task's id, a command's
/// key or a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Run: decide whether to read it, fetch its logs.
    Fetch,
    /// Run: read the logs, group failures, queue repairs.
    Analyze,
    /// Task: propose and check.
    Repair,
    /// Task: decide and publish.
    Publish,
    /// Command: decide, obey, answer.
    Command,
    /// Task: close its change, which a person rejected.
    Withdraw,
    /// Run: tell a red pull request why there is no patch.
    Show,
    /// Task: see what becomes of its change.
    Watch,
    /// Task: run its job again, and see how that ends.
    Rerun,
    /// Repository: have ConfigOptimizer look at it, on its timetable.
    Look,
}

impl Stage {
    pub const ALL: [Stage; 10] = [
        Stage::Fetch,
        Stage::Analyze,
        Stage::Repair,
        Stage::Publish,
        Stage::Command,
        Stage::Withdraw,
        Stage::Show,
        Stage::Watch,
        Stage::Rerun,
        Stage::Look,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Fetch => "fetch",
            Stage::Analyze => "analyze",
            Stage::Repair => "repair",
            Stage::Publish => "publish",
            Stage::Command => "command",
            Stage::Withdraw => "withdraw",
            Stage::Show => "show",
            Stage::Watch => "watch",
            Stage::Rerun => "rerun",
            Stage::Look => "look",
        }
    }

    fn parse(text: &str) -> Result<Stage> {
        let stage = Stage::ALL.into_iter().find(|stage| stage.as_str() == text);
        stage.ok_or_else(|| StoreError::Damaged(format!("stage {text:?}")))
    }
}

/// A stage this worker has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    pub id: i64,
    pub stage: Stage,
    pub subject: String,
    /// Tries before this one.
    pub attempts: u32,
}

impl Tx<'_> {
    /// Puts a stage in the queue; the same stage of the same subject is there
    /// once, and asking again makes it ready now.
    pub fn enqueue(&mut self, stage: Stage, subject: &str, now: Timestamp) -> Result<()> {
        self.enqueue_as(stage, subject, Urgency::default(), now)
    }

    /// The same, before what is less urgent. The time may be to come.
    pub fn enqueue_as(
        &mut self,
        stage: Stage,
        subject: &str,
        urgency: Urgency,
        at: Timestamp,
    ) -> Result<()> {
        let due = at.0 - i64::from(urgency.points()) * AHEAD_MS;
        self.connection
            .prepare_cached(
                "INSERT INTO work (stage, subject, not_before, urgency, due)
                 VALUES (?, ?, ?, ?, ?)
                 ON CONFLICT (stage, subject)
                 DO UPDATE SET not_before = excluded.not_before, urgency = excluded.urgency,
                     due = excluded.due, dead = 0, attempts = 0",
            )?
            .execute(params![
                stage.as_str(),
                subject,
                at.0,
                urgency.points(),
                due
            ])?;
        self.made_work = true;
        Ok(())
    }

    /// Takes the stage whose turn it is: the one that has been ready longest,
    /// where urgency counts as time waited.
    pub fn claim(&mut self, now: Timestamp) -> Result<Option<Claimed>> {
        let row = self
            .connection
            .prepare_cached(
                "UPDATE work SET leased = 1 WHERE id = (
                     SELECT id FROM work WHERE dead = 0 AND leased = 0 AND not_before <= ?
                     ORDER BY due, id LIMIT 1)
                 RETURNING id, stage, subject, attempts",
            )?
            .query_row([now.0], |row| {
                Ok((
                    row.get(0)?,
                    row.get::<_, String>(1)?,
                    row.get(2)?,
                    row.get(3)?,
                ))
            })
            .optional()?;
        row.map(|(id, stage, subject, attempts)| {
            Ok(Claimed {
                id,
                stage: Stage::parse(&stage)?,
                subject,
                attempts,
            })
        })
        .transpose()
    }

    /// The stage is done; called in the transaction that stores its result.
    pub fn finish(&mut self, work: &Claimed) -> Result<()> {
        self.connection
            .prepare_cached("DELETE FROM work WHERE id = ?")?
            .execute([work.id])?;
        Ok(())
    }

    /// The stage failed for an outside reason and is tried again later.
    pub fn retry(&mut self, work: &Claimed, error: &str, not_before: Timestamp) -> Result<()> {
        self.connection
            .prepare_cached(
                "UPDATE work SET leased = 0, attempts = attempts + 1, not_before = ?1, error = ?2,
                     due = ?1 - urgency * ?4
                 WHERE id = ?3",
            )?
            .execute(params![not_before.0, error, work.id, AHEAD_MS])?;
        Ok(())
    }

    /// The stage waits for something that nobody here can hasten. It has not
    /// failed, so its tries begin anew.
    pub fn defer(&mut self, work: &Claimed, until: Timestamp) -> Result<()> {
        self.connection
            .prepare_cached(
                "UPDATE work SET leased = 0, attempts = 0, not_before = ?1,
                     due = ?1 - urgency * ?3
                 WHERE id = ?2",
            )?
            .execute(params![until.0, work.id, AHEAD_MS])?;
        Ok(())
    }

    /// The stage is given up; the row stays for people to see.
    pub fn bury(&mut self, work: &Claimed, error: &str) -> Result<()> {
        self.connection
            .prepare_cached("UPDATE work SET leased = 0, dead = 1, error = ? WHERE id = ?")?
            .execute(params![error, work.id])?;
        Ok(())
    }

    /// Makes what was given up about a subject ready again: whoever tells of a
    /// run once more wants it read.
    pub(super) fn revive(&mut self, subject: &str, now: Timestamp) -> Result<()> {
        let revived = self
            .connection
            .prepare_cached(
                "UPDATE work SET dead = 0, attempts = 0, not_before = ?1, due = ?1 - urgency * ?3
                 WHERE subject = ?2 AND dead = 1",
            )?
            .execute(params![now.0, subject, AHEAD_MS])?;
        self.made_work |= revived > 0;
        Ok(())
    }

    /// Gives back everything that is taken.
    pub(super) fn release_all(&mut self) -> Result<usize> {
        let released = self
            .connection
            .execute("UPDATE work SET leased = 0 WHERE leased = 1", [])?;
        self.made_work |= released > 0;
        Ok(released)
    }
}
