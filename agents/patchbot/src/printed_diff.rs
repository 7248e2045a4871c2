//! Strategy `printed-diff`: the diff that a formatter prints of its own
//! desired result.
//!
//! Precondition: a step failed that ran a tool known to print such diffs, the
//! tool owns the files, and every context and removed line is in the
//! workspace byte for byte. All files of a tool's output are one proposal, or
//! there is none: the tool passes only when all are fixed.

use std::collections::BTreeMap;

use crate::candidate::{Candidate, FileChange, Refusal};
use crate::failure::Cause;
use crate::limits::{MAX_FILES, MAX_HUNKS};
use crate::tool::Tool;
use crate::transcript::{Step, Transcript};
use crate::trust::{Trust, trust};
use crate::workspace::Workspace;

mod apply;
mod diff;
mod form;
mod layout;
mod parse;
mod resolve;
mod rustfmt;
mod stylua;
mod unified;
mod writers;

use diff::FileDiff;
use layout::only_layout;

pub use diff::{Change, Hunk, HunkLine};
pub use {apply::apply, parse::parse};

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
    let built = tools
        .into_iter()
        .map(|(tool, parts)| build(tool, &parts, workspace));
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
        match tool {
            Tool::PreCommit => crate::hooks::check(&step.output, paths),
            Tool::GitDiff => writers::check(&transcript.steps[..=index], paths),
            _ => Ok(()),
        }
        .map_err(|refusal| refusal.of(*tool))?;
    }
    let parts = tools.into_iter().map(|(tool, files)| {
        let trust = trust.clone();
        (tool, Part { files, trust })
    });
    Ok(parts.collect())
}

fn build(tool: Tool, parts: &[Part], workspace: &dyn Workspace) -> Result<Candidate, Refusal> {
    let mut files: BTreeMap<String, FileChange> = BTreeMap::new();
    let mut log = (u64::MAX, 0);
    let mut shifted = false;
    for part in parts {
        let merged = merge(&part.files).map_err(|refusal| refusal.of(tool))?;
        if let Some(problem) = merged.iter().find_map(|diff| diff.problem.as_deref()) {
            return Err(Refusal::new(problem).of(tool));
        }
        log.0 = merged
            .iter()
            .map(|diff| diff.first)
            .min()
            .unwrap_or(1)
            .min(log.0);
        log.1 = part
            .files
            .iter()
            .map(|diff| diff.last)
            .max()
            .unwrap_or(1)
            .max(log.1);
        let resolved = resolve::resolve(tool, &part.trust, &merged, workspace)
            .map_err(|refusal| refusal.of(tool))?;
        for change in resolved {
            shifted |= change.shifted;
            let before = files.insert(change.path.clone(), change.clone());
            if before.is_some_and(|before| before.after != change.after) {
                let text = format!("the log prints two different diffs of {}", change.path);
                return Err(Refusal::new(text).of(tool));
            }
        }
    }
    if files.len() > MAX_FILES {
        let text = format!(
            "it would change {} files, more than {MAX_FILES}",
            files.len()
        );
        return Err(Refusal::new(text).of(tool));
    }
    let files: Vec<FileChange> = files.into_values().collect();
    let confidence = confidence(tool, parts, &files, shifted)?;
    Ok(Candidate {
        strategy: NAME,
        title: title(tool, &files),
        rationale: rationale(tool, &files, log, shifted),
        confidence,
        files,
        log,
    })
}

/// The same file may be shown twice: in several crates of one workspace, or
/// because the command ran again. The same wish counts once.
fn merge(diffs: &[FileDiff]) -> Result<Vec<FileDiff>, Refusal> {
    let mut merged: Vec<FileDiff> = Vec::new();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for diff in diffs {
        match seen.get(diff.path.as_str()) {
            None => {
                seen.insert(&diff.path, merged.len());
                merged.push(diff.clone());
            }
            Some(index) if merged[*index].wants_the_same(diff) => {}
            Some(_) => {
                let text = format!("the log prints two different diffs of {}", diff.path);
                return Err(Refusal::new(text));
            }
        }
    }
    Ok(merged)
}

/// How sure: exact context is required anyway, so what remains is who may
/// have printed the diff and whether it looks like the tool's work.
fn confidence(
    tool: Tool,
    parts: &[Part],
    files: &[FileChange],
    shifted: bool,
) -> Result<f64, Refusal> {
    const SURE: f64 = 0.95;
    const INDIRECT: f64 = 0.85;
    const NOT_ONLY_LAYOUT: f64 = 0.75;
    const SHIFTED: f64 = 0.6;
    let direct = parts.iter().all(|part| part.trust.is_direct());
    let after_tests = parts.iter().any(|part| part.trust.after_tests);
    let layout = files
        .iter()
        .all(|file| only_layout(&file.before, &file.after));
    if !layout && tool.only_lays_out() && (after_tests || !direct) {
        return Err(Refusal::new(
            "the diff changes more than layout, and other programs could have printed it",
        )
        .of(tool));
    }
    let mut confidence = if direct { SURE } else { INDIRECT };
    if !layout {
        confidence = f64::min(confidence, NOT_ONLY_LAYOUT);
    }
    if shifted {
        confidence = f64::min(confidence, SHIFTED);
    }
    Ok(confidence)
}

fn title(tool: Tool, files: &[FileChange]) -> String {
    let verb = match tool {
        Tool::Isort => "sort imports in",
        Tool::RuffCheck => "apply ruff's fixes to",
        Tool::PreCommit => "apply pre-commit's changes to",
        Tool::GitDiff => "update",
        _ => "format",
    };
    let with = match tool {
        Tool::RuffCheck | Tool::PreCommit | Tool::GitDiff => String::new(),
        _ => format!(" with {}", tool.name()),
    };
    format!("{verb} {}{with}", crate::candidate::naming(files))
}

fn rationale(tool: Tool, files: &[FileChange], log: (u64, u64), shifted: bool) -> String {
    let mut text = format!(
        "{} failed and printed the change it wants (log lines {} to {}). \
         This is that change and nothing else, in {}:\n",
        tool.name(),
        log.0,
        log.1,
        crate::candidate::count(files.len()),
    );
    for file in files {
        text.push_str(&format!("- {}\n", file.path));
    }
    text.push_str(
        "Every unchanged and every removed line of the diff was found in the file byte for byte",
    );
    text.push_str(if shifted {
        "; some of them at one other line only than the log says."
    } else {
        ", at the line the log says."
    });
    text
}
