//! Lines that are too long, broken inside of their brackets: blanks there mean
//! nothing.

use super::super::{Finding, is_name, misfit};
use super::comments::{limit, wrapped};
use super::lexer::code_of;
use crate::text_edit::{Edits, Source};

/// A comment of prose over two lines, or what stands in brackets on lines of
/// its own.
pub(in super::super) fn broken(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    if line.trim_start().starts_with('#') {
        return wrapped(finding, source, edits);
    }
    let limit = limit(&finding.message).ok_or("the message names no limit")?;
    let statement = line.trim();
    let whole = source.python()?.is_whole(finding.line) && !has_comment(statement);
    let brackets = outermost(statement).filter(|_| whole);
    brackets.ok_or("it has no brackets to break")?;
    let indent = &line[..line.len() - line.trim_start().len()];
    let lines = laid_out(statement, indent, limit, 0);
    let Some(lines) = lines else {
        return misfit("a line that can be broken in its brackets");
    };
    edits.replace(finding.line, 0, line.len(), lines.join("\n"));
    Ok(())
}

/// How deep brackets in brackets are broken.
const MAX_DEPTH: usize = 6;

/// A piece of code on as many lines as it takes; none where it cannot be
/// broken so that each fits.
fn laid_out(piece: &str, indent: &str, limit: usize, depth: usize) -> Option<Vec<String>> {
    let fits = |text: &str| text.chars().count() <= limit;
    let whole = format!("{indent}{piece}");
    if fits(&whole) {
        return Some(vec![whole]);
    }
    if depth > MAX_DEPTH {
        return None;
    }
    let Some((from, to)) = outermost(piece) else {
        // Only inside of brackets texts side by side are one.
        return (depth > 0).then(|| text_apart(piece, indent, limit))?;
    };
    let head = format!("{indent}{}", &piece[..=from]);
    let tail = format!("{indent}{}", &piece[to..]);
    let inner = format!("{indent}    ");
    let body = piece[from + 1..to].trim();
    let one = format!("{inner}{body}");
    let mut lines = vec![head];
    if fits(&one) {
        lines.push(one);
    } else {
        for element in elements(body) {
            lines.extend(laid_out(element, &inner, limit, depth + 1)?);
        }
    }
    lines.push(tail);
    let ends = lines.first().into_iter().chain(lines.last());
    ends.into_iter().all(|line| fits(line)).then_some(lines)
}

/// A text of one line as several side by side, each of which fits.
fn text_apart(piece: &str, indent: &str, limit: usize) -> Option<Vec<String>> {
    let (text, comma) = match piece.strip_suffix(',') {
        Some(text) => (text, ","),
        None => (piece, ""),
    };
    // The name of an argument goes with the first of them.
    let given = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty() && name.trim_end().chars().all(is_name));
    let (given, text) = match given {
        Some((name, value)) => (format!("{}=", name.trim_end()), value.trim_start()),
        None => (String::new(), text),
    };
    let prefix = if text.starts_with('f') { "f" } else { "" };
    let text = &text[prefix.len()..];
    let quote = text.chars().next().filter(|quote| "\"'".contains(*quote))?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    // What is nested or escaped is a person's to part.
    if inner.contains(['\\', quote]) || inner.is_empty() {
        return None;
    }
    let room = limit.checked_sub(indent.chars().count() + prefix.len() + 2 + comma.len())?;
    let (mut lines, mut line, mut open) = (Vec::new(), String::new(), 0_i32);
    for word in inner.split_inclusive(' ') {
        let taken = if lines.is_empty() { given.len() } else { 0 };
        let full = taken + line.chars().count() + word.chars().count() > room;
        if full && open == 0 && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        line.push_str(word);
        let braces = |brace| word.matches(brace).count() as i32;
        open += if prefix.is_empty() {
            0
        } else {
            braces('{') - braces('}')
        };
    }
    lines.push(line);
    let fits = |(at, line): (usize, &String)| {
        let taken = if at == 0 { given.len() } else { 0 };
        taken + line.chars().count() <= room
    };
    if open != 0 || !lines.iter().enumerate().all(fits) {
        return None;
    }
    let last = lines.len() - 1;
    let shown = lines.iter().enumerate().map(|(at, text)| {
        let end = if at == last { comma } else { "" };
        let prefix = if text.contains(['{', '}']) {
            prefix
        } else {
            ""
        };
        let given = if at == 0 { given.as_str() } else { "" };
        format!("{indent}{given}{prefix}{quote}{text}{quote}{end}")
    });
    Some(shown.collect())
}

fn has_comment(statement: &str) -> bool {
    let code = code_of(statement);
    let last = code.last().map_or(0, |(at, ..)| at + 1);
    statement[last..].contains('#')
}

/// The last pair of brackets of a piece that has something inside, and nothing
/// but its end behind it.
fn outermost(piece: &str) -> Option<(usize, usize)> {
    let code = code_of(piece).into_iter();
    let code: Vec<_> = code.filter(|(_, _, depth)| *depth == 0).collect();
    let close = code
        .iter()
        .rposition(|(_, letter, _)| matches!(letter, b')' | b']' | b'}'))?;
    let open = code[..close]
        .iter()
        .rposition(|(_, letter, _)| matches!(letter, b'(' | b'[' | b'{'))?;
    let (from, to) = (code[open].0, code[close].0);
    (!piece[from + 1..to].trim().is_empty()).then_some((from, to))
}

/// What the commas part.
fn elements(body: &str) -> Vec<&str> {
    let code = code_of(body);
    let commas = code
        .iter()
        .filter(|(_, letter, depth)| *letter == b',' && *depth == 0);
    let (mut parts, mut start) = (Vec::new(), 0);
    for (at, ..) in commas {
        parts.push(&body[start..=*at]);
        start = at + 1;
    }
    parts.push(&body[start..]);
    let parts = parts.into_iter().map(str::trim);
    parts.filter(|part| !part.is_empty()).collect()
}
