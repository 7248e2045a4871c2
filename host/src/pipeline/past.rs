//! What happened before: earlier changes for an incident, and how many there
//! were lately.

use super::{HOUR_MS, Pipeline, StageError};
use crate::change::{ChangeState, Outcome, branch_name};
use crate::decision::Past;
use crate::event::PipelineFailed;
use crate::forge::Forge;
use crate::ids::{Branch, IncidentId};
use crate::store::{TaskRow, change, command, outcome};

/// Merged changes for one incident and branch that are looked back on.
const MAX_GENERATIONS: u32 = 20;

/// Where a repair can go.
pub(super) enum Landing {
    /// A change may be proposed; what became of earlier ones, and how many of
    /// them were merged.
    Change { past: Past, generation: u32 },
    /// The forge's adapter proposes nothing: the patch goes into a report.
    Report { why: String },
}

/// What a repair can come to, asked before it is tried.
pub(super) async fn landing(
    pipeline: &Pipeline,
    forge: &dyn Forge,
    task: &TaskRow,
    event: &PipelineFailed,
) -> Result<Landing, StageError> {
    match past(pipeline, forge, task, event).await {
        Ok((past, generation)) => Ok(Landing::Change { past, generation }),
        Err(StageError::Report(why)) => Ok(Landing::Report { why }),
        Err(error @ (StageError::Retry { .. } | StageError::GiveUp(_))) => Err(error),
    }
}

/// What became of earlier changes, asked of the forge: people close and label
/// there, and it remembers when our database is lost.
pub(super) async fn past(
    pipeline: &Pipeline,
    forge: &dyn Forge,
    task: &TaskRow,
    event: &PipelineFailed,
) -> Result<(Past, u32), StageError> {
    // What forks call their branches is no branch of ours.
    if event.fork {
        return Ok((Past::default(), 0));
    }
    let incident = task
        .incident
        .as_ref()
        .ok_or_else(|| StageError::GiveUp("a repair without an incident".into()))?;
    let mut past = said_no(pipeline, task, incident).await?;
    for generation in 0..MAX_GENERATIONS {
        let branch = branch_name(incident, &task.record.target, generation);
        let Some(seen) = forge.find_change(&task.repository, &branch).await? else {
            return Ok((past, generation));
        };
        past.ignored |= seen.ignored;
        match seen.state {
            ChangeState::Merged => continue,
            ChangeState::Open => past.open = true,
            ChangeState::Closed => match withdrawn(pipeline, task, branch).await? {
                // There was nothing left to do then. Now there is again.
                Some(Outcome::Superseded) => continue,
                Some(_) => past.withdrawn = true,
                None => past.closed_unmerged = true,
            },
        }
        return Ok((past, generation));
    }
    // It was "repaired" twenty times: that is no repair.
    past.closed_unmerged = true;
    Ok((past, MAX_GENERATIONS))
}

/// What people said against it in comments, or on the command line.
async fn said_no(
    pipeline: &Pipeline,
    task: &TaskRow,
    incident: &IncidentId,
) -> Result<Past, StageError> {
    let (task, incident) = (task.clone(), incident.clone());
    let (rejected, stopped) = pipeline
        .store
        .read(move |connection| {
            let target = &task.record.target;
            command::halted(connection, &task.repository, target, &incident)
        })
        .await?;
    Ok(Past {
        rejected,
        stopped,
        ..Past::default()
    })
}

/// Why we closed the change on a branch ourselves, if we did.
async fn withdrawn(
    pipeline: &Pipeline,
    task: &TaskRow,
    branch: Branch,
) -> Result<Option<Outcome>, StageError> {
    let repository = task.repository.clone();
    let withdrawn = pipeline
        .store
        .read(move |connection| outcome::withdrawn(connection, &repository, &branch))
        .await?;
    Ok(withdrawn)
}

pub(super) async fn changes_last_hour(
    pipeline: &Pipeline,
    task: &TaskRow,
) -> Result<u32, StageError> {
    let repository = task.repository.clone();
    let since = pipeline.now().plus_ms(-HOUR_MS);
    let count = pipeline
        .store
        .read(move |connection| change::intended_since(connection, &repository, since))
        .await?;
    Ok(count)
}
