//! The copy of the workspace, as it was before the command.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::io::{Error, ErrorKind, Read, Result};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{OpenOptionsExt as _, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::super::wire;
use super::ignored::Ignored;
use crate::ids::ObjectId;
use crate::tree::{EntryKind, MAX_FILE_BYTES, blob_id};

/// When every file of the copy was last changed, in seconds since 1970: the
/// beginning of 2020. Archives know no time before 1980.
pub const WRITTEN: u64 = 1_577_836_800;

/// What comes before each file's bytes; an empty frame ends them.
#[derive(Debug, Serialize, Deserialize)]
pub struct Seed {
    pub path: String,
    /// As git writes it.
    pub mode: String,
    /// Whether an edit made it, and what is stale is known by times: it is
    /// newer than whatever was built before.
    #[serde(default)]
    pub newer: bool,
}

/// One file of the copy.
#[derive(Debug)]
pub struct Planted {
    pub kind: EntryKind,
    pub id: ObjectId,
    /// Found again afterwards.
    pub seen: bool,
}

/// Everything that was written.
#[derive(Debug, Default)]
pub struct Seeded {
    pub files: BTreeMap<String, Planted>,
    /// What the tree says is no part of it.
    pub ignored: Ignored,
    /// What a prepare step left here before: no change of this command's.
    pub prepared: BTreeSet<String>,
}

impl Seeded {
    /// Writes what comes, links last: until then no path leads anywhere else.
    pub fn write(workspace: &Path, from: &mut impl Read) -> Result<Seeded> {
        let mut seeded = Seeded::default();
        let mut links = Vec::new();
        loop {
            let frame = wire::read(from, wire::MAX_JSON)?;
            if frame.is_empty() {
                break;
            }
            let seed: Seed = serde_json::from_slice(&frame)?;
            let kind = EntryKind::from_mode(&seed.mode).ok_or(ErrorKind::InvalidData)?;
            let bytes = wire::read(from, MAX_FILE_BYTES as usize)?;
            let planted = Planted {
                kind,
                id: blob_id(&bytes),
                seen: false,
            };
            if kind.is_file() {
                plant(&workspace.join(&seed.path), kind, &bytes, seed.newer)?;
                seeded.ignored.learn(&seed.path, &bytes);
            } else {
                links.push((seed.path.clone(), bytes));
            }
            seeded.files.insert(seed.path, planted);
        }
        for (path, target) in links {
            link(&workspace.join(path), OsString::from_vec(target))?;
        }
        Ok(seeded)
    }

    /// Whether something of the tree lies below a directory.
    pub fn lies_below(&self, directory: &str) -> bool {
        let prefix = format!("{directory}/");
        let next = self.files.range(prefix.clone()..).next();
        next.is_some_and(|(path, _)| path.starts_with(&prefix))
    }
}

fn plant(place: &Path, kind: EntryKind, bytes: &[u8], newer: bool) -> Result<()> {
    use std::io::Write as _;
    let mode = match kind {
        EntryKind::Executable => 0o755,
        EntryKind::File | EntryKind::Symlink | EntryKind::Submodule => 0o644,
    };
    make_above(place)?;
    let mut options = fs::OpenOptions::new();
    let options = options.write(true).create_new(true).mode(mode);
    let mut file = options.open(place)?;
    file.write_all(bytes)?;
    if newer {
        return Ok(());
    }
    // Older than anything made from it, and than git's index: what is as it
    // was is known without reading it again.
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(WRITTEN))
}

/// Makes a link and what is above it.
pub fn link(place: &Path, target: impl AsRef<Path>) -> Result<()> {
    make_above(place)?;
    symlink(target, place)
}

fn make_above(place: &Path) -> Result<()> {
    let above = place.parent().ok_or_else(|| Error::other("no parent"))?;
    fs::create_dir_all(above)
}
