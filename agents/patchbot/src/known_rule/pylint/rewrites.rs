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

/// The branch behind one that has left: `elif` as `if`, and what an `else` has
/// one level further out.
pub(super) fn without_else(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let line = source.line(finding.line)?;
    let indent = line.len() - line.trim_start().len();
    let layout = source.python()?;
    let own = |line: &str| line.len() - line.trim_start().len();
    let mut rest = (finding.line + 1..).map_while(|number| Some((number, source.find(number)?)));
    let branch = rest.find(|(number, line)| {
        let begins = layout
            .line(*number)
            .is_some_and(|line| line.first == *number);
        begins && !line.trim().is_empty() && own(line) <= indent
    });
    let Some((number, text)) = branch.filter(|(_, line)| own(line) == indent) else {
        return misfit("a branch with another");
    };
    if text.trim_start().starts_with("elif ") && finding.message.contains("\"elif\"") {
        edits.replace(number, indent, indent + 2, "");
        return Ok(());
    }
    if text.trim() != "else:" || !finding.message.contains("\"else\"") {
        return misfit("a branch with a plain else");
    }
    edits.remove(number);
    for (number, line) in rest {
        if line.trim().is_empty() || layout.in_text(number) {
            continue;
        }
        if own(line) <= indent
            && layout
                .line(number)
                .is_some_and(|state| state.bracket.is_none())
        {
            break;
        }
        if own(line) >= 4 {
            edits.replace(number, 0, 4, "");
        }
    }
    Ok(())
}
