//! A published change as its forge shows it now, what its CI says of it, and
//! what may be done to it.

use serde::{Deserialize, Serialize};

use super::ChangeState;
use crate::ids::{ObjectId, RunKey, Source};

/// A change as the forge shows it now, for whoever watches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub state: ChangeState,
    /// It carries [`IGNORE_LABEL`](super::IGNORE_LABEL).
    pub ignored: bool,
    pub draft: bool,
    /// Where its branch points; none where it is gone.
    pub head: Option<ObjectId>,
    /// The commit that merging it made on the target.
    pub landed: Option<ObjectId>,
    /// Whether the target takes it without a conflict, where the forge says.
    pub applies: Option<bool>,
}

/// What is done to a change that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "edit")]
pub enum ChangeEdit {
    /// A draft is one no longer, and why is written under it.
    ReadyForReview { remark: Remark },
    /// It is closed unmerged, and why is written under it.
    Close { remark: Remark },
}

impl ChangeEdit {
    pub fn as_str(&self) -> &'static str {
        match self {
            ChangeEdit::ReadyForReview { .. } => "ready_for_review",
            ChangeEdit::Close { .. } => "close",
        }
    }
}

/// What is written under a change: a host template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// By which it is found again: the same remark is written once.
    pub key: String,
    /// Markdown.
    pub text: String,
}

impl Remark {
    /// The text with its key, which nobody sees.
    pub fn marked(&self) -> String {
        format!("{}\n\n{}", self.text, self.mark())
    }

    /// The key as it stands in the text.
    pub fn mark(&self) -> String {
        format!("<!-- sentinel {} -->", self.key)
    }
}

/// How one check of a commit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// Not over.
    Waiting,
    Passed,
    Failed,
    /// It did not run, or has no opinion.
    Skipped,
    /// Cancelled, or gone stale: it says nothing and nobody waits for it.
    Stopped,
}

/// A job, a check run or a status of a commit. What we published ourselves is
/// not among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Of jobs: what the workflow is called.
    pub workflow: Option<String>,
    pub name: String,
    pub state: CheckState,
    /// The run it belongs to, where the forge itself says so: what anybody may
    /// write on a commit has none.
    pub run: Option<RunKey>,
    /// The job's id at the CI system.
    pub job: Option<String>,
}

/// What the forge's CI says of one commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CiState {
    pub checks: Vec<Check>,
}

/// The job that failed, by which a green one is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Required {
    pub source: Source,
    pub workflow: String,
    pub job: String,
}

/// What a commit's checks come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CiVerdict<'a> {
    /// All is over, nothing is red, and the job that failed ran and passed.
    Green(&'a Check),
    /// These are red. Told at once: what else runs changes nothing about it.
    Red(Vec<&'a Check>),
    /// Not over.
    Waiting,
    /// Over, and it proves nothing.
    Unclear(&'static str),
}

impl Required {
    /// Whether a check is the job that failed, by the word of the CI system
    /// itself: a status, or a check run of another App, may be called anything.
    pub fn is(&self, check: &Check) -> bool {
        match (&check.run, &self.source) {
            (Some(run), Source::Forge) => {
                run.source == Source::Forge
                    && check.workflow.as_deref() == Some(self.workflow.as_str())
                    && check.name == self.job
            }
            (Some(run), Source::CheckRun) => {
                run.source == Source::CheckRun && check.name == self.workflow
            }
            (Some(_), Source::Jenkins { .. } | Source::Told { .. } | Source::Timetable)
            | (None, _) => false,
        }
    }
}

impl CiState {
    /// What the checks come to, for a change that is to mend `required`.
    pub fn verdict(&self, required: &Required) -> CiVerdict<'_> {
        let of = |state: CheckState| self.checks.iter().filter(move |check| check.state == state);
        let red: Vec<&Check> = of(CheckState::Failed).collect();
        if !red.is_empty() {
            return CiVerdict::Red(red);
        }
        if self.checks.is_empty() || of(CheckState::Waiting).next().is_some() {
            return CiVerdict::Waiting;
        }
        if of(CheckState::Stopped).next().is_some() {
            return CiVerdict::Unclear("a run of it was cancelled");
        }
        match of(CheckState::Passed).find(|check| required.is(check)) {
            Some(check) => CiVerdict::Green(check),
            None => CiVerdict::Unclear("the job that failed did not run"),
        }
    }
}

/// A run as its CI system shows it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunNow {
    /// The newest attempt, and how it stands.
    pub attempt: u64,
    pub state: CheckState,
    /// What started it, in the CI system's words.
    pub trigger: String,
    /// The file that says what it runs.
    pub definition: Option<String>,
}
