//! How runs ended: at a commit, on a branch, with an incident.

use std::collections::{BTreeSet, HashSet};

use rusqlite::{Connection, Params, params};

use super::delivery::SUCCESS;
use super::{Result, StoreError};
use crate::event::{PipelineFailed, PipelinePassed};
use crate::ids::{Branch, IncidentId, ObjectId, Repository, RunKey};
use crate::incident::Ended;

/// Runs of one commit that are looked at, the newest: a timetable starts the
/// same commit again for years.
const MAX_OF_COMMIT: u32 = 100;

/// Failures of one incident that are looked back on, the newest.
const MAX_FAILURES: u32 = 500;

/// Other commits of the incident that are asked whether they also passed.
const MAX_COMMITS: usize = 20;

/// How the runs of one commit ended, oldest first.
pub fn at(
    connection: &Connection,
    repository: &Repository,
    commit: &ObjectId,
) -> Result<Vec<Ended>> {
    let mut runs = list(
        connection,
        "repository = ? AND commit_id = ? AND conclusion <> 'looked'
         ORDER BY received_at DESC, rowid DESC LIMIT ?",
        params![repository.to_string(), commit.as_str(), MAX_OF_COMMIT],
    )?;
    runs.reverse();
    Ok(runs)
}

/// Green runs of a workflow on a branch, newest first. Those of forks are left
/// out: a stranger may call a branch as they like.
pub fn passed_on(
    connection: &Connection,
    repository: &Repository,
    branch: &Branch,
    workflow: &str,
    limit: u32,
) -> Result<Vec<Ended>> {
    list(
        connection,
        "repository = ? AND branch = ? AND conclusion = 'success' AND workflow = ?
             AND NOT event ->> '$.fork'
         ORDER BY received_at DESC, rowid DESC LIMIT ?",
        params![repository.to_string(), branch.as_str(), workflow, limit],
    )
}

/// The runs that an incident showed in, newest first.
pub fn with_incident(
    connection: &Connection,
    incident: &IncidentId,
    limit: u32,
) -> Result<Vec<Ended>> {
    list(
        connection,
        "key IN (SELECT run FROM failure WHERE incident = ? ORDER BY rowid DESC LIMIT ?)
         ORDER BY received_at DESC, rowid DESC LIMIT ?",
        params![incident.as_str(), MAX_FAILURES, limit],
    )
}

/// Other commits at which a run that showed the incident passed, unchanged.
pub fn came_and_went(
    connection: &Connection,
    this: &Ended,
    red: &[Ended],
    by_chance: bool,
) -> Result<Vec<ObjectId>> {
    let mut asked = BTreeSet::from([this.commit.clone()]);
    let mut flaked = Vec::new();
    for run in red {
        if asked.len() > MAX_COMMITS {
            break;
        }
        if !asked.insert(run.commit.clone()) {
            continue;
        }
        let at = at(connection, &run.run.repository, &run.commit)?;
        let of_commit = red.iter().filter(|red| red.commit == run.commit);
        let went = of_commit.flat_map(|red| at.iter().map(move |other| (red, other)));
        let mut went = went.filter(|(red, other)| {
            other.passed() && other.tested_the_same(red) && (by_chance || other.is_after(red))
        });
        if went.next().is_some() {
            flaked.push(run.commit.clone());
        }
    }
    Ok(flaked)
}

/// Which of these runs are not stored.
pub fn unknown(connection: &Connection, keys: Vec<RunKey>) -> Result<HashSet<RunKey>> {
    let mut query = connection.prepare_cached("SELECT 1 FROM run WHERE key = ?")?;
    let mut unknown = HashSet::new();
    for key in keys {
        if !query.exists([key.to_string()])? {
            unknown.insert(key);
        }
    }
    Ok(unknown)
}

fn list(connection: &Connection, clause: &str, params: impl Params) -> Result<Vec<Ended>> {
    let mut query =
        connection.prepare_cached(&format!("SELECT conclusion, event FROM run WHERE {clause}"))?;
    let rows = query.query_map(params, |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    rows.map(|row| {
        let (conclusion, event) = row.map_err(StoreError::from)?;
        Ok(match conclusion.as_str() {
            SUCCESS => Ended::from(&serde_json::from_str::<PipelinePassed>(&event)?),
            _ => Ended::from(&serde_json::from_str::<PipelineFailed>(&event)?),
        })
    })
    .collect()
}
