//! Incidents: how far each reaches, and what people see of them.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Serialize;

use super::outcome::IncidentEnd;
use super::{Result, StoreError, Tx};
use crate::ids::{Branch, Fingerprint, IncidentId, Repository};
use crate::incident::{Reach, Urgency};
use crate::time::Timestamp;

/// Failures of one incident that its reach is counted over, the newest.
const MAX_COUNTED: u32 = 500;

/// An incident as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IncidentRow {
    pub id: IncidentId,
    pub repository: String,
    pub fingerprint: String,
    pub class: String,
    pub urgency: Urgency,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    /// None while it goes on.
    pub ended: Option<IncidentEnd>,
}

/// In how many repositories a fingerprint showed since a time, and how many
/// were red at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counted {
    pub repositories: u32,
    pub red: u32,
}

impl Tx<'_> {
    /// How far an incident reaches by now.
    pub fn reach(&self, incident: &IncidentId, now: Timestamp, since: Timestamp) -> Result<Reach> {
        reach(self.connection, incident, now, since)
    }

    /// In how many repositories a fingerprint showed since a time.
    pub fn counted(&self, fingerprint: &Fingerprint, since: Timestamp) -> Result<Counted> {
        counted(self.connection, fingerprint, since)
    }

    pub fn set_urgency(&mut self, incident: &IncidentId, urgency: Urgency) -> Result<()> {
        self.connection
            .prepare_cached("UPDATE incident SET urgency = ? WHERE id = ?")?
            .execute(params![urgency.points(), incident.as_str()])?;
        Ok(())
    }

    /// Lets tasks of a branch that wait for an outage look again now: a run of
    /// it passed.
    pub(super) fn wake_held(
        &mut self,
        repository: &Repository,
        branch: &Branch,
        now: Timestamp,
    ) -> Result<()> {
        let woken = self
            .connection
            .prepare_cached(
                "UPDATE work SET not_before = ?1, due = ?1
                 WHERE dead = 0 AND leased = 0 AND not_before > ?1 AND subject IN (
                     SELECT id FROM task
                     WHERE state = 'held' AND repository = ?2 AND record ->> '$.target' = ?3)",
            )?
            .execute(params![
                now.0,
                serde_json::to_string(repository)?,
                branch.as_str()
            ])?;
        self.made_work |= woken > 0;
        Ok(())
    }
}

/// How far an incident reaches by now; other repositories count since a time.
pub fn reach(
    connection: &Connection,
    incident: &IncidentId,
    now: Timestamp,
    since: Timestamp,
) -> Result<Reach> {
    let (jobs, branches) = connection
        .prepare_cached(
            "SELECT count(DISTINCT failure.job || ' ' || failure.run), count(DISTINCT run.branch)
             FROM (SELECT job, run FROM failure WHERE incident = ? ORDER BY rowid DESC LIMIT ?)
                 AS failure
             JOIN run ON run.key = failure.run",
        )?
        .query_row(params![incident.as_str(), MAX_COUNTED], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let row = find(connection, incident)?;
    let counted = counted(connection, &fingerprint(&row)?, since)?;
    Ok(Reach {
        jobs,
        branches,
        repositories: counted.repositories,
        lasts_ms: now.0.saturating_sub(row.first_seen.0),
    })
}

/// What it is known by everywhere.
pub fn fingerprint(row: &IncidentRow) -> Result<Fingerprint> {
    let parsed = row.fingerprint.parse();
    parsed.map_err(|error: crate::ids::InvalidName| StoreError::Damaged(error.to_string()))
}

/// In how many repositories a fingerprint showed since a time, and how many
/// were red at all.
pub fn counted(
    connection: &Connection,
    fingerprint: &Fingerprint,
    since: Timestamp,
) -> Result<Counted> {
    let repositories = connection
        .prepare_cached(
            "SELECT count(DISTINCT repository) FROM incident
             WHERE fingerprint = ? AND last_seen >= ?",
        )?
        .query_row(params![fingerprint.as_str(), since.0], |row| row.get(0))?;
    let red: u32 = connection
        .prepare_cached(
            "SELECT count(DISTINCT repository) FROM run
             WHERE received_at >= ? AND conclusion NOT IN ('success', 'looked')",
        )?
        .query_row([since.0], |row| row.get(0))?;
    Ok(Counted { repositories, red })
}

const COLUMNS: &str = "id, repository, fingerprint, class, urgency, first_seen, last_seen, ended";

/// One incident.
pub fn find(connection: &Connection, id: &IncidentId) -> Result<IncidentRow> {
    let row = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM incident WHERE id = ?"))?
        .query_row([id.as_str()], |row| Ok(parse(row)))
        .optional()?;
    row.ok_or_else(|| StoreError::Missing {
        what: "incident",
        id: id.to_string(),
    })?
}

/// The incidents seen last, newest first.
pub fn list(connection: &Connection, limit: usize) -> Result<Vec<IncidentRow>> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM incident WHERE class <> 'advice'
         ORDER BY last_seen DESC, id LIMIT ?"
    ))?;
    let rows = query.query_map([limit as i64], |row| Ok(parse(row)))?;
    rows.map(|row| row.map_err(StoreError::from)?).collect()
}

fn parse(row: &Row<'_>) -> Result<IncidentRow> {
    let id: String = row.get(0)?;
    let ended: Option<String> = row.get(7)?;
    let damaged = |error: crate::ids::InvalidName| StoreError::Damaged(error.to_string());
    Ok(IncidentRow {
        id: id.parse().map_err(damaged)?,
        repository: row.get(1)?,
        fingerprint: row.get(2)?,
        class: row.get(3)?,
        urgency: Urgency::from_stored(row.get(4)?),
        first_seen: Timestamp(row.get(5)?),
        last_seen: Timestamp(row.get(6)?),
        ended: ended.map(|ended| IncidentEnd::parse(&ended)).transpose()?,
    })
}
