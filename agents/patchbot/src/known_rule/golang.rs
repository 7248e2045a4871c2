//! Go's compiler and `go vet`.

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
}

fn remedy(message: &str) -> Option<Remedy<'_>> {
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
            if !used {
                return misfit("a use of the package");
            }
            import(path, source, edits)
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

/// Adds a package to the first group of a block of imports, where gofmt sorts
/// it.
fn import(path: &str, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let quoted = format!("\"{path}\"");
    if source
        .lines()
        .any(|(_, line)| line.trim() == quoted || line.trim() == format!("import {quoted}"))
    {
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
        [(number, "import (")] => {
            let members = (number + 1..).map_while(|number| Some((number, source.find(number)?)));
            let group = members.take_while(|(_, line)| line.starts_with("\t\""));
            let group: Vec<(u64, &str)> = group.collect();
            // Only a group of the standard library, whose paths have no dot.
            if group.iter().any(|(_, line)| line.contains('.')) || group.is_empty() {
                return misfit("a file whose first imports are the standard library's");
            }
            let after = group.iter().find(|(_, line)| line.trim() > quoted.as_str());
            let place = after.map_or(number + 1 + group.len() as u64, |(number, _)| *number);
            edits.insert_above(place, &format!("\t{quoted}"));
            Ok(())
        }
        [(number, line)] => {
            let own = single(line).ok_or("the file's import is not a plain one")?;
            let mut both = [own, path.to_owned()];
            both.sort();
            let text = format!("import (\n\t\"{}\"\n\t\"{}\"\n)", both[0], both[1]);
            edits.replace(number, 0, line.len(), text);
            Ok(())
        }
        [] => {
            let package = source
                .lines()
                .find(|(_, line)| line.starts_with("package "));
            let (number, line) = package.ok_or("the file has no package clause")?;
            edits.replace(
                number,
                line.len(),
                line.len(),
                format!("\n\nimport {quoted}"),
            );
            Ok(())
        }
        _ => misfit("a file with one block of imports"),
    }
}
