//! rustc and clippy: `help:` with the new text of the lines it names.
//!
//! Precondition: every error of the output has exactly one piece of advice
//! that shows an edit, it is one that keeps the program's meaning or has no
//! other reading ([`advice`]), the old text stands in the file as shown, and
//! the compiler announces as many errors as were read.

use std::collections::BTreeMap;

use super::Reading;
use crate::fitting::{Fix, Fixed};
use crate::limits::MAX_MENDED;
use crate::share::Share;
use crate::suggestion::imports::joined;
use crate::text_edit::{Edits, Source};
use crate::tool::Tool;
use crate::transcript::Output;

mod advice;
mod imports;
mod rows;

use rows::{Block, blocks};

/// What the compiler wants; none where it gives no advice, an error where not
/// every error has one.
pub(super) fn read(output: &Output, share: Share) -> Option<Result<Reading, String>> {
    let blocks = blocks(output);
    if blocks.is_empty() {
        return None;
    }
    if blocks.len() > MAX_MENDED {
        let text = format!("it reports more than {MAX_MENDED} errors");
        return Some(Err(text));
    }
    let mut advised: Vec<(&Block, Result<Vec<Change>, String>)> = blocks
        .iter()
        .map(|block| (block, advice::of(block, share)))
        .collect();
    if advised.iter().all(|(_, advice)| advice.is_err()) {
        return None;
    }
    if share == Share::Some {
        advised.retain(|(_, advice)| advice.is_ok());
    }
    Some(reading(advised, output, share))
}

fn reading(
    advised: Vec<(&Block<'_>, Result<Vec<Change>, String>)>,
    output: &Output,
    share: Share,
) -> Result<Reading, String> {
    let (announced, most) = announced(output);
    let few = share == Share::All && advised.len() < most;
    if advised.len() > announced || few || announced == 0 {
        return Err("it does not say that these errors are all".into());
    }
    let first = advised.first().map_or(1, |(block, _)| block.log_line);
    let last = advised.last().map_or(1, |(block, _)| block.last);
    let mut files: BTreeMap<String, Changes> = BTreeMap::new();
    for (block, changes) in advised {
        let line = block.log_line;
        for change in changes.map_err(|why| format!("the error at log line {line} {why}"))? {
            let file = files.entry(change.path.clone()).or_default();
            if !file.0.contains(&change) {
                file.0.push(change);
            }
        }
    }
    let files = files
        .into_iter()
        .map(|(path, changes)| (path, Box::new(changes) as Box<dyn Fix>));
    Ok(Reading {
        tool: Tool::Rustc,
        files: files.collect(),
        log: (first, last),
    })
}

/// How many errors the compiler counted: of all crates together, and most of
/// one. A library is compiled again for its tests, and says all again.
fn announced(output: &Output) -> (usize, usize) {
    let counts = output.lines().filter_map(|line| {
        let text = std::str::from_utf8(line.text).ok()?;
        let rest = text
            .strip_prefix("error: could not compile `")
            .and_then(|rest| rest.split_once(" due to "))
            .map(|(_, rest)| rest)
            .or_else(|| text.strip_prefix("error: aborting due to "))?;
        let number = rest.strip_suffix("previous error").map_or_else(
            || {
                rest.split(' ')
                    .next()
                    .and_then(|number| number.parse().ok())
            },
            |number| number.trim().parse().ok().or(Some(1)),
        );
        // "due to 1 previous error; 3 warnings emitted"
        number.or(Some(1))
    });
    counts.fold((0, 0), |(sum, most), count| (sum + count, most.max(count)))
}

/// One line as it is, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    path: String,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// This line is as shown, and becomes another.
    Line {
        number: u64,
        /// Ways to read the old text: a blank at the end of what is new is not
        /// marked as new.
        old: Vec<String>,
        new: String,
    },
    /// This line gets something more, and loses nothing.
    Grown { number: u64, new: String },
    /// Lines come above this one.
    Above { number: u64, lines: Vec<String> },
    /// This line is as shown, and goes.
    Gone { number: u64, old: String },
    /// This name goes from the import in this line.
    Import { number: u64, name: String },
}

/// Blank lines in a row that rustfmt leaves, where a line is taken out.
const MOST_BLANK: usize = 1;

#[derive(Default)]
struct Changes(Vec<Change>);

