//! Where a name is used that nobody knows any more.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{Rename, defines, is_name};
use crate::named::Named;
use crate::text_edit::{Edits, Source, joined};
use crate::transcript::Step;

/// Lines of a step's output that are read: who prints more prints a table.
const MAX_LINES: usize = 50_000;

/// Renames that are followed in one file, and bytes of a line that is looked
/// at: more is no push that somebody made by hand.
const MAX_RENAMES: usize = 50;
const MAX_LINE: usize = 2_000;

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
    let lines = named.lines(path);
    for rename in renames.iter().filter(has).take(MAX_RENAMES) {
        let old = &rename.old;
        let imported = source.lines().any(|(_, line)| imports(line, old, rust));
        for (number, line) in source.lines() {
            let uses = uses(line, old, rust);
            let shown = lines.contains(&number);
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
    // Nobody wrote a longer one, and each place is looked at from its start.
    let short = Some(line).filter(|line| line.len() <= MAX_LINE);
    for (at, _) in short.into_iter().flat_map(|line| line.match_indices(name)) {
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
    // The texts around what is put into one: `${…}`, and `{…}` of Python.
    let (mut quote, mut around) = (None, Vec::new());
    let (mut escaped, mut last) = (false, ' ');
    for letter in before.chars() {
        match (quote, letter) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some((open, _)), close) if open == close => quote = None,
            (Some((open, formatted)), '{') if formatted || (open, last) == ('`', '$') => {
                around.push(quote.take());
            }
            (None, '}') => quote = around.pop().flatten(),
            (None, '\'') if rust => {}
            (None, '"' | '`' | '\'') => quote = Some((letter, matches!(last, 'f' | 'F'))),
            _ => {}
        }
        last = letter;
    }
    !comment && quote.is_none()
}
