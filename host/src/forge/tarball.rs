//! Unpacking a forge's tarball as if it were hostile: only regular files that
//! the tree lists, with the bytes it lists, ever reach the disk.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use bytes::{Buf as _, Bytes};
use flate2::read::MultiGzDecoder;
use tar::{Archive, Entry as TarEntry, EntryType, PaxExtensions};
use tokio::sync::mpsc::Receiver;

use super::checkout::{MAX_CHECKOUT_BYTES, Writer, written};
use super::web::{Incoming, transient};
use super::{ForgeError, Result};
use crate::tree::{Entry, MAX_ENTRIES, MAX_FILE_BYTES, MAX_PATH_BYTES, Tree, blob_id};

const WHAT: &str = "unpacking the tarball";

/// Bytes that come out of the decompressor: all files, each with its headers.
const MAX_UNPACKED_BYTES: u64 = MAX_CHECKOUT_BYTES + MAX_ENTRIES as u64 * 2048;

/// Bytes of one extended header: a path and a little beside it.
const MAX_EXTENSION_BYTES: u64 = MAX_PATH_BYTES as u64 + 4096;

/// Chunks of the download waiting to be unpacked.
const CHUNKS_WAITING: usize = 16;

/// What is still to be written, by path.
pub(super) type Wanted = BTreeMap<String, Entry>;

/// All that a checkout of a tree writes, if it is not too much.
pub(super) fn wanted(tree: &Tree) -> Result<Wanted> {
    let wanted: Wanted = written(tree)
        .map(|(path, entry)| (path.to_owned(), entry.clone()))
        .collect();
    check_size(&wanted)?;
    Ok(wanted)
}

/// Refuses before anything is downloaded. The writer counts too, but there is
/// one for the tarball and one for the blobs.
fn check_size(wanted: &Wanted) -> Result<()> {
    let bytes: u64 = wanted.values().filter_map(|entry| entry.size).sum();
    match bytes > MAX_CHECKOUT_BYTES {
        true => Err(ForgeError::TooLarge {
            what: "the tree",
            limit: format!("{MAX_CHECKOUT_BYTES} bytes"),
        }),
        false => Ok(()),
    }
}

/// Downloads and unpacks at the same time; unpacking is work for the processor
/// and the disk, so it has a thread of its own.
pub(super) async fn download(
    mut incoming: Incoming,
    wanted: Wanted,
    into: &Path,
) -> Result<Wanted> {
    let into = into.to_owned();
    let (sender, receiver) = tokio::sync::mpsc::channel(CHUNKS_WAITING);
    let unpacking =
        tokio::task::spawn_blocking(move || unpack(Chunks::new(receiver), wanted, &into));
    let mut broken = None;
    loop {
        match incoming.next().await {
            Ok(Some(chunk)) => match sender.send(chunk).await {
                Ok(()) => {}
                // The unpacker has all it wants, or an error to tell.
                Err(_) => break,
            },
            Ok(None) => break,
            Err(error) => {
                broken = Some(error);
                break;
            }
        }
    }
    drop(sender);
    let unpacked = unpacking.await.map_err(|_| ForgeError::Io {
        what: WHAT,
        source: std::io::Error::other("the unpacker ended early"),
    })?;
    // A connection that broke off explains whatever the unpacker says.
    match broken {
        Some(error) => Err(error),
        None => unpacked,
    }
}

/// Chunks of a download as a reader, for a thread that may block.
struct Chunks {
    receiver: Receiver<Bytes>,
    current: Bytes,
}

impl Chunks {
    fn new(receiver: Receiver<Bytes>) -> Chunks {
        let current = Bytes::new();
        Chunks { receiver, current }
    }
}

impl Read for Chunks {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.receiver.blocking_recv() {
                Some(chunk) => self.current = chunk,
                None => return Ok(0),
            }
        }
        let count = into.len().min(self.current.len());
        self.current.copy_to_slice(&mut into[..count]);
        Ok(count)
    }
}

