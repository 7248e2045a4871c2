//! Whether the printed diffs are all that stands between a tool and success.

use super::diff::FileDiff;
use crate::candidate::Refusal;
use crate::tool::Tool;
use crate::transcript::{Line, Output};

/// Refuses where a tool says that more files are wrong than it prints, or
/// that it could not read one: its command would go on failing.
pub(super) fn check(tool: Tool, diffs: &[FileDiff], output: &Output) -> Result<(), Refusal> {
    let mut before: &[u8] = b"";
    for line in output.lines() {
        if unread(tool, before, line.text) {
            let number = line.number;
            return Err(Refusal(format!(
                "it could not read a file (log line {number}), so its command would go on failing"
            )));
        }
        before = line.text;
    }
    let announced = output
        .lines()
        .filter_map(|line| announced(tool, line))
        .max();
    let mut paths: Vec<&str> = diffs.iter().map(|diff| diff.path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    match announced {
        Some(files) if files > paths.len() as u64 => Err(Refusal(format!(
            "it speaks of {files} files, but prints the diffs of {}",
            paths.len()
        ))),
        _ => Ok(()),
    }
}

/// A message about a file that is no source.
fn unread(tool: Tool, before: &[u8], text: &[u8]) -> bool {
    match tool {
        Tool::Black => {
            text.starts_with(b"error: cannot format ")
                || memchr::memmem::find(text, b" would fail to reformat").is_some()
        }
        Tool::RuffFormat | Tool::RuffCheck => text.starts_with(b"error: Failed to "),
        Tool::Rustfmt => {
            before.starts_with(b"error") && text.trim_ascii_start().starts_with(b"--> ")
        }
        Tool::Gofmt => is_place(text, b".go:"),
        Tool::Shfmt => is_place(text, b".sh:") || is_place(text, b".bash:"),
        _ => false,
    }
}

/// `main.go:3:1: expected 'package'`
fn is_place(text: &[u8], ending: &[u8]) -> bool {
    let Some(at) = memchr::memmem::find(text, ending) else {
        return false;
    };
    let signed = matches!(text.first(), Some(b' ' | b'+' | b'-' | b'@'));
    let digit = text.get(at + ending.len()).is_some_and(u8::is_ascii_digit);
    digit && !signed && !text[..at].contains(&b' ')
}

/// `2 files would be reformatted, 3 files would be left unchanged.`
fn announced(tool: Tool, line: Line<'_>) -> Option<u64> {
    if !matches!(tool, Tool::Black | Tool::RuffFormat) {
        return None;
    }
    let text = std::str::from_utf8(line.text).ok()?;
    let (count, rest) = text.split_once(' ')?;
    let rest = rest
        .strip_prefix("files ")
        .or_else(|| rest.strip_prefix("file "))?;
    rest.starts_with("would be reformatted")
        .then(|| count.parse().ok())?
}
