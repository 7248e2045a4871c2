//! Whether the base branch fails in the same way, at a commit that the failing
//! branch is built on.

use super::known::Known;
use super::{Pipeline, StageError};
use crate::event::{PipelineFailed, Trigger};
use crate::forge::{Forge, ForgeError};
use crate::ids::{Branch, ForgeKind, Source};
use crate::incident::{BranchKind, Ended};
use crate::store::ended;

/// Commits of the base that the forge is asked about.
const MAX_ASKED: usize = 5;

/// Green runs of the base that are looked at.
const MAX_GREEN: u32 = 20;

/// The base branch's failure.
pub(super) struct Base {
    pub branch: Branch,
    pub red: Ended,
    /// The base passed since, at a commit that the failing branch lacks.
    pub fixed: Option<Ended>,
}

/// The base branch's failure of the same incident; none where the base was
/// repaired in what this branch is built on.
pub(super) async fn base(
    pipeline: &Pipeline,
    forge: &dyn Forge,
    event: &PipelineFailed,
    known: &Known,
) -> Result<Option<Base>, StageError> {
    let elsewhere = |run: &&Ended| !run.fork && run.branch != event.branch;
    if !known.with_incident.iter().any(|run| elsewhere(&run)) {
        return Ok(None);
    }
    let Some(branch) = of(forge, event).await? else {
        return Ok(None);
    };
    let kind = pipeline.policy.branch_kind(&event.branch, Some(&branch));
    let kind = kind.map_err(|error| StageError::GiveUp(error.to_string()))?;
    match kind {
        BranchKind::Feature => {}
        // What is repaired on the default branch does not reach it.
        BranchKind::Default | BranchKind::LongLived => return Ok(None),
    }
    let on_base = |run: &&Ended| !run.fork && run.branch == branch;
    for red in known.with_incident.iter().filter(on_base).take(MAX_ASKED) {
        if is_below(forge, event, red).await? {
            return since(pipeline, forge, event, &branch, red).await;
        }
    }
    Ok(None)
}

/// What the branch is measured against. Asked of the forge where the delivery
/// did not say.
pub(super) async fn of(
    forge: &dyn Forge,
    event: &PipelineFailed,
) -> Result<Option<Branch>, StageError> {
    match &event.base {
        Some(base) => Ok(Some(base.clone())),
        None => unless_transient(forge.default_branch(&event.run.repository).await, None),
    }
}

/// What the base did after it failed.
async fn since(
    pipeline: &Pipeline,
    forge: &dyn Forge,
    event: &PipelineFailed,
    branch: &Branch,
    red: &Ended,
) -> Result<Option<Base>, StageError> {
    let (repository, of) = (event.run.repository.clone(), branch.clone());
    let workflow = red.workflow.clone();
    let green = pipeline
        .store
        .read(move |connection| {
            ended::passed_on(connection, &repository, &of, &workflow, MAX_GREEN)
        })
        .await?;
    let later = green.into_iter().filter(|green| green.supersedes(red));
    let later: Vec<Ended> = later.take(MAX_ASKED).collect();
    for green in &later {
        if is_below(forge, event, green).await? {
            return Ok(None);
        }
    }
    Ok(Some(Base {
        branch: branch.clone(),
        red: red.clone(),
        fixed: later.into_iter().next(),
    }))
}

/// Whether what failed was built on a commit of the base.
async fn is_below(
    forge: &dyn Forge,
    event: &PipelineFailed,
    of_base: &Ended,
) -> Result<bool, StageError> {
    let this = Ended::from(event);
    if of_base.commit == event.commit {
        return Ok(true);
    }
    // The tested commit is the head merged into the base as it was.
    if tests_the_merge(event) && of_base.run.source == event.run.source {
        return Ok(!of_base.is_after(&this));
    }
    let asked = forge
        .is_ancestor(&event.run.repository, &of_base.commit, &event.commit)
        .await;
    unless_transient(asked, false)
}

/// GitHub tests pull requests merged; others test the branch as it is.
fn tests_the_merge(event: &PipelineFailed) -> bool {
    matches!(event.trigger, Trigger::PullRequest { .. })
        && event.run.source == Source::Forge
        && event.run.repository.forge == ForgeKind::GitHub
}

/// What the forge does not say, it does not say: the failure then counts as
/// this branch's own. Only trouble that passes is worth another try.
fn unless_transient<T>(answer: Result<T, ForgeError>, otherwise: T) -> Result<T, StageError> {
    match answer {
        Ok(answer) => Ok(answer),
        Err(error) if error.is_transient() => Err(error.into()),
        Err(error) => {
            tracing::info!(%error, "the base branch is not looked at");
            Ok(otherwise)
        }
    }
}
