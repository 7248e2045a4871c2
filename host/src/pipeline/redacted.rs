//! A log without its secrets: the only kind that is stored, and the only kind
//! that an agent is given.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::ids::Digest;
use crate::redact::{Redactor, Taken};
use crate::store::{Blobs, JobLog, StoreError, hash};

/// A file that the redactor wrote; nobody else makes one.
#[derive(Debug)]
pub struct RedactedLog {
    file: NamedTempFile,
    bytes: u64,
    taken: Taken,
}

/// How much is read at once, in bytes.
const BLOCK: usize = 256 * 1024;

impl RedactedLog {
    /// Reads a log to its end and writes it into a file without its secrets.
    pub fn write(mut log: impl Read, into: NamedTempFile) -> io::Result<RedactedLog> {
        let mut file = into;
        let mut redactor = Redactor::new();
        let mut block = vec![0; BLOCK];
        let mut out = Vec::with_capacity(2 * BLOCK);
        let mut bytes = 0;
        loop {
            let read = match log.read(&mut block) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            bytes += read as u64;
            redactor.push(&block[..read], &mut out);
            file.write_all(&out)?;
            out.clear();
        }
        let taken = redactor.finish(&mut out);
        file.write_all(&out)?;
        Ok(RedactedLog { file, bytes, taken })
    }

    /// The log of a file, in a temporary file of its own.
    pub fn read(log: &Path) -> io::Result<RedactedLog> {
        RedactedLog::write(File::open(log)?, NamedTempFile::new()?)
    }

    /// Takes it into the store.
    pub fn keep(self, blobs: &Blobs) -> Result<(Digest, Taken), StoreError> {
        Ok((blobs.adopt(self.file)?, self.taken))
    }

    /// Where it lies as long as this value lives.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Bytes of the log as it was given.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What was taken out.
    pub fn taken(&self) -> &Taken {
        &self.taken
    }

    /// The digest under which the store keeps it.
    pub(super) fn digest(&self) -> Result<Digest, StoreError> {
        hash(self.path())
    }
}

/// The redacted text of a stored log. One that an older version stored as it
/// came is redacted now, and is not what its digest says: a run over it cannot
/// be recorded.
pub(super) enum Stored {
    Redacted(Digest),
    Now(RedactedLog),
}

impl Stored {
    pub fn of(blobs: &Blobs, log: &JobLog) -> Result<Stored, StoreError> {
        if log.taken.is_some() {
            return Ok(Stored::Redacted(log.digest));
        }
        let redacted =
            || -> io::Result<RedactedLog> { RedactedLog::read(&blobs.path(&log.digest)) };
        redacted()
            .map(Stored::Now)
            .map_err(|source| StoreError::Io {
                what: format!("redacting the log {}", log.digest),
                source,
            })
    }
}
