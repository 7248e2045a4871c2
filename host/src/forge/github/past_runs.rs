//! Past runs of GitHub Actions: how long they took, and how they ended.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::call::{ACTIONS, CONTENTS, Call};
use super::client::Client;
use super::text::encoded;
use crate::ci_history::{
    CiHistory, MAX_PATHS, MAX_RUNS, Moment, PastJob, PastRun, PastStep, VERSION, Wanted, seconds,
};
use crate::forge::{ForgeError, Result};
use crate::ids::RepositoryName;

/// Pages of a hundred runs.
const MAX_PAGES: u32 = 3;

/// Earlier attempts of one run that are read.
const MAX_ATTEMPTS: u64 = 4;

/// Jobs of one attempt that are read: one page.
const JOBS: &str = "per_page=100";

/// Longest name kept, in characters.
const MAX_NAME_CHARS: usize = 200;

#[derive(Deserialize)]
struct RunPage {
    workflow_runs: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    id: u64,
    run_attempt: u64,
    #[serde(default)]
    path: String,
    event: String,
    head_branch: Option<String>,
    head_sha: String,
    conclusion: Option<String>,
    created_at: Moment,
    run_started_at: Option<Moment>,
    updated_at: Moment,
}

#[derive(Deserialize)]
struct JobPage {
    jobs: Vec<Job>,
}

#[derive(Deserialize)]
struct Job {
    name: String,
    conclusion: Option<String>,
    created_at: Option<Moment>,
    started_at: Option<Moment>,
    completed_at: Option<Moment>,
    #[serde(default)]
    steps: Option<Vec<Step>>,
}

#[derive(Deserialize)]
struct Step {
    name: String,
    started_at: Option<Moment>,
    completed_at: Option<Moment>,
}

/// The runs of the last days. `told` hears how many of how many are read.
pub(super) async fn history(
    client: &Client,
    repository: &RepositoryName,
    wanted: &Wanted,
    told: &(dyn Fn(usize, usize) + Sync),
) -> Result<CiHistory> {
    let Wanted {
        since,
        days,
        shares,
    } = *wanted;
    let created = encoded(&format!(">={since}"));
    let call = |page: String| {
        let path = format!("/actions/runs?status=completed&created={created}&{page}");
        Call::get("listing the runs", repository, ACTIONS, path)
    };
    let pages: Vec<RunPage> = client.pages(MAX_PAGES, call).await?;
    let listed = pages.into_iter().flat_map(|page| page.workflow_runs);
    let listed: Vec<Listed> = listed.take(MAX_RUNS).collect();
    let mut runs = Vec::new();
    for (number, run) in listed.iter().enumerate() {
        told(number, listed.len());
        let last = run.run_attempt;
        let first = last.saturating_sub(MAX_ATTEMPTS - 1).max(1);
        // A run of which half the attempts are known says something wrong.
        let attempts = usize::try_from(last.saturating_sub(first)).unwrap_or(usize::MAX);
        if runs.len().saturating_add(attempts) >= shares.runs {
            break;
        }
        for attempt in first..=last {
            runs.push(past_run(client, repository, run, attempt).await?);
        }
    }
    paths(client, repository, &mut runs, shares.commits).await?;
    Ok(CiHistory {
        version: VERSION,
        days,
        runs,
        default_branch: None,
        actions: BTreeMap::new(),
    })
}

async fn past_run(
    client: &Client,
    repository: &RepositoryName,
    run: &Listed,
    attempt: u64,
) -> Result<PastRun> {
    let path = format!("/actions/runs/{}/attempts/{attempt}/jobs?{JOBS}", run.id);
    let call = Call::get("listing the run's jobs", repository, ACTIONS, path);
    let page: JobPage = client.json(call).await?;
    let begun = match attempt == run.run_attempt && attempt > 1 {
        true => run.run_started_at.unwrap_or(run.created_at),
        false => run.created_at,
    };
    let last = page.jobs.iter().filter_map(|job| job.completed_at).max();
    let red = page
        .jobs
        .iter()
        .any(|job| job.conclusion.as_deref() == Some("failure"));
    let conclusion = match attempt == run.run_attempt {
        true => run.conclusion.clone().unwrap_or_default(),
        false if red => "failure".to_owned(),
        false => "success".to_owned(),
    };
    Ok(PastRun {
        run: run.id,
        attempt,
        workflow: named(run.path.split('@').next().unwrap_or_default()),
        event: named(&run.event),
        branch: named(run.head_branch.as_deref().unwrap_or_default()),
        commit: named(&run.head_sha),
        conclusion: named(&conclusion),
        created: begun.0,
        ended: last.unwrap_or(run.updated_at).0,
        paths: None,
        jobs: page.jobs.into_iter().map(PastJob::from).collect(),
    })
}

impl From<Job> for PastJob {
    fn from(job: Job) -> PastJob {
        let steps = job.steps.unwrap_or_default().into_iter();
        PastJob {
            name: named(&job.name),
            conclusion: named(job.conclusion.as_deref().unwrap_or_default()),
            queued: between(job.created_at, job.started_at),
            seconds: between(job.started_at, job.completed_at),
            steps: steps
                .map(|step| PastStep {
                    seconds: between(step.started_at, step.completed_at),
                    name: named(&step.name),
                })
                .collect(),
        }
    }
}

fn between(from: Option<Moment>, to: Option<Moment>) -> u32 {
    let both = from.zip(to);
    both.map_or(0, |(from, to)| seconds(from.0, to.0))
}

fn named(text: &str) -> String {
    text.chars().take(MAX_NAME_CHARS).collect()
}

/// What the newest commits changed. A commit that changed more than is told
/// has no paths: half of them would say something wrong.
async fn paths(
    client: &Client,
    repository: &RepositoryName,
    runs: &mut [PastRun],
    limit: usize,
) -> Result<()> {
    #[derive(Deserialize)]
    struct Commit {
        #[serde(default)]
        files: Vec<File>,
    }
    #[derive(Deserialize)]
    struct File {
        filename: String,
    }
    let mut commits = BTreeSet::new();
    let newest = runs.iter().filter(|run| run.event == "push");
    for run in newest {
        if commits.len() < limit {
            commits.insert(run.commit.clone());
        }
    }
    for commit in commits {
        let path = format!("/commits/{}", encoded(&commit));
        let call = Call::get("reading a commit", repository, CONTENTS, path);
        let found: Commit = match client.json(call).await {
            Ok(found) => found,
            // Pushed away since: its runs are still runs.
            Err(ForgeError::NotFound { .. }) => continue,
            Err(error) => return Err(error),
        };
        if found.files.len() > MAX_PATHS {
            continue;
        }
        let files: Vec<String> = found.files.into_iter().map(|file| file.filename).collect();
        for run in runs.iter_mut().filter(|run| run.commit == commit) {
            run.paths = Some(files.clone());
        }
    }
    Ok(())
}

/// The commit that a reference of a repository leads to; none where it is not
/// there, or not ours to see.
pub(super) async fn commit_of(
    client: &Client,
    repository: &RepositoryName,
    reference: &str,
) -> Option<String> {
    #[derive(Deserialize)]
    struct Commit {
        sha: String,
    }
    let path = format!("/commits/{}", encoded(reference));
    let call = Call::get("reading an action's commit", repository, CONTENTS, path);
    let found: Result<Commit> = client.json(call).await;
    found.ok().map(|commit| commit.sha)
}
