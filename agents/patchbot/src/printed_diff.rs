//! Strategy `printed-diff`: the diff that a formatter prints of its own
//! desired result.
//!
//! Precondition: a step failed that ran a tool known to print such diffs, the
//! tool owns the files, and every context and removed line is in the
//! workspace byte for byte. All files of a tool's output are one proposal, or
//! there is none: the tool passes only when all are fixed.

use std::collections::BTreeMap;

use crate::candidate::{Candidate, Refusal};
use crate::failure::Cause;
use crate::limits::MAX_HUNKS;
use crate::tool::Tool;
use crate::transcript::{Step, Transcript};
use crate::trust::{Trust, trust};
use crate::workspace::Workspace;

mod apply;
mod build;
mod complete;
mod diff;
mod form;
mod layout;
mod parse;
mod rustfmt;
mod stylua;
mod unified;
mod writers;

pub use apply::{apply, splice};
pub use diff::{Change, FileDiff, Form, Hunk, HunkLine, Model};
pub(crate) use layout::only_layout;
pub use parse::parse;

const NAME: &str = "printed-diff";

/// One candidate for each tool that printed a diff in a failed step, or why
/// not.
pub fn propose(
    transcript: &Transcript,
    cause: &Cause,
    workspace: &dyn Workspace,
) -> Vec<Result<Candidate, Refusal>> {
    let mut tools: BTreeMap<Tool, Vec<Part>> = BTreeMap::new();
    let mut results = Vec::new();
    for (index, step) in transcript.failed() {
        match read_step(transcript, index, step, cause) {
            Ok(parts) => {
                for (tool, part) in parts {
                    tools.entry(tool).or_default().push(part);
                }
            }
            Err(refusal) => results.push(Err(refusal)),
        }
    }
    let built = tools.into_iter().map(|(tool, parts)| {
        build::build(tool, parts, workspace).map_err(|refusal| refusal.of(tool))
    });
    results.extend(built);
    results
}

/// What one step shows of one tool's wishes.
struct Part {
    files: Vec<FileDiff>,
    trust: Trust,
}

fn read_step(
    transcript: &Transcript,
    index: usize,
    step: &Step,
    cause: &Cause,
) -> Result<Vec<(Tool, Part)>, Refusal> {
    if step.output.overflowed() {
        return Err(Refusal::new(
            "the failed step printed more than is read of one step",
        ));
    }
    let diffs = parse(&step.output);
    if diffs.is_empty() {
        return Ok(Vec::new());
    }
    let trust = trust(transcript, index, cause)?;
    let mut tools: BTreeMap<Tool, Vec<FileDiff>> = BTreeMap::new();
    let hunks: usize = diffs.iter().map(|diff| diff.hunks.len()).sum();
    if hunks > MAX_HUNKS {
        return Err(Refusal::new("the log prints more hunks than are read"));
    }
    let mut strays = 0;
    for diff in diffs {
        match form::printed_by(&diff, &trust) {
            Some(tool) => tools.entry(tool).or_default().push(diff),
            None => strays += 1,
        }
    }
    if tools.is_empty() && strays > 0 {
        return Err(Refusal::new(
            "the failed step prints a diff, but not in the form of a formatter that it runs",
        ));
    }
    for (tool, files) in &tools {
        let paths = files.iter().map(|file| file.path.as_str());
        complete::check(*tool, files, &step.output)
            .and_then(|()| match tool {
                Tool::PreCommit => crate::hooks::check(&step.output, paths),
                // `pre-commit run -a || git diff`
                Tool::GitDiff if crate::hooks::ran(&step.output) => {
                    crate::hooks::check(&step.output, paths)
                }
                Tool::GitDiff => writers::check(&transcript.steps[..=index], paths),
                _ => Ok(()),
            })
            .map_err(|refusal| refusal.of(*tool))?;
    }
    let parts = tools.into_iter().map(|(tool, files)| {
        let trust = trust.clone();
        (tool, Part { files, trust })
    });
    Ok(parts.collect())
}
