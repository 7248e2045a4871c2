//! Tools that name the file once and list its findings below.

use ci_log::Marker;

use super::super::Finding;
use super::told;
use crate::transcript::{Output, Step};

/// One row below a path: place and the rest.
struct Row<'a> {
    path: &'a str,
    line: u64,
    column: u64,
    rest: &'a str,
    /// Whether a runner marked the row as an error.
    error: bool,
    log_line: u64,
}

/// Rows that begin with `line:column`, each with the path above it.
fn rows(output: &Output) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    let mut path = None;
    for line in output.lines() {
        let (marker, text) = ci_log::split_marker(line.text);
        let Ok(text) = std::str::from_utf8(text) else {
            continue;
        };
        // Problem matchers and yamllint's own annotations take the indentation.
        let below =
            text.starts_with(' ') || matches!(marker, Some(Marker::Error | Marker::Warning));
        match (path, row(text)) {
            (Some(path), Some((number, column, rest))) if below && !line.cut => {
                rows.push(Row {
                    path,
                    line: number,
                    column,
                    rest,
                    error: marker == Some(Marker::Error),
                    log_line: line.number,
                });
            }
            _ if below => {}
            _ => path = Some(text).filter(|text| text.contains(['.', '/', '\\'])),
        }
    }
    rows
}

fn row(text: &str) -> Option<(u64, u64, &str)> {
    let (place, rest) = text.trim_start().split_once(' ')?;
    let (line, column) = place.split_once(':')?;
    Some((line.parse().ok()?, column.parse().ok()?, rest.trim_start()))
}

fn finding(row: &Row<'_>, code: &str, message: &str) -> Finding {
    Finding {
        path: row.path.to_owned(),
        line: row.line,
        column: Some(row.column),
        code: code.to_owned(),
        message: message.to_owned(),
        shown: None,
        log_line: row.log_line,
    }
}

/// What stands behind a level that makes the tool fail.
fn level(rest: &str, strict: bool) -> Option<&str> {
    let warning = || rest.strip_prefix("warning ").filter(|_| strict);
    rest.strip_prefix("error ").or_else(warning)
}

/// `  2:11  error  Strings must use singlequote  quotes`
pub(super) fn eslint(step: &Step) -> Vec<Finding> {
    let rows = rows(&step.output);
    let strict = super::fails_by_warnings(step);
    let read = rows.iter().filter_map(|row| {
        let rest = level(row.rest, strict)?.trim();
        let (message, rule) = rest.rsplit_once("  ").unwrap_or((rest, ""));
        Some(finding(row, rule.trim(), message.trim()))
    });
    read.collect()
}

/// `  2:11      error    too many spaces after colon  (colons)`, or
/// `./a.yml:2:11: [error] too many spaces after colon (colons)`.
pub(super) fn yamllint(step: &Step) -> Vec<Finding> {
    let rows = rows(&step.output);
    let strict = told(step, &["--strict", "-s"]);
    let listed = rows.iter().filter_map(|row| {
        let rest = level(row.rest, strict)?.trim();
        let (message, rule) = rest.strip_suffix(')')?.rsplit_once('(')?;
        Some(finding(row, rule, message.trim()))
    });
    let grouped = rows.iter().filter_map(|row| {
        let (rule, message) = row.rest.strip_prefix('[')?.split_once("] ")?;
        (row.error || strict).then(|| finding(row, rule, message))
    });
    let concise = crate::places::places(&step.output).filter_map(|(place, log_line)| {
        let warning = place.rest.strip_prefix("[warning] ").filter(|_| strict);
        let rest = place.rest.strip_prefix("[error] ").or(warning)?;
        let (message, rule) = rest.strip_suffix(')')?.rsplit_once('(')?;
        Some(Finding {
            path: place.path.to_owned(),
            line: place.line,
            column: place.column,
            code: rule.to_owned(),
            message: message.trim().to_owned(),
            shown: None,
            log_line,
        })
    });
    listed.chain(grouped).chain(concise).collect()
}

/// ``src/a.py:6 in public function `f`:``, and below it `        D400: First line
/// should end with a period (not 'e')`.
pub(super) fn pydocstyle(step: &Step) -> Vec<Finding> {
    let texts = step
        .output
        .lines()
        .map(|line| std::str::from_utf8(line.text).unwrap_or_default());
    let below = texts.zip(step.output.lines().skip(1));
    let read = below.filter_map(|(place, line)| {
        let text = std::str::from_utf8(line.text).ok().filter(|_| !line.cut)?;
        let (code, message) = text.strip_prefix("        ")?.split_once(": ")?;
        let (place, kind) = place.split_once(' ')?;
        let (path, number) = place.rsplit_once(':')?;
        let ours = kind.ends_with(':') && code.starts_with('D');
        Some(Finding {
            path: path.to_owned(),
            line: number.parse().ok().filter(|_| ours)?,
            column: None,
            code: code.to_owned(),
            message: message.to_owned(),
            shown: None,
            log_line: line.number,
        })
    });
    read.collect()
}

/// `  /w/shop/a.py:3:5 - error: "List" is not defined (reportUndefinedVariable)`
pub(super) fn pyright(step: &Step) -> Vec<Finding> {
    let lines = step.output.lines().filter(|line| !line.cut);
    let read = lines.filter_map(|line| {
        let text = std::str::from_utf8(line.text).ok()?.strip_prefix("  ")?;
        let (place, rest) = text.split_once(" - error: ")?;
        let mut parts = place.rsplitn(3, ':');
        let (column, number) = (parts.next()?, parts.next()?);
        let path = parts.next()?;
        let (message, code) = rest
            .strip_suffix(')')
            .and_then(|rest| rest.rsplit_once(" ("))
            .unwrap_or((rest, ""));
        Some(Finding {
            path: path.to_owned(),
            line: number.parse().ok()?,
            column: Some(column.parse().ok()?),
            code: code.to_owned(),
            message: message.to_owned(),
            shown: None,
            log_line: line.number,
        })
    });
    read.collect()
}
