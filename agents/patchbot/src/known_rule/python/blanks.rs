//! Blanks inside of lines: too many, or none where one belongs.

use super::super::{Finding, is_name, misfit, offset};
use super::keyword_at;
use crate::text_edit::{Edits, Source};

/// The blanks around an offset: pycodestyle names their beginning, ruff
/// sometimes what follows.
fn run(line: &str, at: usize) -> Option<(usize, usize)> {
    let blank = |letter: char| letter == ' ' || letter == '\t';
    let head = line.get(..at)?;
    let from = head.trim_end_matches(blank).len();
    let tail = line.get(at..)?;
    let to = at + (tail.len() - tail.trim_start_matches(blank).len());
    // The indentation is no such run.
    (from < to && from > 0 && to < line.len()).then_some((from, to))
}

/// No blanks at the place.
pub(in super::super) fn none(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    match run(line, offset(finding, source)?) {
        Some((from, to)) => {
            edits.replace(finding.line, from, to, "");
            Ok(())
        }
        None => misfit("a run of blanks inside a line"),
    }
}

/// One blank at the place.
pub(in super::super) fn one(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    match run(line, offset(finding, source)?) {
        Some((from, to)) if &line[from..to] != " " => {
            edits.replace(finding.line, from, to, " ");
            Ok(())
        }
        _ => misfit("a run of blanks inside a line"),
    }
}

/// A blank behind a comma, a colon or a semicolon.
pub(in super::super) fn after_separator(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let at = offset(finding, source)?;
    let named = [',', ';', ':'].into_iter().find(|sign| {
        finding.message.contains(&format!("after '{sign}'"))
            || finding.message.contains(&format!("after {sign}"))
    });
    // Versions differ in whether they name the sign or what follows it.
    let sign = named.ok_or("the message names no sign")?;
    let index = [Some(at), at.checked_sub(1)]
        .into_iter()
        .flatten()
        .find(|index| {
            line.get(*index..)
                .is_some_and(|rest| rest.starts_with(sign))
        })
        .ok_or("the sign is not there")?;
    let next = line[index + 1..].chars().next();
    if next.is_none_or(char::is_whitespace) {
        return misfit("followed by anything");
    }
    edits.replace(finding.line, index + 1, index + 1, " ");
    Ok(())
}

/// A blank behind a keyword.
pub(in super::super) fn after_keyword(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let at = offset(finding, source)?;
    let head = line.get(..at).unwrap_or_default();
    let start = head.trim_end_matches(is_name).len();
    // The end of the keyword is named, or its beginning.
    let end = match (keyword_at(line, start), keyword_at(line, at)) {
        (Some(keyword), _) if start + keyword.len() == at => at,
        (_, Some(keyword)) => at + keyword.len(),
        _ => return misfit("a keyword"),
    };
    if line[end..].starts_with([' ', '\t']) || end == line.len() {
        return misfit("a keyword without a blank");
    }
    edits.replace(finding.line, end, end, " ");
    Ok(())
}
