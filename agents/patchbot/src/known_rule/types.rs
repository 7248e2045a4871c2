//! Python's type checkers: mypy by code, pyright by rule.

use super::python::missing;
use super::similar::is_slip;
use super::{Finding, is_name, misfit};
use crate::text_edit::{Edits, Source};

/// Whether the finding says what is meant.
pub(super) fn knows(finding: &Finding) -> bool {
    remedy(finding).is_some() || missing::named(finding).is_some()
}

/// Adds what mends the finding.
pub(super) fn mend(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    match remedy(finding) {
        Some(Remedy::NoIgnore) => drop_ignore(finding, source, edits),
        Some(Remedy::ReturnsNone) => returns_none(finding, source, edits),
        Some(Remedy::Optional(name, kind)) => optional(finding, name, kind, source, edits),
        Some(Remedy::NoneDefault(kind)) => {
            let at = super::offset(finding, source)?;
            let head = source.line(finding.line)?[..at].trim_end();
            let head = head.strip_suffix('=').map(str::trim_end);
            let head = head.and_then(|head| head.strip_suffix(kind)?.trim_end().strip_suffix(':'));
            let name = head.and_then(|head| head.rsplit(|c| !is_name(c)).next());
            match name.filter(|name| !name.is_empty()) {
                Some(name) => optional(finding, name, kind, source, edits),
                None => misfit("a parameter written like the message"),
            }
        }
        Some(Remedy::Rename(wrong, right)) if finding.message.starts_with("Module ") => {
            super::rename_everywhere(wrong, right, source, edits)
        }
        Some(Remedy::Rename(wrong, right)) => rename(finding, wrong, right, source, edits),
        // Imports are added all together.
        None if missing::named(finding).is_some() => Ok(()),
        None => Err("what is meant is not said".into()),
    }
}

enum Remedy<'a> {
    /// The comment goes.
    NoIgnore,
    /// `-> None`
    ReturnsNone,
    /// `x: int = None` says that it may be none.
    Optional(&'a str, &'a str),
    Rename(&'a str, &'a str),
    /// As `Optional`, of the parameter whose default the place is.
    NoneDefault(&'a str),
}

fn remedy(finding: &Finding) -> Option<Remedy<'_>> {
    let message = finding.message.as_str();
    match finding.code.as_str() {
        "unused-ignore" | "reportUnnecessaryTypeIgnoreComment" => Some(Remedy::NoIgnore),
        // Unused ignores had no code once.
        "" if message == "unused \"type: ignore\" comment" => Some(Remedy::NoIgnore),
        "no-untyped-def" if message.starts_with("Function is missing a return type annotation") => {
            Some(Remedy::ReturnsNone)
        }
        "assignment" => {
            let parts: Vec<&str> = quoted(message.lines().next()?).collect();
            let default = message.starts_with("Incompatible default for ");
            match parts[..] {
                [name, "None", kind] if default => Some(Remedy::Optional(name, kind)),
                _ => None,
            }
        }
        "reportArgumentType" | ""
            if message.starts_with(
                "Expression of type \"None\" cannot be assigned to parameter of type ",
            ) =>
        {
            Some(Remedy::NoneDefault(quoted(message).nth(1)?))
        }
        "attr-defined" => {
            // `"str" has no attribute "lenght"; maybe "length"?`, and of several
            // offers none is meant.
            let (head, offer) = message.split_once("; maybe ")?;
            let wrong = quoted(head).last()?;
            let mut offers = quoted(offer);
            let right = offers
                .next()
                .filter(|_| !offer.contains(" or ") && !offer.contains(", "))?;
            is_slip(wrong, right).then_some(Remedy::Rename(wrong, right))
        }
        _ => None,
    }
}

/// The texts between double quotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

fn drop_ignore(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let found = ["# type: ignore", "# pyright: ignore", "# type:ignore"]
        .iter()
        .find_map(|mark| line.find(mark).map(|at| (at, mark.len())));
    let Some((at, length)) = found else {
        return misfit("a line with such a comment");
    };
    let mut end = at + length;
    let rest = &line[end..];
    if rest.starts_with('[') {
        // Of several codes the message names one, and the others stay.
        let codes = rest.find(']').map(|close| &rest[1..close]);
        match codes {
            Some(codes) if !codes.contains(',') => end += codes.len() + 2,
            _ => return misfit("a comment with one code"),
        }
    }
    let from = line[..at].trim_end().len();
    let rest = line[end..].trim_start();
    if rest.is_empty() {
        edits.replace(finding.line, from, line.len(), "");
        return Ok(());
    }
    if !rest.starts_with('#') {
        return misfit("a comment of its own");
    }
    edits.replace(finding.line, at, line.len() - rest.len(), "");
    Ok(())
}

