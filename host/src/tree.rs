//! A git tree as a value: what is in it, and what its object id is.
//!
//! Computed here and not asked of git, because a patch is known by the tree it
//! results in, and the check, the approval and the publisher must be able to
//! say that id on their own.

use std::collections::BTreeMap;

use sha1::{Digest as _, Sha1};

use crate::ids::ObjectId;
use crate::patch::path::RepoPath;

/// What a tree lists at a path (git's file modes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// 100644
    File,
    /// 100755
    Executable,
    /// 120000
    Symlink,
    /// 160000
    Submodule,
}

impl EntryKind {
    /// The mode as git writes it, without leading zeros.
    pub fn mode(self) -> &'static str {
        match self {
            EntryKind::File => "100644",
            EntryKind::Executable => "100755",
            EntryKind::Symlink => "120000",
            EntryKind::Submodule => "160000",
        }
    }

    /// From a mode as git writes it. Others (100664 in very old repositories)
    /// are not known, because writing them back would change them.
    pub fn from_mode(mode: &str) -> Option<EntryKind> {
        match mode {
            "100644" => Some(EntryKind::File),
            "100755" => Some(EntryKind::Executable),
            "120000" => Some(EntryKind::Symlink),
            "160000" => Some(EntryKind::Submodule),
            _ => None,
        }
    }

    pub fn is_file(self) -> bool {
        matches!(self, EntryKind::File | EntryKind::Executable)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub kind: EntryKind,
    pub id: ObjectId,
    /// Bytes, where the forge says.
    pub size: Option<u64>,
}

/// Entries of one tree at most: a listing is held in memory.
pub const MAX_ENTRIES: usize = 500_000;

/// A file larger than this is listed and never read, in bytes: no repair edits
/// it.
pub const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// Longest path taken, in bytes (Linux's `PATH_MAX`); it also bounds how deep
/// the walk over directories goes.
pub const MAX_PATH_BYTES: usize = 4096;

/// The bytes of a tree's files, from wherever they lie: a checkout, a
/// repository's objects, a recording. Read lazily, one file at a time.
pub trait Files: Send + Sync + std::fmt::Debug {
    /// The bytes at a path of the tree. What comes back is not trusted:
    /// [`read`] checks it.
    fn bytes(&self, path: &str, entry: &Entry) -> std::io::Result<Vec<u8>>;
}

/// Reads a file and checks that it is the one the tree lists.
pub fn read(files: &dyn Files, path: &str, entry: &Entry) -> std::io::Result<Vec<u8>> {
    let bytes = files.bytes(path, entry)?;
    match blob_id(&bytes) == entry.id {
        true => Ok(bytes),
        false => Err(std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            format!("the bytes of {path:?} do not have its blob id"),
        )),
    }
}

/// All entries of a tree, directories left out, by path.
///
/// Keys are raw git paths: a repository may hold names that no edit may touch
/// ([`RepoPath`] says which), and its tree id depends on them all the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    entries: BTreeMap<String, Entry>,
}

/// A tree whose id we cannot compute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    #[error("the tree has more than {MAX_ENTRIES} entries")]
    TooLarge,
    #[error("a path of the tree is longer than {MAX_PATH_BYTES} bytes")]
    PathTooLong,
    #[error("{path:?} is both a file and a directory")]
    FileAndDirectory { path: String },
    #[error("SHA-256 repositories are not supported yet; {path:?} has a 64-digit id")]
    ObjectFormat { path: String },
}

impl Tree {
    pub fn insert(&mut self, path: String, entry: Entry) -> Result<(), TreeError> {
        if self.entries.len() >= MAX_ENTRIES {
            return Err(TreeError::TooLarge);
        }
        if path.len() > MAX_PATH_BYTES {
            return Err(TreeError::PathTooLong);
        }
        self.entries.insert(path, entry);
        Ok(())
    }

    pub fn remove(&mut self, path: &str) -> Option<Entry> {
        self.entries.remove(path)
    }

    pub fn get(&self, path: &RepoPath) -> Option<&Entry> {
        self.entries.get(path.as_str())
    }

