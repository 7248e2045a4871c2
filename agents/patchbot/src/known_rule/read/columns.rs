//! Tools that write path, line, column and message into one line.

use super::super::Finding;
use crate::places::{Place, place, places};
use crate::transcript::{Line, Step};

fn finding(place: &Place<'_>, code: &str, message: &str, log_line: u64) -> Finding {
    Finding {
        path: place.path.to_owned(),
        line: place.line,
        column: place.column,
        code: code.to_owned(),
        message: message.to_owned(),
        shown: None,
        log_line,
    }
}

/// `shop/a.py:3:0: W0611: Unused import os (unused-import)`; columns begin
/// at 0.
pub(super) fn pylint(step: &Step) -> Vec<Finding> {
    let read = places(&step.output).filter_map(|(place, log_line)| {
        let (code, rest) = place.rest.split_once(": ")?;
        place.code().filter(|known| *known == code)?;
        let (message, symbol) = rest.strip_suffix(')')?.rsplit_once(" (")?;
        let mut finding = finding(&place, symbol, message, log_line);
        finding.column = place.column.map(|column| column + 1);
        Some(finding)
    });
    read.collect()
}

/// `shop/a.py:3: [W0611(unused-import), main] Unused import os`, and
/// `shop/a.py(3): …` for Visual Studio.
pub(super) fn pylint_parseable(step: &Step) -> Vec<Finding> {
    let lines = step.output.lines().filter(|line| !line.cut);
    let read = lines.filter_map(|line| {
        let text = std::str::from_utf8(line.text).ok()?;
        let (place, rest) = text.split_once(": [")?;
        let (code, message) = rest.split_once("] ")?;
        let (_, symbol) = code.split_once('(')?;
        let (symbol, _) = symbol.split_once(')')?;
        let (path, number) = place
            .strip_suffix(')')
            .and_then(|place| place.rsplit_once('('))
            .or_else(|| place.rsplit_once(':'))?;
        Some(Finding {
            path: path.to_owned(),
            line: number.parse().ok()?,
            column: None,
            code: symbol.to_owned(),
            message: message.to_owned(),
            shown: None,
            log_line: line.number,
        })
    });
    read.collect()
}

/// `/w/a.js: line 1, col 8, Error - 'a' is defined but never used. (no-unused-vars)`
/// and `/w/a.js:1:8: 'a' is defined but never used. [Error/no-unused-vars]`.
pub(super) fn eslint(step: &Step) -> Vec<Finding> {
    let strict = super::fails_by_warnings(step);
    let lines = step.output.lines().filter(|line| !line.cut);
    let compact = lines.filter_map(|line| {
        let text = std::str::from_utf8(line.text).ok()?;
        let (path, rest) = text.split_once(": line ")?;
        let (number, rest) = rest.split_once(", col ")?;
        let (column, rest) = rest.split_once(", ")?;
        let (level, rest) = rest.split_once(" - ")?;
        let (message, rule) = rest.strip_suffix(')')?.rsplit_once(" (")?;
        (level == "Error" || strict).then_some(())?;
        Some(Finding {
            path: path.to_owned(),
            line: number.parse().ok()?,
            column: Some(column.parse().ok()?),
            code: rule.to_owned(),
            message: message.to_owned(),
            shown: None,
            log_line: line.number,
        })
    });
    let unix = places(&step.output).filter_map(|(place, log_line)| {
        let (message, level) = place.rest.strip_suffix(']')?.rsplit_once(" [")?;
        let (level, rule) = level.split_once('/')?;
        (level == "Error" || strict).then(|| finding(&place, rule, message, log_line))
    });
    compact.chain(unix).collect()
}

/// `shop/a.py:3: error: Name "List" is not defined  [name-defined]`, and what
/// its notes say behind it.
pub(super) fn mypy(step: &Step) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let python = |path: &str| path.ends_with(".py") || path.ends_with(".pyi");
    for (place, log_line) in places(&step.output).filter(|(place, _)| python(place.path)) {
        if let Some(note) = place.rest.strip_prefix("note: ") {
            if let Some(last) = findings
                .last_mut()
                .filter(|last| last.path == place.path && last.line == place.line)
            {
                last.message.push('\n');
                last.message.push_str(note);
            }
            continue;
        }
        let Some(rest) = place.rest.strip_prefix("error: ") else {
            continue;
        };
        let (message, code) = rest
            .strip_suffix(']')
            .and_then(|rest| rest.rsplit_once("  ["))
            .unwrap_or((rest, ""));
        findings.push(finding(&place, code, message, log_line));
    }
    findings
}

