//! One pipeline by its number.

use serde::Deserialize;

use super::api::{Api, Call};
use crate::event::{Conclusion, PipelineFailed, Trigger};
use crate::forge::web::unexpected;
use crate::forge::{ForgeError, Result};
use crate::ids::{Branch, InvalidName, ObjectId, Repository, RunKey, Source};

#[derive(Deserialize)]
struct Pipeline {
    id: u64,
    sha: ObjectId,
    #[serde(rename = "ref")]
    branch: String,
    status: String,
    source: Option<String>,
    web_url: Option<String>,
}

/// The pipeline, which has to have failed.
pub(super) async fn failed(api: &Api, project: &Repository, run: u64) -> Result<PipelineFailed> {
    const WHAT: &str = "reading the pipeline";
    let path = format!("/pipelines/{run}");
    let pipeline: Pipeline = api.json(&Call::get(WHAT, &project.name, &path)).await?;
    if pipeline.status != "failed" {
        return Err(ForgeError::Unsupported(format!(
            "pipeline {run} of {project} did not fail (GitLab says {:?}): there is nothing to \
             repair",
            pipeline.status.chars().take(40).collect::<String>()
        )));
    }
    let branch: Result<Branch> = pipeline
        .branch
        .parse()
        .map_err(|error: InvalidName| unexpected(WHAT, error.to_string()));
    Ok(PipelineFailed {
        run: RunKey {
            repository: project.clone(),
            source: Source::Forge,
            run: pipeline.id,
            // Its log is read by job; no attempt is told apart.
            attempt: 1,
        },
        conclusion: Conclusion::Failure,
        commit: pipeline.sha,
        branch: branch?,
        base: None,
        trigger: match pipeline.source.as_deref() {
            Some("push") => Trigger::Push,
            other => Trigger::Other {
                name: other.unwrap_or("unknown").chars().take(40).collect(),
            },
        },
        fork: false,
        by_bot: false,
        workflow: "pipeline".into(),
        url: pipeline.web_url,
        installation: None,
        command: None,
        log_format: None,
    })
}

/// The pipeline that a job belongs to.
pub(super) async fn of_job(api: &Api, project: &Repository, job: u64) -> Result<u64> {
    #[derive(Deserialize)]
    struct Job {
        pipeline: Of,
    }
    #[derive(Deserialize)]
    struct Of {
        id: u64,
    }
    let path = format!("/jobs/{job}");
    let call = Call::get("reading the job", &project.name, &path);
    let job: Job = api.json(&call).await?;
    Ok(job.pipeline.id)
}
