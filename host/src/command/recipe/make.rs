//! Targets of a makefile, as far as they are plain: variables that stand for
//! text, targets and what they come after, recipes.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::{Files, Recipe, joined};

const NAMES: [&str; 3] = ["GNUmakefile", "makefile", "Makefile"];

/// How often one variable stands in another.
const MAX_DEPTH: usize = 8;

/// References that are looked up in one makefile: those that stand for nothing
/// but others grow no line.
const MAX_REFERENCES: usize = 2_000;

/// Bytes that a line may become: a variable that doubles itself ends here.
const MAX_LINE: usize = 8 * 1024;

/// Targets of one makefile that are run, those before a target among them.
const MAX_TARGETS: usize = 64;

pub(super) fn recipes(words: &[&str], directory: &str, files: Files<'_>) -> Vec<Recipe> {
    let Some(("make" | "gmake", rest)) = words.split_first().map(|(first, rest)| (*first, rest))
    else {
        return Vec::new();
    };
    let Some(call) = Call::of(rest, directory) else {
        return Vec::new();
    };
    let names = call.file.iter().chain(&NAMES);
    let text = names
        .filter_map(|name| files.text(&call.directory, name))
        .next();
    let Some(mut makefile) = text.map(Makefile::parse) else {
        return Vec::new();
    };
    for (name, value) in call.set {
        makefile.variables.insert(name.to_owned(), value.to_owned());
    }
    let lines = makefile.run(&call.targets);
    match lines.is_empty() {
        true => Vec::new(),
        false => vec![Recipe::new(lines.join("\n"), &call.directory)],
    }
}

/// What `make` was told.
struct Call<'a> {
    directory: String,
    file: Option<&'a str>,
    set: Vec<(&'a str, &'a str)>,
    targets: Vec<&'a str>,
}

impl<'a> Call<'a> {
    fn of(words: &[&'a str], directory: &str) -> Option<Self> {
        let mut call = Call {
            directory: directory.to_owned(),
            file: None,
            set: Vec::new(),
            targets: Vec::new(),
        };
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            match word {
                "-C" | "--directory" => call.directory = joined(&call.directory, words.next()?)?,
                "-f" | "--file" | "--makefile" => call.file = words.next(),
                "-j" | "-l" => {}
                _ if word.starts_with('-') || word.parse::<u32>().is_ok() => {}
                _ => match word.split_once('=') {
                    Some(set) => call.set.push(set),
                    None => call.targets.push(word),
                },
            }
        }
        Some(call)
    }
}

/// A target: what comes before it, and its recipe.
#[derive(Default)]
struct Target<'a> {
    before: Vec<&'a str>,
    lines: Vec<&'a str>,
}

#[derive(Default)]
struct Makefile<'a> {
    variables: BTreeMap<String, String>,
    targets: BTreeMap<&'a str, Target<'a>>,
    first: Option<&'a str>,
    looked_up: Cell<usize>,
}

impl<'a> Makefile<'a> {
    fn parse(text: &'a str) -> Self {
        let mut makefile = Makefile::default();
        let mut current: Vec<&str> = Vec::new();
        for line in logical(text) {
            if let Some(recipe) = line.strip_prefix('\t') {
                for name in &current {
                    makefile.targets.entry(name).or_default().lines.push(recipe);
                }
                continue;
            }
            let plain = line.trim();
            if plain.is_empty() || plain.starts_with('#') {
                continue;
            }
            current.clear();
            if let Some((name, value)) = variable(plain) {
                makefile.set(name, value, plain);
            } else if let Some((names, before)) = plain.split_once(':') {
                let before = before.split('#').next().unwrap_or_default();
                let (before, recipe) = before.split_once(';').unwrap_or((before, ""));
                current = names.split_whitespace().take(MAX_TARGETS).collect();
                makefile.add(&current, before, recipe);
            }
        }
        makefile
    }

    fn set(&mut self, name: &str, value: &str, line: &str) {
        let known = self.variables.get(name);
        let value = match (known, line) {
            (Some(known), line) if line.contains("+=") => format!("{known} {value}"),
            (Some(_), line) if line.contains("?=") => return,
            _ => value.to_owned(),
        };
        if value.len() <= MAX_LINE {
            self.variables.insert(name.to_owned(), value);
        }
    }

