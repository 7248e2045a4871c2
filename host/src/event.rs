//! A delivery normalised: what happened, in our words.

pub mod github;
pub mod local;

use serde::{Deserialize, Serialize};

use crate::ids::{Branch, ObjectId, RunKey};

/// Branches Sentinel makes begin with this; runs on them start no work.
pub const OWN_BRANCH_PREFIX: &str = "sentinel/";

/// Why a CI run ended red.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    Failure,
    TimedOut,
    /// The workflow could not start; such a run usually has no jobs.
    StartupFailure,
}

/// What started the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Trigger {
    Push,
    /// The run tested a pull request. Its number is unknown where the forge
    /// does not say (GitHub names none for forks).
    PullRequest {
        number: Option<u64>,
    },
    /// A merge queue's temporary branch.
    MergeQueue,
    /// A timetable, a person, another workflow.
    Other {
        name: String,
    },
}

/// A CI run ended red.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipelineFailed {
    pub run: RunKey,
    pub conclusion: Conclusion,
    /// The head commit of the branch, not a merge commit.
    pub commit: ObjectId,
    pub branch: Branch,
    pub trigger: Trigger,
    /// The commit comes from another repository than the one that ran.
    pub fork: bool,
    /// Pushed by a program, not a person.
    pub by_bot: bool,
    /// The workflow's name. Written by whoever writes the workflow.
    pub workflow: String,
    /// Where a person reads about the run.
    pub url: Option<String>,
    /// The GitHub App installation the payload names.
    pub installation: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    PipelineFailed(PipelineFailed),
}

/// Verified, but nothing to act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NotForUs {
    /// An event we take no interest in.
    UnknownEvent,
    /// The forge's greeting.
    Ping,
    /// The run is not over.
    NotCompleted,
    /// It ended otherwise than red.
    NotFailed,
    /// Ours: acting on it would be a loop.
    OwnBranch,
}

impl NotForUs {
    /// The label it is counted under.
    pub fn as_str(self) -> &'static str {
        match self {
            NotForUs::UnknownEvent => "unknown_event",
            NotForUs::Ping => "ping",
            NotForUs::NotCompleted => "not_completed",
            NotForUs::NotFailed => "not_failed",
            NotForUs::OwnBranch => "own_branch",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Normalised {
    Event(Box<Event>),
    NotForUs(NotForUs),
}

/// A signed body we cannot make sense of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("the body is not JSON of the expected form: {0}")]
    Json(String),
    #[error("the X-GitHub-Event header says `{header}`, but the body is no such event: {missing}")]
    EventMismatch { header: String, missing: String },
    #[error("{0}")]
    Name(#[from] crate::ids::InvalidName),
    #[error("{0}")]
    Value(&'static str),
}

/// Longest text of a payload that is kept (workflow names, URLs).
const MAX_TEXT_CHARS: usize = 512;

fn bounded(text: &str) -> String {
    text.chars().take(MAX_TEXT_CHARS).collect()
}

fn is_own(branch: &Branch) -> bool {
    branch.as_str().starts_with(OWN_BRANCH_PREFIX)
}
