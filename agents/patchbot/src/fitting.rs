//! From what a tool wants of the paths in a log to changed files of the
//! workspace.

use std::collections::BTreeMap;

use crate::candidate::{FileChange, Refusal};
use crate::foreign::{is_speller, refused, refused_to_speller};
use crate::limits::{MAX_CHANGE_BYTES, MAX_FILES};
use crate::paths::{Base, Shown};
use crate::tool::Tool;
use crate::workspace::{Kind, Workspace};

/// What is to be done to one file.
pub trait Fix {
    /// The file as wanted, or why it is not the file that the log is about.
    fn fix(&self, path: &str, file: &[u8]) -> Result<Fixed, String>;

    /// Whether the others are worth having where this one cannot be done.
    fn is_optional(&self) -> bool {
        false
    }
}

/// A file as wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    pub bytes: Vec<u8>,
    /// Whether a part of it was found at another line than stated.
    pub shifted: bool,
}

impl Fixed {
    /// Where everything stands where the log says.
    pub fn in_place(bytes: Vec<u8>) -> Self {
        let shifted = false;
        Fixed { bytes, shifted }
    }
}

/// Changes all files, or none.
///
/// A command runs in one directory, so one explanation has to fit all its
/// paths; where two do, the contents decide, and where those do not, nobody.
pub fn fit<'a>(
    tool: Tool,
    wanted: impl Iterator<Item = (&'a str, &'a dyn Fix)>,
    workspace: &dyn Workspace,
) -> Result<Vec<FileChange>, Refusal> {
    let (mut shown, mut fixes) = (Vec::new(), Vec::new());
    for (path, fix) in wanted {
        let name = tool.name();
        shown.push(Shown::parse(path).map_err(Refusal)?);
        fixes.push(fix);
        if !tool.owns(path) {
            return Err(Refusal(format!(
                "{path} is no file that {name} formats or checks"
            )));
        }
    }
    let bases = Base::that_fit(&shown, workspace.listing()).map_err(Refusal)?;
    let mut fitting = Vec::new();
    let mut reason = None;
    for base in &bases {
        match all(tool, base, &shown, &fixes, workspace) {
            Ok(changes) => fitting.push(changes),
            Err(refusal) => reason = reason.or(Some(refusal)),
        }
        if fitting.len() > 1 {
            let path = shown.first().map_or("it", Shown::text);
            return Err(Refusal(format!(
                "{path} may be one of several files, and what the log says fits more than one"
            )));
        }
    }
    fitting
        .pop()
        .ok_or_else(|| reason.unwrap_or_else(|| Refusal::new("no directory fits all paths")))
}

fn all(
    tool: Tool,
    base: &Base,
    shown: &[Shown],
    fixes: &[&dyn Fix],
    workspace: &dyn Workspace,
) -> Result<Vec<FileChange>, Refusal> {
    let mut changes: BTreeMap<String, FileChange> = BTreeMap::new();
    let mut bytes = 0;
    for (shown, fix) in shown.iter().zip(fixes) {
        let change = match one(tool, base.of(shown), *fix, workspace) {
            Err(_) if fix.is_optional() => continue,
            change => change?,
        };
        bytes += change.after.len();
        if bytes > MAX_CHANGE_BYTES || changes.len() == MAX_FILES {
            return Err(Refusal::new("the change is too large to be reviewed"));
        }
        match changes.get(&change.path) {
            Some(other) if other.after != change.after => {
                let text = format!("{} is named in two ways", change.path);
                return Err(Refusal(text));
            }
            _ => changes.insert(change.path.clone(), change),
        };
    }
    if changes.is_empty() {
        return Err(Refusal::new("nothing of what the log says can be done"));
    }
    Ok(changes.into_values().collect())
}

fn one(
    tool: Tool,
    path: String,
    fix: &dyn Fix,
    workspace: &dyn Workspace,
) -> Result<FileChange, Refusal> {
    let about = |reason: String| Refusal(format!("{path}: {reason}"));
    if workspace.listing().kind(&path) != Some(Kind::File) {
        return Err(about("it is no regular file".into()));
    }
    let before = workspace.read(&path).map_err(about)?;
    // These show what another program made of the tree.
    let shows = matches!(tool, Tool::GitDiff | Tool::PreCommit);
    let speller = is_speller(tool)
        .then(|| refused_to_speller(&path))
        .flatten();
    if let Some(why) = speller.or_else(|| refused(&path, &before).filter(|_| !shows)) {
        return Err(about(why));
    }
    let fixed = fix.fix(&path, &before).map_err(about)?;
    if fixed.bytes == before {
        return Err(about("what the log says changes nothing".into()));
    }
    Ok(FileChange {
        path,
        before,
        after: fixed.bytes,
        shifted: fixed.shifted,
    })
}
