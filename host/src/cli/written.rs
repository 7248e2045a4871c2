//! Writing what was proposed into a person's files.

use std::path::Path;

use anyhow::{Context as _, bail};

use crate::forge::directory::leads_through_link;
use crate::patch::{FileChange, ScopedPatch};

/// Writes the first patches that do not touch the same files; the paths. A
/// file that is no longer what was read is left alone, and nothing at all is
/// written.
pub(super) fn apply<'a>(
    repo: &Path,
    patches: impl Iterator<Item = &'a ScopedPatch>,
) -> anyhow::Result<Vec<String>> {
    let mut files: Vec<&FileChange> = Vec::new();
    for patch in patches {
        let clash = |file: &FileChange| files.iter().any(|taken| taken.path == file.path);
        if !patch.files().iter().any(clash) {
            files.extend(patch.files());
        }
    }
    for file in &files {
        let place = repo.join(file.path.as_str());
        let linked = std::fs::symlink_metadata(&place).is_ok_and(|found| found.is_symlink());
        if linked || leads_through_link(repo, file.path.as_str()) {
            bail!("{} lies behind a symlink; nothing was written", file.path);
        }
        let now = std::fs::read(&place).ok();
        if now != file.before {
            bail!("{} has changed meanwhile; nothing was written", file.path);
        }
    }
    files.iter().map(|file| write(repo, file)).collect()
}

fn write(repo: &Path, file: &FileChange) -> anyhow::Result<String> {
    let place = repo.join(file.path.as_str());
    let result = match &file.after {
        None => std::fs::remove_file(&place),
        // In place, so that mode, owner and links stay what they are.
        Some(bytes) => place
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&place, bytes)),
    };
    result.with_context(|| format!("cannot write {}", place.display()))?;
    Ok(file.path.to_string())
}
