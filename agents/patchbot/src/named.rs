//! The files that a step's output names, and the lines in them.

use std::collections::{BTreeMap, BTreeSet};

use crate::transcript::Step;
use crate::workspace::{Kind, Listing, file_name};

/// Lines of a step's output that are read: who prints more prints a table.
const MAX_LINES: usize = 50_000;

/// Paths that one output names, and files of one name that each may be. A
/// traceback has a few dozen.
const MAX_PATHS: usize = 2_000;
const MAX_SAME_NAME: usize = 500;

/// The files that a step names, and the lines in them.
pub struct Named(BTreeMap<String, BTreeSet<u64>>);

impl Named {
    /// `tests/a.rs:3:5`, `a.ts(3,5)`, `File "a.py", line 3`.
    pub fn of(step: &Step) -> Self {
        let mut named: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        for line in step.output.lines().take(MAX_LINES) {
            let text = String::from_utf8_lossy(line.text);
            for (path, number) in places(&text) {
                if named.len() < MAX_PATHS || named.contains_key(path) {
                    named.entry(path.to_owned()).or_default().extend(number);
                }
            }
        }
        Named(named)
    }

    /// The files of a tree that may be meant, in order.
    pub fn files<'l>(&self, listing: &'l Listing) -> BTreeSet<&'l str> {
        let of = |shown: &String| {
            let same = listing.named(file_name(shown)).take(MAX_SAME_NAME);
            let shown = shown.clone();
            same.filter(move |(path, kind)| *kind == Kind::File && is_end_of(&shown, path))
        };
        self.0.keys().flat_map(of).map(|(path, _)| path).collect()
    }

    /// The lines that are named of a file.
    pub fn lines(&self, path: &str) -> BTreeSet<u64> {
        let own = self.0.iter().filter(|(shown, _)| is_end_of(shown, path));
        own.flat_map(|(_, lines)| lines.iter().copied()).collect()
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
