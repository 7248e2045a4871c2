//! Which recording belongs to which task.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Serialize;

use super::{Result, StoreError, Tx};
use crate::ids::{Digest, TaskId};
use crate::task::TaskKind;
use crate::time::Timestamp;

/// A task's recording; its bytes are the blob of its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordingRow {
    pub task: TaskId,
    pub digest: Digest,
    /// `name@version` of the agent that ran.
    pub agent: String,
}

impl Tx<'_> {
    /// Records where a task's run can be replayed from. A task that is run
    /// again replaces its recording: only the last run had consequences.
    pub fn set_recording(
        &mut self,
        task: &TaskId,
        digest: &Digest,
        agent: &str,
        kind: TaskKind,
        at: Timestamp,
    ) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO recording (task, digest, agent, kind, recorded_at)
                 VALUES (?, ?, ?, ?, ?)
                 ON CONFLICT (task) DO UPDATE SET digest = excluded.digest,
                     agent = excluded.agent, recorded_at = excluded.recorded_at",
            )?
            .execute(params![
                task.as_str(),
                digest.hex(),
                agent,
                kind.as_str(),
                at.0
            ])?;
        Ok(())
    }
}

/// The recording of a task.
pub fn find(connection: &Connection, task: &TaskId) -> Result<Option<RecordingRow>> {
    connection
        .prepare_cached("SELECT task, digest, agent FROM recording WHERE task = ?")?
        .query_row([task.as_str()], |row| Ok(from_row(row)))
        .optional()?
        .transpose()
}

/// The newest recordings of tasks of a kind.
pub fn newest(connection: &Connection, kind: TaskKind, limit: usize) -> Result<Vec<RecordingRow>> {
    let mut statement = connection.prepare_cached(
        // Several tasks may come of one run: it is one recording.
        "SELECT min(task), digest, agent FROM recording WHERE kind = ?
         GROUP BY digest, agent ORDER BY max(recorded_at) DESC, min(task) LIMIT ?",
    )?;
    let mut rows = statement.query(params![
        kind.as_str(),
        i64::try_from(limit).unwrap_or(i64::MAX)
    ])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(from_row(row)?);
    }
    Ok(found)
}

fn from_row(row: &Row<'_>) -> Result<RecordingRow> {
    let damaged = |error: crate::ids::InvalidName| StoreError::Damaged(error.to_string());
    let task: String = row.get(0)?;
    let digest: String = row.get(1)?;
    Ok(RecordingRow {
        task: task.parse().map_err(damaged)?,
        digest: Digest::try_from(digest).map_err(damaged)?,
        agent: row.get(2)?,
    })
}
