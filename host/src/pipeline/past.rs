//! What happened before: earlier changes for an incident, and how many there
//! were lately.

use super::{HOUR_MS, Pipeline, StageError};
use crate::change::{ChangeState, branch_name};
use crate::decision::Past;
use crate::forge::Forge;
use crate::store::{TaskRow, change};

/// Merged changes for one incident and branch that are looked back on.
const MAX_GENERATIONS: u32 = 20;

/// What became of earlier changes, asked of the forge: people close and label
/// there, and it remembers when our database is lost.
pub(super) async fn past(forge: &dyn Forge, task: &TaskRow) -> Result<(Past, u32), StageError> {
    let incident = task
        .incident
        .as_ref()
        .ok_or_else(|| StageError::GiveUp("a repair without an incident".into()))?;
    let mut past = Past::default();
    for generation in 0..MAX_GENERATIONS {
        let branch = branch_name(incident, &task.record.target, generation);
        let Some(seen) = forge.find_change(&task.repository, &branch).await? else {
            return Ok((past, generation));
        };
        past.ignored |= seen.ignored;
        match seen.state {
            ChangeState::Merged => continue,
            ChangeState::Open => past.open = true,
            ChangeState::Closed => past.closed_unmerged = true,
        }
        return Ok((past, generation));
    }
    // It was "repaired" twenty times: that is no repair.
    past.closed_unmerged = true;
    Ok((past, MAX_GENERATIONS))
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
