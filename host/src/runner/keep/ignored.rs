//! New files that are no change: what the tree's `.gitignore` files name, and
//! what tools leave behind everywhere.

use std::collections::BTreeMap;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Names that are never part of a repair, beside hidden ones that end in
/// `cache` (`.ruff_cache`, `.eslintcache`). They count for what is new only:
/// what the tree has is compared whatever it is called.
const LEFTOVERS: [&str; 11] = [
    ".DS_Store",
    ".git",
    ".gradle",
    ".nox",
    ".tox",
    ".venv",
    "__pycache__",
    "node_modules",
    "target",
    "venv",
    "coverage",
];

/// Files named `.gitignore` that are read, and bytes of each.
const MAX_FILES: usize = 256;
const MAX_BYTES: usize = 64 * 1024;

/// The rules, by the directory they are for.
#[derive(Debug, Default)]
pub struct Ignored(BTreeMap<String, Gitignore>);

impl Ignored {
    /// Takes in a file of the tree, if it has such rules.
    pub fn learn(&mut self, path: &str, bytes: &[u8]) {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let fits = name == ".gitignore" && bytes.len() <= MAX_BYTES && self.0.len() < MAX_FILES;
        if !fits {
            return;
        }
        let mut rules = GitignoreBuilder::new("");
        for line in String::from_utf8_lossy(bytes).lines() {
            // A line that is no pattern ignores nothing.
            let _ = rules.add_line(None, line);
        }
        if let Ok(rules) = rules.build() {
            self.0.insert(directory.to_owned(), rules);
        }
    }

    /// Whether something new at a path is no change. What is above it is
    /// known not to be ignored.
    pub fn holds(&self, path: &str, is_directory: bool) -> bool {
        let (mut directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let cache = name.starts_with('.') && name.ends_with("cache");
        if cache || LEFTOVERS.contains(&name) || name.ends_with(".pyc") {
            return true;
        }
        // The nearest file that has something to say decides.
        loop {
            if let Some(rules) = self.0.get(directory) {
                let below = match directory {
                    "" => path,
                    directory => &path[directory.len() + 1..],
                };
                let found = rules.matched(below, is_directory);
                if !found.is_none() {
                    return found.is_ignore();
                }
            }
            match directory.rsplit_once('/') {
                Some((above, _)) => directory = above,
                None if directory.is_empty() => return false,
                None => directory = "",
            }
        }
    }
}
