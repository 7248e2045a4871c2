//! Reading trees and blobs, writing blobs, trees and commits.

use std::path::Path;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};

use super::git::{Git, TIMEOUT};
use crate::change::Publication;
use crate::forge::checkout::{Writer, written};
use crate::forge::{ForgeError, Result};
use crate::ids::ObjectId;
use crate::patch::FileChange;
use crate::tree::{Entry, EntryKind, Tree};

fn unexpected(what: &'static str, why: impl Into<String>) -> ForgeError {
    ForgeError::Unexpected {
        what,
        why: why.into(),
    }
}

pub(super) fn object(what: &'static str, text: &str) -> Result<ObjectId> {
    text.parse()
        .map_err(|error: crate::ids::InvalidName| unexpected(what, error.to_string()))
}

/// The tree of a commit, from `ls-tree`.
pub(super) async fn tree(git: &Git, commit: &ObjectId) -> Result<Tree> {
    let found = tree_below(git, commit, "").await?;
    found.ok_or_else(|| ForgeError::NotFound {
        what: format!("commit {commit}"),
    })
}

/// The same for a directory of it; none where it is not there.
pub(in crate::forge) async fn tree_below(
    git: &Git,
    commit: &ObjectId,
    directory: &str,
) -> Result<Option<Tree>> {
    let spec = format!("{commit}:{directory}");
    let known = git.ask(&["cat-file", "-e", &spec], b"").await?;
    if !known.ok {
        return Ok(None);
    }
    let listing = git
        .run(&["ls-tree", "-r", "-z", "-l", "--full-tree", &spec], b"")
        .await?;
    let mut tree = Tree::default();
    for line in listing
        .split(|byte| *byte == 0)
        .filter(|line| !line.is_empty())
    {
        let line = std::str::from_utf8(line)
            .map_err(|_| ForgeError::Unsupported("the tree has a path that is not UTF-8".into()))?;
        let (path, entry) = entry(line)?;
        tree.insert(path, entry)?;
    }
    Ok(Some(tree))
}

/// `<mode> <type> <id> <size>\t<path>`
fn entry(line: &str) -> Result<(String, Entry)> {
    let bad = || unexpected("listing the tree", format!("{line:?}"));
    let (facts, path) = line.split_once('\t').ok_or_else(bad)?;
    let mut facts = facts.split_ascii_whitespace();
    let mode = facts
        .next()
        .and_then(EntryKind::from_mode)
        .ok_or_else(bad)?;
    let id = facts.nth(1).ok_or_else(bad)?;
    let size = facts.next().and_then(|size| size.parse().ok());
    Ok((
        path.to_owned(),
        Entry {
            kind: mode,
            id: object("listing the tree", id)?,
            size,
        },
    ))
}

/// Writes a tree's files, read through one `cat-file --batch`: no checkout, so
/// no filter, hook or line-ending conversion of the repository's runs.
pub(super) async fn write_files(git: &Git, tree: &Tree, into: &Path) -> Result<()> {
    let mut child = git.converse(&["cat-file", "--batch"])?;
    let io = |source| ForgeError::Io {
        what: "reading blobs",
        source,
    };
    let mut stdin = child
        .stdin
        .take()
        .ok_or_else(|| unexpected("git", "no standard input"))?;
    let stdout = child
        .stdout
        .take()
        .ok_or_else(|| unexpected("git", "no standard output"))?;
    let mut stdout = BufReader::with_capacity(256 * 1024, stdout);
    let mut writer = Writer::new(into);
    for (path, entry) in written(tree) {
        stdin
            .write_all(format!("{}\n", entry.id).as_bytes())
            .await
            .map_err(io)?;
        let blob = tokio::time::timeout(TIMEOUT, next_blob(&mut stdout, entry)).await;
        let bytes =
            blob.unwrap_or_else(|_| Err(unexpected("reading blobs", "git does not answer")))?;
        writer.write(path, entry, &bytes)?;
    }
    Ok(())
}

async fn next_blob(
    stdout: &mut BufReader<tokio::process::ChildStdout>,
    entry: &Entry,
) -> Result<Vec<u8>> {
    let io = |source| ForgeError::Io {
        what: "reading blobs",
        source,
    };
    let mut header = String::new();
    stdout.read_line(&mut header).await.map_err(io)?;
    let size = header
        .trim_end()
        .strip_prefix(&format!("{} blob ", entry.id));
    let size: usize = size
        .and_then(|size| size.parse().ok())
        .ok_or_else(|| unexpected("reading blobs", header.trim_end().to_owned()))?;
    let mut bytes = vec![0; size + 1];
    stdout.read_exact(&mut bytes).await.map_err(io)?;
    bytes.pop();
    Ok(bytes)
}

/// Builds the patched tree in a scratch index and says its id, which must be
/// the one the patch is known by.
pub(super) async fn write_tree(git: &Git, publication: &Publication) -> Result<ObjectId> {
    let scratch = tempfile::tempdir().map_err(|source| ForgeError::Io {
        what: "making a scratch index",
        source,
    })?;
    let index = scratch.path().join("index");
    let scratch_git = git.with_index(&index);
    scratch_git
        .run(&["read-tree", publication.patch().base().as_str()], b"")
        .await?;
    let mut changes = Vec::new();
    for file in publication.patch().files() {
        changes.extend(index_line(git, file).await?);
    }
    scratch_git
        .run(&["update-index", "-z", "--index-info"], &changes)
        .await?;
    let id = scratch_git.line(&["write-tree"], b"").await?;
    object("writing the tree", &id)
}

/// `<mode> <id>\t<path>\0`; mode 0 removes.
async fn index_line(git: &Git, file: &FileChange) -> Result<Vec<u8>> {
    let line = match &file.after {
        None => format!("0 {}\t{}\0", "0".repeat(40), file.path),
        Some(bytes) => {
            let write = ["hash-object", "-w", "--stdin", "--no-filters"];
            let id = git.line(&write, bytes).await?;
            format!("{} {id}\t{}\0", file.kind.mode(), file.path)
        }
    };
    Ok(line.into_bytes())
}

/// The commit of a publication. Author and dates are fixed by the head commit
/// and the identity, so that a repeated publication makes the same commit.
pub(super) async fn commit(
    git: &Git,
    publication: &Publication,
    tree: &ObjectId,
    identity: &super::Identity,
) -> Result<ObjectId> {
    let head = publication.head().as_str();
    let date = git.line(&["show", "-s", "--format=%ct", head], b"").await?;
    let message = publication.text().commit_message.as_bytes();
    let git = git.committing_as(&identity.name, &identity.email, &date);
    let id = git
        .line(
            &["commit-tree", tree.as_str(), "-p", head, "-F", "-"],
            message,
        )
        .await?;
    object("making the commit", &id)
}
