//! Patches that make a check silent instead of making the code right.
//!
//! A red command turns green when its test is skipped, its rule switched off
//! or its failure swallowed, and re-running it proves nothing then. So what a
//! patch *adds* to the means of silence is looked for in the bytes, before
//! anything is run. Nothing is known of who wrote the patch: a formatter never
//! adds such things, and an honest repair that must is a person's decision.
//!
//! Judged is the difference, never the file: what was there before stays
//! anybody's own business, and taking a suppression out is free.

mod checks;
mod marker;
mod tests;
mod text;

use serde::{Deserialize, Serialize};

use super::FileChange;
use super::path::RepoPath;

/// What silences a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheatKind {
    /// A directive by which a linter, type checker, formatter or coverage tool
    /// looks away.
    Suppression,
    /// A test that is skipped, expected to fail, or the only one that runs.
    SkippedTest,
    /// A command or a handler whose failure counts as success.
    SwallowedFailure,
    /// Fewer assertions than before.
    RemovedAssertion,
    /// Fewer tests than before, or a file of tests deleted.
    RemovedTest,
    /// A test says something else than before.
    ChangedTest,
    /// A recorded expectation (snapshot, golden file) says something else.
    ChangedExpectation,
    /// A coverage, warning or size limit has another value.
    ChangedThreshold,
    /// The configuration of a check says something else.
    ChangedCheck,
    /// The file that says how checks are run says something else.
    ChangedBuild,
    /// Characters that make text read otherwise than it runs (bidirectional
    /// controls, zero-width characters; "Trojan Source", CVE-2021-42574).
    HiddenText,
    /// A whole file is deleted.
    DeletedFile,
}

/// What may be done about a cheat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Never published: there is no honest reason for a machine to add it.
    Refused,
    /// A person decides: it may be right, and no re-run can tell.
    NeedsPerson,
}

impl CheatKind {
    pub fn weight(self) -> Weight {
        match self {
            CheatKind::Suppression
            | CheatKind::SkippedTest
            | CheatKind::SwallowedFailure
            | CheatKind::RemovedAssertion
            | CheatKind::RemovedTest
            | CheatKind::ChangedThreshold
            | CheatKind::ChangedCheck
            | CheatKind::HiddenText => Weight::Refused,
            CheatKind::ChangedTest
            | CheatKind::ChangedExpectation
            | CheatKind::ChangedBuild
            | CheatKind::DeletedFile => Weight::NeedsPerson,
        }
    }

    /// What it is, after "the patch".
    pub fn sentence(self) -> &'static str {
        match self {
            CheatKind::Suppression => "makes a tool look away",
            CheatKind::SkippedTest => "keeps a test from running",
            CheatKind::SwallowedFailure => "lets a failure pass for success",
            CheatKind::RemovedAssertion => "asserts less than before",
            CheatKind::RemovedTest => "tests less than before",
            CheatKind::ChangedTest => "changes what a test says",
            CheatKind::ChangedExpectation => "changes a recorded expectation",
            CheatKind::ChangedThreshold => "moves a limit that a check holds",
            CheatKind::ChangedCheck => "changes the configuration of a check",
            CheatKind::ChangedBuild => "changes how the checks are run",
            CheatKind::HiddenText => "hides characters in the text",
            CheatKind::DeletedFile => "deletes a file",
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cheat {
    pub kind: CheatKind,
    pub path: String,
    /// The host's own name for what it found, never the file's text.
    pub what: String,
}

impl std::fmt::Display for Cheat {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Cheat { kind, path, what } = self;
        write!(to, "it {} in {path} ({what})", kind.sentence())
    }
}

/// Findings kept of one patch: one is enough to refuse it, some help its author.
const MAX_FINDINGS: usize = 20;

/// What a patch does to silence checks; nothing for an honest one.
pub fn find(files: &[FileChange]) -> Vec<Cheat> {
    let mut found: Vec<Cheat> = files.iter().flat_map(in_file).collect();
    // What refuses is told first.
    found.sort_by_key(|cheat| cheat.kind.weight() == Weight::NeedsPerson);
    found.truncate(MAX_FINDINGS);
    found
}

fn in_file(file: &FileChange) -> Vec<Cheat> {
    let side = |bytes: &Option<Vec<u8>>| {
        String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned()
    };
    let (before, after) = (side(&file.before), side(&file.after));
    let name = Name::of(&file.path);
    let mut found = Vec::new();
    if file.after.is_none() {
        let kind = match name.is_test() {
            true => CheatKind::RemovedTest,
            false => CheatKind::DeletedFile,
        };
        found.push((kind, "the whole file".to_owned()));
    } else {
        found.extend(text::hidden(&before, &after));
        // Written by package managers and proven by deriving them again.
        if !name.is_lockfile() {
            found.extend(marker::added(&name, &before, &after));
            found.extend(checks::changed(&name, &before, &after));
            found.extend(tests::changed(&name, &before, &after));
        }
    }
    found
        .into_iter()
        .map(|(kind, what)| Cheat {
            kind,
            path: file.path.to_string(),
            what,
        })
        .collect()
}

/// A finding before it has its path.
type Finding = (CheatKind, String);

/// A path, folded, as rules look at it.
struct Name {
    path: String,
    file: String,
}

impl Name {
    fn of(path: &RepoPath) -> Name {
        let path = path.folded();
        let file = path.rsplit('/').next().unwrap_or_default().to_owned();
        Name { path, file }
    }

