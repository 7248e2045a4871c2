//! `typos`: `` error: `teh` should be `the` `` and an arrow to the place.

use std::collections::BTreeMap;

use super::Reading;
use crate::fitting::{Fix, Fixed};
use crate::text_edit::{Edits, Source, joined};
use crate::tool::Tool;
use crate::transcript::Output;

/// What typos wants; none where it names nothing, an error where it leaves a
/// choice or means a file's name.
pub(super) fn read(output: &Output) -> Option<Result<Reading, String>> {
    let mut files: BTreeMap<String, Words> = BTreeMap::new();
    let mut open: Option<(&str, &str)> = None;
    let mut problem = None;
    let mut log: Option<(u64, u64)> = None;
    for line in output.lines() {
        let text = std::str::from_utf8(line.text).unwrap_or_default();
        if let Some(finding) = text.strip_prefix("error: `") {
            open = words(finding);
            if finding.contains("` should be ") && open.is_none() {
                problem.get_or_insert_with(|| {
                    format!(
                        "it leaves a choice, or means a name (log line {})",
                        line.number
                    )
                });
            }
        } else if let Some((path, number, column)) = place(text) {
            let Some((wrong, right)) = open.take() else {
                continue;
            };
            log = Some((log.map_or(line.number, |log| log.0), line.number));
            let file = files.entry(path.to_owned()).or_default();
            file.0
                .push((number, column, wrong.to_owned(), right.to_owned()));
        }
    }
    let log = log?;
    if let Some(problem) = problem {
        return Some(Err(problem));
    }
    let files = files
        .into_iter()
        .map(|(path, words)| (path, Box::new(words) as Box<dyn Fix>));
    Some(Ok(Reading {
        tool: Tool::Typos,
        files: files.collect(),
        log,
    }))
}

/// ``teh` should be `the``, and not ``the`, `ten``.
fn words(text: &str) -> Option<(&str, &str)> {
    let (wrong, rest) = text.split_once("` should be `")?;
    let right = rest.strip_suffix('`')?;
    let word = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|letter| letter.is_alphanumeric() || letter == '\'')
    };
    (word(wrong) && word(right)).then_some((wrong, right))
}

/// `  ╭▸ ./README.md:1:1`, before 1.40 `  --> ./README.md:1:1`.
fn place(text: &str) -> Option<(&str, u64, u64)> {
    let rest = text.trim_start();
    let rest = rest
        .strip_prefix("╭▸ ")
        .or_else(|| rest.strip_prefix("--> "))?;
    let mut parts = rest.rsplitn(3, ':');
    let (column, line) = (parts.next()?, parts.next()?);
    Some((parts.next()?, line.parse().ok()?, column.parse().ok()?))
}

/// Line, column, wrong, right.
#[derive(Default)]
struct Words(Vec<(u64, u64, String, String)>);

impl Fix for Words {
    fn fix(&self, path: &str, file: &[u8]) -> Result<Fixed, String> {
        let source = Source::parse(file)?;
        let mut edits = Edits::default();
        for (number, column, wrong, right) in &self.0 {
            let line = source.line(*number)?;
            let at = source.offset(*number, *column)?;
            if !line[at..].starts_with(wrong.as_str()) {
                return Err(format!(
                    "line {number} does not have {wrong:?} where the log says"
                ));
            }
            if !super::codespell::in_text(path, line, at) {
                return Err(format!(
                    "{wrong:?} in line {number} may be a name that others use"
                ));
            }
            edits.replace(*number, at, at + wrong.len(), right.as_str());
        }
        Ok(Fixed::in_place(joined(edits.apply(&source)?)))
    }
}
