//! What became of changes: each thing once, in the order it was seen, and what
//! we did to them.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;

use super::{Result, StoreError, Tx, task};
use crate::change::{ChangeEdit, Outcome};
use crate::ids::{Branch, IncidentId, Repository, TaskId};
use crate::time::Timestamp;

/// One thing that became of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutcomeRow {
    pub outcome: Outcome,
    pub why: Option<String>,
    pub at: Timestamp,
}

/// What is being done to a change, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditRow {
    pub edit: ChangeEdit,
    /// What it comes to.
    pub outcome: Outcome,
    pub why: String,
}

/// How an incident ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentEnd {
    /// A change for it was merged.
    Repaired,
    /// Its job passed when it was run again.
    Flaky,
}

impl IncidentEnd {
    pub fn as_str(self) -> &'static str {
        match self {
            IncidentEnd::Repaired => "repaired",
            IncidentEnd::Flaky => "flaky",
        }
    }

    pub(super) fn parse(text: &str) -> Result<IncidentEnd> {
        match text {
            "repaired" => Ok(IncidentEnd::Repaired),
            "flaky" => Ok(IncidentEnd::Flaky),
            other => Err(StoreError::Damaged(format!("an incident ended {other:?}"))),
        }
    }
}

impl Tx<'_> {
    /// What became of a task's change; false where that is known. What it
    /// teaches and what it ends is written with it.
    pub fn add_outcome(
        &mut self,
        id: &TaskId,
        outcome: Outcome,
        why: Option<&str>,
        now: Timestamp,
    ) -> Result<bool> {
        let fresh = self
            .connection
            .prepare_cached(
                "INSERT INTO outcome (task, kind, why, at) VALUES (?, ?, ?, ?)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![id.as_str(), outcome.as_str(), why, now.0])?;
        if fresh == 0 {
            return Ok(false);
        }
        if outcome.is_end() {
            self.connection
                .prepare_cached("UPDATE change SET outcome = ?, ended_at = ? WHERE task = ?")?
                .execute(params![outcome.as_str(), now.0, id.as_str()])?;
        }
        let task = task::find(self.connection, id)?;
        if let Some(lesson) = outcome.lesson() {
            self.learn(&task, lesson, now)?;
        }
        if let (Outcome::Merged, Some(incident)) = (outcome, &task.incident) {
            self.end_incident(incident, IncidentEnd::Repaired, now)?;
        }
        Ok(true)
    }

    /// An incident is over, until it shows again.
    pub fn end_incident(
        &mut self,
        incident: &IncidentId,
        end: IncidentEnd,
        now: Timestamp,
    ) -> Result<()> {
        self.connection
            .prepare_cached("UPDATE incident SET ended = ?, ended_at = ? WHERE id = ?")?
            .execute(params![end.as_str(), now.0, incident.as_str()])?;
        Ok(())
    }

    /// The intent, before the forge hears of it; false where it was recorded.
    pub fn intend_edit(&mut self, id: &TaskId, row: &EditRow, now: Timestamp) -> Result<bool> {
        let fresh = self
            .connection
            .prepare_cached(
                "INSERT INTO change_edit (task, kind, edit, outcome, why, intended_at)
                 VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                id.as_str(),
                row.edit.as_str(),
                serde_json::to_string(&row.edit)?,
                row.outcome.as_str(),
                row.why,
                now.0
            ])?;
        Ok(fresh > 0)
    }

    /// The edit is done, or there is nothing left to do it to.
    pub fn complete_edit(&mut self, id: &TaskId, edit: &ChangeEdit, now: Timestamp) -> Result<()> {
        self.connection
            .prepare_cached("UPDATE change_edit SET done_at = ? WHERE task = ? AND kind = ?")?
            .execute(params![now.0, id.as_str(), edit.as_str()])?;
        Ok(())
    }

    /// Lets whoever watches a change of ours look now.
    pub fn wake_watch(
        &mut self,
        repository: &Repository,
        branch: &Branch,
        now: Timestamp,
    ) -> Result<()> {
        let woken = self
            .connection
            .prepare_cached(
                "UPDATE work SET not_before = ?1, due = ?1
                 WHERE stage = 'watch' AND dead = 0 AND leased = 0 AND not_before > ?1
                     AND subject IN (
                         SELECT task FROM change WHERE repository = ?2 AND branch = ?3)",
            )?
            .execute(params![now.0, repository.to_string(), branch.as_str()])?;
        self.made_work |= woken > 0;
        Ok(())
    }

    /// The same for all that are proposed to a branch: it passed.
    pub(super) fn wake_watches_of(
        &mut self,
        repository: &Repository,
        target: &Branch,
        now: Timestamp,
    ) -> Result<()> {
        let woken = self
            .connection
            .prepare_cached(
                "UPDATE work SET not_before = ?1, due = ?1
                 WHERE stage = 'watch' AND dead = 0 AND leased = 0 AND not_before > ?1
                     AND subject IN (
                         SELECT change.task FROM change JOIN task ON task.id = change.task
                         WHERE change.repository = ?2 AND task.record ->> '$.target' = ?3)",
            )?
            .execute(params![now.0, repository.to_string(), target.as_str()])?;
        self.made_work |= woken > 0;
        Ok(())
    }
}

