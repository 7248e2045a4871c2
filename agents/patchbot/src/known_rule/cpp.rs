//! C and C++, as gcc and clang see them.

use std::collections::BTreeSet;

use super::similar::is_slip;
use super::{Finding, is_name, misfit, name_at, offset};
use crate::share::Share;
use crate::text_edit::{Edits, Source};

enum Remedy<'a> {
    /// This header is included.
    Include(&'a str),
    /// The name at the place is another.
    Rename(&'a str, &'a str),
    /// A semicolon behind what stands before the place.
    Semicolon,
    /// The declaration of this variable goes.
    NoVariable(&'a str),
    /// The compiler says the same once more.
    Again,
    /// `std::` in front of this name.
    Standard(&'a str),
    /// This directive of a format is another.
    Directive(&'a str, &'a str),
}

fn remedy(message: &str) -> Option<Remedy<'_>> {
    let (head, notes) = message.split_once('\n').unwrap_or((message, ""));
    if let Some(header) = header(notes) {
        return Some(Remedy::Include(header));
    }
    let quoted = head.split('\'').nth(1).unwrap_or_default();
    if let Some((_, wanted)) = notes.split_once("wants ") {
        // An integer of another width; where a text is printed as a number, the
        // argument may be the wrong one.
        let integer = |directive: &str| directive.ends_with(['d', 'i', 'u', 'x', 'X', 'o']);
        let both = integer(quoted) && integer(wanted);
        return both.then_some(Remedy::Directive(quoted, wanted));
    }
    if notes.contains("std::") || head.ends_with(&format!("did you mean 'std::{quoted}'?")) {
        return Some(Remedy::Standard(quoted));
    }
    if head.starts_with("incompatible implicit declaration of built-in function") {
        return Some(Remedy::Again);
    }
    if let Some((wrong, offer)) = head.split_once("; did you mean '") {
        let right = offer.split('\'').next()?;
        // `'struct point' has no member named 'widht'`, and clang's other way
        // round.
        let mut names = wrong.split('\'').skip(1).step_by(2);
        let wrong = names.find(|name| is_slip(name, right))?;
        return Some(Remedy::Rename(wrong, right));
    }
    let expected = head.strip_prefix("expected ")?;
    let semicolon = [
        "';' before",
        "';', identifier or '(' before",
        "',' or ';' before",
        "';' after",
        "';' at end",
    ];
    semicolon
        .iter()
        .any(|start| expected.starts_with(start))
        .then_some(Remedy::Semicolon)
}

fn unused(message: &str) -> Option<Remedy<'_>> {
    let rest = message.strip_prefix("unused variable '")?;
    Some(Remedy::NoVariable(rest.split('\'').next()?))
}

/// The header that a note names: in quotes or not.
fn header(notes: &str) -> Option<&str> {
    let (_, rest) = notes.split_once('<')?;
    let (header, _) = rest.split_once('>')?;
    let plain = header.chars().all(|c| is_name(c) || "./+-".contains(c));
    (plain && !header.is_empty() && !header.contains("..")).then_some(header)
}

/// Whether the message says what is meant. What follows from a header that is
/// missing is told by the file ([`mend_all`]).
pub(super) fn knows(finding: &Finding) -> bool {
    remedy(&finding.message).is_some() || unused(&finding.message).is_some() || follows(finding)
}

/// An error that an unknown name causes further on.
fn follows(finding: &Finding) -> bool {
    let message = finding.message.as_str();
    message.starts_with("expected primary-expression before")
        || message.contains("' was not declared in this scope")
        || message.contains("' does not name a type")
}

/// Adds what mends all errors of a file.
pub(super) fn mend_all(
    findings: &[Finding],
    share: Share,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let mut headers: BTreeSet<&str> = BTreeSet::new();
    let mut lines: Vec<&str> = Vec::new();
    for finding in findings {
        match remedy(&finding.message) {
            Some(Remedy::Include(header)) => {
                headers.insert(header);
                lines.push(source.line(finding.line)?);
            }
            Some(Remedy::Standard(_)) => lines.push(source.line(finding.line)?),
            _ => {}
        }
    }
    for finding in findings {
        match remedy(&finding.message).or_else(|| unused(&finding.message)) {
            Some(Remedy::Include(_) | Remedy::Again) => {}
            Some(remedy) => match mend(finding, remedy, source, edits) {
                Err(_) if share == Share::Some => {}
                mended => mended?,
            },
            None if caused(finding, &lines, source) || share == Share::Some => {}
            None => return Err(format!("line {}: what is meant is not said", finding.line)),
        }
    }
    include(&headers, source, edits)
}

