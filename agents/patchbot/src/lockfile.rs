//! Strategy `lockfile`: a lock file that only lacks the new version of the
//! repository's own packages.
//!
//! Anything else in a lock file rests on what a registry says, and is left to
//! the tool that owns it ([`fix_mode`](crate::fix_mode)). Precondition: the log
//! says that the lock file has to stay as it is, and beside versions of own
//! packages the manifests say what the lock file says. Always with an approval.

use crate::candidate::{Candidate, FileChange, Refusal, naming};
use crate::failure::Cause;
use crate::transcript::Transcript;
use crate::workspace::{Kind, Workspace};

mod cargo;
mod uv;

const NAME: &str = "lockfile";

/// How sure: the tool says that something differs, and this is all that does.
const CONFIDENCE: f64 = 0.85;

/// Lock files of one repository that are looked at.
const MAX_LOCKS: usize = 20;

/// A lock file's tool: how it complains, and what it lacks.
struct Owner {
    file: &'static str,
    /// Any of these is in a line of the log.
    complains: &'static [&'static str],
    renew: fn(&str, &dyn Workspace) -> Result<Option<FileChange>, String>,
}

static OWNERS: [Owner; 2] = [
    Owner {
        file: "Cargo.lock",
        complains: &[
            "because --locked was passed",
            "but --locked was passed",
            "because --frozen was passed",
        ],
        renew: cargo::renew,
    },
    Owner {
        file: "uv.lock",
        complains: &[
            "needs to be updated, but `--locked` was provided",
            "needs to be updated, but `--check` was provided",
        ],
        renew: uv::renew,
    },
];

/// A candidate for each tool that complains of its lock file.
pub fn propose(
    transcript: &Transcript,
    cause: &Cause,
    workspace: &dyn Workspace,
) -> Vec<Result<Candidate, Refusal>> {
    let printed = transcript
        .failed()
        .flat_map(|(_, step)| step.output.lines());
    let printed = printed.map(|line| String::from_utf8_lossy(line.text).into_owned());
    let lines: Vec<String> = cause.key_lines.iter().cloned().chain(printed).collect();
    let says = |owner: &&Owner| {
        let mut marks = owner.complains.iter();
        marks.any(|mark| lines.iter().any(|line| line.contains(mark)))
    };
    let owners = OWNERS.iter().filter(says);
    owners
        .map(|owner| all(owner, workspace).map_err(|why| Refusal(format!("{}: {why}", owner.file))))
        .collect()
}

fn all(owner: &Owner, workspace: &dyn Workspace) -> Result<Candidate, String> {
    let locks = workspace.listing().named(owner.file);
    let locks = locks.filter(|(path, kind)| *kind == Kind::File && !path.contains("vendor/"));
    let mut files = Vec::new();
    for (path, _) in locks.take(MAX_LOCKS) {
        files.extend((owner.renew)(path, workspace)?);
    }
    if files.is_empty() {
        return Err("it has the versions of the repository's own packages; what it lacks its own tool knows".into());
    }
    Ok(Candidate {
        strategy: NAME,
        title: format!("bring own versions in {} up to date", naming(&files)),
        rationale: format!(
            "{} has to stay as it is in this job and lacks the version of packages of the \
             repository itself. Nothing else differs between it and the manifests, so nothing \
             else is changed.",
            owner.file
        ),
        confidence: CONFIDENCE,
        files,
        log: None,
        approval: true,
        proven: None,
    })
}

/// A file as text.
fn text(path: &str, workspace: &dyn Workspace) -> Result<String, String> {
    let bytes = workspace
        .read(path)
        .map_err(|why| format!("{path}: {why}"))?;
    String::from_utf8(bytes).map_err(|_| format!("{path} is not UTF-8"))
}

fn table(path: &str, workspace: &dyn Workspace) -> Result<toml::Table, String> {
    let text = text(path, workspace)?;
    text.parse().map_err(|_| format!("{path} is no TOML"))
}

/// The lock file with other text, read again: the same packages, and each with
/// the version it has to have.
fn written(path: &str, before: String, after: String) -> Option<FileChange> {
    (after != before).then(|| FileChange {
        path: path.to_owned(),
        before: before.into_bytes(),
        after: after.into_bytes(),
        shifted: false,
    })
}
