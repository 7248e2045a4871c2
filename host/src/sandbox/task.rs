//! What a task asks and what it answers, in the contract's words.

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::proposal::Proposal;
use crate::task::TaskKind;

/// What the task is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskInput {
    /// Read the log at this path below `/input`.
    Analyze {
        provider: Input,
        log: String,
    },
    Repair {
        failures: Vec<Failure>,
        provider: Input,
        log: String,
        commit: String,
        command: Option<String>,
    },
    Optimize {
        commit: String,
    },
}

impl TaskInput {
    pub fn kind(&self) -> TaskKind {
        match self {
            TaskInput::Analyze { .. } => TaskKind::Analyze,
            TaskInput::Repair { .. } => TaskKind::Repair,
            TaskInput::Optimize { .. } => TaskKind::Optimize,
        }
    }
}

/// Which CI system wrote a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Input {
    GitHub,
    GitLab,
    Jenkins,
    Auto,
}

/// What an agent answered, checked for form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    Failures(Vec<Failure>),
    Proposals(Vec<Proposal>),
    Abstained(String),
}
