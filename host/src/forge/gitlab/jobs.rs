//! What GitLab CI ran, and what it printed.

use std::path::Path;

use serde::Deserialize;

use super::api::{Api, Call};
use crate::event::PipelineFailed;
use crate::event::gitlab::reason::not_the_code;
use crate::forge::web::{encoded, to_file, unexpected};
use crate::forge::{Downloaded, ForgeError, Job, MAX_GREEN_RUNS, MAX_JOBS, Result};
use crate::ids::{Branch, RepositoryName, RunKey};

/// Pages of a hundred failed jobs that are read.
const MAX_PAGES: u32 = 10;

/// Longest name and reason kept, in characters.
const MAX_NAME_CHARS: usize = 300;

#[derive(Deserialize)]
struct Listed {
    id: u64,
    name: String,
    stage: Option<String>,
    status: String,
    #[serde(default)]
    allow_failure: bool,
    failure_reason: Option<String>,
}

impl From<Listed> for Job {
    fn from(job: Listed) -> Job {
        let bounded = |text: &str| text.chars().take(MAX_NAME_CHARS).collect::<String>();
        let reason = job.failure_reason.as_deref();
        Job {
            id: job.id.to_string(),
            name: bounded(&job.name),
            failed_steps: job.stage.iter().map(|stage| bounded(stage)).collect(),
            not_the_code: reason.and_then(not_the_code),
            failure_reason: reason.map(bounded),
        }
    }
}

/// The failed jobs of a pipeline that may not fail, oldest first: later stages
/// fail for what earlier ones did.
pub(super) async fn failed(api: &Api, run: &PipelineFailed) -> Result<Vec<Job>> {
    let mut jobs = listed(api, &run.run, "failed").await?;
    jobs.retain(|job| !job.allow_failure);
    Ok(jobs.into_iter().take(MAX_JOBS).map(Job::from).collect())
}

/// The jobs of a pipeline that passed, oldest first.
pub(super) async fn passed(api: &Api, run: &RunKey) -> Result<Vec<Job>> {
    let jobs = listed(api, run, "success").await?;
    Ok(jobs.into_iter().take(MAX_JOBS).map(Job::from).collect())
}

/// The jobs of a pipeline in a state.
async fn listed(api: &Api, run: &RunKey, state: &str) -> Result<Vec<Listed>> {
    const WHAT: &str = "listing the pipeline's jobs";
    let project = &run.repository.name;
    let path = format!("/pipelines/{}/jobs?scope={state}", run.run);
    let call = |page: String| Call::get(WHAT, project, &format!("{path}&{page}"));
    let mut jobs: Vec<Listed> = api.pages(MAX_PAGES, call).await?;
    // Looked at again: a server that does not know the filter would list all.
    jobs.retain(|job| job.status == state);
    jobs.sort_by_key(|job| job.id);
    Ok(jobs)
}

/// The newest pipelines of a branch that passed. Their attempt is not in the
/// list, and nothing that is read of them depends on it.
pub(super) async fn green_runs(
    api: &Api,
    like: &PipelineFailed,
    branch: &Branch,
) -> Result<Vec<RunKey>> {
    #[derive(Deserialize)]
    struct Pipeline {
        id: u64,
        status: String,
        #[serde(rename = "ref")]
        branch: String,
    }
    let path = format!(
        "/pipelines?status=success&per_page={MAX_GREEN_RUNS}&ref={}",
        encoded(branch.as_str())
    );
    let project = &like.run.repository.name;
    let call = Call::get("listing the green pipelines", project, &path);
    let found: Vec<Pipeline> = api.json(&call).await?;
    let green = found
        .into_iter()
        .filter(|pipeline| pipeline.status == "success" && pipeline.branch == branch.as_str());
    let key = |pipeline: Pipeline| RunKey {
        run: pipeline.id,
        attempt: 1,
        ..like.run.clone()
    };
    Ok(green.take(MAX_GREEN_RUNS).map(key).collect())
}

/// A job's log, with its section markers, streamed.
pub(super) async fn trace(
    api: &Api,
    project: &RepositoryName,
    job: &Job,
    into: &Path,
    limit: u64,
) -> Result<Downloaded> {
    const WHAT: &str = "downloading the job's trace";
    let number: u64 = job
        .id
        .parse()
        .map_err(|_| unexpected(WHAT, "the job's id is no number"))?;
    let incoming = api
        .stream(WHAT, project, &format!("/jobs/{number}/trace"))
        .await?;
    let downloaded = to_file(incoming, into, limit).await?;
    match downloaded.bytes {
        // A job that never ran, or whose log was erased.
        0 => Err(ForgeError::NotFound {
            what: format!("the log of job {number} (it is empty)"),
        }),
        _ => Ok(downloaded),
    }
}
