//! Rules about lists and headings, whose message says what is expected.

use super::super::{Finding, misfit};
use super::{Rule, expected};
use crate::text_edit::{Edits, Source};

type Mended = Result<(), String>;

#[rustfmt::skip]
pub(super) fn rule(code: &str) -> Option<Rule> {
    Some(match code {
        "MD001" => level,
        "MD004" => bullet,
        "MD005" | "MD007" => indented,
        "MD029" => numbered,
        "MD030" => one_blank,
        "MD058" => around_table,
        _ => return None,
    })
}

/// A number that a list may be indented by; nobody reads more.
fn number(text: &str) -> Option<usize> {
    const MOST: usize = 200;
    text.parse().ok().filter(|number| *number <= MOST)
}

/// `### a` as `## a`, one level below the heading above.
fn level(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let line = source.line(finding.line)?;
    let levels = expected(finding).and_then(|(expected, actual)| {
        Some((
            number(expected.strip_prefix('h')?)?,
            number(actual.strip_prefix('h')?)?,
        ))
    });
    let (new, old) = levels.ok_or("the message names no levels")?;
    let signs = line.len() - line.trim_start_matches('#').len();
    if signs != old || !(1..=6).contains(&new) || line.trim_end().ends_with('#') {
        return misfit("a heading of that level");
    }
    // What stands below it would be two levels below, then.
    let deeper = (finding.line + 1..)
        .map_while(|number| source.find(number))
        .take_while(|line| {
            !line.starts_with('#') || line.trim_start_matches('#').len() + signs < line.len()
        });
    if deeper.into_iter().any(|line| line.starts_with('#')) {
        return misfit("a heading with none below");
    }
    edits.replace(finding.line, 0, signs, "#".repeat(new));
    Ok(())
}

/// `* a` as `- a`.
fn bullet(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let sign = |name: &str| match name {
        "dash" => Some('-'),
        "asterisk" => Some('*'),
        "plus" => Some('+'),
        _ => None,
    };
    let line = source.line(finding.line)?;
    let signs = expected(finding).and_then(|(new, old)| Some((sign(new)?, sign(old)?)));
    let (new, old) = signs.ok_or("the message names no signs")?;
    let at = line.len() - line.trim_start().len();
    if !line[at..].starts_with(old) || !line[at + 1..].starts_with(' ') {
        return misfit("an item with that sign");
    }
    edits.replace(finding.line, at, at + 1, new);
    Ok(())
}

/// An item further in or out, with what belongs to it.
fn indented(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let line = source.line(finding.line)?;
    let numbers = expected(finding).and_then(|(new, old)| Some((number(new)?, number(old)?)));
    let (new, old) = numbers.ok_or("the message names no numbers")?;
    let own = |line: &str| line.len() - line.trim_start_matches(' ').len();
    if own(line) != old {
        return misfit("indented as the message says");
    }
    edits.replace(finding.line, 0, old, " ".repeat(new));
    // What is inside and is no item of its own, which would be named itself.
    for number in finding.line + 1.. {
        let Some(line) = source.find(number) else {
            break;
        };
        let text = line.trim_start();
        let item =
            text.starts_with(['-', '*', '+']) || text.starts_with(|c: char| c.is_ascii_digit());
        if text.is_empty() || own(line) <= old || item {
            break;
        }
        edits.replace(
            number,
            0,
            own(line),
            " ".repeat((own(line) + new).saturating_sub(old)),
        );
    }
    Ok(())
}

/// `1. a` as `2. a`.
fn numbered(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let line = source.line(finding.line)?;
    let (new, old) = expected(finding).ok_or("the message names no numbers")?;
    let at = line.len() - line.trim_start().len();
    let there = line[at..]
        .strip_prefix(old)
        .is_some_and(|rest| rest.starts_with(['.', ')']));
    if !there || !new.bytes().all(|digit| digit.is_ascii_digit()) || new.len() != old.len() {
        return misfit("an item with that number");
    }
    edits.replace(finding.line, at, at + old.len(), new);
    Ok(())
}

/// `-   a` as `- a`.
fn one_blank(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let line = source.line(finding.line)?;
    let numbers = expected(finding).and_then(|(new, old)| Some((number(new)?, number(old)?)));
    let (new, old) = numbers.ok_or("the message names no numbers")?;
    let text = line.trim_start();
    let sign = text.find(' ').ok_or("it is no item")?;
    let from = line.len() - text.len() + sign;
    let blanks = line[from..].len() - line[from..].trim_start_matches(' ').len();
    let next = source.find(finding.line + 1).unwrap_or_default();
    // What goes on below is aligned with the text.
    if blanks != old || next.starts_with(' ') {
        return misfit("an item of one line");
    }
    edits.replace(finding.line, from, from + blanks, " ".repeat(new));
    Ok(())
}

/// Blank lines above and below a table.
fn around_table(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let row = |number: u64| {
        source
            .find(number)
            .is_some_and(|line| line.trim_start().starts_with('|'))
    };
    let blank = |number: u64| {
        source
            .find(number)
            .is_none_or(|line| line.trim().is_empty())
    };
    if !row(finding.line) {
        return misfit("a row of a table");
    }
    if !row(finding.line - 1) && !blank(finding.line - 1) {
        edits.insert_above(finding.line, "");
    } else if !row(finding.line + 1) && !blank(finding.line + 1) {
        edits.insert_above(finding.line + 1, "");
    } else {
        return misfit("the edge of a table");
    }
    Ok(())
}
