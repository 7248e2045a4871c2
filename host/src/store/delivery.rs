//! Deliveries, the runs they tell of, and the runs' logs.

use globset::GlobSet;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Result, Stage, StoreError, Tx};
use crate::event::{Conclusion, PipelineFailed, PipelinePassed};
use crate::ids::{Branch, Digest, ForgeKind, ObjectId, Repository, RepositoryName, RunKey};
use crate::incident::{kind_of, of_run};
use crate::redact::Taken;
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
    /// The forge's own word for why the job failed, where it has one.
    pub failure_reason: Option<String>,
    /// The secrets that were taken out of it; none known of a log that an older
    /// version stored as it came.
    pub taken: Option<Taken>,
}

/// The conclusion of a run that passed; a red one's is the word of
/// [`Conclusion`](crate::event::Conclusion).
pub(super) const SUCCESS: &str = "success";

/// What stands for a conclusion where nothing ran: queries about red runs leave
/// it out.
const LOOKED: &str = Conclusion::Looked.as_str();

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

    /// Whether a delivery of that id was taken. It says something only of ids
    /// that a signature covers: others are the sender's to choose.
    pub fn knows_delivery(&self, provider: &str, id: &str) -> Result<bool> {
        is_known(self.connection, provider, id)
    }

    /// Stores a verified delivery: what is kept of its body, and the digest of
    /// all of it. An id that another body came with before is made distinct:
    /// senders choose ids, and none may hide a delivery.
    pub fn insert_delivery(
        &mut self,
        provider: &str,
        id: &str,
        (body, digest): (&[u8], &Digest),
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
        let distinct = format!("{id}#{digest}");
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
        // Whose release branch it is, nobody has looked at yet.
        let branch = kind_of(&event.branch, event.base.as_ref(), &GlobSet::empty());
        let urgency = of_run(branch);
        let row = Row {
            key: &key,
            repository: &event.run.repository,
            event: serde_json::to_string(event)?,
            conclusion: event.conclusion.as_str(),
            commit: &event.commit,
            branch: &event.branch,
            workflow: &event.workflow,
        };
        let accepted = self.insert_row(row, delivery, now)?;
        if accepted == Accepted::New {
            self.enqueue_as(Stage::Fetch, &key, urgency, now)?;
            self.wake_rerun(&event.run, now)?;
        }
        Ok(accepted)
    }

    /// Stores a run that passed. What waits for an outage on its branch, and
    /// what is proposed to it, looks again whether anything is left to repair.
    pub fn insert_passed(
        &mut self,
        event: &PipelinePassed,
        delivery: Option<i64>,
        now: Timestamp,
    ) -> Result<Accepted> {
        let row = Row {
            key: &event.run.to_string(),
            repository: &event.run.repository,
            event: serde_json::to_string(event)?,
            conclusion: SUCCESS,
            commit: &event.commit,
            branch: &event.branch,
            workflow: &event.workflow,
        };
        let accepted = self.insert_row(row, delivery, now)?;
        if accepted == Accepted::New {
            let repository = &event.run.repository;
            self.wake_held(repository, &event.branch, now)?;
            self.wake_watches_of(repository, &event.branch, now)?;
            self.wake_rerun(&event.run, now)?;
        }
        Ok(accepted)
    }

    /// Stores what ConfigOptimizer looked at, where a run would stand. Nobody
    /// reads a log for it.
    pub fn insert_look(&mut self, event: &PipelineFailed, now: Timestamp) -> Result<()> {
        let row = Row {
            key: &event.run.to_string(),
            repository: &event.run.repository,
            event: serde_json::to_string(event)?,
            conclusion: LOOKED,
            commit: &event.commit,
            branch: &event.branch,
            workflow: &event.workflow,
        };
        self.insert_row(row, None, now).map(drop)
    }

    fn insert_row(
        &mut self,
        row: Row<'_>,
        delivery: Option<i64>,
        now: Timestamp,
    ) -> Result<Accepted> {
        let inserted = self
            .connection
            .prepare_cached(
                "INSERT INTO run (key, repository, event, delivery, received_at, conclusion,
                                  commit_id, branch, workflow)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                row.key,
                row.repository.to_string(),
                row.event,
                delivery,
                now.0,
                row.conclusion,
                row.commit.as_str(),
                row.branch.as_str(),
                row.workflow
            ])?;
        Ok(match inserted {
            0 => Accepted::Duplicate,
            _ => Accepted::New,
        })
    }

    /// The event of a run.
    pub fn run(&self, key: &str) -> Result<PipelineFailed> {
        run(self.connection, key)
    }

    pub fn insert_log(&mut self, run: &str, log: &JobLog) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO job_log
                     (run, job, name, digest, bytes, truncated, failure_reason, taken)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                run,
                log.job,
                log.name,
                log.digest.hex(),
                log.bytes as i64,
                log.truncated,
                log.failure_reason,
                log.taken.as_ref().map(serde_json::to_string).transpose()?
            ])?;
        Ok(())
    }
}

