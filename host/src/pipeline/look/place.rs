//! When a repository is looked at, and where a change that came of it belongs.

use super::super::place::Place;
use super::super::{Pipeline, StageError};
use crate::change::{Fits, Form};
use crate::forge::Forge;
use crate::patch::ScopedPatch;
use crate::store::{StoreError, TaskRow, Tx};

/// Puts every repository of the timetable in the queue, at the time that its
/// last look says. Called when a server starts; doing it again changes nothing.
pub async fn schedule(pipeline: &Pipeline) -> Result<(), StoreError> {
    let timetable = pipeline.timetable.clone();
    let now = pipeline.now();
    let plan = move |tx: &mut Tx<'_>| {
        for (repository, plan) in &timetable {
            let last = tx.last_look(repository)?;
            let due = match last {
                // Whoever looks more often from now on need not wait for what
                // was planned before.
                Some(last) => last.due_at.min(plan.next(repository, last.looked_at)),
                None => plan.first(repository, now),
            };
            tx.plan_look(repository, due)?;
        }
        Ok(())
    };
    pipeline.store.write(plan).await
}

/// Where a change belongs now: on the commit that was looked at. That the
/// branch went on is nothing to it as long as it went on from there and has the
/// file as it was: what is merged is what a person approved.
pub(in crate::pipeline) async fn place(
    forge: &dyn Forge,
    task: &TaskRow,
    patch: &ScopedPatch,
) -> Result<Place, StageError> {
    let (repository, looked_at) = (&task.repository, &task.record.head);
    let head = forge.branch_head(repository, &task.record.target).await?;
    let branch_head = match head {
        Some(head) if head != *looked_at => {
            let from_there = forge.is_ancestor(repository, looked_at, &head).await?;
            let as_it_was = || async {
                let listing = forge.listing(repository, &head).await?;
                Ok::<_, StageError>(Fits::of(&listing, patch.files()) == Fits::Before)
            };
            match from_there && as_it_was().await? {
                true => Some(looked_at.clone()),
                false => Some(head),
            }
        }
        head => head,
    };
    Ok(Place {
        // A person has approved it before it is opened: it is no draft.
        form: Form::PullRequest { draft: false },
        branch_head,
        protected_branch: false,
    })
}
