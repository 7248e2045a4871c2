//! `codespell`: `./README.md:3: recieve ==> receive`.

use std::collections::BTreeMap;

use super::Reading;
use crate::fitting::{Fix, Fixed};
use crate::tool::Tool;
use crate::transcript::Output;

/// What codespell wants; none where it names nothing, an error where it
/// leaves a choice.
pub(super) fn read(output: &Output) -> Option<Result<Reading, String>> {
    let mut files: BTreeMap<String, Words> = BTreeMap::new();
    let mut log: Option<(u64, u64)> = None;
    for line in output.lines() {
        let Some(finding) = std::str::from_utf8(line.text).ok().and_then(Finding::parse) else {
            continue;
        };
        if !finding.is_plain() {
            let (number, wrong) = (line.number, finding.wrong);
            return Some(Err(format!(
                "it leaves a choice for {wrong:?} (log line {number})"
            )));
        }
        log = Some((log.map_or(line.number, |log| log.0), line.number));
        let key = (
            finding.line,
            finding.wrong.to_owned(),
            finding.right.to_owned(),
        );
        let words = files.entry(finding.path.to_owned()).or_default();
        *words.0.entry(key).or_default() += 1;
    }
    let log = log?;
    let files = files
        .into_iter()
        .map(|(path, words)| (path, Box::new(words) as Box<dyn Fix>));
    Some(Ok(Reading {
        tool: Tool::Codespell,
        files: files.collect(),
        log,
    }))
}

struct Finding<'a> {
    path: &'a str,
    line: usize,
    wrong: &'a str,
    right: &'a str,
}

impl<'a> Finding<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (place, right) = text.split_once(" ==> ")?;
        let (place, wrong) = place.rsplit_once(": ")?;
        let (path, line) = place.rsplit_once(':')?;
        let line = line.parse().ok().filter(|line| *line > 0)?;
        Some(Finding {
            path,
            line,
            // Versions before 2.0 put two blanks in front of the arrow.
            wrong: wrong.trim_end(),
            right: right.trim_end(),
        })
    }

    /// One word for another; a comma lists several, or gives a reason.
    fn is_plain(&self) -> bool {
        let word = |text: &str| !text.is_empty() && text.chars().all(in_word);
        word(self.wrong) && word(self.right)
    }
}

/// How often each wrong word of a line is named, with its correction.
#[derive(Default)]
struct Words(BTreeMap<(usize, String, String), usize>);

impl Fix for Words {
    fn fix(&self, path: &str, file: &[u8]) -> Result<Fixed, String> {
        let text = std::str::from_utf8(file).map_err(|_| "it is not UTF-8")?;
        let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        for ((number, wrong, right), count) in &self.0 {
            let line = lines
                .get_mut(number - 1)
                .ok_or(format!("it has no line {number}"))?;
            let (corrected, found) = replace(line, wrong, right, is_prose(path));
            if found != *count {
                return Err(format!(
                    "line {number} does not have {wrong:?} in text as often as the log says"
                ));
            }
            *line = corrected;
        }
        Ok(Fixed::in_place(lines.join("\n").into_bytes()))
    }
}

/// In code, a word may be a name that others use; only comments are text.
fn is_prose(path: &str) -> bool {
    [".md", ".rst", ".txt", ".adoc", ".markdown", ".mdx"]
        .iter()
        .any(|end| path.ends_with(end))
}

/// Whether a place is in text that people read: anywhere in prose, in code only
/// in a comment.
pub(super) fn in_text(path: &str, line: &str, at: usize) -> bool {
    is_prose(path) || comment(line).is_some_and(|comment| at >= comment)
}

/// Replaces whole words, in code only behind the beginning of a comment.
fn replace(line: &str, wrong: &str, right: &str, prose: bool) -> (String, usize) {
    let from = if prose { Some(0) } else { comment(line) };
    let Some(from) = from else {
        return (line.to_owned(), 0);
    };
    let (head, tail) = line.split_at(from);
    let mut corrected = head.to_owned();
    let mut found = 0;
    for part in tail.split_inclusive(|character| !in_word(character)) {
        let word = part.trim_end_matches(|character| !in_word(character));
        if word == wrong {
            found += 1;
            corrected.push_str(right);
        } else {
            corrected.push_str(word);
        }
        corrected.push_str(&part[word.len()..]);
    }
    (corrected, found)
}

/// codespell's idea of a word.
fn in_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '\'' | '’')
}

/// Where a comment begins that is one beyond doubt: at the beginning of the
/// line, or behind code without a quote.
fn comment(line: &str) -> Option<usize> {
    const SIGNS: [&str; 7] = ["# ", "// ", "/// ", "//! ", "/* ", "* ", "<!-- "];
    let indent = line.len() - line.trim_start().len();
    if SIGNS.iter().any(|sign| line[indent..].starts_with(sign)) {
        return Some(indent);
    }
    let signs = ["  # ", " // "].iter().filter_map(|sign| line.find(sign));
    let at = signs.min()?;
    (!line[..at].contains(['"', '\'', '`'])).then_some(at)
}
