//! Telling a red pull request why there is no patch, on the one check run that
//! its newest commit has.

use serde_json::json;

use super::repair::finish;
use super::{Pipeline, StageError};
use crate::change::Notice;
use crate::change::text::sheet::{Other, notice_title, others};
use crate::event::{PipelineFailed, Trigger};
use crate::ids::ForgeKind;
use crate::ledger::Kind;
use crate::patch::ScopedPatch;
use crate::store::{Claimed, Stage, TaskRow, Tx, command, delivery};
use crate::task::TaskState;
use crate::time::Timestamp;

/// Repairs of one commit that are told of.
const MAX_TOLD: u32 = 20;

/// Has the pull request of a task that ended told about it. Called in the
/// transaction that ends it.
pub(super) fn enqueue(tx: &mut Tx<'_>, task: &TaskRow, now: Timestamp) -> crate::store::Result<()> {
    // A decision against trying speaks of rules, not of what was found.
    let found = matches!(task.state, TaskState::Abstained | TaskState::Reported)
        || task.state == TaskState::Refused && task.record.patch.is_none();
    let event = tx.run(&task.run)?;
    let theirs = matches!(event.trigger, Trigger::PullRequest { .. }) && !event.fork;
    // Others have no check runs.
    let shown = task.repository.forge == ForgeKind::GitHub;
    match found && theirs && shown {
        true => tx.enqueue(Stage::Show, &task.run, now),
        false => Ok(()),
    }
}

pub(super) async fn run(pipeline: &Pipeline, work: &Claimed) -> Result<(), StageError> {
    let key = work.subject.clone();
    let event = pipeline
        .store
        .read(move |connection| delivery::run(connection, &key))
        .await?;
    let told = tasks_at(pipeline, &event).await?;
    if pipeline.policy.observe_only || told.is_empty() {
        return finish(pipeline, work).await;
    }
    let forge = pipeline.forges.get(event.run.repository.forge)?;
    let notice = Notice {
        repository: event.run.repository.clone(),
        head: event.commit.clone(),
        title: notice_title(told.len()),
        summary: others(&told.iter().map(other).collect::<Vec<_>>()),
        offered: told
            .iter()
            .filter_map(|task| other(task).tree.cloned())
            .collect(),
    };
    match forge.show(&notice).await {
        Ok(()) => {}
        Err(error) if error.is_transient() => return Err(error.into()),
        // It only helps: whoever may not make check runs goes without.
        Err(error) => {
            tracing::warn!(run = work.subject, %error, "a pull request is not told");
            return finish(pipeline, work).await;
        }
    }
    let tasks: Vec<_> = told.iter().map(|task| task.id.clone()).collect();
    let facts = json!({ "commit": event.commit, "tasks": tasks });
    let entry = pipeline.entry(Kind::CheckShown, &work.subject, facts);
    let work = work.clone();
    pipeline
        .store
        .write(move |tx| {
            tx.record(&entry)?;
            tx.finish(&work)
        })
        .await?;
    Ok(())
}

/// The repairs of a run's commit, oldest first.
pub(super) async fn tasks_at(
    pipeline: &Pipeline,
    event: &PipelineFailed,
) -> Result<Vec<TaskRow>, StageError> {
    let (repository, commit) = (event.run.repository.clone(), event.commit.clone());
    let mut tasks = pipeline
        .store
        .read(move |connection| {
            command::repairs_of_commit(connection, &repository, &commit, MAX_TOLD)
        })
        .await?;
    // What was tried again is told by its successor.
    tasks.retain(|task| task.record.target == event.branch && task.state != TaskState::Cancelled);
    tasks.reverse();
    Ok(tasks)
}

/// A task in the words of the check.
pub(super) fn other(task: &TaskRow) -> Other<'_> {
    let offered = task.state == TaskState::Offered;
    Other {
        subject: &task.record.subject,
        state: task.state.as_str(),
        // What is offered is told by its patch.
        note: task.record.note.as_deref().filter(|_| !offered),
        tree: task.record.result_tree.as_ref().filter(|_| offered),
    }
}

/// The patch of a task that is offered, as it was checked.
pub(super) fn offered(
    pipeline: &Pipeline,
    task: &TaskRow,
) -> Result<Option<ScopedPatch>, StageError> {
    let digest = task.record.patch.as_ref();
    let Some(digest) = digest.filter(|_| task.state == TaskState::Offered) else {
        return Ok(None);
    };
    let bytes = pipeline.store.blobs().get(digest)?;
    Ok(Some(ScopedPatch::from_bytes(&bytes, digest)?))
}