/// `def f(x: int):` as `def f(x: int) -> None:`, on one line.
fn returns_none(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let code = line.trim_start();
    let definition = code.starts_with("def ") || code.starts_with("async def ");
    let plain = !line.contains(['#', '"', '\'']) && !line.contains("->");
    match line.trim_end().strip_suffix("):") {
        Some(head) if definition && plain && gives_nothing(finding.line, source) => {
            edits.replace(finding.line, head.len() + 1, head.len() + 1, " -> None");
            Ok(())
        }
        _ => misfit("a definition of one line"),
    }
}

/// Whether the body below a definition gives no value back, as far as words
/// tell. One with a body of its own inside is not looked into.
fn gives_nothing(line: u64, source: &Source<'_>) -> bool {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = source.find(line).map_or(0, indent);
    let body = (line + 1..)
        .map_while(|number| source.find(number))
        .take_while(|line| line.trim().is_empty() || indent(line) > own);
    let words = |line: &str| -> Vec<String> {
        line.split(|letter| !is_name(letter))
            .map(str::to_owned)
            .collect()
    };
    let gives = |line: &str| {
        let gives = ["yield", "def", "class", "lambda"];
        let value = line
            .trim()
            .strip_prefix("return")
            .is_some_and(|rest| !rest.is_empty());
        value
            || line.contains(" return ")
            || words(line)
                .iter()
                .any(|word| gives.contains(&word.as_str()))
    };
    let mut body = body.peekable();
    body.peek().is_some() && !body.any(gives)
}

/// `x: int = None` as `x: Optional[int] = None`.
fn optional(
    finding: &Finding,
    name: &str,
    kind: &str,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let old = format!("{name}: {kind} = None");
    let places: Vec<usize> = line.match_indices(&old).map(|(at, _)| at).collect();
    let [at] = places[..] else {
        return misfit("a parameter written like the message");
    };
    let from = at + name.len() + 2;
    edits.replace(
        finding.line,
        from,
        from + kind.len(),
        format!("Optional[{kind}]"),
    );
    let known = source.lines().any(|(_, line)| {
        line.starts_with("from typing import ")
            && line.split(|c| !is_name(c)).any(|word| word == "Optional")
    });
    if known {
        Ok(())
    } else {
        import_typing("Optional", source, edits)
    }
}

/// Adds a name to the file's `from typing import …`, or such a line above the
/// first import.
fn import_typing(name: &str, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let plain = |line: &str| line.chars().all(|c| is_name(c) || " ,.".contains(c));
    let own = source
        .lines()
        .find(|(_, line)| line.starts_with("from typing import ") && plain(line));
    if let Some((number, line)) = own {
        let (_, names) = line.split_at("from typing import ".len());
        let mut names: Vec<&str> = names.split(", ").collect();
        // Where several names are missing, one line gets them one after the
        // other, which would be two edits of one place.
        if names.contains(&name) {
            return misfit("a file without the import");
        }
        names.push(name);
        names.sort_unstable();
        let line_end = line.len();
        edits.replace(
            number,
            0,
            line_end,
            format!("from typing import {}", names.join(", ")),
        );
        return Ok(());
    }
    let bound = |line: &str| line.split(|c| !is_name(c)).any(|word| word == "typing");
    if source.lines().any(|(_, line)| bound(line)) {
        return misfit("a file that leaves one place for the import");
    }
    let mut imports = source.lines().filter(|(_, line)| {
        let import = line.starts_with("import ") || line.starts_with("from ");
        import && !line.starts_with("from __future__ ")
    });
    match imports.next() {
        Some((number, _)) => {
            edits.insert_above(number, &format!("from typing import {name}"));
            Ok(())
        }
        None => above_all(name, source, edits),
    }
}

/// The first import of a file, above what is no comment and no docstring.
fn above_all(name: &str, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let mut lines = source.lines().skip_while(|(_, line)| line.starts_with('#'));
    match lines.next() {
        Some((number, line)) if !line.is_empty() && !line.starts_with(['"', '\'']) => {
            let blank = if line.starts_with("def ")
                || line.starts_with("class ")
                || line.starts_with('@')
            {
                "\n\n"
            } else {
                "\n"
            };
            edits.insert_above(number, &format!("from typing import {name}{blank}"));
            Ok(())
        }
        _ => misfit("a file that leaves one place for the import"),
    }
}

fn rename(
    finding: &Finding,
    wrong: &str,
    right: &str,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let places: Vec<usize> = line
        .match_indices(wrong)
        .map(|(at, _)| at)
        .filter(|at| super::name_at(line, *at) == wrong)
        .collect();
    match places[..] {
        [at] => {
            edits.replace(finding.line, at, at + wrong.len(), right);
            Ok(())
        }
        _ => misfit("a line that has the name once"),
    }
}
