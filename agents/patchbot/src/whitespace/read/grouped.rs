//! Tools that name the file once and list its places below.

use ci_log::{Marker, split_marker};

use super::super::wish::{Reading, Wish};
use super::record;
use crate::transcript::Output;

/// `  2:11      error    trailing spaces  (trailing-spaces)` below the path;
/// on GitHub, `2:11 [trailing-spaces] trailing spaces` in a group of its own.
pub(super) fn yamllint(output: &Output) -> Reading {
    let mut reading = Reading::default();
    let mut path = None;
    for line in output.lines() {
        let (marker, text) = split_marker(line.text);
        let Ok(text) = std::str::from_utf8(text) else {
            continue;
        };
        match (marker, path, row(text)) {
            (Some(Marker::Error), Some(path), Some((number, rest))) => {
                if let Some((rule, _)) =
                    rest.strip_prefix('[').and_then(|rest| rest.split_once(']'))
                {
                    record(&mut reading, path, rule, number, line.number);
                }
            }
            (None, Some(path), Some((number, rest))) if text.starts_with(' ') => {
                if let Some(rule) = rest.strip_prefix("error").and_then(|rest| {
                    rest.strip_suffix(')')?
                        .rsplit_once('(')
                        .map(|(_, rule)| rule)
                }) {
                    record(&mut reading, path, rule, number, line.number);
                }
            }
            (Some(Marker::Warning), ..) => {}
            (Some(Marker::EndGroup), ..) => path = None,
            (None | Some(Marker::Group), ..) => path = heading(text),
            _ => {}
        }
    }
    reading
}

/// `  1:13  error  Trailing spaces not allowed   no-trailing-spaces`
pub(super) fn eslint(output: &Output) -> Reading {
    let mut reading = Reading::default();
    let mut path = None;
    for line in output.lines() {
        let (marker, text) = split_marker(line.text);
        let Ok(text) = std::str::from_utf8(text) else {
            continue;
        };
        // Problem matchers turn the row into an annotation.
        let indented = text.starts_with(' ');
        match (path, row(text)) {
            (Some(path), Some((number, rest))) if indented => {
                if let Some(rest) = rest.strip_prefix("error") {
                    let rule = rest.rsplit("  ").next().unwrap_or(rest).trim();
                    record(&mut reading, path, rule, number, line.number);
                }
            }
            _ if marker.is_none() => path = heading(text),
            _ => {}
        }
    }
    reading
}

/// `\t3: Trailing whitespace` below `notes.txt:`.
pub(super) fn editorconfig(output: &Output) -> Reading {
    let mut reading = Reading::default();
    let mut path = None;
    for line in output.lines() {
        let Ok(text) = std::str::from_utf8(line.text) else {
            continue;
        };
        let Some(message) = text.strip_prefix('\t') else {
            path = text.strip_suffix(':').filter(|path| !path.contains(' '));
            continue;
        };
        let Some(path) = path else {
            continue;
        };
        let place = message
            .split_once(": ")
            .and_then(|(lines, rest)| Some((range(lines)?, rest)));
        match place {
            Some(((first, last), "Trailing whitespace")) if last - first < 10_000 => {
                for number in first..=last {
                    reading.push(path, Wish::NoBlanksAt(number), line.number);
                }
            }
            None if message == "Wrong line endings or no final newline" => {
                reading.push(path, Wish::FinalNewline, line.number);
            }
            _ => reading.other(message, line.number),
        }
    }
    reading
}

/// `3` or `3-7`
fn range(text: &str) -> Option<(u64, u64)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}

/// `  2:11   rest`
fn row(text: &str) -> Option<(u64, &str)> {
    let (place, rest) = text.trim_start().split_once(' ')?;
    let (line, column) = place.split_once(':')?;
    column.parse::<u64>().ok()?;
    Some((line.parse().ok()?, rest.trim_start()))
}

/// A line that is nothing but a path.
fn heading(text: &str) -> Option<&str> {
    let path = !text.is_empty() && !text.starts_with(' ') && !text.ends_with(':');
    (path && text.contains(['.', '/', '\\'])).then_some(text)
}