/// What became of a task's change, in the order it was seen.
pub fn of_task(connection: &Connection, id: &TaskId) -> Result<Vec<OutcomeRow>> {
    let mut query = connection
        .prepare_cached("SELECT kind, why, at FROM outcome WHERE task = ? ORDER BY at, rowid")?;
    let rows = query.query_map([id.as_str()], |row| {
        Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?))
    })?;
    rows.map(|row| {
        let (kind, why, at) = row?;
        Ok(OutcomeRow {
            outcome: parsed(&kind)?,
            why,
            at: Timestamp(at),
        })
    })
    .collect()
}

fn parsed(kind: &str) -> Result<Outcome> {
    Outcome::parse(kind).ok_or_else(|| StoreError::Damaged(format!("an outcome is {kind:?}")))
}

/// What is being done to a task's change and is not known to be done.
pub fn open_edit(connection: &Connection, id: &TaskId) -> Result<Option<EditRow>> {
    edit(
        connection,
        "SELECT edit, outcome, why FROM change_edit WHERE task = ? AND done_at IS NULL
         ORDER BY intended_at LIMIT 1",
        id,
    )
}

/// That we closed it, or are about to.
pub fn closing(connection: &Connection, id: &TaskId) -> Result<Option<EditRow>> {
    edit(
        connection,
        "SELECT edit, outcome, why FROM change_edit WHERE task = ? AND kind = 'close'",
        id,
    )
}

fn edit(connection: &Connection, query: &str, id: &TaskId) -> Result<Option<EditRow>> {
    let row: Option<(String, String, String)> = connection
        .prepare_cached(query)?
        .query_row([id.as_str()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    row.map(|(edit, outcome, why)| {
        Ok(EditRow {
            edit: serde_json::from_str(&edit)?,
            outcome: parsed(&outcome)?,
            why,
        })
    })
    .transpose()
}

/// How we ended the change on one of our branches, where it was us.
pub fn withdrawn(
    connection: &Connection,
    repository: &Repository,
    branch: &Branch,
) -> Result<Option<Outcome>> {
    let kind: Option<String> = connection
        .prepare_cached(
            "SELECT change_edit.outcome FROM change
             JOIN change_edit ON change_edit.task = change.task AND change_edit.kind = 'close'
             WHERE change.repository = ? AND change.branch = ?
             ORDER BY change_edit.intended_at DESC LIMIT 1",
        )?
        .query_row(params![repository.to_string(), branch.as_str()], |row| {
            row.get(0)
        })
        .optional()?;
    kind.map(|kind| parsed(&kind)).transpose()
}

/// When a task's change was intended.
pub fn since(connection: &Connection, id: &TaskId) -> Result<Option<Timestamp>> {
    let at: Option<i64> = connection
        .prepare_cached("SELECT max(intended_at) FROM change WHERE task = ?")?
        .query_row([id.as_str()], |row| row.get(0))?;
    Ok(at.map(Timestamp))
}
