//! Java, as javac sees it.

use std::collections::BTreeSet;

use super::similar::is_slip;
use super::standard::java_package;
use super::{Finding, is_name, misfit, name_at, offset};
use crate::text_edit::{Edits, Source};

/// Members that everybody uses: a slip in one is told without its type.
#[rustfmt::skip]
const MEMBERS: &[&str] = &[
    "append", "charAt", "contains", "containsKey", "endsWith", "entrySet", "equals", "forEach",
    "format", "getOrDefault", "hashCode", "indexOf", "isEmpty", "keySet", "length", "parseInt",
    "print", "printf", "println", "remove", "replace", "split", "startsWith", "stream",
    "substring", "toLowerCase", "toString", "toUpperCase", "trim", "valueOf", "values",
];

/// Classes that need no import.
const CLASSES: &[&str] = &[
    "Boolean",
    "Character",
    "Double",
    "Exception",
    "Integer",
    "Iterable",
    "Long",
    "Object",
    "Override",
    "Runnable",
    "String",
    "StringBuilder",
    "System",
    "Thread",
];

enum Remedy<'a> {
    Import(&'static str, &'a str),
    Semicolon,
    /// The name at the place is no name that is known.
    Slip(&'a str),
}

fn remedy(finding: &Finding) -> Option<Remedy<'_>> {
    let message = finding.message.as_str();
    if message == "';' expected" {
        return Some(Remedy::Semicolon);
    }
    let rest = message.strip_prefix("cannot find symbol\n")?;
    let symbol = rest
        .lines()
        .find_map(|line| line.strip_prefix("symbol:"))?
        .trim();
    let (kind, name) = symbol.split_once(' ')?;
    let name = name.split('(').next()?.trim();
    let class = matches!(kind, "class" | "variable");
    match java_package(name).filter(|_| class) {
        Some(package) => Some(Remedy::Import(package, name)),
        None => matches!(kind, "class" | "variable" | "method").then_some(Remedy::Slip(name)),
    }
}

/// Whether the message says what is meant, or the file may.
pub(super) fn knows(finding: &Finding) -> bool {
    remedy(finding).is_some()
}

/// Adds what mends the error; imports are added all together.
pub(super) fn mend(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    match remedy(finding) {
        Some(Remedy::Import(_, name)) => {
            let used = line
                .match_indices(name)
                .any(|(at, _)| name_at(line, at) == name);
            if used {
                Ok(())
            } else {
                misfit("a use of the class")
            }
        }
        Some(Remedy::Semicolon) => {
            let at = offset(finding, source)?.min(line.len());
            let end = line[..at].len();
            if !line[end..].trim().is_empty() || line[..end].ends_with([';', '{', ',']) {
                return misfit("the end of a statement");
            }
            edits.replace(finding.line, end, end, ";");
            Ok(())
        }
        Some(Remedy::Slip(name)) => slip(finding, name, source, edits),
        None => Err("what is meant is not said".into()),
    }
}

/// The one name of the file, or of those that everybody uses, that differs by
/// a slip.
fn slip(
    finding: &Finding,
    name: &str,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let at = offset(finding, source)?;
    let from = match line[at..].starts_with('.') {
        true => at + 1,
        false => at,
    };
    if name_at(line, from) != name {
        return misfit("a use of the name");
    }
    let words = source
        .lines()
        .flat_map(|(_, line)| line.split(|c| !is_name(c)));
    let known: BTreeSet<&str> = words
        .chain(MEMBERS.iter().copied())
        .chain(CLASSES.iter().copied())
        .collect();
    let mut meant = known.into_iter().filter(|other| is_slip(name, other));
    match (meant.next(), meant.next()) {
        (Some(right), None) => {
            edits.replace(finding.line, from, from + name.len(), (*right).to_owned());
            Ok(())
        }
        _ => misfit("one slip away from one name"),
    }
}

/// Adds the imports that a file lacks.
pub(super) fn mend_imports(
    findings: &[Finding],
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let missing = findings.iter().filter_map(|finding| match remedy(finding) {
        Some(Remedy::Import(package, name)) => Some(format!("import {package}.{name};")),
        _ => None,
    });
    let missing: BTreeSet<String> = missing.collect();
    if missing.is_empty() {
        return Ok(());
    }
    if source
        .lines()
        .any(|(_, line)| missing.contains(line.trim()))
    {
        return misfit("a file without the import");
    }
    let imports: Vec<(u64, &str)> = source
        .lines()
        .filter(|(_, line)| line.starts_with("import ") && !line.starts_with("import static "))
        .collect();
    let package = source
        .lines()
        .find(|(_, line)| line.starts_with("package "));
    if imports.is_empty() {
        let text = missing.into_iter().collect::<Vec<_>>().join("\n");
        match package {
            Some((number, line)) => {
                edits.replace(number, line.len(), line.len(), format!("\n\n{text}"))
            }
            None => edits.insert_above(1, &format!("{text}\n")),
        }
        return Ok(());
    }
    let mut places: Vec<(u64, Vec<String>)> = Vec::new();
    for text in missing {
        let after = imports.iter().find(|(_, line)| *line > text.as_str());
        let last = imports.last().map_or(1, |(number, _)| number + 1);
        let place = after.map_or(last, |(number, _)| *number);
        match places.iter_mut().find(|(number, _)| *number == place) {
            Some((_, lines)) => lines.push(text),
            None => places.push((place, vec![text])),
        }
    }
    for (place, lines) in places {
        edits.insert_above(place, &lines.join("\n"));
    }
    Ok(())
}
