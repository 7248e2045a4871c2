//! Timetable → ConfigOptimizer's look at a repository → changes that wait for a
//! person.
//!
//! A stage that stays in the queue, one for each repository that the operator
//! put on a timetable. A look reads what past runs were like and the newest
//! tree of the default branch, has ConfigOptimizer propose, and stores what
//! passed the check in one transaction: cut off anywhere before, it begins
//! anew, and nothing was told to anybody. From there each change goes the way
//! of a repair (`publish`, `watch`), with a linter's word in the place of a
//! proof.

mod choose;
mod history;
mod keep;
mod place;
mod told;

pub use history::past_runs;
pub(super) use place::place;
pub use place::schedule;
pub(super) use told::text;

use std::sync::Arc;

use super::agents::BesideInput;
use super::analyze::retry_host_fault;
use super::optimize::{Advised, Subject, look_over};
use super::ran::Ran;
use super::record::record;
use super::repair::finish;
use super::{Pipeline, StageError};
use crate::ci_history::{CiHistory, FILE, KIND, Shares, Wanted};
use crate::event::{Conclusion, PipelineFailed, Trigger};
use crate::forge::Forge;
use crate::ids::{Branch, Digest, ObjectId, Repository, RunKey, Source, TaskId};
use crate::sandbox::{Report, Workspace};
use crate::store::{Claimed, StoreError, TaskRecord, TaskRow, Tx, look};
use crate::task::{TaskKind, TaskState};
use crate::time::Timestamp;
use crate::timetable::Plan;

/// How long a look waits while another one is under way, in milliseconds: one
/// reads hundreds of pages, and repairs share the credential.
const TURN_MS: i64 = 60_000;

/// Tries of one look where the forge does not answer, half a minute in all.
/// Then it is its next turn's.
const MAX_TRIES: u32 = 5;

pub(super) async fn run(pipeline: &Pipeline, work: &Claimed) -> Result<(), StageError> {
    let repository: Repository = work
        .subject
        .parse()
        .map_err(|error| StageError::GiveUp(format!("{error}")))?;
    let Some(plan) = pipeline.timetable.get(&repository) else {
        // It was taken off the timetable.
        return finish(pipeline, work).await;
    };
    let now = pipeline.now();
    if is_anothers_turn(pipeline, work).await? {
        let (work, later) = (work.clone(), now.plus_ms(TURN_MS));
        let wait = move |tx: &mut Tx<'_>| tx.defer(&work, later);
        return Ok(pipeline.store.write(wait).await?);
    }
    let turn = Turn {
        pipeline,
        repository: &repository,
        plan,
        now,
    };
    match turn.look().await {
        Ok(looked) => turn.keep(work, looked).await,
        Err(error @ StageError::Retry { .. }) if work.attempts + 1 < MAX_TRIES => Err(error),
        Err(error) => turn.give_up(work, &error).await,
    }
}

async fn is_anothers_turn(pipeline: &Pipeline, work: &Claimed) -> Result<bool, StageError> {
    let work = work.clone();
    let read = pipeline
        .store
        .read(move |connection| look::is_under_way(connection, &work));
    Ok(read.await?)
}

/// One repository's turn.
struct Turn<'a> {
    pipeline: &'a Pipeline,
    repository: &'a Repository,
    plan: &'a Plan,
    now: Timestamp,
}

/// What a look came to.
struct Looked {
    /// What stands where a failed run's event would.
    event: PipelineFailed,
    /// The look itself.
    task: TaskRow,
    ran: Ran,
    recording: Option<Digest>,
    history: CiHistory,
    advised: Advised,
}

