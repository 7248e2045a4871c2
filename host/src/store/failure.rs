//! Failures and the incidents they belong to.

use rusqlite::{Connection, params};

use super::{Result, StoreError, Tx};
use crate::failure::Failure;
use crate::ids::{Fingerprint, IncidentId, Repository};
use crate::time::Timestamp;

/// A failure as read from one job's log.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredFailure {
    pub job: String,
    pub incident: IncidentId,
    pub failure: Failure,
}

impl Tx<'_> {
    /// Stores a failure under its incident, which is made when it is the first.
    pub fn insert_failure(
        &mut self,
        repository: &Repository,
        run: &str,
        ordinal: usize,
        failure: &StoredFailure,
        now: Timestamp,
    ) -> Result<()> {
        let body = &failure.failure;
        self.connection
            .prepare_cached(
                "INSERT INTO incident (id, repository, fingerprint, class, first_seen, last_seen)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?5)
                 ON CONFLICT (id) DO UPDATE
                 SET last_seen = excluded.last_seen, ended = NULL, ended_at = NULL",
            )?
            .execute(params![
                failure.incident.as_str(),
                repository.to_string(),
                body.fingerprint.as_str(),
                body.class.as_str(),
                now.0
            ])?;
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO failure (run, job, ordinal, incident, body)
                 VALUES (?, ?, ?, ?, ?)",
            )?
            .execute(params![
                run,
                failure.job,
                ordinal as i64,
                failure.incident.as_str(),
                serde_json::to_string(body)?
            ])?;
        Ok(())
    }
}

/// The failures of an incident in one run, most likely cause first.
pub fn of_incident(
    connection: &Connection,
    run: &str,
    incident: &IncidentId,
) -> Result<Vec<StoredFailure>> {
    let mut query = connection.prepare_cached(
        "SELECT job, body FROM failure WHERE run = ? AND incident = ? ORDER BY job, ordinal",
    )?;
    let rows = query.query_map(params![run, incident.as_str()], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    rows.map(|row| {
        let (job, body) = row.map_err(StoreError::from)?;
        let failure = serde_json::from_str(&body)?;
        Ok(StoredFailure {
            job,
            incident: incident.clone(),
            failure,
        })
    })
    .collect()
}

/// What failed in a run, whatever the incident.
pub fn fingerprints(connection: &Connection, run: &str) -> Result<Vec<Fingerprint>> {
    let mut query = connection.prepare_cached("SELECT body FROM failure WHERE run = ?")?;
    let rows = query.query_map([run], |row| row.get::<_, String>(0))?;
    rows.map(|row| {
        let failure: Failure = serde_json::from_str(&row?)?;
        Ok(failure.fingerprint)
    })
    .collect()
}

/// Incidents of a run beside one of them.
pub fn others(connection: &Connection, run: &str, incident: &IncidentId) -> Result<u32> {
    Ok(connection
        .prepare_cached(
            "SELECT count(DISTINCT incident) FROM failure WHERE run = ? AND incident <> ?",
        )?
        .query_row(params![run, incident.as_str()], |row| row.get(0))?)
}
