//! Looks of ConfigOptimizer at repositories, and what waits because of them.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Claimed, Result, Stage, TaskRow, Tx, task};
use crate::ids::{Fingerprint, IncidentId, Repository};
use crate::time::Timestamp;

/// What an incident that nothing failed for has in the place of a class.
const ADVICE: &str = "advice";

/// Changes of one repository that are looked through, the newest.
const MAX_LISTED: u32 = 50;

/// The last look at a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookRow {
    pub looked_at: Timestamp,
    pub due_at: Timestamp,
    /// Why nothing could be looked at.
    pub trouble: Option<String>,
}

impl Tx<'_> {
    /// Keeps that a repository was looked at.
    pub fn looked(&mut self, repository: &Repository, row: &LookRow) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO look (repository, looked_at, due_at, trouble) VALUES (?, ?, ?, ?)
                 ON CONFLICT DO UPDATE SET looked_at = excluded.looked_at,
                     due_at = excluded.due_at, trouble = excluded.trouble",
            )?
            .execute(params![
                repository.to_string(),
                row.looked_at.0,
                row.due_at.0,
                row.trouble
            ])?;
        Ok(())
    }

    /// The last look at a repository; none where there was none.
    pub fn last_look(&self, repository: &Repository) -> Result<Option<LookRow>> {
        last(self.connection, repository)
    }

    /// Plans a look. One that somebody asked for and that is nearer stays as it
    /// is.
    pub fn plan_look(&mut self, repository: &Repository, at: Timestamp) -> Result<()> {
        let name = repository.to_string();
        let nearer = self
            .connection
            .prepare_cached(
                "SELECT 1 FROM work WHERE stage = 'look' AND subject = ? AND dead = 0
                     AND (leased = 1 OR not_before <= ?)",
            )?
            .exists(params![name, at.0])?;
        match nearer {
            true => Ok(()),
            false => self.enqueue_as(Stage::Look, &name, Default::default(), at),
        }
    }

    /// What changes of a kind in a file belong to.
    pub fn insert_advised(
        &mut self,
        incident: &IncidentId,
        (repository, fingerprint): (&Repository, &Fingerprint),
        now: Timestamp,
    ) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO incident (id, repository, fingerprint, class, first_seen, last_seen)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?5)
                 ON CONFLICT (id) DO UPDATE
                 SET last_seen = excluded.last_seen, ended = NULL, ended_at = NULL",
            )?
            .execute(params![
                incident.as_str(),
                repository.to_string(),
                fingerprint.as_str(),
                ADVICE,
                now.0
            ])?;
        Ok(())
    }
}

/// The last look at a repository; none where there was none.
pub fn last(connection: &Connection, repository: &Repository) -> Result<Option<LookRow>> {
    Ok(connection
        .prepare_cached("SELECT looked_at, due_at, trouble FROM look WHERE repository = ?")?
        .query_row([repository.to_string()], |row| {
            Ok(LookRow {
                looked_at: Timestamp(row.get(0)?),
                due_at: Timestamp(row.get(1)?),
                trouble: row.get(2)?,
            })
        })
        .optional()?)
}

/// Whether a look that was claimed before is under way.
pub fn is_under_way(connection: &Connection, but: &Claimed) -> Result<bool> {
    Ok(connection
        .prepare_cached(
            "SELECT 1 FROM work WHERE stage = 'look' AND leased = 1 AND dead = 0 AND id < ?",
        )?
        .exists([but.id])?)
}

/// Changes that came of looks at a repository and are not over: those that wait
/// for a person, are on their way, or are open on the forge. Newest first.
pub fn open(connection: &Connection, repository: &Repository) -> Result<Vec<TaskRow>> {
    let live = "state IN ('proposed', 'held', 'approved', 'publishing') OR (state = 'published'
                AND EXISTS (SELECT 1 FROM change
                            WHERE change.task = task.id AND change.outcome IS NULL))";
    listed(connection, repository, live)
}

/// Those that wait for a person.
pub fn waiting(connection: &Connection, repository: &Repository) -> Result<Vec<TaskRow>> {
    listed(connection, repository, "state = 'held'")
}

fn listed(connection: &Connection, repository: &Repository, that: &str) -> Result<Vec<TaskRow>> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT {} FROM task
         WHERE repository = ? AND kind = 'optimize' AND incident IS NOT NULL AND ({that})
         ORDER BY created_at DESC, id LIMIT ?",
        task::COLUMNS
    ))?;
    let repository = serde_json::to_string(repository)?;
    let rows = query.query_map(params![repository, MAX_LISTED], |row| Ok(task::parse(row)))?;
    rows.map(|row| row?).collect()
}
