//! The bytes of a ledger entry and how entries are chained.
//!
//! The state change's transaction inserts an entry with its content hash; one
//! sequencer numbers and links them afterwards. The signed Merkle log will be
//! built over the same content hashes.

use serde::Serialize;
use serde_json::Value;

use crate::ids::Digest;
use crate::time::Timestamp;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    pub at: Timestamp,
    /// What happened: `delivery.accepted`, `task.proposed`, …
    pub kind: Kind,
    /// What it happened to: a run, an incident, a task.
    pub subject: String,
    /// The facts, without secrets and without whole logs.
    pub facts: Value,
}

/// Every arrow of the way of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum Kind {
    #[serde(rename = "delivery.accepted")]
    DeliveryAccepted,
    /// A delivery that did not arrive was asked for again.
    #[serde(rename = "delivery.requested")]
    DeliveryRequested,
    #[serde(rename = "run.passed")]
    RunPassed,
    #[serde(rename = "job.failed")]
    JobFailed,
    #[serde(rename = "change.merged")]
    ChangeMerged,
    #[serde(rename = "change.closed")]
    ChangeClosed,
    #[serde(rename = "command.received")]
    CommandReceived,
    #[serde(rename = "command.decided")]
    CommandDecided,
    #[serde(rename = "command.answered")]
    CommandAnswered,
    #[serde(rename = "installation.changed")]
    InstallationChanged,
    #[serde(rename = "run.decided")]
    RunDecided,
    #[serde(rename = "run.fetched")]
    RunFetched,
    #[serde(rename = "run.analyzed")]
    RunAnalyzed,
    #[serde(rename = "run.reported")]
    RunReported,
    #[serde(rename = "task.queued")]
    TaskQueued,
    #[serde(rename = "task.decided")]
    TaskDecided,
    #[serde(rename = "task.run")]
    TaskRun,
    #[serde(rename = "task.proposed")]
    TaskProposed,
    #[serde(rename = "task.reported")]
    TaskReported,
    #[serde(rename = "task.abstained")]
    TaskAbstained,
    #[serde(rename = "task.failed")]
    TaskFailed,
    #[serde(rename = "task.refused")]
    TaskRefused,
    /// A person is asked, or an outage is waited for.
    #[serde(rename = "task.held")]
    TaskHeld,
    /// An outage is over, or the branch went green: the task goes on.
    #[serde(rename = "task.released")]
    TaskReleased,
    #[serde(rename = "task.approved")]
    TaskApproved,
    #[serde(rename = "task.rejected")]
    TaskRejected,
    #[serde(rename = "task.cancelled")]
    TaskCancelled,
    /// A person has a failure tried again, by another task.
    #[serde(rename = "task.retried")]
    TaskRetried,
    /// A person stopped proposals for a branch.
    #[serde(rename = "branch.stopped")]
    BranchStopped,
    #[serde(rename = "change.intended")]
    ChangeIntended,
    #[serde(rename = "change.published")]
    ChangePublished,
    /// We closed our own change, because a person rejected it.
    #[serde(rename = "change.withdrawn")]
    ChangeWithdrawn,
    /// A red pull request was told why there is no patch.
    #[serde(rename = "check.shown")]
    CheckShown,
    /// CI of a change of ours ended.
    #[serde(rename = "change.checked")]
    ChangeChecked,
    /// Something became of a change.
    #[serde(rename = "change.outcome")]
    ChangeOutcome,
    /// A draft is about to become ready, or a change to be closed.
    #[serde(rename = "change.edit_intended")]
    ChangeEditIntended,
    #[serde(rename = "change.edited")]
    ChangeEdited,
    #[serde(rename = "rerun.intended")]
    RerunIntended,
    #[serde(rename = "rerun.asked")]
    RerunAsked,
    #[serde(rename = "rerun.ended")]
    RerunEnded,
    /// A language model is about to be asked, within its budgets.
    #[serde(rename = "model.asked")]
    ModelAsked,
    /// What came of it, and what it cost.
    #[serde(rename = "model.answered")]
    ModelAnswered,
    /// A budget kept it from being asked.
    #[serde(rename = "model.refused")]
    ModelRefused,
    /// ConfigOptimizer looked at a repository, on its timetable.
    #[serde(rename = "look.ended")]
    LookEnded,
    /// There was nothing it could look at.
    #[serde(rename = "look.failed")]
    LookFailed,
    #[serde(rename = "work.failed")]
    WorkFailed,
    #[serde(rename = "agent.registered")]
    AgentRegistered,
    #[serde(rename = "agent.held")]
    AgentHeld,
    #[serde(rename = "agent.approved")]
    AgentApproved,
}

impl Kind {
    pub fn as_str(self) -> String {
        match serde_json::to_value(self) {
            Ok(Value::String(name)) => name,
            _ => unreachable!("a kind is a renamed unit variant"),
        }
    }
}

impl Entry {
    /// The canonical JSON (RFC 8785) that is hashed and stored.
    pub fn bytes(&self) -> Vec<u8> {
        serde_json_canonicalizer::to_vec(self).expect("facts are plain JSON")
    }
}

/// The link of the entry at `index`: it covers its own content, its place and
/// everything before it.
pub fn link(previous: Option<Digest>, index: u64, content: Digest) -> Digest {
    let previous = previous.unwrap_or(Digest::from_bytes([0; 32]));
    Digest::of_parts(&[
        b"sentinel ledger link v0",
        previous.as_bytes(),
        &index.to_be_bytes(),
        content.as_bytes(),
    ])
}
