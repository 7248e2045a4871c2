//! Public or self-hosted GitHub, through octocrab.
//!
//! The modules follow one publication: who we are (`auth`), how a request is
//! sent and read (`call`, `client`, `wire`, `refusal`,
//! `quiet`), what is read of a run (`runs`,
//! `logs`), of the code (`listing`, `contents`, `tarball`, `history`), and what
//! is written (`publish`, `objects`, `pulls`, `checks`).
//!
//! Absent on purpose: git (its data API is enough, and a process that holds a
//! token runs no repository's configuration), and repeated tries: who calls
//! knows the task and its deadline, so a failure worth another try is
//! [`ForgeError::Transient`](super::ForgeError::Transient) and nothing more.

mod annotate;
mod artifacts;
mod auth;
mod call;
mod check_logs;
mod checks;
mod client;
mod contents;
mod deliveries;
mod history;
mod listing;
mod logs;
mod objects;
mod past_runs;
mod publish;
mod pulls;
mod quiet;
mod refusal;
mod runs;
mod settings;
mod text;
mod wire;

use std::fmt;
use std::path::Path;

use async_trait::async_trait;

use super::{Ci, Downloaded, Forge, Job, Reports, Result};
use crate::change::{Change, ChangeSeen, Form, Publication};
use crate::ci_history::CiHistory;
use crate::event::PipelineFailed;
use crate::ids::{Branch, ObjectId, Repository, RepositoryName, RunKey, Source};
use crate::time::Timestamp;
use crate::tree::Tree;
pub use annotate::{MAX_ANNOTATIONS, annotated_lines};
pub use checks::CHECK_NAME;
use client::Client;
pub use deliveries::{Hook, Missed};
pub use runs::EndedRuns;
pub use settings::{Auth, PUBLIC_API, Secret, Settings, SettingsError, Timeouts};
pub use text::cut;

/// One GitHub: the public one, an Enterprise server, or a test's double.
pub struct GitHub {
    client: Client,
}

impl GitHub {
    /// Checks the settings; sends nothing. Must be called inside a tokio
    /// runtime, on which octocrab's connection pool lives.
    pub fn new(settings: Settings) -> std::result::Result<GitHub, SettingsError> {
        Ok(GitHub {
            client: Client::new(settings)?,
        })
    }

    /// The runs of a repository that ended and were *created* at or after `since`:
    /// what polling reads where no webhook reaches us. GitHub filters by
    /// creation, so go back by as long as a run may last; the run's key makes
    /// what is seen twice harmless. At most 1,000 runs are looked at.
    pub async fn ended_runs(&self, repository: &Repository, since: Timestamp) -> Result<EndedRuns> {
        runs::ended_runs(&self.client, &repository.name, since).await
    }

    /// One run by its number. One that did not fail, or is not over, is
    /// [`ForgeError::Unsupported`] with the reason.
    pub async fn failed_run(&self, repository: &Repository, run: u64) -> Result<PipelineFailed> {
        runs::failed_run(&self.client, &repository.name, run).await
    }

    /// What past runs since a time were like: at most
    /// [`MAX_RUNS`](crate::ci_history::MAX_RUNS), a request or more each.
    /// `told` hears how many of how many have been read.
    pub async fn past_runs(
        &self,
        repository: &Repository,
        since: (Timestamp, u32),
        told: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<CiHistory> {
        past_runs::history(&self.client, &repository.name, since, told).await
    }

    /// The commit that a tag, branch or commit of any repository leads to;
    /// none where the credential does not reach it.
    pub async fn commit_of(&self, repository: &RepositoryName, reference: &str) -> Option<String> {
        past_runs::commit_of(&self.client, repository, reference).await
    }

    /// The webhooks that send to us: the App's, or with a token those of the
    /// repositories.
    pub async fn hooks(&self, repositories: &[RepositoryName]) -> Result<Vec<Hook>> {
        deliveries::hooks(&self.client, repositories).await
    }

    /// Deliveries since a time that never arrived, oldest first. At most 1,000
    /// attempts are looked at.
    pub async fn missed_deliveries(
        &self,
        hook: &Hook,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<Missed>> {
        deliveries::missed(&self.client, hook, since, now).await
    }

    /// Asks for a delivery again. It comes, if it does, as any other.
    pub async fn redeliver(&self, hook: &Hook, missed: &Missed) -> Result<()> {
        deliveries::redeliver(&self.client, hook, missed).await
    }

    /// Whether the credential reaches this repository: one harmless read. The
    /// error says what is missing and where to grant it.
    pub async fn check_access(&self, repository: &Repository) -> Result<()> {
        history::check_access(&self.client, &repository.name).await
    }
}

impl fmt::Debug for GitHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GitHub({})", self.client.base())
    }
}