    fn extension(&self) -> &str {
        self.file.rsplit_once('.').map_or("", |(_, after)| after)
    }

    fn in_directory(&self, names: &[&str]) -> bool {
        self.path
            .split('/')
            .rev()
            .skip(1)
            .any(|part| names.contains(&part))
    }

    /// Text for people: only what tools read in comments can silence there.
    fn is_prose(&self) -> bool {
        matches!(
            self.extension(),
            "md" | "markdown" | "rst" | "txt" | "adoc" | "org" | "tex"
        )
    }

    fn is_lockfile(&self) -> bool {
        const NAMES: &[&str] = &[
            "cargo.lock",
            "composer.lock",
            "gemfile.lock",
            "go.sum",
            "npm-shrinkwrap.json",
            "package-lock.json",
            "pdm.lock",
            "pipfile.lock",
            "pnpm-lock.yaml",
            "poetry.lock",
            "uv.lock",
            "yarn.lock",
        ];
        NAMES.contains(&self.file.as_str())
    }

    /// By the conventions of the test runners themselves: directories and file
    /// names they collect from.
    fn is_test(&self) -> bool {
        const DIRECTORIES: &[&str] = &[
            "test",
            "tests",
            "spec",
            "specs",
            "__tests__",
            "testing",
            "e2e",
            "cypress",
        ];
        let stem = self.file.split('.').next().unwrap_or_default();
        let dotted = |part: &str| self.file.contains(&format!(".{part}."));
        !self.is_prose()
            && (self.in_directory(DIRECTORIES)
                || stem.starts_with("test_")
                || stem.ends_with("_test")
                || stem.ends_with("_tests")
                || stem.ends_with("_spec")
                || stem == "conftest"
                || (self.is_jvm() && (stem.ends_with("test") || stem.ends_with("tests")))
                || dotted("test")
                || dotted("spec")
                || dotted("cy"))
    }

    fn is_jvm(&self) -> bool {
        matches!(
            self.extension(),
            "java" | "kt" | "scala" | "groovy" | "cs" | "fs" | "vb" | "swift" | "php"
        )
    }

    /// What a test run compares with: changing it makes any test pass.
    fn is_expectation(&self) -> bool {
        const DIRECTORIES: &[&str] = &[
            "__snapshot__",
            "__snapshots__",
            "approvals",
            "baselines",
            "snapshots",
            // Go's tools leave it out of packages: what tests compare with.
            "testdata",
            "golden",
            "goldens",
            "expected",
            "cassettes",
        ];
        const EXTENSIONS: &[&str] = &[
            "ambr", "approved", "expected", "golden", "snap", "snapshot", "stderr", "stdout",
        ];
        self.in_directory(DIRECTORIES)
            || EXTENSIONS.contains(&self.extension())
            || self.file.contains(".approved.")
            || self.file.contains(".golden.")
            || self.file.contains(".expected.")
    }
}
