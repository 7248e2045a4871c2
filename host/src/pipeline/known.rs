//! What the store knows of a task's failure, read at once.

use super::{Pipeline, StageError};
use crate::event::PipelineFailed;
use crate::failure::Failure;
use crate::ids::{IncidentId, ObjectId};
use crate::incident::{Ended, drifts};
use crate::store::incident::Counted;
use crate::store::{TaskRow, delivery, ended, failure, incident as store_incident};

/// Runs with the incident that are looked at, the newest.
const MAX_RUNS: u32 = 100;

/// Green runs of the branch that are looked at.
const MAX_GREEN: u32 = 20;

/// What the store knows of a task's failure.
pub(super) struct Known {
    pub this: Ended,
    pub failure: Option<Failure>,
    /// The name of the job whose log the task is about.
    pub job: Option<String>,
    /// Runs at the same commit.
    pub at_commit: Vec<Ended>,
    /// Runs that the incident showed in, newest first.
    pub with_incident: Vec<Ended>,
    /// Other commits at which it came and went.
    pub flaked: Vec<ObjectId>,
    /// Green runs of the branch.
    pub green: Vec<Ended>,
    pub counted: Counted,
}

pub(super) async fn known(
    pipeline: &Pipeline,
    task: &TaskRow,
    event: &PipelineFailed,
    incident: IncidentId,
) -> Result<Known, StageError> {
    let (task, event) = (task.clone(), event.clone());
    let since = pipeline.now().plus_ms(-pipeline.policy.outage_window_ms());
    let known = pipeline
        .store
        .read(move |connection| {
            let repository = &event.run.repository;
            let this = Ended::from(&event);
            let failures = failure::of_incident(connection, &task.run, &incident)?;
            let failure = failures.into_iter().next().map(|stored| stored.failure);
            let logs = delivery::logs(connection, &task.run)?;
            let job = logs.into_iter().find(|log| log.job == task.job);
            let with_incident = ended::with_incident(connection, &incident, MAX_RUNS)?;
            let counted = match &failure {
                Some(failure) => store_incident::counted(connection, &failure.fingerprint, since)?,
                None => Counted::default(),
            };
            let by_chance = failure
                .as_ref()
                .is_some_and(|failure| !drifts(failure.class));
            Ok(Known {
                at_commit: ended::at(connection, repository, &event.commit)?,
                flaked: ended::came_and_went(connection, &this, &with_incident, by_chance)?,
                green: ended::passed_on(
                    connection,
                    repository,
                    &event.branch,
                    &event.workflow,
                    MAX_GREEN,
                )?,
                job: job.map(|log| log.name),
                this,
                failure,
                with_incident,
                counted,
            })
        })
        .await?;
    Ok(known)
}
