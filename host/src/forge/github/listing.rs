//! The tree at a commit, listed whole and checked against the commit's own id
//! of it.

use serde::Deserialize;

use super::client::{CONTENTS, Call, Client};
use super::wire::unexpected;
use crate::forge::{ForgeError, Result};
use crate::ids::{ObjectId, RepositoryName};
use crate::tree::{Entry, EntryKind, MAX_PATH_BYTES, Tree};

const WHAT: &str = "listing the tree";

/// Bytes of one listing. GitHub cuts a recursive one at 7 MB or 100,000
/// entries; a single directory can be listed a little longer.
const MAX_LISTING_BYTES: usize = 64 * 1024 * 1024;

/// Listings read for one tree, where GitHub cuts the recursive one.
const MAX_LISTINGS: usize = 2_000;

/// A commit as git's data API shows it.
#[derive(Deserialize)]
pub(super) struct Commit {
    pub sha: ObjectId,
    pub tree: Named,
    #[serde(default)]
    pub parents: Vec<Named>,
}

#[derive(Deserialize)]
pub(super) struct Named {
    pub sha: ObjectId,
}

pub(super) async fn commit(
    client: &Client,
    repository: &RepositoryName,
    commit: &ObjectId,
) -> Result<Commit> {
    let path = format!("/git/commits/{commit}");
    let call = Call::get("reading the commit", repository, CONTENTS, path);
    client.json(call).await
}

#[derive(Deserialize)]
struct Listing {
    tree: Vec<Listed>,
    #[serde(default)]
    truncated: bool,
}

#[derive(Deserialize)]
struct Listed {
    path: String,
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    sha: ObjectId,
    size: Option<u64>,
}

/// Every entry below the commit's tree. The id of the result is the commit's:
/// a listing that is short, or names that JSON cannot carry, are found out.
pub(super) async fn tree(
    client: &Client,
    repository: &RepositoryName,
    at: &ObjectId,
) -> Result<Tree> {
    let commit = commit(client, repository, at).await?;
    let mut walk = Walk {
        client,
        repository,
        tree: Tree::default(),
        listings: 0,
    };
    walk.run(&commit.tree.sha).await?;
    match walk.tree.id()? == commit.tree.sha {
        true => Ok(walk.tree),
        false => Err(ForgeError::Unsupported(format!(
            "the tree of {repository} at {at} cannot be listed exactly: it holds names that are \
             not UTF-8, empty directories, or something else that GitHub's listing does not show"
        ))),
    }
}

struct Walk<'a> {
    client: &'a Client,
    repository: &'a RepositoryName,
    tree: Tree,
    listings: usize,
}

impl Walk<'_> {
    /// Recursive listings, and directory by directory where one is cut. An
    /// explicit stack: depth is the repository's to choose.
    async fn run(&mut self, root: &ObjectId) -> Result<()> {
        let mut open = vec![(String::new(), root.clone())];
        while let Some((prefix, id)) = open.pop() {
            let listing = self.list(&id, true).await?;
            if !listing.truncated {
                self.take(&prefix, listing)?;
                continue;
            }
            let listing = self.list(&id, false).await?;
            if listing.truncated {
                let limit = "what GitHub lists of one directory".into();
                return Err(ForgeError::TooLarge { what: WHAT, limit });
            }
            open.extend(self.take(&prefix, listing)?);
        }
        Ok(())
    }

    async fn list(&mut self, id: &ObjectId, recursive: bool) -> Result<Listing> {
        self.listings += 1;
        if self.listings > MAX_LISTINGS {
            let limit = format!("{MAX_LISTINGS} requests");
            return Err(ForgeError::TooLarge { what: WHAT, limit });
        }
        let query = if recursive { "?recursive=1" } else { "" };
        let path = format!("/git/trees/{id}{query}");
        let call = Call::get(WHAT, self.repository, CONTENTS, path).limit(MAX_LISTING_BYTES);
        self.client.json(call).await
    }

    /// Takes the entries in and answers with the directories.
    fn take(&mut self, prefix: &str, listing: Listing) -> Result<Vec<(String, ObjectId)>> {
        let mut directories = Vec::new();
        for listed in listing.tree {
            let path = format!("{prefix}{}", listed.path);
            if path.len() > MAX_PATH_BYTES {
                return Err(crate::tree::TreeError::PathTooLong.into());
            }
            match listed.kind.as_str() {
                "tree" => directories.push((format!("{path}/"), listed.sha)),
                _ => self.insert(path, listed)?,
            }
        }
        Ok(directories)
    }

    fn insert(&mut self, path: String, listed: Listed) -> Result<()> {
        let kind = EntryKind::from_mode(&listed.mode)
            .ok_or_else(|| unexpected(WHAT, format!("{path:?} has the mode {:?}", listed.mode)))?;
        let entry = Entry {
            kind,
            id: listed.sha,
            size: listed.size,
        };
        Ok(self.tree.insert(path, entry)?)
    }
}
