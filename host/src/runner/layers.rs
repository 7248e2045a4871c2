//! Where the results of prepare steps are kept: one file each, by the digest
//! of everything that it depends on. What is in one only a sandbox knows.

use std::fs::{self, File};
use std::io::Result;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use serde::Deserialize;

use crate::ids::Digest;

/// `[runner.prepared]`: how much is kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PreparedLimits {
    /// Bytes of all results; the one that was used longest ago goes first.
    pub bytes: u64,
    /// Results in all.
    pub layers: usize,
    /// Bytes of one. `runner.limits.file_bytes` holds for it too.
    pub layer_bytes: u64,
}

impl Default for PreparedLimits {
    fn default() -> Self {
        PreparedLimits {
            bytes: 10 * 1024 * 1024 * 1024,
            layers: 200,
            // It is laid into memory for every run.
            layer_bytes: 1024 * 1024 * 1024,
        }
    }
}

/// What names of results end in, and of those that are being made.
const DONE: &str = "layer";
const PART: &str = "part";

/// A directory of results.
#[derive(Debug, Clone)]
pub struct Layers {
    place: PathBuf,
    limits: PreparedLimits,
}

/// A result that is being made; gone with its value unless it is kept.
#[derive(Debug)]
pub struct Part {
    path: PathBuf,
    key: Digest,
}

impl Layers {
    /// Makes the directory where it is missing; what was left half made goes.
    pub fn open(place: PathBuf, limits: PreparedLimits) -> Result<Layers> {
        fs::create_dir_all(&place)?;
        fs::set_permissions(&place, fs::Permissions::from_mode(0o700))?;
        let layers = Layers { place, limits };
        for (path, ..) in layers.listed(PART)? {
            let _ = fs::remove_file(path);
        }
        Ok(layers)
    }

    /// The result by this key, which counts as used now.
    pub fn get(&self, key: &Digest) -> Option<PathBuf> {
        let path = self.path(key);
        let file = File::open(&path).ok()?;
        file.set_modified(SystemTime::now()).ok()?;
        Some(path)
    }

    /// A place for one that is to be made.
    pub fn begin(&self, key: &Digest) -> Part {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}.{PART}", std::process::id());
        Part {
            path: self.place.join(name),
            key: *key,
        }
    }

    /// Keeps it, and makes room.
    pub fn keep(&self, part: Part) -> Result<PathBuf> {
        File::open(&part.path)?.sync_all()?;
        let path = self.path(&part.key);
        fs::rename(&part.path, &path)?;
        self.make_room(&path)?;
        Ok(path)
    }

    fn path(&self, key: &Digest) -> PathBuf {
        self.place.join(format!("{}.{DONE}", key.hex()))
    }

    /// A run that reads one keeps reading it: it has it open.
    fn make_room(&self, newest: &Path) -> Result<()> {
        let mut all = self.listed(DONE)?;
        all.sort_by_key(|(path, _, used)| (path != newest, std::cmp::Reverse(*used)));
        let mut bytes = 0u64;
        for (number, (path, size, _)) in all.into_iter().enumerate() {
            bytes = bytes.saturating_add(size);
            if number >= self.limits.layers || bytes > self.limits.bytes {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    fn listed(&self, ending: &str) -> Result<Vec<(PathBuf, u64, SystemTime)>> {
        let mut listed = Vec::new();
        for entry in fs::read_dir(&self.place)? {
            let path = entry?.path();
            if path.extension().is_some_and(|own| own == ending)
                && let Ok(found) = path.metadata()
            {
                listed.push((path, found.len(), found.modified()?));
            }
        }
        Ok(listed)
    }

    /// Bytes that one may have.
    pub fn layer_bytes(&self) -> u64 {
        self.limits.layer_bytes
    }
}

impl Part {
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Kept ones are no longer there.
        let _ = fs::remove_file(&self.path);
    }
}
