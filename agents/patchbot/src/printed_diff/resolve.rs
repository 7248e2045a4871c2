//! From the paths a log shows to files of the workspace.

use super::apply::apply;
use super::diff::FileDiff;
use crate::candidate::{FileChange, Refusal};
use crate::limits::{MAX_CHANGE_BYTES, MAX_FILES};
use crate::paths::{Base, Shown};
use crate::tool::Tool;
use crate::workspace::{Kind, Workspace};

/// Applies all diffs, each to the file it is about.
///
/// A command runs in one directory, so one explanation has to fit all its
/// paths; where two do, the contents decide, and where those do not, nobody.
pub(super) fn resolve(
    tool: Tool,
    diffs: &[FileDiff],
    workspace: &dyn Workspace,
) -> Result<Vec<FileChange>, Refusal> {
    let mut shown = Vec::new();
    for diff in diffs {
        let path = Shown::parse(&diff.path).map_err(Refusal::new)?;
        if !tool.owns(path.text()) {
            let text = format!("{} is no file that {} formats", diff.path, tool.name());
            return Err(Refusal(text));
        }
        shown.push(path);
    }
    let bases = Base::that_fit(&shown, workspace.listing())
        .map_err(|path| Refusal(format!("the workspace has no file {path}")))?;
    let mut applied = Vec::new();
    let mut reason = None;
    for base in &bases {
        if applied.len() > 1 {
            break;
        }
        match all(base, &shown, diffs, workspace) {
            Ok(changes) => applied.push(changes),
            Err(refusal) => reason = reason.or(Some(refusal)),
        }
    }
    match applied.len() {
        1 => Ok(applied.remove(0)),
        0 => Err(reason.unwrap_or_else(|| Refusal::new("the paths fit no directory"))),
        _ => Err(Refusal(format!(
            "{} may be one of several files, and the diff fits more than one",
            diffs.first().map_or("the path", |diff| diff.path.as_str())
        ))),
    }
}

fn all(
    base: &Base,
    shown: &[Shown],
    diffs: &[FileDiff],
    workspace: &dyn Workspace,
) -> Result<Vec<FileChange>, Refusal> {
    let mut changes = Vec::new();
    let mut bytes = 0;
    for (path, diff) in shown.iter().zip(diffs) {
        let change = one(base, path, diff, workspace)?;
        bytes += change.after.len();
        if bytes > MAX_CHANGE_BYTES || changes.len() == MAX_FILES {
            return Err(Refusal::new("the change is too large to be reviewed"));
        }
        changes.push(change);
    }
    Ok(changes)
}

fn one(
    base: &Base,
    shown: &Shown,
    diff: &FileDiff,
    workspace: &dyn Workspace,
) -> Result<FileChange, Refusal> {
    let path = base.of(shown);
    if workspace.listing().kind(&path) != Some(Kind::File) {
        return Err(Refusal(format!("{path} is no regular file")));
    }
    let about = |reason: String| Refusal(format!("{path}: {reason}"));
    let before = workspace.read(&path).map_err(about)?;
    let applied = apply(&before, diff).map_err(about)?;
    Ok(FileChange {
        path: path.clone(),
        before,
        after: applied.bytes,
        shifted: applied.shifted,
    })
}
