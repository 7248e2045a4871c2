//! Strategy `missing-module`: a module that the code imports and no manifest
//! names becomes a dependency.
//!
//! A name in a log may be a slip of the keyboard, or one that somebody
//! registered in the hope of it. Precondition: a file of the repository
//! imports the module, nothing of the repository is called so, it is one of
//! the packages that were looked up in the registry ([`packages`]), old
//! enough, and the manifest that the job installs has one place for it and
//! does not name it yet. Always with an approval.
//!
//! [`packages`]: crate::packages

use crate::candidate::{Candidate, FileChange, Refusal, naming};
use crate::failure::Cause;
use crate::transcript::Transcript;
use crate::workspace::Workspace;

mod cargo;
mod golang;
mod imported;
mod json;
mod manner;
mod node;
mod pyproject;
mod python;
mod read;
mod requirements;

use read::{Absent, Language};

/// The strategy's name.
pub const NAME: &str = "missing-module";

/// How sure: the package is known and the code asks for it; that it was left
/// out by mistake is likely.
const CONFIDENCE: f64 = 0.75;

/// Modules of one failure; who misses more did not install anything.
const MAX_MISSING: usize = 8;

/// What one missing module takes.
struct Added {
    /// As the manifest names it.
    package: String,
    /// What is known of it, for people.
    known: String,
    files: Vec<FileChange>,
}

/// One candidate for all modules that a failed step misses, or why not.
pub fn propose(
    transcript: &Transcript,
    cause: &Cause,
    workspace: &dyn Workspace,
) -> Vec<Result<Candidate, Refusal>> {
    let mut results = Vec::new();
    for (_, step) in transcript.failed() {
        let (absent, log) = read::read(&step.output);
        if absent.is_empty() || !cause.may_lack_a_module() {
            continue;
        }
        let made = all(&absent, transcript, workspace);
        let made = made.map(|added| candidate(added, log));
        results.push(made.map_err(|why| Refusal(format!("missing module: {why}"))));
    }
    results
}

/// All of them, one after the other on the same files.
fn all(
    absent: &[Absent],
    transcript: &Transcript,
    workspace: &dyn Workspace,
) -> Result<Vec<Added>, String> {
    if absent.len() > MAX_MISSING {
        return Err(format!("the log misses {} modules, too many", absent.len()));
    }
    let mut added: Vec<Added> = Vec::new();
    for absent in absent {
        let so_far: Vec<FileChange> = merged(&added);
        let overlay = crate::overlay::Overlay::new(workspace, &so_far);
        let one = match absent.language {
            Language::Python => python::add(absent, transcript, &overlay),
            Language::Node => node::add(absent, &overlay),
            Language::Rust => cargo::add(absent, transcript, &overlay),
            Language::Go => golang::add(absent, &overlay),
        };
        added.push(one?);
    }
    Ok(added)
}

/// The files as the last one left them, compared with the first.
fn merged(added: &[Added]) -> Vec<FileChange> {
    let mut files: Vec<FileChange> = Vec::new();
    for file in added.iter().flat_map(|added| &added.files) {
        match files.iter_mut().find(|known| known.path == file.path) {
            Some(known) => known.after = file.after.clone(),
            None => files.push(file.clone()),
        }
    }
    files
}

fn candidate(added: Vec<Added>, log: (u64, u64)) -> Candidate {
    let files = merged(&added);
    let names: Vec<&str> = added.iter().map(|added| added.package.as_str()).collect();
    let known: Vec<&str> = added.iter().map(|added| added.known.as_str()).collect();
    Candidate {
        strategy: NAME,
        title: format!("declare {} in {}", names.join(", "), naming(&files)),
        rationale: format!(
            "{}\nIt is installed by no manifest; this names it in the manner of the file. A new \
             dependency is new code that runs: a person has to want it.",
            known.join("\n")
        ),
        confidence: CONFIDENCE,
        files,
        log: Some(log),
        approval: true,
        proven: None,
    }
}

/// A file and what becomes of it.
fn change(path: &str, workspace: &dyn Workspace, after: String) -> Result<FileChange, String> {
    Ok(FileChange {
        path: path.to_owned(),
        before: workspace.read(path)?,
        after: after.into_bytes(),
        shifted: false,
    })
}

/// A file as text.
fn text(path: &str, workspace: &dyn Workspace) -> Result<String, String> {
    let bytes = workspace
        .read(path)
        .map_err(|why| format!("{path}: {why}"))?;
    String::from_utf8(bytes).map_err(|_| format!("{path} is not UTF-8"))
}
