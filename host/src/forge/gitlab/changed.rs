//! What changed up to a commit: GitLab's own comparison.

use serde::Deserialize;

use super::api::{Api, Call};
use super::history;
use crate::forge::{ForgeError, Result};
use crate::ids::{ObjectId, RepositoryName};
use crate::push::{Changed, Push, Since, Status};

/// Files that a comparison lists, by GitLab's default (`diff_max_files`);
/// there may be more of them.
const LISTED: usize = 1_000;

#[derive(Deserialize)]
struct Commit {
    id: ObjectId,
    #[serde(default)]
    parent_ids: Vec<ObjectId>,
}

#[derive(Deserialize)]
struct Comparison {
    #[serde(default)]
    commits: Vec<Commit>,
    #[serde(default)]
    diffs: Vec<Diff>,
    #[serde(default)]
    compare_timeout: bool,
}

#[derive(Deserialize)]
struct Diff {
    old_path: String,
    new_path: String,
    #[serde(default)]
    new_file: bool,
    #[serde(default)]
    renamed_file: bool,
    #[serde(default)]
    deleted_file: bool,
    /// Hunks; empty for what is no text, or too long.
    #[serde(default)]
    diff: String,
}

pub(super) async fn changed(
    api: &Api,
    project: &RepositoryName,
    since: &Since,
    head: &ObjectId,
) -> Result<Push> {
    let base = match since {
        Since::Parent => parent(api, project, head).await?,
        Since::Green(commit) => Some(parted(api, project, commit, head).await?),
        Since::Branch(branch) => {
            let found = history::branch_head(api, project, branch).await?;
            let found = found.ok_or_else(|| ForgeError::NotFound {
                what: format!("the branch {branch}"),
            })?;
            Some(parted(api, project, &found, head).await?)
        }
    };
    match base {
        Some(base) => compared(api, project, base, head).await,
        None => Ok(Push::beginning(Some(head.clone()))),
    }
}

async fn parent(api: &Api, project: &RepositoryName, head: &ObjectId) -> Result<Option<ObjectId>> {
    let path = format!("/repository/commits?ref_name={head}&per_page=1");
    let listed: Vec<Commit> = api
        .json(&Call::get("reading a commit's parent", project, &path))
        .await?;
    let first = listed.into_iter().next().ok_or(ForgeError::NotFound {
        what: format!("commit {head}"),
    })?;
    Ok(first.parent_ids.into_iter().next())
}

/// The newest commit that both have.
async fn parted(
    api: &Api,
    project: &RepositoryName,
    one: &ObjectId,
    head: &ObjectId,
) -> Result<ObjectId> {
    let path = format!("/repository/merge_base?refs%5B%5D={one}&refs%5B%5D={head}");
    let base: Commit = api
        .json(&Call::get("finding where commits part", project, &path))
        .await?;
    Ok(base.id)
}

async fn compared(
    api: &Api,
    project: &RepositoryName,
    base: ObjectId,
    head: &ObjectId,
) -> Result<Push> {
    let path = format!("/repository/compare?from={base}&to={head}&straight=true");
    let compared: Comparison = api
        .json(&Call::get("comparing commits", project, &path))
        .await?;
    let more = compared.compare_timeout || compared.diffs.len() >= LISTED;
    let commits = compared.commits.len() as u64;
    let changed = compared.diffs.into_iter().flat_map(paths).collect();
    Ok(Push {
        commits: Some(commits),
        ..Push::of(Some(base), Some(head.clone()), changed, more)
    })
}

/// A renamed file is one removed and one added.
fn paths(diff: Diff) -> Vec<Changed> {
    let of = |path: String, status| Changed::of(path, status);
    match diff {
        diff if diff.renamed_file => vec![
            of(diff.old_path, Status::Removed),
            of(diff.new_path, Status::Added),
        ],
        diff if diff.new_file => vec![of(diff.new_path, Status::Added)],
        diff if diff.deleted_file => vec![of(diff.old_path, Status::Removed)],
        diff => vec![Changed {
            lines: Some(diff.diff).filter(|lines| !lines.is_empty()),
            ..of(diff.new_path, Status::Modified)
        }],
    }
}
