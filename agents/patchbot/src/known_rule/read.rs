//! How tools write their findings.

use super::Finding;
use crate::places::{arrows, places};
use crate::tool::Tool;
use crate::transcript::{Output, Step};

mod columns;
mod compilers;
mod json;
mod rows;
mod shellcheck;

/// Reads all findings that make the tool fail.
type Reader = fn(&Step) -> Vec<Finding>;

/// Each tool and its reader.
pub(super) const READERS: &[(Tool, Reader)] = &[
    (Tool::Flake8, flake8),
    (Tool::Pycodestyle, flake8),
    (Tool::Pydocstyle, rows::pydocstyle),
    (Tool::RuffCheck, ruff),
    (Tool::Pylint, pylint),
    (Tool::Mypy, columns::mypy),
    (Tool::Pyright, rows::pyright),
    (Tool::Tsc, columns::tsc),
    (Tool::Go, columns::go),
    (Tool::Yamllint, rows::yamllint),
    (Tool::Markdownlint, columns::markdownlint),
    (Tool::Hadolint, hadolint),
    (Tool::Eslint, eslint),
    (Tool::Shellcheck, shellcheck::read),
    (Tool::Gcc, compilers::gcc),
    (Tool::Javac, compilers::javac),
    (Tool::Make, super::makefile::read),
];

/// Whether a script has one of these words: some tools fail with a warning
/// only where they are told to.
fn told(step: &Step, words: &[&str]) -> bool {
    let mut told = step.script.iter().flat_map(|line| line.split_whitespace());
    told.any(|word| words.contains(&word))
}

/// Whether eslint was told to fail for warnings, or says that it did.
pub(super) fn fails_by_warnings(step: &Step) -> bool {
    let said = b"found too many warnings";
    let mut lines = step.output.lines();
    told(step, &["--max-warnings", "--max-warnings=0"])
        || lines.any(|line| memchr::memmem::find(line.text, said).is_some())
}

/// `shop/a.py:3:1: F401 'os' imported but unused`
fn flake8(step: &Step) -> Vec<Finding> {
    let coded = places(&step.output).filter_map(|(place, log_line)| {
        let code = place.code()?;
        let message = place.rest[code.len()..].trim_start();
        Some(Finding {
            path: place.path.to_owned(),
            line: place.line,
            column: place.column,
            code: code.to_owned(),
            message: message.to_owned(),
            shown: None,
            log_line,
        })
    });
    coded.collect()
}

/// In one of the forms that its option names, as the next two.
fn pylint(step: &Step) -> Vec<Finding> {
    first_of(
        step,
        &[columns::pylint, columns::pylint_parseable, json::pylint],
    )
}

fn hadolint(step: &Step) -> Vec<Finding> {
    first_of(step, &[columns::hadolint, json::hadolint])
}

fn eslint(step: &Step) -> Vec<Finding> {
    first_of(step, &[rows::eslint, columns::eslint, json::eslint])
}

fn first_of(step: &Step, readers: &[Reader]) -> Vec<Finding> {
    let read = readers.iter().map(|read| read(step));
    read.into_iter()
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

/// As flake8, or with an arrow below the message. A mark for what ruff can fix
/// is no part of the message.
fn ruff(step: &Step) -> Vec<Finding> {
    let mut findings = flake8(step);
    findings.extend(arrows(&step.output).map(|(place, log_line)| {
        let code = place.code().unwrap_or_default();
        Finding {
            path: place.path.to_owned(),
            line: place.line,
            column: place.column,
            code: code.to_owned(),
            message: place.rest[code.len()..].trim_start().to_owned(),
            shown: shown(&step.output, log_line, place.line),
            log_line,
        }
    }));
    for finding in &mut findings {
        if let Some(message) = finding.message.strip_prefix("[*] ") {
            finding.message = message.to_owned();
        }
    }
    findings
}

/// The line that a snippet below a log line shows with its number:
/// `  3 | import os`.
fn shown(output: &Output, log_line: u64, number: u64) -> Option<String> {
    /// Rows of a snippet before the line itself.
    const MOST: usize = 8;
    let first = output.index_of(log_line)?;
    let rows = (first + 1..)
        .map_while(|index| output.get(index))
        .take(MOST);
    rows.filter_map(|row| std::str::from_utf8(row.text).ok())
        .take_while(|row| !row.is_empty())
        .find_map(|row| {
            let (count, line) = row.split_once('|')?;
            (count.trim().parse() == Ok(number))
                .then(|| line.strip_prefix(' ').unwrap_or(line).to_owned())
        })
}
