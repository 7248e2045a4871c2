//! Strategy `fix-mode`: the repository's own tool, run so that it mends what
//! it complains about.
//!
//! Precondition: the host offers the failed check's twin, every file the twin
//! changed is one that its tool owns, and no path is protected. What comes out
//! is a candidate like any other: the failed command has the last word.

use std::collections::BTreeMap;

use sentinel_sdk::runner::Command;
use sentinel_sdk::{Edit, EditContent};
use tools::{Checker, split_id};

use crate::bench::Bench;
use crate::candidate::{Candidate, FileChange, Refusal, edits, naming};
use crate::foreign::{refused, refused_to_speller};
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
    let made = run_all(bench, &[], workspace);
    Some(made.map_err(|Refusal(why)| Refusal(format!("fix mode: {why}"))))
}

/// What the tools make of a tree with these changes in it: those with theirs
/// on top.
pub fn again(
    bench: &Bench<'_>,
    files: &[FileChange],
    workspace: &dyn Workspace,
) -> Option<Candidate> {
    run_all(bench, files, workspace)
        .ok()
        .filter(|made| made.files != files)
}

fn run_all(
    bench: &Bench<'_>,
    files: &[FileChange],
    workspace: &dyn Workspace,
) -> Result<Candidate, Refusal> {
    let files = files.iter().map(|file| (file.path.clone(), file.clone()));
    let mut mended = Mended {
        files: files.collect(),
        ..Mended::default()
    };
    let mut why = None;
    for twin in &bench.twins {
        let shown = format!("`{}`", twin.argv.join(" "));
        // A twin that goes too far is left out; another may do.
        match mended.with(bench, twin, workspace) {
            Ok(next) => {
                mended = next;
                mended.ran.push(shown);
            }
            Err(refusal) => why = why.or(Some(refusal)),
        }
    }
    mended.files.retain(|_, file| file.before != file.after);
    if mended.files.is_empty() {
        let nothing = || Refusal(format!("{} changed nothing", mended.ran.join(" and ")));
        return Err(why.unwrap_or_else(nothing));
    }
    let ran = mended.ran.join(" and ");
    let files: Vec<FileChange> = mended.files.into_values().collect();
    Ok(Candidate {
        strategy: NAME,
        title: format!("let the check's own tool mend {}", naming(&files)),
        rationale: format!("{ran} made this change."),
        confidence: CONFIDENCE,
        files,
        log: None,
        approval: mended.approval,
        proven: None,
    })
}

/// What the twins made so far.
#[derive(Default, Clone)]
struct Mended {
    files: BTreeMap<String, FileChange>,
    ran: Vec<String>,
    approval: bool,
}

impl Mended {
    /// With what one more twin makes of it.
    fn with(
        &self,
        bench: &Bench<'_>,
        twin: &Command,
        workspace: &dyn Workspace,
    ) -> Result<Self, Refusal> {
        let (_, checker) = split_id(&twin.id).ok_or_else(|| Refusal::new("it is no twin"))?;
        let before: Vec<FileChange> = self.files.values().cloned().collect();
        let result = bench.run(&twin.id, &edits(&before)).map_err(Refusal)?;
        let overlay = Overlay::new(workspace, &before);
        let mut next = self.clone();
        for edit in &result.edits {
            // What a package manager leaves beside its lock file is no change.
            let new = overlay.listing().kind(&edit.path).is_none();
            if new && checker.locks() && !checker.may_write(&edit.path) {
                continue;
            }
            // Cargo brings its lock file up to date on its way, whatever it is
            // asked for; where that matters, the check says so.
            if edit.path.ends_with("Cargo.lock") && !checker.may_write(&edit.path) {
                continue;
            }
            let change = checked(checker, edit, &overlay)?;
            next.approval |= checker.needs_approval();
            let first = next.files.remove(&change.path);
            let before = first.map_or(change.before, |earlier| earlier.before);
            let path = change.path.clone();
            next.files.insert(path, FileChange { before, ..change });
        }
        if next.files.len() > MAX_FILES {
            let text = format!("it would change more than {MAX_FILES} files");
            return Err(Refusal(text));
        }
        Ok(next)
    }
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
    let speller = matches!(checker.name, "codespell" | "typos");
    let speller = speller.then(|| refused_to_speller(&path)).flatten();
    let writes = checker.generates() || checker.records() || checker.locks();
    if let Some(why) = speller.or_else(|| refused(&path, &before).filter(|_| !writes)) {
        return Err(about(&why));
    }
    Ok(FileChange {
        path,
        before,
        after,
        shifted: false,
    })
}
