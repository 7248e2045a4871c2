//! GitLab, public or self-hosted, through its REST API.
//!
//! What is read: what failed and its logs (`jobs`), the code (`tree`,
//! `contents`), branches and commits (`history`). What is written: a branch
//! with a commit (`commits`) and a merge request (`publish`, `requests`), or a
//! note on somebody's own merge request (`notes`), or a commit on its branch
//! that a person asked for (`landing`, `people`). Once a change is there, it is
//! watched (`ci_state`) and acted on (`edit`). How a request is sent and what a
//! refusal means is `api` and `refusal`.
//!
//! Absent on purpose: git, commit statuses (`notes` says why), and repeated
//! tries: who calls knows the task and its deadline.

mod api;
mod artifacts;
mod changed;
mod ci_state;
mod commits;
mod contents;
mod edit;
mod history;
mod jobs;
mod landing;
mod notes;
mod past_runs;
mod people;
mod publish;
mod refusal;
mod requests;
mod run;
mod text;
mod tree;

use std::fmt;
use std::path::Path;

use async_trait::async_trait;

use super::web::{Secret, Timeouts};
use super::{Ci, Downloaded, Forge, Job, Reports, Result};
use crate::change::talk::{CommentSeen, Permission, PullSeen, Reply};
use crate::change::{
    Change, ChangeEdit, ChangeSeen, CiState, Form, Notice, Publication, RunNow, Standing,
};
use crate::ci_history::{CiHistory, Wanted};
use crate::event::PipelineFailed;
use crate::ids::{Branch, ObjectId, Repository, RunKey};
use crate::push::{Push, Since};
use crate::tree::{Entry, MAX_FILE_BYTES, Tree};
use api::Api;

/// What an operator says about a GitLab.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `https://gitlab.com`, or where the server is.
    pub url: String,
    /// A project, group or personal access token with the scope `api` and the
    /// role Developer; `read_api` and Reporter are enough to report only.
    pub token: Secret,
    pub timeouts: Timeouts,
}

/// Settings that cannot work.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error(
        "the GitLab's address is not usable: {0}; it is `https://HOST` (plain http only on loopback)"
    )]
    Url(&'static str),
    #[error("the GitLab token is empty or has characters no token has")]
    Token,
    #[error(transparent)]
    Client(#[from] super::web::NoClient),
}

/// One GitLab: the public one, a server, or a test's double.
pub struct GitLab {
    api: Api,
}

impl GitLab {
    /// Checks the settings; sends nothing.
    pub fn new(settings: Settings) -> std::result::Result<GitLab, SettingsError> {
        Ok(GitLab {
            api: Api::new(settings)?,
        })
    }

    /// Whether the token reaches this project: one harmless read.
    pub async fn check_access(&self, repository: &Repository) -> Result<()> {
        history::check_access(&self.api, &repository.name).await
    }

    /// One pipeline by its number. One that did not fail is
    /// [`Unsupported`](super::ForgeError::Unsupported) with the reason.
    pub async fn failed_run(&self, repository: &Repository, run: u64) -> Result<PipelineFailed> {
        run::failed(&self.api, repository, run).await
    }

    /// The number of the pipeline that a job belongs to.
    pub async fn run_of_job(&self, repository: &Repository, job: u64) -> Result<u64> {
        run::of_job(&self.api, repository, job).await
    }
}

impl fmt::Debug for GitLab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GitLab({})", self.api.base())
    }
}

#[async_trait]
impl Ci for GitLab {
    async fn failed_jobs(&self, run: &PipelineFailed) -> Result<Vec<Job>> {
        jobs::failed(&self.api, run).await
    }

    async fn download_up_to(
        &self,
        run: &RunKey,
        job: &Job,
        into: &Path,
        limit: u64,
    ) -> Result<Downloaded> {
        jobs::trace(&self.api, &run.repository.name, job, into, limit).await
    }

    async fn passed_jobs(&self, run: &RunKey) -> Result<Vec<Job>> {
        jobs::passed(&self.api, run).await
    }

    async fn green_runs(&self, like: &PipelineFailed, branch: &Branch) -> Result<Vec<RunKey>> {
        jobs::green_runs(&self.api, like, branch).await
    }

    async fn reports(&self, run: &PipelineFailed, jobs: &[Job]) -> Result<Reports> {
        artifacts::reports(&self.api, &run.run, jobs).await
    }

