//! What the push changed, as the host tells it: `push.json` under `/input`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::workspace::file_name;

mod blocks;

pub use blocks::Block;

/// Bytes of the file that are read: three thousand paths are less than half of
/// it.
pub const MAX_PUSH_BYTES: u64 = 4 * 1024 * 1024;

/// The paths that differ from a state before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Push {
    /// The commit before; none where nothing came before: every file is new.
    pub base: Option<String>,
    /// The failing commit, where it is one.
    pub head: Option<String>,
    /// Commits between, where they were counted.
    pub commits: Option<u64>,
    /// Whether the same workflow passed before.
    pub base_passed: bool,
    /// Whether it went to the branch that others are merged into.
    pub default_branch: bool,
    /// Paths that were added, modified or removed.
    pub changed: BTreeSet<String>,
    /// Hunks of those that were modified, where the host tells them.
    pub lines: BTreeMap<String, String>,
    /// There are more than these.
    pub truncated: bool,
}

impl Push {
    /// Reads the host's words; none where they are not these.
    pub fn parse(bytes: &[u8]) -> Option<Push> {
        let push: Value = serde_json::from_slice(bytes).ok()?;
        let text = |key: &str| push[key].as_str().map(str::to_owned);
        let flag = |key: &str| push[key].as_bool();
        let path = |changed: &Value| changed["path"].as_str().map(str::to_owned);
        let lines = |changed: &Value| Some((path(changed)?, changed["lines"].as_str()?.to_owned()));
        Some(Push {
            base: text("base"),
            head: text("head"),
            commits: push["commits"].as_u64(),
            base_passed: flag("base_passed")?,
            default_branch: flag("default_branch")?,
            changed: push["changed"]
                .as_array()?
                .iter()
                .filter_map(path)
                .collect(),
            lines: push["changed"]
                .as_array()?
                .iter()
                .filter_map(lines)
                .collect(),
            truncated: flag("truncated")?,
        })
    }

    /// Whether nothing came before it: there is no earlier state to compare.
    pub fn begins(&self) -> bool {
        self.base.is_none()
    }

    /// Whether it left this file as it was. Of a list that was cut nobody
    /// knows.
    pub fn leaves(&self, path: &str) -> bool {
        !self.begins() && !self.truncated && !self.changed.contains(path)
    }

    /// What it took out of its sources and put in their place, where the host
    /// tells lines. Tests are left out: what they say is no code's word.
    pub fn rewritten(&self) -> Vec<Block> {
        let known = !self.begins() && !self.truncated;
        let sources = self.sources().filter(|_| known);
        let told = sources.filter_map(|path| Some((path, self.lines.get(path)?)));
        told.flat_map(|(path, lines)| blocks::read(path, lines))
            .take(blocks::MAX_BLOCKS)
            .collect()
    }

    /// What it took out of one file and put in its place, where the host tells
    /// lines.
    pub fn rewritten_in(&self, path: &str) -> Vec<Block> {
        let lines = self.lines.get(path).filter(|_| !self.begins());
        lines.map_or_else(Vec::new, |lines| blocks::read(path, lines))
    }

    /// The lines that it put into a file; none where nobody says which.
    pub fn added_to(&self, path: &str) -> Option<BTreeSet<String>> {
        if self.leaves(path) {
            return Some(BTreeSet::new());
        }
        let lines = self.lines.get(path)?;
        let blocks = blocks::read(path, lines).into_iter();
        Some(blocks.flat_map(|block| block.added).collect())
    }

    /// Source files that it changed: code, not tests, not documents, not
    /// what says how it is built.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        let changed = self.changed.iter().map(String::as_str);
        changed.filter(|path| is_source(path))
    }
}

/// Languages whose files are what tests test. Data and templates count: a
/// snapshot of a page follows its template.
const SOURCES: &[&str] = &[
    "c", "cc", "clj", "cpp", "cs", "css", "cxx", "dart", "ejs", "erb", "ex", "exs", "f90", "go",
    "graphql", "h", "haml", "hbs", "hpp", "hs", "html", "j2", "java", "jinja", "jinja2", "js",
    "jsx", "kt", "less", "liquid", "lua", "mdx", "mjs", "ml", "mts", "php", "pl", "proto", "py",
    "pyx", "rb", "rs", "sass", "scala", "scss", "sh", "sql", "svelte", "swift", "tera", "tf",
    "tmpl", "ts", "tsx", "vue", "zig",
];

fn is_source(path: &str) -> bool {
    let extension = file_name(path).rsplit_once('.').map(|(_, after)| after);
    let known = extension.is_some_and(|extension| SOURCES.contains(&extension));
    known && !is_test(path)
}

/// By the conventions of test runners.
pub fn is_test(path: &str) -> bool {
    const DIRECTORIES: &[&str] = &[
        "test",
        "tests",
        "spec",
        "specs",
        "__tests__",
        "testing",
        "e2e",
        "cypress",
        "testdata",
        "__snapshots__",
        "snapshots",
        "fixtures",
        "golden",
    ];
    let name = file_name(path);
    let stem = name.split('.').next().unwrap_or(name);
    let mut directories = path.split('/').rev().skip(1);
    directories.any(|part| DIRECTORIES.contains(&part))
        || stem.starts_with("test_")
        || stem.ends_with("_test")
        || stem.ends_with("_spec")
        || stem == "conftest"
        || name.contains(".test.")
        || name.contains(".spec.")
}
