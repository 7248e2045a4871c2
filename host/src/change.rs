//! A change on a forge: what is published, and what became of it.

mod advice;
mod fits;
mod outcome;
mod standing;
pub mod suggestion;
pub mod talk;
pub mod text;

use serde::{Deserialize, Serialize};

pub use advice::{Advice, MAX_ADVICE_LINES, is_configuration, subject};
pub use fits::{Fits, reverts};
pub use outcome::Outcome;
pub use standing::{
    ChangeEdit, Check, CheckState, CiState, CiVerdict, Remark, Required, RunNow, Standing,
};

use crate::decision::Decision;
use crate::event::OWN_BRANCH_PREFIX;
use crate::ids::{Branch, Digest, IncidentId, ObjectId, Repository, TaskId};
use crate::patch::ScopedPatch;
use text::ChangeText;

/// The label by which people say no for good.
pub const IGNORE_LABEL: &str = "sentinel:ignore";

/// The label of our pull requests.
pub const LABEL: &str = "sentinel";

/// What our check run is called on the commit.
pub const CHECK_NAME: &str = "Sentinel";

/// How a change reaches people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A branch of our own and a pull request to the failing branch.
    PullRequest { draft: bool },
    /// A check run with the patch on the failing commit: a pull request that
    /// is red is its author's, and nothing is pushed.
    CheckRun,
    /// A commit on the failing pull request's own branch, because a person
    /// asked for exactly this one.
    Commit,
    /// A review of a fork's pull request with the patch: nothing is pushed.
    Suggestion { pull: u64 },
}

impl Form {
    /// Whether publishing it moves a branch. Pushing is executing: CI then runs
    /// the patch with the repository's secrets.
    pub fn pushes(self) -> bool {
        match self {
            Form::PullRequest { .. } | Form::Commit => true,
            Form::CheckRun | Form::Suggestion { .. } => false,
        }
    }
}

/// A change that was decided upon. [`Publication::authorised`] is the only way
/// to one, and forges publish nothing else.
#[derive(Debug, Clone)]
pub struct Publication {
    task: TaskId,
    incident: IncidentId,
    repository: Repository,
    target: Branch,
    head: ObjectId,
    branch: Branch,
    form: Form,
    patch: ScopedPatch,
    beside: Vec<ScopedPatch>,
    text: ChangeText,
}

/// What a publication is about, before it is decided.
#[derive(Debug, Clone)]
pub struct Draft {
    pub task: TaskId,
    pub incident: IncidentId,
    pub repository: Repository,
    /// The failing branch.
    pub target: Branch,
    /// The failing commit: the new commit's only parent.
    pub head: ObjectId,
    /// How many changes for this incident and branch were merged before: a
    /// failure that comes back gets a branch of its own.
    pub generation: u32,
    pub form: Form,
    pub patch: ScopedPatch,
    pub text: ChangeText,
}

impl Publication {
    /// The publication, if the decision allows it.
    pub fn authorised(draft: Draft, decision: &Decision) -> Option<Publication> {
        let branch = match draft.form {
            Form::Commit => draft.target.clone(),
            Form::PullRequest { .. } | Form::CheckRun | Form::Suggestion { .. } => {
                branch_name(&draft.incident, &draft.target, draft.generation)
            }
        };
        decision.allows().then(|| Publication {
            branch,
            beside: Vec::new(),
            task: draft.task,
            incident: draft.incident,
            repository: draft.repository,
            target: draft.target,
            head: draft.head,
            form: draft.form,
            patch: draft.patch,
            text: draft.text,
        })
    }

    /// Shown together with patches that were allowed before: those of other
    /// causes at the same commit.
    pub fn beside(self, beside: Vec<ScopedPatch>) -> Publication {
        Publication { beside, ..self }
    }

    /// All patches it shows, those that were there before it first.
    pub fn shown(&self) -> impl Iterator<Item = &ScopedPatch> {
        self.beside.iter().chain([&self.patch])
    }

    pub fn task(&self) -> &TaskId {
        &self.task
    }

    pub fn incident(&self) -> &IncidentId {
        &self.incident
    }

    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// The failing branch, which the change is proposed to.
    pub fn target(&self) -> &Branch {
        &self.target
    }

    /// The failing commit.
    pub fn head(&self) -> &ObjectId {
        &self.head
    }

    /// The branch the change is made on: one of ours, or for a commit the
    /// failing one.
    pub fn branch(&self) -> &Branch {
        &self.branch
    }

    pub fn form(&self) -> Form {
        self.form
    }

    pub fn patch(&self) -> &ScopedPatch {
        &self.patch
    }

    pub fn text(&self) -> &ChangeText {
        &self.text
    }
}

/// The branch of an incident's change. It derives from the incident, the
/// target and the generation alone, so that a repeated publication finds the
/// branch it made.
pub fn branch_name(incident: &IncidentId, target: &Branch, generation: u32) -> Branch {
    let target = Digest::of(target.as_str().as_bytes()).hex();
    let suffix = if generation == 0 {
        String::new()
    } else {
        format!("-{}", generation + 1)
    };
    format!("{OWN_BRANCH_PREFIX}{incident}-{}{suffix}", &target[..6])
        .parse()
        .expect("an incident id and digits make a branch name")
}

/// Why nothing is proposed for a red pull request, for its check run. It
/// carries no patch, so nobody has to allow it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub repository: Repository,
    pub head: ObjectId,
    pub title: String,
    /// Markdown.
    pub summary: String,
    /// What the patches result in that are shown there and to be had.
    pub offered: Vec<ObjectId>,
}

/// Where a published change is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub form: Form,
    pub branch: Branch,
    /// The pull request's number, the check run's id; none on a local forge.
    pub number: Option<u64>,
    pub url: Option<String>,
    /// The commit made; none for a check run.
    pub commit: Option<ObjectId>,
    /// Found, not made: an earlier try had published it.
    pub found: bool,
}

/// What a person did with a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeState {
    Open,
    Merged,
    Closed,
}

/// A change as the forge shows it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeSeen {
    pub state: ChangeState,
    /// It carries [`IGNORE_LABEL`].
    pub ignored: bool,
    pub number: Option<u64>,
    pub url: Option<String>,
}
