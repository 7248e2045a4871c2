//! Editing a text by line and column, all edits made from the text as it is.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::known_rule::Layout;

/// A text as lines. Numbers are 1-based, as tools print them.
#[derive(Debug)]
pub struct Source<'a> {
    lines: Vec<&'a str>,
    /// Found out once, for the rules that ask.
    python: OnceCell<Result<Layout, String>>,
}

impl<'a> Source<'a> {
    /// Text with plain line ends; columns mean nothing in any other.
    pub fn parse(file: &'a [u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(file).map_err(|_| "it is not UTF-8")?;
        if text.starts_with('\u{feff}') || text.contains('\r') {
            return Err("it has characters that shift columns or lines".into());
        }
        Ok(Source {
            lines: text.split('\n').collect(),
            python: OnceCell::new(),
        })
    }

    /// The lines as Python has them.
    pub fn python(&self) -> Result<&Layout, String> {
        let layout = self.python.get_or_init(|| Layout::of(self));
        layout.as_ref().map_err(Clone::clone)
    }

    /// How many lines there are; what stands behind the last line feed is one.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// A line, without its end.
    pub fn line(&self, number: u64) -> Result<&'a str, String> {
        self.find(number)
            .ok_or_else(|| format!("it has no line {number}"))
    }

    /// A line, where there is one.
    pub fn find(&self, number: u64) -> Option<&'a str> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.lines.get(index).copied()
    }

    /// Where a column (1-based) begins in its line. Tools count bytes,
    /// characters or halves of them, so what is in front has to be ASCII.
    pub fn offset(&self, number: u64, column: u64) -> Result<usize, String> {
        let line = self.line(number)?;
        let wrong = || format!("line {number} has no certain column {column}");
        let offset = usize::try_from(column)
            .ok()
            .and_then(|column| column.checked_sub(1))
            .ok_or_else(wrong)?;
        let before = line.get(..offset).filter(|before| before.is_ascii());
        before.map(|_| offset).ok_or_else(wrong)
    }

    /// All lines with their numbers.
    pub fn lines(&self) -> impl Iterator<Item = (u64, &'a str)> + '_ {
        (1..).zip(self.lines.iter().copied())
    }
}

/// Edits of one text; those that meet are refused when they are made.
#[derive(Debug, Default, Clone)]
pub struct Edits {
    /// By line: from, to, what instead. Line feeds in it begin new lines.
    within: BTreeMap<u64, BTreeSet<(usize, usize, String)>>,
    gone: BTreeSet<u64>,
    /// Whether the text gets the line feed that it lacks at its end.
    final_newline: bool,
    /// Whether blank lines at the end go.
    no_blank_end: bool,
}

impl Edits {
    /// `from..to` of a line becomes `new`.
    pub fn replace(&mut self, line: u64, from: usize, to: usize, new: impl Into<String>) {
        let edits = self.within.entry(line).or_default();
        edits.insert((from, to, new.into()));
    }

    /// Lines above a line.
    pub fn insert_above(&mut self, line: u64, text: &str) {
        self.replace(line, 0, 0, format!("{text}\n"));
    }

    /// A line and its end go.
    pub fn remove(&mut self, line: u64) {
        self.gone.insert(line);
    }

    /// The text ends in a line feed.
    pub fn end_with_newline(&mut self) {
        self.final_newline = true;
    }

    /// No blank lines at the end.
    pub fn end_without_blanks(&mut self) {
        self.no_blank_end = true;
    }

    /// Whether the edits of a line can all be made.
    pub fn fit(&self, number: u64, source: &Source<'_>) -> bool {
        let line = source.find(number).unwrap_or_default();
        match (self.within.get(&number), self.gone.contains(&number)) {
            (edits, true) => in_place_of(edits).is_ok(),
            (Some(edits), false) => spliced(line, edits).is_some(),
            (None, false) => true,
        }
    }

    /// The lines as edited; none for those that are gone.
    pub fn apply(&self, source: &Source<'_>) -> Result<Vec<Option<String>>, String> {
        let mut lines = Vec::with_capacity(source.len());
        for (number, line) in source.lines() {
            let edits = self.within.get(&number);
            if self.gone.contains(&number) {
                lines.push(in_place_of(edits).map_err(|()| meet(number))?);
                continue;
            }
            lines.push(Some(match edits {
                Some(edits) => spliced(line, edits).ok_or_else(|| meet(number))?,
                None => line.to_owned(),
            }));
        }
        if self.no_blank_end {
            drop_blank_end(&mut lines);
        }
        if self.final_newline && lines.last().is_some_and(|last| last.as_deref() != Some("")) {
            lines.push(Some(String::new()));
        }
        Ok(lines)
    }
}

fn meet(number: u64) -> String {
    format!("two edits of line {number} meet")
}

/// What is inserted above a line that goes; nothing else may be done to it.
fn in_place_of(edits: Option<&BTreeSet<(usize, usize, String)>>) -> Result<Option<String>, ()> {
    let mut text = String::new();
    for (from, to, new) in edits.into_iter().flatten() {
        match (from, to, new.ends_with('\n')) {
            (0, 0, true) => text.push_str(new),
            _ => return Err(()),
        }
    }
    // The line's own feed comes behind it.
    text.pop();
    Ok((!text.is_empty()).then_some(text))
}

fn spliced(line: &str, edits: &BTreeSet<(usize, usize, String)>) -> Option<String> {
    let mut text = String::with_capacity(line.len());
    let mut done = 0;
    for (from, to, new) in edits {
        text.push_str(line.get(done..*from)?);
        text.push_str(new);
        done = (*to).max(*from);
    }
    text.push_str(line.get(done..)?);
    Some(text)
}

fn drop_blank_end(lines: &mut Vec<Option<String>>) {
    let blank = |line: &Option<String>| line.as_deref().is_none_or(|line| line.trim().is_empty());
    while lines.last().is_some_and(blank) {
        lines.pop();
    }
    lines.push(Some(String::new()));
}

/// The text of edited lines.
pub fn joined(lines: Vec<Option<String>>) -> Vec<u8> {
    let kept: Vec<String> = lines.into_iter().flatten().collect();
    kept.join("\n").into_bytes()
}