/// Writes the wanted files that are there as wanted. Answers with the others.
fn unpack(compressed: impl Read, mut wanted: Wanted, into: &Path) -> Result<Wanted> {
    let plain = Limited {
        reader: MultiGzDecoder::new(compressed),
        left: MAX_UNPACKED_BYTES,
    };
    let mut archive = Archive::new(plain);
    let mut unpacker = Unpacker {
        writer: Writer::new(into),
        long_path: None,
    };
    // Raw: the library would read extended headers of any length into memory.
    for (count, entry) in archive.entries().map_err(broken)?.raw(true).enumerate() {
        if wanted.is_empty() {
            break;
        }
        if count > 4 * MAX_ENTRIES {
            let limit = format!("{} entries", 4 * MAX_ENTRIES);
            return Err(ForgeError::TooLarge { what: WHAT, limit });
        }
        unpacker.take(entry.map_err(broken)?, &mut wanted)?;
    }
    Ok(wanted)
}

/// A reader that fails at its limit, where `take` would only seem to end.
struct Limited<R> {
    reader: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(into)?;
        self.left = (self.left)
            .checked_sub(count as u64)
            .ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(count)
    }
}

/// A tarball that ends early or is no gzip is a broken download, not a fact
/// about the repository. One that never ends is a bomb.
fn broken(error: io::Error) -> ForgeError {
    match error.kind() {
        io::ErrorKind::FileTooLarge => ForgeError::TooLarge {
            what: WHAT,
            limit: format!("{MAX_UNPACKED_BYTES} bytes"),
        },
        _ => transient(WHAT, error.to_string()),
    }
}

struct Unpacker<'a> {
    writer: Writer<'a>,
    /// The path that an extended header gives the next entry.
    long_path: Option<String>,
}

impl Unpacker<'_> {
    fn take<R: Read>(&mut self, mut entry: TarEntry<'_, R>, wanted: &mut Wanted) -> Result<()> {
        match entry.header().entry_type() {
            EntryType::XHeader => {
                self.long_path = extension(&mut entry)?.and_then(|bytes| pax_path(&bytes));
                Ok(())
            }
            EntryType::GNULongName => {
                self.long_path = extension(&mut entry)?.and_then(|bytes| {
                    let end = bytes.iter().position(|byte| *byte == 0);
                    String::from_utf8(bytes[..end.unwrap_or(bytes.len())].to_vec()).ok()
                });
                Ok(())
            }
            // Everything about the next entry stays with the next entry.
            EntryType::GNULongLink | EntryType::XGlobalHeader => Ok(()),
            kind => {
                let long = self.long_path.take();
                match kind {
                    EntryType::Regular | EntryType::Continuous => self.file(entry, long, wanted),
                    _ => Ok(()),
                }
            }
        }
    }

    fn file<R: Read>(
        &mut self,
        mut entry: TarEntry<'_, R>,
        long: Option<String>,
        wanted: &mut Wanted,
    ) -> Result<()> {
        let short = || String::from_utf8(entry.path_bytes().into_owned()).ok();
        let Some(full) = long.or_else(short) else {
            return Ok(());
        };
        // `owner-name-commit/` stands before every path.
        let Some((_, path)) = full.split_once('/') else {
            return Ok(());
        };
        let size = entry.header().entry_size().map_err(broken)?;
        let Some(listed) = wanted.get(path) else {
            return Ok(());
        };
        if size > MAX_FILE_BYTES || listed.size.is_some_and(|listed| listed != size) {
            return Ok(());
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(broken)?;
        if blob_id(&bytes) != listed.id {
            return Ok(());
        }
        self.writer.write(path, listed, &bytes)?;
        wanted.remove(path);
        Ok(())
    }
}

fn extension<R: Read>(entry: &mut TarEntry<'_, R>) -> Result<Option<Vec<u8>>> {
    if entry.size() > MAX_EXTENSION_BYTES {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).map_err(broken)?;
    Ok(Some(bytes))
}

fn pax_path(records: &[u8]) -> Option<String> {
    PaxExtensions::new(records)
        .flatten()
        .find(|record| record.key_bytes() == b"path")
        .and_then(|record| record.value().ok().map(str::to_owned))
}
