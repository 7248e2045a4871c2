//! What people have done with tasks and branches: from the command line and
//! from comments the same functions, each inside the transaction that records
//! it.

use serde_json::json;

use crate::change::Form;
use crate::decision::Approval;
use crate::grant::AgentRef;
use crate::ids::{Branch, ObjectId, Repository, TaskId};
use crate::incident::Urgency;
use crate::ledger::{Entry, Kind};
use crate::policy::Policy;
use crate::store::{Result, Stage, StoreError, TaskRecord, TaskRow, Tx};
use crate::task::{TaskKind, TaskState};
use crate::time::Timestamp;

/// Who wants it, and when.
#[derive(Debug, Clone)]
pub struct Wish {
    /// A login at a forge, or the user at the keyboard.
    pub by: String,
    pub at: Timestamp,
}

/// Approves the tree that a task's patch results in, for as long as the policy
/// says, and has it published. Another tree than the wanted one is refused.
pub fn approve(
    tx: &mut Tx<'_>,
    policy: &Policy,
    id: &TaskId,
    wanted: Option<&ObjectId>,
    wish: &Wish,
) -> Result<ObjectId> {
    let task = tx.task(id)?;
    let (Some(tree), Some(base)) = (&task.record.result_tree, &task.record.base_tree) else {
        return Err(StoreError::Refused(format!(
            "{id} is {} and has no patch to approve",
            task.state.as_str()
        )));
    };
    if wanted.is_some_and(|wanted| wanted != tree) {
        return Err(StoreError::Refused(format!(
            "{id} results in the tree {tree}, not in the one you named"
        )));
    }
    let approval = Approval {
        by: wish.by.clone(),
        tree: tree.clone(),
        base: base.clone(),
        head: task.record.head.clone(),
        policy: policy.digest(),
        expires: policy.approval_ends(wish.at),
    };
    let facts = serde_json::to_value(&approval)?;
    tx.step_task(id, TaskState::Approved, wish.at, |record| {
        record.approval = Some(approval);
    })?;
    record(tx, Kind::TaskApproved, id.as_str(), facts, wish)?;
    // A person waits for it.
    tx.enqueue_as(Stage::Publish, id.as_str(), Urgency::HIGHEST, wish.at)?;
    Ok(tree.clone())
}

/// Ends a task; its failure is not repaired again on that branch. A pull
/// request that we opened for it is closed.
pub fn reject(tx: &mut Tx<'_>, id: &TaskId, reason: Option<&str>, wish: &Wish) -> Result<TaskRow> {
    let task = tx.task(id)?;
    if opened_a_pull_request(&task) {
        tx.enqueue_as(Stage::Withdraw, id.as_str(), Urgency::HIGHEST, wish.at)?;
    } else {
        tx.step_task(id, TaskState::Rejected, wish.at, |_| {})?;
    }
    let place = (&task.repository, &task.record.target);
    if let Some(incident) = &task.incident {
        tx.halt(place, Some(incident), &wish.by, wish.at)?;
    }
    let facts = json!({ "by": wish.by, "reason": reason.map(crate::redact::redact) });
    record(tx, Kind::TaskRejected, id.as_str(), facts, wish)?;
    Ok(task)
}

/// Whether a task's change is a pull request of ours.
pub(super) fn opened_a_pull_request(task: &TaskRow) -> bool {
    let form = task.record.change.as_ref().map(|change| change.form);
    task.state == TaskState::Published && matches!(form, Some(Form::PullRequest { .. }))
}

/// Has a failure tried again by a task of its own, and lifts what people said
/// against repairs of its branch. `key` says which wish it is: the same one
/// makes the same task.
pub fn retry(
    tx: &mut Tx<'_>,
    id: &TaskId,
    agent: Option<&AgentRef>,
    key: &str,
    wish: &Wish,
) -> Result<TaskId> {
    let task = tx.task(id)?;
    if !can_be_retried(&task) {
        return Err(StoreError::Refused(format!(
            "{id} is {}; what is under way, published or no repair is not tried again",
            task.state.as_str()
        )));
    }
    let again = TaskId::derive(&["retry", id.as_str(), key]);
    if !task.state.is_end() {
        tx.step_task(id, TaskState::Cancelled, wish.at, |record| {
            record.note = Some(format!("tried again as {again}"));
        })?;
    }
    tx.resume(&task.repository, &task.record.target)?;
    let event = tx.run(&task.run)?;
    let agent = agent.unwrap_or(&task.record.agent).clone();
    let row = TaskRow {
        id: again.clone(),
        state: TaskState::Queued,
        record: TaskRecord::new(agent, &event, task.record.subject.clone()),
        created_at: wish.at,
        updated_at: wish.at,
        ..task
    };
    if tx.insert_task(&row)? {
        let facts = json!({ "of": id, "by": wish.by });
        record(tx, Kind::TaskRetried, again.as_str(), facts, wish)?;
        tx.enqueue_as(Stage::Repair, again.as_str(), Urgency::HIGHEST, wish.at)?;
    }
    Ok(again)
}

/// Whether a task is a repair that ended without a change, or waits for a
/// person.
pub(super) fn can_be_retried(task: &TaskRow) -> bool {
    use TaskState::*;
    let ended = match task.state {
        Reported | Abstained | Refused | Rejected | Cancelled | Failed | Held | Offered => true,
        Queued | Proposed | Approved | Publishing | Analyzed | Published => false,
    };
    ended && task.kind == TaskKind::Repair && task.incident.is_some()
}

/// No more proposals for a branch, until a person has something tried again.
pub(super) fn stop(
    tx: &mut Tx<'_>,
    repository: &Repository,
    branch: &Branch,
    wish: &Wish,
) -> Result<()> {
    tx.halt((repository, branch), None, &wish.by, wish.at)?;
    let facts = json!({ "by": wish.by, "branch": branch });
    let subject = format!("{repository} branch {branch}");
    record(tx, Kind::BranchStopped, &subject, facts, wish)
}

fn record(
    tx: &mut Tx<'_>,
    kind: Kind,
    subject: &str,
    facts: serde_json::Value,
    wish: &Wish,
) -> Result<()> {
    tx.record(&Entry {
        at: wish.at,
        kind,
        subject: subject.to_owned(),
        facts,
    })
}
