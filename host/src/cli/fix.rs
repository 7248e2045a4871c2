//! `sentinel fix --repo DIR --log FILE`, `sentinel fix --run URL`

mod case;
mod from_run;
mod shown;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::analyze::Log;
use super::{Provider, compose, written};
use crate::config::Config;
use crate::failure::Failure;
use crate::pipeline::{Agents, Fixer, LogInput, Proved};
use crate::policy::Policy;
use case::{Case, Standing};
use shown::{as_json, show, write_patch, write_summary};

#[derive(Args)]
pub struct Options {
    /// The repository, or any directory.
    #[arg(long, default_value = ".")]
    repo: PathBuf,
    /// The log of the failed command; `-` reads standard input.
    #[arg(long)]
    log: Option<PathBuf>,
    /// The address of a failed run or job on GitHub or GitLab, in the place of
    /// --log: its logs and its tree are read from there.
    #[arg(long, value_name = "URL", conflicts_with = "log")]
    run: Option<String>,
    /// The command that failed; without it the log's own. It is run again in
    /// an OS sandbox, on a copy, to prove a fix.
    #[arg(long)]
    command: Option<String>,
    /// Which CI system wrote the log.
    #[arg(long, value_enum, default_value_t)]
    provider: Provider,
    /// Write the fix into the repository's files.
    #[arg(long)]
    apply: bool,
    /// Write the best fix as a patch that `git apply` takes; an empty file
    /// where there is none.
    #[arg(long, value_name = "FILE")]
    patch: Option<PathBuf>,
    /// Append what was found to a page in Markdown, as $GITHUB_STEP_SUMMARY is.
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// A configuration whose forges, policy, limits, runner, agents and models
    /// are used.
    #[arg(long, env = "SENTINEL_CONFIG")]
    config: Option<PathBuf>,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let config = match &options.config {
        Some(place) => Config::load(place)?,
        None => Config::default(),
    };
    let case = Case::open(&options, &config).await?;
    let found = case.fixes(&config, options.command.as_deref()).await?;
    let written = match options.apply {
        true => {
            let patches = found.candidates.iter();
            let patches = patches.map(|proved| &proved.candidate.patch);
            Some(written::apply(&options.repo, patches)?)
        }
        false => None,
    };
    if let Some(place) = &options.patch {
        write_patch(&found, place)?;
    }
    if let Some(place) = &options.summary {
        write_summary(&found, place)?;
    }
    match options.json {
        true => as_json(&found)?,
        false => show(&found, written.as_deref()),
    }
    Ok(ExitCode::SUCCESS)
}

/// A directory in which something failed.
pub(super) struct Broken<'a> {
    pub repo: &'a Path,
    pub log: &'a Log,
    pub provider: Provider,
    /// The failed command where somebody states it.
    pub command: Option<&'a str>,
}

/// The checked proposals, best first, and why there are not more.
pub(super) async fn repair(
    agents: &Agents,
    broken: &Broken<'_>,
    failures: &[Failure],
) -> anyhow::Result<(Vec<Proved>, Vec<String>)> {
    let tree = Standing::read(broken.repo).await?;
    let fixer = Fixer {
        agents,
        log: LogInput::of(broken.log.redacted())?,
        provider: broken.provider.into(),
        workspace: tree.workspace.clone(),
        rules: Policy::default().patch_rules()?,
        command: broken.command,
        push: tree.push.clone(),
        now: compose::now(),
    };
    Ok(fixer.propose(failures).await)
}
