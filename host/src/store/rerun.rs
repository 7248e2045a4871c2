//! Jobs that we had run again.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Result, TaskRow, Tx};
use crate::ids::{ObjectId, Repository, RunKey};
use crate::time::Timestamp;

/// A run without its attempt, as it is known here.
fn of(run: &RunKey) -> String {
    let first = RunKey {
        attempt: 1,
        ..run.clone()
    };
    first.to_string()
}

impl Tx<'_> {
    /// The intent, before the CI system hears of it; false where it was there.
    pub fn intend_rerun(
        &mut self,
        run: &RunKey,
        task: &TaskRow,
        job: &str,
        now: Timestamp,
    ) -> Result<bool> {
        let fresh = self
            .connection
            .prepare_cached(
                "INSERT INTO rerun (run, attempt, task, repository, commit_id, job, intended_at)
                 VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                of(run),
                run.attempt as i64,
                task.id.as_str(),
                task.repository.to_string(),
                task.record.head.as_str(),
                job,
                now.0
            ])?;
        Ok(fresh > 0)
    }

    /// Which attempt it made.
    pub fn made_rerun(&mut self, run: &RunKey, made: u64) -> Result<()> {
        self.connection
            .prepare_cached("UPDATE rerun SET made = ? WHERE run = ? AND attempt = ?")?
            .execute(params![made as i64, of(run), run.attempt as i64])?;
        Ok(())
    }

    /// How it ended.
    pub fn end_rerun(&mut self, run: &RunKey, passed: bool) -> Result<()> {
        let ended = if passed { "passed" } else { "failed" };
        self.connection
            .prepare_cached("UPDATE rerun SET ended = ? WHERE run = ? AND attempt = ?")?
            .execute(params![ended, of(run), run.attempt as i64])?;
        Ok(())
    }

    /// Lets whoever waits for an attempt of a run look now.
    pub(super) fn wake_rerun(&mut self, run: &RunKey, now: Timestamp) -> Result<()> {
        let woken = self
            .connection
            .prepare_cached(
                "UPDATE work SET not_before = ?1, due = ?1
                 WHERE stage = 'rerun' AND dead = 0 AND leased = 0 AND not_before > ?1
                     AND subject IN (
                         SELECT task FROM rerun
                         WHERE run = ?2 AND made IS NOT NULL AND ended IS NULL)",
            )?
            .execute(params![now.0, of(run)])?;
        self.made_work |= woken > 0;
        Ok(())
    }
}

/// How often a job was run again at a commit.
pub fn tries(
    connection: &Connection,
    repository: &Repository,
    commit: &ObjectId,
    job: &str,
) -> Result<u32> {
    Ok(connection
        .prepare_cached(
            "SELECT count(*) FROM rerun WHERE repository = ? AND commit_id = ? AND job = ?",
        )?
        .query_row(
            params![repository.to_string(), commit.as_str(), job],
            |row| row.get(0),
        )?)
}

/// The attempt that a rerun made, if it was intended: none inside where its
/// outcome is not known.
pub fn made(connection: &Connection, run: &RunKey) -> Result<Option<Option<u64>>> {
    let made: Option<Option<i64>> = connection
        .prepare_cached("SELECT made FROM rerun WHERE run = ? AND attempt = ?")?
        .query_row(params![of(run), run.attempt as i64], |row| row.get(0))
        .optional()?;
    Ok(made.map(|made| made.and_then(|made| u64::try_from(made).ok())))
}
