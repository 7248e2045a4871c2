//! `sentinel fix --run URL`: the logs and the tree of a run, from its forge.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::super::analyze::Log;
use super::super::{Provider, compose};
use super::case::Case;
use crate::config::{self, Config, Secret};
use crate::event::PipelineFailed;
use crate::forge::{Ci, Forge, Job};
use crate::ids::ForgeKind;
use crate::ids::run_url::{Place, RunUrl};
use crate::pipeline::{BesideInput, RedactedLog};
use crate::push::Since;
use crate::sandbox::Workspace;

/// Jobs of one run that are looked at: a person waits.
const MAX_JOBS: usize = 8;

/// Variables with a token, first come first, where nothing is configured.
const GITHUB_TOKENS: [&str; 2] = ["GH_TOKEN", "GITHUB_TOKEN"];
const GITLAB_TOKENS: [&str; 1] = ["GITLAB_TOKEN"];

const PUBLIC_GITHUB: &str = "https://api.github.com";
const PUBLIC_GITLAB: &str = "https://gitlab.com";

pub(super) async fn open(url: &str, config: &Config) -> anyhow::Result<Case> {
    let url = RunUrl::parse(url).with_context(|| format!("--run {url:?} names no run"))?;
    match url.repository.forge {
        ForgeKind::GitHub => {
            let github = compose::github(&github(&url, config)?)?;
            let (run, only) = match url.place {
                Place::Run(run) => (run, None),
                Place::JobOfRun { run, job } => (run, Some(job)),
                Place::Job(_) => bail!("a job's address on GitHub names its run"),
            };
            let failed = github.failed_run(&url.repository, run).await?;
            case(&github, &github, &failed, only, Provider::Github).await
        }
        ForgeKind::GitLab => {
            let gitlab = compose::gitlab(&gitlab(&url, config)?)?;
            let (run, only) = match url.place {
                Place::Run(run) => (run, None),
                Place::JobOfRun { run, job } => (run, Some(job)),
                Place::Job(job) => (gitlab.run_of_job(&url.repository, job).await?, Some(job)),
            };
            let failed = gitlab.failed_run(&url.repository, run).await?;
            case(&gitlab, &gitlab, &failed, only, Provider::Gitlab).await
        }
        ForgeKind::Local => bail!("local repositories have no addresses; use --log and --repo"),
    }
}

async fn case(
    ci: &dyn Ci,
    forge: &dyn Forge,
    failed: &PipelineFailed,
    only: Option<u64>,
    provider: Provider,
) -> anyhow::Result<Case> {
    let scratch = tempfile::tempdir()?;
    let mut jobs = ci.failed_jobs(failed).await?;
    if let Some(only) = only {
        jobs.retain(|job| job.id == only.to_string());
    }
    if jobs.is_empty() {
        bail!("the run has no failed job (or not the one that its address names)");
    }
    let mut logs = Vec::new();
    for (number, job) in jobs.iter().take(MAX_JOBS).enumerate() {
        let place = scratch.path().join(format!("log-{number}"));
        logs.push(log(ci, failed, job, &place).await?);
    }
    let files = scratch.path().join("tree");
    std::fs::create_dir(&files)?;
    let (tree, files) = forge
        .open(&failed.run.repository, &failed.commit, &files)
        .await?;
    let push = push(forge, failed).await?;
    Ok(Case {
        logs,
        provider,
        push,
        workspace: Workspace {
            tree: Arc::new(tree),
            files,
        },
        _scratch: scratch,
    })
}

/// What the failing commit changed, by its forge's word; none where it has
/// none.
async fn push(forge: &dyn Forge, failed: &PipelineFailed) -> anyhow::Result<Option<BesideInput>> {
    let changed = forge
        .changed(&failed.run.repository, &Since::Parent, &failed.commit)
        .await;
    let Ok(push) = changed else {
        return Ok(None);
    };
    let file = tempfile::NamedTempFile::new()?;
    Ok(Some(BesideInput::push(&push, file.path())?))
}

async fn log(ci: &dyn Ci, failed: &PipelineFailed, job: &Job, place: &Path) -> anyhow::Result<Log> {
    ci.download_log(failed, job, place).await?;
    let redacted = RedactedLog::read(place);
    // As it came it is not kept a moment longer than it takes to read.
    std::fs::remove_file(place)?;
    Ok(Log::of(redacted.context("cannot read the log")?))
}

/// The GitHub that the address is at: the configured one, or the public one
/// with a token of the environment. A token is never sent to a host that only
/// the address names.
fn github(url: &RunUrl, config: &Config) -> anyhow::Result<config::GitHub> {
    if let Some(github) = &config.github
        && is_at(&github.api, &url.origin)
    {
        return Ok(github.clone());
    }
    let api = std::env::var("GITHUB_API_URL").unwrap_or_else(|_| PUBLIC_GITHUB.to_owned());
    match (is_at(&api, &url.origin), token(&GITHUB_TOKENS)) {
        (true, Some(token)) => Ok(config::GitHub {
            token: Some(token),
            ..config::GitHub::at(api)
        }),
        (true, None) => bail!(
            "GitHub gives logs only to whoever is known: set {} to a token that may read actions \
             and contents, or give --config with a [github] section",
            GITHUB_TOKENS.join(" or ")
        ),
        (false, _) => bail!(
            "{} is no GitHub that is configured; name it with --config ([github] api = …) or in \
             GITHUB_API_URL",
            url.origin
        ),
    }
}

fn gitlab(url: &RunUrl, config: &Config) -> anyhow::Result<config::GitLab> {
    if let Some(gitlab) = &config.gitlab
        && is_at(&gitlab.url, &url.origin)
    {
        return Ok(gitlab.clone());
    }
    let server = std::env::var("CI_SERVER_URL").unwrap_or_else(|_| PUBLIC_GITLAB.to_owned());
    match (is_at(&server, &url.origin), token(&GITLAB_TOKENS)) {
        (true, Some(token)) => Ok(config::GitLab {
            url: server,
            token,
            webhook_token: None,
            webhook_signing_token: None,
        }),
        (true, None) => bail!(
            "set {} to a token with the scope read_api, or give --config with a [gitlab] section",
            GITLAB_TOKENS.join(" or ")
        ),
        (false, _) => bail!(
            "{} is no GitLab that is configured; name it with --config ([gitlab] url = …) or in \
             CI_SERVER_URL",
            url.origin
        ),
    }
}

fn token(names: &[&str]) -> Option<Secret> {
    let is_set = |name: &&&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let name = names.iter().find(is_set)?;
    Some(Secret::Env((*name).to_owned()))
}

/// Whether a server's API belongs to the pages at an origin: GitHub's public
/// API has a host of its own, every other one is below its pages.
fn is_at(api: &str, origin: &str) -> bool {
    if api.trim_end_matches('/') == PUBLIC_GITHUB {
        return origin == "https://github.com";
    }
    let api = api.to_ascii_lowercase();
    let rest = api.strip_prefix(origin);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
