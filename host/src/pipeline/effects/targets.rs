//! The files of a tree that say what its targets stand for.

use crate::command::recipe::is_told_by;
use crate::sandbox::Workspace;
use crate::tree::read;

/// Files that are read, those nearest to the root first: each is read again for
/// every command.
const MAX_FILES: usize = 200;

/// Bytes of one of them, and of all; people write a few thousand.
const MAX_FILE_BYTES: u64 = 256 * 1024;
const MAX_BYTES: usize = 1024 * 1024;

/// The files that say what targets stand for, those nearest to the root first.
pub(super) fn told_by(workspace: &Workspace) -> Vec<(String, Vec<u8>)> {
    let wanted = workspace.tree.iter().filter(|(path, entry)| {
        let small = entry.size.is_none_or(|size| size <= MAX_FILE_BYTES);
        is_told_by(path) && small && entry.kind.is_file()
    });
    let mut wanted: Vec<_> = wanted.collect();
    wanted.sort_by_key(|(path, _)| (path.matches('/').count(), *path));
    let mut bytes = 0;
    let files = wanted
        .into_iter()
        .take(MAX_FILES)
        .map_while(|(path, entry)| {
            let text = read(&*workspace.files, path, entry).unwrap_or_default();
            bytes += text.len();
            (bytes <= MAX_BYTES).then(|| (path.to_owned(), text))
        });
    files.collect()
}
