//! Publications: intended, then published.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Result, StoreError, Tx};
use crate::change::{Change, Publication};
use crate::event::ChangeEnded;
use crate::ids::{Repository, TaskId};
use crate::time::Timestamp;

impl Tx<'_> {
    /// The intent, recorded before the forge hears of it.
    pub fn intend_change(&mut self, publication: &Publication, now: Timestamp) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO change (repository, branch, task, intended_at) VALUES (?, ?, ?, ?)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                publication.repository().to_string(),
                publication.branch().as_str(),
                publication.task().as_str(),
                now.0
            ])?;
        Ok(())
    }

    /// Publications intended in a repository since a time.
    pub fn intended_since(&self, repository: &Repository, since: Timestamp) -> Result<u32> {
        intended_since(self.connection, repository, since)
    }

    /// The outcome.
    pub fn complete_change(&mut self, publication: &Publication, change: &Change) -> Result<()> {
        self.connection
            .prepare_cached(
                "UPDATE change SET published = ? WHERE repository = ? AND branch = ? AND task = ?",
            )?
            .execute(params![
                serde_json::to_string(change)?,
                publication.repository().to_string(),
                publication.branch().as_str(),
                publication.task().as_str(),
            ])?;
        Ok(())
    }

    /// What became of the changes made from one of our branches; says how many
    /// are known here.
    pub fn end_change(
        &mut self,
        ended: &ChangeEnded,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<usize> {
        let known = self
            .connection
            .prepare_cached(
                "UPDATE change SET outcome = ?, ended_at = ? WHERE repository = ? AND branch = ?",
            )?
            .execute(params![
                outcome.as_str(),
                now.0,
                ended.repository.to_string(),
                ended.branch.as_str(),
            ])?;
        Ok(known)
    }
}

/// How a change ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Merged,
    Closed,
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Merged => "merged",
            Outcome::Closed => "closed",
        }
    }

    fn parse(text: &str) -> Result<Outcome> {
        match text {
            "merged" => Ok(Outcome::Merged),
            "closed" => Ok(Outcome::Closed),
            other => Err(StoreError::Damaged(format!("an outcome is {other:?}"))),
        }
    }
}

/// What a forge told of the end of a task's change; none while it is open, or
/// where nobody tells.
pub fn outcome(connection: &Connection, task: &TaskId) -> Result<Option<Outcome>> {
    let outcome: Option<String> = connection
        .prepare_cached(
            "SELECT outcome FROM change WHERE task = ? AND outcome IS NOT NULL
             ORDER BY ended_at DESC LIMIT 1",
        )?
        .query_row([task.as_str()], |row| row.get(0))
        .optional()?;
    outcome.map(|text| Outcome::parse(&text)).transpose()
}

/// Publications intended in a repository since a time.
pub fn intended_since(
    connection: &Connection,
    repository: &Repository,
    since: Timestamp,
) -> Result<u32> {
    let count = connection
        .prepare_cached("SELECT count(*) FROM change WHERE repository = ? AND intended_at > ?")?
        .query_row(params![repository.to_string(), since.0], |row| row.get(0))?;
    Ok(count)
}
