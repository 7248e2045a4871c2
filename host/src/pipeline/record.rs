//! Report → recording: what a run took and gave, kept so that anyone can run
//! it again.

use std::collections::BTreeMap;

use super::Agents;
use crate::ids::Digest;
use crate::sandbox::{Recording, Report, Workspace};
use crate::store::{Blobs, StoreError};
use crate::tree::{self, Entry, EntryKind, Tree, TreeError};

/// Bytes of all workspace files of one recording: what a task may hold at a
/// time, several times over. A run that read more is not recorded.
const MAX_FILES_BYTES: usize = 512 * 1024 * 1024;

/// Stores what a run needs to be replayed, and the recording itself; none for
/// a run that cannot be. Reads and writes files: call it off the runtime's
/// threads.
pub fn record(
    blobs: &Blobs,
    agents: &Agents,
    report: &Report,
) -> Result<Option<Digest>, StoreError> {
    let agent = report.trail.as_ref().map(|trail| &trail.grant.agent.digest);
    record_with(blobs, agent.and_then(|agent| agents.bytes(agent)), report)
}

/// [`record`], with the component's bytes where they are not stored yet.
pub fn record_with(
    blobs: &Blobs,
    component: Option<&[u8]>,
    report: &Report,
) -> Result<Option<Digest>, StoreError> {
    let (Some(mut recording), Some(trail)) = (Recording::of(report), &report.trail) else {
        return Ok(None);
    };
    if let Some(component) = component {
        blobs.put(component)?;
    }
    recording.trace = blobs.put(&trail.traced.kept)?;
    if let Some(workspace) = &trail.workspace {
        recording.tree = Some(blobs.put(&listing(&workspace.tree))?);
        let read = trail.read.iter().map(String::as_str);
        match files(blobs, workspace, read)? {
            Some(files) => recording.files = files,
            None => return Ok(None),
        }
    }
    blobs.put(&recording.to_bytes()).map(Some)
}

/// Puts the files that were read; none where that is too much.
fn files<'a>(
    blobs: &Blobs,
    workspace: &Workspace,
    read: impl Iterator<Item = &'a str>,
) -> Result<Option<BTreeMap<String, Digest>>, StoreError> {
    let mut files = BTreeMap::new();
    let mut total = 0;
    for path in read {
        let Some(entry) = workspace.tree.entry(path) else {
            continue;
        };
        let bytes =
            tree::read(&*workspace.files, path, entry).map_err(|source| StoreError::Io {
                what: "reading a file that a task read".into(),
                source,
            })?;
        total += bytes.len();
        if total > MAX_FILES_BYTES {
            return Ok(None);
        }
        files.insert(path.to_owned(), blobs.put(&bytes)?);
    }
    Ok(Some(files))
}

/// A tree as a blob: `<mode> <id> <size or ->\t<path>\0` for each entry, in
/// order. The same tree is the same blob.
pub fn listing(tree: &Tree) -> Vec<u8> {
    let mut out = Vec::new();
    for (path, entry) in tree.iter() {
        let size = entry.size.map_or("-".to_owned(), |size| size.to_string());
        let mode = entry.kind.mode();
        out.extend_from_slice(format!("{mode} {} {size}\t{path}\0", entry.id).as_bytes());
    }
    out
}

/// A listing that is none.
#[derive(Debug, thiserror::Error)]
pub enum InvalidListing {
    #[error("an entry of the recorded tree is damaged")]
    Entry,
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// A tree from its listing.
pub fn parse_listing(bytes: &[u8]) -> Result<Tree, InvalidListing> {
    let mut tree = Tree::default();
    let text = std::str::from_utf8(bytes).map_err(|_| InvalidListing::Entry)?;
    for line in text.split_terminator('\0') {
        let (path, entry) = parse_entry(line).ok_or(InvalidListing::Entry)?;
        tree.insert(path.to_owned(), entry)?;
    }
    Ok(tree)
}

fn parse_entry(line: &str) -> Option<(&str, Entry)> {
    let (facts, path) = line.split_once('\t')?;
    let mut facts = facts.split(' ');
    let kind = EntryKind::from_mode(facts.next()?)?;
    let id = facts.next()?.parse().ok()?;
    let size = match facts.next()? {
        "-" => None,
        size => Some(size.parse().ok()?),
    };
    match facts.next() {
        None => Some((path, Entry { kind, id, size })),
        Some(_) => None,
    }
}
