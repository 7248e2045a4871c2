//! Git's index (version 2): each file with what the file system says of it,
//! so that git reads none that is as it was.

use std::fs::{self, File, Metadata};
use std::io::{BufWriter, Result, Write};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::pack::Hashed;
use super::raw;
use crate::runner::keep::seed::{Planted, Seeded};

/// Longest name whose length the index tells; longer ones end at their zero.
const LONGEST_TOLD: usize = 0xfff;

pub fn write(place: &Path, workspace: &Path, seeded: &Seeded) -> Result<()> {
    let mut to = Hashed::new(BufWriter::new(File::create_new(place)?));
    to.write_all(b"DIRC\0\0\0\x02")?;
    let count = u32::try_from(seeded.files.len());
    let count = count.map_err(|_| std::io::ErrorKind::FileTooLarge)?;
    to.write_all(&count.to_be_bytes())?;
    // Sorted by the bytes of the path, as git wants it.
    for (path, planted) in &seeded.files {
        let found = fs::symlink_metadata(workspace.join(path))?;
        to.write_all(&entry(path, planted, &found)?)?;
    }
    let checksum = to.checksum();
    to.inner.write_all(&checksum)?;
    to.inner.flush()
}

fn entry(path: &str, planted: &Planted, found: &Metadata) -> Result<Vec<u8>> {
    let mode = u32::from_str_radix(planted.kind.mode(), 8).unwrap_or_default();
    // The index has 32 bits for each, and so has what git compares with.
    let words = [
        found.ctime() as u32,
        found.ctime_nsec() as u32,
        found.mtime() as u32,
        found.mtime_nsec() as u32,
        found.dev() as u32,
        found.ino() as u32,
        mode,
        found.uid(),
        found.gid(),
        found.size() as u32,
    ];
    let mut entry: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    entry.extend(raw(planted.id.as_str())?);
    entry.extend((path.len().min(LONGEST_TOLD) as u16).to_be_bytes());
    entry.extend(path.as_bytes());
    // At least one zero, and a multiple of eight in all.
    entry.resize(entry.len() / 8 * 8 + 8, 0);
    Ok(entry)
}
