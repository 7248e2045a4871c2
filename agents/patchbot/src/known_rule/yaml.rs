//! yamllint's rules.

use std::collections::BTreeSet;

use super::python::{blank_end, final_newline, trailing_blanks};
use super::{Finding, misfit, offset};
use crate::text_edit::{Edits, Source};

/// Whether the rule has one remedy.
pub(super) fn knows(finding: &Finding) -> bool {
    let message = finding.message.as_str();
    match finding.code.as_str() {
        "trailing-spaces" | "new-line-at-end-of-file" => true,
        "empty-lines" => message.starts_with("too many blank lines"),
        "colons" | "commas" | "hyphens" | "brackets" | "braces" => spaces(message).is_some(),
        "comments" => {
            message == "missing starting space in comment"
                || message.starts_with("too few spaces before comment")
        }
        "document-start" => message.starts_with("missing document start"),
        "indentation" => indentations(message).is_some(),
        "comments-indentation" => true,
        "truthy" => message.starts_with("truthy value should be one of"),
        _ => false,
    }
}

/// Adds what mends the finding.
pub(super) fn mend(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    match finding.code.as_str() {
        "trailing-spaces" => trailing_blanks(finding, source, edits),
        "new-line-at-end-of-file" => final_newline(finding, source, edits),
        "empty-lines" => empty_lines(finding, source, edits),
        "comments" => comment(finding, source, edits),
        "document-start" => document_start(source, edits),
        "comments-indentation" => beside_content(finding, source, edits),
        "truthy" => truth(finding, source, edits),
        // What moves is moved together.
        "indentation" => Ok(()),
        _ => blanks(finding, source, edits),
    }
}

/// Whether blanks are to go or one is to come.
fn spaces(message: &str) -> Option<bool> {
    if message.starts_with("too many spaces ") {
        Some(false)
    } else if message.starts_with("too few spaces ") {
        Some(true)
    } else {
        None
    }
}

/// A place inside a quoted or a block text says nothing of YAML's own signs,
/// and yamllint does not look there.
fn blanks(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let at = offset(finding, source)?;
    let message = finding.message.as_str();
    if message.starts_with("too few spaces ") {
        let after = line[..at.min(line.len())].ends_with([',', '[', '{', ':']);
        let before = line[at..].starts_with([']', '}']);
        if !(after || before) || line[..at].ends_with(' ') {
            return misfit("a sign without a blank");
        }
        edits.replace(finding.line, at, at, " ");
        return Ok(());
    }
    // The last of the blanks is named, or what follows them.
    let end = at + (line[at..].len() - line[at..].trim_start_matches(' ').len());
    let from = line[..end].trim_end_matches(' ').len();
    let kept = if message.contains("after") { " " } else { "" };
    let inside = message.contains("inside brackets")
        || message.contains("inside braces")
        || message.contains("before");
    let kept = if inside { "" } else { kept };
    if end - from <= kept.len() || line[..from].trim().is_empty() {
        return misfit("a run of blanks");
    }
    edits.replace(finding.line, from, end, kept);
    Ok(())
}

/// `too many blank lines (3 > 2)`, at the last of them.
fn empty_lines(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let numbers = finding.message.split_once('(').and_then(|(_, rest)| {
        let (found, allowed) = rest.trim_end_matches(')').split_once(" > ")?;
        Some((found.parse::<u64>().ok()?, allowed.parse::<u64>().ok()?))
    });
    let (found, allowed) = numbers.ok_or("the message names no numbers")?;
    let blanks = (1..=finding.line).rev().take_while(|number| {
        source
            .find(*number)
            .is_some_and(|line| line.trim().is_empty())
    });
    if blanks.count() as u64 != found || found <= allowed {
        return misfit("the last of so many blank lines");
    }
    if (finding.line + 1..)
        .map_while(|number| source.find(number))
        .all(str::is_empty)
    {
        return blank_end(finding, source, edits);
    }
    for number in 0..found - allowed {
        edits.remove(finding.line - number);
    }
    Ok(())
}

fn comment(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let at = offset(finding, source)?;
    if finding.message == "missing starting space in comment" {
        let sign = at
            .checked_sub(1)
            .filter(|sign| line[*sign..].starts_with('#'));
        return match sign {
            Some(_) if !line[at..].starts_with([' ', '!', '#']) => {
                edits.replace(finding.line, at, at, " ");
                Ok(())
            }
            _ => misfit("a comment"),
        };
    }
    // `too few spaces before comment: expected 2`
    let expected = finding.message.rsplit_once("expected ");
    let expected: usize = expected
        .map_or(Some(2), |(_, number)| number.parse().ok())
        .ok_or("no number")?;
    let from = line.get(..at).unwrap_or_default().trim_end().len();
    if !line[at..].starts_with('#') || from == 0 || expected > 8 {
        return misfit("a comment behind something");
    }
    edits.replace(finding.line, from, at, " ".repeat(expected));
    Ok(())
}

