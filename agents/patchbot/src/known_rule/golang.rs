//! Go's compiler and `go vet`.

use std::collections::{BTreeMap, BTreeSet};

use super::standard::go_package;
use super::{Finding, is_name, misfit, name_at, offset};
use crate::text_edit::{Edits, Source};

enum Remedy<'a> {
    /// This import goes.
    NoImport(&'a str),
    /// This package is imported.
    Import(&'static str, &'a str),
    /// The name at the place is another.
    Rename(&'a str, &'a str),
    /// No line feed at the end of the last argument.
    NoLineFeed,
    /// This import goes, and its name.
    NoNamedImport(&'a str, &'a str),
    /// The variable goes, where it holds a plain value.
    NoVariable(&'a str),
    /// The statement that sets a name to itself goes.
    NoAssignment(&'a str),
    /// `=` in place of `:=`.
    Assign,
    /// A comma at the end of the line.
    Comma,
}

fn remedy(message: &str) -> Option<Remedy<'_>> {
    if let Some((path, name)) = message
        .strip_suffix(" and not used")
        .and_then(|rest| rest.split_once(" imported as "))
    {
        let path = path.strip_prefix('"')?.strip_suffix('"')?;
        return Some(Remedy::NoNamedImport(path, name));
    }
    if let Some(name) = message.strip_prefix("declared and not used: ") {
        return Some(Remedy::NoVariable(name));
    }
    if let Some(rest) = message.strip_prefix("self-assignment of ") {
        return Some(Remedy::NoAssignment(rest.split(" to ").next()?));
    }
    if message.starts_with("no new variables on left side of :=") {
        return Some(Remedy::Assign);
    }
    if message.starts_with("syntax error: unexpected newline in ")
        && message.contains("possibly missing comma or ")
    {
        return Some(Remedy::Comma);
    }
    if let Some(path) = message.strip_suffix(" imported and not used") {
        return Some(Remedy::NoImport(path.strip_prefix('"')?.strip_suffix('"')?));
    }
    if let Some(name) = message.strip_prefix("undefined: ") {
        // `undefined: strings.toUpper (but have ToUpper)`
        if let Some((wrong, offer)) = name.split_once(" (but have ") {
            let right = offer.strip_suffix(')')?;
            let wrong = wrong.rsplit('.').next()?;
            let same = wrong.eq_ignore_ascii_case(right) && wrong != right;
            return same.then_some(Remedy::Rename(wrong, right));
        }
        return go_package(name).map(|path| Remedy::Import(path, name));
    }
    if let Some((head, rest)) = message.split_once(" undefined (") {
        let offer = rest.strip_suffix(')')?;
        let (_, right) = offer
            .rsplit_once("but does have method ")
            .or_else(|| offer.rsplit_once("but does have field "))?;
        let wrong = head.rsplit('.').next()?;
        let same = wrong.eq_ignore_ascii_case(right) && wrong != right;
        return same.then_some(Remedy::Rename(wrong, right));
    }
    let ends = message.contains("arg list ends with redundant newline");
    ends.then_some(Remedy::NoLineFeed)
}

/// Whether the message says what is meant.
pub(super) fn knows(finding: &Finding) -> bool {
    remedy(&finding.message).is_some()
}

/// Adds what mends the finding.
pub(super) fn mend(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let at = offset(finding, source)?;
    let line = source.line(finding.line)?;
    match remedy(&finding.message) {
        Some(Remedy::NoImport(path)) => drop_import(finding.line, path, source, edits),
        Some(Remedy::Import(path, name)) => {
            let used = name_at(line, at) == name && line[at + name.len()..].starts_with('.');
            // Imports are added all together.
            match used && !path.is_empty() {
                true => Ok(()),
                false => misfit("a use of the package"),
            }
        }
        Some(Remedy::NoNamedImport(path, name)) => {
            let text = line.trim();
            let single = text.strip_prefix("import ").unwrap_or(text);
            if single != format!("{name} \"{path}\"") {
                return misfit("an import of this package alone");
            }
            edits.remove(finding.line);
            Ok(())
        }
        Some(Remedy::NoVariable(name)) => no_variable(finding.line, name, line, edits),
        Some(Remedy::NoAssignment(name)) => {
            if line.trim() != format!("{name} = {name}") || !name.chars().all(is_name) {
                return misfit("a name set to itself");
            }
            edits.remove(finding.line);
            Ok(())
        }
        Some(Remedy::Assign) => match line[at..].starts_with(":=") {
            true => {
                edits.replace(finding.line, at, at + 2, "=");
                Ok(())
            }
            false => misfit("a declaration"),
        },
        Some(Remedy::Comma) => {
            if !line[at..].trim().is_empty() || line[..at].trim_end().ends_with([',', '{', '(']) {
                return misfit("the end of an element");
            }
            edits.replace(finding.line, at, at, ",");
            Ok(())
        }
        Some(Remedy::Rename(wrong, right)) => {
            let found = line[at..].find(wrong).map(|found| at + found);
            match found.filter(|found| name_at(line, *found) == wrong) {
                Some(from) => {
                    edits.replace(finding.line, from, from + wrong.len(), right);
                    Ok(())
                }
                None => misfit("a use of the name"),
            }
        }
        Some(Remedy::NoLineFeed) => match line[at..].find("\\n\")").map(|found| at + found) {
            Some(from) if line[at..].matches("\\n\"").count() == 1 => {
                edits.replace(finding.line, from, from + 2, "");
                Ok(())
            }
            _ => misfit("one string that ends in a line feed"),
        },
        None => Err("what is meant is not said".into()),
    }
}

fn drop_import(
    number: u64,
    path: &str,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(number)?;
    let text = line.trim();
    let single = text.strip_prefix("import ").unwrap_or(text);
    if single != format!("\"{path}\"") {
        return misfit("an import of this package alone");
    }
    edits.remove(number);
    let blank = |number: u64| {
        source
            .find(number)
            .is_some_and(|line| line.trim().is_empty())
    };
    // `import "os"` stands between blank lines, of which one goes with it.
    if text.starts_with("import ") && blank(number - 1) && blank(number + 1) {
        edits.remove(number + 1);
    }
    Ok(())
}

/// `x := 1`, where nobody reads it. What is called stays.
fn no_variable(number: u64, name: &str, line: &str, edits: &mut Edits) -> Result<(), String> {
    let text = line.trim();
    let value = text
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix(" := "))
        .or_else(|| text.strip_prefix(&format!("var {name} = ")));
    let literal = |value: &str| {
        let quoted = value.len() > 1 && value.starts_with('"') && value.ends_with('"');
        let number = value.chars().all(|c| c.is_ascii_digit() || c == '.');
        quoted && value.matches('"').count() == 2
            || number && !value.is_empty()
            || matches!(value, "true" | "false")
    };
    let declared = text.strip_prefix(&format!("var {name} "));
    let plain = declared.is_some_and(|kind| kind.chars().all(|c| is_name(c) || "[]*.".contains(c)));
    if !(value.is_some_and(literal) || plain) {
        return misfit("a variable that holds a plain value");
    }
    edits.remove(number);
    Ok(())
}

