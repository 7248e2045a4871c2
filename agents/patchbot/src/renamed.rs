//! Strategy `push-rename`: a name that the push gave to something else's
//! place is used under its old one.
//!
//! What a push renames it often renames in one place too few: a test, a caller
//! in another package. Precondition: the push replaced a definition by the same
//! one under another name, nothing else got that name's place, the failed step
//! says of the old name that nobody knows it, and names the file that uses it.
//! Always with an approval.

use std::collections::{BTreeMap, BTreeSet};

use crate::candidate::{Candidate, FileChange, Refusal, naming};
use crate::failure::Cause;
use crate::limits::MAX_FILES;
use crate::named::Named;
use crate::transcript::{Step, Transcript};
use crate::workspace::{Workspace, file_name};

mod names;
mod uses;

use names::Rename;

/// The strategy's name.
pub const NAME: &str = "push-rename";

/// How sure before the failed command ran again: who renamed it says so.
const CONFIDENCE: f64 = 0.75;

/// Bytes read in search of uses.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// A candidate for each failed step that lacks a renamed name, or why not.
pub fn propose(
    transcript: &Transcript,
    cause: &Cause,
    workspace: &dyn Workspace,
) -> Vec<Result<Candidate, Refusal>> {
    let Some(push) = &cause.push else {
        return Vec::new();
    };
    let renames = names::renames(&push.rewritten());
    if renames.is_empty() {
        return Vec::new();
    }
    let steps = transcript.failed().map(|(_, step)| step);
    let made = steps.filter_map(|step| follow(step, &renames, workspace).transpose());
    let told = |Refusal(why)| Refusal(format!("renamed by the push: {why}"));
    made.map(|made| made.map_err(told)).collect()
}

fn follow(
    step: &Step,
    renames: &BTreeMap<String, Rename>,
    workspace: &dyn Workspace,
) -> Result<Option<Candidate>, Refusal> {
    let (unknown, log) = uses::unknown(step, renames);
    if unknown.is_empty() {
        return Ok(None);
    }
    let named = Named::of(step);
    let mut files: Vec<FileChange> = Vec::new();
    let mut followed: BTreeSet<&Rename> = BTreeSet::new();
    let mut bytes = 0;
    for path in named.files(workspace.listing()) {
        let before = workspace.read(path).unwrap_or_default();
        bytes += before.len();
        if bytes > MAX_BYTES {
            return Err(Refusal::new("the log names more files than are read"));
        }
        let own = unknown
            .iter()
            .filter(|rename| same_language(&rename.path, path));
        let own: Vec<&Rename> = own.copied().collect();
        let after = uses::renamed(path, &before, &own, &named);
        let after = after.map_err(|why| Refusal(format!("{path}: {why}")))?;
        if after == before {
            continue;
        }
        followed.extend(own);
        let (path, shifted) = (path.to_owned(), false);
        files.push(FileChange {
            path,
            before,
            after,
            shifted,
        });
    }
    if files.is_empty() || files.len() > MAX_FILES {
        return Ok(None);
    }
    Ok(Some(candidate(files, &followed, log)))
}

/// Whether one file's names are used in the other: by their endings.
fn same_language(one: &str, two: &str) -> bool {
    const FAMILIES: &[&[&str]] = &[
        &[
            "js", "jsx", "ts", "tsx", "mjs", "mts", "cjs", "cts", "vue", "svelte",
        ],
        &["c", "h", "cc", "cpp", "cxx", "hh", "hpp", "hxx"],
        &["py", "pyi", "pyx"],
        &["java", "kt", "scala"],
    ];
    let ending = |path: &str| {
        let name = file_name(path);
        name.rsplit_once('.')
            .map_or(String::new(), |(_, ending)| ending.to_owned())
    };
    let (one, two) = (ending(one), ending(two));
    let of = |family: &&&[&str]| family.contains(&one.as_str());
    one == two
        || FAMILIES
            .iter()
            .find(of)
            .is_some_and(|own| own.contains(&two.as_str()))
}

fn candidate(files: Vec<FileChange>, followed: &BTreeSet<&Rename>, log: (u64, u64)) -> Candidate {
    let told: Vec<String> = followed
        .iter()
        .map(|rename| {
            format!(
                "- {}: `{}` is `{}` now",
                rename.path, rename.old, rename.new
            )
        })
        .collect();
    Candidate {
        strategy: NAME,
        title: format!("use the new names in {}", naming(&files)),
        rationale: format!(
            "The push renamed what this uses under its old name:\n{}\nNothing else changes.",
            told.join("\n")
        ),
        confidence: CONFIDENCE,
        files,
        log: Some(log),
        approval: true,
        proven: None,
    }
}
