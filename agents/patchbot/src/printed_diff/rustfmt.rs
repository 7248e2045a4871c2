//! `rustfmt --check`: `Diff in src/main.rs:7:`, then lines with a sign in
//! front and no counts.

use ci_log::{Marker, split_marker};

use super::diff::{Change, FileDiff, Form, Hunk, HunkLine, Model};
use super::parse::{Cursor, utf8};

/// Versions before 1.0 show where a line ends.
const RETURN_SYMBOL: &str = "⏎";

/// One `Diff in`: a hunk of a file.
pub(super) fn parse(cursor: &mut Cursor) -> Option<FileDiff> {
    let (path, start, form) = header(cursor.text(0))?;
    if !is_body(cursor.text(1)) {
        return None;
    }
    let first = cursor.number();
    let path = path.to_owned();
    cursor.advance();
    let (lines, problem) = body(cursor);
    let hunk = Hunk {
        start,
        lines: without_symbols(lines),
        log_line: first,
    };
    Some(FileDiff {
        path,
        form,
        model: Model::Split,
        hunks: vec![hunk],
        first,
        last: cursor.previous_number(),
        problem,
    })
}

/// Adds a diff to those before it: rustfmt repeats the header for each hunk.
/// Where the numbers start over, the file is shown again.
pub(super) fn push(diff: FileDiff, diffs: &mut Vec<FileDiff>) {
    let follows = |last: &FileDiff| {
        let ends = last.hunks.last().map_or(0, |hunk| hunk.start);
        let starts = diff.hunks.first().map_or(0, |hunk| hunk.start);
        matches!(diff.form, Form::Rustfmt | Form::OldRustfmt)
            && last.form == diff.form
            && last.path == diff.path
            && starts > ends
    };
    match diffs.last_mut() {
        Some(last) if follows(last) => {
            last.last = diff.last;
            last.problem = last.problem.take().or(diff.problem);
            last.hunks.extend(diff.hunks);
        }
        _ => diffs.push(diff),
    }
}

/// `Diff in /w/src/main.rs:7:` and, before 2023, `Diff in … at line 7:`.
fn header(text: &[u8]) -> Option<(&str, u64, Form)> {
    // A problem matcher turns the header, and nothing else, into a marker.
    let (_, text) = split_marker(text);
    let text = utf8(text.strip_prefix(b"Diff in ")?)?.strip_suffix(':')?;
    let (path, line, form) = match text.rsplit_once(" at line ") {
        Some((path, line)) => (path, line, Form::OldRustfmt),
        None => {
            let (path, line) = text.rsplit_once(':')?;
            (path, line, Form::Rustfmt)
        }
    };
    Some((path, line.parse().ok()?, form))
}

fn is_body(text: &[u8]) -> bool {
    matches!(text.first(), Some(b' ' | b'-' | b'+'))
}

/// Without counts a hunk goes as far as lines have a sign; a runner's marker
/// woven in between does not end it.
fn body(cursor: &mut Cursor) -> (Vec<HunkLine>, Option<String>) {
    let mut lines = Vec::new();
    let mut problem = None;
    while let Some(line) = cursor.line() {
        if let Some((sign, text)) = line.text.split_first().filter(|_| is_body(line.text)) {
            if line.cut {
                problem = Some(format!("log line {} is too long to be read", line.number));
            }
            lines.push(HunkLine {
                change: change(*sign),
                text: text.to_vec(),
                unterminated: false,
            });
        } else if !(is_marker(line.text) && is_body(cursor.text(1))) {
            break;
        }
        cursor.advance();
    }
    (lines, problem)
}

fn change(sign: u8) -> Change {
    match sign {
        b'-' => Change::Removed,
        b'+' => Change::Added,
        _ => Change::Context,
    }
}

fn is_marker(text: &[u8]) -> bool {
    let (marker, rest) = split_marker(text);
    let header = header(text).is_some();
    let woven = matches!(
        marker,
        Some(Marker::Error | Marker::Warning | Marker::Notice)
    );
    woven && !header && !rest.starts_with(b"Process completed")
}

fn without_symbols(mut lines: Vec<HunkLine>) -> Vec<HunkLine> {
    let symbol = RETURN_SYMBOL.as_bytes();
    if lines.iter().all(|line| line.text.ends_with(symbol)) {
        for line in &mut lines {
            line.text.truncate(line.text.len() - symbol.len());
        }
    }
    lines
}
