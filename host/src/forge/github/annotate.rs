//! Which lines of the failing commit a patch is about.

use std::ops::RangeInclusive;

use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::patch::{FileChange, ScopedPatch};

/// Annotations of one check run request (GitHub's limit).
pub const MAX_ANNOTATIONS: usize = 50;

/// The changed places of the files that are there before the patch, with
/// 1-based lines of the old file.
pub fn annotated_lines(patch: &ScopedPatch) -> impl Iterator<Item = (&str, RangeInclusive<usize>)> {
    let files = patch.files().iter();
    files.flat_map(|file| ranges(file).map(|lines| (file.path.as_str(), lines)))
}

/// A new file has no lines yet that a person could look at.
fn ranges(file: &FileChange) -> impl Iterator<Item = RangeInclusive<usize>> {
    let before = lines(file.before.as_deref());
    let after = lines(file.after.as_deref());
    let last = before.len();
    let operations = match last {
        0 => Vec::new(),
        _ => capture_diff_slices(Algorithm::Myers, &before, &after),
    };
    operations
        .into_iter()
        .filter(|operation| operation.tag() != DiffTag::Equal)
        .map(move |operation| {
            let old = operation.old_range();
            // What is only inserted belongs to the line before it.
            let first = if old.is_empty() {
                old.start
            } else {
                old.start + 1
            };
            first.clamp(1, last)..=old.end.clamp(1, last)
        })
}

fn lines(bytes: Option<&[u8]>) -> Vec<&[u8]> {
    bytes
        .unwrap_or_default()
        .split_inclusive(|byte| *byte == b'\n')
        .collect()
}
