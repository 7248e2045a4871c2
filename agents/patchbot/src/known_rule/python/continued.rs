//! Lines that go on with a statement: E12x. They are moved together, for what
//! is aligned with a line that moves has to move with it.

use std::collections::BTreeMap;

use super::super::{Finding, misfit};
use crate::text_edit::{Edits, Source};

/// Blanks of a level.
const LEVEL: usize = 4;

/// Whether the code is one of a continuation line.
pub(in super::super) fn is_one(code: &str) -> bool {
    matches!(
        code,
        "E121" | "E122" | "E123" | "E124" | "E125" | "E126" | "E127" | "E128" | "E129" | "E131"
    )
}

/// Moves all lines that are named, and those that hang on them.
pub(in super::super) fn mend(
    findings: &[Finding],
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let mut named: BTreeMap<u64, &str> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| is_one(&finding.code)) {
        // A line in its column is also told from what follows.
        let code = named.entry(finding.line).or_insert(&finding.code);
        if matches!(*code, "E125" | "E129") {
            *code = &finding.code;
        }
    }
    if named.is_empty() {
        return Ok(());
    }
    let layout = source.python()?;
    let mut moved: BTreeMap<u64, i64> = BTreeMap::new();
    for (number, line) in source.lines() {
        let Some(state) = layout.line(number) else {
            continue;
        };
        let code = named.get(&number);
        if state.first == number || layout.in_text(number) || line.trim().is_empty() {
            if code.is_some() {
                return misfit("a line that goes on with a statement");
            }
            continue;
        }
        let old = indentation(line);
        let new = match (code, state.bracket) {
            (Some(code), bracket) => target(code, number, bracket, state.first, source, &moved)?,
            (None, Some((above, _))) => shifted(old, above, &moved),
            (None, None) => old,
        };
        if new != old {
            moved.insert(number, new as i64 - old as i64);
            edits.replace(number, 0, old, " ".repeat(new));
        }
    }
    Ok(())
}

/// Where the line is to begin.
fn target(
    code: &str,
    number: u64,
    bracket: Option<(u64, usize)>,
    first: u64,
    source: &Source<'_>,
    moved: &BTreeMap<u64, i64>,
) -> Result<usize, String> {
    let line = source.line(number)?;
    if matches!(code, "E125" | "E129") {
        return Ok(indentation(line) + LEVEL);
    }
    let Some((above, at)) = bracket else {
        return Ok(indentation(source.line(first)?) + LEVEL);
    };
    let opening = source.line(above)?;
    let begin = shifted(indentation(opening), above, moved);
    let after = &opening[at + 1..];
    let text = after.trim_start();
    let closes = line.trim_start().starts_with([')', ']', '}']);
    if text.is_empty() || text.starts_with('#') {
        return Ok(if closes { begin } else { begin + LEVEL });
    }
    if !opening[..at].is_ascii() {
        return misfit("below a bracket in a certain column");
    }
    let inside = at + 1 + (after.len() - text.len());
    Ok(shifted(if closes { at } else { inside }, above, moved))
}

fn shifted(column: usize, line: u64, moved: &BTreeMap<u64, i64>) -> usize {
    let by = moved.get(&line).copied().unwrap_or_default();
    usize::try_from(column as i64 + by).unwrap_or_default()
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
