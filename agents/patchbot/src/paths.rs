//! Paths as logs show them, and the directory that makes them paths of the
//! workspace.

use crate::limits::{MAX_BASES, MAX_FILES};
use crate::workspace::{Listing, file_name};

/// A path from a log, tidied: `/` between parts, no `.` parts, no `..`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    text: String,
    absolute: bool,
}

impl Shown {
    /// Refuses what can never be a path of a tree.
    pub fn parse(text: &str) -> Result<Self, String> {
        let windows = text.strip_prefix(r"\\?\").unwrap_or(text);
        let drive = windows.len() > 2 && windows.as_bytes()[1] == b':';
        let tidy = if drive || (windows.contains('\\') && !windows.contains('/')) {
            windows.replace('\\', "/")
        } else {
            windows.to_owned()
        };
        let parts: Vec<&str> = tidy
            .split('/')
            .filter(|part| !matches!(*part, "" | "."))
            .collect();
        if parts.is_empty() || parts.contains(&"..") || tidy.contains(char::is_control) {
            return Err(format!("{text:?} is no path of a file in the repository"));
        }
        Ok(Shown {
            text: parts.join("/"),
            absolute: tidy.starts_with('/') || drive,
        })
    }

    /// The path without a leading `/`.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// How shown paths become paths of the workspace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Base {
    /// Taken off absolute paths: where the CI machine had the repository.
    root: Option<String>,
    /// Put in front of relative paths: where in the repository the tool ran.
    directory: Option<String>,
}

impl Base {
    /// All bases under which every path is an entry of the listing; the reason
    /// where there is none, or too many to try.
    pub fn that_fit(shown: &[Shown], listing: &Listing) -> Result<Vec<Base>, String> {
        // Looking up costs paths times entries of the same name.
        if shown.len() > MAX_FILES {
            return Err(format!("it names more than {MAX_FILES} files"));
        }
        let absolute = shared(shown.iter().filter(|path| path.absolute), listing)?;
        let relative = shared(shown.iter().filter(|path| !path.absolute), listing)?;
        if absolute.len().saturating_mul(relative.len()) > MAX_BASES {
            return Err("the paths may be in too many directories".into());
        }
        let with = |root: &Option<String>, directory: &Option<String>| Base {
            root: root.clone(),
            directory: directory.clone(),
        };
        let pairs = absolute
            .iter()
            .flat_map(|root| relative.iter().map(move |directory| with(root, directory)));
        Ok(pairs.collect())
    }

    /// The path in the workspace.
    pub fn of(&self, shown: &Shown) -> String {
        if shown.absolute {
            let root = self.root.as_deref().unwrap_or("");
            let rest = shown.text.strip_prefix(root).unwrap_or(&shown.text);
            return rest.trim_start_matches('/').to_owned();
        }
        match self.directory.as_deref() {
            None | Some("") => shown.text.clone(),
            Some(directory) => format!("{directory}/{}", shown.text),
        }
    }
}

/// The bases that all paths share; `[None]` where there are no paths.
fn shared<'a>(
    paths: impl Iterator<Item = &'a Shown>,
    listing: &Listing,
) -> Result<Vec<Option<String>>, String> {
    let mut common: Option<Vec<String>> = None;
    for path in paths {
        let bases = bases(path, listing);
        if bases.is_empty() {
            return Err(format!("the workspace has no file {}", path.text));
        }
        common = Some(match common {
            None => bases,
            Some(common) => common
                .into_iter()
                .filter(|base| bases.contains(base))
                .collect(),
        });
    }
    Ok(match common {
        None => vec![None],
        Some(common) => common.into_iter().map(Some).collect(),
    })
}

/// What may be taken off an absolute path, or put in front of a relative one.
/// A place where GitHub's, GitLab's and Azure's runners keep the repository is
/// sure; otherwise the longest path that exists wins.
fn bases(path: &Shown, listing: &Listing) -> Vec<String> {
    let entries = listing.named(file_name(&path.text)).map(|(entry, _)| entry);
    if !path.absolute {
        let rests = entries.filter_map(|entry| before(entry, &path.text));
        return rests.map(str::to_owned).collect();
    }
    let mut roots: Vec<&str> = entries
        .filter_map(|entry| before(&path.text, entry))
        .collect();
    roots.sort_by_key(|root| root.len());
    if let Some(known) = roots.iter().find(|root| is_checkout(root)) {
        return vec![(*known).to_owned()];
    }
    roots.truncate(1);
    roots.into_iter().map(str::to_owned).collect()
}

/// What stands before `tail` in `path`, where whole parts are equal.
fn before<'a>(path: &'a str, tail: &str) -> Option<&'a str> {
    let head = path.strip_suffix(tail)?;
    if head.is_empty() {
        return Some("");
    }
    head.strip_suffix('/')
}

/// `home/runner/work/name/name`, `__w/name/name`, `D:/a/name/name`, and
/// `github/workspace`.
fn is_checkout(root: &str) -> bool {
    if root == "github/workspace" {
        return true;
    }
    let mut parts = root.rsplit('/');
    let (name, again) = (parts.next(), parts.next());
    let home = parts.next();
    name == again && matches!(home, Some("work" | "__w" | "a" | "_work"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Kind;

    fn resolved(shown: &[&str], entries: &[&str]) -> Result<Vec<Vec<String>>, String> {
        let entries = entries.iter().map(|path| ((*path).to_owned(), Kind::File));
        let listing = Listing::new(entries);
        let shown: Result<Vec<Shown>, String> =
            shown.iter().map(|path| Shown::parse(path)).collect();
        let shown = shown?;
        let bases = Base::that_fit(&shown, &listing)?;
        let paths = |base: &Base| shown.iter().map(|path| base.of(path)).collect();
        Ok(bases.iter().map(paths).collect())
    }

    #[test]
    fn one_directory_explains_all_paths_of_a_command() {
        let tree = [
            "src/main.rs",
            "src/lib.rs",
            "crates/a/src/lib.rs",
            "shop/shop/x.py",
        ];
        let one = |path: &str| Ok(vec![vec![path.to_owned()]]);
        assert_eq!(
            resolved(&["/home/runner/work/shop/shop/src/lib.rs"], &tree),
            one("src/lib.rs")
        );
        assert_eq!(
            resolved(&["/home/runner/work/shop/shop/shop/shop/x.py"], &tree),
            one("shop/shop/x.py")
        );
        assert_eq!(
            resolved(&[r"\\?\D:\a\shop\shop\src\main.rs"], &tree),
            one("src/main.rs")
        );
        assert_eq!(
            resolved(&["/app/crates/a/src/lib.rs"], &tree),
            one("crates/a/src/lib.rs")
        );
        assert_eq!(resolved(&["./src/main.rs"], &tree), one("src/main.rs"));
        let both = resolved(&["src/lib.rs", "src/main.rs"], &tree).unwrap();
        assert_eq!(both, [["src/lib.rs", "src/main.rs"]]);
        assert_eq!(resolved(&["src/lib.rs"], &tree).unwrap().len(), 2);
        assert_eq!(
            resolved(&["/etc/passwd"], &tree),
            Err("the workspace has no file etc/passwd".into())
        );
    }

    #[test]
    fn paths_that_leave_the_tree_are_refused() {
        for path in ["../a.py", "a/../../b", "", "/", "a\nb", "a/..", "C:\\..\\x"] {
            assert!(Shown::parse(path).is_err(), "{path:?}");
        }
    }
}