    fn add(&mut self, names: &[&'a str], before: &'a str, recipe: &'a str) {
        for name in names {
            if !name.starts_with('.') && self.first.is_none() {
                self.first = Some(name);
            }
            let target = self.targets.entry(name).or_default();
            target.before.extend(before.split_whitespace());
            if !recipe.trim().is_empty() {
                target.lines.push(recipe.trim());
            }
        }
    }

    /// The lines that are run for these targets, in their order.
    fn run(&self, targets: &[&str]) -> Vec<String> {
        let mut waiting: Vec<&str> = targets.iter().rev().copied().collect();
        if waiting.is_empty() {
            waiting.extend(self.first);
        }
        let (mut seen, mut lines): (Vec<&str>, Vec<String>) = (Vec::new(), Vec::new());
        while let Some(name) = waiting.pop() {
            let Some(target) = self.targets.get(name) else {
                continue;
            };
            if seen.contains(&name) || seen.len() == MAX_TARGETS {
                continue;
            }
            seen.push(name);
            // Their order does not matter to whoever looks for checks.
            waiting.extend(target.before.iter().rev());
            lines.extend(target.lines.iter().map(|line| self.line(line)));
        }
        lines
    }

    /// A line as the shell gets it.
    fn line(&self, line: &str) -> String {
        let line = line.trim_start_matches(['@', '-', '+', ' ']);
        self.expanded(line, 0).replace("$$", "$")
    }

    fn expanded(&self, text: &str, depth: usize) -> String {
        let mut done = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            done.push_str(&rest[..at]);
            rest = &rest[at..];
            if rest.starts_with("$$") {
                done.push_str("$$");
                rest = &rest[2..];
                continue;
            }
            let (inner, after) = reference(rest);
            rest = after;
            let looked_up = self.looked_up.get();
            if depth < MAX_DEPTH && looked_up < MAX_REFERENCES && done.len() < MAX_LINE {
                self.looked_up.set(looked_up + 1);
                done.push_str(&self.value(inner, depth));
            }
        }
        done.push_str(rest);
        done
    }

    /// What a reference stands for. A function that asks a shell is one that
    /// the shell can ask; the others are not understood and stand for nothing.
    fn value(&self, inner: &str, depth: usize) -> String {
        match inner.split_once(' ') {
            Some(("shell", script)) => format!("$({})", self.expanded(script, depth + 1)),
            Some(("wildcard", pattern)) => self.expanded(pattern, depth + 1),
            Some(_) => String::new(),
            None if inner == "MAKE" => "make".to_owned(),
            None if inner == "CURDIR" => ".".to_owned(),
            None => match self.variables.get(inner) {
                Some(value) => self.expanded(value, depth + 1),
                None => String::new(),
            },
        }
    }
}

/// `$(NAME)`, `${NAME}` or `$N`, and what follows.
fn reference(text: &str) -> (&str, &str) {
    let inner = &text[1..];
    let (open, close) = match inner.chars().next() {
        Some('(') => ('(', ')'),
        Some('{') => ('{', '}'),
        Some(letter) => return inner.split_at(letter.len_utf8()),
        None => return ("", ""),
    };
    let mut depth = 0_usize;
    for (at, letter) in inner.char_indices() {
        if letter == open {
            depth += 1;
        } else if letter == close {
            depth -= 1;
            if depth == 0 {
                return (&inner[1..at], &inner[at + 1..]);
            }
        }
    }
    ("", "")
}

/// `NAME := value`
fn variable(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let at = line.find('=')?;
    let name = line[..at].trim_end_matches([':', '?', '+', '!']).trim();
    let plain = |letter: char| letter.is_alphanumeric() || "_-.".contains(letter);
    let value = line[at + 1..].split(" #").next().unwrap_or_default();
    (!name.is_empty() && name.chars().all(plain)).then(|| (name, value.trim()))
}

/// Lines, each with those that a backslash joins to it. What is joined stays
/// as it stands: a shell reads over it.
fn logical(text: &str) -> Vec<&str> {
    let (mut lines, mut start) = (Vec::new(), 0);
    for (at, _) in text.match_indices('\n') {
        if !text[..at].ends_with('\\') {
            lines.push(&text[start..at]);
            start = at + 1;
        }
    }
    lines.push(&text[start..]);
    lines
}
