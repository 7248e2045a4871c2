//! What the push that failed changed, for the agent that repairs it: a file of
//! its own beside the log. Nothing needs it; where the forge does not say,
//! what depends on it is not proposed.

use super::{BesideInput, Pipeline, StageError, base};
use crate::event::{PipelineFailed, Trigger};
use crate::forge::Forge;
use crate::ids::{Digest, ObjectId};
use crate::push::{Push, Since};
use crate::store::{StoreError, ended};

/// The name of the file, and the kind agents know it by.
const NAME: &str = "push.json";
const KIND: &str = "push";

impl BesideInput {
    /// What a push changed, written into a new file; the file may be removed
    /// once this is made.
    pub fn push(push: &Push, file: &std::path::Path) -> std::io::Result<BesideInput> {
        let bytes = push.to_bytes();
        std::fs::write(file, &bytes)?;
        BesideInput::of(NAME, KIND, file, Digest::of(&bytes))
    }
}

/// The push of a failed run as an input; none where the forge does not say.
pub(super) async fn input(
    pipeline: &Pipeline,
    forge: &dyn Forge,
    event: &PipelineFailed,
) -> Result<Option<BesideInput>, StageError> {
    let Some(push) = push(pipeline, forge, event).await? else {
        return Ok(None);
    };
    // In the store, so that the run can be recorded and run again.
    let digest = pipeline.store.blobs().put(&push.to_bytes())?;
    let place = pipeline.store.blobs().path(&digest);
    let opened = BesideInput::of(NAME, KIND, &place, digest);
    let opened = opened.map_err(|source| StoreError::Io {
        what: "opening what the push changed".into(),
        source,
    })?;
    Ok(Some(opened))
}

async fn push(
    pipeline: &Pipeline,
    forge: &dyn Forge,
    event: &PipelineFailed,
) -> Result<Option<Push>, StageError> {
    let repository = &event.run.repository;
    let target = base::of(forge, event).await?;
    let green = green(pipeline, event).await?;
    let since = match (&event.trigger, &target) {
        (Trigger::PullRequest { .. }, Some(target)) => Since::Branch(target.clone()),
        _ => green.map_or(Since::Parent, Since::Green),
    };
    // A forge that cannot compare today must not hold up every repair.
    let push = match forge.changed(repository, &since, &event.commit).await {
        Ok(push) => push,
        Err(error) => {
            tracing::info!(%error, "what the push changed is not known");
            return Ok(None);
        }
    };
    // A branch that was rewound parts from the green commit below it.
    let base_passed = match &since {
        Since::Green(commit) => push.base.as_ref() == Some(commit),
        Since::Parent | Since::Branch(_) => false,
    };
    Ok(Some(Push {
        base_passed,
        default_branch: !event.fork && target.as_ref() == Some(&event.branch),
        ..push
    }))
}

/// The newest commit of the branch at which the same workflow passed.
async fn green(
    pipeline: &Pipeline,
    event: &PipelineFailed,
) -> Result<Option<ObjectId>, StageError> {
    if event.fork {
        return Ok(None);
    }
    let (repository, branch) = (event.run.repository.clone(), event.branch.clone());
    let workflow = event.workflow.clone();
    let passed = pipeline
        .store
        .read(move |connection| ended::passed_on(connection, &repository, &branch, &workflow, 1))
        .await?;
    let newest = passed.into_iter().next();
    Ok(newest
        .map(|ended| ended.commit)
        .filter(|commit| *commit != event.commit))
}
