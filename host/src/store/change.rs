//! Publications: intended, then published.

use rusqlite::{Connection, params};

use super::{Result, Tx};
use crate::change::{Change, Publication};
use crate::event::ChangeEnded;
use crate::ids::Repository;
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
