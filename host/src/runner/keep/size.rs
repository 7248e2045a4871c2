//! How much lies in a directory while others are at work in it.

use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, openat, statat};

use super::changes::open;
use crate::tree::{MAX_ENTRIES, MAX_PATH_BYTES};

/// Bytes of a block, as `stat` counts them.
const BLOCK: u64 = 512;

/// Entries that are counted. Whoever makes more has gone too far whatever they
/// hold: a file without a byte takes its place too.
const MAX_COUNTED: usize = 2 * MAX_ENTRIES;

/// Bytes on disk below a directory; more than there can be where it holds too
/// much to count. No link is followed, whatever is swapped for what meanwhile;
/// what vanishes counts as nothing.
pub fn size(place: &Path) -> u64 {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let Ok(root) = openat(CWD, place, flags, Mode::empty()) else {
        return 0;
    };
    let mut count = Count::default();
    let mut waiting = vec![String::new()];
    while let Some(directory) = waiting.pop() {
        count.directory(&root, &directory, &mut waiting);
        if count.entries > MAX_COUNTED {
            return u64::MAX;
        }
    }
    count.bytes
}

#[derive(Default)]
struct Count {
    bytes: u64,
    entries: usize,
}

impl Count {
    fn directory(&mut self, root: &OwnedFd, directory: &str, waiting: &mut Vec<String>) {
        let opened = match open(root, directory, OFlags::DIRECTORY) {
            Ok(opened) => opened,
            // A directory that shuts us out hides what it holds.
            Err(rustix::io::Errno::ACCESS) => return self.entries = MAX_COUNTED + 1,
            Err(_) => return,
        };
        let Ok(entries) = Dir::read_from(&opened) else {
            return;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            if name == c"." || name == c".." {
                continue;
            }
            self.entries += 1;
            if self.entries > MAX_COUNTED {
                return;
            }
            let Ok(found) = statat(&opened, name, AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            let blocks = u64::try_from(found.st_blocks).unwrap_or(0);
            self.bytes = self.bytes.saturating_add(blocks.saturating_mul(BLOCK));
            if FileType::from_raw_mode(found.st_mode) == FileType::Directory {
                self.below(directory, name, waiting);
            }
        }
    }

    /// What cannot be opened again by its path has gone too far: names that
    /// are not UTF-8 and paths without end hide what they hold.
    fn below(&mut self, directory: &str, name: &std::ffi::CStr, waiting: &mut Vec<String>) {
        let path = match (directory, name.to_str()) {
            ("", Ok(name)) => name.to_owned(),
            (directory, Ok(name)) => format!("{directory}/{name}"),
            (_, Err(_)) => return self.entries = MAX_COUNTED + 1,
        };
        match path.len() < MAX_PATH_BYTES {
            true => waiting.push(path),
            false => self.entries = MAX_COUNTED + 1,
        }
    }
}
