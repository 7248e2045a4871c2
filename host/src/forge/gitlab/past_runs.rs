//! Past pipelines of GitLab CI: how long their jobs took, and how they ended.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::api::{Api, Call};
use crate::ci_history::{CiHistory, MAX_RUNS, Moment, PastJob, PastRun, VERSION, Wanted};
use crate::forge::Result;
use crate::forge::web::encoded;
use crate::ids::RepositoryName;
use crate::time::Timestamp;

/// Where GitLab reads a pipeline from.
const FILE: &str = ".gitlab-ci.yml";

/// Pages of a hundred pipelines.
const MAX_PAGES: u32 = 4;

/// Longest name kept, in characters.
const MAX_NAME_CHARS: usize = 200;

#[derive(Deserialize)]
struct Pipeline {
    id: u64,
    status: String,
    #[serde(default)]
    source: String,
    #[serde(rename = "ref")]
    branch: String,
    sha: String,
    created_at: Moment,
    updated_at: Moment,
}

#[derive(Deserialize)]
struct Job {
    name: String,
    status: String,
    duration: Option<f64>,
    queued_duration: Option<f64>,
}

/// The pipelines of the last days that ended. `told` hears how many of how
/// many are read.
pub(super) async fn history(
    api: &Api,
    project: &RepositoryName,
    wanted: &Wanted,
    told: &(dyn Fn(usize, usize) + Sync),
) -> Result<CiHistory> {
    let mut listed = listed(api, project, wanted.since).await?;
    listed.truncate(wanted.shares.runs);
    let mut runs = Vec::new();
    for (number, pipeline) in listed.iter().enumerate() {
        told(number, listed.len());
        let path = format!(
            "/pipelines/{}/jobs?include_retried=true&per_page=100",
            pipeline.id
        );
        let call = Call::get("listing the pipeline's jobs", project, &path);
        let jobs: Vec<Job> = api.json(&call).await?;
        runs.push(past_run(pipeline, jobs));
    }
    Ok(CiHistory {
        version: VERSION,
        days: wanted.days,
        runs,
        default_branch: None,
        actions: BTreeMap::new(),
    })
}

async fn listed(api: &Api, project: &RepositoryName, since: Timestamp) -> Result<Vec<Pipeline>> {
    let path = format!("/pipelines?updated_after={}", encoded(&since.to_string()));
    let call = |page: String| {
        let path = format!("{path}&{page}");
        Call::get("listing the pipelines", project, &path)
    };
    let mut pipelines: Vec<Pipeline> = api.pages(MAX_PAGES, call).await?;
    pipelines
        .retain(|pipeline| matches!(pipeline.status.as_str(), "success" | "failed" | "canceled"));
    pipelines.truncate(MAX_RUNS);
    Ok(pipelines)
}

fn past_run(pipeline: &Pipeline, jobs: Vec<Job>) -> PastRun {
    PastRun {
        run: pipeline.id,
        attempt: 1,
        workflow: FILE.to_owned(),
        event: match pipeline.source.as_str() {
            "merge_request_event" => "pull_request".to_owned(),
            other => named(other),
        },
        branch: named(&pipeline.branch),
        commit: named(&pipeline.sha),
        conclusion: conclusion(&pipeline.status),
        created: pipeline.created_at.0,
        ended: pipeline.updated_at.0,
        paths: None,
        jobs: jobs.into_iter().map(PastJob::from).collect(),
    }
}

impl From<Job> for PastJob {
    fn from(job: Job) -> PastJob {
        // What GitLab measures in fractions is told in whole seconds; a number
        // that is none becomes 0.
        let whole = |seconds: Option<f64>| seconds.unwrap_or_default() as u32;
        PastJob {
            name: named(&job.name),
            conclusion: conclusion(&job.status),
            queued: whole(job.queued_duration),
            seconds: whole(job.duration),
            steps: Vec::new(),
        }
    }
}

/// GitLab's word for how something ended, as everybody else says it.
fn conclusion(status: &str) -> String {
    match status {
        "failed" => "failure".to_owned(),
        "canceled" => "cancelled".to_owned(),
        other => named(other),
    }
}

fn named(text: &str) -> String {
    text.chars().take(MAX_NAME_CHARS).collect()
}
