//! Rules that say what is expected, or that have one way out.

use super::super::{Finding, is_name, misfit, offset};
use super::{Mended, text};
use crate::text_edit::{Edits, Source};

type Rule = fn(&Finding, &Source<'_>, &mut Edits) -> Mended;

pub(super) fn rule(name: &str) -> Option<Rule> {
    Some(match name {
        "indent" => indented,
        "no-useless-escape" => no_escape,
        "no-prototype-builtins" => of_prototype,
        "spaced-comment" => comment,
        "key-spacing" => value,
        "arrow-spacing" => arrow,
        "space-before-function-paren" => function,
        "no-extra-boolean-cast" => no_cast,
        _ => return None,
    })
}

/// `Expected indentation of 2 spaces but found 4.`
fn indented(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let line = source.line(finding.line)?;
    let rest = text(finding).strip_prefix("Expected indentation of ");
    let (number, rest) = rest
        .and_then(|rest| rest.split_once(' '))
        .ok_or("no number is given")?;
    let number: usize = number.parse().map_err(|_| "no number is given")?;
    let blank = if rest.starts_with("tab") { "\t" } else { " " };
    let old = line.len() - line.trim_start().len();
    // Inside of a text blanks are part of it.
    let texts = source
        .lines()
        .take_while(|(number, _)| *number < finding.line);
    let quotes: usize = texts.map(|(_, line)| line.matches('`').count()).sum();
    if number > 200 || quotes % 2 == 1 || line.trim().is_empty() {
        return misfit("an indented statement");
    }
    edits.replace(finding.line, 0, old, blank.repeat(number));
    Ok(())
}

/// `"a\-b"` as `"a-b"`: the backslash means nothing there.
fn no_escape(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let (line, at) = (source.line(finding.line)?, offset(finding, source)?);
    let named = text(finding).strip_prefix("Unnecessary escape character: ");
    let letter = named
        .and_then(|rest| rest.strip_prefix('\\'))
        .ok_or("no sign is named")?;
    if letter.chars().count() != 1 || !line[at..].starts_with(&format!("\\{letter}")) {
        return misfit("an escaped sign");
    }
    edits.replace(finding.line, at, at + 1, "");
    Ok(())
}

/// `a.hasOwnProperty(b)` as `Object.prototype.hasOwnProperty.call(a, b)`.
fn of_prototype(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let (line, at) = (source.line(finding.line)?, offset(finding, source)?);
    let method = finding.message.split('\'').nth(1).unwrap_or_default();
    let call = format!(".{method}(");
    let found: Vec<usize> = line.match_indices(&call).map(|(at, _)| at).collect();
    let [dot] = found[..] else {
        return misfit("one such call");
    };
    // The call or its method is named, as versions have it.
    let head = &line[..dot];
    let from = head
        .rfind(|c: char| !(is_name(c) || c == '.' || c == '$'))
        .map_or(0, |at| at + 1);
    let near = (from..=dot + 1).contains(&at);
    if method.is_empty() || !near || from == dot || head[..from].ends_with([')', ']']) {
        return misfit("a call on a name");
    }
    let object = &line[from..dot];
    let new = format!("Object.prototype.{method}.call({object}, ");
    edits.replace(finding.line, from, dot + call.len(), new);
    Ok(())
}

/// `//a` as `// a`.
fn comment(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let (line, at) = (source.line(finding.line)?, offset(finding, source)?);
    let wanted = text(finding).starts_with("Expected space or tab after '//'");
    if !wanted || !line[at..].starts_with("//") || line[at + 2..].starts_with([' ', '/', '!']) {
        return misfit("a comment without a blank");
    }
    edits.replace(finding.line, at + 2, at + 2, " ");
    Ok(())
}

/// `a:1` as `a: 1`.
fn value(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let (line, at) = (source.line(finding.line)?, offset(finding, source)?);
    if !text(finding).starts_with("Missing space before value") {
        return misfit("a value without a blank");
    }
    // The colon or what follows it is named, as versions have it.
    let colon = [at, at.saturating_sub(1)]
        .into_iter()
        .find(|at| line[*at..].starts_with(':'));
    match colon {
        Some(colon) if !line[colon + 1..].starts_with(' ') => {
            edits.replace(finding.line, colon + 1, colon + 1, " ");
            Ok(())
        }
        _ => misfit("a key with its value"),
    }
}

/// Blanks on both sides of an arrow.
fn arrow(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let line = source.line(finding.line)?;
    let places: Vec<usize> = line.match_indices("=>").map(|(at, _)| at).collect();
    let [at] = places[..] else {
        return misfit("a line with one arrow");
    };
    match text(finding) {
        "Missing space before =>" if !line[..at].ends_with(' ') => {
            edits.replace(finding.line, at, at, " ");
        }
        "Missing space after =>" if !line[at + 2..].starts_with(' ') => {
            edits.replace(finding.line, at + 2, at + 2, " ");
        }
        _ => return misfit("an arrow without blanks"),
    }
    Ok(())
}

/// `function f ()` and `function f()`.
fn function(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let (line, at) = (source.line(finding.line)?, offset(finding, source)?);
    if text(finding).starts_with("Missing space before function") && line[at..].starts_with('(') {
        edits.replace(finding.line, at, at, " ");
        return Ok(());
    }
    let blanks = line[at..].len() - line[at..].trim_start_matches(' ').len();
    let follows = line[at + blanks..].starts_with('(');
    if text(finding).starts_with("Unexpected space before function") && follows && blanks > 0 {
        edits.replace(finding.line, at, at + blanks, "");
        return Ok(());
    }
    misfit("the parameters of a function")
}

/// `if (!!a)` as `if (a)`.
fn no_cast(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let (line, at) = (source.line(finding.line)?, offset(finding, source)?);
    if !line[at..].starts_with("!!") || !text(finding).starts_with("Redundant double negation") {
        return misfit("a double negation");
    }
    edits.replace(finding.line, at, at + 2, "");
    Ok(())
}
