//! Indentation of blocks: four blanks a level.

use super::super::{Finding, misfit};
use crate::text_edit::{Edits, Source};

/// Blanks of a level.
const LEVEL: usize = 4;

/// Columns a tab goes to a multiple of.
const TAB: usize = 8;

/// Levels of blocks; nobody reads more.
const MAX_LEVELS: usize = 60;

/// Whether the code is one of a block's indentation.
pub(in super::super) fn is_one(code: &str) -> bool {
    matches!(
        code,
        "E101" | "E111" | "E114" | "E117" | "W191" | "bad-indentation" | "mixed-indentation"
    )
}

/// The whole file with each block one level further in than the one around it:
/// the lines that the tool does not name stand between those that it names.
pub(in super::super) fn mend(
    findings: &[Finding],
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let mut own = findings
        .iter()
        .filter(|finding| is_one(&finding.code))
        .peekable();
    if own.peek().is_none() {
        return Ok(());
    }
    let layout = source.python()?;
    for finding in own {
        if source.line(finding.line)?.trim().is_empty() || layout.in_text(finding.line) {
            return misfit("an indented statement");
        }
    }
    let mut levels: Vec<usize> = vec![0];
    let mut moved: (usize, usize) = (0, 0);
    let mut comments: Vec<u64> = Vec::new();
    for (number, line) in source.lines() {
        let text = line.trim_start();
        if text.is_empty() || layout.in_text(number) {
            continue;
        }
        let begins = layout.line(number).is_some_and(|line| line.first == number);
        if begins && text.starts_with('#') {
            comments.push(number);
            continue;
        }
        let own = width(&line[..line.len() - text.len()]);
        if begins {
            while levels.last().is_some_and(|level| *level > own) {
                levels.pop();
            }
            if levels.last() != Some(&own) {
                levels.push(own);
            }
            if levels.len() > MAX_LEVELS || (levels.len() == 1 && own > 0) {
                return misfit("a file of regular blocks");
            }
            moved = (own, (levels.len() - 1) * LEVEL);
            for comment in comments.drain(..) {
                indent(comment, moved.1, source, edits)?;
            }
        }
        let new = (own + moved.1).saturating_sub(moved.0);
        indent(number, new, source, edits)?;
    }
    Ok(())
}

/// A line with so many blanks before it.
fn indent(
    number: u64,
    blanks: usize,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(number)?;
    let old = line.len() - line.trim_start().len();
    let new = " ".repeat(blanks);
    if line[..old] != new {
        edits.replace(number, 0, old, new);
    }
    Ok(())
}

fn width(blanks: &str) -> usize {
    blanks.bytes().fold(0, |column, letter| match letter {
        b'\t' => (column / TAB + 1) * TAB,
        _ => column + 1,
    })
}
