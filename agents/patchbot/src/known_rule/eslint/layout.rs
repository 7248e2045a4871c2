//! Blanks and empty lines.

use super::super::{Finding, misfit, name_at};
use super::Mended;
use crate::text_edit::{Edits, Source};

/// `More than 1 blank line not allowed.`, at the first one too many.
pub(super) fn empty_lines(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let allowed: usize = finding
        .message
        .split(' ')
        .nth(2)
        .and_then(|number| number.parse().ok())
        .ok_or("the message names no number")?;
    let blank = |number: u64| {
        source
            .find(number)
            .is_some_and(|line| line.trim().is_empty())
    };
    let above = (1..finding.line)
        .rev()
        .take_while(|number| blank(*number))
        .count();
    let from_here = (finding.line..).take_while(|number| blank(*number)).count();
    let last = finding.line + from_here as u64 > source.len() as u64;
    if last || from_here == 0 || above + from_here <= allowed {
        return misfit("one blank line too many");
    }
    for number in 0..(above + from_here - allowed) as u64 {
        edits.remove(finding.line - above as u64 + number);
    }
    Ok(())
}

pub(super) fn spaces(number: u64, at: usize, line: &str, edits: &mut Edits) -> Mended {
    let end = at + (line[at..].len() - line[at..].trim_start_matches(' ').len());
    let from = line[..end].trim_end_matches(' ').len();
    if end - from < 2 || from == 0 {
        return misfit("a run of blanks");
    }
    edits.replace(number, from, end, " ");
    Ok(())
}

pub(super) fn debugger(number: u64, line: &str, edits: &mut Edits) -> Mended {
    if !matches!(line.trim(), "debugger;" | "debugger") {
        return misfit("a line of its own");
    }
    edits.remove(number);
    Ok(())
}

pub(super) fn brace(finding: &Finding, at: usize, line: &str, edits: &mut Edits) -> Mended {
    let after = finding.message.contains("after '{'");
    let place = if after { at + 1 } else { at };
    let sign = if after { '{' } else { '}' };
    if !line[at..].starts_with(sign) {
        return misfit("a brace");
    }
    edits.replace(finding.line, place, place, " ");
    Ok(())
}

pub(super) fn blank_at(
    number: u64,
    at: usize,
    line: &str,
    edits: &mut Edits,
    sign: char,
) -> Mended {
    if !line[at..].starts_with(sign) || line[..at].ends_with(' ') {
        return misfit("a block without a blank before it");
    }
    edits.replace(number, at, at, " ");
    Ok(())
}

/// `Expected space(s) after "if".`
pub(super) fn keyword(finding: &Finding, at: usize, line: &str, edits: &mut Edits) -> Mended {
    let word = finding.message.split('"').nth(1).unwrap_or_default();
    if word.is_empty() || name_at(line, at) != word {
        return misfit("a keyword");
    }
    let after = finding.message.contains(" after ");
    let place = if after { at + word.len() } else { at };
    edits.replace(finding.line, place, place, " ");
    Ok(())
}

pub(super) fn after_comma(number: u64, at: usize, line: &str, edits: &mut Edits) -> Mended {
    if !line[at..].starts_with(',') || line[at + 1..].starts_with(' ') {
        return misfit("a comma without a blank");
    }
    edits.replace(number, at + 1, at + 1, " ");
    Ok(())
}

/// `Operator '=' must be spaced.`
pub(super) fn operator(finding: &Finding, at: usize, line: &str, edits: &mut Edits) -> Mended {
    let sign = finding.message.split('\'').nth(1).unwrap_or_default();
    if sign.is_empty() || !line[at..].starts_with(sign) {
        return misfit("an operator");
    }
    let end = at + sign.len();
    if !line[..at].ends_with(' ') {
        edits.replace(finding.line, at, at, " ");
    }
    if !line[end..].starts_with(' ') {
        edits.replace(finding.line, end, end, " ");
    }
    Ok(())
}
