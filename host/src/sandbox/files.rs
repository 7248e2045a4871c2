//! The immutable tree a guest sees: `/input` and `/workspace`.
//!
//! Listings come from the task's inputs and the git tree, sorted; contents are
//! read when they are first needed and checked against their ids; nothing can
//! be written, so nothing ever changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use crate::ids::Digest;
use crate::tree::{self, Entry, EntryKind, Files, MAX_FILE_BYTES, Tree};

/// What a file under `/input` is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InputKind {
    JobLog,
    Other(String),
}

/// A file under `/input`, opened by the host.
#[derive(Debug, Clone)]
pub struct InputFile {
    /// Relative to `/input`, a single name.
    pub path: String,
    pub kind: InputKind,
    /// In bytes; what is appended to the file later is not seen.
    pub size: u64,
    /// The SHA-256 of its bytes, where the host knows it: without it a run
    /// cannot be recorded.
    pub digest: Option<Digest>,
    file: Arc<File>,
}

impl InputFile {
    /// Opens a file as an input of a task.
    pub fn open(
        name: &str,
        kind: InputKind,
        place: &std::path::Path,
        digest: Option<Digest>,
    ) -> io::Result<InputFile> {
        let file = File::open(place)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file"));
        }
        Ok(InputFile {
            path: name.to_owned(),
            kind,
            size: metadata.len(),
            digest,
            file: Arc::new(file),
        })
    }

    /// Reads it from the start, as far as the guest sees it.
    pub fn reader(&self) -> impl io::Read {
        Reader {
            file: self.clone(),
            at: 0,
        }
    }

    /// Fills `block` from `offset`, as far as the file goes.
    fn read(&self, mut block: &mut [u8], mut offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        while !block.is_empty() {
            match self.file.read_at(block, offset) {
                Ok(0) => break,
                Ok(read) => {
                    filled += read;
                    offset += read as u64;
                    block = &mut block[read..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

struct Reader {
    file: InputFile,
    at: u64,
}

impl io::Read for Reader {
    fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.file.size - self.at).unwrap_or(usize::MAX);
        let length = block.len().min(left);
        let read = self.file.read(&mut block[..length], self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// The tree under `/workspace`, and where its bytes are.
#[derive(Debug, Clone)]
pub struct Workspace {
    pub tree: Arc<Tree>,
    pub files: Arc<dyn Files>,
}

/// What there is to mount; whether it is mounted is the grant's affair.
#[derive(Debug, Clone, Default)]
pub struct Mounts {
    pub input: Option<Vec<InputFile>>,
    pub workspace: Option<Workspace>,
}

impl Mounts {
    /// Bytes of input, by which fuel and time grow.
    pub fn input_bytes(&self) -> u64 {
        self.input.iter().flatten().map(|file| file.size).sum()
    }
}

/// One of the two directories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Mount {
    Input,
    Workspace,
}

impl Mount {
    pub fn path(self) -> &'static str {
        match self {
            Mount::Input => "/input",
            Mount::Workspace => "/workspace",
        }
    }
}

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Directory,
    File {
        size: u64,
    },
    /// Listed, never followed.
    Symlink,
}

/// Why there is nothing to read.
#[derive(Debug)]
pub(super) enum Absent {
    NoEntry,
    NotDirectory,
    /// A symlink on the way, or at the end of it.
    Symlink,
    /// `..` above the mount, or an absolute path.
    Outside,
    /// Longer than any path of a tree.
    TooLong,
    /// No path at all: it has a NUL in it.
    Invalid,
}

/// An open file.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// Read from disk in blocks, whatever its size.
    Input(InputFile),
    /// Read and checked as a whole.
    Bytes(Arc<[u8]>),
}

impl Content {
    pub fn size(&self) -> u64 {
        match self {
            Content::Input(file) => file.size,
            Content::Bytes(bytes) => bytes.len() as u64,
        }
    }

    /// At most `length` bytes from `offset`.
    pub fn read(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let left = self.size().saturating_sub(offset);
        let length = length.min(usize::try_from(left).unwrap_or(usize::MAX));
        match self {
            Content::Input(file) => {
                let mut block = vec![0; length];
                let read = file.read(&mut block, offset)?;
                block.truncate(read);
                Ok(block)
            }
            Content::Bytes(bytes) => {
                // Past the end `length` is 0, and the offset may be anything.
                let start = usize::try_from(offset)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                Ok(bytes[start..start + length].to_vec())
            }
        }
    }
}

/// The files of one task.
#[derive(Debug)]
pub(super) struct FileSystem {
    input: Option<BTreeMap<String, InputFile>>,
    workspace: Option<Workspace>,
    /// Files of the workspace that were read, by blob id.
    cache: BTreeMap<String, Arc<[u8]>>,
    held: usize,
    /// Paths of the workspace that were really read.
    read: BTreeSet<String>,
}

impl FileSystem {
    pub fn new(input: Option<Vec<InputFile>>, workspace: Option<Workspace>) -> FileSystem {
        let by_name = |files: Vec<InputFile>| {
            let named = files.into_iter().map(|file| (file.path.clone(), file));
            named.collect()
        };
        FileSystem {
            input: input.map(by_name),
            workspace,
            cache: BTreeMap::new(),
            held: 0,
            read: BTreeSet::new(),
        }
    }

    pub fn mounts(&self) -> impl Iterator<Item = Mount> {
        let input = self.input.is_some().then_some(Mount::Input);
        let workspace = self.workspace.is_some().then_some(Mount::Workspace);
        input.into_iter().chain(workspace)
    }

    pub fn input(&self) -> Option<impl Iterator<Item = &InputFile>> {
        self.input.as_ref().map(|files| files.values())
    }

    pub fn tree(&self) -> Option<&Tree> {
        self.workspace.as_ref().map(|workspace| &*workspace.tree)
    }

    pub fn into_read(self) -> BTreeSet<String> {
        self.read
    }

    /// What is at a normalised path of a mount.
    pub fn find(&self, mount: Mount, path: &str) -> Result<Found, Absent> {
        match mount {
            Mount::Input => self.find_input(path),
            Mount::Workspace => self.find_workspace(path),
        }
    }

    fn find_input(&self, path: &str) -> Result<Found, Absent> {
        let files = self.input.as_ref().ok_or(Absent::NoEntry)?;
        if path.is_empty() {
            return Ok(Found::Directory);
        }
        if let Some(file) = files.get(path) {
            return Ok(Found::File { size: file.size });
        }
        let first = path.split('/').next().unwrap_or(path);
        match files.contains_key(first) {
            true => Err(Absent::NotDirectory),
            false => Err(Absent::NoEntry),
        }
    }

    fn find_workspace(&self, path: &str) -> Result<Found, Absent> {
        let tree = self.tree().ok_or(Absent::NoEntry)?;
        if path.is_empty() {
            return Ok(Found::Directory);
        }
        if let Some(entry) = tree.entry(path) {
            return match entry.kind {
                EntryKind::File | EntryKind::Executable => Ok(Found::File {
                    size: self.size(entry),
                }),
                EntryKind::Symlink => Ok(Found::Symlink),
                // A submodule's files are another repository's: an empty
                // directory, as a checkout without submodules has.
                EntryKind::Submodule => Ok(Found::Directory),
            };
        }
        if tree.is_directory(path) {
            return Ok(Found::Directory);
        }
        // A file or link in the middle of the path is another error than
        // nothing at its end.
        for (end, _) in path.match_indices('/') {
            match tree.entry(&path[..end]).map(|entry| entry.kind) {
                Some(EntryKind::Symlink) => return Err(Absent::Symlink),
                Some(EntryKind::File | EntryKind::Executable) => return Err(Absent::NotDirectory),
                Some(EntryKind::Submodule) | None => {}
            }
        }
        Err(Absent::NoEntry)
    }

    /// The size a forge did not say is known once the file was read.
    fn size(&self, entry: &Entry) -> u64 {
        let cached = || {
            self.cache
                .get(entry.id.as_str())
                .map(|bytes| bytes.len() as u64)
        };
        entry.size.or_else(cached).unwrap_or(0)
    }

    /// The names in a directory, sorted by their bytes.
    pub fn children(&self, mount: Mount, path: &str) -> Vec<(String, Found)> {
        match mount {
            Mount::Input => {
                let files = self.input.iter().flatten();
                let child = |(name, file): (&String, &InputFile)| {
                    (name.clone(), Found::File { size: file.size })
                };
                match path.is_empty() {
                    true => files.map(child).collect(),
                    false => Vec::new(),
                }
            }
            Mount::Workspace => {
                let Some(tree) = self.tree() else {
                    return Vec::new();
                };
                let child = |(name, kind): (&str, Option<EntryKind>)| {
                    let found = match kind {
                        None | Some(EntryKind::Submodule) => Found::Directory,
                        Some(EntryKind::Symlink) => Found::Symlink,
                        Some(EntryKind::File | EntryKind::Executable) => Found::File { size: 0 },
                    };
                    // Names no path leads to are not shown: git refuses them
                    // too.
                    (!matches!(name, "" | "." | "..")).then(|| (name.to_owned(), found))
                };
                tree.children(path).into_iter().filter_map(child).collect()
            }
        }
    }

    /// Opens a file that [`FileSystem::find`] found. `limit` bounds what the
    /// task holds of the workspace in memory.
    pub fn open(&mut self, mount: Mount, path: &str, limit: usize) -> Result<Content, OpenError> {
        match mount {
            Mount::Input => {
                let file = self.input.as_ref().and_then(|files| files.get(path));
                file.cloned()
                    .map(Content::Input)
                    .ok_or(OpenError::Io(io::ErrorKind::NotFound.into()))
            }
            Mount::Workspace => self.load(path, limit).map(Content::Bytes),
        }
    }

    fn load(&mut self, path: &str, limit: usize) -> Result<Arc<[u8]>, OpenError> {
        let absent = || OpenError::Io(io::ErrorKind::NotFound.into());
        let workspace = self.workspace.as_ref().ok_or_else(absent)?;
        let entry = workspace.tree.entry(path).ok_or_else(absent)?;
        if let Some(bytes) = self.cache.get(entry.id.as_str()) {
            let bytes = bytes.clone();
            self.read.insert(path.to_owned());
            return Ok(bytes);
        }
        let known = entry.size.unwrap_or(0);
        if known > MAX_FILE_BYTES {
            return Err(OpenError::TooLarge);
        }
        let id = entry.id.to_string();
        let bytes: Arc<[u8]> = tree::read(&*workspace.files, path, entry)
            .map_err(OpenError::Io)?
            .into();
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(OpenError::TooLarge);
        }
        if self.held + bytes.len() > limit {
            self.shed();
        }
        if self.held + bytes.len() > limit {
            return Err(OpenError::Held);
        }
        self.held += bytes.len();
        self.cache.insert(id, bytes.clone());
        self.read.insert(path.to_owned());
        Ok(bytes)
    }

    /// Forgets what no descriptor holds.
    fn shed(&mut self) {
        self.cache.retain(|_, bytes| Arc::strong_count(bytes) > 1);
        self.held = self.cache.values().map(|bytes| bytes.len()).sum();
    }
}

/// Why a file does not open.
#[derive(Debug)]
pub(super) enum OpenError {
    Io(io::Error),
    TooLarge,
    /// The task holds as much of the workspace as it may.
    Held,
}

/// A path as a guest writes it, relative to a directory of a mount, made
/// plain: no `.`, no `..`, no empty parts. Lexical, which is right because no
/// link is ever followed.
pub(super) fn normalise(directory: &str, path: &str) -> Result<String, Absent> {
    if path.is_empty() {
        return Err(Absent::NoEntry);
    }
    if path.starts_with('/') {
        return Err(Absent::Outside);
    }
    if path.contains('\0') {
        return Err(Absent::Invalid);
    }
    if path.len() + directory.len() > tree::MAX_PATH_BYTES {
        return Err(Absent::TooLong);
    }
    let mut parts: Vec<&str> = directory
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or(Absent::Outside)?;
            }
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}
