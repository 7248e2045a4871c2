//! Other ways to write the same.

use super::super::python::unused::has_sibling;
use super::super::{Finding, is_name, misfit, offset};
use crate::text_edit::{Edits, Source};

type Mended = Result<(), String>;

/// `if (a):` as `if a:`; the message names the keyword.
pub(super) fn parentheses(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let line = source.line(finding.line)?;
    let word = finding.message.split('\'').nth(1).unwrap_or_default();
    let code = source.python()?.code(finding.line, line);
    let places: Vec<usize> = line
        .match_indices(word)
        .map(|(at, _)| at)
        .filter(|at| super::super::name_at(line, *at) == word)
        .collect();
    let [at] = places[..] else {
        return misfit("a line with one such keyword");
    };
    let rest = &line[at + word.len()..];
    let open = at + word.len() + (rest.len() - rest.trim_start().len());
    let opens = code
        .iter()
        .position(|(place, letter, _)| *place == open && *letter == b'(');
    let depth = opens.map(|index| code[index].2);
    let close = opens.and_then(|index| {
        let mut after = code[index + 1..].iter();
        after.find(|(_, letter, own)| *letter == b')' && Some(*own) == depth)
    });
    let Some((close, ..)) = close.filter(|_| !word.is_empty()) else {
        return misfit("a pair of parentheses on one line");
    };
    let inner = &line[open + 1..*close];
    let ends = matches!(line[close + 1..].trim(), "" | ":");
    if inner.contains(":=") || inner.trim().is_empty() || !ends {
        return misfit("a pair of parentheses around all");
    }
    let gap = if rest.starts_with('(') { " " } else { "" };
    edits.replace(finding.line, open, open + 1, gap);
    edits.replace(finding.line, *close, close + 1, "");
    Ok(())
}

/// `Consider changing "not a in b" to "a not in b"`.
pub(super) fn not(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let line = source.line(finding.line)?;
    let parts = finding
        .message
        .strip_prefix("Consider changing \"")
        .and_then(|rest| rest.strip_suffix('"'))
        .and_then(|rest| rest.split_once("\" to \""));
    let (old, new) = parts.ok_or("the message does not say what to write")?;
    if turned(old).as_deref() != Some(new) {
        return misfit("a comparison that is turned round");
    }
    let places: Vec<usize> = line.match_indices(old).map(|(at, _)| at).collect();
    match places[..] {
        [at] => {
            edits.replace(finding.line, at, at + old.len(), new);
            Ok(())
        }
        _ => misfit("a line that has this once"),
    }
}

/// `not a in b` without its `not`.
fn turned(text: &str) -> Option<String> {
    const PAIRS: &[(&str, &str)] = &[
        (" in ", " not in "),
        (" is ", " is not "),
        (" == ", " != "),
        (" != ", " == "),
        (" <= ", " > "),
        (" >= ", " < "),
        (" < ", " >= "),
        (" > ", " <= "),
    ];
    let inner = text.strip_prefix("not ")?;
    let mut found = PAIRS
        .iter()
        .filter(|(old, _)| inner.matches(old).count() == 1);
    match (found.next(), found.next()) {
        (Some((old, new)), None) => Some(inner.replace(old, new)),
        _ => None,
    }
}

/// `super(A, self)` as `super()`.
pub(super) fn bare_super(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let line = source.line(finding.line)?;
    let at = line.find("super(").ok_or("there is no such call")?;
    let from = at + "super(".len();
    let inner = line[from..].split(')').next().unwrap_or_default();
    let plain = inner.chars().all(|c| is_name(c) || ", ".contains(c));
    if !plain || inner.matches(',').count() != 1 || line.matches("super(").count() != 1 {
        return misfit("one call with the class and the object");
    }
    edits.replace(finding.line, from, from + inner.len(), "");
    Ok(())
}

/// `list()` as `[]`.
pub(super) fn list(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    literal(finding, source, edits, "list()", "[]")
}

/// `dict()` as `{}`.
pub(super) fn dict(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    literal(finding, source, edits, "dict()", "{}")
}

fn literal(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
    old: &str,
    new: &str,
) -> Mended {
    let (line, at) = (source.line(finding.line)?, offset(finding, source)?);
    if !line[at..].starts_with(old) {
        return misfit("an empty call");
    }
    edits.replace(finding.line, at, at + old.len(), new);
    Ok(())
}

/// `u"a"` as `"a"`.
pub(super) fn prefix(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let (line, at) = (source.line(finding.line)?, offset(finding, source)?);
    if !(line[at..].starts_with("u\"") || line[at..].starts_with("u'")) {
        return misfit("a text with that prefix");
    }
    edits.replace(finding.line, at, at + 1, "");
    Ok(())
}

/// A `pass` beside other statements, or below a docstring.
pub(super) fn pass(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let line = source.line(finding.line)?;
    let indent = line.len() - line.trim_start().len();
    if line.trim() != "pass" || !has_sibling(finding.line, indent, source) {
        return misfit("a pass beside other statements");
    }
    edits.remove(finding.line);
    Ok(())
}

/// The branches behind one that has left: `elif` as `if`, and what an `else`
/// has one level further out. Each branch that has left is followed to the
/// next.
pub(super) fn without_else(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let layout = source.python()?;
    let indent = indentation(source.line(finding.line)?);
    let begins = |number: u64| layout.line(number).is_some_and(|line| line.first == number);
    let own = |line: &str| !line.trim().is_empty() && indentation(line) <= indent;
    let (mut at, mut followed) = (finding.line, false);
    loop {
        let mut rest = (at + 1..).map_while(|number| Some((number, source.find(number)?)));
        let next = rest.find(|(number, line)| begins(*number) && own(line));
        let branch = next.filter(|(_, line)| indentation(line) == indent);
        match branch.map(|(number, line)| (number, line.trim())) {
            Some((number, text)) if text.starts_with("elif ") => {
                edits.replace(number, indent, indent + 2, "");
                if !leaves(number, indent, source) {
                    return Ok(());
                }
                (at, followed) = (number, true);
            }
            Some((number, "else:")) => return outdent(number, indent, source, edits),
            _ if followed => return Ok(()),
            _ => return misfit("a branch with another"),
        }
    }
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Whether the last statement of a branch leaves it for good.
fn leaves(number: u64, indent: usize, source: &Source<'_>) -> bool {
    let body = (number + 1..).map_while(|number| source.find(number));
    let body = body.filter(|line| !line.trim().is_empty());
    let last = body.take_while(|line| indentation(line) > indent).last();
    let text = last.unwrap_or_default().trim();
    let word = text.split(' ').next().unwrap_or_default();
    ["return", "raise", "continue", "break"].contains(&word)
}

/// What an `else` has, one level further out.
fn outdent(number: u64, indent: usize, source: &Source<'_>, edits: &mut Edits) -> Mended {
    /// Blanks of a level.
    const LEVEL: usize = 4;
    let layout = source.python()?;
    edits.remove(number);
    let body = (number + 1..).map_while(|number| Some((number, source.find(number)?)));
    for (number, line) in body.filter(|(_, line)| !line.trim().is_empty()) {
        if layout.in_text(number) {
            continue;
        }
        let inside = layout
            .line(number)
            .is_some_and(|line| line.bracket.is_some());
        if indentation(line) <= indent && !inside {
            break;
        }
        if indentation(line) >= LEVEL {
            edits.replace(number, 0, LEVEL, "");
        }
    }
    Ok(())
}
