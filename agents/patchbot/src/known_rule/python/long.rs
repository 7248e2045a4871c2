//! Lines that are too long, broken inside of their brackets: blanks there mean
//! nothing.

use super::super::{Finding, misfit};
use super::comments::{limit, wrapped};
use super::lexer::Layout;
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
    let layout = source.python()?;
    let (from, to) = outermost(layout, finding.line, line).ok_or("it has no brackets to break")?;
    let indent = &line[..line.len() - line.trim_start().len()];
    let inner = format!("{indent}    ");
    let (head, body, tail) = (&line[..=from], line[from + 1..to].trim(), &line[to..]);
    let fits = |text: &str| text.chars().count() <= limit;
    let one = format!("{inner}{body}");
    let lines = if fits(&one) {
        vec![one]
    } else {
        elements(layout, finding.line, line, from, to, &inner)
    };
    let ending = format!("{indent}{tail}");
    if !fits(head) || !fits(&ending) || !lines.iter().all(|line| fits(line)) {
        return misfit("a line that can be broken in its brackets");
    }
    edits.replace(
        finding.line,
        from + 1,
        to,
        format!("\n{}\n{indent}", lines.join("\n")),
    );
    Ok(())
}

/// The last pair of brackets of a whole statement that has something inside.
fn outermost(layout: &Layout, number: u64, line: &str) -> Option<(usize, usize)> {
    let code = layout.code(number, line);
    let code: Vec<_> = code
        .into_iter()
        .filter(|(_, _, depth)| *depth == 0)
        .collect();
    let close = code
        .iter()
        .rposition(|(_, letter, _)| matches!(letter, b')' | b']' | b'}'))?;
    let open = code[..close]
        .iter()
        .rposition(|(_, letter, _)| matches!(letter, b'(' | b'[' | b'{'))?;
    let (from, to) = (code[open].0, code[close].0);
    let plain = !line[to..].contains('#') && !line[from + 1..to].trim().is_empty();
    (plain && layout.is_whole(number)).then_some((from, to))
}

/// What the commas part, a line each.
fn elements(
    layout: &Layout,
    number: u64,
    line: &str,
    from: usize,
    to: usize,
    indent: &str,
) -> Vec<String> {
    let code = layout.code(number, line);
    let commas = code
        .iter()
        .filter(|(at, letter, depth)| *letter == b',' && *depth == 1 && (from..to).contains(at));
    let (mut parts, mut start) = (Vec::new(), from + 1);
    for (at, ..) in commas {
        parts.push(&line[start..=*at]);
        start = at + 1;
    }
    parts.push(&line[start..to]);
    let kept = parts
        .into_iter()
        .map(str::trim)
        .filter(|part| !part.is_empty());
    kept.map(|part| format!("{indent}{part}")).collect()
}
