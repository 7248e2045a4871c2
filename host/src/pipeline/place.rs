//! As what a patch may reach people, and where its branch is now.

use super::StageError;
use crate::change::Form;
use crate::change::talk::PullSeen;
use crate::event::{PipelineFailed, Trigger};
use crate::evidence::Evidence;
use crate::forge::Forge;
use crate::ids::ObjectId;
use crate::store::TaskRow;

/// Where a patch goes.
pub(super) struct Place {
    pub form: Form,
    /// Where the failing branch points now; none where it is gone.
    pub branch_head: Option<ObjectId>,
    /// It would be a commit on the default branch, or on a protected one.
    pub protected_branch: bool,
}

/// What a patch for a run will be published as, as far as the run itself says.
pub(super) fn expected(event: &PipelineFailed) -> Form {
    match (&event.trigger, event.fork) {
        // Which one it is, the forge is asked when the task is claimed.
        (Trigger::PullRequest { number }, true) => Form::Suggestion {
            pull: number.unwrap_or_default(),
        },
        (Trigger::PullRequest { .. }, false) => Form::CheckRun,
        (Trigger::Push | Trigger::MergeQueue | Trigger::Other { .. } | Trigger::Timetable, _) => {
            Form::PullRequest { draft: true }
        }
    }
}

/// Asks the forge where a patch goes now.
pub(super) async fn place(
    forge: &dyn Forge,
    task: &TaskRow,
    event: &PipelineFailed,
    evidence: &Evidence,
) -> Result<Place, StageError> {
    if event.fork {
        return of_fork(forge, task, event).await;
    }
    let (repository, target) = (&task.repository, &task.record.target);
    let form = match (&event.trigger, &task.record.approval) {
        // A red pull request is its author's: its branch is written to only
        // when somebody who may asks for it.
        (Trigger::PullRequest { .. }, Some(_)) => Form::Commit,
        (Trigger::PullRequest { .. }, None) => Form::CheckRun,
        (Trigger::Push | Trigger::MergeQueue | Trigger::Other { .. } | Trigger::Timetable, _) => {
            Form::PullRequest {
                draft: !evidence.is_proven(),
            }
        }
    };
    Ok(Place {
        form,
        branch_head: forge.branch_head(repository, target).await?,
        protected_branch: form == Form::Commit && forge.is_protected(repository, target).await?,
    })
}

/// Nothing is pushed for a fork: it gets a review of its pull request, or where
/// that cannot be found only a report.
pub(super) async fn of_fork(
    forge: &dyn Forge,
    task: &TaskRow,
    event: &PipelineFailed,
) -> Result<Place, StageError> {
    let pull = match &event.trigger {
        Trigger::PullRequest { .. } => {
            let (target, head) = (&task.record.target, &task.record.head);
            forge.pull_of_fork(&task.repository, target, head).await?
        }
        Trigger::Push | Trigger::MergeQueue | Trigger::Other { .. } | Trigger::Timetable => None,
    };
    let of_pull = |pull: &PullSeen| Form::Suggestion { pull: pull.number };
    Ok(Place {
        form: pull
            .as_ref()
            .map_or(Form::PullRequest { draft: true }, of_pull),
        branch_head: pull.map(|pull| pull.head),
        protected_branch: false,
    })
}
