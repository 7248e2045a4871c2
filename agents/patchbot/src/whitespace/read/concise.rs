//! Tools that write path, line and rule into one line.

use ci_log::{Marker, split_marker};

use super::super::wish::{Reading, Wish};
use super::record;
use crate::transcript::{Line, Output};

/// `app/home.py:1:10: W291 trailing whitespace`, also as GitHub's annotation.
pub(super) fn python(output: &Output) -> Reading {
    let mut reading = Reading::default();
    for (place, line) in places(output) {
        let code = place.rest.split([' ', ':']).next().unwrap_or("");
        if is_code(code) {
            record(&mut reading, place.path, code, place.line, line);
        }
    }
    reading
}

/// `W291`, `E501`, `SIM102`
fn is_code(code: &str) -> bool {
    let digits = code.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
    let letters = code.len() - digits.len();
    (1..=6).contains(&letters)
        && (1..=5).contains(&digits.len())
        && digits.bytes().all(|digit| digit.is_ascii_digit())
}

/// `./a.yml:2:11: [error] trailing spaces (trailing-spaces)`
pub(super) fn yamllint(output: &Output) -> Reading {
    let mut reading = Reading::default();
    for (place, line) in places(output) {
        // A warning does not fail the command.
        let rule = place
            .rest
            .strip_prefix("[error] ")
            .and_then(|rest| in_parentheses(rest));
        if let Some(rule) = rule {
            record(&mut reading, place.path, rule, place.line, line);
        }
    }
    reading
}

fn in_parentheses(text: &str) -> Option<&str> {
    text.strip_suffix(')')?
        .rsplit_once('(')
        .map(|(_, rule)| rule)
}

/// `README.md:4:27 error MD009/no-trailing-spaces Trailing spaces […]`; the
/// column and, before 0.45, the severity are not always there.
pub(super) fn markdownlint(output: &Output) -> Reading {
    let mut reading = Reading::default();
    for (place, line) in places(output) {
        let rest = place.rest.strip_prefix("error ").unwrap_or(place.rest);
        let code = rest.split(['/', ' ']).next().unwrap_or("");
        if code.starts_with("MD") && is_code(code) {
            record(&mut reading, place.path, code, place.line, line);
        }
    }
    reading
}

/// `a.rb:3:5: C: [Correctable] Layout/TrailingWhitespace: Trailing …`
pub(super) fn rubocop(output: &Output) -> Reading {
    let mut reading = Reading::default();
    for (place, line) in places(output) {
        let Some((severity, rest)) = place.rest.split_once(": ") else {
            continue;
        };
        let rest = rest.strip_prefix("[Correctable] ").unwrap_or(rest);
        let (cop, message) = rest.split_once(": ").unwrap_or((rest, ""));
        if severity.len() != 1 || !cop.contains('/') {
            continue;
        }
        match message {
            "Final newline missing." => reading.push(place.path, Wish::FinalNewline, line),
            _ if message.ends_with("trailing blank lines detected.") => {
                reading.push(place.path, Wish::NoBlankEnd, line);
            }
            _ => record(&mut reading, place.path, cop, place.line, line),
        }
    }
    reading
}

/// `app/home.py:1: trailing whitespace.`, the line itself below it.
pub(super) fn git_check(output: &Output) -> Reading {
    let mut reading = Reading::default();
    for (place, line) in places(output) {
        match place.rest {
            "trailing whitespace." => {
                reading.push(place.path, Wish::NoBlanksAt(place.line), line);
            }
            "new blank line at EOF." => reading.push(place.path, Wish::NoBlankEnd, line),
            rest if rest.ends_with('.') && !place.path.contains(' ') => reading.other(rest, line),
            _ => {}
        }
    }
    reading
}

/// A place at the beginning of a line.
struct Place<'a> {
    path: &'a str,
    line: u64,
    rest: &'a str,
}

fn places(output: &Output) -> impl Iterator<Item = (Place<'_>, u64)> {
    output
        .lines()
        .filter_map(|line| Some((place(line)?, line.number)))
}

/// `path:line:`, `path:line:column:` or `path:line:column ` and the rest.
fn place(line: Line<'_>) -> Option<Place<'_>> {
    let (marker, text) = split_marker(line.text);
    if !matches!(marker, None | Some(Marker::Error | Marker::Warning))
        || matches!(text.first(), Some(b' ' | b'+'))
    {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    // ruff's annotations carry the help text behind an escaped line feed.
    let text = text.split("%0A").next().unwrap_or(text);
    // A drive's colon is not the one before the line.
    let from = if text.as_bytes().get(1) == Some(&b':') {
        2
    } else {
        0
    };
    let colon = from + text.get(from..)?.find(':')?;
    let (path, rest) = (&text[..colon], &text[colon + 1..]);
    let (line, rest) = number(rest)?;
    let rest = match rest.strip_prefix(':').and_then(number) {
        Some((_, rest)) => rest,
        None => rest,
    };
    let rest = rest.strip_prefix(':').unwrap_or(rest).trim_start();
    (!path.is_empty()).then_some(Place { path, line, rest })
}

fn number(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    Some((text[..digits].parse().ok()?, &text[digits..]))
}
