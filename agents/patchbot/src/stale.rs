//! Strategy `stale-expectation`: what a test or a check compares with, recorded
//! anew by its own tool.
//!
//! A snapshot that is recorded anew always fits, so a command that passes then
//! proves nothing about who is right. Precondition: the push changed source of
//! the same package and left the recorded file as it was, so that the record
//! is older than what it records. Always with an approval.

use std::collections::BTreeSet;

use sentinel_sdk::runner::Command;
use sentinel_sdk::{Edit, EditContent};
use tools::{Checker, split_id};

use crate::bench::Bench;
use crate::candidate::{Candidate, FileChange, Refusal, naming};
use crate::failure::Cause;
use crate::limits::MAX_FILES;
use crate::push::Push;
use crate::workspace::{Kind, Listing, Workspace};

mod printed;
mod reworded;

pub use printed::propose as propose_printed;
pub use reworded::propose as propose_reworded;

/// The strategy's name.
pub const NAME: &str = "stale-expectation";

/// How sure where the push changed what is recorded.
const CONFIDENCE: f64 = 0.75;

/// How sure where nothing came before, so that nobody knows which is older:
/// below what a server publishes.
const WITHOUT_PAST: f64 = 0.5;

/// Changed source files that are named.
const SHOWN_SOURCES: usize = 3;

/// What each way to record anew makes of the tree, or why it is none.
pub fn propose(
    bench: &Bench<'_>,
    cause: &Cause,
    workspace: &dyn Workspace,
) -> Vec<Result<Candidate, Refusal>> {
    if bench.recorders.is_empty() {
        return Vec::new();
    }
    let Some(push) = &cause.push else {
        let Refusal(why) = unknown_push();
        return vec![Err(Refusal(format!("stale expectation: {why}")))];
    };
    let mut results = Vec::new();
    for twin in &bench.recorders {
        let made = recorded(bench, twin, push, workspace);
        results.extend(
            made.transpose().map(|made| {
                made.map_err(|Refusal(why)| Refusal(format!("stale expectation: {why}")))
            }),
        );
    }
    results
}

fn unknown_push() -> Refusal {
    Refusal::new(
        "what the push changed is not known, so nothing says that what was recorded is older \
         than the code",
    )
}

/// How sure, as far as the past says which is older.
fn confidence(push: &Push) -> f64 {
    match push.begins() {
        true => WITHOUT_PAST,
        false => CONFIDENCE,
    }
}

/// Whether a path is called like something recorded, and is no code.
fn is_record(path: &str) -> bool {
    const ENDINGS: &[&str] = &[
        "ambr", "approved", "expected", "golden", "out", "snap", "snapshot", "stderr", "stdout",
        "t", "trycmd",
    ];
    const DATA: &[&str] = &[
        "csv", "html", "json", "md", "rst", "svg", "tsv", "txt", "xml", "yaml", "yml",
    ];
    let name = crate::workspace::file_name(path);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ENDINGS.contains(&ending)
        || (DATA.contains(&ending) && crate::push::is_test(path) && !MANIFESTS.contains(&name))
}

/// What one way makes; none where it changes nothing.
fn recorded(
    bench: &Bench<'_>,
    twin: &Command,
    push: &Push,
    workspace: &dyn Workspace,
) -> Result<Option<Candidate>, Refusal> {
    let (_, recorder) = split_id(&twin.id).ok_or_else(|| Refusal::new("it is no twin"))?;
    let result = bench.run(&twin.id, &[]).map_err(Refusal)?;
    let mut files = Vec::new();
    for edit in &result.edits {
        files.extend(checked(recorder, edit, workspace)?);
    }
    if files.is_empty() {
        return Ok(None);
    }
    if files.len() > MAX_FILES {
        let text = format!("more than {MAX_FILES} files would be recorded anew");
        return Err(Refusal(text));
    }
    let sources = match recorder.generates() {
        true => origins(&files, push)?,
        false => precondition(&files, push, workspace.listing())?,
    };
    Ok(Some(candidate(twin, push, &sources, files)))
}

