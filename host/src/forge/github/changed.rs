//! What changed up to a commit: GitHub's own comparison.

use serde::Deserialize;

use super::call::{CONTENTS, Call};
use super::client::Client;
use super::history;
use crate::forge::{ForgeError, Result};
use crate::ids::{ObjectId, RepositoryName};
use crate::push::{Changed, Push, Since, Status};

/// Files that a comparison lists; there may be more of them.
const LISTED: usize = 300;

#[derive(Deserialize)]
struct Listed {
    parents: Vec<Parent>,
}

#[derive(Deserialize)]
struct Parent {
    sha: ObjectId,
}

#[derive(Deserialize)]
struct Comparison {
    merge_base_commit: Parent,
    total_commits: u64,
    #[serde(default)]
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    filename: String,
    status: String,
    previous_filename: Option<String>,
    /// Hunks; none for what is no text, or too long.
    patch: Option<String>,
}

pub(super) async fn changed(
    client: &Client,
    repository: &RepositoryName,
    since: &Since,
    head: &ObjectId,
) -> Result<Push> {
    let base = match since {
        Since::Parent => parent(client, repository, head).await?,
        Since::Green(commit) => Some(commit.clone()),
        Since::Branch(branch) => {
            let found = history::branch_head(client, repository, branch).await?;
            Some(found.ok_or_else(|| ForgeError::NotFound {
                what: format!("the branch {branch}"),
            })?)
        }
    };
    match base {
        Some(base) => compared(client, repository, &base, head).await,
        None => Ok(Push::beginning(Some(head.clone()))),
    }
}

async fn parent(
    client: &Client,
    repository: &RepositoryName,
    head: &ObjectId,
) -> Result<Option<ObjectId>> {
    const WHAT: &str = "reading a commit's parent";
    let path = format!("/commits?sha={head}&per_page=1");
    let call = Call::get(WHAT, repository, CONTENTS, path);
    let listed: Vec<Listed> = client.json(call).await?;
    let first = listed.into_iter().next().ok_or(ForgeError::NotFound {
        what: format!("commit {head}"),
    })?;
    Ok(first.parents.into_iter().next().map(|parent| parent.sha))
}

/// Three dots: from where the two parted. All files stand on the first page.
async fn compared(
    client: &Client,
    repository: &RepositoryName,
    base: &ObjectId,
    head: &ObjectId,
) -> Result<Push> {
    const WHAT: &str = "comparing commits";
    let path = format!("/compare/{base}...{head}?per_page=1&page=1");
    let call = Call::get(WHAT, repository, CONTENTS, path);
    let compared: Comparison = client.json(call).await?;
    let more = compared.files.len() >= LISTED;
    let changed = compared.files.into_iter().flat_map(paths).collect();
    let base = compared.merge_base_commit.sha;
    Ok(Push {
        commits: Some(compared.total_commits),
        ..Push::of(Some(base), Some(head.clone()), changed, more)
    })
}

/// A renamed file is one removed and one added.
fn paths(file: File) -> Vec<Changed> {
    let of = |path: String, status| Changed::of(path, status);
    match (file.status.as_str(), file.previous_filename) {
        ("renamed", Some(before)) => vec![
            of(before, Status::Removed),
            of(file.filename, Status::Added),
        ],
        ("added" | "copied", _) => vec![of(file.filename, Status::Added)],
        ("removed", _) => vec![of(file.filename, Status::Removed)],
        ("unchanged", _) => Vec::new(),
        // `modified`, `changed` (its mode), and whatever comes.
        (_, _) => vec![Changed {
            lines: file.patch,
            ..of(file.filename, Status::Modified)
        }],
    }
}
