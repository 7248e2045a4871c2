//! The tree at a commit, listed and compared with the ids that the listing
//! itself gives.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::api::{Api, Call, next_token, too_long};
use crate::forge::web::unexpected;
use crate::forge::{ForgeError, Result};
use crate::ids::{ObjectId, RepositoryName};
use crate::tree::{Entry, EntryKind, Tree, directory_id};

const WHAT: &str = "listing the tree";

/// Pages of a hundred entries read for one tree. GitLab.com takes 2,000
/// requests a minute from one user.
const MAX_PAGES: usize = 2_000;

/// Pages of a hundred names read of a tree's top directory.
const MAX_TOP_PAGES: usize = 50;

#[derive(Deserialize)]
struct Listed {
    id: ObjectId,
    #[serde(rename = "type")]
    kind: String,
    path: String,
    mode: String,
}

/// Every entry at a commit. GitLab shows no commit's tree id, so what can be
/// compared is compared: each directory at the top with its own id, which
/// covers all below it, and each file's bytes with theirs when they are read.
pub(super) async fn list(api: &Api, project: &RepositoryName, commit: &ObjectId) -> Result<Tree> {
    let mut tree = Tree::default();
    let mut tops = BTreeMap::new();
    let mut token = None;
    for _ in 0..MAX_PAGES {
        let from = token.map_or(String::new(), |token| format!("&page_token={token}"));
        let path = format!(
            "/repository/tree?ref={commit}&recursive=true&per_page=100&pagination=keyset{from}"
        );
        let call = Call::get(WHAT, project, &path);
        let answer = api.send(&call).await?.success(&call)?;
        for listed in answer.json::<Vec<Listed>>(WHAT)? {
            take(&mut tree, &mut tops, listed)?;
        }
        token = next_token(&answer.headers);
        if token.is_none() {
            compare(&tree, tops)?;
            return Ok(tree);
        }
    }
    Err(too_long(WHAT, format!("{} entries", MAX_PAGES * 100)))
}

/// The id of a commit's tree: git's own hash over what its top directory lists.
pub(super) async fn root(
    api: &Api,
    project: &RepositoryName,
    commit: &ObjectId,
) -> Result<ObjectId> {
    let mut top = Vec::new();
    let mut token = None;
    for _ in 0..MAX_TOP_PAGES {
        let from = token.map_or(String::new(), |token| format!("&page_token={token}"));
        let path = format!("/repository/tree?ref={commit}&per_page=100&pagination=keyset{from}");
        let call = Call::get(WHAT, project, &path);
        let answer = api.send(&call).await?.success(&call)?;
        for listed in answer.json::<Vec<Listed>>(WHAT)? {
            let kind = match listed.kind.as_str() {
                "tree" => None,
                _ => Some(kind(&listed)?),
            };
            top.push((listed.path, kind, listed.id));
        }
        token = next_token(&answer.headers);
        if token.is_none() {
            return Ok(directory_id(&top)?);
        }
    }
    Err(too_long(
        WHAT,
        format!("{} names at the top", MAX_TOP_PAGES * 100),
    ))
}

fn kind(listed: &Listed) -> Result<EntryKind> {
    EntryKind::from_mode(&listed.mode).ok_or_else(|| {
        let why = format!("{:?} has the mode {:?}", listed.path, listed.mode);
        unexpected(WHAT, why)
    })
}

fn take(tree: &mut Tree, tops: &mut BTreeMap<String, ObjectId>, listed: Listed) -> Result<()> {
    if listed.kind == "tree" {
        if !listed.path.contains('/') {
            tops.insert(listed.path, listed.id);
        }
        return Ok(());
    }
    let kind = kind(&listed)?;
    let entry = Entry {
        kind,
        id: listed.id,
        size: None,
    };
    Ok(tree.insert(listed.path, entry)?)
}

fn compare(tree: &Tree, mut tops: BTreeMap<String, ObjectId>) -> Result<()> {
    let mut below: BTreeMap<&str, Tree> = BTreeMap::new();
    for (path, entry) in tree.iter() {
        if let Some((top, rest)) = path.split_once('/') {
            let part = below.entry(top).or_default();
            part.insert(rest.to_owned(), entry.clone())?;
        }
    }
    for (top, part) in below {
        let listed = tops.remove(top);
        if listed.as_ref() != Some(&part.id()?) {
            return Err(inexact(top));
        }
    }
    match tops.keys().next() {
        Some(empty) => Err(inexact(empty)),
        None => Ok(()),
    }
}

fn inexact(directory: &str) -> ForgeError {
    ForgeError::Unsupported(format!(
        "the tree cannot be listed exactly: {directory:?} holds names that are not UTF-8, empty \
         directories, or something else that GitLab's listing does not show"
    ))
}
