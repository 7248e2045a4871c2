//! `sentinel fix --repo DIR --log FILE`

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;

use super::analyze::{Log, headline};
use super::render::{diff, foreign_block, json, line, print};
use super::{Provider, analyze, compose};
use crate::config::Config;
use crate::evidence::Evidence;
use crate::failure::Failure;
use crate::forge::checkout;
use crate::forge::directory::{leads_through_link, snapshot};
use crate::patch::FileChange;
use crate::pipeline::{Agents, Fixer, LogInput, Proved};
use crate::policy::Policy;
use crate::redact::redact;
use crate::sandbox::Workspace;

#[derive(Args)]
pub struct Options {
    /// The repository, or any directory.
    #[arg(long, default_value = ".")]
    repo: PathBuf,
    /// The log of the failed command; `-` reads standard input.
    #[arg(long)]
    log: PathBuf,
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
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Fixes {
    /// Best first.
    proposals: Vec<Shown>,
    abstained: Option<String>,
}

#[derive(Serialize)]
struct Shown {
    title: String,
    confidence: f64,
    rationale: String,
    strategy: String,
    /// A unified diff that `git apply` takes.
    patch: String,
    evidence: Evidence,
}

pub(super) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    if !options.repo.is_dir() {
        bail!(
            "{} is not a directory; --repo names the repository",
            options.repo.display()
        );
    }
    let log = Log::open(&options.log)?;
    let agents = compose::repairing(&Config::default()).await?;
    let failures = analyze::read(&agents, &log, options.provider).await?;
    let broken = Broken {
        repo: &options.repo,
        log: &log,
        provider: options.provider,
        command: options.command.as_deref(),
    };
    let (candidates, reasons) = repair(&agents, &broken, &failures).await?;
    let written = match options.apply {
        true => apply(&options.repo, &candidates)?,
        false => Vec::new(),
    };
    if options.json {
        let proposals = candidates.iter().map(shown).collect();
        let abstained = candidates.is_empty().then(|| reasons.join("; "));
        json(&Fixes {
            proposals,
            abstained,
        })?;
    } else {
        show(&failures, &candidates, &reasons, &written, options.apply);
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
    let copy = tempfile::tempdir()?;
    let tree = snapshot(broken.repo, copy.path())
        .await
        .with_context(|| format!("cannot read {}", broken.repo.display()))?;
    let fixer = Fixer {
        agents,
        log: LogInput::of(broken.log.redacted())?,
        provider: broken.provider.into(),
        workspace: Workspace {
            tree: Arc::new(tree),
            files: checkout::files(copy.path())?,
        },
        rules: Policy::default().patch_rules()?,
        command: broken.command,
    };
    Ok(fixer.propose(failures).await)
}

fn shown(proved: &Proved) -> Shown {
    let Proved {
        candidate,
        evidence,
    } = proved;
    Shown {
        title: redact(&candidate.proposal.title).into_owned(),
        confidence: candidate.proposal.confidence,
        rationale: redact(&candidate.proposal.rationale).into_owned(),
        strategy: candidate.proposal.strategy.clone(),
        patch: candidate.patch.unified_diff(),
        evidence: evidence.clone(),
    }
}

/// Writes the best proposals that do not touch the same files. A file that is
/// no longer what was read is left alone, and nothing at all is written.
pub(super) fn apply(repo: &Path, candidates: &[Proved]) -> anyhow::Result<Vec<String>> {
    let mut files: Vec<&FileChange> = Vec::new();
    for candidate in candidates {
        let patch = &candidate.candidate.patch;
        let clash = |file: &FileChange| files.iter().any(|taken| taken.path == file.path);
        if !patch.files().iter().any(clash) {
            files.extend(patch.files());
        }
    }
    for file in &files {
        let place = repo.join(file.path.as_str());
        let linked = std::fs::symlink_metadata(&place).is_ok_and(|found| found.is_symlink());
        if linked || leads_through_link(repo, file.path.as_str()) {
            bail!("{} lies behind a symlink; nothing was written", file.path);
        }
        let now = std::fs::read(&place).ok();
        if now != file.before {
            bail!("{} has changed meanwhile; nothing was written", file.path);
        }
    }
    files.iter().map(|file| write(repo, file)).collect()
}

fn write(repo: &Path, file: &FileChange) -> anyhow::Result<String> {
    let place = repo.join(file.path.as_str());
    let result = match &file.after {
        None => std::fs::remove_file(&place),
        // In place, so that mode, owner and links stay what they are.
        Some(bytes) => place
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&place, bytes)),
    };
    result.with_context(|| format!("cannot write {}", place.display()))?;
    Ok(file.path.to_string())
}

fn show(
    failures: &[Failure],
    candidates: &[Proved],
    reasons: &[String],
    written: &[String],
    applied: bool,
) {
    for failure in failures {
        line(&format!("Failed: {}", headline(failure)));
    }
    for Proved {
        candidate,
        evidence,
    } in candidates
    {
        let proposal = &candidate.proposal;
        line(&format!(
            "\nProposal: {} (strategy {}, confidence {:.0} %)",
            super::render::foreign(&proposal.title),
            super::render::foreign(&proposal.strategy),
            proposal.confidence * 100.0
        ));
        print(&foreign_block(&proposal.rationale, "  "));
        print(&foreign_block(&evidence.sentence(), "  "));
        line("");
        print(&diff(&candidate.patch.unified_diff()));
    }
    if candidates.is_empty() {
        line("\nNo fix is proposed:");
        reasons
            .iter()
            .for_each(|reason| print(&foreign_block(reason, "  ")));
    } else if applied {
        line(&format!(
            "\nWritten: {}. Run the failed command again to see it pass.",
            written.join(", ")
        ));
    } else {
        line(
            "\nNothing was written; --apply writes it, or pipe the patch of --json to `git apply`.",
        );
    }
}
