//! What a prepare step leaves (packages, environments, caches), written to one
//! file and laid into every later copy before its command.
//!
//! Both happen in here, where a command of the same repository has nothing to
//! win: the host keeps the file and never looks into it. Laying down replaces
//! nothing that the tree has, and follows no link that it laid.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Error, ErrorKind, Read, Result, Write};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::super::wire;
use super::seed::Seeded;

/// Entries of one layer: a large `node_modules` has a hundred thousand.
const MAX_ENTRIES: usize = 400_000;

/// Names in the workspace that are caches of sources: a layer outlives the
/// sources it was made beside, and a stale cache would run the old ones.
const STALE: [&str; 10] = [
    ".cache",
    ".eslintcache",
    ".git",
    ".mypy_cache",
    ".nox",
    ".pytest_cache",
    ".ruff_cache",
    ".tox",
    "__pycache__",
    "target",
];

/// Which of the two places an entry is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Workspace,
    Home,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Directory,
    /// So many bytes follow.
    File {
        bytes: u64,
        executable: bool,
        /// Programs compare it with what they compiled.
        modified: u64,
    },
    Link {
        to: Vec<u8>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    place: Place,
    path: PathBuf,
    what: What,
}

/// The two places as they are here.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    pub workspace: &'a Path,
    pub home: &'a Path,
}

impl Places<'_> {
    fn at(&self, place: Place) -> &Path {
        match place {
            Place::Workspace => self.workspace,
            Place::Home => self.home,
        }
    }
}

/// Writes what is new in both places. Nothing of the command lives any more.
pub fn save(to: File, places: Places<'_>, seeded: &Seeded, limit: u64) -> Result<u64> {
    let mut saving = Saving::into(to, limit, "runner.prepared.layer_bytes");
    let own = |path: &Path| {
        path.to_str()
            .is_some_and(|path| seeded.files.contains_key(path))
    };
    let kept = |path: &Path, name: &std::ffi::OsStr| {
        !own(path) && !STALE.iter().any(|stale| name == *stale)
    };
    let all = PathBuf::new();
    saving.below(Place::Workspace, places.workspace, all.clone(), &kept)?;
    saving.below(Place::Home, places.home, all, &|_, _| true)?;
    saving.end()
}

/// A file that entries are written to.
pub struct Saving {
    to: BufWriter<File>,
    left: u64,
    entries: usize,
    limit: u64,
    /// The key that the limit has.
    limited_by: &'static str,
}

type Kept<'a> = &'a dyn Fn(&Path, &std::ffi::OsStr) -> bool;

impl Saving {
    pub fn into(to: File, limit: u64, limited_by: &'static str) -> Saving {
        Saving {
            to: BufWriter::new(to),
            left: limit,
            entries: 0,
            limit,
            limited_by,
        }
    }

    /// Bytes of all files in it.
    pub fn end(mut self) -> Result<u64> {
        wire::write(&mut self.to, b"")?;
        self.to.flush()?;
        Ok(self.limit - self.left)
    }

    /// A directory of a place and what is above it, which must be directories
    /// and no links; whether they are.
    pub fn way(&mut self, place: Place, root: &Path, to: &Path) -> Result<bool> {
        let mut above: Vec<&Path> = to.ancestors().collect();
        above.retain(|path| !path.as_os_str().is_empty());
        above.reverse();
        let is_directory = |path: &&Path| {
            let found = fs::symlink_metadata(root.join(path));
            found.is_ok_and(|found| found.is_dir())
        };
        if !above.iter().all(is_directory) {
            return Ok(false);
        }
        for path in above {
            let found = fs::symlink_metadata(root.join(path))?;
            self.one(place, root, path.to_owned(), &found)?;
        }
        Ok(true)
    }

    /// All that is below a directory of a place.
    pub fn below(
        &mut self,
        place: Place,
        root: &Path,
        from: PathBuf,
        kept: Kept<'_>,
    ) -> Result<()> {
        let mut waiting = vec![from];
        while let Some(directory) = waiting.pop() {
            for entry in fs::read_dir(root.join(&directory))? {
                let entry = entry?;
                let path = directory.join(entry.file_name());
                if !kept(&path, &entry.file_name()) {
                    continue;
                }
                let found = entry.metadata()?;
                if found.is_dir() {
                    // Tools make directories that nobody may write to.
                    let open = fs::Permissions::from_mode(0o755);
                    fs::set_permissions(entry.path(), open)?;
                    waiting.push(path.clone());
                }
                self.one(place, root, path, &found)?;
            }
        }
        Ok(())
    }

