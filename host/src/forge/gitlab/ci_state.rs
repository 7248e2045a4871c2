//! What CI says of a commit, and its jobs run again.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::json;

use super::api::{Api, Call};

use crate::change::{Check, CheckState, CiState, RunNow};
use crate::forge::web::transient;
use crate::forge::{ForgeError, Result};
use crate::ids::{ObjectId, Repository, RepositoryName, RunKey, Source};

/// Pipelines of one commit whose jobs are listed, the newest: each costs a
/// request.
const MAX_PIPELINES: usize = 20;

/// Pages of a hundred jobs of one pipeline, and of statuses of one commit.
const MAX_PAGES: u32 = 3;

/// What a pipeline is called that has no name of its own.
const UNNAMED: &str = "pipeline";

/// Where GitLab looks for what runs, if a project says nothing else.
const DEFINITION: &str = ".gitlab-ci.yml";

/// Longest name kept, in characters.
const MAX_NAME_CHARS: usize = 300;

#[derive(Deserialize)]
struct Listed {
    id: u64,
    name: String,
    status: String,
    #[serde(default)]
    allow_failure: bool,
}

fn bounded(text: &str) -> String {
    text.chars().take(MAX_NAME_CHARS).collect()
}

#[derive(Deserialize)]
struct Pipeline {
    id: u64,
    status: String,
    sha: ObjectId,
    source: Option<String>,
    name: Option<String>,
}

/// How a status of GitLab's stands.
fn state(status: &str) -> CheckState {
    match status {
        "success" => CheckState::Passed,
        "failed" => CheckState::Failed,
        "skipped" => CheckState::Skipped,
        "canceled" | "canceling" => CheckState::Stopped,
        // Created, pending, running, manual, scheduled, waiting for something.
        _ => CheckState::Waiting,
    }
}

pub(super) async fn of(api: &Api, repository: &Repository, commit: &ObjectId) -> Result<CiState> {
    let project = &repository.name;
    let path = format!("/pipelines?sha={commit}&per_page={MAX_PIPELINES}");
    let call = Call::get("listing the commit's pipelines", project, &path);
    let pipelines: Vec<Pipeline> = api.json(&call).await?;
    let mut checks = Vec::new();
    let mut jobs = BTreeSet::new();
    // Looked at again: a server that does not know the filter would list all.
    let of_commit = pipelines
        .into_iter()
        .filter(|pipeline| pipeline.sha == *commit);
    for pipeline in of_commit.take(MAX_PIPELINES) {
        let listed = listed(api, project, pipeline.id).await?;
        jobs.extend(listed.iter().map(|job| job.id));
        of_pipeline(repository, &pipeline, listed, &mut checks);
    }
    checks.extend(statuses(api, repository, commit, &jobs).await?);
    Ok(CiState { checks })
}

fn of_pipeline(
    repository: &Repository,
    pipeline: &Pipeline,
    listed: Vec<Listed>,
    checks: &mut Vec<Check>,
) {
    let key = RunKey {
        repository: repository.clone(),
        source: Source::Forge,
        run: pipeline.id,
        attempt: newest(&listed),
    };
    let workflow = bounded(pipeline.name.as_deref().unwrap_or(UNNAMED));
    let check = |name: String, state, job| Check {
        workflow: Some(workflow.clone()),
        name,
        state,
        run: Some(key.clone()),
        job,
    };
    let whole = state(&pipeline.status);
    // Its jobs may each be over while others are to come, and one that never
    // got as far as a job is red all the same.
    if whole == CheckState::Waiting || listed.is_empty() {
        checks.push(check(workflow.clone(), whole, None));
        return;
    }
    for job in listed {
        let state = match state(&job.status) {
            CheckState::Failed if job.allow_failure => CheckState::Skipped,
            // A manual job that nobody waits for: the pipeline is over.
            CheckState::Waiting => CheckState::Skipped,
            state => state,
        };
        checks.push(check(bounded(&job.name), state, Some(job.id.to_string())));
    }
}

#[derive(Deserialize)]
struct Status {
    id: u64,
    name: String,
    status: String,
    #[serde(default)]
    allow_failure: bool,
}

/// What others wrote on the commit. Jobs are statuses too, and were told.
async fn statuses(
    api: &Api,
    repository: &Repository,
    commit: &ObjectId,
    jobs: &BTreeSet<u64>,
) -> Result<Vec<Check>> {
    let project = &repository.name;
    let call = |page: String| {
        let path = format!("/repository/commits/{commit}/statuses?{page}");
        Call::get("reading the commit's statuses", project, &path)
    };
    let found: Vec<Status> = api.pages(MAX_PAGES, call).await?;
    let others = found
        .into_iter()
        .filter(|status| !jobs.contains(&status.id));
    let check = |status: Status| Check {
        workflow: None,
        name: bounded(&status.name),
        state: match state(&status.status) {
            CheckState::Failed if status.allow_failure => CheckState::Skipped,
            state => state,
        },
        run: None,
        job: None,
    };
    Ok(others.map(check).collect())
}

async fn listed(api: &Api, project: &RepositoryName, pipeline: u64) -> Result<Vec<Listed>> {
    let call = |page: String| {
        let path = format!("/pipelines/{pipeline}/jobs?{page}");
        Call::get("listing the pipeline's jobs", project, &path)
    };
    api.pages(MAX_PAGES, call).await
}

/// The attempt, as the pipeline hook has it: a pipeline whose jobs are tried
/// again keeps its number, and its new jobs have higher ones.
fn newest(jobs: &[Listed]) -> u64 {
    let newest = jobs.iter().map(|job| job.id).max();
    newest.unwrap_or(1).max(1)
}

pub(super) async fn now(api: &Api, key: &RunKey) -> Result<RunNow> {
    #[derive(Deserialize)]
    struct Project {
        ci_config_path: Option<String>,
    }
    let project = &key.repository.name;
    let path = format!("/pipelines/{}", key.run);
    let pipeline: Pipeline = api
        .json(&Call::get("looking at the pipeline", project, &path))
        .await?;
    let jobs = listed(api, project, key.run).await?;
    let call = Call::get("reading the project", project, "");
    let found: Project = api.json(&call).await?;
    let path = found.ci_config_path.filter(|path| !path.is_empty());
    let path = path.unwrap_or_else(|| DEFINITION.to_owned());
    Ok(RunNow {
        attempt: newest(&jobs),
        state: state(&pipeline.status),
        trigger: bounded(pipeline.source.as_deref().unwrap_or("unknown")),
        // Another project's file, or one at an address, is not in the tree.
        definition: (!path.contains(['@', ':'])).then(|| bounded(&path)),
    })
}

/// Looks first, so that a try whose answer was lost finds what it began.
pub(super) async fn again(api: &Api, key: &RunKey) -> Result<u64> {
    const WHAT: &str = "running the failed jobs again";
    let seen = now(api, key).await?;
    if seen.attempt > key.attempt {
        return Ok(seen.attempt);
    }
    if seen.state == CheckState::Waiting {
        return Err(transient(WHAT, "the pipeline is not over".into()));
    }
    let project = &key.repository.name;
    let path = format!("/pipelines/{}/retry", key.run);
    let call = Call::post(WHAT, project, &path, json!({}));
    api.send(&call).await?.success(&call)?;
    match now(api, key).await?.attempt {
        attempt if attempt > key.attempt => Ok(attempt),
        _ => Err(ForgeError::Conflict {
            what: WHAT,
            why: "GitLab took the request and made no new job: none of its jobs can be retried"
                .into(),
        }),
    }
}
