//! What changed in a directory since the commit before: the newest commit, and
//! what is not committed yet.

use std::path::Path;
use std::sync::Arc;

use crate::forge::local::git::Git;
use crate::forge::local::{tree_below, with_lines};
use crate::forge::{ForgeError, Result};
use crate::ids::ObjectId;
use crate::push::Push;
use crate::tree::{Files, Tree};

/// What changed since `HEAD^` up to what lies in the directory, as
/// [`snapshot`](super::snapshot) lists it. Where there is no earlier commit the
/// first one counts, if anything differs from it; else all is new. Trees are
/// compared here, with the files as they lie in the directory: `git diff` would
/// run a repository's filters.
pub async fn pushed(directory: &Path, now: &Tree, files: Arc<dyn Files>) -> Result<Push> {
    let git = Git::new(directory);
    let Some(head) = commit(&git, "HEAD").await? else {
        return Ok(Push::beginning(None));
    };
    let prefix = git.line(&["rev-parse", "--show-prefix"], b"").await?;
    let below = prefix.trim_end_matches('/');
    let committed = tree_below(&git, &head, below).await?.unwrap_or_default();
    let uncommitted = Push::between((head.clone(), &committed), (None, now));
    let clean = uncommitted.changed.is_empty();
    match commit(&git, "HEAD^1").await? {
        Some(parent) => {
            let before = tree_below(&git, &parent, below).await?.unwrap_or_default();
            let push = Push::between((parent, &before), (clean.then_some(head), now));
            let push = with_lines(push, &git, &before, (now, files)).await?;
            Ok(Push {
                commits: clean.then_some(1),
                ..push
            })
        }
        None if clean => Ok(Push::beginning(Some(head))),
        None => with_lines(uncommitted, &git, &committed, (now, files)).await,
    }
}

/// A commit by name; none where there is none, or no repository.
async fn commit(git: &Git, name: &str) -> Result<Option<ObjectId>> {
    let verify = ["rev-parse", "--verify", "--quiet", "--end-of-options", name];
    let found = match git.ask(&verify, b"").await {
        Ok(found) => found,
        // Without git every directory is just a directory.
        Err(ForgeError::Unsupported(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let id = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    Ok(id.parse().ok().filter(|_| found.ok))
}
