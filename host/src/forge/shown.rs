//! A patch as people are shown it on a forge.

use crate::patch::ScopedPatch;
use crate::patch::path::is_invisible;
use crate::redact::redact;

/// The patch to apply by hand, in a fence of at most `limit` bytes, or why it is
/// not shown: half a patch, or one with marks in it, would be worse than none.
pub(super) fn shown_patch(
    patch: &ScopedPatch,
    limit: usize,
) -> std::result::Result<String, &'static str> {
    let diff = patch.unified_diff();
    let fence = fenced("diff", &diff);
    let unseen = |c: char| is_invisible(c) && !matches!(c, '\n' | '\r' | '\t');
    if fence.len() > limit {
        Err("it is longer than the forge shows")
    } else if diff.contains(unseen) {
        Err("it holds characters that nobody sees")
    } else if *redact(&diff) != diff {
        Err("it holds what looks like a secret")
    } else {
        Ok(fence)
    }
}

/// Text in a Markdown fence that nothing in it can close.
pub(super) fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{text}{end}{fence}\n")
}
