//! A stated confidence → what it is worth, and what people are told beside it.

use super::{Pipeline, StageError};
use crate::confidence::{Record, calibrated};
use crate::proposal::Proposal;
use crate::store::{TaskRow, failure, lesson};

/// What a proposal's confidence is worth.
pub(super) struct Weighed {
    pub confidence: f64,
    record: Record,
}

/// Weighs a proposal by what became of others of its strategy.
pub(super) async fn weighed(
    pipeline: &Pipeline,
    task: &TaskRow,
    proposal: &Proposal,
) -> Result<Weighed, StageError> {
    let (agent, strategy) = (task.record.agent.name.clone(), proposal.strategy.clone());
    let repository = task.repository.clone();
    let record = pipeline
        .store
        .read(move |connection| lesson::record(connection, &agent, &strategy, &repository))
        .await?;
    Ok(Weighed {
        confidence: calibrated(proposal.confidence, &record),
        record,
    })
}

/// What a reviewer is told: how the strategy fared, and what else is red.
pub(super) async fn known(
    pipeline: &Pipeline,
    task: &TaskRow,
    proposal: &Proposal,
) -> Result<Vec<String>, StageError> {
    let weighed = weighed(pipeline, task, proposal).await?;
    let mut known = Vec::new();
    if !weighed.record.is_empty() {
        let Record { here, elsewhere } = weighed.record;
        known.push(format!(
            "By what became of the strategy's proposals it is worth {:.0} % ({} of {} went well \
             here, {} of {} elsewhere).",
            weighed.confidence * 100.0,
            here.well,
            here.count(),
            elsewhere.well,
            elsewhere.count()
        ));
    }
    let others = others(pipeline, task).await?;
    if others > 0 {
        let causes = if others == 1 { "cause" } else { "causes" };
        known.push(format!(
            "The same run failed for {others} other {causes}, which this does not touch: CI stays \
             red for that."
        ));
    }
    Ok(known)
}

/// Incidents of the same run beside the task's.
async fn others(pipeline: &Pipeline, task: &TaskRow) -> Result<u32, StageError> {
    let Some(incident) = task.incident.clone() else {
        return Ok(0);
    };
    let run = task.run.clone();
    let others = pipeline
        .store
        .read(move |connection| failure::others(connection, &run, &incident))
        .await?;
    Ok(others)
}
