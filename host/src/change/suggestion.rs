//! A patch as replacements of whole lines, which reviewers apply with a click.

use std::ops::RangeInclusive;

use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices};

use crate::patch::FileChange;

/// Lines of the failing commit's file, and what is to stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// From 1.
    pub lines: RangeInclusive<usize>,
    /// Whole lines; empty where they go.
    pub text: String,
}

/// The replacements that make a file what the patch makes of it; none where
/// that cannot be said in whole lines: a file made or deleted, line ends that
/// a comment would change, a last line without one.
pub fn replacements(file: &FileChange) -> Option<Vec<Replacement>> {
    let (before, after) = (
        lines(file.before.as_deref()?)?,
        lines(file.after.as_deref()?)?,
    );
    if before.is_empty() {
        return None;
    }
    let operations = capture_diff_slices(Algorithm::Myers, &before, &after);
    let changed = operations
        .iter()
        .filter(|operation| operation.tag() != DiffTag::Equal);
    Some(
        changed
            .map(|operation| replacement(operation, &before, &after))
            .collect(),
    )
}

fn lines(bytes: &[u8]) -> Option<Vec<&str>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let whole = text.is_empty() || text.ends_with('\n');
    (whole && !text.contains('\r')).then(|| text.split_inclusive('\n').collect())
}

/// What is only inserted is said of the line before it, or at the beginning
/// of the line after it.
fn replacement(operation: &DiffOp, before: &[&str], after: &[&str]) -> Replacement {
    let (old, new) = (operation.old_range(), operation.new_range());
    let text = after[new].concat();
    match (old.is_empty(), old.start) {
        (false, start) => Replacement {
            lines: start + 1..=old.end,
            text,
        },
        (true, 0) => Replacement {
            lines: 1..=1,
            text: text + before[0],
        },
        (true, start) => Replacement {
            lines: start..=start,
            text: format!("{}{text}", before[start - 1]),
        },
    }
}

/// The lines of a file that a pull request's diff shows on its new side, hunk
/// by hunk: only there can something be suggested.
pub fn shown_lines(diff: &str) -> Vec<RangeInclusive<usize>> {
    diff.lines().filter_map(hunk).collect()
}

/// `@@ -1,2 +3,4 @@ …`
fn hunk(line: &str) -> Option<RangeInclusive<usize>> {
    let ranges = line.strip_prefix("@@ -")?;
    let (_, new) = ranges.split_once(" +")?;
    let (new, _) = new.split_once(" @@")?;
    let (start, count) = new.split_once(',').unwrap_or((new, "1"));
    let (start, count): (usize, usize) = (start.parse().ok()?, count.parse().ok()?);
    let last = start.checked_add(count.checked_sub(1)?)?;
    (start > 0).then_some(start..=last)
}
