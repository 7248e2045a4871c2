//! What past runs were like, from a forge or from a file.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::Options;
use crate::ci_history::{CiHistory, Shares, VERSION, Wanted};
use crate::cli::compose;
use crate::config::Config;
use crate::forge::{Ci, Forge};
use crate::ids::{ForgeKind, Repository};
use crate::pipeline::past_runs;
use crate::sandbox::Workspace;

/// Bytes of a file of past runs that are read: what the agent takes.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

const DAY_MS: i64 = 24 * 3_600_000;

pub(super) async fn runs(
    options: &Options,
    config: &Config,
    workspace: &Workspace,
) -> anyhow::Result<Option<CiHistory>> {
    let history = match (&options.of, &options.history) {
        (Some(repository), _) => asked(repository, options.days, config, workspace).await?,
        (None, Some(file)) => read(file)?,
        (None, None) => return Ok(None),
    };
    if let Some(place) = &options.save {
        std::fs::write(place, serde_json::to_vec(&history)?)
            .with_context(|| format!("cannot write {}", place.display()))?;
    }
    Ok(Some(history))
}

fn read(file: &Path) -> anyhow::Result<CiHistory> {
    let size = std::fs::metadata(file).map(|metadata| metadata.len());
    let size = size.with_context(|| format!("cannot read {}", file.display()))?;
    if size > MAX_BYTES {
        bail!("{} is larger than {MAX_BYTES} bytes", file.display());
    }
    let history: CiHistory = serde_json::from_slice(&std::fs::read(file)?).with_context(|| {
        format!(
            "{} holds no past runs; --save writes such files",
            file.display()
        )
    })?;
    match history.version {
        VERSION => Ok(history),
        other => bail!(
            "{} has version {other}; this program reads {VERSION}",
            file.display()
        ),
    }
}

async fn asked(
    repository: &Repository,
    days: u32,
    config: &Config,
    workspace: &Workspace,
) -> anyhow::Result<CiHistory> {
    let wanted = Wanted {
        since: compose::now().plus_ms(-i64::from(days) * DAY_MS),
        days,
        shares: Shares::ALL,
    };
    match repository.forge {
        ForgeKind::GitHub => {
            let Some(github) = &config.github else {
                bail!("{repository}: --config needs a [github] section to read its past runs");
            };
            let github = compose::github(github)?;
            of(&github, &github, repository, &wanted, workspace).await
        }
        ForgeKind::GitLab => {
            let Some(gitlab) = &config.gitlab else {
                bail!("{repository}: --config needs a [gitlab] section to read its past pipelines");
            };
            let gitlab = compose::gitlab(gitlab)?;
            of(&gitlab, &gitlab, repository, &wanted, workspace).await
        }
        ForgeKind::Local => bail!("{repository}: a local repository has no past runs to read"),
    }
}

async fn of(
    ci: &dyn Ci,
    forge: &dyn Forge,
    repository: &Repository,
    wanted: &Wanted,
    workspace: &Workspace,
) -> anyhow::Result<CiHistory> {
    // A request a run: people see that something happens.
    let told = |number: usize, of: usize| {
        if number.is_multiple_of(25) {
            eprintln!("reading past runs: {number} of {of}");
        }
    };
    let mut history = past_runs(ci, repository, wanted, workspace, &told).await?;
    let branch = forge.default_branch(repository).await?;
    history.default_branch = branch.map(|branch| branch.to_string());
    Ok(history)
}
