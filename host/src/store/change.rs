//! Publications: intended, then published.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Result, StoreError, Tx};
use crate::change::{Change, Outcome, Publication};
use crate::event::ChangeEnded;
use crate::ids::{Branch, Repository, TaskId};
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

    /// What became of the changes made from one of our branches, for those of
    /// which it was not known. One that we closed ourselves was not closed by a
    /// person.
    pub fn end_change(
        &mut self,
        ended: &ChangeEnded,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<Vec<(TaskId, Outcome)>> {
        let mut fresh = Vec::new();
        for task in of_branch(self.connection, &ended.repository, &ended.branch)? {
            let closing = super::outcome::closing(self.connection, &task)?;
            let ours = closing.filter(|_| outcome == Outcome::Closed);
            let (outcome, why) = match &ours {
                Some(edit) => (edit.outcome, Some(edit.why.as_str())),
                None => (outcome, None),
            };
            if self.add_outcome(&task, outcome, why, now)? {
                fresh.push((task, outcome));
            }
        }
        self.wake_watch(&ended.repository, &ended.branch, now)?;
        Ok(fresh)
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
    let parsed = |text: String| {
        let parsed = Outcome::parse(&text);
        parsed.ok_or_else(|| StoreError::Damaged(format!("an outcome is {text:?}")))
    };
    outcome.map(parsed).transpose()
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

/// The tasks whose change was made from one of our branches.
fn of_branch(
    connection: &Connection,
    repository: &Repository,
    branch: &Branch,
) -> Result<Vec<TaskId>> {
    let mut query =
        connection.prepare_cached("SELECT task FROM change WHERE repository = ? AND branch = ?")?;
    let rows = query.query_map(params![repository.to_string(), branch.as_str()], |row| {
        row.get::<_, String>(0)
    })?;
    let damaged = |error: crate::ids::InvalidName| StoreError::Damaged(error.to_string());
    rows.map(|row| row?.parse().map_err(damaged)).collect()
}
