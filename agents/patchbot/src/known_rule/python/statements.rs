//! Statements that say the same in another way.

use super::super::{Finding, is_name, misfit, offset};
use crate::text_edit::{Edits, Source};

/// `import a, b` as two lines.
pub(in super::super) fn imports_apart(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let indent = &line[..line.len() - line.trim_start().len()];
    let names = line[indent.len()..].strip_prefix("import ");
    let plain = |letter: char| is_name(letter) || " .,".contains(letter);
    let Some(names) = names.filter(|names| names.chars().all(plain)) else {
        return misfit("a plain import");
    };
    let lines: Vec<String> = names
        .split(',')
        .map(|name| format!("{indent}import {}", name.trim()))
        .collect();
    edits.replace(finding.line, 0, line.len(), lines.join("\n"));
    Ok(())
}

/// `a; b` as two lines, where neither opens a block or a string.
pub(in super::super) fn apart(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let at = semicolon(finding, source)?;
    let indent = &line[..line.len() - line.trim_start().len()];
    let layout = source.python()?;
    let code = layout.code(finding.line, line);
    let apart = code
        .iter()
        .any(|(place, _, depth)| *place == at && *depth == 0);
    // A body behind a colon has both statements in it.
    let body = code
        .iter()
        .any(|(_, letter, depth)| *letter == b':' && *depth == 0);
    let whole = layout.is_whole(finding.line) && !line.contains('#');
    if !apart || body || !whole || line[at + 1..].trim().is_empty() {
        return misfit("two plain statements");
    }
    let blanks = line[at + 1..].len() - line[at + 1..].trim_start().len();
    edits.replace(finding.line, at, at + 1 + blanks, format!("\n{indent}"));
    Ok(())
}

/// `a;` without the semicolon.
pub(in super::super) fn without_semicolon(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let at = semicolon(finding, source)?;
    if !line[at + 1..].trim().is_empty() {
        return misfit("at the end of a line");
    }
    let from = line[..at].trim_end().len();
    edits.replace(finding.line, from, line.len(), "");
    Ok(())
}

fn semicolon(finding: &Finding, source: &Source<'_>) -> Result<usize, String> {
    let line = source.line(finding.line)?;
    let at = offset(finding, source)?;
    let at = [Some(at), at.checked_sub(1)].into_iter().flatten();
    let mut there = at.filter(|at| line[*at..].starts_with(';'));
    there.next().ok_or_else(|| "there is no semicolon".into())
}

/// An f-string without a place for a value, as a string.
pub(in super::super) fn plain_string(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let at = offset(finding, source)?;
    let rest = &line[at..];
    let quote = rest
        .strip_prefix(['f', 'F'])
        .and_then(|rest| rest.chars().next())
        .filter(|quote| matches!(quote, '"' | '\''));
    let Some(quote) = quote else {
        return misfit("an f-string");
    };
    let closed = rest[2..].find(quote).map(|end| &rest[2..2 + end]);
    // Doubled braces are single ones in an f-string.
    if closed.is_none_or(|text| text.is_empty() || text.contains(['{', '}', '\\'])) {
        return misfit("a plain f-string of one line");
    }
    // What stands right behind joins it, and may be an f-string with values.
    let after = rest[2 + closed.map_or(0, str::len) + 1..].trim_start();
    if after.starts_with(['"', '\'', 'f', 'F', 'r', 'b', 'u']) {
        return misfit("a string alone");
    }
    edits.replace(finding.line, at, at + 1, "");
    Ok(())
}

/// `is` between a name and a literal as `==`.
pub(in super::super) fn equality(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let negated: Vec<usize> = line.match_indices(" is not ").map(|(at, _)| at).collect();
    let plain: Vec<usize> = line.match_indices(" is ").map(|(at, _)| at).collect();
    match (&negated[..], &plain[..]) {
        // Every ` is not ` begins like an ` is `.
        ([at], [same]) if at == same => {
            edits.replace(finding.line, at + 1, at + 7, "!=");
            Ok(())
        }
        ([], [at]) => {
            edits.replace(finding.line, at + 1, at + 3, "==");
            Ok(())
        }
        _ => misfit("one comparison"),
    }
}

/// `except E as e:` without the name. Other unused variables hold what a call
/// gave, and whether the call is needed nobody says.
pub(in super::super) fn unused_exception(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let name = finding
        .message
        .split(['\'', '`'])
        .nth(1)
        .filter(|name| !name.is_empty() && name.chars().all(is_name))
        .ok_or("the message names no variable")?;
    let indent = line.len() - line.trim_start().len();
    let body = (finding.line + 1..)
        .map_while(|number| source.find(number))
        .take_while(|line| line.trim().is_empty() || line.len() - line.trim_start().len() > indent);
    let uses = |line: &str| {
        line.split(|letter| !is_name(letter))
            .any(|word| word == name)
    };
    if body.into_iter().any(uses) {
        return misfit("an exception that is not used");
    }
    let end = format!(" as {name}:");
    let caught = line.trim_start().starts_with("except ");
    match line.trim_end().strip_suffix(&end).filter(|_| caught) {
        Some(head) => {
            edits.replace(finding.line, head.len(), head.len() + end.len() - 1, "");
            Ok(())
        }
        None => misfit("an exception that is named"),
    }
}
