//! Blank lines between definitions.

use super::super::{Finding, misfit};
use crate::text_edit::{Edits, Source};

/// Blank lines that are missing above a definition, put above its comments.
pub(in super::super) fn more(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let expected: usize = number_in(&finding.message, "xpected ").ok_or("no number is given")?;
    let mut line = finding.line;
    let indent = indentation(source.line(line)?);
    while let Some(above) = line.checked_sub(1).and_then(|line| source.find(line)) {
        if !above.trim_start().starts_with('#') || indentation(above) != indent {
            break;
        }
        line -= 1;
    }
    let found = blanks_above(source, line);
    if line == 1 || found >= expected || expected > 2 {
        return misfit("below too few blank lines");
    }
    edits.insert_above(line, &"\n".repeat(expected - found - 1));
    Ok(())
}

/// No more blank lines than the place may have.
pub(in super::super) fn fewer(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let allowed = if indentation(source.line(finding.line)?) == 0 {
        2
    } else {
        1
    };
    remove(finding, source, edits, allowed)
}

/// No blank lines below a decorator.
pub(in super::super) fn none(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    remove(finding, source, edits, 0)
}

fn remove(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
    allowed: usize,
) -> Result<(), String> {
    let found = blanks_above(source, finding.line);
    if found <= allowed {
        return misfit("below too many blank lines");
    }
    for number in 1..=(found - allowed) as u64 {
        edits.remove(finding.line - number);
    }
    Ok(())
}

fn blanks_above(source: &Source<'_>, line: u64) -> usize {
    let above = (1..line).rev().map_while(|number| source.find(number));
    above.take_while(|line| line.trim().is_empty()).count()
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The number behind a word.
fn number_in(message: &str, word: &str) -> Option<usize> {
    let (_, rest) = message.split_once(word)?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    rest[..digits].parse().ok()
}
