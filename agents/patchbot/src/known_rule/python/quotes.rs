//! Quotes and commas that plug-ins of flake8 ask for.

use super::super::{Finding, misfit, offset};
use crate::text_edit::{Edits, Source};

/// The other quotes around a text that has neither kind nor an escape inside.
pub(super) fn other(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let at = offset(finding, source)?;
    let message = finding.message.to_lowercase();
    let (old, new) = if message.contains("single quotes preferred") {
        ('"', '\'')
    } else if message.contains("double quotes preferred") {
        ('\'', '"')
    } else {
        return misfit("a text in other quotes");
    };
    let letters = |letter: char| letter.is_ascii_alphabetic();
    let from = at + (line[at..].len() - line[at..].trim_start_matches(letters).len());
    let rest = line[from..].strip_prefix(old);
    let length = rest.and_then(|rest| rest.find(old));
    match (rest, length) {
        (Some(rest), Some(length))
            if from - at <= 2
                && !rest[..length].contains(['\\', '\'', '"', '{'])
                && !rest[length + 1..].starts_with(old) =>
        {
            edits.replace(finding.line, from, from + 1, new);
            edits.replace(finding.line, from + 1 + length, from + 2 + length, new);
            Ok(())
        }
        _ => misfit("a plain text of one line"),
    }
}

/// A comma behind the last of several lines in brackets.
pub(super) fn comma(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let at = offset(finding, source)?;
    let next = source
        .find(finding.line + 1)
        .unwrap_or_default()
        .trim_start();
    let rest = line[at..].trim_start();
    let ends =
        (rest.is_empty() || rest.starts_with('#')) && !line[..at].ends_with([',', '(', '[', '{']);
    if !ends || !next.starts_with([')', ']', '}']) {
        return misfit("the end of the last of several lines");
    }
    edits.replace(finding.line, at, at, ",");
    Ok(())
}
