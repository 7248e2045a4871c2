//! Strategy `config-file`: files that tell tools what to do, and that a tool
//! cannot read.
//!
//! Precondition: the failed step names the file, the file is one that does not
//! parse or holds the word that the tool does not know, and one small edit is
//! all that makes it right: a comma, a blank, or the one known name that a slip
//! of the keyboard leads to. The failed command has the last word: nothing here
//! is proposed without it. Always with an approval.

use crate::candidate::{Candidate, FileChange, naming};
use crate::named::Named;
use crate::push::is_test;
use crate::transcript::{Step, Transcript};
use crate::workspace::{Kind, Workspace, file_name};

mod json;
mod key;
mod recipe;
mod script;
mod tables;
mod yaml;

/// The strategy's name.
pub const NAME: &str = "config-file";

/// How sure, before the failed command ran.
const CONFIDENCE: f64 = 0.75;

/// Bytes of a file that is looked into; larger ones are data.
const MAX_BYTES: usize = 256 * 1024;

/// Files of one step that are looked into.
const MAX_FILES: usize = 20;

/// How a file may be mended: its new text.
type Mend = fn(&str, &str, &Step, &dyn Workspace) -> Option<String>;

const MENDS: &[Mend] = &[
    json::mend,
    tables::mend,
    key::mend,
    script::mend,
    yaml::mend,
    recipe::mend,
];

/// A candidate for each failed step that names a file which cannot be read.
pub fn propose(transcript: &Transcript, workspace: &dyn Workspace) -> Vec<Candidate> {
    let steps = transcript.failed().map(|(_, step)| step);
    steps.filter_map(|step| of_step(step, workspace)).collect()
}

fn of_step(step: &Step, workspace: &dyn Workspace) -> Option<Candidate> {
    let listing = workspace.listing();
    let mut own = Named::of(step).files(listing);
    own.extend(
        IMPLIED
            .iter()
            .filter(|path| listing.kind(path) == Some(Kind::File)),
    );
    let own = own
        .into_iter()
        .filter(|path| is_config(path) && !is_test(path));
    let mut files = Vec::new();
    for path in own.take(MAX_FILES) {
        let before = workspace.read(path).unwrap_or_default();
        let Ok(text) = std::str::from_utf8(&before) else {
            continue;
        };
        if before.len() > MAX_BYTES {
            continue;
        }
        let mut mends = MENDS
            .iter()
            .filter_map(|mend| mend(path, text, step, workspace));
        let Some(after) = mends.next().filter(|after| after != text) else {
            continue;
        };
        files.push(FileChange {
            path: path.to_owned(),
            after: after.into_bytes(),
            before: before.clone(),
            shifted: false,
        });
    }
    // Of several nobody tells which the tool means.
    (files.len() == 1).then(|| candidate(files))
}

/// Files that tools read without saying so.
const IMPLIED: &[&str] = &["package.json", "Makefile", "makefile", "GNUmakefile"];

fn is_config(path: &str) -> bool {
    const ENDINGS: &[&str] = &[".cfg", ".ini", ".json", ".tf", ".toml", ".yaml", ".yml"];
    const LOCKS: &[&str] = &["package-lock.json", "pnpm-lock.yaml", "npm-shrinkwrap.json"];
    let name = file_name(path);
    let known = ENDINGS.iter().any(|ending| name.ends_with(ending)) || IMPLIED.contains(&path);
    known && !LOCKS.contains(&name) && !path.split('/').any(|part| part == "node_modules")
}

/// The lines of a step that are text.
fn lines(step: &Step) -> impl Iterator<Item = &str> {
    let lines = step.output.lines();
    lines.filter_map(|line| std::str::from_utf8(line.text).ok())
}

fn candidate(files: Vec<FileChange>) -> Candidate {
    Candidate {
        strategy: NAME,
        title: format!("make {} readable", naming(&files)),
        rationale: "The tool cannot read this file, and one small edit is all that it lacks: a \
                    sign, or a name that is one slip away from the one that is known."
            .to_owned(),
        confidence: CONFIDENCE,
        files,
        log: None,
        approval: true,
        proven: None,
    }
}
