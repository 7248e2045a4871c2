//! What CI says of a commit: the jobs of Actions, the check runs of other
//! Apps, and statuses.
//!
//! Check runs of the App behind Actions are left out. A job's token may write
//! such with any name on its own commit; the list of a run's jobs is GitHub's
//! own word.

use serde::Deserialize;

use super::call::{ACTIONS, CHECKS, Call, STATUSES};
use super::client::Client;
use super::runs::{bounded, jobs};
use crate::change::{CHECK_NAME, Check, CheckState, CiState};
use crate::forge::{ForgeError, Result};
use crate::ids::{ObjectId, Repository, RunKey, Source};

/// Runs of one commit whose jobs are listed, the newest: each costs a request.
const MAX_RUNS: usize = 20;

/// Pages of a hundred check runs, and of statuses.
const MAX_PAGES: u32 = 3;

/// The App behind Actions.
const ACTIONS_APP: &str = "github-actions";

pub(super) async fn of(
    client: &Client,
    repository: &Repository,
    commit: &ObjectId,
) -> Result<CiState> {
    let mut checks = actions(client, repository, commit).await?;
    checks.extend(check_runs(client, repository, commit).await?);
    checks.extend(statuses(client, repository, commit).await?);
    Ok(CiState { checks })
}

#[derive(Deserialize)]
struct RunPage {
    workflow_runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    id: u64,
    #[serde(default)]
    run_attempt: u64,
    name: Option<String>,
    head_sha: ObjectId,
    status: Option<String>,
    conclusion: Option<String>,
}

/// How a status and a conclusion of GitHub's stand.
pub(super) fn state(status: Option<&str>, conclusion: Option<&str>) -> CheckState {
    if status != Some("completed") {
        return CheckState::Waiting;
    }
    match conclusion {
        Some("success") => CheckState::Passed,
        Some("failure" | "timed_out" | "startup_failure") => CheckState::Failed,
        Some("skipped" | "neutral") => CheckState::Skipped,
        // A person has to let it run.
        Some("action_required") => CheckState::Waiting,
        _ => CheckState::Stopped,
    }
}

async fn actions(
    client: &Client,
    repository: &Repository,
    commit: &ObjectId,
) -> Result<Vec<Check>> {
    let path = format!("/actions/runs?head_sha={commit}&per_page=100");
    let what = "listing the commit's runs";
    let call = Call::get(what, &repository.name, ACTIONS, path);
    let page: RunPage = client.json(call).await?;
    // Looked at again: a server that does not know the filter would list all.
    let runs = page.workflow_runs.into_iter();
    let runs = runs.filter(|run| run.head_sha == *commit);
    let mut checks = Vec::new();
    for run in runs.take(MAX_RUNS) {
        of_run(client, repository, run, &mut checks).await?;
    }
    Ok(checks)
}

async fn of_run(
    client: &Client,
    repository: &Repository,
    run: Run,
    checks: &mut Vec<Check>,
) -> Result<()> {
    let key = RunKey {
        repository: repository.clone(),
        source: Source::Forge,
        run: run.id,
        attempt: run.run_attempt.max(1),
    };
    let workflow = bounded(run.name.as_deref().unwrap_or_default());
    let whole = state(run.status.as_deref(), run.conclusion.as_deref());
    let check = |name: String, state, job| Check {
        workflow: Some(workflow.clone()),
        name,
        state,
        run: Some(key.clone()),
        job,
    };
    if whole == CheckState::Waiting {
        // Its jobs may each be over while others are to come.
        checks.push(check(workflow.clone(), whole, None));
        return Ok(());
    }
    let before = checks.len();
    for job in jobs(client, &key).await? {
        let state = match state(Some("completed"), job.conclusion.as_deref()) {
            // A job that may fail does not make its run red.
            CheckState::Failed if whole == CheckState::Passed => CheckState::Skipped,
            state => state,
        };
        checks.push(check(bounded(&job.name), state, Some(job.id.to_string())));
    }
    let red = |check: &Check| check.state == CheckState::Failed;
    // A run that never got as far as a job is red all the same.
    if whole == CheckState::Failed && !checks[before..].iter().any(red) {
        checks.push(check(workflow.clone(), whole, None));
    }
    Ok(())
}

#[derive(Deserialize)]
struct CheckPage {
    check_runs: Vec<CheckRun>,
}

#[derive(Deserialize)]
struct CheckRun {
    id: u64,
    name: String,
    status: Option<String>,
    conclusion: Option<String>,
    app: Option<App>,
}

#[derive(Deserialize)]
struct App {
    slug: Option<String>,
}

async fn check_runs(
    client: &Client,
    repository: &Repository,
    commit: &ObjectId,
) -> Result<Vec<Check>> {
    let path = format!("/commits/{commit}/check-runs?filter=latest");
    let call = |page: String| {
        let what = "listing the commit's check runs";
        Call::get(what, &repository.name, CHECKS, format!("{path}&{page}"))
    };
    let pages: Vec<CheckPage> = client.pages(MAX_PAGES, call).await?;
    let runs = pages.into_iter().flat_map(|page| page.check_runs);
    let others = runs.filter(|run| {
        let slug = run.app.as_ref().and_then(|app| app.slug.as_deref());
        slug != Some(ACTIONS_APP) && run.name != CHECK_NAME
    });
    let check = |run: CheckRun| Check {
        workflow: None,
        name: bounded(&run.name),
        state: state(run.status.as_deref(), run.conclusion.as_deref()),
        run: Some(RunKey {
            repository: repository.clone(),
            source: Source::CheckRun,
            run: run.id,
            attempt: 1,
        }),
        job: None,
    };
    Ok(others.map(check).collect())
}

#[derive(Deserialize)]
struct Combined {
    #[serde(default)]
    statuses: Vec<Status>,
}

#[derive(Deserialize)]
struct Status {
    context: String,
    state: String,
}

/// The newest of each name. An App that may not see them sees none: they prove
/// nothing, they only stand in the way.
async fn statuses(
    client: &Client,
    repository: &Repository,
    commit: &ObjectId,
) -> Result<Vec<Check>> {
    let call = |page: String| {
        let path = format!("/commits/{commit}/status?{page}");
        let what = "reading the commit's statuses";
        Call::get(what, &repository.name, STATUSES, path)
    };
    let pages: Vec<Combined> = match client.pages(MAX_PAGES, call).await {
        Ok(pages) => pages,
        Err(ForgeError::Denied { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let check = |status: Status| Check {
        workflow: None,
        name: bounded(&status.context),
        state: match status.state.as_str() {
            "success" => CheckState::Passed,
            "failure" | "error" => CheckState::Failed,
            _ => CheckState::Waiting,
        },
        run: None,
        job: None,
    };
    let all = pages.into_iter().flat_map(|page| page.statuses);
    Ok(all.map(check).collect())
}
