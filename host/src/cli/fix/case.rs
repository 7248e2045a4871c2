//! What is to be repaired: logs, and the tree they are about.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::super::analyze::{self, Log};
use super::super::{Provider, compose};
use super::Options;
use super::from_run;
use super::shown::Found;
use crate::config::Config;
use crate::forge::checkout;
use crate::forge::directory::{pushed, snapshot};
use crate::pipeline::{Agents, BesideInput, Fixer, LogInput};
use crate::sandbox::Workspace;
use crate::tree::Tree;

/// Logs of one failure and the tree that failed.
pub(super) struct Case {
    pub logs: Vec<Log>,
    pub provider: Provider,
    pub workspace: Workspace,
    /// What the newest commit changed, where somebody knows.
    pub push: Option<BesideInput>,
    /// Where the tree's files lie.
    pub _scratch: tempfile::TempDir,
}

impl Case {
    pub async fn open(options: &Options, config: &Config) -> anyhow::Result<Case> {
        match (&options.run, &options.log) {
            (Some(run), None) => from_run::open(run, config).await,
            (None, Some(log)) => at_hand(&options.repo, log, options.provider).await,
            (Some(_), Some(_)) | (None, None) => bail!(
                "give either --log FILE (and --repo DIR), or --run URL, the address of the failed \
                 run"
            ),
        }
    }

    /// What fixes are there?
    pub async fn fixes(&self, config: &Config, command: Option<&str>) -> anyhow::Result<Found> {
        let agents = compose::repairing(config).await?;
        let mut found = Found {
            failures: Vec::new(),
            candidates: Vec::new(),
            reasons: Vec::new(),
            stated: command.is_some(),
        };
        for log in &self.logs {
            self.fix(&agents, log, (config, command), &mut found)
                .await?;
        }
        if !found.candidates.is_empty() {
            found.reasons.clear();
        }
        Ok(found)
    }

    async fn fix(
        &self,
        agents: &Agents,
        log: &Log,
        (config, command): (&Config, Option<&str>),
        found: &mut Found,
    ) -> anyhow::Result<()> {
        let failures = analyze::read(agents, log, self.provider).await?;
        let fixer = Fixer {
            agents,
            log: LogInput::of(log.redacted())?,
            provider: self.provider.into(),
            workspace: self.workspace.clone(),
            rules: config.policy.patch_rules()?,
            command,
            push: self.push.clone(),
            now: compose::now(),
        };
        let (candidates, reasons) = fixer.propose(&failures).await;
        // Jobs of one run mostly fail alike.
        for proved in candidates {
            let tree = proved.candidate.patch.result();
            let same = |other: &crate::pipeline::Proved| other.candidate.patch.result() == tree;
            if !found.candidates.iter().any(same) {
                found.candidates.push(proved);
            }
        }
        found.reasons.extend(reasons);
        found.failures.extend(failures);
        Ok(())
    }
}

async fn at_hand(repo: &Path, log: &Path, provider: Provider) -> anyhow::Result<Case> {
    if !repo.is_dir() {
        bail!(
            "{} is not a directory; --repo names the repository",
            repo.display()
        );
    }
    let log = Log::open(log)?;
    let tree = Standing::read(repo).await?;
    Ok(Case {
        logs: vec![log],
        provider,
        push: tree.push,
        workspace: tree.workspace,
        _scratch: tree.scratch,
    })
}

/// A directory as it stands now.
pub(super) struct Standing {
    pub workspace: Workspace,
    pub push: Option<BesideInput>,
    /// Where the tree's files lie: as long as they are read.
    pub scratch: tempfile::TempDir,
}

impl Standing {
    pub async fn read(repo: &Path) -> anyhow::Result<Standing> {
        let scratch = tempfile::tempdir()?;
        let tree = snapshot(repo, scratch.path())
            .await
            .with_context(|| format!("cannot read {}", repo.display()))?;
        let push = push(repo, &tree).await?;
        let files = checkout::files(scratch.path())?;
        let tree = Arc::new(tree);
        Ok(Standing {
            workspace: Workspace { tree, files },
            push,
            scratch,
        })
    }
}

/// What the newest commit and what is not committed yet changed. Where git
/// does not say, what depends on it is not proposed.
async fn push(repo: &Path, tree: &Tree) -> anyhow::Result<Option<BesideInput>> {
    match pushed(repo, tree).await {
        Ok(push) => {
            let file = tempfile::NamedTempFile::new()?;
            Ok(Some(BesideInput::push(&push, file.path())?))
        }
        Err(error) => {
            tracing::info!(%error, "what was changed last is not known");
            Ok(None)
        }
    }
}