/// Whether an error stands in a line with an unknown name, or is about one
/// declared there.
fn caused(finding: &Finding, lines: &[&str], source: &Source<'_>) -> bool {
    let Ok(line) = source.line(finding.line) else {
        return false;
    };
    let name = finding.message.split('\'').nth(1).unwrap_or_default();
    let has = |line: &&str| line.split(|c| !is_name(c)).any(|word| word == name);
    follows(finding) && (lines.contains(&line) || lines.iter().any(has))
}

fn mend(
    finding: &Finding,
    remedy: Remedy<'_>,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let at = offset(finding, source)?;
    match remedy {
        Remedy::Rename(wrong, right) if name_at(line, at) == wrong => {
            edits.replace(finding.line, at, at + wrong.len(), right);
            Ok(())
        }
        Remedy::Semicolon => semicolon(finding.line, at, source, edits),
        Remedy::NoVariable(name) => no_variable(finding.line, name, line, edits),
        Remedy::Standard(name) if name_at(line, at) == name && !line[..at].ends_with("::") => {
            edits.replace(finding.line, at, at, "std::");
            Ok(())
        }
        // The place is the directive's last letter.
        Remedy::Directive(old, new) => {
            let from = (at + 1)
                .checked_sub(old.len())
                .filter(|from| line[*from..].starts_with(old));
            let from = from.ok_or("the place is not the directive")?;
            edits.replace(finding.line, from, from + old.len(), new);
            Ok(())
        }
        Remedy::Rename(..) | Remedy::Include(_) | Remedy::Again | Remedy::Standard(_) => {
            misfit("a use of the name")
        }
    }
}

/// Behind the last code before a place.
fn semicolon(number: u64, at: usize, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let own = source.line(number)?[..at].trim_end();
    let mut above = (1..number)
        .rev()
        .map_while(|number| Some((number, source.find(number)?)));
    let end = match own.is_empty() {
        false => Some((number, own)),
        true => above.find(|(_, line)| !line.trim().is_empty()),
    };
    let (number, text) = end.ok_or("nothing stands before it")?;
    let text = text.trim_end();
    let odd = text.contains("//") || text.contains("/*") || text.starts_with('#');
    if odd || text.ends_with([';', '{', '(', ',', '\\']) {
        return misfit("the end of a statement");
    }
    edits.replace(number, text.len(), text.len(), ";");
    Ok(())
}

/// `int x = 1;`, where nobody reads it. What is called stays.
fn no_variable(number: u64, name: &str, line: &str, edits: &mut Edits) -> Result<(), String> {
    let text = line.trim();
    let declared = text
        .strip_suffix(';')
        .filter(|text| !text.contains([';', ',', '(', '"', '{']));
    let (kind, value) = declared
        .map(|text| text.split_once(" = ").unwrap_or((text, "0")))
        .ok_or("the place is not a plain declaration")?;
    let ends = kind
        .strip_suffix(name)
        .is_some_and(|kind| kind.ends_with([' ', '*']));
    let number_like = value.chars().all(|c| is_name(c) || c == '.' || c == '-');
    if !ends || !number_like || name.is_empty() || kind.contains("return") {
        return misfit("a variable that holds a plain value");
    }
    edits.remove(number);
    Ok(())
}

/// Headers behind the last of those that are included first, or above all.
fn include(headers: &BTreeSet<&str>, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let text = |header: &&str| format!("#include <{header}>");
    if headers.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = headers.iter().map(text).collect();
    let included = |line: &str| lines.iter().any(|text| line.trim() == text);
    if source.lines().any(|(_, line)| included(line)) {
        return misfit("a file without the header");
    }
    let mut own = source
        .lines()
        .skip_while(|(_, line)| !line.starts_with("#include <"));
    let group = own
        .by_ref()
        .take_while(|(_, line)| line.starts_with("#include <"));
    if let Some((last, _)) = group.last() {
        edits.insert_above(last + 1, &lines.join("\n"));
        return Ok(());
    }
    let quiet =
        |line: &str| line.is_empty() || line.starts_with("//") || line.starts_with("#pragma once");
    let first = source.lines().find(|(_, line)| !quiet(line));
    match first {
        Some((number, line)) if !line.starts_with("/*") && !line.starts_with("#ifndef") => {
            edits.insert_above(number, &format!("{}\n", lines.join("\n")));
            Ok(())
        }
        _ => misfit("a file that leaves one place for the header"),
    }
}
