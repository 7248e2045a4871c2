//! A zip of artifacts, read as if it were hostile: nothing is unpacked to the
//! disk, only files called like reports are read at all, and of each no more
//! than a report may have.

use std::io::{Cursor, Read as _};

use zip::ZipArchive;

use super::{Basket, Format, MAX_REPORT_BYTES};
use crate::forge::{ForgeError, Result};

/// Bytes of one archive. Reports compress well; what is larger holds binaries.
pub const MAX_ARCHIVE_BYTES: usize = 32 * 1024 * 1024;

/// Files of one archive. Its list is held in memory, some hundred bytes each.
const MAX_FILES: usize = 20_000;

/// Files of one archive that are read. Each may be a bomb, of which a report's
/// bytes are unpacked before that shows.
const MAX_READ: usize = 32;

/// What begins each entry of the list.
const LIST_ENTRY: &[u8] = b"PK\x01\x02";

/// Puts the reports of an archive into the basket. One that is damaged has
/// none, and that is told.
pub async fn unpack(
    mut basket: Basket,
    job: Option<String>,
    name: String,
    archive: Vec<u8>,
) -> Result<Basket> {
    let unpacked = tokio::task::spawn_blocking(move || {
        if let Err(why) = take(&mut basket, job.as_deref(), archive) {
            basket.leave(&name, &why);
        }
        basket
    });
    unpacked.await.map_err(|_| ForgeError::Io {
        what: "reading the artifacts",
        source: std::io::Error::other("the reader ended early"),
    })
}

fn take(
    basket: &mut Basket,
    job: Option<&str>,
    archive: Vec<u8>,
) -> std::result::Result<(), String> {
    // Before any of it is believed: whichever list the reader finds, it is made
    // of these.
    let entries = memchr::memmem::find_iter(&archive, LIST_ENTRY);
    if entries.take(MAX_FILES + 1).count() > MAX_FILES {
        return Err(format!("it holds more than {MAX_FILES} files"));
    }
    let damaged = |error: zip::result::ZipError| format!("it is no zip that can be read: {error}");
    let mut archive = ZipArchive::new(Cursor::new(archive)).map_err(damaged)?;
    let mut wanted: Vec<(String, usize)> = Vec::new();
    for at in 0..archive.len() {
        // The name as it is listed; it is only looked at.
        let Some(Ok(name)) = archive.name_for_index(at) else {
            continue;
        };
        if Format::of(&name).is_some() {
            wanted.push((name.into_owned(), at));
        }
    }
    wanted.sort();
    for (read, (name, at)) in wanted.into_iter().enumerate() {
        if basket.is_full() || read >= MAX_READ {
            basket.leave(&name, "there are more reports than are read");
            continue;
        }
        match content(&mut archive, at) {
            Ok(content) => basket.put(job, &name, content),
            Err(why) => basket.leave(&name, &why),
        }
    }
    Ok(())
}

/// A file's bytes, at most one more than a report may have: what it claims to
/// be long counts for nothing.
fn content(
    archive: &mut ZipArchive<Cursor<Vec<u8>>>,
    at: usize,
) -> std::result::Result<Vec<u8>, String> {
    let file = archive.by_index(at).map_err(|error| error.to_string())?;
    if !file.is_file() {
        return Err("it is no file".to_owned());
    }
    let mut content = Vec::new();
    let read = file
        .take(MAX_REPORT_BYTES as u64 + 1)
        .read_to_end(&mut content);
    read.map_err(|error| error.to_string())?;
    Ok(content)
}
