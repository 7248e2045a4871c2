//! What GitHub Actions ran.

use serde::Deserialize;

use super::call::{ACTIONS, Call};
use super::client::Client;
use super::text::encoded;
use super::wire::unexpected;
use crate::event::{PipelineFailed, github as event};
use crate::forge::{Job, MAX_JOBS, Result};
use crate::ids::RepositoryName;
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
struct RunJob {
    id: u64,
    name: String,
    conclusion: Option<String>,
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

fn bounded(name: &str) -> String {
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
    let key = &run.run;
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
    let jobs = pages.into_iter().flat_map(|page| page.jobs);
    let failed = jobs.filter(|job| is_red(&job.conclusion));
    Ok(failed.take(MAX_JOBS).map(Job::from).collect())
}

#[derive(Deserialize)]
struct RunPage {
    workflow_runs: Vec<serde_json::Value>,
}

pub(super) async fn failed_runs(
    client: &Client,
    repository: &RepositoryName,
    since: Timestamp,
) -> Result<Vec<PipelineFailed>> {
    const WHAT: &str = "listing the runs";
    let created = encoded(&format!(">={since}"));
    let call = |page: String| {
        let path = format!("/actions/runs?status=completed&created={created}&{page}");
        Call::get(WHAT, repository, ACTIONS, path)
    };
    let pages: Vec<RunPage> = client.pages(MAX_RUN_PAGES, call).await?;
    let mut failed = Vec::new();
    for run in pages.into_iter().flat_map(|page| page.workflow_runs) {
        match event::listed_run(run, repository) {
            Ok(Some(run)) => failed.push(run),
            Ok(None) => {}
            // One run that makes no sense (a branch whose name no branch has)
            // must not hide the others.
            Err(error) => {
                tracing::warn!(%repository, %error, "a listed run is left out");
            }
        }
    }
    Ok(failed)
}

/// The job's number, for a path: ids come back from our own store as text.
pub(super) fn job_number(what: &'static str, job: &Job) -> Result<u64> {
    job.id
        .parse()
        .map_err(|_| unexpected(what, "the job's id is no number"))
}
