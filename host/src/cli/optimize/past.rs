//! What past runs were like, from a forge or from a file.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::Options;
use crate::ci_history::{CiHistory, VERSION, actions_named};
use crate::cli::compose;
use crate::config::Config;
use crate::forge::github::GitHub;
use crate::ids::{ForgeKind, Repository, RepositoryName};
use crate::sandbox::Workspace;
use crate::tree;

/// Bytes of a file of past runs that are read: what the agent takes.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Bytes of a workflow that is looked through for actions.
const MAX_WORKFLOW_BYTES: u64 = 1024 * 1024;

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
    let since = compose::now().plus_ms(-i64::from(days) * DAY_MS);
    // A request a run: people see that something happens.
    let told = |number: usize, of: usize| {
        if number.is_multiple_of(25) {
            eprintln!("reading past runs: {number} of {of}");
        }
    };
    match repository.forge {
        ForgeKind::GitHub => {
            let Some(github) = &config.github else {
                bail!("{repository}: --config needs a [github] section to read its past runs");
            };
            let github = compose::github(github)?;
            let mut history = github.past_runs(repository, (since, days), &told).await?;
            look_up_actions(&github, workspace, &mut history).await;
            Ok(history)
        }
        ForgeKind::GitLab => {
            let Some(gitlab) = &config.gitlab else {
                bail!("{repository}: --config needs a [gitlab] section to read its past pipelines");
            };
            let gitlab = compose::gitlab(gitlab)?;
            Ok(gitlab.past_runs(repository, (since, days), &told).await?)
        }
        ForgeKind::Local => bail!("{repository}: a local repository has no past runs to read"),
    }
}

/// The commits that the workflows' actions lead to. One that cannot be looked
/// up is not pinned.
async fn look_up_actions(github: &GitHub, workspace: &Workspace, history: &mut CiHistory) {
    let files = workspace.tree.iter().filter(|(path, entry)| {
        let small = entry.size.is_none_or(|size| size <= MAX_WORKFLOW_BYTES);
        path.starts_with(".github/workflows/") && small && entry.kind.is_file()
    });
    let texts: Vec<String> = files
        .filter_map(|(path, entry)| {
            let bytes = tree::read(&*workspace.files, path, entry).ok()?;
            String::from_utf8(bytes).ok()
        })
        .collect();
    for action in actions_named(texts.iter().map(String::as_str)) {
        let Some((name, reference)) = action.split_once('@') else {
            continue;
        };
        let Ok(name) = name.parse::<RepositoryName>() else {
            continue;
        };
        if let Some(commit) = github.commit_of(&name, reference).await {
            history.actions.insert(action, commit);
        }
    }
}
