//! `eslint` with the rule `prettier/prettier`, which says exactly what to
//! replace: ``3:10  error  Replace `·a` with `⏎a`  prettier/prettier``.

use std::collections::BTreeMap;

use super::Reading;
use crate::fitting::{Fix, Fixed};
use crate::printed_diff::only_layout;
use crate::tool::Tool;
use crate::transcript::Output;

const RULE: &str = "prettier/prettier";

/// What prettier wants; none where it says nothing, an error where eslint has
/// other findings.
pub(super) fn read(output: &Output) -> Option<Result<Reading, String>> {
    let mut files: BTreeMap<String, Vec<Edit>> = BTreeMap::new();
    let mut other = None;
    let mut path = None;
    let mut log = None;
    for line in output.lines() {
        let (_, text) = ci_log::split_marker(line.text);
        let Ok(text) = std::str::from_utf8(text) else {
            continue;
        };
        let Some(row) = Row::parse(text) else {
            path = if text.starts_with(' ') {
                path
            } else {
                Some(text)
            };
            continue;
        };
        let edit = Edit::parse(&row).filter(|_| !line.cut);
        match (path, edit) {
            (Some(path), Some(edit)) => files.entry(path.to_owned()).or_default().push(edit),
            _ => other = other.or(Some((row.rule.to_owned(), line.number))),
        }
        log = Some((log.map_or(line.number, |(first, _)| first), line.number));
    }
    if files.is_empty() {
        return None;
    }
    if let Some((rule, line)) = other {
        return Some(Err(format!("it also reports {rule} (log line {line})")));
    }
    let files = files
        .into_iter()
        .map(|(path, edits)| (path, Box::new(Edits(edits)) as Box<dyn Fix>));
    Some(Ok(Reading {
        tool: Tool::Eslint,
        files: files.collect(),
        log: log?,
    }))
}

/// `  3:10  error  message  rule`
struct Row<'a> {
    line: usize,
    column: usize,
    message: &'a str,
    rule: &'a str,
}

impl<'a> Row<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (place, rest) = text.strip_prefix(' ')?.trim_start().split_once(' ')?;
        let (line, column) = place.split_once(':')?;
        let rest = rest.trim_start().strip_prefix("error ")?.trim();
        let (message, rule) = rest.rsplit_once("  ").unwrap_or((rest, ""));
        Some(Row {
            line: line.parse().ok().filter(|line| *line > 0)?,
            column: column.parse().ok().filter(|column| *column > 0)?,
            message: message.trim_end(),
            rule,
        })
    }
}

/// At a place, some text becomes another. White space is written visibly.
struct Edit {
    line: usize,
    column: usize,
    /// All ways to read the message: the texts may hold back quotes.
    readings: Vec<(String, String)>,
}

impl Edit {
    fn parse(row: &Row) -> Option<Self> {
        if row.rule != RULE {
            return None;
        }
        let quoted = |text: &str| Some(text.strip_prefix('`')?.strip_suffix('`')?.to_owned());
        let message = row.message;
        let readings = if let Some(text) = message.strip_prefix("Insert ") {
            vec![(String::new(), quoted(text)?)]
        } else if let Some(text) = message.strip_prefix("Delete ") {
            vec![(quoted(text)?, String::new())]
        } else {
            let text = quoted(message.strip_prefix("Replace ")?)?;
            let middles = text.match_indices("` with `");
            middles
                .map(|(at, middle)| (text[..at].to_owned(), text[at + middle.len()..].to_owned()))
                .collect()
        };
        (!readings.is_empty()).then_some(Edit {
            line: row.line,
            column: row.column,
            readings,
        })
    }

    /// The range this replaces, and what with.
    fn place(&self, text: &str, starts: &[usize]) -> Result<(usize, usize, String), String> {
        let (line, column) = (self.line, self.column);
        let unfit = || format!("line {line} column {column} is not what prettier replaces");
        let start = *starts.get(line - 1).ok_or_else(unfit)?;
        let at = start + utf16_offset(&text[start..], column - 1).ok_or_else(unfit)?;
        let fits = self
            .readings
            .iter()
            .filter_map(|(old, new)| Some((matched(&text[at..], old)?, new)));
        let fits: Vec<(usize, &String)> = fits.collect();
        let [(length, new)] = fits[..] else {
            return Err(unfit());
        };
        if text[at..at + length].contains(SIGNS.map(|(sign, _)| sign)) {
            return Err(unfit());
        }
        Ok((at, at + length, plain(new)))
    }
}

/// How prettier's rule shows white space.
const SIGNS: [(char, char); 4] = [('·', ' '), ('⏎', '\n'), ('↹', '\t'), ('␍', '\r')];

fn plain(shown: &str) -> String {
    let real = |character| {
        SIGNS
            .iter()
            .find(|(sign, _)| *sign == character)
            .map(|(_, real)| *real)
    };
    shown
        .chars()
        .map(|character| real(character).unwrap_or(character))
        .collect()
}

/// The length of what `shown` stands for at the beginning of `text`.
fn matched(text: &str, shown: &str) -> Option<usize> {
    let real = plain(shown);
    text.starts_with(&real).then_some(real.len())
}

/// eslint counts columns in UTF-16.
fn utf16_offset(text: &str, units: usize) -> Option<usize> {
    let mut seen = 0;
    for (at, character) in text.char_indices() {
        if seen == units {
            return Some(at);
        }
        if character == '\n' {
            return None;
        }
        seen += character.len_utf16();
    }
    (seen == units).then_some(text.len())
}

struct Edits(Vec<Edit>);

impl Fix for Edits {
    fn fix(&self, _: &str, file: &[u8]) -> Result<Fixed, String> {
        let text = std::str::from_utf8(file).map_err(|_| "it is not UTF-8")?;
        if text.starts_with('\u{feff}') || text.contains(['\r', '\u{2028}', '\u{2029}']) {
            return Err("it has characters that shift columns or lines".into());
        }
        let feeds = text.match_indices('\n').map(|(at, _)| at + 1);
        let starts: Vec<usize> = std::iter::once(0).chain(feeds).collect();
        let places: Result<Vec<_>, String> = self
            .0
            .iter()
            .map(|edit| edit.place(text, &starts))
            .collect();
        let mut places = places?;
        places.sort();
        places.dedup();
        let mut fixed = String::with_capacity(text.len());
        let mut done = 0;
        for (start, end, new) in places {
            if start < done {
                return Err("two edits overlap".into());
            }
            fixed.push_str(&text[done..start]);
            fixed.push_str(&new);
            done = end;
        }
        fixed.push_str(&text[done..]);
        // The rule shows no context. What it shows may fit by chance a file
        // that changed since, but hardly so that only layout changes.
        if !only_layout(file, fixed.as_bytes()) {
            return Err("the edits change more than layout".into());
        }
        Ok(Fixed::in_place(fixed.into_bytes()))
    }
}
