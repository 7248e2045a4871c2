//! `ruff check`: below a finding, `help:` and a diff with line numbers.

use std::collections::BTreeMap;

use super::Reading;
use crate::fitting::{Fix, Fixed};
use crate::places::arrow;
use crate::printed_diff::{Change, FileDiff, Form, Hunk, HunkLine, Model, splice};
use crate::tool::Tool;
use crate::transcript::Output;

/// What ruff wants; none where it prints no fix, an error where it does not
/// print one for each finding.
pub(super) fn read(output: &Output) -> Option<Result<Reading, String>> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut index = 0;
    let mut before = "";
    while let Some(line) = output.get(index) {
        let text = std::str::from_utf8(line.text).unwrap_or_default();
        if let Some((path, _)) = arrow(text).filter(|_| !before.is_empty()) {
            findings.push(Finding::new(path, before, line.number));
        } else if text.starts_with("help: ")
            && let Some(finding) = findings.last_mut()
        {
            index = finding.read_diff(output, index + 1);
            before = "";
            continue;
        } else if let Some(finding) = findings.last_mut()
            && text.starts_with("note: This is an unsafe fix")
        {
            finding.safe = false;
        }
        before = text;
        index += 1;
    }
    findings
        .iter()
        .any(|finding| !finding.hunks.is_empty())
        .then(|| reading(findings, output))
}

fn reading(findings: Vec<Finding>, output: &Output) -> Result<Reading, String> {
    let unfixed = |finding: &&Finding| !finding.safe || finding.hunks.is_empty();
    if let Some(finding) = findings.iter().find(unfixed) {
        let line = finding.log_line;
        return Err(format!(
            "it prints no safe fix for the finding at log line {line}"
        ));
    }
    if announced(output).is_none_or(|count| count != findings.len()) {
        return Err("it does not say that these findings are all".into());
    }
    let first = findings.first().map_or(1, |finding| finding.log_line);
    let last = findings.last().map_or(1, |finding| finding.last);
    let mut files: BTreeMap<String, Vec<FileDiff>> = BTreeMap::new();
    for finding in findings {
        let diffs = files.entry(finding.path.clone()).or_default();
        diffs.push(finding.into_diff());
    }
    let files = files
        .into_iter()
        .map(|(path, diffs)| (path, Box::new(Diffs(diffs)) as Box<dyn Fix>));
    Ok(Reading {
        tool: Tool::RuffCheck,
        files: files.collect(),
        log: (first, last),
    })
}

/// `Found 3 errors.`
fn announced(output: &Output) -> Option<usize> {
    let counts = output.lines().filter_map(|line| {
        let text = std::str::from_utf8(line.text)
            .ok()?
            .strip_prefix("Found ")?;
        let (count, rest) = text.split_once(' ')?;
        rest.starts_with("error").then(|| count.parse().ok())?
    });
    counts.last()
}

struct Diffs(Vec<FileDiff>);

impl Fix for Diffs {
    fn fix(&self, _: &str, file: &[u8]) -> Result<Fixed, String> {
        splice(file, &self.0).map(Fixed::in_place)
    }
}

struct Finding {
    path: String,
    /// ruff marks what `--fix` would do with `[*]`.
    safe: bool,
    hunks: Vec<Hunk>,
    log_line: u64,
    last: u64,
}

impl Finding {
    fn new(path: &str, title: &str, log_line: u64) -> Self {
        Finding {
            path: path.to_owned(),
            safe: title.contains("[*]"),
            hunks: Vec::new(),
            log_line,
            last: log_line,
        }
    }

    fn into_diff(self) -> FileDiff {
        FileDiff {
            path: self.path,
            form: Form::Plain,
            model: Model::Unified,
            hunks: self.hunks,
            first: self.log_line,
            last: self.last,
            problem: None,
        }
    }

    /// Reads the rows of a diff and returns where they end. Their numbers are
    /// those of the fixed file.
    fn read_diff(&mut self, output: &Output, mut index: usize) -> usize {
        let mut hunk: Option<Hunk> = None;
        let mut grown: i64 = 0;
        while let Some(line) = output.get(index) {
            let Some(row) = std::str::from_utf8(line.text).ok().and_then(Row::parse) else {
                break;
            };
            self.last = line.number;
            self.safe &= !line.cut;
            index += 1;
            let (change, text) = match row {
                Row::Rule => continue,
                Row::Gap => {
                    self.hunks.extend(hunk.take());
                    continue;
                }
                Row::Line(change, text, _) => (change, text),
            };
            let open = hunk.get_or_insert_with(|| Hunk {
                start: 0,
                lines: Vec::new(),
                log_line: line.number,
            });
            if let (0, Row::Line(_, _, Some(number))) = (open.start, row) {
                // Lines above it, all removed, stood at the same place.
                open.start = (number as i64 - grown).max(1) as u64;
            }
            grown += match change {
                Change::Added => 1,
                Change::Removed => -1,
                Change::Context => 0,
            };
            open.lines.push(HunkLine {
                change,
                text: text.as_bytes().to_vec(),
                unterminated: false,
            });
        }
        self.hunks.extend(hunk);
        index
    }
}

#[derive(Clone, Copy)]
enum Row<'a> {
    /// `   |`
    Rule,
    /// `...`
    Gap,
    Line(Change, &'a str, Option<u64>),
}

impl<'a> Row<'a> {
    /// `12 | same`, `12 + new`, `   - old`
    fn parse(text: &'a str) -> Option<Self> {
        if text.trim() == "..." {
            return Some(Row::Gap);
        }
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let number = text[..digits].parse().ok();
        let rest = text[digits..].trim_start_matches(' ');
        let sign = rest.chars().next()?;
        let after = &rest[sign.len_utf8()..];
        let line = if after.is_empty() {
            after
        } else {
            after.strip_prefix(' ')?
        };
        match (sign, number) {
            ('|', None) if line.is_empty() => Some(Row::Rule),
            ('|', Some(_)) => Some(Row::Line(Change::Context, line, number)),
            ('+', Some(_)) => Some(Row::Line(Change::Added, line, number)),
            ('-', None) => Some(Row::Line(Change::Removed, line, None)),
            _ => None,
        }
    }
}
