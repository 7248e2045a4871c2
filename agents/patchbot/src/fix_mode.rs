//! Strategy `fix-mode`: the repository's own tool, run so that it mends what
//! it complains about.
//!
//! Precondition: the host offers the failed check's twin, every file the twin
//! changed is one that its tool owns, and no path is protected. What comes out
//! is a candidate like any other: the failed command has the last word.

use std::collections::BTreeMap;

use sentinel_sdk::{Edit, EditContent};
use tools::{Checker, split_id};

use crate::bench::Bench;
use crate::candidate::{Candidate, FileChange, Refusal, edits, naming};
use crate::limits::MAX_FILES;
use crate::overlay::Overlay;
use crate::workspace::{Kind, Workspace};

const NAME: &str = "fix-mode";

/// How sure before the failed command ran again: the tool says so itself.
const CONFIDENCE: f64 = 0.8;

/// What the tools made of the tree, one after the other; none where the host
/// offers no twin.
pub fn propose(bench: &Bench<'_>, workspace: &dyn Workspace) -> Option<Result<Candidate, Refusal>> {
    if bench.twins.is_empty() {
        return None;
    }
    Some(run_all(bench, workspace).map_err(|Refusal(why)| Refusal(format!("fix mode: {why}"))))
}

fn run_all(bench: &Bench<'_>, workspace: &dyn Workspace) -> Result<Candidate, Refusal> {
    let mut files: BTreeMap<String, FileChange> = BTreeMap::new();
    let mut ran: Vec<String> = Vec::new();
    let mut approval = false;
    for twin in &bench.twins {
        let Some((_, checker)) = split_id(&twin.id) else {
            continue;
        };
        let before: Vec<FileChange> = files.values().cloned().collect();
        let result = bench.run(&twin.id, &edits(&before)).map_err(Refusal)?;
        let overlay = Overlay::new(workspace, &before);
        for edit in &result.edits {
            let change = checked(checker, edit, &overlay)?;
            approval |= checker.needs_approval();
            let first = files.remove(&change.path).map(|earlier| earlier.before);
            let before = first.unwrap_or(change.before);
            files.insert(change.path.clone(), FileChange { before, ..change });
        }
        if files.len() > MAX_FILES {
            return Err(Refusal(format!(
                "it would change more than {MAX_FILES} files"
            )));
        }
        ran.push(format!("`{}`", twin.argv.join(" ")));
    }
    files.retain(|_, file| file.before != file.after);
    if files.is_empty() {
        return Err(Refusal(format!("{} changed nothing", ran.join(" and "))));
    }
    let files: Vec<FileChange> = files.into_values().collect();
    Ok(Candidate {
        strategy: NAME,
        title: format!("let the check's own tool mend {}", naming(&files)),
        rationale: format!(
            "{} made this change, and nothing else is in it.",
            ran.join(" and ")
        ),
        confidence: CONFIDENCE,
        files,
        log: None,
        approval,
        proven: None,
    })
}

/// One edit of a tool, if it is one that the tool may make.
fn checked(
    checker: &Checker,
    edit: &Edit,
    workspace: &dyn Workspace,
) -> Result<FileChange, Refusal> {
    let path = edit.path.clone();
    let about = |why: &str| Refusal(format!("{path}: {why}"));
    if !checker.may_write(&path) {
        return Err(about(&format!("{} has no business there", checker.name)));
    }
    let after = match &edit.content {
        EditContent::Write(bytes) => bytes.clone(),
        EditContent::Delete | EditContent::Other(_) => return Err(about("the tool removed it")),
    };
    if workspace.listing().kind(&path) != Some(Kind::File) {
        return Err(about("the tool made a new file"));
    }
    let before = workspace.read(&path).map_err(|why| about(&why))?;
    Ok(FileChange {
        path,
        before,
        after,
        shifted: false,
    })
}