/// The columns of a run.
struct Row<'a> {
    key: &'a str,
    repository: &'a Repository,
    event: String,
    conclusion: &'static str,
    commit: &'a ObjectId,
    branch: &'a Branch,
    workflow: &'a str,
}

/// Whether a delivery of that id was taken.
pub fn is_known(connection: &Connection, provider: &str, id: &str) -> Result<bool> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM delivery WHERE provider = ? AND delivery = ?")?
        .exists([provider, id])?)
}

/// The repositories of a forge that we were told of.
pub fn repositories(connection: &Connection, forge: ForgeKind) -> Result<Vec<RepositoryName>> {
    let mut query = connection.prepare_cached("SELECT DISTINCT repository FROM run")?;
    let rows = query.query_map([], |row| row.get::<_, String>(0))?;
    let names: Vec<String> = rows.collect::<rusqlite::Result<_>>()?;
    let parsed = names.iter().map(|name| name.parse::<Repository>());
    let all: Vec<Repository> = parsed
        .collect::<std::result::Result<_, _>>()
        .map_err(|error| StoreError::Damaged(error.to_string()))?;
    let of_forge = all
        .into_iter()
        .filter(|repository| repository.forge == forge);
    Ok(of_forge.map(|repository| repository.name).collect())
}

/// The event of a run that failed.
pub fn run(connection: &Connection, key: &str) -> Result<PipelineFailed> {
    let event: Option<String> = connection
        .prepare_cached("SELECT event FROM run WHERE key = ? AND conclusion <> 'success'")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    let event = event.ok_or_else(|| StoreError::Missing {
        what: "run",
        id: key.to_owned(),
    })?;
    Ok(serde_json::from_str(&event)?)
}

/// The provider and the body of the delivery that told of a run.
pub fn run_body(connection: &Connection, key: &str) -> Result<Option<(String, Vec<u8>)>> {
    Ok(connection
        .prepare_cached(
            "SELECT delivery.provider, delivery.body FROM run JOIN delivery ON delivery.id = run.delivery
             WHERE run.key = ?",
        )?
        .query_row([key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

/// Red runs of a repository received since a time.
pub fn runs_since(
    connection: &Connection,
    repository: &Repository,
    since: Timestamp,
) -> Result<u32> {
    let count = connection
        .prepare_cached(
            "SELECT count(*) FROM run
             WHERE repository = ? AND received_at > ?
                 AND conclusion NOT IN ('success', 'looked')",
        )?
        .query_row(params![repository.to_string(), since.0], |row| row.get(0))?;
    Ok(count)
}

/// The logs of a run, by job.
pub fn logs(connection: &Connection, run: &str) -> Result<Vec<JobLog>> {
    let mut query = connection.prepare_cached(
        "SELECT job, name, digest, bytes, truncated, failure_reason, taken FROM job_log
         WHERE run = ? ORDER BY job",
    )?;
    let rows = query.query_map([run], |row| {
        let digest: String = row.get(2)?;
        let bytes: i64 = row.get(3)?;
        Ok((
            row.get(0)?,
            row.get(1)?,
            digest,
            bytes,
            row.get(4)?,
            row.get(5)?,
            row.get(6)?,
        ))
    })?;
    type Columns = (
        String,
        String,
        String,
        i64,
        bool,
        Option<String>,
        Option<String>,
    );
    let log = |row: rusqlite::Result<Columns>| {
        let (job, name, digest, bytes, truncated, failure_reason, taken) = row?;
        let taken = taken.as_deref().map(serde_json::from_str).transpose()?;
        let digest = Digest::try_from(digest).map_err(|e| StoreError::Damaged(e.to_string()))?;
        Ok(JobLog {
            job,
            name,
            digest,
            bytes: bytes as u64,
            truncated,
            failure_reason,
            taken,
        })
    };
    rows.map(log).collect()
}