/// `---` above the document. What begins with a directive or a template's sign
/// is no plain document.
fn document_start(source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let plain = |line: &str| !line.starts_with(['%', '{']) && !line.starts_with("---");
    if !source.find(1).is_some_and(plain) || source.lines().any(|(_, line)| line == "---") {
        return misfit("a document without a start");
    }
    edits.insert_above(1, "---");
    Ok(())
}

/// `wrong indentation: expected 2 but found 4`: the entry and those beside it
/// move, with all that is inside of them.
pub(super) fn mend_indentation(
    findings: &[Finding],
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let mut moved: Vec<i64> = vec![0; source.len() + 1];
    let mut any = false;
    let own = |finding: &&Finding| finding.code == "comments-indentation";
    let comments: BTreeSet<u64> = findings
        .iter()
        .filter(own)
        .map(|finding| finding.line)
        .collect();
    for finding in findings
        .iter()
        .filter(|finding| finding.code == "indentation")
    {
        let (expected, found) =
            indentations(&finding.message).ok_or("the message names no numbers")?;
        let line = source.line(finding.line)?;
        if indentation(line) != found || line.contains('\t') {
            return misfit("indented as the message says");
        }
        let list = is_entry(line);
        let mut members = (finding.line..).map_while(|number| Some((number, source.find(number)?)));
        let ends = |line: &str| {
            let own = indentation(line);
            own < found || (own == found && list && !is_entry(line)) || line.starts_with("---")
        };
        let end = members.find(|(_, line)| !is_blank(line) && ends(line));
        let end = end.map_or(source.len() as u64 + 1, |(number, _)| number);
        // A comment that is named itself goes where its content goes.
        for number in (finding.line..end).filter(|number| !comments.contains(number)) {
            moved[number as usize] += expected as i64 - found as i64;
        }
        any = true;
    }
    if !any {
        return Ok(());
    }
    for (number, line) in source.lines().filter(|(_, line)| !line.trim().is_empty()) {
        let old = indentation(line);
        let new = usize::try_from(old as i64 + moved[number as usize]);
        let new = new.map_err(|_| "the entry would stand left of the document")?;
        if new > MAX_INDENT {
            return misfit("an entry that anybody would indent so far");
        }
        if new != old {
            edits.replace(number, 0, old, " ".repeat(new));
        }
    }
    Ok(())
}

/// Blanks before an entry; nobody reads more.
const MAX_INDENT: usize = 200;

fn indentations(message: &str) -> Option<(usize, usize)> {
    let rest = message.strip_prefix("wrong indentation: expected ")?;
    // Where any will do, it is what most people have.
    if let Some(least) = rest.strip_prefix("at least ") {
        return Some((least.parse::<usize>().ok()?.max(USUAL_INDENT), 0));
    }
    let (expected, found) = rest.split_once(" but found ")?;
    Some((expected.parse().ok()?, found.parse().ok()?))
}

/// Blanks of a level where nothing says how many.
const USUAL_INDENT: usize = 2;

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn is_entry(line: &str) -> bool {
    let text = line.trim_start();
    text == "-" || text.starts_with("- ")
}

fn is_blank(line: &str) -> bool {
    let text = line.trim_start();
    text.is_empty() || text.starts_with('#')
}

/// `comment not indented like content`: like what follows, or what is above.
fn beside_content(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let old = indentation(line);
    let below = (finding.line + 1..).map_while(|number| source.find(number));
    let above = (1..finding.line)
        .rev()
        .filter_map(|number| source.find(number));
    let content = |line: &&str| !is_blank(line);
    let own = below
        .into_iter()
        .find(content)
        .or_else(|| above.into_iter().find(content));
    match own.map(indentation) {
        Some(new) if line.trim_start().starts_with('#') && new != old => {
            edits.replace(finding.line, 0, old, " ".repeat(new));
            Ok(())
        }
        _ => misfit("a comment beside content"),
    }
}

/// `yes` as `true`, where it is a value: that is how it is read.
fn truth(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let at = offset(finding, source)?;
    let word = super::name_at(line, at);
    let end = at + word.len();
    let new = match word.to_lowercase().as_str() {
        "yes" | "on" | "true" => "true",
        "no" | "off" | "false" => "false",
        _ => return misfit("a word for true or false"),
    };
    let value = line[..at].ends_with([' ', '[']) && !line[end..].trim_start().starts_with(':');
    if !value || !finding.message.contains(new) {
        return misfit("a value");
    }
    edits.replace(finding.line, at, end, new);
    Ok(())
}
