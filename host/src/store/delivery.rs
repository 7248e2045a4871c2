//! Deliveries, the runs they tell of, and the runs' logs.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Result, Stage, StoreError, Tx};
use crate::event::PipelineFailed;
use crate::ids::{Digest, Repository, RunKey};
use crate::time::Timestamp;

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// A run not heard of before; work is queued.
    New,
    /// This delivery, or another about the same run, was there already.
    Duplicate,
}

/// A stored log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobLog {
    pub job: String,
    pub name: String,
    pub digest: Digest,
    pub bytes: u64,
    pub truncated: bool,
}

impl Tx<'_> {
    /// Whether a run is known; if it was given up, it is taken up again.
    pub fn knows_run(&mut self, run: &RunKey, now: Timestamp) -> Result<bool> {
        let key = run.to_string();
        let known = self
            .connection
            .prepare_cached("SELECT 1 FROM run WHERE key = ?")?
            .exists([&key])?;
        if known {
            self.revive(&key, now)?;
        }
        Ok(known)
    }

    /// Stores a verified delivery. An id that another body came with before is
    /// made distinct: senders choose ids, and none may hide a delivery.
    pub fn insert_delivery(
        &mut self,
        provider: &str,
        id: &str,
        body: &[u8],
        now: Timestamp,
    ) -> Result<i64> {
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO delivery (provider, delivery, received_at, body) VALUES (?, ?, ?, ?)
             ON CONFLICT DO NOTHING RETURNING id",
        )?;
        let row = insert
            .query_row(params![provider, id, now.0, body], |row| row.get(0))
            .optional()?;
        if let Some(row) = row {
            return Ok(row);
        }
        let distinct = format!("{id}#{}", Digest::of(body));
        Ok(insert.query_row(params![provider, distinct, now.0, body], |row| row.get(0))?)
    }

    /// Stores a run and queues its first stage, unless it is known.
    pub fn insert_run(
        &mut self,
        event: &PipelineFailed,
        delivery: Option<i64>,
        now: Timestamp,
    ) -> Result<Accepted> {
        let key = event.run.to_string();
        let inserted = self
            .connection
            .prepare_cached(
                "INSERT INTO run (key, repository, event, delivery, received_at)
                 VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                key,
                event.run.repository.to_string(),
                serde_json::to_string(event)?,
                delivery,
                now.0
            ])?;
        if inserted == 0 {
            return Ok(Accepted::Duplicate);
        }
        self.enqueue(Stage::Fetch, &key, now)?;
        Ok(Accepted::New)
    }

    /// The event of a run.
    pub fn run(&self, key: &str) -> Result<PipelineFailed> {
        run(self.connection, key)
    }

    pub fn insert_log(&mut self, run: &str, log: &JobLog) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO job_log (run, job, name, digest, bytes, truncated)
                 VALUES (?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                run,
                log.job,
                log.name,
                log.digest.hex(),
                log.bytes as i64,
                log.truncated
            ])?;
        Ok(())
    }
}

/// The event of a run.
pub fn run(connection: &Connection, key: &str) -> Result<PipelineFailed> {
    let event: Option<String> = connection
        .prepare_cached("SELECT event FROM run WHERE key = ?")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    let event = event.ok_or_else(|| StoreError::Missing {
        what: "run",
        id: key.to_owned(),
    })?;
    Ok(serde_json::from_str(&event)?)
}

/// The body of the delivery that told of a run.
pub fn run_body(connection: &Connection, key: &str) -> Result<Option<Vec<u8>>> {
    Ok(connection
        .prepare_cached(
            "SELECT delivery.body FROM run JOIN delivery ON delivery.id = run.delivery
             WHERE run.key = ?",
        )?
        .query_row([key], |row| row.get(0))
        .optional()?)
}

/// Runs of a repository received since a time.
pub fn runs_since(
    connection: &Connection,
    repository: &Repository,
    since: Timestamp,
) -> Result<u32> {
    let count = connection
        .prepare_cached("SELECT count(*) FROM run WHERE repository = ? AND received_at > ?")?
        .query_row(params![repository.to_string(), since.0], |row| row.get(0))?;
    Ok(count)
}

/// The logs of a run, by job.
pub fn logs(connection: &Connection, run: &str) -> Result<Vec<JobLog>> {
    let mut query = connection.prepare_cached(
        "SELECT job, name, digest, bytes, truncated FROM job_log WHERE run = ? ORDER BY job",
    )?;
    let rows = query.query_map([run], |row| {
        let digest: String = row.get(2)?;
        let bytes: i64 = row.get(3)?;
        Ok((row.get(0)?, row.get(1)?, digest, bytes, row.get(4)?))
    })?;
    type Columns = (String, String, String, i64, bool);
    let log = |row: rusqlite::Result<Columns>| {
        let (job, name, digest, bytes, truncated) = row?;
        let digest = Digest::try_from(digest).map_err(|e| StoreError::Damaged(e.to_string()))?;
        Ok(JobLog {
            job,
            name,
            digest,
            bytes: bytes as u64,
            truncated,
        })
    };
    rows.map(log).collect()
}