    async fn past_runs(
        &self,
        repository: &Repository,
        wanted: &Wanted,
        told: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<CiHistory> {
        past_runs::history(&self.api, &repository.name, wanted, told).await
    }

    async fn run_now(&self, run: &RunKey) -> Result<RunNow> {
        ci_state::now(&self.api, run).await
    }

    async fn rerun(&self, run: &RunKey) -> Result<u64> {
        ci_state::again(&self.api, run).await
    }
}

#[async_trait]
impl Forge for GitLab {
    async fn checkout(
        &self,
        repository: &Repository,
        commit: &ObjectId,
        into: &Path,
    ) -> Result<Tree> {
        let tree = tree::list(&self.api, &repository.name, commit).await?;
        contents::write(&self.api, &repository.name, commit, &tree, into).await?;
        Ok(tree)
    }

    async fn branch_head(
        &self,
        repository: &Repository,
        branch: &Branch,
    ) -> Result<Option<ObjectId>> {
        history::branch_head(&self.api, &repository.name, branch).await
    }

    async fn default_branch(&self, repository: &Repository) -> Result<Option<Branch>> {
        history::default_branch(&self.api, &repository.name).await
    }

    async fn is_ancestor(
        &self,
        repository: &Repository,
        ancestor: &ObjectId,
        commit: &ObjectId,
    ) -> Result<bool> {
        history::is_ancestor(&self.api, &repository.name, ancestor, commit).await
    }

    async fn recent_messages(
        &self,
        repository: &Repository,
        commit: &ObjectId,
        count: usize,
    ) -> Result<Vec<String>> {
        history::recent_messages(&self.api, &repository.name, commit, count).await
    }

    async fn changed(
        &self,
        repository: &Repository,
        since: &Since,
        head: &ObjectId,
    ) -> Result<Push> {
        changed::changed(&self.api, &repository.name, since, head).await
    }

    async fn find_change(
        &self,
        repository: &Repository,
        branch: &Branch,
    ) -> Result<Option<ChangeSeen>> {
        let request = requests::newest(&self.api, &repository.name, branch).await?;
        Ok(request.map(|request| request.seen()))
    }

    async fn publish(&self, publication: &Publication) -> Result<Change> {
        match publication.form() {
            Form::PullRequest { draft } => {
                publish::merge_request(&self.api, publication, draft).await
            }
            Form::CheckRun => notes::publish(&self.api, publication).await,
            Form::Commit => landing::land(&self.api, publication).await,
            Form::Suggestion { pull } => notes::suggest(&self.api, publication, pull).await,
        }
    }

    async fn permission(&self, repository: &Repository, user: &str) -> Result<Permission> {
        people::permission(&self.api, &repository.name, user).await
    }

    async fn comment(
        &self,
        repository: &Repository,
        change: u64,
        comment: u64,
    ) -> Result<Option<CommentSeen>> {
        people::comment(&self.api, &repository.name, change, comment).await
    }

    async fn pull(&self, repository: &Repository, number: u64) -> Result<Option<PullSeen>> {
        requests::seen(&self.api, &repository.name, number).await
    }

    async fn pull_of_fork(
        &self,
        repository: &Repository,
        branch: &Branch,
        head: &ObjectId,
    ) -> Result<Option<PullSeen>> {
        requests::of_fork(&self.api, &repository.name, branch, head).await
    }

    async fn is_protected(&self, repository: &Repository, branch: &Branch) -> Result<bool> {
        history::is_protected(&self.api, &repository.name, branch).await
    }

    async fn reply(&self, reply: &Reply) -> Result<()> {
        notes::reply(&self.api, reply).await
    }

    async fn show(&self, notice: &Notice) -> Result<()> {
        notes::show(&self.api, notice).await
    }

    async fn close(&self, repository: &Repository, branch: &Branch) -> Result<()> {
        requests::close(&self.api, &repository.name, branch).await
    }

    async fn standing(&self, repository: &Repository, change: &Change) -> Result<Standing> {
        edit::standing(&self.api, &repository.name, change).await
    }

    async fn ci_state(&self, repository: &Repository, commit: &ObjectId) -> Result<CiState> {
        ci_state::of(&self.api, repository, commit).await
    }

    async fn set_change(
        &self,
        repository: &Repository,
        change: &Change,
        edit: &ChangeEdit,
    ) -> Result<()> {
        edit::apply(&self.api, &repository.name, change, edit).await
    }

    async fn listing(&self, repository: &Repository, commit: &ObjectId) -> Result<Tree> {
        tree::list(&self.api, &repository.name, commit).await
    }

    async fn blob(&self, repository: &Repository, entry: &Entry) -> Result<Vec<u8>> {
        let path = format!("/repository/blobs/{}/raw", entry.id);
        let incoming = self
            .api
            .stream("reading a file", &repository.name, &path)
            .await?;
        incoming.read(MAX_FILE_BYTES as usize).await
    }
}