    fn one(
        &mut self,
        place: Place,
        root: &Path,
        path: PathBuf,
        found: &fs::Metadata,
    ) -> Result<()> {
        self.entries += 1;
        if self.entries > MAX_ENTRIES {
            return Err(Error::other(format!(
                "it left more than {MAX_ENTRIES} files"
            )));
        }
        let at = root.join(&path);
        let what = if found.is_dir() {
            What::Directory
        } else if found.is_symlink() {
            let to = fs::read_link(&at)?.into_os_string().into_vec();
            What::Link { to }
        } else if found.is_file() {
            What::File {
                bytes: found.len(),
                executable: found.mode() & 0o100 != 0,
                modified: u64::try_from(found.mtime()).unwrap_or_default(),
            }
        } else {
            // Sockets and pipes that somebody left.
            return Ok(());
        };
        let bytes = if let What::File { bytes, .. } = what {
            bytes
        } else {
            0
        };
        let (limit, key) = (self.limit, self.limited_by);
        self.left = self
            .left
            .checked_sub(bytes)
            .ok_or_else(|| Error::other(format!("it left more than {limit} bytes ({key})")))?;
        // A name that is not UTF-8 cannot be told; packages have none.
        if path.to_str().is_none() {
            return Ok(());
        }
        wire::write_json(&mut self.to, &Entry { place, path, what })?;
        if bytes > 0 {
            // A file that may be read by nobody is somebody's affair.
            let from = File::open(&at)?;
            let copied = std::io::copy(&mut from.take(bytes), &mut self.to)?;
            if copied != bytes {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }
}

/// Lays a layer down, as much of it as is wanted; the answer is what of that is
/// in the workspace.
pub fn restore(
    from: File,
    places: Places<'_>,
    wanted: &dyn Fn(Place) -> bool,
) -> Result<BTreeSet<String>> {
    let mut from = BufReader::new(from);
    let mut laid = BTreeSet::new();
    loop {
        let frame = wire::read(&mut from, wire::MAX_JSON)?;
        if frame.is_empty() {
            return Ok(laid);
        }
        let entry: Entry = serde_json::from_slice(&frame)?;
        if !wanted(entry.place) {
            skip(&mut from, &entry.what)?;
            continue;
        }
        let at = places.at(entry.place).join(&entry.path);
        match &entry.what {
            What::Directory => unless_there(fs::create_dir(&at))?,
            What::Link { to } => {
                unless_there(symlink(std::ffi::OsString::from_vec(to.clone()), &at))?;
            }
            What::File { bytes, .. } => {
                let mut content = (&mut from).take(*bytes);
                file(&at, &entry.what, &mut content)?;
                // Of a file that the tree has too.
                std::io::copy(&mut content, &mut std::io::sink())?;
            }
        }
        if entry.place == Place::Workspace
            && let Some(path) = entry.path.to_str()
        {
            laid.insert(path.to_owned());
        }
    }
}

fn skip(from: &mut impl Read, what: &What) -> Result<()> {
    let What::File { bytes, .. } = what else {
        return Ok(());
    };
    std::io::copy(&mut from.take(*bytes), &mut std::io::sink())?;
    Ok(())
}

fn file(at: &Path, what: &What, content: &mut impl Read) -> Result<()> {
    let What::File {
        executable,
        modified,
        ..
    } = what
    else {
        return Ok(());
    };
    let mode = if *executable { 0o755 } else { 0o644 };
    let mut options = fs::OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(mode).open(at);
    let mut file = match opened {
        Ok(file) => file,
        // The tree's own, or below something of the tree's that is no
        // directory.
        Err(error) if is_in_the_way(error.kind()) => return Ok(()),
        Err(error) => return Err(error),
    };
    std::io::copy(content, &mut file)?;
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(*modified))
}

fn unless_there(done: Result<()>) -> Result<()> {
    match done {
        Err(error) if is_in_the_way(error.kind()) => Ok(()),
        done => done,
    }
}

fn is_in_the_way(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::AlreadyExists | ErrorKind::NotADirectory | ErrorKind::NotFound
    )
}
