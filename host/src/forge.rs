//! Where code lives and changes are proposed ([`Forge`]), and the CI systems
//! that ran it ([`Ci`]): often the same, sometimes not. Adapters that know the
//! pure layer and never each other.

pub mod checkout;
pub mod directory;
pub mod github;
pub mod gitlab;
pub mod jenkins;
mod landed;
pub mod local;
pub mod pace;
pub mod quiet;
pub mod reports;
mod shown;
mod tarball;
pub mod told;
pub mod web;

pub use reports::Reports;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::change::talk::{CommentSeen, Permission, PullSeen, Reply};
use crate::change::{
    Change, ChangeEdit, ChangeSeen, CiState, Notice, Publication, RunNow, Standing,
};
use crate::event::PipelineFailed;
use crate::ids::{Branch, ObjectId, Repository, RunKey};
use crate::push::{Push, Since};
use crate::tree::{Entry, Files, Tree, TreeError};

/// A job that failed in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The forge's id, as text.
    pub id: String,
    /// Written by whoever writes the workflow.
    pub name: String,
    /// The steps (on GitLab the stage) that the forge says failed.
    pub failed_steps: Vec<String>,
    /// The CI system's own word for why it failed, where it has one.
    pub failure_reason: Option<String>,
    /// What a person should look at where that word says that the code is not
    /// the cause: its log is not read, and no agent guesses.
    pub not_the_code: Option<&'static str>,
}

impl Job {
    /// A job of which nothing is known but its name.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Job {
        Job {
            id: id.into(),
            name: name.into(),
            failed_steps: Vec::new(),
            failure_reason: None,
            not_the_code: None,
        }
    }
}

/// Failed jobs of one run that are read; a matrix of hundreds fails alike.
pub const MAX_JOBS: usize = 64;

