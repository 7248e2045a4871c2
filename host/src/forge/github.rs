//! Public or self-hosted GitHub, through octocrab.
//!
//! The modules follow one publication: who we are (`auth`), how a request is
//! sent and read (`call`, `client`, `wire`, `refusal`), what is read of a run (`runs`,
//! `logs`), of the code (`listing`, `contents`, `tarball`, `history`), and what
//! is written (`publish`, `objects`, `pulls`, `checks`, `commit`, `suggest`).
//! `people` and `talk` are what people write and may do, and our answers. Once
//! it is there, it is watched (`ci_state`) and acted on (`edit`), and jobs are
//! run again (`reruns`).
//!
//! Absent on purpose: git (its data API is enough, and a process that holds a
//! token runs no repository's configuration), and repeated tries: who calls
//! knows the task and its deadline, so a failure worth another try is
//! [`ForgeError::Transient`](super::ForgeError::Transient) and nothing more.

mod annotate;
mod artifacts;
mod auth;
mod call;
mod changed;
mod check_logs;
mod checks;
mod ci_state;
mod client;
mod commit;
mod contents;
mod deliveries;
mod edit;
mod history;
mod listing;
mod logs;
mod objects;
mod past_runs;
mod people;
mod publish;
mod pulls;
mod refusal;
mod reruns;
mod runs;
mod settings;
mod suggest;
mod talk;
mod text;
mod tidy;
mod wire;

use std::fmt;
use std::path::Path;

use async_trait::async_trait;

use super::{Ci, Downloaded, Forge, Job, Reports, Result};
use crate::change::talk::{CommentSeen, Permission, PullSeen, Reply};
use crate::change::{
    Change, ChangeEdit, ChangeSeen, CiState, Form, Notice, Publication, RunNow, Standing,
};
use crate::ci_history::{CiHistory, Wanted};
use crate::event::PipelineFailed;
use crate::ids::{Branch, ObjectId, Repository, RepositoryName, RunKey, Source};
use crate::push::{Push, Since};
use crate::time::Timestamp;
use crate::tree::{Entry, Tree};
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
    /// [`Unsupported`](super::ForgeError::Unsupported) with the reason.
    pub async fn failed_run(&self, repository: &Repository, run: u64) -> Result<PipelineFailed> {
        runs::failed_run(&self.client, &repository.name, run).await
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
            Source::Forge | Source::Jenkins { .. } | Source::Told { .. } | Source::Timetable => {
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
            Source::Forge | Source::Jenkins { .. } | Source::Told { .. } | Source::Timetable => {
                logs::download(&self.client, repository, job, into, limit).await
            }
        }
    }

    /// What a check run that passed says is no log.
    async fn passed_jobs(&self, run: &RunKey) -> Result<Vec<Job>> {
        match run.source {
            Source::CheckRun => Ok(Vec::new()),
            Source::Forge | Source::Jenkins { .. } | Source::Told { .. } | Source::Timetable => {
                runs::passed_jobs(&self.client, run).await
            }
        }
    }

    async fn green_runs(&self, like: &PipelineFailed, branch: &Branch) -> Result<Vec<RunKey>> {
        match like.run.source {
            Source::CheckRun => Ok(Vec::new()),
            Source::Forge | Source::Jenkins { .. } | Source::Told { .. } | Source::Timetable => {
                runs::green_runs(&self.client, like, branch).await
            }
        }
    }

    async fn reports(&self, run: &PipelineFailed, _: &[Job]) -> Result<Reports> {
        match run.run.source {
            Source::CheckRun => Ok(Reports::default()),
            Source::Forge | Source::Jenkins { .. } | Source::Told { .. } | Source::Timetable => {
                artifacts::reports(&self.client, &run.run).await
            }
        }
    }

    async fn past_runs(
        &self,
        repository: &Repository,
        wanted: &Wanted,
        told: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<CiHistory> {
        past_runs::history(&self.client, &repository.name, wanted, told).await
    }

    async fn action_commit(&self, action: &RepositoryName, reference: &str) -> Option<String> {
        past_runs::commit_of(&self.client, action, reference).await
    }

    async fn run_now(&self, run: &RunKey) -> Result<RunNow> {
        of_actions(run)?;
        reruns::now(&self.client, run).await
    }

    async fn rerun(&self, run: &RunKey) -> Result<u64> {
        of_actions(run)?;
        reruns::again(&self.client, run).await
    }
}

/// Other CI systems' jobs are theirs to run.
fn of_actions(run: &RunKey) -> Result<()> {
    match run.source {
        Source::Forge => Ok(()),
        Source::CheckRun | Source::Jenkins { .. } | Source::Told { .. } | Source::Timetable => {
            Err(super::unsupported(super::NO_RERUN))
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

    async fn changed(
        &self,
        repository: &Repository,
        since: &Since,
        head: &ObjectId,
    ) -> Result<Push> {
        changed::changed(&self.client, &repository.name, since, head).await
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
            Form::Commit => commit::land(&self.client, publication).await,
            Form::Suggestion { pull } => suggest::review(&self.client, publication, pull).await,
        }
    }

    async fn permission(&self, repository: &Repository, user: &str) -> Result<Permission> {
        people::permission(&self.client, &repository.name, user).await
    }

    async fn comment(
        &self,
        repository: &Repository,
        change: u64,
        comment: u64,
    ) -> Result<Option<CommentSeen>> {
        people::comment(&self.client, &repository.name, change, comment).await
    }

    async fn own_check(&self, repository: &Repository, check: u64) -> Result<Option<ObjectId>> {
        checks::own(&self.client, &repository.name, check).await
    }

    async fn pull(&self, repository: &Repository, number: u64) -> Result<Option<PullSeen>> {
        pulls::one(&self.client, &repository.name, number).await
    }

    async fn pull_of_fork(
        &self,
        repository: &Repository,
        branch: &Branch,
        head: &ObjectId,
    ) -> Result<Option<PullSeen>> {
        pulls::of_fork(&self.client, &repository.name, branch, head).await
    }

    async fn is_protected(&self, repository: &Repository, branch: &Branch) -> Result<bool> {
        history::is_protected(&self.client, &repository.name, branch).await
    }

    async fn reply(&self, reply: &Reply) -> Result<()> {
        talk::reply(&self.client, reply).await
    }

    async fn show(&self, notice: &Notice) -> Result<()> {
        checks::show(&self.client, notice).await
    }

    async fn close(&self, repository: &Repository, branch: &Branch) -> Result<()> {
        pulls::close(&self.client, &repository.name, branch).await
    }

    async fn standing(&self, repository: &Repository, change: &Change) -> Result<Standing> {
        let pull = edit::pull(&self.client, &repository.name, change).await?;
        Ok(pull.standing())
    }

    async fn ci_state(&self, repository: &Repository, commit: &ObjectId) -> Result<CiState> {
        ci_state::of(&self.client, repository, commit).await
    }

    async fn set_change(
        &self,
        repository: &Repository,
        change: &Change,
        edit: &ChangeEdit,
    ) -> Result<()> {
        edit::apply(&self.client, &repository.name, change, edit).await
    }

    async fn listing(&self, repository: &Repository, commit: &ObjectId) -> Result<Tree> {
        listing::tree(&self.client, &repository.name, commit).await
    }

    async fn blob(&self, repository: &Repository, entry: &Entry) -> Result<Vec<u8>> {
        contents::blob(&self.client, &repository.name, &entry.id).await
    }
}
