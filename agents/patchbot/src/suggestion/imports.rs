//! Unused imports, named with their place: `app/home.py:3:1: F401 'os'
//! imported but unused` by flake8, with back quotes and a mark by ruff.
//!
//! Only at the outermost level, only lines that are nothing but an import, and
//! white space beside them that the same tool names; never in a package's `__init__.py`, where an import is there for others.

use std::collections::{BTreeMap, BTreeSet};

use super::Reading;
use crate::fitting::{Fix, Fixed};
use crate::places::{arrows, places};
use crate::tool::Tool;
use crate::transcript::Output;
use crate::whitespace::{self, Wish};
use crate::workspace::file_name;

/// What flake8 or ruff wants; none where it names no import, an error where it
/// has findings that are neither an import nor white space.
pub(super) fn read(output: &Output, tool: Tool) -> Option<Result<Reading, String>> {
    let mut files: BTreeMap<String, Findings> = BTreeMap::new();
    let mut other = None;
    let mut log = None;
    let arrows = arrows(output).filter(|_| tool == Tool::RuffCheck);
    for (place, number) in places(output).chain(arrows) {
        let Some(code) = place.code() else {
            continue;
        };
        let file = files.entry(place.path.to_owned()).or_default();
        if let Some(name) = name(place.rest, tool) {
            let names = file.imports.entry(place.line).or_default();
            names.insert(name.to_owned());
        } else if let Some(wish) = whitespace::wish(code, place.line) {
            file.wishes.push(wish);
        } else {
            other = other.or(Some((code.to_owned(), number)));
        }
        log = Some((log.map_or(number, |(first, _)| first), number));
    }
    if files.values().all(|file| file.imports.is_empty()) {
        return None;
    }
    if let Some((code, line)) = other {
        return Some(Err(format!("it also reports {code} (log line {line})")));
    }
    let files = files
        .into_iter()
        .map(|(path, file)| (path, Box::new(file) as Box<dyn Fix>));
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

/// What is named in one file.
#[derive(Default)]
struct Findings {
    /// The unused names of each line, as the log writes them.
    imports: BTreeMap<u64, BTreeSet<String>>,
    wishes: Vec<Wish>,
}

impl Fix for Findings {
    fn fix(&self, path: &str, file: &[u8]) -> Result<Fixed, String> {
        // None of the wishes moves a line that is imported in.
        let tidy = whitespace::fix(file, &self.wishes, false)?;
        if self.imports.is_empty() {
            return Ok(Fixed::in_place(tidy));
        }
        if matches!(file_name(path), "__init__.py" | "conftest.py") {
            return Err("what it imports is there for others".into());
        }
        let text = std::str::from_utf8(&tidy).map_err(|_| "it is not UTF-8")?;
        if text.contains("__all__") || text.contains('\r') {
            return Err("its imports may be there for others".into());
        }
        let lines: Vec<Option<String>> =
            text.split('\n').map(|line| Some(line.to_owned())).collect();
        without_imports(path, lines, &self.imports).map(Fixed::in_place)
    }
}

/// The lines without the names that are named by line, as bytes. A line that
/// holds more than it did has an edit in it; imports stand on lines of their
/// own.
pub(crate) fn without_imports(
    path: &str,
    mut lines: Vec<Option<String>>,
    imports: &BTreeMap<u64, BTreeSet<String>>,
) -> Result<Vec<u8>, String> {
    if matches!(file_name(path), "__init__.py" | "conftest.py") {
        return Err("what it imports is there for others".into());
    }
    let exported =
        |line: &Option<String>| line.as_deref().is_some_and(|line| line.contains("__all__"));
    if lines.iter().any(exported) {
        return Err("its imports may be there for others".into());
    }
    for (number, names) in imports {
        let index = usize::try_from(*number)
            .ok()
            .and_then(|number| number.checked_sub(1));
        let about = |reason: String| format!("line {number} {reason}");
        remove(&mut lines, index.unwrap_or(usize::MAX), names).map_err(about)?;
    }
    /// Blank lines that Python's style leaves between statements.
    const MOST: usize = 2;
    Ok(joined(lines, MOST).into_bytes())
}

/// Removes names from the import on, or around, a line.
fn remove(
    lines: &mut [Option<String>],
    index: usize,
    names: &BTreeSet<String>,
) -> Result<(), String> {
    let line = lines.get(index).and_then(|line| line.as_deref());
    if let Some(several) = line.filter(|line| line.contains('\n')) {
        lines[index] = without_some(several, names)?;
        return Ok(());
    }
    let inner = line.map(|line| line.split_at(line.len() - line.trim_start().len()));
    if let Some((indent, statement)) = inner
        && let Some(import) = Import::parse(uncommented(statement))
    {
        let left = import.without(names)?;
        if !indent.is_empty() && (left.is_some() || !is_spare(lines, index, indent.len())) {
            return Err("is the import of a block of its own".into());
        }
        if left.is_some() && uncommented(statement) != statement {
            return Err("has a comment about more than one name".into());
        }
        lines[index] = left;
        return Ok(());
    }
    if let Some(block) = Block::around(lines, index) {
        return block.remove(lines, names);
    }
    Wrapped::around(lines, index)
        .ok_or("is no plain import")?
        .remove(lines, names)
}

/// Imports that were set apart from one line, without those of these names.
fn without_some(several: &str, names: &BTreeSet<String>) -> Result<Option<String>, String> {
    let mut left: Vec<&str> = Vec::new();
    let mut gone = 0;
    for line in several.split('\n') {
        let import = Import::parse(line).ok_or("is no plain import")?;
        let unused = import
            .names
            .iter()
            .all(|name| import.is_unused(name, names));
        if unused {
            gone += import.names.len();
        } else {
            left.push(line);
        }
    }
    if gone != names.len() {
        return Err("does not import what the log says".into());
    }
    Ok((!left.is_empty()).then(|| left.join("\n")))
}

/// The statement without a comment that no tool reads.
fn uncommented(statement: &str) -> &str {
    match statement.split_once("  #") {
        Some((code, _)) => code,
        None => statement,
    }
}

/// Whether an indented line may go: its block has another statement, and is
/// none that tries whether something can be imported.
fn is_spare(lines: &[Option<String>], index: usize, indent: usize) -> bool {
    let own = |line: &str| line.len() - line.trim_start().len();
    let text = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let before = lines[..index].iter().rev();
    let mut above = before.filter_map(|line| line.as_deref()).filter(text);
    let below = lines[index + 1..].iter().filter_map(|line| line.as_deref());
    let sibling = below.filter(text).map(own).next() == Some(indent);
    let head = above
        .find(|line| own(line) < indent)
        .unwrap_or_default()
        .trim_start();
    let defines = ["def ", "class ", "async def "]
        .iter()
        .any(|word| head.starts_with(word));
    sibling && defines
}

/// `from m import (`, one name on each line, `)`.
struct Block {
    start: usize,
    end: usize,
}

impl Block {
    /// The block that begins at a line, or has it inside.
    fn around(lines: &[Option<String>], index: usize) -> Option<Self> {
        let is_name =
            |line: &Option<String>| line.as_deref().is_none_or(|line| named(line).is_some());
        let above = lines
            .get(..=index)?
            .iter()
            .rev()
            .take_while(|line| is_name(line))
            .count();
        let start = index.checked_sub(above)?;
        let below = lines
            .get(start + 1..)?
            .iter()
            .take_while(|line| is_name(line))
            .count();
        let end = start + 1 + below;
        let closes = lines.get(end)?.as_deref() == Some(")");
        let opens = module(lines[start].as_deref()?).is_some_and(|module| module != "__future__");
        (closes && opens).then_some(Block { start, end })
    }

    fn remove(&self, lines: &mut [Option<String>], names: &BTreeSet<String>) -> Result<(), String> {
        let module = lines[self.start]
            .as_deref()
            .and_then(module)
            .unwrap_or_default()
            .to_owned();
        let mut gone = 0;
        for line in &mut lines[self.start + 1..self.end] {
            let import = Import {
                module: Some(&module),
                names: line.as_deref().and_then(named).into_iter().collect(),
            };
            if import
                .names
                .iter()
                .any(|name| import.is_unused(name, names))
            {
                *line = None;
                gone += 1;
            }
        }
        if gone != names.len() {
            return Err("does not import what the log says".into());
        }
        if lines[self.start + 1..self.end].iter().all(Option::is_none) {
            lines[self.start] = None;
            lines[self.end] = None;
        }
        Ok(())
    }
}

/// `from m import (a, b,` over several lines, with any number of names on
/// each.
struct Wrapped {
    start: usize,
    end: usize,
}

impl Wrapped {
    /// The import that a line is part of.
    fn around(lines: &[Option<String>], index: usize) -> Option<Self> {
        /// Lines of one import; nobody reads more.
        const MOST: usize = 200;
        let text = |index: usize| lines.get(index).and_then(|line| line.as_deref());
        let above = (0..=index).rev().take(MOST);
        let start = above
            .take_while(|at| text(*at).is_some_and(|line| *at == index || !line.contains(')')))
            .find(|at| text(*at).is_some_and(|line| line.starts_with("from ")))?;
        let (_, names) = text(start)?.split_once(" import (")?;
        if names.contains(')') {
            return None;
        }
        let below = (start + 1..lines.len()).take(MOST);
        let end = below
            .into_iter()
            .find(|at| text(*at).is_none_or(|line| line.contains(')')))?;
        let plain = (start + 1..=end).all(|at| text(at).is_some_and(Self::is_names));
        (plain && text(end)?.trim_end().ends_with(')') && end >= index)
            .then_some(Wrapped { start, end })
    }

    fn is_names(line: &str) -> bool {
        let plain = |letter: char| letter.is_alphanumeric() || "_. ,)".contains(letter);
        line.chars().all(plain)
    }

    fn remove(&self, lines: &mut [Option<String>], names: &BTreeSet<String>) -> Result<(), String> {
        let text: Vec<String> = lines[self.start..=self.end]
            .iter()
            .flatten()
            .cloned()
            .collect();
        let head = text.first().and_then(|line| line.split_once(" import ("));
        let (module, first) = head.ok_or("is no plain import")?;
        let module = module.strip_prefix("from ").unwrap_or(module);
        let mut gone = 0;
        let mut rows: Vec<(String, Vec<String>)> = Vec::new();
        for (index, line) in text.iter().enumerate() {
            let inner = if index == 0 { first } else { line.as_str() };
            let all = inner.trim_end_matches(')').split(',').map(str::trim);
            let all: Vec<&str> = all.filter(|name| !name.is_empty()).collect();
            let own = Import {
                module: Some(module),
                names: all,
            };
            let left = own.names.iter().filter(|name| !own.is_unused(name, names));
            let left: Vec<String> = left.map(|name| (*name).to_owned()).collect();
            gone += own.names.len() - left.len();
            let indent = line[..line.len() - line.trim_start().len()].to_owned();
            rows.push((indent, left));
        }
        if gone != names.len() {
            return Err("does not import what the log says".into());
        }
        let trailing = text
            .iter()
            .rev()
            .map(|line| line.trim_end_matches([')', ' ']));
        let trailing = trailing
            .filter(|line| !line.trim().is_empty())
            .map(|line| line.ends_with(','))
            .next();
        let alone = text.last().is_some_and(|line| line.trim() == ")");
        let opens = first.trim().is_empty();
        self.write(lines, module, rows, (opens, alone, trailing == Some(true)));
        Ok(())
    }

    /// The import in the manner it had: names on the first line or not, the
    /// parenthesis on a line of its own or not, a comma before it or not.
    fn write(
        &self,
        lines: &mut [Option<String>],
        module: &str,
        rows: Vec<(String, Vec<String>)>,
        (opens, alone, trailing): (bool, bool, bool),
    ) {
        for line in &mut lines[self.start..=self.end] {
            *line = None;
        }
        let rows: Vec<(String, String)> = rows
            .into_iter()
            .filter(|(_, names)| !names.is_empty())
            .map(|(indent, names)| (indent, names.join(", ")))
            .collect();
        if rows.is_empty() {
            return;
        }
        let mut text = format!("from {module} import (");
        let last = rows.len() - 1;
        for (index, (indent, names)) in rows.iter().enumerate() {
            match (index, opens) {
                (0, false) => {}
                (_, _) => text.push_str(&format!("\n{indent}")),
            }
            text.push_str(names);
            if index < last || trailing {
                text.push(',');
            }
        }
        text.push_str(if alone { "\n)" } else { ")" });
        lines[self.start] = Some(text);
    }
}

/// The module of `from m import (`.
fn module(line: &str) -> Option<&str> {
    let module = line.strip_prefix("from ")?.strip_suffix(" import (")?;
    is_plain(module).then_some(module)
}

/// The name on a line of a block.
fn named(line: &str) -> Option<&str> {
    let name = line
        .strip_prefix(' ')?
        .trim_start_matches(' ')
        .strip_suffix(',')?;
    (is_plain(name) && !name.is_empty()).then_some(name)
}

fn is_plain(text: &str) -> bool {
    text.chars()
        .all(|letter| letter.is_alphanumeric() || "_. ".contains(letter))
}

/// Without the removed lines, and with no more than so many blank lines where
/// some were: more is the next finding.
pub(super) fn joined(lines: Vec<Option<String>>, most: usize) -> String {
    let mut kept: Vec<String> = Vec::with_capacity(lines.len());
    let mut removed = false;
    for line in lines {
        let Some(line) = line else {
            removed = true;
            continue;
        };
        let blanks = kept.iter().rev().take_while(|line| line.is_empty()).count();
        let leading = kept.len() == blanks;
        if line.is_empty() && removed && (blanks >= most || leading) {
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
        let names: Vec<&str> = names.split(", ").collect();
        let whole = names
            .iter()
            .all(|name| !name.is_empty() && !name.contains(',') && name.trim() == *name);
        let plain = names.iter().all(|name| is_plain(name)) && module.is_none_or(is_plain);
        let plain = plain && whole && module != Some("__future__");
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
