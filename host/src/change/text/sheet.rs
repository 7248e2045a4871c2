//! The words of a commit's one check run about more than one failure.

use std::fmt::Write as _;

use super::quote::{code, fence};
use crate::ids::ObjectId;

/// What became of one failure.
#[derive(Debug, Clone, Copy)]
pub struct Other<'a> {
    pub subject: &'a str,
    pub state: &'a str,
    /// Why there is no patch. Its words may be an agent's.
    pub note: Option<&'a str>,
    /// What the patch that is shown results in.
    pub tree: Option<&'a ObjectId>,
}

/// Characters of a note.
const MAX_NOTE: usize = 1_000;

/// The title of a check run without a patch.
pub fn notice_title(count: usize) -> String {
    match count {
        1 => "Looked at one failure; no patch".to_owned(),
        more => format!("Looked at {more} failures; no patch"),
    }
}

/// A section about failures beside the one that is explained at length.
pub fn others(all: &[Other<'_>]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut out = "### What became of the failures at this commit\n\n".to_owned();
    for other in all {
        let _ = write!(out, "- {}: **{}**", code(other.subject), other.state);
        if let Some(tree) = other.tree {
            let _ = write!(
                out,
                "; `/sentinel approve {tree}` in a comment lands its patch"
            );
        }
        out.push('\n');
        if let Some(note) = other.note {
            let _ = write!(out, "\n{}\n", fence(note, MAX_NOTE));
        }
    }
    out
}
