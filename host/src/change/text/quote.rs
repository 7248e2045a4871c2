//! Foreign text made harmless for Markdown.

use crate::patch::path::is_invisible;
use crate::redact::redact;

/// Text in a fence longer than any run of backticks in it; redacted, cut, and
/// with invisible characters shown.
pub fn fence(text: &str, max_chars: usize) -> String {
    let text = visible(&redact(text), max_chars);
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    format!("{fence}text\n{}\n{fence}\n", text.trim_end_matches('\n'))
}

/// Characters of an inline quote.
const MAX_CODE: usize = 200;

/// Text as inline code. Line ends become spaces.
pub fn code(text: &str) -> String {
    let line = redact(text).replace(['\n', '\r'], " ");
    let text = visible(&line, MAX_CODE);
    let ticks = "`".repeat(longest_run(&text) + 1);
    // A space keeps a backtick at the edge apart from the delimiter
    // (CommonMark 6.1); one pair of spaces is stripped again.
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() {
        " "
    } else {
        ""
    };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Control, zero-width and direction-changing characters as `\u{…}`: what a
/// reviewer does not see must not be there.
fn visible(text: &str, max_chars: usize) -> String {
    let mut out = String::with_capacity(text.len().min(max_chars));
    for (count, c) in text.chars().enumerate() {
        if count >= max_chars {
            out += "…";
            break;
        }
        match c {
            '\n' | '\t' => out.push(c),
            c if is_invisible(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Whether a forge would read a part as an issue (`GH-12`) or a commit (seven
/// or more hexadecimal digits).
fn refers(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let issue = lower
        .match_indices("gh-")
        .any(|(at, _)| lower[at + 3..].starts_with(|c: char| c.is_ascii_digit()));
    let commit = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| {
            word.len() >= 7
                && word.bytes().all(|byte| byte.is_ascii_hexdigit())
                && word.bytes().any(|byte| byte.is_ascii_digit())
        });
    issue || commit
}

/// A word that is safe in a title or a commit message: a tool's name.
pub fn plain_word(text: &str) -> Option<&str> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
    let first = text
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphanumeric());
    (first && text.len() <= 32 && text.bytes().all(good) && !refers(text)).then_some(text)
}

/// A path that is safe in a title or a commit message: nothing in it that a
/// forge reads as a mention, a reference or a command.
pub fn plain_path(text: &str) -> Option<&str> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-/".contains(&byte);
    let first = text
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
    (first && text.len() <= 200 && text.bytes().all(good) && !refers(text)).then_some(text)
}

/// A link that leads where it says.
pub fn https_url(text: &str) -> Option<&str> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))?;
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/:?=&%#".contains(&byte);
    (!rest.is_empty() && text.len() <= 500 && rest.bytes().all(good)).then_some(text)
}
