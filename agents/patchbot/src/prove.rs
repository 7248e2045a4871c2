//! Trying candidates, and mending what they leave.
//!
//! A fix often uncovers the next finding. So a candidate that leaves the
//! command failing is not yet lost: what the command says now is read like a
//! log, and what the strategies make of it is added, a few times over.

use std::collections::BTreeMap;

use crate::bench::Bench;
use crate::candidate::{Candidate, FileChange, Refusal, edits};
use crate::failure::Cause;
use crate::limits::{MAX_CANDIDATES, MAX_ROUNDS};
use crate::overlay::Overlay;
use crate::repair::{ask, ask_for_some};
use crate::transcript::Transcript;
use crate::workspace::Workspace;
use crate::{fix_mode, missing, workflow};

/// How sure of what the failed command itself accepts, and of a lock file or
/// another change that a person has to look at.
const PROVEN: f64 = 0.97;

/// Proven candidates, or why each is none.
pub fn all(
    bench: &Bench<'_>,
    candidates: Vec<Result<Candidate, Refusal>>,
    cause: &Cause,
    workspace: &dyn Workspace,
) -> Vec<Result<Candidate, Refusal>> {
    let mut results: Vec<Result<Candidate, Refusal>> = Vec::new();
    let mut tried: Vec<Vec<FileChange>> = Vec::new();
    for candidate in candidates {
        match candidate {
            Ok(candidate) if tried.contains(&candidate.files) => {}
            Ok(candidate) if tried.len() < MAX_CANDIDATES => {
                tried.push(candidate.files.clone());
                results.push(one(bench, candidate, cause, workspace));
            }
            Ok(_) => {}
            Err(refusal) => results.push(Err(refusal)),
        }
    }
    results
}

/// Tries a candidate, and adds to it while that helps.
fn one(
    bench: &Bench<'_>,
    mut candidate: Candidate,
    cause: &Cause,
    workspace: &dyn Workspace,
) -> Result<Candidate, Refusal> {
    let mut left = None;
    for _ in 0..MAX_ROUNDS {
        // A protected path is refused before anything runs with it.
        candidate.check()?;
        let result = bench.check(&edits(&candidate.files)).map_err(Refusal)?;
        if result.exit == Some(0) {
            return Ok(proven(bench, candidate));
        }
        if untried(&candidate) {
            candidate.rationale.push_str(
                "\nNot tried here: what a manifest names anew is installed by no command that \
                 runs without a network.",
            );
            return Ok(candidate);
        }
        let printed = bench.transcript(&result);
        left = reason(&printed, &candidate.files, cause, workspace);
        let Some(next) = further(bench, &candidate.files, &printed, cause, workspace) else {
            break;
        };
        let told = format!("\nWhat that left is mended, too: {}.", next.title);
        if !candidate.rationale.contains(&told) {
            candidate.rationale.push_str(&told);
        }
        // Who looks at a part looks at the whole.
        candidate.approval |= next.approval;
        if next.strategy == crate::stale::NAME {
            candidate.strategy = next.strategy;
            candidate.confidence = candidate.confidence.min(next.confidence);
        }
        candidate.files = next.files;
    }
    let left = left.map_or_else(String::new, |why| format!(" ({why})"));
    Err(Refusal(format!(
        "{}: `{}` still fails with it{left}",
        candidate.title,
        bench.shown()
    )))
}

/// Why nobody mends what these changes leave, where a strategy knows.
fn reason(
    printed: &Transcript,
    files: &[FileChange],
    cause: &Cause,
    workspace: &dyn Workspace,
) -> Option<String> {
    let overlay = Overlay::new(workspace, files);
    let found = ask(printed, &cause.uncovered(), &overlay).into_iter();
    let Refusal(why) = found.rev().find_map(Result::err)?;
    // Its lines are those of the run, not of the log.
    Some(match why.find(" (log line ") {
        Some(at) => why[..at].to_owned(),
        None => why,
    })
}

/// These changes with those that mend what they leave: what a strategy is sure
/// of, what the check's own tools do, or else whatever has a remedy, because
/// the tools may do the rest then. None where nothing comes of any.
fn further(
    bench: &Bench<'_>,
    files: &[FileChange],
    printed: &Transcript,
    cause: &Cause,
    workspace: &dyn Workspace,
) -> Option<Candidate> {
    let overlay = Overlay::new(workspace, files);
    let cause = &cause.uncovered();
    let surest = |found: Vec<Result<Candidate, Refusal>>| {
        let found = found.into_iter().filter_map(Result::ok);
        let added = found.map(|next| Candidate {
            files: merged(files.to_vec(), next.files),
            ..next
        });
        added
            .filter(|next| next.files != files)
            .max_by(|one, two| one.confidence.total_cmp(&two.confidence))
    };
    surest(ask(printed, cause, &overlay))
        .or_else(|| fix_mode::again(bench, files, workspace))
        .or_else(|| surest(ask_for_some(printed, cause, &overlay).map(Ok).collect()))
}

/// Whether a command that goes on failing says nothing: what the change asks
/// for happens outside of the sandbox.
fn untried(candidate: &Candidate) -> bool {
    candidate.approval && [missing::NAME, workflow::NAME].contains(&candidate.strategy)
}

/// The changes of one after the other, as one.
fn merged(files: Vec<FileChange>, more: Vec<FileChange>) -> Vec<FileChange> {
    let mut all: BTreeMap<String, FileChange> = BTreeMap::new();
    for file in files.into_iter().chain(more) {
        match all.get_mut(&file.path) {
            Some(earlier) => earlier.after = file.after,
            None => {
                all.insert(file.path.clone(), file);
            }
        }
    }
    all.into_values()
        .filter(|file| file.before != file.after)
        .collect()
}

fn proven(bench: &Bench<'_>, mut candidate: Candidate) -> Candidate {
    let command = bench.shown();
    candidate.rationale.push_str(&format!(
        "\nTried here: `{command}` fails without this change and passes with it."
    ));
    // What is recorded anew always passes: the run does not say that it is right.
    if candidate.strategy != crate::stale::NAME {
        candidate.confidence = PROVEN;
    }
    candidate.proven = Some(command);
    candidate
}