/// `src/a.ts(3,5): error TS2551: Property …` and
/// `src/a.ts:3:5 - error TS2551: Property …`.
pub(super) fn tsc(step: &Step) -> Vec<Finding> {
    let lines = step.output.lines().filter(|line| !line.cut);
    let read = lines.filter_map(|line| {
        let (_, text) = ci_log::split_marker(line.text);
        let text = std::str::from_utf8(text).ok()?;
        let at = text.find("error TS")?;
        let (place, rest) = (&text[..at], &text[at + "error ".len()..]);
        let (path, number, column) = plain_place(place).or_else(|| pretty_place(place))?;
        let (code, message) = rest.split_once(": ")?;
        Some(Finding {
            path: path.to_owned(),
            line: number,
            column: Some(column),
            code: code.to_owned(),
            message: message.to_owned(),
            shown: None,
            log_line: line.number,
        })
    });
    read.collect()
}

fn plain_place(text: &str) -> Option<(&str, u64, u64)> {
    let (path, place) = text.strip_suffix("): ")?.rsplit_once('(')?;
    let (line, column) = place.split_once(',')?;
    Some((path, line.parse().ok()?, column.parse().ok()?))
}

fn pretty_place(text: &str) -> Option<(&str, u64, u64)> {
    let mut parts = text.strip_suffix(" - ")?.rsplitn(3, ':');
    let (column, line) = (parts.next()?, parts.next()?);
    Some((parts.next()?, line.parse().ok()?, column.parse().ok()?))
}

/// `./main.go:4:2: "os" imported and not used`; vet puts its name in front,
/// golangci-lint the linter's behind.
pub(super) fn go(step: &Step) -> Vec<Finding> {
    let read = step.output.lines().filter_map(|line| {
        let text = line.text.strip_prefix(b"vet: ").unwrap_or(line.text);
        let log_line = line.number;
        let place = place(Line { text, ..line })?;
        let named =
            |rest: &&str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_lowercase());
        let message = place
            .rest
            .strip_suffix(')')
            .and_then(|rest| rest.rsplit_once(" ("))
            .filter(|(_, linter)| named(linter))
            .map_or(place.rest, |(message, _)| message);
        let ours = place.path.ends_with(".go") && place.column.is_some() && !line.cut;
        ours.then(|| finding(&place, "", message, log_line))
    });
    read.collect()
}

/// `README.md:4:27 error MD009/no-trailing-spaces Trailing spaces […]`
pub(super) fn markdownlint(step: &Step) -> Vec<Finding> {
    let read = places(&step.output).filter_map(|(place, log_line)| {
        let rest = place.rest.strip_prefix("error ").unwrap_or(place.rest);
        let (code, message) = rest.split_once(' ')?;
        let code = code.split('/').next()?;
        code.starts_with("MD")
            .then(|| finding(&place, code, message, log_line))
    });
    read.collect()
}

/// `Dockerfile:3 DL3020 error: Use COPY instead of ADD for files and folders`,
/// and `hadolint:Dockerfile:3: DL3020 error: …` for editors.
pub(super) fn hadolint(step: &Step) -> Vec<Finding> {
    let lines = step.output.lines().filter(|line| !line.cut);
    let read = lines.filter_map(|line| {
        let text = std::str::from_utf8(line.text).ok()?;
        let text = text.strip_prefix("hadolint:").unwrap_or(text);
        let (place, rest) = text.split_once(' ')?;
        let place = place.strip_suffix(':').unwrap_or(place);
        let (path, number) = place.rsplit_once(':')?;
        let (code, rest) = rest.split_once(' ')?;
        let (_, message) = rest.split_once(": ")?;
        let known = code.starts_with("DL") || code.starts_with("SC");
        Some(Finding {
            path: path.to_owned(),
            line: number.parse().ok().filter(|_| known)?,
            column: None,
            code: code.to_owned(),
            message: message.to_owned(),
            shown: None,
            log_line: line.number,
        })
    });
    read.collect()
}
