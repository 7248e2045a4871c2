//! A recording and every blob it needs in one file: a tar archive compressed
//! with Zstandard (RFC 8878), which anyone can unpack and look at.
//!
//! `recording.json` comes first, then `blobs/<SHA-256>` for each blob. A
//! reader trusts nothing in it: names are parsed, not used as paths; every blob
//! is checked against its name; sizes are bounded before anything is written.

use std::io::{self, Read, Write};

use crate::ids::Digest;
use crate::sandbox::{InvalidRecording, MAX_RECORDING_BYTES, Recording};
use crate::store::{Blobs, StoreError};

/// Bytes of all blobs of one bundle: a log of the largest size, and a tree.
const MAX_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// Entries of one bundle.
const MAX_ENTRIES: usize = 100_000;

/// log2 of the largest window a decompressor has to keep: 128 MiB, as the
/// command `zstd` allows without being asked.
const MAX_WINDOW_LOG: u32 = 27;

/// The level `zstd` uses by default.
const LEVEL: i32 = 3;

/// Why a file is not a bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    #[error("it cannot be read: {0}")]
    Read(#[from] io::Error),
    #[error("it holds `{name}`, which no bundle does")]
    Name { name: String },
    #[error("the blob {digest} does not have its digest")]
    Digest { digest: Digest },
    #[error("it is larger than {MAX_BYTES} bytes or {MAX_ENTRIES} entries when unpacked")]
    TooLarge,
    #[error("it does not begin with recording.json")]
    NoRecording,
    #[error("it lacks the blob {digest}")]
    Missing { digest: Digest },
    #[error(transparent)]
    Recording(#[from] InvalidRecording),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes a recording and its blobs.
pub fn write(recording: &Recording, blobs: &Blobs, to: impl Write) -> Result<(), BundleError> {
    let mut archive = tar::Builder::new(zstd::Encoder::new(to, LEVEL)?);
    append(&mut archive, "recording.json", &recording.to_bytes())?;
    for digest in recording.blobs() {
        let bytes = blobs.get(&digest)?;
        append(&mut archive, &format!("blobs/{digest}"), &bytes)?;
    }
    archive.into_inner()?.finish()?.flush()?;
    Ok(())
}

fn append(archive: &mut tar::Builder<impl Write>, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    // The same recording is the same bundle: no time, no owner.
    header.set_mtime(0);
    header.set_cksum();
    archive.append_data(&mut header, name, bytes)
}

/// Reads a bundle; its blobs go into `blobs`, which need not be empty.
pub fn read(from: impl Read, blobs: &Blobs) -> Result<Recording, BundleError> {
    let mut decoder = zstd::Decoder::new(from)?;
    decoder.window_log_max(MAX_WINDOW_LOG)?;
    // One byte more than may be tells a bundle that is too large.
    let mut archive = tar::Archive::new(decoder.take(MAX_BYTES + 1));
    let mut entries = archive.entries()?;
    let first = entries.next().ok_or(BundleError::NoRecording)??;
    let recording = recording(first)?;
    let mut total = 0u64;
    for (count, entry) in entries.enumerate() {
        let mut entry = entry?;
        total = total.saturating_add(entry.size());
        if total > MAX_BYTES || count >= MAX_ENTRIES {
            return Err(BundleError::TooLarge);
        }
        let digest = blob_name(&entry)?;
        let mut file = blobs.scratch()?;
        io::copy(&mut entry, &mut file)?;
        if blobs.adopt(file)? != digest {
            return Err(BundleError::Digest { digest });
        }
    }
    for digest in recording.blobs() {
        if !blobs.path(&digest).exists() {
            return Err(BundleError::Missing { digest });
        }
    }
    Ok(recording)
}

fn recording(entry: tar::Entry<'_, impl Read>) -> Result<Recording, BundleError> {
    if entry.path_bytes().as_ref() != b"recording.json" {
        return Err(BundleError::NoRecording);
    }
    let mut bytes = Vec::new();
    entry
        .take(MAX_RECORDING_BYTES as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(Recording::from_bytes(&bytes)?)
}

/// The digest in an entry's name. Only plain files have one.
fn blob_name(entry: &tar::Entry<'_, impl Read>) -> Result<Digest, BundleError> {
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    let plain = entry.header().entry_type() == tar::EntryType::Regular;
    let digest = name
        .strip_prefix("blobs/")
        .filter(|_| plain)
        .and_then(|digest| Digest::try_from(digest.to_owned()).ok());
    digest.ok_or_else(|| BundleError::Name {
        name: name.chars().take(100).collect(),
    })
}
