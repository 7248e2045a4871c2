//! Paths of modules that are one slip away from a file that is there.

use super::super::similar::is_slip;
use super::super::{Finding, misfit};
use crate::text_edit::Edits;
use crate::workspace::{Kind, Workspace, file_name};

/// Between a message and the path that is meant.
const MARK: &str = "\nlies at ";

/// Paths that are looked up: each goes through the whole listing.
const MAX_LOOKED_UP: usize = 20;

/// What a path may lack, or have in the place of a file's own ending.
const ENDINGS: &[&str] = &[
    ".d.ts", ".tsx", ".ts", ".mts", ".jsx", ".mjs", ".js", ".json",
];

/// Adds to each finding the path of the one file that is meant.
pub(in super::super) fn find(findings: &mut [Finding], workspace: &dyn Workspace) {
    let lacking = findings
        .iter_mut()
        .filter(|finding| finding.code == "TS2307");
    for finding in lacking.take(MAX_LOOKED_UP) {
        let wrong = finding.message.split('\'').nth(1).unwrap_or_default();
        if let Some(right) = near(&finding.path, wrong, workspace) {
            finding.message.push_str(&format!("{MARK}{right}"));
        }
    }
}

pub(super) fn meant(message: &str) -> Option<&str> {
    Some(message.split_once(MARK)?.1)
}

/// The path as it is written, with the last part of the one file beside it
/// that a slip leads to.
fn near(importer: &str, wrong: &str, workspace: &dyn Workspace) -> Option<String> {
    if !wrong.starts_with("./") && !wrong.starts_with("../") {
        return None;
    }
    let directory = joined(importer, wrong.strip_suffix(file_name(wrong))?)?;
    let stem = |name: &str| {
        let ending = ENDINGS.iter().find(|ending| name.ends_with(**ending));
        ending
            .map_or(name, |ending| &name[..name.len() - ending.len()])
            .to_owned()
    };
    let own = stem(file_name(wrong));
    let entries = workspace.listing().entries();
    let files = entries.filter(|(_, kind)| *kind == Kind::File);
    let beside = files.filter_map(|(path, _)| path.strip_prefix(&directory));
    let beside = beside.filter(|name| !name.contains('/'));
    let mut meant: Vec<String> = beside
        .filter(|name| ENDINGS.iter().any(|ending| name.ends_with(ending)))
        .map(stem)
        .filter(|name| is_slip(&own, name))
        .collect();
    meant.sort();
    meant.dedup();
    let [right] = &meant[..] else {
        return None;
    };
    let (head, last) = wrong.split_at(wrong.len() - file_name(wrong).len());
    Some(format!("{head}{right}{}", &last[own.len()..]))
}

/// A directory as seen from a file, with its last slash; none above the root.
fn joined(importer: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = importer.split('/').collect();
    parts.pop();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    Some(if path.is_empty() {
        path
    } else {
        format!("{path}/")
    })
}

pub(super) fn mend(
    number: u64,
    at: usize,
    path: &str,
    line: &str,
    edits: &mut Edits,
) -> Result<(), String> {
    let quote = line[at..]
        .chars()
        .next()
        .filter(|c| matches!(c, '\'' | '"'));
    let length = quote.and_then(|quote| line[at + 1..].find(quote));
    match length {
        Some(length) => {
            edits.replace(number, at + 1, at + 1 + length, path);
            Ok(())
        }
        None => misfit("a module's path"),
    }
}
