//! Tools that write path, line and rule into one line.

use super::super::wish::{Reading, Wish};
use super::record;
use crate::places::places;
use crate::transcript::Output;

/// `app/home.py:1:10: W291 trailing whitespace`, also as GitHub's annotation.
pub(super) fn python(output: &Output) -> Reading {
    let mut reading = Reading::default();
    for (place, line) in places(output) {
        if let Some(code) = place.code() {
            record(&mut reading, place.path, code, place.line, line);
        }
    }
    reading
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
        if code.starts_with("MD") {
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
