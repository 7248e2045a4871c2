//! A case's tree as a git repository: as it was before the last commit, and
//! with what that commit broke.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::case::{Case, Change};
use super::package;
use super::tools::{Shelf, command, done};
use crate::forge::checkout;

/// When everything was committed, and by whom: the same commits each time.
const MOMENT: &str = "2026-01-02T03:04:05Z";

/// Files of one part of a case. Larger trees are published packages.
const MAX_FILES: usize = 2_000;

/// Lays a case's tree out in an empty directory.
pub async fn lay(shelf: &Shelf, case: &Case, into: &Path) -> anyhow::Result<()> {
    std::fs::create_dir(into)?;
    git(into, &["init", "-q", "-b", "main"]).await?;
    if let Some(package) = &case.written.package {
        package::unpack(shelf, package, into).await?;
    }
    let (tree, before) = (case.directory.join("tree"), case.directory.join("before"));
    copy(&tree, into)?;
    copy(&before, into)?;
    for added in &case.written.added {
        let place = checkout::place(into, added).context("`added` leads out of the tree")?;
        std::fs::remove_file(place).with_context(|| format!("added: {added}"))?;
    }
    commit(into, "Start").await?;
    copy(&tree, into)?;
    for one in &case.written.change {
        change(into, one)?;
    }
    commit(into, "Push").await
}

/// Writes what should come out over it.
pub fn expected(case: &Case, into: &Path) -> anyhow::Result<()> {
    copy(&case.directory.join("expected"), into)
}

async fn commit(at: &Path, message: &str) -> anyhow::Result<()> {
    git(at, &["add", "--all"]).await?;
    let message = format!("--message={message}");
    git(at, &["commit", "-q", "--allow-empty", &message]).await
}

/// Git without anybody's configuration.
async fn git(at: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let mut git = command("git");
    git.current_dir(at).args(arguments);
    for (name, _) in std::env::vars_os() {
        // Whoever runs us in a hook has a repository of their own there.
        if name.to_string_lossy().starts_with("GIT_") {
            git.env_remove(&name);
        }
    }
    git.env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    for role in ["AUTHOR", "COMMITTER"] {
        git.env(format!("GIT_{role}_NAME"), "Author")
            .env(format!("GIT_{role}_EMAIL"), "author@example.com")
            .env(format!("GIT_{role}_DATE"), MOMENT);
    }
    done(git, "git").await
}

fn change(at: &Path, change: &Change) -> anyhow::Result<()> {
    let place = checkout::place(at, &change.path).context("`change` leads out of the tree")?;
    let text = std::fs::read_to_string(&place).with_context(|| change.path.clone())?;
    let found = text.matches(&change.find).count();
    if found != 1 {
        bail!("{}: what is to change is there {found} times", change.path);
    }
    std::fs::write(place, text.replacen(&change.find, &change.replace, 1))?;
    Ok(())
}

/// Copies regular files and their permissions; a directory that is not there
/// has none.
fn copy(from: &Path, into: &Path) -> anyhow::Result<()> {
    let mut waiting = vec![String::new()];
    let mut files = 0;
    while let Some(below) = waiting.pop() {
        let place = from.join(&below);
        if below.is_empty() && !place.is_dir() {
            return Ok(());
        }
        for entry in std::fs::read_dir(&place)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{below}{name}");
            let kind = entry.file_type()?;
            match () {
                () if name == ".git" => bail!("{} is a repository", place.display()),
                () if kind.is_dir() => waiting.push(format!("{path}/")),
                () if kind.is_file() => {
                    let to = into.join(&path);
                    to.parent().map_or(Ok(()), std::fs::create_dir_all)?;
                    std::fs::copy(entry.path(), to)?;
                    files += 1;
                }
                () => bail!("{path} is no regular file"),
            }
            if files > MAX_FILES {
                bail!("{} has more than {MAX_FILES} files", from.display());
            }
        }
    }
    Ok(())
}
