//! What past runs were like, and where the actions of their workflows lead.

use crate::ci_history::{CiHistory, Wanted, actions_named};
use crate::forge::{Ci, Result};
use crate::ids::{Repository, RepositoryName};
use crate::sandbox::Workspace;
use crate::tree;

/// Bytes of a workflow that is looked through for actions.
const MAX_WORKFLOW_BYTES: u64 = 1024 * 1024;

/// Reads past runs, newest first, and looks up the actions that the tree's
/// workflows name. `told` hears how many of how many runs have been read.
pub async fn past_runs(
    ci: &dyn Ci,
    repository: &Repository,
    wanted: &Wanted,
    workspace: &Workspace,
    told: &(dyn Fn(usize, usize) + Sync),
) -> Result<CiHistory> {
    let mut history = ci.past_runs(repository, wanted, told).await?;
    let texts = workflows(workspace);
    let actions = actions_named(texts.iter().map(String::as_str));
    for action in actions.into_iter().take(wanted.shares.actions) {
        let Some((name, reference)) = action.split_once('@') else {
            continue;
        };
        let Ok(name) = name.parse::<RepositoryName>() else {
            continue;
        };
        // One that cannot be looked up is not pinned.
        if let Some(commit) = ci.action_commit(&name, reference).await {
            history.actions.insert(action, commit);
        }
    }
    Ok(history)
}

fn workflows(workspace: &Workspace) -> Vec<String> {
    let files = workspace.tree.iter().filter(|(path, entry)| {
        let small = entry.size.is_none_or(|size| size <= MAX_WORKFLOW_BYTES);
        path.starts_with(".github/workflows/") && small && entry.kind.is_file()
    });
    files
        .filter_map(|(path, entry)| {
            let bytes = tree::read(&*workspace.files, path, entry).ok()?;
            String::from_utf8(bytes).ok()
        })
        .collect()
}
