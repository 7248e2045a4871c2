//! Where a log prints the diff that would repair it.

use super::Reading;
use crate::groups::Group;
use sentinel_sdk::FailureClass;

/// First and last line of the diffs in a formatter's step, as indices.
pub(super) fn range(reading: &Reading, group: &Group) -> Option<(usize, usize)> {
    let rule = &reading.rules.rules[group.strongest(reading.rules)];
    if rule.class != FailureClass::Format {
        return None;
    }
    let step = &reading.steps.steps[group.step];
    let mut lines = step.first..=step.last;
    let first = lines.find(|index| begins(reading, *index))?;
    let mut last = first;
    for index in first..=step.last {
        let text = reading.excerpt.text(index);
        if !belongs(text) && !begins(reading, index) && !text.is_empty() {
            // Another file's diff may follow behind a line in between.
            continue;
        }
        if !text.is_empty() && belongs(text) && index <= last + GAP {
            last = index;
        }
    }
    (last > first).then_some((first, last))
}

/// Lines that may stand between the diffs of two files.
const GAP: usize = 4;

fn begins(reading: &Reading, index: usize) -> bool {
    let text = reading.excerpt.text(index);
    let below = |from: &[u8]| {
        index + 1 < reading.excerpt.len() && reading.excerpt.text(index + 1).starts_with(from)
    };
    text.starts_with(b"diff --git ")
        || text.starts_with(b"Diff in ")
        || text.starts_with(b"--- ") && below(b"+++ ")
}

fn belongs(text: &[u8]) -> bool {
    matches!(text.first(), Some(b'+' | b'-' | b' ' | b'@' | b'\\'))
        || text.starts_with(b"diff ")
        || text.starts_with(b"index ")
        || text.starts_with(b"Diff in ")
}
