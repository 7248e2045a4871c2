//! Writing a tree's files into a directory that only the host can write.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cap_std::fs::Dir;

use super::ForgeError;
use crate::tree::{Entry, Files, MAX_FILE_BYTES, Tree, blob_id};

/// Bytes of all files of one checkout.
pub const MAX_CHECKOUT_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// Where a tree's path goes below `root`; none for names that a checkout does
/// not write (a part that is empty, dots or `.git`), which git itself refuses.
pub fn place(root: &Path, path: &str) -> Option<PathBuf> {
    let mut place = root.to_path_buf();
    for part in path.split('/') {
        let bad = part.is_empty()
            || part.bytes().all(|byte| byte == b'.')
            || part.contains('\0')
            || part.eq_ignore_ascii_case(".git");
        if bad {
            return None;
        }
        place.push(part);
    }
    Some(place)
}

/// Collects the files of one checkout and their total size.
#[derive(Debug)]
pub struct Writer<'a> {
    root: &'a Path,
    written: u64,
}

impl<'a> Writer<'a> {
    /// `root` is an empty directory of the host's own: nothing in it is a
    /// symlink, so no path can lead out of it.
    pub fn new(root: &'a Path) -> Writer<'a> {
        Writer { root, written: 0 }
    }

    /// Writes one file if its bytes have the entry's blob id.
    pub fn write(&mut self, path: &str, entry: &Entry, bytes: &[u8]) -> Result<(), ForgeError> {
        if blob_id(bytes) != entry.id {
            let why = format!("the bytes of {path:?} do not have its blob id");
            return Err(ForgeError::Unexpected {
                what: "reading the tree",
                why,
            });
        }
        self.written += bytes.len() as u64;
        if self.written > MAX_CHECKOUT_BYTES {
            let limit = format!("{MAX_CHECKOUT_BYTES} bytes");
            return Err(ForgeError::TooLarge {
                what: "the tree",
                limit,
            });
        }
        let Some(place) = place(self.root, path) else {
            return Ok(());
        };
        self.write_new(&place, bytes)
            .map_err(|source| ForgeError::Io {
                what: "writing a checkout",
                source,
            })
    }

    fn write_new(&self, place: &Path, bytes: &[u8]) -> std::io::Result<()> {
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::File::create_new(place)?.write_all(bytes)
    }
}

/// Whether a checkout writes this entry.
pub fn is_written(path: &str, entry: &Entry) -> bool {
    entry.kind.is_file()
        && entry.size.is_none_or(|size| size <= MAX_FILE_BYTES)
        && place(Path::new(""), path).is_some()
}

/// Entries a checkout writes.
pub fn written(tree: &Tree) -> impl Iterator<Item = (&str, &Entry)> {
    tree.iter().filter(|(path, entry)| is_written(path, entry))
}

/// The files of a checkout, read from below its directory and nowhere else.
#[derive(Debug)]
struct Checkout(Dir);

/// The files that [`Writer`] wrote into a directory.
pub fn files(directory: &Path) -> Result<Arc<dyn Files>, ForgeError> {
    let directory = Dir::open_ambient_dir(directory, cap_std::ambient_authority());
    let directory = directory.map_err(|source| ForgeError::Io {
        what: "opening a checkout",
        source,
    })?;
    Ok(Arc::new(Checkout(directory)))
}

impl Files for Checkout {
    fn bytes(&self, path: &str, _: &Entry) -> std::io::Result<Vec<u8>> {
        let missing = || std::io::Error::from(std::io::ErrorKind::NotFound);
        let place = place(Path::new(""), path).ok_or_else(missing)?;
        let file = self.0.open(place)?;
        let mut bytes = Vec::new();
        // One byte more than may be tells a file that grew.
        file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
