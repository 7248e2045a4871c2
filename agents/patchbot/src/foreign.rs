//! Files of a repository that nobody edits there: what others wrote, what a
//! program writes, and what tests compare with.
//!
//! A check that complains about such a file is told to leave it out, or its
//! source is mended; a patch of the file itself is lost with the next update.

use crate::tool::Tool;

/// Lines at the beginning of a file that may say who writes it.
const HEAD_LINES: usize = 12;

/// Directories of what others wrote.
const VENDORED: &[&str] = &[
    "vendor",
    "vendored",
    "third_party",
    "third-party",
    "thirdparty",
    "node_modules",
    "bower_components",
    "Pods",
    "site-packages",
];

/// Directories of what tests compare with: a mistake there may be meant.
const COMPARED: &[&str] = &[
    "fixtures",
    "fixture",
    "__fixtures__",
    "testdata",
    "test-data",
    "test_data",
    "golden",
    "goldens",
    "snapshots",
    "__snapshots__",
    "cassettes",
];

/// Why a check's wish for this file is not for a patch to fulfil.
pub fn refused(path: &str, before: &[u8]) -> Option<String> {
    if within(path, VENDORED) {
        return Some("it is somebody else's, kept here; the check has to leave it out".into());
    }
    let head: Vec<&[u8]> = before
        .split(|byte| *byte == b'\n')
        .take(HEAD_LINES)
        .collect();
    let head = String::from_utf8_lossy(&head.join(&b'\n')).to_lowercase();
    let says = |words: &str| head.contains(words);
    let written = says("@generated") || says("do not edit") && says("generated");
    written.then(|| "a program writes it; its source or the program is to be mended".into())
}

/// The same of a tool that corrects words, which may be what a test is about.
pub fn refused_to_speller(path: &str) -> Option<String> {
    let compared = within(path, COMPARED);
    compared.then(|| "tests compare with it, and may mean the words as they are".into())
}

/// Whether a tool corrects words.
pub fn is_speller(tool: Tool) -> bool {
    matches!(tool, Tool::Codespell | Tool::Typos)
}

fn within(path: &str, directories: &[&str]) -> bool {
    let mut parts = path.split('/').rev().skip(1);
    parts.any(|part| directories.contains(&part))
}
