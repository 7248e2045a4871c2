//! What changed up to a commit, from the two trees.

use std::sync::Arc;

use super::git::Git;
use super::{Blobs, objects, resolve};
use crate::forge::{ForgeError, Result};
use crate::ids::ObjectId;
use crate::push::{MAX_COMPARED_BYTES, Modified, Push, Since};
use crate::tree::{self, Files, Tree};

pub(super) async fn changed(git: &Git, since: &Since, head: &ObjectId) -> Result<Push> {
    let base = match since {
        Since::Parent => resolve(git, &format!("{head}^1")).await?,
        Since::Green(commit) => parted(git, commit.as_str(), head).await?,
        Since::Branch(branch) => parted(git, &format!("refs/heads/{branch}"), head).await?,
    };
    let Some(base) = base else {
        return Ok(Push::beginning(Some(head.clone())));
    };
    let before = objects::tree(git, &base).await?;
    let after = objects::tree(git, head).await?;
    let range = format!("{base}..{head}");
    let counted = git.line(&["rev-list", "--count", &range], b"").await?;
    let push = Push::between((base, &before), (Some(head.clone()), &after));
    let files: Arc<dyn Files> = Arc::new(Blobs::of(git.clone()));
    let push = with_lines(push, git, &before, (&after, files)).await?;
    Ok(Push {
        commits: counted.parse().ok(),
        ..push
    })
}

/// The push with the lines that differ from a tree of the repository. What
/// cannot be read is not told.
pub(in crate::forge) async fn with_lines(
    push: Push,
    git: &Git,
    before: &Tree,
    (after, files): (&Tree, Arc<dyn Files>),
) -> Result<Push> {
    let modified = push.modified(before, after);
    let old = Blobs::of(git.clone());
    let compared = move || push.telling(&both(&modified, &old, &*files));
    let told = tokio::task::spawn_blocking(compared).await;
    told.map_err(|error| ForgeError::Unexpected {
        what: "comparing files",
        why: error.to_string(),
    })
}

fn both(
    modified: &[Modified],
    old: &dyn Files,
    new: &dyn Files,
) -> Vec<(String, Vec<u8>, Vec<u8>)> {
    let read = |Modified {
                    path,
                    before,
                    after,
                }: &Modified| {
        let small = |entry: &tree::Entry| {
            entry
                .size
                .is_none_or(|size| size <= MAX_COMPARED_BYTES as u64)
        };
        if !small(before) || !small(after) {
            return None;
        }
        let before = tree::read(old, path, before).ok()?;
        Some((path.clone(), before, tree::read(new, path, after).ok()?))
    };
    modified.iter().filter_map(read).collect()
}

/// The newest commit that both have; none where they have none.
async fn parted(git: &Git, one: &str, head: &ObjectId) -> Result<Option<ObjectId>> {
    let found = git.ask(&["merge-base", one, head.as_str()], b"").await?;
    let id = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    match found.ok && !id.is_empty() {
        true => objects::object("finding where commits part", &id).map(Some),
        false => Ok(None),
    }
}