    /// Sorted by path's bytes.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries
            .iter()
            .map(|(path, entry)| (path.as_str(), entry))
    }

    /// Entries after `path`, sorted.
    pub fn after<'a>(
        &'a self,
        path: Option<&str>,
    ) -> impl Iterator<Item = (&'a str, &'a Entry)> + 'a {
        use std::ops::Bound;
        let start = match path {
            Some(path) => Bound::Excluded(path.to_owned()),
            None => Bound::Unbounded,
        };
        self.entries
            .range((start, Bound::Unbounded))
            .map(|(path, entry)| (path.as_str(), entry))
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What a path is called by: an entry of any kind.
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// The names in a directory (`""` is the root), sorted by their bytes;
    /// `None` stands for a directory below it.
    pub fn children(&self, directory: &str) -> Vec<(&str, Option<EntryKind>)> {
        let prefix = match directory {
            "" => String::new(),
            directory => format!("{directory}/"),
        };
        let mut children = Vec::new();
        let mut from = prefix.clone();
        // Jumps over each directory instead of walking through it.
        while let Some((path, entry)) = self.entries.range(from.clone()..).next() {
            let Some(rest) = path.strip_prefix(&prefix) else {
                break;
            };
            match rest.split_once('/') {
                None => {
                    children.push((rest, Some(entry.kind)));
                    from = format!("{path}\0");
                }
                Some((name, _)) => {
                    children.push((name, None));
                    // `0` is the byte after `/`.
                    from = format!("{prefix}{name}0");
                }
            }
        }
        children.sort_unstable();
        children
    }

    /// Whether something lies below `path/`.
    pub fn is_directory(&self, path: &str) -> bool {
        let prefix = format!("{path}/");
        self.entries
            .range(prefix.clone()..)
            .next()
            .is_some_and(|(next, _)| next.starts_with(&prefix))
    }

    /// The object id of the root tree, as `git write-tree` would print it.
    pub fn id(&self) -> Result<ObjectId, TreeError> {
        self.objects(&mut |_, _| {})
    }

    /// The same, with every directory's object on the way: its id and its
    /// bytes, those of the root last.
    pub fn objects(&self, each: &mut dyn FnMut([u8; 20], &[u8])) -> Result<ObjectId, TreeError> {
        let entries: Vec<(&str, &Entry)> = self.iter().collect();
        Ok(to_id(&write_tree(&entries, "", each)?))
    }
}

/// The object id of a blob: git's SHA-1 over `blob <length>\0<bytes>`.
pub fn blob_id(bytes: &[u8]) -> ObjectId {
    to_id(&object_id("blob", bytes))
}

/// The object id of one directory, from its names and what stands there; no
/// kind is a directory below it.
pub fn directory_id(
    listed: &[(String, Option<EntryKind>, ObjectId)],
) -> Result<ObjectId, TreeError> {
    let mut lines = BTreeMap::new();
    for (name, kind, id) in listed {
        let id = raw(name, id)?;
        let (key, mode) = match kind {
            Some(kind) => (name.clone(), kind.mode()),
            None => (format!("{name}/"), DIRECTORY),
        };
        lines.insert(key, (mode, name.as_str(), id));
    }
    Ok(to_id(&hash(lines.into_values())))
}

/// A directory's mode, as git writes it.
const DIRECTORY: &str = "40000";

/// The id of any object of git's, by its kind.
pub fn object_id(kind: &str, bytes: &[u8]) -> [u8; 20] {
    let mut hasher = Sha1::new();
    hasher.update(format!("{kind} {}\0", bytes.len()));
    hasher.update(bytes);
    hasher.finalize().into()
}

fn to_id(id: &[u8; 20]) -> ObjectId {
    hex::encode(id).parse().expect("40 hexadecimal digits")
}

/// One directory: `entries` all begin with `prefix` and lie next to each
/// other. Git sorts a directory as if its name ended in `/`.
fn write_tree(
    entries: &[(&str, &Entry)],
    prefix: &str,
    each: &mut dyn FnMut([u8; 20], &[u8]),
) -> Result<[u8; 20], TreeError> {
    let mut children: BTreeMap<String, (&'static str, &str, [u8; 20])> = BTreeMap::new();
    let mut rest = entries;
    while let Some((path, entry)) = rest.first() {
        let name = &path[prefix.len()..];
        match name.split_once('/') {
            None => {
                children.insert(
                    name.to_owned(),
                    (entry.kind.mode(), name, raw(path, &entry.id)?),
                );
                rest = &rest[1..];
            }
            Some((directory, _)) => {
                let below = format!("{prefix}{directory}/");
                let end = rest.partition_point(|(path, _)| path.starts_with(&below));
                let id = write_tree(&rest[..end], &below, each)?;
                children.insert(format!("{directory}/"), (DIRECTORY, directory, id));
                rest = &rest[end..];
            }
        }
    }
    for key in children.keys() {
        if let Some(name) = key.strip_suffix('/')
            && children.contains_key(name)
        {
            return Err(TreeError::FileAndDirectory {
                path: format!("{prefix}{name}"),
            });
        }
    }
    let bytes = tree_bytes(children.values().copied());
    let id = object_id("tree", &bytes);
    each(id, &bytes);
    Ok(id)
}

/// A tree object over its lines, in git's order.
fn hash<'a>(lines: impl Iterator<Item = (&'static str, &'a str, [u8; 20])>) -> [u8; 20] {
    object_id("tree", &tree_bytes(lines))
}

fn tree_bytes<'a>(lines: impl Iterator<Item = (&'static str, &'a str, [u8; 20])>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (mode, name, id) in lines {
        bytes.extend_from_slice(format!("{mode} {name}\0").as_bytes());
        bytes.extend_from_slice(&id);
    }
    bytes
}

fn raw(path: &str, id: &ObjectId) -> Result<[u8; 20], TreeError> {
    let mut raw = [0; 20];
    hex::decode_to_slice(id.as_str(), &mut raw).map_err(|_| TreeError::ObjectFormat {
        path: path.to_owned(),
    })?;
    Ok(raw)
}
