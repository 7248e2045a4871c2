//! Comments: the blanks around their sign, and lines that are too long.

use super::super::{Finding, misfit, offset};
use crate::text_edit::{Edits, Source};

/// Two blanks before an inline comment's sign, one behind any.
pub(in super::super) fn spaced(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let at = offset(finding, source)?;
    let blanks = |text: &str| text.len() - text.trim_start_matches([' ', '\t']).len();
    let sign = at + blanks(line.get(at..).unwrap_or_default());
    if !line[sign..].starts_with('#') {
        return misfit("a comment");
    }
    if finding.code == "E261" {
        let from = line[..sign].trim_end_matches([' ', '\t']).len();
        edits.replace(finding.line, from, sign, "  ");
        return Ok(());
    }
    let signs = line[sign..].len() - line[sign..].trim_start_matches('#').len();
    let text = &line[sign + signs..];
    let first = text.trim_start().chars().next();
    // `#!` and `#:` mean something.
    if first.is_none_or(|first| matches!(first, '!' | ':')) {
        return misfit("a plain comment");
    }
    let end = sign + signs + blanks(text);
    edits.replace(finding.line, sign, end, "# ");
    Ok(())
}

/// A comment of prose, over two lines.
pub(in super::super) fn wrapped(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let limit = limit(&finding.message).ok_or("the message names no limit")?;
    let Some((prefix, text)) = prose(line) else {
        return misfit("a comment of prose");
    };
    let mut lines: Vec<String> = Vec::new();
    let mut current = prefix.to_owned();
    for word in text.split_whitespace() {
        let empty = current.len() == prefix.len();
        let width = current.chars().count() + usize::from(!empty) + word.chars().count();
        if width > limit && !empty {
            lines.push(std::mem::replace(&mut current, prefix.to_owned()));
        }
        if current.len() > prefix.len() {
            current.push(' ');
        }
        current.push_str(word);
    }
    lines.push(current);
    if lines.len() < 2 || lines.iter().any(|line| line.chars().count() > limit) {
        return misfit("a comment that can be wrapped");
    }
    edits.replace(finding.line, 0, line.len(), lines.join("\n"));
    Ok(())
}

/// `line too long (92 > 79 characters)`, `Line too long (92 > 88)`
pub(super) fn limit(message: &str) -> Option<usize> {
    // pylint has `Line too long (92/79)`.
    let parts = message
        .split_once(" > ")
        .or_else(|| message.split_once('/'));
    let (_, rest) = parts?;
    let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
    rest[..digits].parse().ok()
}

/// Indentation with sign, and the words: neither code, nor a table, nor a mark
/// for a tool.
fn prose(line: &str) -> Option<(&str, &str)> {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let text = line[indent..].strip_prefix("# ")?;
    let code = text.contains(['=', '(', '[', '{', '|', '`', ':', '<', '\\'])
        || text.starts_with([' ', '-', '*']);
    let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
    (!code && letters * 10 >= text.chars().count() * 7).then_some((&line[..indent + 2], text))
}
