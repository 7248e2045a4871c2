//! Blanks around operators.

use super::super::{Finding, misfit, offset};
use crate::text_edit::{Edits, Source};

/// Longest first.
const OPERATORS: &[&str] = &[
    "**=", "//=", ">>=", "<<=", "!=", "==", "<=", ">=", "+=", "-=", "*=", "/=", "%=", "&=", "|=",
    "^=", "@=", ":=", "->", "**", "//", ">>", "<<", "=", "<", ">", "+", "-", "*", "/", "%", "&",
    "|", "^", "@",
];

/// One blank on each side of the operator at the place.
pub(in super::super) fn spaced(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let Some((from, to)) = operator(line, offset(finding, source)?) else {
        return misfit("an operator");
    };
    let (head, tail) = (&line[..from], &line[to..]);
    if head.trim().is_empty() || tail.trim().is_empty() {
        return misfit("an operator between operands");
    }
    let before = !head.ends_with([' ', '\t']);
    let after = !tail.starts_with([' ', '\t']);
    if !before && !after {
        return misfit("an operator without blanks");
    }
    // Two findings of one operator come to the same two edits.
    if before {
        edits.replace(finding.line, from, from, " ");
    }
    if after {
        edits.replace(finding.line, to, to, " ");
    }
    Ok(())
}

/// The operator that begins at an offset, has it inside, or ends there. All
/// operators of a run are tried from its beginning, so that `x=-1` has two.
fn operator(line: &str, at: usize) -> Option<(usize, usize)> {
    let sign = |letter: char| "=!<>+-*/%&|^@:".contains(letter);
    let head = line.get(..at)?;
    let mut start = head.trim_end_matches(sign).len();
    let end = at
        + line[at..]
            .find(|letter| !sign(letter))
            .unwrap_or(line.len() - at);
    // A place before blanks means the operator behind them.
    if start == end {
        let skipped = line[at..].len() - line[at..].trim_start().len();
        return (skipped == 1).then(|| operator(line, at + 1))?;
    }
    let mut found = None;
    while start < end {
        let rest = &line[start..end];
        let operator = OPERATORS
            .iter()
            .find(|operator| rest.starts_with(**operator))?;
        let stop = start + operator.len();
        if (start..=stop).contains(&at) {
            // The end of one is the beginning of the next: the first is meant,
            // the next is a sign of what follows.
            found = Some((start, stop));
            break;
        }
        start = stop;
    }
    found
}
