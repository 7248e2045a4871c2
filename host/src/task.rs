//! The states of a task and the ways between them.

use serde::{Deserialize, Serialize};

/// What a task is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    Analyze,
    Repair,
    Optimize,
}

impl TaskKind {
    pub fn as_str(self) -> &'static str {
        match self {
            TaskKind::Analyze => "analyze",
            TaskKind::Repair => "repair",
            TaskKind::Optimize => "optimize",
        }
    }
}

/// Where a task is. The end states are final; what failed for an outside
/// reason is a new try of the same state, not a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Admitted, waiting for a worker.
    Queued,
    /// The agent returned a proposal that passed the check.
    Proposed,
    /// The decision wants a person (`sentinel approve` or `reject`), or waits
    /// for an outage to be over.
    Held,
    /// The patch is shown on a red pull request; its author may have it landed,
    /// or not.
    Offered,
    /// A person approved exactly this tree.
    Approved,
    /// The publication was decided and its intent recorded.
    Publishing,
    /// End: the analysis is stored.
    Analyzed,
    /// End: the change is on the forge.
    Published,
    /// End: a finding without a change.
    Reported,
    /// End: the agent had nothing sure enough.
    Abstained,
    /// End: the check or the decision said no.
    Refused,
    /// End: a person said no.
    Rejected,
    /// End: a person stopped it.
    Cancelled,
    /// End: the agent or the host failed.
    Failed,
}

/// A step the states do not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a task that is {from} cannot become {to}")]
pub struct IllegalStep {
    pub from: &'static str,
    pub to: &'static str,
}

impl TaskState {
    pub const ALL: [TaskState; 14] = [
        TaskState::Queued,
        TaskState::Proposed,
        TaskState::Held,
        TaskState::Offered,
        TaskState::Approved,
        TaskState::Publishing,
        TaskState::Analyzed,
        TaskState::Published,
        TaskState::Reported,
        TaskState::Abstained,
        TaskState::Refused,
        TaskState::Rejected,
        TaskState::Cancelled,
        TaskState::Failed,
    ];

    pub fn as_str(self) -> &'static str {
        use TaskState::*;
        match self {
            Queued => "queued",
            Proposed => "proposed",
            Held => "held",
            Offered => "offered",
            Approved => "approved",
            Publishing => "publishing",
            Analyzed => "analyzed",
            Published => "published",
            Reported => "reported",
            Abstained => "abstained",
            Refused => "refused",
            Rejected => "rejected",
            Cancelled => "cancelled",
            Failed => "failed",
        }
    }

    pub fn parse(text: &str) -> Option<TaskState> {
        TaskState::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
    }

    pub fn is_end(self) -> bool {
        use TaskState::*;
        !matches!(
            self,
            Queued | Proposed | Held | Offered | Approved | Publishing
        )
    }

    /// The one place that says which steps are legal.
    pub fn step(self, to: TaskState) -> Result<TaskState, IllegalStep> {
        use TaskState::*;
        let legal = match self {
            Queued => matches!(
                to,
                Proposed | Held | Analyzed | Reported | Abstained | Refused | Cancelled | Failed
            ),
            Proposed => matches!(
                to,
                Held | Publishing | Reported | Refused | Cancelled | Failed
            ),
            // Held for an outage it goes on where it was.
            Held => matches!(
                to,
                Queued
                    | Proposed
                    | Held
                    | Approved
                    | Reported
                    | Rejected
                    | Refused
                    | Cancelled
                    | Failed
            ),
            Offered => matches!(to, Approved | Rejected | Refused | Cancelled),
            // An approval of something else sends it back to wait for another.
            Approved => matches!(
                to,
                Publishing | Held | Reported | Refused | Cancelled | Failed
            ),
            // Once its intent is recorded a publication is carried to its end.
            Publishing => matches!(to, Published | Offered | Refused | Failed),
            Analyzed | Published | Reported | Abstained | Refused | Rejected | Cancelled
            | Failed => false,
        };
        match legal {
            true => Ok(to),
            false => Err(IllegalStep {
                from: self.as_str(),
                to: to.as_str(),
            }),
        }
    }
}
