//! Strategy `printed-suggestion`: the fix that a linter prints below each of
//! its findings.
//!
//! Precondition: a step failed that ran the linter, every finding has a fix
//! that the linter calls safe (or of which there is one only), each fits the
//! file exactly, and no two touch the same lines: the command passes only when
//! nothing is left.

use std::collections::BTreeMap;

use crate::candidate::{Candidate, FileChange, Refusal, count, naming};
use crate::failure::Cause;
use crate::limits::{MAX_CHANGE_BYTES, MAX_FILES};
use crate::paths::{Base, Shown};
use crate::tool::Tool;
use crate::transcript::{Step, Transcript};
use crate::trust::trust;
use crate::workspace::{Kind, Workspace};

mod codespell;
mod prettier;
mod ruff;
mod shellcheck;

const NAME: &str = "printed-suggestion";

/// How sure. Less than of a formatter: a fix may uncover another finding.
const CONFIDENCE: f64 = 0.8;

/// What a linter wants of the files it names.
struct Reading {
    tool: Tool,
    /// What is to be done in each file, by its path in the log.
    files: BTreeMap<String, Box<dyn Fix>>,
    log: (u64, u64),
}

/// A linter's fixes of one file.
trait Fix {
    /// The file with all of them, or why one does not fit.
    fn apply(&self, path: &str, file: &[u8]) -> Result<Vec<u8>, String>;
}

/// One candidate for each linter that printed fixes in a failed step, or why
/// not.
pub fn propose(
    transcript: &Transcript,
    cause: &Cause,
    workspace: &dyn Workspace,
) -> Vec<Result<Candidate, Refusal>> {
    let mut results = Vec::new();
    for (index, step) in transcript.failed() {
        for (tool, reading) in read(step) {
            let candidate = reading
                .map_err(Refusal)
                .and_then(|reading| {
                    let trust = trust(transcript, index, cause)?;
                    if !trust.believes(tool) && !trust.runs(tool) {
                        return Err(Refusal::new("the failed step is not known to run it"));
                    }
                    build(&reading, workspace)
                })
                .map_err(|refusal| refusal.of(tool));
            results.push(candidate);
        }
    }
    results
}

fn read(step: &Step) -> Vec<(Tool, Result<Reading, String>)> {
    let readings = [
        (Tool::RuffCheck, ruff::read(&step.output)),
        (Tool::Codespell, codespell::read(&step.output)),
        (Tool::Eslint, prettier::read(&step.output)),
        (Tool::Shellcheck, shellcheck::read(&step.output)),
    ];
    let said = |(tool, reading): (Tool, Option<_>)| Some((tool, reading?));
    readings.into_iter().filter_map(said).collect()
}

fn build(reading: &Reading, workspace: &dyn Workspace) -> Result<Candidate, Refusal> {
    let files = resolve(reading, workspace)?;
    let tool = reading.tool;
    let title = match tool {
        Tool::Codespell => format!("correct spelling in {}", naming(&files)),
        Tool::Eslint => format!("format {} with prettier", naming(&files)),
        _ => format!("apply {}'s fixes to {}", tool.name(), naming(&files)),
    };
    Ok(Candidate {
        strategy: NAME,
        title,
        rationale: rationale(tool, &files, reading.log),
        confidence: CONFIDENCE,
        files,
        log: reading.log,
    })
}

fn resolve(reading: &Reading, workspace: &dyn Workspace) -> Result<Vec<FileChange>, Refusal> {
    let mut shown = Vec::new();
    for path in reading.files.keys() {
        if !reading.tool.owns(path) {
            let name = reading.tool.name();
            return Err(Refusal(format!("{path} is no file that {name} reads")));
        }
        shown.push(Shown::parse(path).map_err(Refusal)?);
    }
    let bases = Base::that_fit(&shown, workspace.listing())
        .map_err(|path| Refusal(format!("the workspace has no file {path}")))?;
    let mut fitting = Vec::new();
    let mut reason = None;
    for base in &bases {
        match all(base, &shown, reading, workspace) {
            Ok(files) => fitting.push(files),
            Err(refusal) => reason = reason.or(Some(refusal)),
        }
        if fitting.len() > 1 {
            return Err(Refusal::new(
                "the named files may be in more than one directory",
            ));
        }
    }
    fitting
        .pop()
        .ok_or_else(|| reason.unwrap_or_else(|| Refusal::new("the paths fit no directory")))
}

fn all(
    base: &Base,
    shown: &[Shown],
    reading: &Reading,
    workspace: &dyn Workspace,
) -> Result<Vec<FileChange>, Refusal> {
    let mut changes: BTreeMap<String, FileChange> = BTreeMap::new();
    let mut bytes = 0;
    for (shown, fix) in shown.iter().zip(reading.files.values()) {
        let path = base.of(shown);
        let about = |reason: String| Refusal(format!("{path}: {reason}"));
        if workspace.listing().kind(&path) != Some(Kind::File) {
            return Err(about("is no regular file".into()));
        }
        let before = workspace.read(&path).map_err(about)?;
        let after = fix.apply(&path, &before).map_err(about)?;
        bytes += after.len();
        if after == before || bytes > MAX_CHANGE_BYTES || changes.len() == MAX_FILES {
            return Err(about("changes nothing, or with the others too much".into()));
        }
        let change = FileChange {
            path: path.clone(),
            before,
            after,
            shifted: false,
        };
        if changes.insert(path.clone(), change).is_some() {
            return Err(about("is named in two ways".into()));
        }
    }
    Ok(changes.into_values().collect())
}

fn rationale(tool: Tool, files: &[FileChange], log: (u64, u64)) -> String {
    let mut text = format!(
        "{} failed and printed a fix for each of its findings (log lines {} to {}). \
         These are all of them and nothing else, in {}:\n",
        tool.name(),
        log.0,
        log.1,
        count(files.len()),
    );
    for file in files {
        text.push_str(&format!("- {}\n", file.path));
    }
    text.push_str("What each fix replaces was found in the file exactly as the log shows it.");
    text
}
