//! From one tool's diffs to a candidate.

use std::collections::BTreeMap;

use super::diff::FileDiff;
use super::layout::only_layout;
use super::{NAME, Part};
use crate::candidate::{Candidate, FileChange, Refusal, count, naming};
use crate::fitting::{Fix, fit};
use crate::limits::MAX_FILES;
use crate::tool::Tool;
use crate::trust::Trust;
use crate::workspace::Workspace;

/// All files of a tool's output, or nothing.
pub(super) fn build(
    tool: Tool,
    parts: Vec<Part>,
    workspace: &dyn Workspace,
) -> Result<Candidate, Refusal> {
    let mut all = Files::default();
    let mut trusts = Vec::new();
    for part in parts {
        all.add(tool, part.files, workspace)?;
        trusts.push(part.trust);
    }
    if all.changes.len() > MAX_FILES {
        let files = all.changes.len();
        return Err(Refusal(format!(
            "it would change {files} files, more than {MAX_FILES}"
        )));
    }
    let log = all.log;
    let files: Vec<FileChange> = all.changes.into_values().collect();
    let shifted = files.iter().any(|file| file.shifted);
    Ok(Candidate {
        strategy: NAME,
        title: title(tool, &files),
        rationale: rationale(tool, &files, log, shifted),
        confidence: confidence(tool, &trusts, &files, shifted)?,
        files,
        log: Some(log),
        approval: false,
        proven: None,
    })
}

/// What several steps ask for.
struct Files {
    changes: BTreeMap<String, FileChange>,
    log: (u64, u64),
}

impl Default for Files {
    fn default() -> Self {
        Files {
            changes: BTreeMap::new(),
            log: (u64::MAX, 0),
        }
    }
}

impl Files {
    fn add(
        &mut self,
        tool: Tool,
        diffs: Vec<FileDiff>,
        workspace: &dyn Workspace,
    ) -> Result<(), Refusal> {
        for diff in &diffs {
            self.log = (self.log.0.min(diff.first), self.log.1.max(diff.last));
        }
        let diffs = merge(diffs)?;
        if let Some(problem) = diffs.iter().find_map(|diff| diff.problem.as_deref()) {
            return Err(Refusal::new(problem));
        }
        let wanted = diffs
            .iter()
            .map(|diff| (diff.path.as_str(), diff as &dyn Fix));
        for change in fit(tool, wanted, workspace)? {
            match self.changes.get(&change.path) {
                Some(before) if before.after != change.after => return Err(twice(&change.path)),
                _ => self.changes.insert(change.path.clone(), change),
            };
        }
        Ok(())
    }
}

/// The same file may be shown twice: in several crates of one workspace, or
/// because the command ran again. The same wish counts once.
fn merge(diffs: Vec<FileDiff>) -> Result<Vec<FileDiff>, Refusal> {
    let mut merged: BTreeMap<String, FileDiff> = BTreeMap::new();
    for diff in diffs {
        match merged.get(&diff.path) {
            Some(before) if !before.wants_the_same(&diff) => return Err(twice(&diff.path)),
            Some(_) => {}
            None => {
                merged.insert(diff.path.clone(), diff);
            }
        }
    }
    Ok(merged.into_values().collect())
}

fn twice(path: &str) -> Refusal {
    Refusal(format!("the log prints two different diffs of {path}"))
}

/// How sure: exact context is required anyway, so what remains is who may
/// have printed the diff and whether it looks like the tool's work.
fn confidence(
    tool: Tool,
    trusts: &[Trust],
    files: &[FileChange],
    shifted: bool,
) -> Result<f64, Refusal> {
    const SURE: f64 = 0.95;
    const INDIRECT: f64 = 0.85;
    const NOT_ONLY_LAYOUT: f64 = 0.75;
    const SHIFTED: f64 = 0.6;
    let direct = trusts.iter().all(Trust::is_direct);
    let after_tests = trusts.iter().any(|trust| trust.after_tests);
    let layout = files
        .iter()
        .all(|file| only_layout(&file.before, &file.after));
    if !layout && tool.only_lays_out() && (after_tests || !direct) {
        return Err(Refusal::new(
            "the diff changes more than layout, and other programs could have printed it",
        ));
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
    format!("{verb} {}{with}", naming(files))
}

fn rationale(tool: Tool, files: &[FileChange], log: (u64, u64), shifted: bool) -> String {
    let mut text = format!(
        "{} failed and printed the change it wants (log lines {} to {}). \
         This is that change and nothing else, in {}:\n",
        tool.name(),
        log.0,
        log.1,
        count(files.len()),
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
