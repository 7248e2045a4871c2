//! What is no longer as it was, found without following a link.

use std::fs::File;
use std::io::{Read as _, Result};
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, ResolveFlags, openat, openat2, readlinkat, statat,
};

use super::super::plan::{Change, What};
use super::seed::Seeded;
use crate::tree::{EntryKind, MAX_ENTRIES, MAX_FILE_BYTES, MAX_PATH_BYTES, blob_id};

/// Changes that are told. A tool that changes more repairs nothing.
const MAX_CHANGES: usize = 2_000;

/// Bytes of all changed files, and of one.
const MAX_BYTES: usize = 32 * 1024 * 1024;
const MAX_CHANGED_FILE: u64 = 8 * 1024 * 1024;

/// Entries looked at: a tree's, and what a build leaves.
const MAX_LOOKED_AT: usize = 2 * MAX_ENTRIES;

/// The permission to execute, for the owner.
const EXECUTE: u32 = 0o100;

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    pub changes: Vec<Change>,
    /// The bytes of those that were written, in their order.
    pub bytes: Vec<Vec<u8>>,
    pub incomplete: Option<String>,
}

/// Looks through the workspace. Nothing of the command lives any more.
pub fn find(workspace: &Path, seeded: &mut Seeded) -> Found {
    let mut search = Search {
        seeded,
        found: Found::default(),
        held: 0,
    };
    if let Err(error) = search.all(workspace) {
        search.found.incomplete = Some(error.to_string());
    }
    if search.found.incomplete.is_some() {
        // Half of what a tool did is something that no tool did.
        search.found.changes.clear();
        search.found.bytes.clear();
    }
    search.found
}

struct Search<'a> {
    seeded: &'a mut Seeded,
    found: Found,
    held: usize,
}

impl Search<'_> {
    fn all(&mut self, workspace: &Path) -> Result<()> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let root = openat(CWD, workspace, flags, Mode::empty())?;
        let mut waiting = vec![String::new()];
        let mut looked_at = 0;
        while let Some(directory) = waiting.pop() {
            let Ok(opened) = open(&root, &directory, OFlags::DIRECTORY) else {
                self.note(directory, What::Unreadable);
                continue;
            };
            for entry in Dir::read_from(&opened)? {
                let entry = entry?;
                let name = entry.file_name().to_bytes();
                if name == b"." || name == b".." {
                    continue;
                }
                looked_at += 1;
                if looked_at > MAX_LOOKED_AT || self.found.changes.len() > MAX_CHANGES {
                    self.found.incomplete = Some("it left more than is looked at".into());
                    return Ok(());
                }
                let kind = statat(&opened, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW)?;
                let path = match (directory.as_str(), std::str::from_utf8(name)) {
                    (_, Err(_)) => {
                        let name = String::from_utf8_lossy(name);
                        self.note(format!("{directory}/{name}"), What::Name);
                        continue;
                    }
                    ("", Ok(name)) => name.to_owned(),
                    (directory, Ok(name)) => format!("{directory}/{name}"),
                };
                let is_directory = FileType::from_raw_mode(kind.st_mode) == FileType::Directory;
                if is_directory {
                    if self.is_looked_into(&path) {
                        waiting.push(path);
                    }
                    continue;
                }
                self.entry(&root, path, &kind)?;
            }
        }
        self.missing();
        Ok(())
    }

    fn note(&mut self, path: String, what: What) {
        self.found.changes.push(Change { path, what });
    }

    fn is_looked_into(&self, path: &str) -> bool {
        let own = self.seeded.lies_below(path);
        path.len() <= MAX_PATH_BYTES && (own || !self.seeded.ignored.holds(path, true))
    }

    fn entry(&mut self, root: &OwnedFd, path: String, stat: &rustix::fs::Stat) -> Result<()> {
        let known = self.seeded.files.get_mut(&path);
        let before = known.map(|known| {
            known.seen = true;
            (known.kind, known.id.clone())
        });
        let foreign =
            self.seeded.prepared.contains(&path) || self.seeded.ignored.holds(&path, false);
        if before.is_none() && foreign {
            return Ok(());
        }
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => self.file(root, path, stat, before),
            FileType::Symlink => {
                let target = readlinkat(root, &path, Vec::new());
                let target = target.map(|target| blob_id(target.as_bytes()));
                let same = matches!((&before, &target), (Some((EntryKind::Symlink, id)), Ok(target)) if id == target);
                if !same {
                    self.note(path, What::Link);
                }
                Ok(())
            }
            _ => {
                self.note(path, What::Special);
                Ok(())
            }
        }
    }

    fn file(
        &mut self,
        root: &OwnedFd,
        path: String,
        stat: &rustix::fs::Stat,
        before: Option<(EntryKind, crate::ids::ObjectId)>,
    ) -> Result<()> {
        let size = u64::try_from(stat.st_size).unwrap_or(u64::MAX);
        if size > MAX_FILE_BYTES {
            self.note(path, What::TooLarge);
            return Ok(());
        }
        let Ok(bytes) = read(root, &path) else {
            self.note(path, What::Unreadable);
            return Ok(());
        };
        let executable = stat.st_mode & EXECUTE != 0;
        match before {
            Some((EntryKind::Symlink | EntryKind::Submodule, _)) => {
                self.note(path, What::Special);
                return Ok(());
            }
            Some((kind, id)) => {
                if executable != (kind == EntryKind::Executable) {
                    self.note(path.clone(), What::Mode);
                }
                if blob_id(&bytes) == id {
                    return Ok(());
                }
            }
            None if executable => self.note(path.clone(), What::Mode),
            None => {}
        }
        self.written(path, bytes);
        Ok(())
    }

    fn written(&mut self, path: String, bytes: Vec<u8>) {
        if bytes.len() as u64 > MAX_CHANGED_FILE {
            return self.note(path, What::TooLarge);
        }
        self.held += bytes.len();
        if self.held > MAX_BYTES {
            self.found.incomplete = Some(format!("it changed more than {MAX_BYTES} bytes"));
            return;
        }
        self.note(path, What::Written);
        self.found.bytes.push(bytes);
    }

    fn missing(&mut self) {
        let gone = self
            .seeded
            .files
            .iter()
            .filter(|(_, planted)| !planted.seen);
        let gone: Vec<String> = gone.map(|(path, _)| path.clone()).collect();
        if gone.len() > MAX_CHANGES {
            self.found.incomplete = Some("it removed more than is told".into());
            return;
        }
        for path in gone {
            self.note(path, What::Removed);
        }
    }
}

/// Opens something below the root; no part of the path is a link.
pub fn open(root: &OwnedFd, path: &str, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    let path = if path.is_empty() { "." } else { path };
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    // A pipe that nobody writes to would be waited for.
    let flags = flags | OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    openat2(root, path, flags, Mode::empty(), resolve)
}

fn read(root: &OwnedFd, path: &str) -> Result<Vec<u8>> {
    let file = File::from(open(root, path, OFlags::empty())?);
    if !file.metadata()?.is_file() {
        return Err(std::io::ErrorKind::InvalidData.into());
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
