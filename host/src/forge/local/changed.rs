//! What changed up to a commit, from the two trees.

use super::git::Git;
use super::{objects, resolve};
use crate::forge::Result;
use crate::ids::ObjectId;
use crate::push::{Push, Since};

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
    Ok(Push {
        commits: counted.parse().ok(),
        ..Push::between((base, &before), (Some(head.clone()), &after))
    })
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
