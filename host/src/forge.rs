//! Where code lives and changes are proposed ([`Forge`]), and the CI systems
//! that ran it ([`Ci`]): often the same, sometimes not. Adapters that know the
//! pure layer and never each other.

pub mod checkout;
pub mod directory;
pub mod github;
pub mod gitlab;
pub mod jenkins;
pub mod local;
pub mod reports;
mod tarball;
pub mod told;
pub mod web;

pub use reports::Reports;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::change::{Change, ChangeSeen, Publication};
use crate::event::PipelineFailed;
use crate::ids::{Branch, ObjectId, Repository, RunKey};
use crate::push::{Push, Since};
use crate::tree::{Files, Tree, TreeError};

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
}