impl Turn<'_> {
    async fn look(&self) -> Result<Looked, StageError> {
        let kind = self.repository.forge;
        let (forge, ci) = (
            self.pipeline.forges.get(kind)?,
            self.pipeline.systems.of(kind)?,
        );
        let (branch, commit) = self.newest(forge).await?;
        let scratch = self.pipeline.store.scratch()?;
        let (tree, files) = forge.open(self.repository, &commit, scratch.path()).await?;
        let workspace = Workspace {
            tree: Arc::new(tree),
            files,
        };
        let wanted = Wanted {
            since: self.plan.since(self.now),
            days: self.plan.days,
            shares: Shares::of(self.plan.requests),
        };
        let mut history = past_runs(ci, self.repository, &wanted, &workspace, &|_, _| {}).await?;
        history.default_branch = Some(branch.to_string());
        let event = self.event(branch, commit);
        let mut task = self.task(&event);
        let subject = Subject {
            task: task.id.clone(),
            place: Some((self.repository.clone(), event.commit.clone())),
            history: Some(self.input(&history)?),
            workspace,
        };
        let pipeline = self.pipeline;
        let (report, advised) = look_over(&pipeline.agents, &subject, &pipeline.rules).await;
        retry_host_fault(&report)?;
        let (report, recording) = self.recorded(report).await?;
        let ran = Ran::new(&task, &report, recording, self.now);
        let advised = match advised {
            Ok(advised) => advised,
            Err(error) => {
                task.state = TaskState::Failed;
                task.record.note = Some(crate::redact::redact(&error.to_string()).into_owned());
                Advised::default()
            }
        };
        Ok(Looked {
            event,
            task,
            ran,
            recording,
            history,
            advised,
        })
    }

    async fn newest(&self, forge: &dyn Forge) -> Result<(Branch, ObjectId), StageError> {
        let branch = forge.default_branch(self.repository).await?;
        let branch = branch.ok_or_else(|| {
            StageError::GiveUp("the forge names no default branch to look at".into())
        })?;
        let head = forge.branch_head(self.repository, &branch).await?;
        match head {
            Some(head) => Ok((branch, head)),
            None => Err(StageError::GiveUp(format!("there is no branch {branch}"))),
        }
    }

    fn event(&self, branch: Branch, commit: ObjectId) -> PipelineFailed {
        let run = RunKey {
            repository: self.repository.clone(),
            source: Source::Timetable,
            run: self.now.0.unsigned_abs(),
            attempt: 1,
        };
        PipelineFailed {
            run,
            conclusion: Conclusion::Looked,
            commit,
            base: Some(branch.clone()),
            branch,
            trigger: Trigger::Timetable,
            fork: false,
            by_bot: false,
            workflow: String::new(),
            url: None,
            installation: None,
            command: None,
            log_format: None,
        }
    }

    fn task(&self, event: &PipelineFailed) -> TaskRow {
        let agent = self.pipeline.agents.optimizer().clone();
        let run = event.run.to_string();
        let subject = format!("what CI of {} is like", event.branch);
        TaskRow {
            id: TaskId::derive(&["look", &run, &agent.digest.hex()]),
            kind: TaskKind::Optimize,
            state: TaskState::Analyzed,
            repository: self.repository.clone(),
            run,
            job: String::new(),
            incident: None,
            record: TaskRecord::new(agent, event, subject),
            created_at: self.now,
            updated_at: self.now,
        }
    }

    /// What past runs were like, in the store, so that the look can be replayed.
    fn input(&self, history: &CiHistory) -> Result<BesideInput, StageError> {
        let bytes = serde_json::to_vec(history).map_err(StoreError::from)?;
        let blobs = self.pipeline.store.blobs();
        let digest = blobs.put(&bytes)?;
        let opened = BesideInput::of(FILE, KIND, &blobs.path(&digest), digest);
        opened.map_err(StageError::from)
    }

    async fn recorded(&self, report: Report) -> Result<(Report, Option<Digest>), StageError> {
        let blobs = self.pipeline.store.blobs().clone();
        let agents = self.pipeline.agents.clone();
        // Reading and writing files is not for a thread that serves others.
        let recorded = tokio::task::spawn_blocking(move || {
            let recording = record(&blobs, &agents, &report)?;
            Ok::<_, StoreError>((report, recording))
        });
        let recorded = recorded.await;
        Ok(recorded
            .map_err(|panic| StageError::GiveUp(format!("the record panicked: {panic}")))??)
    }
}
