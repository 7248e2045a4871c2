//! The tree at the failing commit, and its two real implementations: what the
//! host mounts, and a map in memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use sentinel_sdk::AccessError;
use sentinel_sdk::workspace::{Entry, EntryKind};

use crate::limits::{MAX_ENTRIES, MAX_FILE_BYTES};

/// What a tree entry is, as far as an edit cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Can be read and rewritten.
    File,
    /// A symbolic link, a submodule or something newer: never edited.
    Other,
}

/// A repository's tree, read-only.
pub trait Workspace {
    /// All entries.
    fn listing(&self) -> &Listing;

    /// The bytes of a listed file, or why not.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;
}

/// The paths of a tree, found by their last part.
#[derive(Debug, Default)]
pub struct Listing {
    entries: Vec<(String, Kind)>,
    /// Indices of the entries, sorted by the last part of their paths: 4 bytes
    /// an entry, where a map would cost more than the paths.
    by_name: Vec<u32>,
}

impl Listing {
    /// Lists `entries`; those past [`MAX_ENTRIES`] do not exist for us.
    pub fn new(entries: impl IntoIterator<Item = (String, Kind)>) -> Self {
        let entries: Vec<(String, Kind)> = entries.into_iter().take(MAX_ENTRIES).collect();
        let mut by_name: Vec<u32> = (0..).take(entries.len()).collect();
        by_name.sort_by_key(|index| file_name(&entries[*index as usize].0));
        Listing { entries, by_name }
    }

    /// All of them, in the order of the tree.
    pub fn entries(&self) -> impl Iterator<Item = (&str, Kind)> {
        self.entries
            .iter()
            .map(|(path, kind)| (path.as_str(), *kind))
    }

    /// What `path` is, where it exists.
    pub fn kind(&self, path: &str) -> Option<Kind> {
        self.named(file_name(path))
            .find(|(entry, _)| *entry == path)
            .map(|(_, kind)| kind)
    }

    /// The entries whose last part is `name`.
    pub fn named<'a>(&'a self, name: &str) -> impl Iterator<Item = (&'a str, Kind)> + use<'a> {
        let of = |index: &u32| file_name(&self.entries[*index as usize].0);
        let start = self.by_name.partition_point(|index| of(index) < name);
        let count = self.by_name[start..].partition_point(|index| of(index) == name);
        self.by_name[start..start + count].iter().map(|index| {
            let (path, kind) = &self.entries[*index as usize];
            (path.as_str(), *kind)
        })
    }
}

/// The last part of a path.
pub fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The tree the host mounts.
pub struct Mounted {
    listing: Listing,
    root: PathBuf,
}

impl Mounted {
    /// The listing comes from the host, contents from below
    /// [`sentinel_sdk::WORKSPACE`].
    pub fn open() -> Result<Self, AccessError> {
        let entries = sentinel_sdk::workspace_entries()?;
        Ok(Mounted {
            listing: Listing::new(entries.into_iter().map(listed)),
            root: sentinel_sdk::WORKSPACE.into(),
        })
    }
}

fn listed(entry: Entry) -> (String, Kind) {
    let kind = match entry.kind {
        EntryKind::File | EntryKind::Executable => Kind::File,
        EntryKind::Symlink | EntryKind::Submodule | EntryKind::Other(_) => Kind::Other,
    };
    (entry.path, kind)
}

impl Workspace for Mounted {
    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let file = File::open(self.root.join(path)).map_err(|error| error.to_string())?;
        let mut bytes = Vec::new();
        file.take(MAX_FILE_BYTES as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| error.to_string())?;
        within_limit(bytes)
    }
}

/// A tree in memory: none for what cannot be edited.
pub struct InMemory {
    listing: Listing,
    files: BTreeMap<String, Vec<u8>>,
}

impl InMemory {
    /// `None` stands for a symbolic link or a submodule.
    pub fn new(entries: impl IntoIterator<Item = (String, Option<Vec<u8>>)>) -> Self {
        let mut kinds = Vec::new();
        let mut files = BTreeMap::new();
        for (path, content) in entries {
            let kind = content.as_ref().map_or(Kind::Other, |_| Kind::File);
            kinds.push((path.clone(), kind));
            files.extend(content.map(|bytes| (path, bytes)));
        }
        InMemory {
            listing: Listing::new(kinds),
            files,
        }
    }
}

impl Workspace for InMemory {
    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let bytes = self.files.get(path).ok_or("no such file")?;
        within_limit(bytes.clone())
    }
}

fn within_limit(bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(format!("larger than {MAX_FILE_BYTES} bytes"));
    }
    Ok(bytes)
}
