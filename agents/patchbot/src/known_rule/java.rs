//! Java, as javac sees it.

use std::collections::{BTreeMap, BTreeSet};

use super::similar::is_slip;
use super::standard::java_package;
use super::{Finding, is_name, misfit, name_at, offset};
use crate::text_edit::{Edits, Source};
use crate::workspace::{Kind, Workspace};

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

/// Between a message and the package of the repository that has the class.
const OWN: &str = "\nof the package ";

/// Classes that are looked for; who lacks more has no sources.
const MAX_CLASSES: usize = 50;

/// Adds to each finding the package of the class it lacks, where one file of
/// the repository is called after it.
pub(super) fn find_classes(findings: &mut [Finding], workspace: &dyn Workspace) {
    let mut known: BTreeMap<String, Option<String>> = BTreeMap::new();
    for finding in findings {
        let Some(class) = lacked(&finding.message).map(str::to_owned) else {
            continue;
        };
        if known.len() == MAX_CLASSES && !known.contains_key(&class) {
            return;
        }
        let found = known.entry(class);
        let found = found.or_insert_with_key(|class| package_of(class, workspace));
        if let Some(package) = found {
            finding.message.push_str(&format!("{OWN}{package}"));
        }
    }
}

/// The class that an error calls unknown, where it is none of the library's.
fn lacked(message: &str) -> Option<&str> {
    let symbol = message
        .lines()
        .find_map(|line| line.strip_prefix("symbol:"))?;
    let (kind, name) = symbol.trim().split_once(' ')?;
    let own = matches!(kind, "class" | "variable") && java_package(name.trim()).is_none();
    own.then(|| name.trim())
}

/// The package of the one file that is called after a class and defines it for
/// all.
fn package_of(class: &str, workspace: &dyn Workspace) -> Option<String> {
    let mut own = workspace.listing().named(&format!("{class}.java"));
    let (Some((path, Kind::File)), None) = (own.next(), own.next()) else {
        return None;
    };
    let text = String::from_utf8(workspace.read(path).ok()?).ok()?;
    let defines = |line: &str| {
        let rest = line.strip_prefix("public ").unwrap_or_default();
        rest.split([' ', '<', '(', '{']).any(|word| word == class)
    };
    let package = text.lines().find_map(|line| line.strip_prefix("package "));
    let package = package?.trim().strip_suffix(';')?.to_owned();
    text.lines().any(defines).then_some(package)
}

enum Remedy<'a> {
    Import(&'a str, &'a str),
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
    if let Some((_, package)) = message.split_once(OWN).filter(|_| class) {
        return Some(Remedy::Import(package, name));
    }
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
    let members = if of_library(&finding.message) {
        MEMBERS
    } else {
        &[]
    };
    if members.is_empty() && !of_file(&finding.message, source) {
        return misfit("a member of a class that is known");
    }
    let own = source
        .lines()
        .flat_map(|(_, line)| line.split(|c| !is_name(c)));
    let words = own.chain(members.iter().copied());
    let words = words.chain(CLASSES.iter().copied());
    let near = words.filter(|other| other.len().abs_diff(name.len()) <= 1 && is_slip(name, other));
    let meant: BTreeSet<&str> = near.collect();
    match (meant.first(), meant.len()) {
        (Some(right), 1) => {
            edits.replace(finding.line, from, from + name.len(), *right);
            Ok(())
        }
        _ => misfit("one slip away from one name"),
    }
}

/// Where the compiler looked for the name.
fn location(message: &str) -> &str {
    let mut lines = message.lines();
    let found = lines.find_map(|line| line.strip_prefix("location:"));
    found.unwrap_or_default().trim()
}

/// The class it looked in.
fn class(message: &str) -> &str {
    let kind = location(message).rsplit(' ').next().unwrap_or_default();
    kind.split('<').next().unwrap_or_default()
}

/// Whether it looked in one of the classes whose members are known.
fn of_library(message: &str) -> bool {
    matches!(class(message), "PrintStream" | "String" | "StringBuilder")
}

/// Whether it looked in a class that the file defines.
fn of_file(message: &str, source: &Source<'_>) -> bool {
    let name = class(message);
    let kinds = ["class", "interface", "record", "enum"];
    let defines = |line: &str| {
        let mut words = line
            .split_whitespace()
            .skip_while(|word| !kinds.contains(word));
        let defined = words
            .nth(1)
            .and_then(|word| word.split(['<', '{', '(']).next());
        defined == Some(name)
    };
    !name.is_empty() && source.lines().any(|(_, line)| defines(line))
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
