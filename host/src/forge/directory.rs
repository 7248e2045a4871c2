//! A directory as a tree: what `sentinel fix` reads. Not a forge: nothing is
//! published there.

mod pushed;

pub use pushed::pushed;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::checkout::{Writer, is_written};
use super::local::git::Git;
use super::{ForgeError, Result};
use crate::tree::{Entry, EntryKind, MAX_ENTRIES, MAX_FILE_BYTES, Tree, blob_id};

fn io(what: &'static str) -> impl Fn(std::io::Error) -> ForgeError {
    move |source| ForgeError::Io { what, source }
}

/// Copies what belongs to the repository in `directory` into the empty
/// directory `into` and lists it. In a git repository that is what git tracks
/// and what it neither tracks nor ignores, as it lies on disk; elsewhere every
/// file. Agents see the copy: what is ignored (`.env`, build output) and
/// `.git` itself are not in it.
pub async fn snapshot(directory: &Path, into: &Path) -> Result<Tree> {
    let paths = match tracked(directory).await? {
        Some(paths) => paths,
        None => walk(directory)?,
    };
    let mut tree = Tree::default();
    let mut writer = Writer::new(into);
    for path in paths {
        copy(directory, &path, &mut tree, &mut writer)?;
    }
    Ok(tree)
}

/// The paths git knows of, relative to `directory`; none outside a repository.
async fn tracked(directory: &Path) -> Result<Option<Vec<String>>> {
    let git = Git::new(directory);
    let inside = match git.ask(&["rev-parse", "--is-inside-work-tree"], b"").await {
        Ok(inside) => inside,
        // Without git every directory is just a directory.
        Err(ForgeError::Unsupported(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    if !inside.ok {
        // Git may also refuse to look (another owner, a damaged repository):
        // then nobody knows what is ignored, and nothing is shown.
        return match inside.stderr.contains("not a git repository") {
            true => Ok(None),
            false => Err(ForgeError::Unexpected {
                what: "asking git what belongs to the directory",
                why: inside.stderr,
            }),
        };
    }
    if inside.stdout.trim_ascii() != b"true" {
        return Ok(None);
    }
    let list = [
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--deduplicate",
    ];
    let output = git.run(&list, b"").await?;
    let paths = output
        .split(|byte| *byte == 0)
        .filter(|path| !path.is_empty());
    let utf8 = |path: &[u8]| {
        String::from_utf8(path.to_vec())
            .map_err(|_| ForgeError::Unsupported("a file's name is not UTF-8".into()))
    };
    paths.map(utf8).collect::<Result<Vec<_>>>().map(Some)
}

fn walk(directory: &Path) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    let mut waiting = vec![String::new()];
    while let Some(below) = waiting.pop() {
        for entry in fs::read_dir(directory.join(&below)).map_err(io("listing the directory"))? {
            let entry = entry.map_err(io("listing the directory"))?;
            let name = entry.file_name().into_string();
            let name =
                name.map_err(|_| ForgeError::Unsupported("a file's name is not UTF-8".into()))?;
            if name == ".git" {
                continue;
            }
            let path = if below.is_empty() {
                name
            } else {
                format!("{below}/{name}")
            };
            match entry
                .file_type()
                .map_err(io("listing the directory"))?
                .is_dir()
            {
                true => waiting.push(path),
                false => paths.push(path),
            }
            if paths.len() > MAX_ENTRIES {
                let limit = format!("{MAX_ENTRIES} files");
                return Err(ForgeError::TooLarge {
                    what: "the directory",
                    limit,
                });
            }
        }
    }
    Ok(paths)
}

/// Whether a directory on the way to a path is a symlink: what lies behind one
/// is not in this repository, whatever the index says.
pub fn leads_through_link(directory: &Path, path: &str) -> bool {
    path.match_indices('/').any(|(end, _)| {
        fs::symlink_metadata(directory.join(&path[..end])).is_ok_and(|found| found.is_symlink())
    })
}

fn copy(directory: &Path, path: &str, tree: &mut Tree, writer: &mut Writer<'_>) -> Result<()> {
    if leads_through_link(directory, path) {
        return Ok(());
    }
    let place = directory.join(path);
    // Deleted but still tracked, or a nested repository.
    let Ok(metadata) = fs::symlink_metadata(&place) else {
        return Ok(());
    };
    let kind = match () {
        () if metadata.is_symlink() => EntryKind::Symlink,
        () if !metadata.is_file() => return Ok(()),
        () if metadata.permissions().mode() & 0o111 != 0 => EntryKind::Executable,
        () => EntryKind::File,
    };
    let read = io("reading a file of the directory");
    let bytes = match kind {
        EntryKind::Symlink => fs::read_link(&place)
            .map_err(read)?
            .into_os_string()
            .into_encoded_bytes(),
        // Listed as empty and not written: no edit of it passes the check.
        _ if metadata.len() > MAX_FILE_BYTES => Vec::new(),
        _ => fs::read(&place).map_err(read)?,
    };
    let entry = Entry {
        kind,
        id: blob_id(&bytes),
        size: Some(metadata.len()),
    };
    tree.insert(path.to_owned(), entry.clone())?;
    if is_written(path, &entry) {
        writer.write(path, &entry, &bytes)?;
    }
    Ok(())
}
