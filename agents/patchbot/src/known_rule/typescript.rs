//! The TypeScript compiler's errors, by number.

use super::similar::is_slip;
use super::{Finding, misfit, name_at, offset};
use crate::text_edit::{Edits, Source};

mod exports;
mod modules;
mod unread;

pub(super) use exports::{find as find_exports, mend as mend_exports};
pub(super) use modules::find as find_modules;
pub(super) use unread::{drop_import, drop_member};

/// Whether the error says what is meant, or the project does.
pub(super) fn knows(finding: &Finding) -> bool {
    remedy(finding).is_some() || exports::knows(finding)
}

enum Remedy<'a> {
    /// The name at the place is another.
    Rename(&'a str, &'a str),
    /// The module's path is another.
    Path(&'a str),
    /// The import of this name goes.
    NoImport(&'a str),
    /// The whole import goes.
    NoImportAtAll,
    /// The comment's line goes.
    NoExpectation,
    /// `type` in front of the imported name.
    TypeOnly(&'a str),
    /// `override` in front of the member.
    Override,
    /// The import as the message has it.
    Import(&'a str),
    /// `.name` as `['name']`.
    Brackets(&'a str),
    /// `import type` without `type`.
    Value(&'a str),
    /// The module's path is this one.
    Module(&'a str),
    /// A comma behind the line above.
    Comma,
}

fn remedy(finding: &Finding) -> Option<Remedy<'_>> {
    let message = finding.message.as_str();
    let mut quoted = message.split('\'').skip(1).step_by(2);
    match finding.code.as_str() {
        "TS2551" | "TS2552" | "TS2724" | "TS2561" | "TS2820" | "TS2833" => {
            let (head, offer) = message.rsplit_once("Did you mean ")?;
            let of_module = finding.code == "TS2724";
            let mut named = head.split('\'').skip(1).step_by(2);
            // `'"./m"' has no exported member named 'totl'.`
            let wrong = if of_module {
                named.last()?
            } else {
                named.next()?
            };
            let right = offer.split(['\'', '"']).nth(1)?;
            is_slip(wrong, right).then_some(Remedy::Rename(wrong, right))
        }
        "TS2835" => {
            let path = message
                .rsplit_once("Did you mean '")?
                .1
                .split('\'')
                .next()?;
            path.starts_with('.').then_some(Remedy::Path(path))
        }
        "TS6133" | "TS6196" => Some(Remedy::NoImport(quoted.next()?)),
        "TS6192" => Some(Remedy::NoImportAtAll),
        "TS2578" => Some(Remedy::NoExpectation),
        "TS1484" => Some(Remedy::TypeOnly(quoted.next()?)),
        "TS4114" => Some(Remedy::Override),
        // `Did you mean to use 'import Button from "./button"' instead?`
        "TS2613" | "TS2614" => {
            let (_, offer) = message.rsplit_once("Did you mean to use 'import ")?;
            Some(Remedy::Import(offer.strip_suffix("' instead?")?))
        }
        "TS4111" => Some(Remedy::Brackets(quoted.next()?)),
        "TS1361" => Some(Remedy::Value(quoted.next()?)),
        "TS2307" => modules::meant(message).map(Remedy::Module),
        "TS1005" if message == "',' expected." => Some(Remedy::Comma),
        "TS1357" => Some(Remedy::Comma),
        _ => None,
    }
}

/// Adds what mends the error.
pub(super) fn mend(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let at = offset(finding, source)?;
    let line = source.line(finding.line)?;
    let number = finding.line;
    match remedy(finding) {
        Some(Remedy::Rename(wrong, right))
            if finding.code == "TS2724" && name_at(line, at) == wrong =>
        {
            super::rename_everywhere(wrong, right, source, edits)?;
        }
        Some(Remedy::Rename(wrong, right)) if name_at(line, at) == wrong => {
            edits.replace(number, at, at + wrong.len(), right);
        }
        Some(Remedy::Path(path)) => {
            let quote = line[at..]
                .chars()
                .next()
                .filter(|c| matches!(c, '\'' | '"'));
            let quote = quote.ok_or("the place is not a module's path")?;
            let length = line[at + 1..].find(quote).ok_or("the path has no end")?;
            let old = &line[at + 1..at + 1 + length];
            if !path.starts_with(old)
                || !matches!(
                    &path[old.len()..],
                    ".js" | ".mjs" | ".cjs" | "/index.js" | ".jsx"
                )
            {
                return misfit("a path that lacks its ending");
            }
            edits.replace(number, at + 1, at + 1 + length, path);
        }
        Some(Remedy::NoImport(name)) if line.starts_with("import ") => {
            drop_import(number, at, name, line, edits)?;
        }
        Some(Remedy::NoImport(name)) => {
            if !drop_member(number, name, source, edits) {
                unread::drop_value(number, name, line, edits)?;
            }
        }
        Some(Remedy::Module(path)) => modules::mend(number, at, path, line, edits)?,
        Some(Remedy::Comma) => comma(number, at, source, edits)?,
        Some(Remedy::NoImportAtAll) => unread::drop_whole(number, line, edits)?,
        Some(Remedy::NoExpectation) => {
            let text = line.trim();
            if !text.starts_with("// @ts-expect-error") {
                return misfit("a comment of its own line");
            }
            edits.remove(number);
        }
        Some(Remedy::TypeOnly(name))
            if name_at(line, at) == name && line.starts_with("import {") =>
        {
            edits.replace(number, at, at, "type ");
        }
        Some(Remedy::Override) if !name_at(line, at).is_empty() && line[..at].trim().is_empty() => {
            edits.replace(number, at, at, "override ");
        }
        Some(Remedy::Import(wanted)) => import_as(number, wanted, line, edits)?,
        Some(Remedy::Brackets(name)) if name_at(line, at) == name && line[..at].ends_with('.') => {
            let from = if line[..at].ends_with("?.") {
                at
            } else {
                at - 1
            };
            edits.replace(number, from, at + name.len(), format!("['{name}']"));
        }
        Some(Remedy::Value(name)) => as_value(name, source, edits)?,
        Some(_) => return misfit("what the error is about"),
        // What the project exports is imported all together.
        None if exports::knows(finding) => {}
        None => return Err("what is meant is not said".into()),
    }
    Ok(())
}

/// `import { a } from "./a"` as the default that the module has, or the other
/// way round: the one name of its import.
fn import_as(number: u64, wanted: &str, line: &str, edits: &mut Edits) -> Result<(), String> {
    let (names, _) = wanted
        .split_once(" from ")
        .ok_or("the message names no import")?;
    let own = line
        .strip_prefix("import ")
        .and_then(|rest| rest.split_once(" from "));
    let bare = |names: &str| names.trim_matches(['{', '}', ' ']).to_owned();
    // `a` or `{ a }`.
    let is_one = |names: &str| {
        let inner = names
            .strip_prefix("{ ")
            .and_then(|rest| rest.strip_suffix(" }"));
        let name = inner.unwrap_or(names);
        !name.is_empty() && name.chars().all(super::is_name)
    };
    match own {
        Some((old, _)) if bare(old) == bare(names) && is_one(names) && is_one(old.trim()) => {
            let from = "import ".len();
            edits.replace(number, from, from + old.len(), names);
            Ok(())
        }
        _ => misfit("an import of this name alone"),
    }
}

/// The import of a name that is used as a value, without `type`.
fn as_value(name: &str, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let imports = source.lines().filter(|(_, line)| {
        line.starts_with("import type ")
            && line.split(|c| !super::is_name(c)).any(|word| word == name)
    });
    match imports.collect::<Vec<_>>()[..] {
        [(number, _)] => {
            edits.replace(number, "import ".len(), "import type ".len(), "");
            Ok(())
        }
        _ => misfit("a name of one import"),
    }
}

/// Between two entries on lines of their own.
fn comma(number: u64, at: usize, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let above = source.find(number.saturating_sub(1)).unwrap_or_default();
    let text = above.trim_end();
    let ends = text.ends_with(|c: char| super::is_name(c) || "\"'`)]}".contains(c));
    if !source.line(number)?[..at].trim().is_empty() || !ends || text.contains("//") {
        return misfit("the second of two entries");
    }
    edits.replace(number - 1, text.len(), text.len(), ",");
    Ok(())
}