#[async_trait]
impl Ci for GitHub {
    async fn failed_jobs(&self, run: &PipelineFailed) -> Result<Vec<Job>> {
        match run.run.source {
            Source::CheckRun => Ok(vec![check_logs::job(run)]),
            Source::Forge | Source::Jenkins { .. } | Source::Told { .. } => {
                runs::failed_jobs(&self.client, run).await
            }
        }
    }

    async fn download_up_to(
        &self,
        run: &RunKey,
        job: &Job,
        into: &Path,
        limit: u64,
    ) -> Result<Downloaded> {
        let repository = &run.repository.name;
        match run.source {
            // What stands on a check run is short.
            Source::CheckRun => check_logs::download(&self.client, repository, run.run, into).await,
            Source::Forge | Source::Jenkins { .. } | Source::Told { .. } => {
                logs::download(&self.client, repository, job, into, limit).await
            }
        }
    }

    /// What a check run that passed says is no log.
    async fn passed_jobs(&self, run: &RunKey) -> Result<Vec<Job>> {
        match run.source {
            Source::CheckRun => Ok(Vec::new()),
            Source::Forge | Source::Jenkins { .. } | Source::Told { .. } => {
                runs::passed_jobs(&self.client, run).await
            }
        }
    }

    async fn green_runs(&self, like: &PipelineFailed, branch: &Branch) -> Result<Vec<RunKey>> {
        match like.run.source {
            Source::CheckRun => Ok(Vec::new()),
            Source::Forge | Source::Jenkins { .. } | Source::Told { .. } => {
                runs::green_runs(&self.client, like, branch).await
            }
        }
    }

    async fn reports(&self, run: &PipelineFailed, _: &[Job]) -> Result<Reports> {
        match run.run.source {
            Source::CheckRun => Ok(Reports::default()),
            Source::Forge | Source::Jenkins { .. } | Source::Told { .. } => {
                artifacts::reports(&self.client, &run.run).await
            }
        }
    }
}

#[async_trait]
impl Forge for GitHub {
    async fn checkout(
        &self,
        repository: &Repository,
        commit: &ObjectId,
        into: &Path,
    ) -> Result<Tree> {
        let tree = listing::tree(&self.client, &repository.name, commit).await?;
        contents::write(&self.client, &repository.name, commit, &tree, into).await?;
        Ok(tree)
    }

    async fn branch_head(
        &self,
        repository: &Repository,
        branch: &Branch,
    ) -> Result<Option<ObjectId>> {
        history::branch_head(&self.client, &repository.name, branch).await
    }

    async fn default_branch(&self, repository: &Repository) -> Result<Option<Branch>> {
        history::default_branch(&self.client, &repository.name).await
    }

    async fn is_ancestor(
        &self,
        repository: &Repository,
        ancestor: &ObjectId,
        commit: &ObjectId,
    ) -> Result<bool> {
        history::is_ancestor(&self.client, &repository.name, ancestor, commit).await
    }

    async fn recent_messages(
        &self,
        repository: &Repository,
        commit: &ObjectId,
        count: usize,
    ) -> Result<Vec<String>> {
        history::recent_messages(&self.client, &repository.name, commit, count).await
    }

    async fn find_change(
        &self,
        repository: &Repository,
        branch: &Branch,
    ) -> Result<Option<ChangeSeen>> {
        let pull = pulls::newest(&self.client, &repository.name, branch).await?;
        Ok(pull.map(|pull| pull.seen()))
    }

    async fn publish(&self, publication: &Publication) -> Result<Change> {
        match publication.form() {
            Form::PullRequest { draft } => {
                publish::pull_request(&self.client, publication, draft).await
            }
            Form::CheckRun => checks::publish(&self.client, publication).await,
        }
    }
}
