//! What GitHub Actions ran.

use serde::Deserialize;

use super::call::{ACTIONS, Call};
use super::client::Client;
use super::text::encoded;
use super::wire::unexpected;
use crate::event::github::{self as event, ListedRun};
use crate::event::{PipelineFailed, PipelinePassed};
use crate::forge::{ForgeError, Job, MAX_GREEN_RUNS, MAX_JOBS, Result};
use crate::ids::{Branch, RepositoryName, RunKey};
use crate::time::Timestamp;

/// Pages of a hundred jobs that are read: a workflow has 256 jobs a matrix.
const MAX_JOB_PAGES: u32 = 10;

/// Pages of a hundred runs; GitHub itself ends a filtered list at 1,000.
const MAX_RUN_PAGES: u32 = 10;

/// Failed steps kept of one job.
const MAX_STEPS: usize = 50;

/// Longest name kept, in characters.
const MAX_NAME_CHARS: usize = 300;

#[derive(Deserialize)]
struct JobPage {
    jobs: Vec<RunJob>,
}

#[derive(Deserialize)]
pub(super) struct RunJob {
    pub id: u64,
    pub name: String,
    pub conclusion: Option<String>,
    /// Missing or null where the job never began.
    steps: Option<Vec<Step>>,
}

#[derive(Deserialize)]
struct Step {
    name: String,
    conclusion: Option<String>,
}

fn is_red(conclusion: &Option<String>) -> bool {
    matches!(conclusion.as_deref(), Some("failure" | "timed_out"))
}

pub(super) fn bounded(name: &str) -> String {
    name.chars().take(MAX_NAME_CHARS).collect()
}

impl From<RunJob> for Job {
    fn from(job: RunJob) -> Job {
        let steps = job.steps.unwrap_or_default();
        let failed = steps.iter().filter(|step| is_red(&step.conclusion));
        Job {
            failed_steps: failed
                .take(MAX_STEPS)
                .map(|step| bounded(&step.name))
                .collect(),
            ..Job::new(job.id.to_string(), bounded(&job.name))
        }
    }
}

pub(super) async fn failed_jobs(client: &Client, run: &PipelineFailed) -> Result<Vec<Job>> {
    let jobs = jobs(client, &run.run).await?.into_iter();
    let failed = jobs.filter(|job| is_red(&job.conclusion));
    Ok(failed.take(MAX_JOBS).map(Job::from).collect())
}

pub(super) async fn passed_jobs(client: &Client, run: &RunKey) -> Result<Vec<Job>> {
    let jobs = jobs(client, run).await?.into_iter();
    let passed = jobs.filter(|job| job.conclusion.as_deref() == Some("success"));
    Ok(passed.take(MAX_JOBS).map(Job::from).collect())
}

/// The jobs of one attempt.
pub(super) async fn jobs(client: &Client, key: &RunKey) -> Result<Vec<RunJob>> {
    let base = format!("/actions/runs/{}/attempts/{}/jobs", key.run, key.attempt);
    let call = |page: String| {
        let path = format!("{base}?{page}");
        Call::get(
            "listing the run's jobs",
            &key.repository.name,
            ACTIONS,
            path,
        )
    };
    let pages: Vec<JobPage> = client.pages(MAX_JOB_PAGES, call).await?;
    Ok(pages.into_iter().flat_map(|page| page.jobs).collect())
}

/// One run by its number, which has to have failed.
pub(super) async fn failed_run(
    client: &Client,
    repository: &RepositoryName,
    run: u64,
) -> Result<PipelineFailed> {
    const WHAT: &str = "reading the run";
    let call = Call::get(WHAT, repository, ACTIONS, format!("/actions/runs/{run}"));
    let listed: serde_json::Value = client.json(call).await?;
    match event::listed_run(listed, repository) {
        Ok(Some(ListedRun::Failed(failed))) => Ok(failed),
        Ok(Some(ListedRun::Passed(_))) => Err(ForgeError::Unsupported(format!(
            "run {run} of {repository} passed: there is nothing to repair"
        ))),
        Ok(None) => Err(ForgeError::Unsupported(format!(
            "run {run} of {repository} is still going on, was cancelled or skipped, or is on a \
             branch of Sentinel's own"
        ))),
        Err(error) => Err(unexpected(WHAT, error.to_string())),
    }
}

/// The newest green runs of a workflow on a branch. The list is looked at
/// again: it also holds other workflows, and forks' branches of that name.
pub(super) async fn green_runs(
    client: &Client,
    like: &PipelineFailed,
    branch: &Branch,
) -> Result<Vec<RunKey>> {
    let repository = &like.run.repository.name;
    let name = encoded(branch.as_str());
    let path = format!("/actions/runs?status=success&branch={name}&per_page=50");
    let call = Call::get("listing the green runs", repository, ACTIONS, path);
    let page: RunPage = client.json(call).await?;
    let passed = sorted(page.workflow_runs, repository).passed.into_iter();
    let alike =
        passed.filter(|run| !run.fork && run.branch == *branch && run.workflow == like.workflow);
    Ok(alike.take(MAX_GREEN_RUNS).map(|run| run.run).collect())
}

/// Runs that ended, as a list shows them.
#[derive(Debug, Default)]
pub struct EndedRuns {
    pub failed: Vec<PipelineFailed>,
    pub passed: Vec<PipelinePassed>,
}

#[derive(Deserialize)]
struct RunPage {
    workflow_runs: Vec<serde_json::Value>,
}

pub(super) async fn ended_runs(
    client: &Client,
    repository: &RepositoryName,
    since: Timestamp,
) -> Result<EndedRuns> {
    const WHAT: &str = "listing the runs";
    let created = encoded(&format!(">={since}"));
    let call = |page: String| {
        let path = format!("/actions/runs?status=completed&created={created}&{page}");
        Call::get(WHAT, repository, ACTIONS, path)
    };
    let pages: Vec<RunPage> = client.pages(MAX_RUN_PAGES, call).await?;
    let runs = pages.into_iter().flat_map(|page| page.workflow_runs);
    Ok(sorted(runs, repository))
}

/// Listed runs, the red apart from the green.
fn sorted(
    runs: impl IntoIterator<Item = serde_json::Value>,
    repository: &RepositoryName,
) -> EndedRuns {
    let mut ended = EndedRuns::default();
    for run in runs {
        match event::listed_run(run, repository) {
            Ok(Some(ListedRun::Failed(run))) => ended.failed.push(run),
            Ok(Some(ListedRun::Passed(run))) => ended.passed.push(run),
            Ok(None) => {}
            // One run that makes no sense (a branch whose name no branch has)
            // must not hide the others.
            Err(error) => {
                tracing::warn!(%repository, %error, "a listed run is left out");
            }
        }
    }
    ended
}

/// The job's number, for a path: ids come back from our own store as text.
pub(super) fn job_number(what: &'static str, job: &Job) -> Result<u64> {
    job.id
        .parse()
        .map_err(|_| unexpected(what, "the job's id is no number"))
}
