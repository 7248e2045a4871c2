//! Unused imports, named with their place: `app/home.py:3:1: F401 'os'
//! imported but unused` by flake8, with back quotes and a mark by ruff.
//!
//! Only whole lines at the outermost level that are nothing but an import;
//! never in a package's `__init__.py`, where an import is there for others.

use std::collections::{BTreeMap, BTreeSet};

use super::Reading;
use crate::fitting::{Fix, Fixed};
use crate::places::places;
use crate::tool::Tool;
use crate::transcript::Output;
use crate::workspace::file_name;

/// What flake8 or ruff wants; none where it names no import, an error where it
/// has other findings.
pub(super) fn read(output: &Output, tool: Tool) -> Option<Result<Reading, String>> {
    let mut files: BTreeMap<String, Imports> = BTreeMap::new();
    let mut other = None;
    let mut log = None;
    for (place, number) in places(output) {
        let Some(code) = place.code() else {
            continue;
        };
        match name(place.rest, tool).filter(|_| code == "F401") {
            Some(name) => {
                let lines = &mut files.entry(place.path.to_owned()).or_default().0;
                lines.entry(place.line).or_default().insert(name.to_owned());
            }
            None => other = other.or(Some((code.to_owned(), number))),
        }
        log = Some((log.map_or(number, |(first, _)| first), number));
    }
    if files.is_empty() {
        return None;
    }
    if let Some((code, line)) = other {
        return Some(Err(format!("it also reports {code} (log line {line})")));
    }
    let files = files
        .into_iter()
        .map(|(path, lines)| (path, Box::new(lines) as Box<dyn Fix>));
    Some(Ok(Reading {
        tool,
        files: files.collect(),
        log: log?,
    }))
}

/// `F401 'os.path as p' imported but unused`; ruff leaves the alias out, and
/// its mark for what it can fix is not in every format.
fn name(text: &str, tool: Tool) -> Option<&str> {
    let text = text.strip_prefix("F401 ")?;
    let text = text.strip_prefix("[*] ").unwrap_or(text);
    let quote = if tool == Tool::RuffCheck { '`' } else { '\'' };
    let name = text
        .strip_prefix(quote)?
        .strip_suffix(" imported but unused")?;
    name.strip_suffix(quote)
}

/// The unused names of each line, as flake8 writes them.
#[derive(Default)]
struct Imports(BTreeMap<u64, BTreeSet<String>>);

impl Fix for Imports {
    fn fix(&self, path: &str, file: &[u8]) -> Result<Fixed, String> {
        if matches!(file_name(path), "__init__.py" | "conftest.py") {
            return Err("what it imports is there for others".into());
        }
        let text = std::str::from_utf8(file).map_err(|_| "it is not UTF-8")?;
        if text.contains("__all__") || text.contains('\r') {
            return Err("its imports may be there for others".into());
        }
        let mut lines: Vec<Option<String>> =
            text.split('\n').map(|line| Some(line.to_owned())).collect();
        for (number, names) in &self.0 {
            let index = usize::try_from(*number)
                .ok()
                .and_then(|number| number.checked_sub(1));
            let line = index.and_then(|index| lines.get_mut(index)?.as_mut());
            let import = line.as_ref().and_then(|line| Import::parse(line));
            let (Some(index), Some(import)) = (index, import) else {
                return Err(format!("line {number} is no plain import"));
            };
            lines[index] = import
                .without(names)
                .map_err(|reason| format!("line {number} {reason}"))?;
        }
        Ok(Fixed::in_place(joined(lines).into_bytes()))
    }
}

/// Without the removed lines, and with no more than two blank lines where
/// some were: more is the next finding.
fn joined(lines: Vec<Option<String>>) -> String {
    const MOST: usize = 2;
    let mut kept: Vec<String> = Vec::with_capacity(lines.len());
    let mut removed = false;
    for line in lines {
        let Some(line) = line else {
            removed = true;
            continue;
        };
        let blanks = kept.iter().rev().take_while(|line| line.is_empty()).count();
        let leading = kept.len() == blanks;
        if line.is_empty() && removed && (blanks >= MOST || leading) {
            continue;
        }
        removed &= line.is_empty();
        kept.push(line);
    }
    kept.join("\n")
}

/// `import a, b as c` or `from m import a, b as c`, and nothing else.
struct Import<'a> {
    module: Option<&'a str>,
    names: Vec<&'a str>,
}

impl<'a> Import<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (module, names) = match line.strip_prefix("from ") {
            Some(rest) => {
                let (module, names) = rest.split_once(" import ")?;
                (Some(module), names)
            }
            None => (None, line.strip_prefix("import ")?),
        };
        let plain = |text: &str| {
            text.chars()
                .all(|letter| letter.is_alphanumeric() || "_., ".contains(letter))
        };
        let names: Vec<&str> = names.split(", ").collect();
        let whole = names
            .iter()
            .all(|name| !name.is_empty() && !name.contains(',') && name.trim() == *name);
        let plain = plain(line) && whole && module != Some("__future__");
        plain.then_some(Import { module, names })
    }

    /// Whether the log means this name, with its alias or without.
    fn is_unused(&self, name: &str, unused: &BTreeSet<String>) -> bool {
        let bare = name.split(" as ").next().unwrap_or(name);
        unused.contains(&self.shown(name)) || unused.contains(&self.shown(bare))
    }

    fn shown(&self, name: &str) -> String {
        match self.module {
            Some(module) if module.ends_with('.') => format!("{module}{name}"),
            Some(module) => format!("{module}.{name}"),
            None => name.to_owned(),
        }
    }

    /// The line without these names; none where no name is left.
    fn without(&self, unused: &BTreeSet<String>) -> Result<Option<String>, String> {
        let (gone, left): (Vec<&str>, Vec<&str>) = self
            .names
            .iter()
            .partition(|name| self.is_unused(name, unused));
        if gone.len() != unused.len() {
            return Err("does not import what the log says".into());
        }
        if left.is_empty() {
            return Ok(None);
        }
        let names = left.join(", ");
        Ok(Some(match self.module {
            Some(module) => format!("from {module} import {names}"),
            None => format!("import {names}"),
        }))
    }
}
