//! Strategy `printed-suggestion`: the fix that a linter prints with each of
//! its findings, or names so exactly that there is one only.
//!
//! Precondition: a step failed that ran the linter, every finding has a fix
//! (that the linter calls safe, where it makes a difference), each fits the
//! file exactly, and no two touch the same text: the command passes only when
//! nothing is left.

use std::collections::BTreeMap;

use crate::candidate::{Candidate, FileChange, Refusal, count, naming};
use crate::failure::Cause;
use crate::fitting::{Fix, fit};
use crate::share::Share;
use crate::tool::Tool;
use crate::transcript::{Step, Transcript};
use crate::trust::trust;
use crate::workspace::Workspace;

mod codespell;
mod imports;
mod prettier;
mod ruff;
mod rustc;
mod shellcheck;
mod typos;

pub(crate) use imports::without_imports;

const NAME: &str = "printed-suggestion";

/// How sure. Less than of a formatter: a fix may uncover another finding.
const CONFIDENCE: f64 = 0.8;

/// How sure of a compiler's advice: what is wrong is certain, what is meant
/// less.
const COMPILER: f64 = 0.75;

/// What a linter wants of the files it names.
struct Reading {
    tool: Tool,
    /// What is to be done in each file, by its path in the log.
    files: BTreeMap<String, Box<dyn Fix>>,
    log: (u64, u64),
}

/// One candidate for each linter that printed fixes in a failed step, or why
/// not.
pub fn propose(
    transcript: &Transcript,
    cause: &Cause,
    workspace: &dyn Workspace,
    share: Share,
) -> Vec<Result<Candidate, Refusal>> {
    let mut results = Vec::new();
    for (index, step) in transcript.failed() {
        for (tool, reading) in read(step, share) {
            if share == Share::Some && !tool.reads_code() {
                continue;
            }
            let candidate = match trust(transcript, index, cause) {
                Ok(trust) if trust.believes(tool) => reading
                    .map_err(Refusal)
                    .and_then(|reading| {
                        crate::hooks::alone(&step.output, tool)?;
                        build(&reading, workspace)
                    })
                    .and_then(|candidate| candidate.without_used_imports(&trust)),
                // The failure is about another tool, or something else wrote it.
                Ok(_) => continue,
                Err(refusal) => Err(refusal),
            };
            results.push(candidate.map_err(|refusal| refusal.of(tool)));
        }
    }
    results
}

fn read(step: &Step, share: Share) -> Vec<(Tool, Result<Reading, String>)> {
    let output = &step.output;
    // Where ruff prints the fix itself, its words are not needed.
    let ruff = ruff::read(output).or_else(|| imports::read(output, Tool::RuffCheck));
    let readings = [
        (Tool::RuffCheck, ruff),
        (Tool::Flake8, imports::read(output, Tool::Flake8)),
        (Tool::Codespell, codespell::read(output)),
        (Tool::Eslint, prettier::read(output)),
        (Tool::Shellcheck, shellcheck::read(output)),
        (Tool::Rustc, rustc::read(output, share)),
        (Tool::Typos, typos::read(output)),
    ];
    let said = |(tool, reading): (Tool, Option<_>)| Some((tool, reading?));
    readings.into_iter().filter_map(said).collect()
}

fn build(reading: &Reading, workspace: &dyn Workspace) -> Result<Candidate, Refusal> {
    let tool = reading.tool;
    let wanted = reading
        .files
        .iter()
        .map(|(path, fix)| (path.as_str(), fix.as_ref()));
    let files = fit(tool, wanted, workspace)?;
    let title = match tool {
        Tool::Flake8 => format!("remove unused imports from {}", naming(&files)),
        Tool::Codespell | Tool::Typos => format!("correct spelling in {}", naming(&files)),
        Tool::Eslint => format!("format {} with prettier", naming(&files)),
        _ => format!("apply {}'s fixes to {}", tool.name(), naming(&files)),
    };
    Ok(Candidate {
        strategy: NAME,
        title,
        rationale: rationale(tool, &files, reading.log),
        confidence: if tool.reads_code() {
            COMPILER
        } else {
            CONFIDENCE
        },
        files,
        log: Some(reading.log),
        approval: false,
        proven: None,
    })
}

fn rationale(tool: Tool, files: &[FileChange], log: (u64, u64)) -> String {
    let mut text = format!(
        "{} failed and said for each of its findings what mends it (log lines {} to {}). \
         These are all of them and nothing else, in {}:\n",
        tool.name(),
        log.0,
        log.1,
        count(files.len()),
    );
    for file in files {
        text.push_str(&format!("- {}\n", file.path));
    }
    text.push_str("What is replaced was found in each file exactly as the log shows it.");
    text
}