/// Adds the packages that a file lacks, all together.
pub(super) fn mend_imports(
    findings: &[Finding],
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let missing = findings
        .iter()
        .filter_map(|finding| match remedy(&finding.message) {
            Some(Remedy::Import(path, _)) => Some(path),
            _ => None,
        });
    let missing: BTreeSet<&str> = missing.collect();
    if missing.is_empty() {
        return Ok(());
    }
    import(&missing, source, edits)
}

/// Adds packages to the first group of a block of imports, where gofmt sorts
/// them.
fn import(paths: &BTreeSet<&str>, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let known = |path: &&str| {
        let quoted = format!("\"{path}\"");
        let mut lines = source.lines();
        lines.any(|(_, line)| line.trim().trim_start_matches("import ") == quoted)
    };
    if paths.iter().any(known) {
        return misfit("a file without the import");
    }
    let single = |line: &str| {
        let rest = line.strip_prefix("import \"")?.strip_suffix('"')?;
        rest.chars()
            .all(|c| is_name(c) || "/.-".contains(c))
            .then(|| rest.to_owned())
    };
    let imports: Vec<(u64, &str)> = source
        .lines()
        .filter(|(_, line)| line.starts_with("import "))
        .collect();
    match imports[..] {
        [(number, "import (")] => into_block(number, paths, source, edits),
        [(number, line)] => {
            let own = single(line).ok_or("the file's import is not a plain one")?;
            let mut all: Vec<&str> = paths.iter().copied().chain([own.as_str()]).collect();
            all.sort_unstable();
            edits.replace(number, 0, line.len(), block(&all));
            Ok(())
        }
        [] => {
            let package = source
                .lines()
                .find(|(_, line)| line.starts_with("package "));
            let (number, line) = package.ok_or("the file has no package clause")?;
            let all: Vec<&str> = paths.iter().copied().collect();
            let text = match all[..] {
                [one] => format!("import \"{one}\""),
                _ => block(&all),
            };
            edits.replace(number, line.len(), line.len(), format!("\n\n{text}"));
            Ok(())
        }
        _ => misfit("a file with one block of imports"),
    }
}

fn block(paths: &[&str]) -> String {
    let lines: Vec<String> = paths.iter().map(|path| format!("\t\"{path}\"\n")).collect();
    format!("import (\n{})", lines.concat())
}

fn into_block(
    number: u64,
    paths: &BTreeSet<&str>,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let members = (number + 1..).map_while(|number| Some((number, source.find(number)?)));
    let group = members.take_while(|(_, line)| line.starts_with("\t\""));
    let group: Vec<(u64, &str)> = group.collect();
    // Only a group of the standard library, whose paths have no dot.
    if group.iter().any(|(_, line)| line.contains('.')) || group.is_empty() {
        return misfit("a file whose first imports are the standard library's");
    }
    let mut places: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for path in paths {
        let quoted = format!("\"{path}\"");
        let after = group.iter().find(|(_, line)| line.trim() > quoted.as_str());
        let place = after.map_or(number + 1 + group.len() as u64, |(number, _)| *number);
        places.entry(place).or_default().push(format!("\t{quoted}"));
    }
    for (place, lines) in places {
        edits.insert_above(place, &lines.join("\n"));
    }
    Ok(())
}
