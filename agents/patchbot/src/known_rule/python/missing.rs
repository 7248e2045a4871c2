//! Names that nobody defined and that can mean one thing of Python's library
//! only: they are imported.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Finding, is_name, misfit, name_at};
use crate::known_rule::standard::{python_member, python_module};
use crate::text_edit::{Edits, Source};

/// The name that a finding calls undefined, where it is one of the library.
pub(in super::super) fn named(finding: &Finding) -> Option<&str> {
    let undefined = match finding.code.as_str() {
        "F821" | "name-defined" | "reportUndefinedVariable" | "undefined-variable" => true,
        "unresolved-reference" => finding.message.contains("used when not defined"),
        _ => false,
    };
    let message = finding.message.as_str();
    let quoted = message.split(['\'', '"', '`']).nth(1);
    let name = match message.strip_prefix("Undefined variable ") {
        Some(rest) => rest.trim_matches('\''),
        None => quoted?,
    };
    let known = python_member(name).is_some() || python_module(name);
    (undefined && known).then_some(name)
}

/// Imports everything that the findings of a file lack, in one place each.
pub(in super::super) fn mend(
    findings: &[Finding],
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let mut members: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut modules: BTreeSet<&str> = BTreeSet::new();
    for finding in findings {
        let Some(name) = named(finding) else {
            continue;
        };
        match import(name, source.line(finding.line)?)? {
            Import::Module => modules.insert(name),
            Import::Member(module) => members.entry(module).or_default().insert(name),
        };
    }
    if members.is_empty() && modules.is_empty() {
        return Ok(());
    }
    let block = Block::of(source)?;
    let mut lines: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for module in modules {
        let text = format!("import {module}");
        lines.entry(block.place(&text)).or_default().push(text);
    }
    for (module, names) in members {
        if let Some(place) = grown(module, &names, source) {
            let (number, from, to, text) = place?;
            edits.replace(number, from, to, text);
            continue;
        }
        let names: Vec<&str> = names.into_iter().collect();
        let text = format!("from {module} import {}", names.join(", "));
        lines.entry(block.place(&text)).or_default().push(text);
    }
    for (number, lines) in lines {
        edits.insert_above(
            number,
            &format!("{}{}", lines.join("\n"), block.gap(number)),
        );
    }
    Ok(())
}

enum Import {
    Module,
    Member(&'static str),
}

/// How the name is used says which import it lacks.
fn import(name: &str, line: &str) -> Result<Import, String> {
    let uses: Vec<usize> = line
        .match_indices(name)
        .map(|(at, _)| at)
        .filter(|at| name_at(line, *at) == name && !line[..*at].ends_with('.'))
        .collect();
    let dotted = |at: &usize| line[at + name.len()..].starts_with('.');
    match (python_member(name), python_module(name)) {
        (Some(module), false) if !uses.is_empty() => Ok(Import::Member(module)),
        (None, true) if !uses.is_empty() && uses.iter().all(dotted) => Ok(Import::Module),
        // `datetime.now()` is the class's, `datetime.datetime` the module's.
        (Some(module), true) if !uses.is_empty() && uses.iter().all(dotted) => {
            const OF_CLASS: &[&str] = &[
                "now",
                "utcnow",
                "today",
                "fromisoformat",
                "strptime",
                "fromtimestamp",
                "combine",
                "min",
                "max",
            ];
            const OF_MODULE: &[&str] = &["datetime", "date", "timedelta", "timezone", "time"];
            let of = |names: &[&str]| {
                uses.iter()
                    .all(|at| names.contains(&name_at(line, at + name.len() + 1)))
            };
            if of(OF_CLASS) {
                Ok(Import::Member(module))
            } else if of(OF_MODULE) {
                Ok(Import::Module)
            } else {
                misfit("a use that tells what is to be imported")
            }
        }
        _ => misfit("a use of the module"),
    }
}

/// `from m import a` as `from m import a, b`: line, from, to, text.
#[allow(clippy::type_complexity)]
fn grown(
    module: &str,
    names: &BTreeSet<&str>,
    source: &Source<'_>,
) -> Option<Result<(u64, usize, usize, String), String>> {
    let head = format!("from {module} import ");
    let plain = |text: &str| text.chars().all(|c| is_name(c) || " ,".contains(c));
    let own = source
        .lines()
        .find_map(|(number, line)| Some((number, line, line.strip_prefix(&head)?)));
    let (number, line, imported) = own.filter(|(.., imported)| plain(imported))?;
    let mut all: Vec<&str> = imported.split(',').map(str::trim).collect();
    let sorted = all.is_sorted();
    if all
        .iter()
        .any(|name| names.contains(name) || name.contains(' '))
    {
        return Some(misfit("a file without the import"));
    }
    all.extend(names);
    if sorted {
        all.sort_unstable();
    }
    Some(Ok((
        number,
        0,
        line.len(),
        format!("{head}{}", all.join(", ")),
    )))
}

/// Where imports stand in a file.
struct Block {
    /// The first group: number and text.
    group: Vec<(u64, String)>,
    /// Where the first import goes; what stands there follows after a gap.
    begin: u64,
    gap: &'static str,
}

impl Block {
    fn of(source: &Source<'_>) -> Result<Self, String> {
        let layout = source.python()?;
        let mut begin = None;
        let mut group: Vec<(u64, String)> = Vec::new();
        for (number, line) in source.lines() {
            let begins = layout.line(number).is_some_and(|line| line.first == number);
            let text = begins && line.starts_with(['"', '\'']) && begin.is_none();
            let quiet = line.is_empty() || line.starts_with('#') || text || !begins;
            let import = line.starts_with("import ") || line.starts_with("from ");
            let future = line.starts_with("from __future__ ");
            if group.is_empty() && (quiet || future) {
                continue;
            }
            if import && !future {
                group.push((number, line.to_owned()));
            } else if group.is_empty() {
                begin = Some(number);
                break;
            } else {
                break;
            }
        }
        let standard = |line: &str| {
            let module = line.split(' ').nth(1).unwrap_or_default();
            python_module(module.split('.').next().unwrap_or_default())
        };
        let first = group.first().map(|(number, _)| *number);
        let begin = first.or(begin).ok_or("the file has no statement")?;
        let code = source.line(begin)?;
        let apart = code.starts_with("def ") || code.starts_with("class ") || code.starts_with('@');
        let own = group.iter().all(|(_, line)| standard(line));
        if !own {
            group.clear();
        }
        // A group of its own above the others; two blank lines before what is
        // set apart by two.
        let gap = match (group.is_empty(), apart && own) {
            (false, _) => "",
            (true, true) => "\n\n",
            (true, false) => "\n",
        };
        Ok(Block { group, begin, gap })
    }

    /// The line above which an import goes: those of modules come first, each
    /// kind in its order.
    fn place(&self, text: &str) -> u64 {
        let key = |text: &str| (text.starts_with("from "), text.to_lowercase());
        let after = self.group.iter().find(|(_, line)| key(line) > key(text));
        match (after, self.group.last()) {
            (Some((number, _)), _) => *number,
            (None, Some((last, _))) => last + 1,
            (None, None) => self.begin,
        }
    }

    fn gap(&self, number: u64) -> &'static str {
        if number == self.begin { self.gap } else { "" }
    }
}
