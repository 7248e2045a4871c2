//! Where a name is used that nobody knows any more.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{Rename, defines, is_name};
use crate::text_edit::{Edits, Source, joined};
use crate::transcript::Step;
use crate::workspace::file_name;

/// Lines of a step's output that are read: who prints more prints a table.
const MAX_LINES: usize = 50_000;

/// How compilers and interpreters say that a name is unknown.
const UNKNOWN: &[&str] = &[
    "cannot find ",
    "Cannot find ",
    "cannot import name",
    "did not resolve",
    "does not exist",
    "does not provide an export",
    "has no attribute",
    "has no exported member",
    "has no field",
    "has no member",
    "implicit declaration of function",
    "is not a function",
    "is not defined",
    "is unknown import symbol",
    "no associated ",
    "no field ",
    "no function ",
    "no method ",
    "no variant ",
    "not found in ",
    "symbol:",
    "undeclared",
    "undefined reference",
    "undefined:",
    "undefined (",
    "unexpected keyword argument",
    "unknown field",
    "unresolved import",
    "was not declared",
    "no `",
];

/// The renames whose old name a step calls unknown, and where in the log.
pub fn unknown<'r>(
    step: &Step,
    renames: &'r BTreeMap<String, Rename>,
) -> (Vec<&'r Rename>, (u64, u64)) {
    let mut found: BTreeSet<&Rename> = BTreeSet::new();
    let mut log: Option<(u64, u64)> = None;
    for line in step.output.lines().take(MAX_LINES) {
        let text = String::from_utf8_lossy(line.text);
        if !UNKNOWN.iter().any(|mark| text.contains(mark)) {
            continue;
        }
        let words: BTreeSet<&str> = text
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .collect();
        for word in words {
            if let Some(rename) = renames.get(word) {
                found.insert(rename);
                log = Some((log.map_or(line.number, |(first, _)| first), line.number));
            }
        }
    }
    (found.into_iter().collect(), log.unwrap_or((1, 1)))
}

/// The files that a step names, and the lines in them.
pub struct Named(BTreeMap<String, BTreeSet<u64>>);

impl Named {
    /// `tests/a.rs:3:5`, `a.ts(3,5)`, `File "a.py", line 3`.
    pub fn of(step: &Step) -> Self {
        let mut named: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        for line in step.output.lines().take(MAX_LINES) {
            let text = String::from_utf8_lossy(line.text);
            for (path, number) in places(&text) {
                let lines = named.entry(path.to_owned()).or_default();
                lines.extend(number);
            }
        }
        Named(named)
    }

    pub fn names(&self, path: &str) -> bool {
        self.0.keys().any(|shown| is_end_of(shown, path))
    }

    fn line(&self, path: &str, number: u64) -> bool {
        let mut named = self.0.iter().filter(|(shown, _)| is_end_of(shown, path));
        named.any(|(_, lines)| lines.contains(&number))
    }
}

/// Whether what the log shows may be this path: from another directory, or
/// with the machine's own in front.
pub fn is_end_of(shown: &str, path: &str) -> bool {
    let shown = shown.trim_start_matches("./");
    let below = |long: &str, short: &str| {
        long.strip_suffix(short)
            .is_some_and(|head| head.is_empty() || head.ends_with('/'))
    };
    below(shown, path) || (below(path, shown) && !file_name(shown).is_empty())
}

/// Words of a line that look like a path with an ending, and the line number
/// behind them.
fn places(text: &str) -> impl Iterator<Item = (&str, Option<u64>)> {
    let is_path = |c: char| c.is_alphanumeric() || "/._-@+".contains(c);
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let from = rest.find(is_path)?;
            let length = rest[from..]
                .find(|c| !is_path(c))
                .unwrap_or(rest.len() - from);
            let word = &rest[from..from + length];
            rest = &rest[from + length..];
            let ending = file_name(word)
                .rsplit_once('.')
                .map_or("", |(_, ending)| ending);
            if !ending.is_empty() && ending.chars().all(char::is_alphanumeric) {
                return Some((word, number(rest)));
            }
        }
    })
}

fn number(rest: &str) -> Option<u64> {
    let starts = [":", "(", "\", line "];
    let rest = starts.iter().find_map(|start| rest.strip_prefix(start))?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// The file with the new names, where it uses the old ones.
pub fn renamed(
    path: &str,
    file: &[u8],
    renames: &[&Rename],
    named: &Named,
) -> Result<Vec<u8>, String> {
    let has = |rename: &&&Rename| memchr::memmem::find(file, rename.old.as_bytes()).is_some();
    if !renames.iter().any(|rename| has(&rename)) {
        return Ok(file.to_owned());
    }
    let source = Source::parse(file)?;
    let rust = path.ends_with(".rs");
    let mut edits = Edits::default();
    for rename in renames {
        let old = &rename.old;
        let imported = source.lines().any(|(_, line)| imports(line, old, rust));
        for (number, line) in source.lines() {
            let uses = uses(line, old, rust);
            let shown = named.line(path, number);
            if !uses.is_empty() && !shown && defines(line, old) {
                return Err(format!("line {number} has a {old} of its own"));
            }
            for (at, member) in uses {
                // What is imported goes by its bare name all through the file.
                if shown || (imported && !member) {
                    edits.replace(number, at, at + old.len(), rename.new.as_str());
                }
            }
        }
    }
    Ok(joined(edits.apply(&source)?))
}

fn imports(line: &str, name: &str, rust: bool) -> bool {
    let starts = [
        "import ", "from ", "use ", "pub use ", "export ", "const {", "using ",
    ];
    let text = line.trim_start();
    let goes_on = text.trim_end_matches(',') == name;
    let import = starts.iter().any(|start| text.starts_with(start)) || text.contains("require(");
    (import || goes_on) && !uses(line, name, rust).is_empty()
}

/// Where a line has the name as code, and whether as a member of something.
fn uses(line: &str, name: &str, rust: bool) -> Vec<(usize, bool)> {
    let in_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for (at, _) in line.match_indices(name) {
        let (before, after) = (&line[..at], &line[at + name.len()..]);
        let whole = !before.ends_with(in_name) && !after.starts_with(in_name);
        if whole && is_name(name) && is_code(before, rust) {
            found.push((at, before.ends_with('.') || before.ends_with("->")));
        }
    }
    found
}

/// Whether what follows is neither text nor a comment, as far as one line
/// tells. In Rust a single quote begins a lifetime.
fn is_code(before: &str, rust: bool) -> bool {
    let text = before.trim_start();
    let comment = before.contains("//") || text.starts_with(['#', '*']) && !text.starts_with("#[");
    let mut quote = None;
    let mut escaped = false;
    for letter in before.chars() {
        match (quote, letter) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), close) if open == close => quote = None,
            (None, '\'') if rust => {}
            (None, '"' | '`' | '\'') => quote = Some(letter),
            _ => {}
        }
    }
    !comment && quote.is_none()
}
