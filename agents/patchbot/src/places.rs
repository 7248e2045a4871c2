//! Findings in one line: path, line, and what is wrong there.

use ci_log::{Marker, split_marker};

use crate::transcript::{Line, Output};

/// A place at the beginning of a line.
pub struct Place<'a> {
    pub path: &'a str,
    pub line: u64,
    pub column: Option<u64>,
    /// What follows.
    pub rest: &'a str,
}

impl<'a> Place<'a> {
    /// The rule's code, where the rest begins with one: `W291`, `SIM102`.
    pub fn code(&self) -> Option<&'a str> {
        let code = self.rest.split([' ', ':', '/']).next()?;
        is_code(code).then_some(code)
    }
}

fn is_code(code: &str) -> bool {
    let digits = code.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
    let letters = code.len() - digits.len();
    (1..=6).contains(&letters)
        && (1..=5).contains(&digits.len())
        && digits.bytes().all(|digit| digit.is_ascii_digit())
}

/// All places of an output, with the number of their line.
pub fn places(output: &Output) -> impl Iterator<Item = (Place<'_>, u64)> {
    output
        .lines()
        .filter_map(|line| Some((place(line)?, line.number)))
}

/// Places below a title, as ruff writes them: ` --> app/home.py:1:10`.
pub fn arrows(output: &Output) -> impl Iterator<Item = (Place<'_>, u64)> {
    let titles = output
        .lines()
        .map(|line| std::str::from_utf8(line.text).unwrap_or_default());
    let below = titles.zip(output.lines().skip(1));
    below.filter_map(|(title, line)| {
        let text = std::str::from_utf8(line.text).ok()?;
        let (path, number) = arrow(text)?;
        let column = text.rsplit(':').next().and_then(|last| last.parse().ok());
        let place = Place {
            path,
            line: number,
            column,
            rest: title,
        };
        (!title.is_empty()).then_some((place, line.number))
    })
}

/// The path and the line behind an arrow.
pub fn arrow(text: &str) -> Option<(&str, u64)> {
    let place = text.trim_start().strip_prefix("--> ")?;
    let mut parts = place.rsplitn(3, ':');
    let (column, line) = (parts.next()?, parts.next()?);
    column.parse::<u32>().ok()?;
    Some((parts.next()?, u64::from(line.parse::<u32>().ok()?)))
}

/// `path:line:`, `path:line:column:` or `path:line:column ` and the rest.
pub fn place(line: Line<'_>) -> Option<Place<'_>> {
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
    let (column, rest) = match rest.strip_prefix(':').and_then(number) {
        Some((column, rest)) => (Some(column), rest),
        None => (None, rest),
    };
    let rest = rest.strip_prefix(':').unwrap_or(rest).trim_start();
    (!path.is_empty()).then_some(Place {
        path,
        line,
        column,
        rest,
    })
}

fn number(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    Some((text[..digits].parse().ok()?, &text[digits..]))
}