/// An existing file that the recorder may write; none for a new one, which is
/// a tool's cache more often than a record.
fn checked(
    recorder: &Checker,
    edit: &Edit,
    workspace: &dyn Workspace,
) -> Result<Option<FileChange>, Refusal> {
    let path = edit.path.clone();
    let about = |why: &str| Refusal(format!("{path}: {why}"));
    match workspace.listing().kind(&path) {
        None => return Ok(None),
        Some(Kind::Other) => return Err(about("it is no regular file")),
        Some(Kind::File) => {}
    }
    if !recorder.may_write(&path) {
        return Err(about(&format!("{} has no business there", recorder.name)));
    }
    let after = match &edit.content {
        EditContent::Write(bytes) => bytes.clone(),
        EditContent::Delete | EditContent::Other(_) => return Err(about("it would be removed")),
    };
    let before = workspace.read(&path).map_err(|why| about(&why))?;
    // A document is one wherever it lies; a test's data lies with the tests.
    let code = [
        ".py", ".rs", ".js", ".jsx", ".ts", ".tsx", ".mjs", ".mts", ".cjs", ".ml",
    ];
    let code = code.iter().any(|ending| path.ends_with(ending));
    if !recorder.is_document() && !code && !is_record(&path) {
        return Err(about("it is not called like a record"));
    }
    if path.ends_with(".rs") && !holds_records(&before) {
        return Err(about("it holds no recorded expectation"));
    }
    Ok(Some(FileChange {
        path,
        before,
        after,
        shifted: false,
    }))
}

/// Rust code with expectations inside: everything else in it is not for a
/// recorder to write.
fn holds_records(file: &[u8]) -> bool {
    let marks: [&[u8]; 3] = [b"expect![", b"expect!(", b"str!["];
    marks
        .iter()
        .any(|mark| memchr::memmem::find(file, mark).is_some())
}

/// The changed sources that the records follow, or why they are not stale.
fn precondition<'a>(
    files: &[FileChange],
    push: &'a Push,
    listing: &Listing,
) -> Result<BTreeSet<&'a str>, Refusal> {
    if push.begins() {
        return Ok(BTreeSet::new());
    }
    let mut all = BTreeSet::new();
    for file in files {
        let path = &file.path;
        if !push.leaves(path) {
            return Err(Refusal(format!(
                "{path} was changed by the push itself, so it is not older than the code"
            )));
        }
        let package = package(path, listing);
        let below = |source: &&str| source.starts_with(&package) && source != path;
        let sources: BTreeSet<&str> = push.sources().filter(below).collect();
        if sources.is_empty() {
            return Err(Refusal(format!(
                "the push changed no source that {path} could follow, so the difference is no \
                 stale record"
            )));
        }
        all.extend(sources);
    }
    Ok(all)
}

/// What a generator may have read: whatever the push changed beside what it
/// writes.
fn origins<'a>(files: &[FileChange], push: &'a Push) -> Result<BTreeSet<&'a str>, Refusal> {
    if push.begins() {
        return Ok(BTreeSet::new());
    }
    if let Some(file) = files.iter().find(|file| !push.leaves(&file.path)) {
        return Err(Refusal(format!(
            "{} was changed by the push itself, so it is not older than what it is made of",
            file.path
        )));
    }
    let all: BTreeSet<&str> = push.changed.iter().map(String::as_str).collect();
    let documents = |path: &&&str| path.ends_with(".md") || path.contains(".github/");
    match all.iter().all(|path| documents(&path)) {
        true => Err(Refusal::new(
            "the push changed nothing that a generator could read",
        )),
        false => Ok(all),
    }
}

/// Files that make their directory a package.
const MANIFESTS: &[&str] = &[
    "Cargo.toml",
    "Gemfile",
    "build.gradle",
    "composer.json",
    "go.mod",
    "mix.exs",
    "package.json",
    "pom.xml",
    "pubspec.yaml",
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
];

/// The directory of the package that a path belongs to, with its last slash;
/// empty at the root.
fn package(path: &str, listing: &Listing) -> String {
    let mut directories = path.rmatch_indices('/').map(|(at, _)| &path[..=at]);
    let holds = |directory: &&str| {
        let manifest = |name: &&str| listing.kind(&format!("{directory}{name}")).is_some();
        MANIFESTS.iter().any(manifest)
    };
    directories.find(holds).unwrap_or_default().to_owned()
}

/// Why the record is taken to be older than the code.
fn why(push: &Push, sources: &BTreeSet<&str>) -> String {
    if push.begins() {
        return "Nothing is known of an earlier state, so whether the code or the record is right \
                is not known either."
            .to_owned();
    }
    let named: Vec<&str> = sources.iter().take(SHOWN_SOURCES).copied().collect();
    let more = match sources.len().saturating_sub(SHOWN_SOURCES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "The push changed {}{more} and left what was recorded of it as it was.",
        named.join(", ")
    )
}

fn candidate(
    twin: &Command,
    push: &Push,
    sources: &BTreeSet<&str>,
    files: Vec<FileChange>,
) -> Candidate {
    let ran = twin.argv.join(" ");
    let why = why(push, sources);
    Candidate {
        strategy: NAME,
        title: format!("record {} anew", naming(&files)),
        rationale: format!(
            "{why} `{ran}` recorded it anew; nothing else is in this change. A record that is \
             written anew always passes: whether the new one is what was meant, a person has to \
             say."
        ),
        confidence: confidence(push),
        files,
        log: None,
        approval: true,
        proven: None,
    }
}
