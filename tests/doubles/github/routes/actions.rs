//! Workflow runs, their jobs and logs.

use serde_json::{Value, json};

use super::super::server::Reply;
use super::super::state::{JobState, Log, Repo, Run, State};
use super::super::storage;
use super::super::webhook::run_json;
use super::{Asked, not_found, page, unknown};

pub fn answer(state: &mut State, asked: &Asked, name: &str, rest: &[&str]) -> Reply {
    match rest {
        ["runs"] => runs(state, asked, name),
        ["runs", run] => newest(state, name, run),
        ["runs", run, "rerun-failed-jobs"] => rerun(state, asked, name, run),
        ["runs", run, "artifacts"] => artifacts(state, asked, name, run),
        ["artifacts", id, "zip"] => artifact(state, name, id),
        ["runs", run, "attempts", attempt] => attempted(state, name, run, attempt),
        ["runs", run, "attempts", attempt, "jobs"] => jobs(state, asked, name, run, attempt),
        ["jobs", job, "logs"] => logs(state, name, job),
        _ => unknown(state, asked),
    }
}

fn runs(state: &mut State, asked: &Asked, name: &str) -> Reply {
    let url = state.url.clone();
    let since = asked
        .parameter("created")
        .and_then(|value| value.strip_prefix(">="))
        .unwrap_or_default()
        .to_owned();
    let (status, branch) = (asked.parameter("status"), asked.parameter("branch"));
    let commit = asked.parameter("head_sha");
    let repo = state.repo(name);
    let listed: Vec<Value> = repo
        .runs
        .iter()
        .rev()
        .filter(|run| run.created_at >= since)
        .filter(|run| status.is_none_or(|status| status == "completed" || status == run.conclusion))
        .filter(|run| branch.is_none_or(|branch| branch == run.branch))
        .filter(|run| commit.is_none_or(|commit| commit == run.commit))
        .filter(|run| commit.is_none() || is_newest(repo, run))
        .map(|run| run_json(&url, name, run))
        .collect();
    page(asked, &url, Some("workflow_runs"), listed)
}

/// Of a run that was tried again only the newest attempt is listed.
fn is_newest(repo: &Repo, run: &Run) -> bool {
    let mut runs = repo.runs.iter();
    !runs.any(|other| other.id == run.id && other.attempt > run.attempt)
}

fn newest(state: &mut State, name: &str, id: &str) -> Reply {
    let url = state.url.clone();
    let repo = state.repo(name);
    let mut runs = repo.runs.iter();
    match runs.find(|run| run.id.to_string() == id && is_newest(repo, run)) {
        Some(run) => Reply::json(200, run_json(&url, name, run)),
        None => not_found(),
    }
}

/// Another attempt of the failed jobs, which is not over.
fn rerun(state: &mut State, asked: &Asked, name: &str, id: &str) -> Reply {
    if asked.method != "POST" {
        return unknown(state, asked);
    }
    let job = 40_000_000 + state.next();
    let repo = state.repo(name);
    let mut runs = repo.runs.iter();
    let found = runs.find(|run| run.id.to_string() == id && is_newest(repo, run));
    let Some(mut run) = found.cloned() else {
        return not_found();
    };
    if run.conclusion.is_empty() {
        return Reply::message(403, "This workflow is already running");
    }
    run.attempt += 1;
    run.conclusion.clear();
    for (at, again) in run.jobs.iter_mut().enumerate() {
        again.id = job + 1_000_000 * (at as u64 + 1);
    }
    repo.runs.push(run);
    Reply::json(201, json!({}))
}

fn jobs(state: &mut State, asked: &Asked, name: &str, run: &str, attempt: &str) -> Reply {
    let url = state.url.clone();
    let found = state
        .repo(name)
        .runs
        .iter()
        .find(|known| known.id.to_string() == run && known.attempt.to_string() == attempt);
    match found {
        Some(run) => {
            let listed = run.jobs.iter();
            let listed = listed.map(|job| job_json(&run.created_at, job)).collect();
            page(asked, &url, Some("jobs"), listed)
        }
        None => not_found(),
    }
}

/// Artifacts are listed by run, whatever the attempt.
fn artifacts(state: &mut State, asked: &Asked, name: &str, run: &str) -> Reply {
    let url = state.url.clone();
    let all = state.repo(name).artifacts.iter();
    let of_run = all.filter(|artifact| artifact.run.to_string() == run);
    let listed: Vec<Value> = of_run
        .map(|artifact| {
            json!({"id": artifact.id, "name": artifact.name, "expired": artifact.expired,
                   "size_in_bytes": artifact.claimed.unwrap_or(artifact.zip.len() as u64),
                   "created_at": artifact.created_at})
        })
        .collect();
    page(asked, &url, Some("artifacts"), listed)
}

fn artifact(state: &mut State, name: &str, id: &str) -> Reply {
    let url = state.url.clone();
    let mut all = state.repo(name).artifacts.iter();
    match all.any(|artifact| artifact.id.to_string() == id) {
        true => Reply::redirect(storage::artifact_address(&url, name, id)),
        false => not_found(),
    }
}

fn attempted(state: &mut State, name: &str, run: &str, attempt: &str) -> Reply {
    let url = state.url.clone();
    let mut runs = state.repo(name).runs.iter();
    let found =
        runs.find(|known| known.id.to_string() == run && known.attempt.to_string() == attempt);
    match found {
        Some(run) => Reply::json(200, run_json(&url, name, run)),
        None => not_found(),
    }
}

/// So many seconds after a time.
fn after(time: &str, seconds: u32) -> String {
    let time: jiff::Timestamp = time.parse().expect("a time");
    let later = time.checked_add(jiff::SignedDuration::from_secs(seconds.into()));
    later.expect("a time").to_string()
}

fn job_json(created: &str, job: &JobState) -> Value {
    let started = after(created, job.queued);
    let completed = after(&started, job.seconds);
    let steps: Vec<Value> = job
        .steps
        .iter()
        .enumerate()
        .map(|(at, (name, conclusion))| {
            json!({"name": name, "status": "completed", "conclusion": conclusion,
                   "number": at + 1, "started_at": started, "completed_at": completed})
        })
        .collect();
    json!({
        "id": job.id,
        "name": job.name,
        "status": "completed",
        "conclusion": job.conclusion,
        "created_at": created,
        "started_at": started,
        "completed_at": completed,
        "steps": steps,
    })
}

fn logs(state: &mut State, name: &str, job: &str) -> Reply {
    let url = state.url.clone();
    let jobs = state
        .repo(name)
        .runs
        .iter_mut()
        .flat_map(|run| &mut run.jobs);
    let found = jobs.into_iter().find(|known| known.id.to_string() == job);
    match found.map(|job| &mut job.log) {
        None => not_found(),
        Some(Log::NotYet(times, _)) if *times > 0 => {
            *times -= 1;
            not_found()
        }
        Some(Log::Gone) => Reply::message(410, "Gone"),
        Some(Log::Redirect(to)) => Reply::redirect(to.clone()),
        Some(_) => Reply::redirect(storage::log_address(&url, name, job)),
    }
}
