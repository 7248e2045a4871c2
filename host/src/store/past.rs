//! Earlier repairs of a repository, as an agent's `history` shows them.

use rusqlite::{Connection, params};

use super::{Result, StoreError, TaskRow, change, task};
use crate::change::Outcome;
use crate::effect::Fate;
use crate::failure::FailureClass;
use crate::ids::{Branch, IncidentId, Repository, TaskId};
use crate::task::TaskState;

/// A repair that is over, with the incident it was about.
#[derive(Debug, Clone, PartialEq)]
pub struct PastRepair {
    pub task: TaskRow,
    pub fingerprint: String,
    pub class: FailureClass,
    pub fate: Fate,
}

/// The states in which a repair has a fate to tell of. Those that failed or
/// were cancelled say nothing about the failure, the others are not over.
const TOLD: [TaskState; 5] = [
    TaskState::Published,
    TaskState::Refused,
    TaskState::Rejected,
    TaskState::Abstained,
    TaskState::Reported,
];

/// At most `limit` repairs of a repository before a task: those of the task's
/// own incident first, then the newest.
pub fn repairs(
    connection: &Connection,
    repository: &Repository,
    before: &TaskId,
    limit: u32,
) -> Result<Vec<PastRepair>> {
    let states = TOLD.map(|state| format!("'{}'", state.as_str())).join(", ");
    let mut query = connection.prepare_cached(&format!(
        "SELECT {} FROM task
         WHERE repository = ?1 AND kind = 'repair' AND incident IS NOT NULL AND id <> ?2
             AND state IN ({states})
         ORDER BY incident = (SELECT incident FROM task WHERE id = ?2) DESC,
             updated_at DESC, id
         LIMIT ?3",
        task::COLUMNS
    ))?;
    let repository = serde_json::to_string(repository)?;
    let rows = query.query_map(params![repository, before.as_str(), limit], |row| {
        Ok(task::parse(row))
    })?;
    let told = |row: rusqlite::Result<Result<TaskRow>>| tell(connection, row??);
    rows.map(told).filter_map(Result::transpose).collect()
}

fn tell(connection: &Connection, task: TaskRow) -> Result<Option<PastRepair>> {
    use TaskState::*;
    let Some(incident) = &task.incident else {
        return Ok(None);
    };
    let (fingerprint, class): (String, String) = connection
        .prepare_cached("SELECT fingerprint, class FROM incident WHERE id = ?")?
        .query_row([incident.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let class = serde_json::from_value(class.into())?;
    let fate = match task.state {
        Published => published(connection, incident, &task)?,
        Refused | Rejected => Fate::Refused,
        Abstained | Reported => Fate::Abstained,
        Queued | Proposed | Held | Offered | Approved | Publishing | Analyzed | Cancelled
        | Failed => {
            return Ok(None);
        }
    };
    Ok(Some(PastRepair {
        task,
        fingerprint,
        class,
        fate,
    }))
}

/// What the forge told of the change's end; where it told nothing, a change was
/// merged if a later task counted it among the merged ones, which had asked.
fn published(connection: &Connection, incident: &IncidentId, task: &TaskRow) -> Result<Fate> {
    if let Some(outcome) = change::outcome(connection, &task.id)? {
        return Ok(match outcome {
            Outcome::Merged => Fate::Merged,
            // A person did not want it, by a word or by none.
            Outcome::Closed | Outcome::Expired => Fate::Closed,
            Outcome::Reverted => Fate::Reverted,
            Outcome::Disproved => Fate::Disproved,
            Outcome::Superseded => Fate::Superseded,
            Outcome::CiPassed
            | Outcome::CiFailed
            | Outcome::CiRedBefore
            | Outcome::Ready
            | Outcome::TakenOver => Fate::Open,
        });
    }
    let generations = merged_before(connection, incident, &task.record.target)?;
    Ok(match generations > task.record.generation {
        true => Fate::Merged,
        false => Fate::Open,
    })
}

fn merged_before(connection: &Connection, incident: &IncidentId, target: &Branch) -> Result<u32> {
    connection
        .prepare_cached(
            "SELECT coalesce(max(record ->> '$.generation'), 0) FROM task
             WHERE incident = ? AND record ->> '$.target' = ?",
        )?
        .query_row(params![incident.as_str(), target.as_str()], |row| {
            row.get(0)
        })
        .map_err(StoreError::from)
}
