//! Compilers that show the place below the message.

use super::super::Finding;
use crate::places::places;
use crate::transcript::Step;

/// Rows below an error that are looked at.
const MAX_ROWS: usize = 12;

/// Letters of a directive of `printf`, behind its sign.
const MAX_DIRECTIVE: usize = 6;

/// `main.c:2:15: error: …` of gcc and clang, with what their notes say of an
/// include and, behind it, the text of a fix.
pub(in super::super) fn gcc(step: &Step) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (place, log_line) in places(&step.output) {
        let plain = place.rest.replace(['\u{2018}', '\u{2019}'], "'");
        let note = plain.strip_prefix("note: ");
        if let (Some(note), Some(last)) = (note, findings.last_mut()) {
            if note.contains("include") && last.path == place.path {
                last.message.push_str(&format!("\n{}:{note}", place.line));
            }
            // Where several are offered, the shortest is the library's own.
            let name = last.message.split('\'').nth(1).unwrap_or_default();
            if note.trim() == format!("'std::{name}'") {
                last.message.push_str("\nstd::");
            }
            continue;
        }
        let error = plain
            .strip_prefix("error: ")
            .or_else(|| plain.strip_prefix("fatal error: "));
        let Some(message) = error.filter(|_| place.column.is_some()) else {
            continue;
        };
        let directive = directive(step, log_line).filter(|_| message.starts_with("format '%"));
        findings.push(Finding {
            path: place.path.to_owned(),
            line: place.line,
            column: place.column,
            code: String::new(),
            message: format!("{message}{}", directive.unwrap_or_default()),
            shown: None,
            log_line,
        });
    }
    findings
}

/// The directive that gcc wants in a format, below the place: `   |    %ld`.
fn directive(step: &Step, log_line: u64) -> Option<String> {
    let first = step.output.index_of(log_line)? + 1;
    let rows = (first..first + MAX_ROWS).map_while(|index| step.output.get(index));
    let rows = rows.filter_map(|row| std::str::from_utf8(row.text).ok());
    let own = rows.take_while(|row| {
        row.trim_start()
            .starts_with(|c: char| c == '|' || c.is_ascii_digit())
    });
    let mut wanted = own.filter_map(|row| row.split_once("| ")?.1.trim().strip_prefix('%'));
    let found = wanted.next()?;
    let plain = found.len() <= MAX_DIRECTIVE && found.chars().all(char::is_alphanumeric);
    plain.then(|| format!("\nwants %{found}"))
}

/// `Main.java:3: error: cannot find symbol`, the line, a mark below its place,
/// and what is not found.
pub(in super::super) fn javac(step: &Step) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (place, log_line) in places(&step.output) {
        let Some(message) = place.rest.strip_prefix("error: ") else {
            continue;
        };
        if !place.path.ends_with(".java") {
            continue;
        }
        let first = step.output.index_of(log_line).unwrap_or_default() + 1;
        let rows = (first..first + MAX_ROWS).map_while(|index| step.output.get(index));
        let rows: Vec<&str> = rows
            .map(|row| std::str::from_utf8(row.text).unwrap_or_default())
            .take_while(|row| !row.contains(".java:"))
            .collect();
        let column = rows
            .get(1)
            .filter(|row| row.trim() == "^")
            .map(|row| row.len() as u64);
        let mut message = message.to_owned();
        for row in rows.iter().skip(2).filter(|row| row.starts_with("  ")) {
            message.push_str(&format!("\n{}", row.trim()));
        }
        findings.push(Finding {
            path: place.path.to_owned(),
            line: place.line,
            column,
            code: String::new(),
            message,
            shown: rows.first().map(|row| (*row).to_owned()),
            log_line,
        });
    }
    findings
}
