//! Logs of the same job that passed: a line that stands there too is not why
//! the job failed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Beside;
use crate::event::PipelineFailed;
use crate::forge::{Ci, ForgeError, Job, MAX_GREEN_RUNS};
use crate::ids::{Branch, Digest, RunKey};
use crate::pipeline::{Pipeline, StageError, base};
use crate::redact::redact;
use crate::store::{JobLog, beside, ended};

/// Bytes read of one log that passed; what comes behind has been said before.
const MAX_PASSING_BYTES: u64 = 16 * 1024 * 1024;

/// Logs downloaded for one run: a matrix of sixty jobs prints alike.
const MAX_DOWNLOADS: usize = 24;

/// The kind LogAnalyzer knows them by.
const KIND: &str = "passing-log";

pub(super) async fn gather(
    pipeline: &Pipeline,
    event: &PipelineFailed,
    logs: &[JobLog],
    files: &mut BTreeMap<String, Vec<Beside>>,
) -> Result<Vec<Value>, StageError> {
    let ci = pipeline.systems.get(&event.run)?;
    let green = green(pipeline, ci, event).await?;
    let mut asking = Asking {
        pipeline,
        ci,
        jobs: BTreeMap::new(),
        left: MAX_DOWNLOADS,
    };
    let mut told = Vec::new();
    for log in logs {
        let mut runs = Vec::new();
        for run in &green {
            let Some(digest) = asking.log(run, &log.name).await? else {
                continue;
            };
            runs.push(run.to_string());
            files.entry(log.job.clone()).or_default().push(Beside {
                name: format!("passing-{}.log", runs.len()),
                kind: KIND,
                digest,
            });
        }
        if !runs.is_empty() {
            told.push(json!({ "job": log.job, "runs": runs }));
        }
    }
    Ok(told)
}

/// The newest green runs of the workflow on the branch, or else on what it is
/// measured against. A fork's own are left out: whoever prints a line in a run
/// that passes could make it look ordinary.
async fn green(
    pipeline: &Pipeline,
    ci: &dyn Ci,
    event: &PipelineFailed,
) -> Result<Vec<RunKey>, StageError> {
    if !event.fork {
        let own = on(pipeline, ci, event, &event.branch).await?;
        if !own.is_empty() {
            return Ok(own);
        }
    }
    let base = match pipeline.forges.get(event.run.repository.forge) {
        Ok(forge) => base::of(forge, event).await.ok().flatten(),
        Err(_) => None,
    };
    match base.filter(|base| event.fork || *base != event.branch) {
        Some(base) => on(pipeline, ci, event, &base).await,
        None => Ok(Vec::new()),
    }
}

/// Green runs that the store knows, or else the CI system.
async fn on(
    pipeline: &Pipeline,
    ci: &dyn Ci,
    event: &PipelineFailed,
    branch: &Branch,
) -> Result<Vec<RunKey>, StageError> {
    let (repository, workflow) = (event.run.repository.clone(), event.workflow.clone());
    let (name, count) = (branch.clone(), MAX_GREEN_RUNS as u32);
    let stored = pipeline
        .store
        .read(move |connection| ended::passed_on(connection, &repository, &name, &workflow, count))
        .await?;
    let stored = stored.into_iter().map(|ended| ended.run);
    let stored: Vec<RunKey> = stored
        .filter(|run| run.source == event.run.source)
        .collect();
    if !stored.is_empty() {
        return Ok(stored);
    }
    let asked = ci.green_runs(event, branch).await;
    Ok(asked.unwrap_or_else(|error| {
        tracing::info!(%error, "no green runs are known to compare with");
        Vec::new()
    }))
}

/// The logs of green runs, each fetched once.
struct Asking<'a> {
    pipeline: &'a Pipeline,
    ci: &'a dyn Ci,
    /// What passed in each run, once asked.
    jobs: BTreeMap<String, Vec<Job>>,
    left: usize,
}

impl Asking<'_> {
    /// The log of a job of that name, if it is to be had.
    async fn log(&mut self, run: &RunKey, name: &str) -> Result<Option<Digest>, StageError> {
        let (key, of) = (run.clone(), name.to_owned());
        let store = &self.pipeline.store;
        let known = store
            .read(move |connection| beside::passing(connection, &key, &of))
            .await?;
        if let Some(known) = known {
            return Ok(known);
        }
        if self.left == 0 {
            return Ok(None);
        }
        let digest = match self.fetch(run, name).await {
            Ok(digest) => digest,
            Err(Unfetched::Now(error)) => {
                tracing::info!(%error, %run, name, "a log that passed could not be fetched");
                // The others will hardly fare better.
                self.left = 0;
                return Ok(None);
            }
            Err(Unfetched::Stage(error)) => return Err(error),
        };
        let (key, of, now) = (run.clone(), name.to_owned(), self.pipeline.now());
        store
            .write(move |tx| tx.insert_passing(&key, &of, digest.as_ref(), now))
            .await?;
        Ok(digest)
    }

    /// Downloads a log; none where there is none and will be none.
    async fn fetch(&mut self, run: &RunKey, name: &str) -> Result<Option<Digest>, Unfetched> {
        let Some(job) = self.job(run, name).await? else {
            return Ok(None);
        };
        self.left -= 1;
        let blobs = self.pipeline.store.blobs().clone();
        let file = blobs.scratch().map_err(StageError::from)?;
        let downloaded = self
            .ci
            .download_up_to(run, &job, file.path(), MAX_PASSING_BYTES)
            .await;
        match downloaded {
            Ok(_) => {}
            Err(error) if error.is_transient() => return Err(Unfetched::Now(error)),
            Err(_) => return Ok(None),
        }
        let kept = tokio::task::spawn_blocking(move || {
            let bytes = std::fs::read(file.path())?;
            let text = String::from_utf8_lossy(&bytes);
            Ok::<_, StageError>(blobs.put(redact(&text).as_bytes())?)
        });
        let kept = kept.await.map_err(|panic| {
            StageError::GiveUp(format!("storing a log that passed panicked: {panic}"))
        })?;
        Ok(Some(kept?))
    }

    /// The job of that name in a green run.
    async fn job(&mut self, run: &RunKey, name: &str) -> Result<Option<Job>, Unfetched> {
        let key = run.to_string();
        if !self.jobs.contains_key(&key) {
            let jobs = match self.ci.passed_jobs(run).await {
                Ok(jobs) => jobs,
                Err(error) if error.is_transient() => return Err(Unfetched::Now(error)),
                Err(_) => Vec::new(),
            };
            self.jobs.insert(key.clone(), jobs);
        }
        let jobs = self.jobs.get(&key).into_iter().flatten();
        Ok(jobs.into_iter().find(|job| job.name == name).cloned())
    }
}

/// Why a log was not fetched.
enum Unfetched {
    /// Not now, perhaps later.
    Now(ForgeError),
    /// Our own trouble.
    Stage(StageError),
}

impl From<StageError> for Unfetched {
    fn from(error: StageError) -> Unfetched {
        Unfetched::Stage(error)
    }
}
