//! The whole difference between a golden file and what the code makes now, as
//! a test or `diff -u` printed it.
//!
//! Anything can be printed. So the old side has to be one file of the tree, to
//! the last line, that is called like a record, and some test has to name it;
//! the push has to have left it as it was and changed source of its package.

use crate::candidate::{Candidate, FileChange, Refusal, naming};
use crate::failure::Cause;
use crate::push::Push;
use crate::transcript::{Output, Transcript};
use crate::workspace::{Kind, Workspace};

use super::{NAME, confidence, is_record, precondition, why};

mod blocks;

use blocks::Block;

/// Records that are compared with what was printed, and their size in bytes:
/// goldens that a log shows whole are short.
const MAX_RECORDS: usize = 2_000;
const MAX_RECORD_BYTES: usize = 256 * 1024;

/// Tests that are searched for a record's name.
const MAX_TESTS: usize = 2_000;

/// What each failed step prints of a golden file, or why it is not taken.
pub fn propose(
    transcript: &Transcript,
    cause: &Cause,
    workspace: &dyn Workspace,
) -> Vec<Result<Candidate, Refusal>> {
    let blocks = |output: &Output| blocks::read(output);
    let blocks: Vec<Block> = transcript
        .failed()
        .flat_map(|(_, step)| blocks(&step.output))
        .collect();
    if blocks.is_empty() {
        return Vec::new();
    }
    let Some(found) = matched(&blocks, workspace) else {
        return Vec::new();
    };
    let told = |Refusal(why)| Refusal(format!("stale expectation: {why}"));
    vec![
        found
            .and_then(|found| candidate(found, cause, workspace))
            .map_err(told),
    ]
}

/// Files as they would be, and where the log shows it.
struct Found {
    files: Vec<FileChange>,
    log: (u64, u64),
}

/// The records whose text is a side of what was printed; none where no file
/// is.
fn matched(blocks: &[Block], workspace: &dyn Workspace) -> Option<Result<Found, Refusal>> {
    let records = workspace.listing().entries();
    let records = records.filter(|(path, kind)| *kind == Kind::File && is_record(path));
    let mut files: Vec<FileChange> = Vec::new();
    let mut log: Option<(u64, u64)> = None;
    for (path, _) in records.take(MAX_RECORDS) {
        let Ok(before) = workspace.read(path) else {
            continue;
        };
        if before.len() > MAX_RECORD_BYTES {
            continue;
        }
        let Ok(text) = std::str::from_utf8(&before) else {
            continue;
        };
        let mut fitting = blocks
            .iter()
            .filter_map(|block| Some((block, block.other_side(path, text)?)));
        let Some((block, after)) = fitting.next() else {
            continue;
        };
        if fitting.any(|(_, other)| other != after) {
            let why = format!("the log prints two different texts in the place of {path}");
            return Some(Err(Refusal(why)));
        }
        let twice = files.iter().any(|file| file.before == before);
        if twice {
            let why = format!("{path} is not the only file with the text that the log shows");
            return Some(Err(Refusal(why)));
        }
        let (first, last) = log.unwrap_or(block.log);
        log = Some((first.min(block.log.0), last.max(block.log.1)));
        let path = path.to_owned();
        let after = after.into_bytes();
        files.push(FileChange {
            path,
            before,
            after,
            shifted: false,
        });
    }
    log.map(|log| Ok(Found { files, log }))
}

fn candidate(found: Found, cause: &Cause, workspace: &dyn Workspace) -> Result<Candidate, Refusal> {
    let push: &Push = cause.push.as_ref().ok_or_else(super::unknown_push)?;
    let sources = precondition(&found.files, push, workspace.listing())?;
    for file in &found.files {
        if !named_by_a_test(&file.path, workspace) {
            return Err(Refusal(format!("no test names {}", file.path)));
        }
        let marks = |bytes: &[u8]| crate::redaction::marks(bytes);
        if marks(&file.after) > marks(&file.before) {
            return Err(Refusal(format!("the log masks a part of {}", file.path)));
        }
    }
    Ok(Candidate {
        strategy: NAME,
        title: format!("record {} anew", naming(&found.files)),
        rationale: format!(
            "{} The log prints the whole difference between what was recorded and what the code \
             makes now (log lines {} to {}); this is that and nothing else. Whether the new one \
             is what was meant, a person has to say.",
            why(push, &sources),
            found.log.0,
            found.log.1
        ),
        confidence: confidence(push),
        files: found.files,
        log: Some(found.log),
        approval: true,
        proven: None,
    })
}

/// Whether a test or a script of the tree has the record's name in it, or the
/// part of it in front of the dot.
fn named_by_a_test(path: &str, workspace: &dyn Workspace) -> bool {
    let name = crate::workspace::file_name(path);
    let stem = name.split('.').next().unwrap_or(name);
    let code = |path: &str| {
        !is_record(path)
            && (crate::push::is_test(path)
                || path.ends_with(".sh")
                || path.ends_with("Makefile")
                || path.ends_with(".yml"))
    };
    let files = workspace.listing().entries();
    let mut files = files
        .filter(|(path, kind)| *kind == Kind::File && code(path))
        .take(MAX_TESTS);
    files.any(|(path, _)| {
        let text = workspace.read(path).unwrap_or_default();
        let has = |word: &str| memchr::memmem::find(&text, word.as_bytes()).is_some();
        has(name) || (stem.len() > 3 && has(stem))
    })
}
