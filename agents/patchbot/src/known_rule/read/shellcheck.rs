//! shellcheck's findings: below the line they are in, each behind an arrow, or
//! in the form of gcc.

use super::super::Finding;
use crate::places::{Place, places};
use crate::transcript::Step;

/// `In deploy.sh line 4:`, the line, and `   ^-- SC2086 (info): …` below.
pub(in super::super) fn read(step: &Step) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut open: Option<(&str, u64, Option<&str>)> = None;
    for line in step.output.lines() {
        let text = std::str::from_utf8(line.text).unwrap_or_default();
        if let Some((path, number)) = heading(text) {
            open = Some((path, number, None));
            continue;
        }
        let Some((path, number, shown)) = &mut open else {
            continue;
        };
        let Some(source) = shown else {
            *shown = Some(text);
            continue;
        };
        if text.is_empty() || text.starts_with("Did you mean:") || line.cut {
            open = None;
        } else if let Some((column, code, message)) = arrow(text) {
            findings.push(Finding {
                path: (*path).to_owned(),
                line: *number,
                column: Some(column),
                code: code.to_owned(),
                message: message.to_owned(),
                shown: Some((*source).to_owned()),
                log_line: line.number,
            });
        }
    }
    let concise = places(&step.output).filter_map(|(place, log_line)| gcc(&place, log_line));
    findings.extend(concise);
    findings
}

fn heading(text: &str) -> Option<(&str, u64)> {
    let (path, line) = text
        .strip_prefix("In ")?
        .strip_suffix(':')?
        .rsplit_once(" line ")?;
    Some((path, line.parse().ok()?))
}

/// Column, code and message.
fn arrow(text: &str) -> Option<(u64, &str, &str)> {
    let rest = text.trim_start_matches(' ');
    let column = (text.len() - rest.len()) as u64 + 1;
    let rest = rest.strip_prefix('^')?.trim_start_matches(['-', '^']);
    let (code, rest) = rest.trim_start().split_once(' ')?;
    let (_, message) = rest.split_once("): ")?;
    code.starts_with("SC").then_some((column, code, message))
}

/// `run.sh:3:6: note: Double quote to prevent globbing. [SC2086]`
fn gcc(place: &Place<'_>, log_line: u64) -> Option<Finding> {
    let (level, rest) = place.rest.split_once(": ")?;
    let (message, code) = rest.strip_suffix(']')?.rsplit_once(" [")?;
    let known = matches!(level, "note" | "warning" | "error") && code.starts_with("SC");
    known.then(|| Finding {
        path: place.path.to_owned(),
        line: place.line,
        column: place.column,
        code: code.to_owned(),
        message: message.to_owned(),
        shown: None,
        log_line,
    })
}
