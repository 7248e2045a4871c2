//! Bytes by their SHA-256: logs, proposals, patches.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::{Result, StoreError};
use crate::ids::Digest;

/// A directory of blobs. A blob's file is named by its digest and never
/// changes; it is complete and synced before anybody learns the digest.
#[derive(Debug, Clone)]
pub struct Blobs {
    directory: PathBuf,
}

fn io(what: &str, path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
    let what = format!("{what} {}", path.display());
    move |source| StoreError::Io { what, source }
}

impl Blobs {
    /// A directory of blobs, made where there is none.
    pub fn open(directory: &Path) -> Result<Blobs> {
        fs::create_dir_all(directory).map_err(io("making", directory))?;
        Ok(Blobs {
            directory: directory.to_owned(),
        })
    }

    /// Where a blob lies. Two levels, so that no directory grows too large.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        self.directory.join(&hex[..2]).join(hex)
    }

    /// A new file in the same file system, to be handed to [`Blobs::adopt`].
    pub fn scratch(&self) -> Result<tempfile::NamedTempFile> {
        tempfile::Builder::new()
            .prefix(".new-")
            .tempfile_in(&self.directory)
            .map_err(io("making a file in", &self.directory))
    }

    pub fn put(&self, bytes: &[u8]) -> Result<Digest> {
        let digest = Digest::of(bytes);
        if self.path(&digest).exists() {
            return Ok(digest);
        }
        let mut file = self.scratch()?;
        file.write_all(bytes)
            .map_err(io("writing in", &self.directory))?;
        self.persist(file, &digest)?;
        Ok(digest)
    }

    /// Takes a written file in as a blob: digest, sync, rename. Reads it once
    /// in blocks, whatever its size.
    pub fn adopt(&self, file: tempfile::NamedTempFile) -> Result<Digest> {
        let digest = hash(file.path())?;
        self.persist(file, &digest)?;
        Ok(digest)
    }

    fn persist(&self, file: tempfile::NamedTempFile, digest: &Digest) -> Result<()> {
        let place = self.path(digest);
        let parent = place.parent().expect("a blob lies in a directory");
        fs::create_dir_all(parent).map_err(io("making", parent))?;
        file.as_file()
            .sync_all()
            .map_err(io("syncing", file.path()))?;
        file.persist(&place)
            .map_err(|error| io("naming", &place)(error.error))?;
        // The name itself must survive too.
        File::open(parent)
            .and_then(|parent| parent.sync_all())
            .map_err(io("syncing", parent))
    }

    /// Whether a blob has its digest, read in blocks.
    pub fn check(&self, digest: &Digest) -> Result<()> {
        match hash(&self.path(digest))? == *digest {
            true => Ok(()),
            false => Err(damaged(digest)),
        }
    }

    /// A blob's bytes, checked against its digest.
    pub fn get(&self, digest: &Digest) -> Result<Vec<u8>> {
        let path = self.path(digest);
        let bytes = fs::read(&path).map_err(io("reading", &path))?;
        match Digest::of(&bytes) == *digest {
            true => Ok(bytes),
            false => Err(damaged(digest)),
        }
    }
}

fn damaged(digest: &Digest) -> StoreError {
    StoreError::Damaged(format!("blob {digest} does not have its digest"))
}

/// The digest of a file, whatever its size.
pub fn hash(path: &Path) -> Result<Digest> {
    let mut reader = File::open(path).map_err(io("reading", path))?;
    let mut hasher = Sha256::new();
    let mut block = vec![0; 256 * 1024];
    loop {
        match reader.read(&mut block).map_err(io("reading", path))? {
            0 => break,
            read => hasher.update(&block[..read]),
        }
    }
    Ok(Digest::from_bytes(hasher.finalize().into()))
}