/// Bytes kept of one job's log: its head and what follows up to here.
pub const MAX_LOG_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// Why a forge did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ForgeError {
    /// Worth another try: a time-out, a 5xx, a rate limit.
    #[error("{what}: {why}")]
    Transient {
        what: &'static str,
        why: String,
        /// The forge said when to come back.
        retry_after: Option<Duration>,
    },
    /// The credential lacks a permission. Says which and where to grant it.
    #[error("{what}: not allowed: {why}")]
    Denied { what: &'static str, why: String },
    #[error("{what}: not found")]
    NotFound { what: String },
    /// Our branch or change is there, but it is not what we would publish.
    #[error("{what}: {why}")]
    Conflict { what: &'static str, why: String },
    /// A branch was moved by somebody else; nothing was written.
    #[error("{what}: {why}")]
    Moved { what: &'static str, why: String },
    /// Something this version does not handle, said plainly.
    #[error("{0}")]
    Unsupported(String),
    /// A limit was reached.
    #[error("{what} is over the limit of {limit}")]
    TooLarge { what: &'static str, limit: String },
    /// The forge answered something that makes no sense.
    #[error("{what}: unexpected answer: {why}")]
    Unexpected { what: &'static str, why: String },
    #[error("{what}: {source}")]
    Io {
        what: &'static str,
        source: std::io::Error,
    },
    #[error(transparent)]
    Tree(#[from] TreeError),
}

impl ForgeError {
    pub fn is_transient(&self) -> bool {
        matches!(self, ForgeError::Transient { .. } | ForgeError::Io { .. })
    }

    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            ForgeError::Transient { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

pub type Result<T> = std::result::Result<T, ForgeError>;

/// What a download wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Downloaded {
    pub bytes: u64,
    /// The log was longer than [`MAX_LOG_BYTES`]; the rest was not kept.
    pub truncated: bool,
}

/// A CI system: what ran, and what it printed.
#[async_trait]
pub trait Ci: Send + Sync {
    /// The failed jobs of a run, at most [`MAX_JOBS`]; none where the run
    /// never got as far as a job.
    async fn failed_jobs(&self, run: &PipelineFailed) -> Result<Vec<Job>>;

    /// Streams a job's log into a new file; memory does not grow with it.
    async fn download_log(
        &self,
        run: &PipelineFailed,
        job: &Job,
        into: &Path,
    ) -> Result<Downloaded> {
        self.download_up_to(&run.run, job, into, MAX_LOG_BYTES)
            .await
    }

    /// The same for a job of any run, and at most so many bytes.
    async fn download_up_to(
        &self,
        run: &RunKey,
        job: &Job,
        into: &Path,
        limit: u64,
    ) -> Result<Downloaded>;

    /// The jobs of a run that passed, at most [`MAX_JOBS`]; none where the CI
    /// system keeps no such list.
    async fn passed_jobs(&self, run: &RunKey) -> Result<Vec<Job>>;

    /// Newest runs of the same workflow on a branch that passed, where the CI
    /// system has such a list. Those of forks are not among them.
    async fn green_runs(&self, like: &PipelineFailed, branch: &Branch) -> Result<Vec<RunKey>>;

    /// What tools wrote down of a run beside its logs.
    async fn reports(&self, run: &PipelineFailed, jobs: &[Job]) -> Result<Reports>;

    /// A run as it stands now, whichever attempt the key names.
    async fn run_now(&self, _run: &RunKey) -> Result<RunNow> {
        Err(unsupported(NO_RERUN))
    }

    /// Runs the failed jobs of a run again, and says which attempt that is.
    /// Looks first: where somebody has done so since the attempt that the key
    /// names, nothing is asked for and theirs is the answer.
    async fn rerun(&self, _run: &RunKey) -> Result<u64> {
        Err(unsupported(NO_RERUN))
    }
}

/// Why a change is not watched, or a job not run again: for people.
const NO_WATCH: &str = "Sentinel does not watch changes on this forge";
const NO_RERUN: &str = "Sentinel does not run jobs of this CI system again";

fn unsupported(why: &str) -> ForgeError {
    ForgeError::Unsupported(why.to_owned())
}

/// Green runs of one list that are told.
pub const MAX_GREEN_RUNS: usize = 3;

/// Where code lives and changes are proposed.
#[async_trait]
pub trait Forge: Send + Sync {
    /// Lists the tree at a commit and writes its regular files into an empty
    /// directory, each checked against its blob id. Symlinks and submodules
    /// are listed and not written.
    async fn checkout(
        &self,
        repository: &Repository,
        commit: &ObjectId,
        into: &Path,
    ) -> Result<Tree>;

    /// The tree at a commit, and where its files' bytes come from when they
    /// are read. What has to be written for that goes into the empty directory
    /// `scratch`, which must live as long as the files are read.
    async fn open(
        &self,
        repository: &Repository,
        commit: &ObjectId,
        scratch: &Path,
    ) -> Result<(Tree, Arc<dyn Files>)> {
        let tree = self.checkout(repository, commit, scratch).await?;
        Ok((tree, checkout::files(scratch)?))
    }

    /// Where a branch points; none where it is gone.
    async fn branch_head(
        &self,
        repository: &Repository,
        branch: &Branch,
    ) -> Result<Option<ObjectId>>;

    /// The branch that others are merged into, where the forge names one.
    async fn default_branch(&self, repository: &Repository) -> Result<Option<Branch>>;

    /// Whether a commit is another or comes before it. What the forge does not
    /// know (any more) does not.
    async fn is_ancestor(
        &self,
        repository: &Repository,
        ancestor: &ObjectId,
        commit: &ObjectId,
    ) -> Result<bool>;

    /// Messages of the newest commits reachable from `commit`, newest first:
    /// the repository's manner.
    async fn recent_messages(
        &self,
        repository: &Repository,
        commit: &ObjectId,
        count: usize,
    ) -> Result<Vec<String>>;

    /// What changed up to `head`: since its parent, or since where it parted
    /// from a commit or a branch. At most
    /// [`MAX_CHANGED`](crate::push::MAX_CHANGED) paths.
    async fn changed(
        &self,
        repository: &Repository,
        since: &Since,
        head: &ObjectId,
    ) -> Result<Push>;

    /// The change made from one of our branches, if there ever was one.
    async fn find_change(
        &self,
        repository: &Repository,
        branch: &Branch,
    ) -> Result<Option<ChangeSeen>>;

    /// Publishes, or finds what an earlier try published. Idempotent: at any
    /// point it may be cut off and called again.
    ///
    /// The tree that the forge built is compared with
    /// [`ScopedPatch::result`](crate::patch::ScopedPatch::result) before any
    /// ref points at it.
    async fn publish(&self, publication: &Publication) -> Result<Change>;

    /// What a user may do in a repository, asked now: what a payload says of
    /// that is old, or a lie.
    async fn permission(&self, _repository: &Repository, _user: &str) -> Result<Permission> {
        Err(no_commands())
    }

    /// A comment under a change; none where it is gone.
    async fn comment(
        &self,
        _repository: &Repository,
        _change: u64,
        _comment: u64,
    ) -> Result<Option<CommentSeen>> {
        Err(no_commands())
    }

    /// A pull request, whoever made it; none where there is none.
    async fn pull(&self, _repository: &Repository, _number: u64) -> Result<Option<PullSeen>> {
        Err(no_commands())
    }

    /// The open pull request that a fork's branch at a commit is proposed by:
    /// a failing run of a fork's does not name it.
    async fn pull_of_fork(
        &self,
        _repository: &Repository,
        _branch: &Branch,
        _head: &ObjectId,
    ) -> Result<Option<PullSeen>> {
        Ok(None)
    }

    /// Whether a branch is the default one, or rules say what gets there.
    async fn is_protected(&self, _repository: &Repository, _branch: &Branch) -> Result<bool> {
        Ok(true)
    }

    /// Answers a command. Idempotent: it begins by looking for its answer.
    async fn reply(&self, _reply: &Reply) -> Result<()> {
        Err(no_commands())
    }

    /// Says on a pull request's commit why nothing is proposed. Idempotent, and
    /// patches that are shown there stay.
    async fn show(&self, _notice: &Notice) -> Result<()> {
        Err(ForgeError::Unsupported(
            "this forge's adapter shows no notices; `sentinel task show` does".into(),
        ))
    }

    /// Closes the change made from one of our branches, if it is open.
    async fn close(&self, _repository: &Repository, _branch: &Branch) -> Result<()> {
        Err(no_commands())
    }

    /// A published change as it stands now.
    async fn standing(&self, _repository: &Repository, _change: &Change) -> Result<Standing> {
        Err(unsupported(NO_WATCH))
    }

    /// What the forge's CI says of a commit, without what we published there.
    async fn ci_state(&self, _repository: &Repository, _commit: &ObjectId) -> Result<CiState> {
        Err(unsupported(NO_WATCH))
    }

    /// Does something to a published change. Looks first: what is so already,
    /// and what is over, is left as it is.
    async fn set_change(
        &self,
        _repository: &Repository,
        _change: &Change,
        _edit: &ChangeEdit,
    ) -> Result<()> {
        Err(unsupported(NO_WATCH))
    }

    /// The tree at a commit, listed and not fetched.
    async fn listing(&self, _repository: &Repository, _commit: &ObjectId) -> Result<Tree> {
        Err(unsupported(NO_WATCH))
    }

    /// One file of a listing.
    async fn blob(&self, _repository: &Repository, _entry: &Entry) -> Result<Vec<u8>> {
        Err(unsupported(NO_WATCH))
    }
}

/// What a forge says whose adapter does not listen to people.
fn no_commands() -> ForgeError {
    ForgeError::Unsupported(
        "commands in comments do nothing on this forge yet; use `sentinel approve`, `sentinel \
         reject` and `sentinel task retry`"
            .into(),
    )
}