impl Fix for Changes {
    fn fix(&self, _: &str, file: &[u8]) -> Result<Fixed, String> {
        let source = Source::parse(file)?;
        let mut edits = Edits::default();
        let shown = |number: u64, old: &[String]| {
            let line = source.line(number)?;
            let same = |old: &String| line.trim_end() == old.trim_end();
            match old.iter().any(same) {
                true => Ok(line),
                false => Err(format!("line {number} is not what the compiler shows")),
            }
        };
        for change in &self.0 {
            match &change.kind {
                Kind::Line { number, old, new } => {
                    let line = shown(*number, old)?;
                    for (from, to, text) in differences(line, new.trim_end()) {
                        edits.replace(*number, from, to, text);
                    }
                }
                Kind::Grown { number, new } => {
                    let line = source.line(*number)?;
                    let parts = differences(line, new.trim_end());
                    if parts.is_empty() || parts.iter().any(|(from, to, _)| from != to) {
                        return Err(format!("line {number} is not what the compiler shows"));
                    }
                    for (from, to, text) in parts {
                        edits.replace(*number, from, to, text);
                    }
                }
                Kind::Gone { number, old } => {
                    shown(*number, std::slice::from_ref(old))?;
                    edits.remove(*number);
                }
                Kind::Above { number, lines } => {
                    let below = source.line(*number)?.trim();
                    let mut text = lines.join("\n");
                    // The first import is set apart, as the compiler's own fix does.
                    let import = lines.iter().all(|line| line.trim().starts_with("use "));
                    if import && !below.is_empty() && !below.starts_with("use ") {
                        text.push('\n');
                    }
                    edits.insert_above(*number, &text);
                }
                Kind::Import { number, name } => {
                    imports::remove(&source, *number, name, &mut edits)?;
                }
            }
        }
        let lines = edits.apply(&source)?;
        Ok(Fixed::in_place(joined(lines, MOST_BLANK).into_bytes()))
    }
}

/// Words of a line that are compared with those of another; longer lines are
/// one change as a whole.
const MAX_WORDS: usize = 200;

/// The parts of a line that change, so that two changes of one line meet only
/// where they touch the same.
fn differences<'n>(old: &str, new: &'n str) -> Vec<(usize, usize, &'n str)> {
    let (one, two) = (words(old), words(new));
    if one.len() > MAX_WORDS || two.len() > MAX_WORDS {
        return vec![(0, old.len(), new)];
    }
    let common = common(old, &one, new, &two);
    let mut differences = Vec::new();
    let (mut from, mut start) = (0, 0);
    for (i, j) in common.into_iter().chain([(one.len(), two.len())]) {
        let at = |words: &[(usize, usize)], index: usize, end: usize| {
            words.get(index).map_or(end, |word| word.0)
        };
        let (to, stop) = (at(&one, i, old.len()), at(&two, j, new.len()));
        if from < to || start < stop {
            differences.push((from, to, &new[start..stop]));
        }
        from = one.get(i).map_or(to, |word| word.1);
        start = two.get(j).map_or(stop, |word| word.1);
    }
    differences
}

/// Names and single other characters, by where they begin and end.
fn words(line: &str) -> Vec<(usize, usize)> {
    let in_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut words: Vec<(usize, usize)> = Vec::new();
    let mut before = false;
    for (at, letter) in line.char_indices() {
        let end = at + letter.len_utf8();
        match words.last_mut() {
            Some(last) if before && in_name(letter) => last.1 = end,
            _ => words.push((at, end)),
        }
        before = in_name(letter);
    }
    words
}

/// A longest run of words that both lines have in order, as pairs of places.
fn common(
    old: &str,
    one: &[(usize, usize)],
    new: &str,
    two: &[(usize, usize)],
) -> Vec<(usize, usize)> {
    let same = |i: usize, j: usize| old[one[i].0..one[i].1] == new[two[j].0..two[j].1];
    let width = two.len() + 1;
    let mut lengths = vec![0_u16; (one.len() + 1) * width];
    for i in (0..one.len()).rev() {
        for j in (0..two.len()).rev() {
            lengths[i * width + j] = if same(i, j) {
                lengths[(i + 1) * width + j + 1] + 1
            } else {
                lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while i < one.len() && j < two.len() {
        if same(i, j) {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}
