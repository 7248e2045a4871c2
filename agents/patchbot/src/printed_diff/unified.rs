//! Unified diffs, with the headers that tools put in front of them.

use super::diff::{Change, FileDiff, Hunk, HunkLine, Model};
use super::parse::{Cursor, utf8};
use crate::limits::MAX_FOREIGN_LINES;

mod header;

use header::Header;

/// One file's diff, if one begins here.
pub(super) fn parse(cursor: &mut Cursor, hooks: bool) -> Option<FileDiff> {
    let first = cursor.number();
    let mut ahead = *cursor;
    let header = Header::read(&mut ahead, hooks)?;
    *cursor = ahead;
    let mut diff = FileDiff {
        path: header.path,
        form: header.form,
        model: Model::Unified,
        hunks: Vec::new(),
        first,
        last: first,
        problem: header.problem,
    };
    while let Some(counts) = Counts::parse(cursor.text(0)) {
        let (hunk, problem) = hunk(cursor, counts);
        diff.hunks.push(hunk);
        if problem.is_some() {
            diff.problem = diff.problem.or(problem);
            break;
        }
        skip_woven(cursor);
    }
    diff.last = cursor.previous_number();
    if diff.hunks.is_empty() && diff.problem.is_none() {
        diff.problem = Some(format!("the diff of {} shows no change", diff.path));
    }
    Some(diff)
}

/// `@@ -1,3 +1,4 @@`
#[derive(Debug, Clone, Copy)]
struct Counts {
    start: u64,
    old: u64,
    new: u64,
}

impl Counts {
    fn parse(text: &[u8]) -> Option<Self> {
        let text = text.strip_prefix(b"@@ -")?;
        let end = memchr::memmem::find(text, b" @@")?;
        let (old, new) = utf8(&text[..end])?.split_once(" +")?;
        let (start, old) = range(old)?;
        let (_, new) = range(new)?;
        Some(Counts { start, old, new })
    }
}

fn range(text: &str) -> Option<(u64, u64)> {
    // Larger numbers are no line of any file we read, and could overflow.
    let small = |text: &str| text.parse::<u32>().ok().map(u64::from);
    match text.split_once(',') {
        Some((start, count)) => Some((small(start)?, small(count)?)),
        None => Some((small(text)?, 1)),
    }
}

/// Reads as many lines as the counts say. A line of the diff always has a
/// sign in front, so one without is another program's and is passed over.
fn hunk(cursor: &mut Cursor, mut counts: Counts) -> (Hunk, Option<String>) {
    let mut hunk = Hunk {
        start: counts.start,
        lines: Vec::new(),
        log_line: cursor.number(),
    };
    let mut foreign = 0;
    cursor.advance();
    while counts.old > 0 || counts.new > 0 {
        let Some(line) = cursor.line() else {
            return (hunk, Some(broken(cursor, "ends in the middle")));
        };
        if line.cut {
            return (hunk, Some(broken(cursor, "has a line too long to be read")));
        }
        match take(line.text, &mut counts) {
            Taken::Line(line) => hunk.lines.push(line),
            Taken::NoNewline => mark(&mut hunk),
            Taken::Foreign => foreign += 1,
            Taken::TooMany => {
                return (
                    hunk,
                    Some(broken(cursor, "does not have the lines it announces")),
                );
            }
        }
        if foreign > MAX_FOREIGN_LINES {
            return (hunk, Some(broken(cursor, "is torn apart by other output")));
        }
        cursor.advance();
    }
    if is_no_newline(cursor.text(0)) {
        mark(&mut hunk);
        cursor.advance();
    }
    (hunk, None)
}

enum Taken {
    Line(HunkLine),
    NoNewline,
    Foreign,
    TooMany,
}

fn take(text: &[u8], counts: &mut Counts) -> Taken {
    let (change, rest) = match text.split_first() {
        Some((b'-', rest)) => (Change::Removed, rest),
        Some((b'+', rest)) => (Change::Added, rest),
        Some((b' ', rest)) => (Change::Context, rest),
        // Some logs lose blanks at the end of a line.
        None => (Change::Context, text),
        Some((b'\\', _)) if is_no_newline(text) => return Taken::NoNewline,
        Some(_) if begins_another(text) => return Taken::TooMany,
        Some(_) => return Taken::Foreign,
    };
    let old = u64::from(change != Change::Added);
    let new = u64::from(change != Change::Removed);
    let (Some(left_old), Some(left_new)) =
        (counts.old.checked_sub(old), counts.new.checked_sub(new))
    else {
        return Taken::TooMany;
    };
    (counts.old, counts.new) = (left_old, left_new);
    Taken::Line(HunkLine {
        change,
        text: rest.to_vec(),
        unterminated: false,
    })
}

fn begins_another(text: &[u8]) -> bool {
    [&b"@@ "[..], b"diff ", b"Diff in "]
        .iter()
        .any(|start| text.starts_with(start))
}

fn is_no_newline(text: &[u8]) -> bool {
    text.starts_with(b"\\ No newline")
}

fn mark(hunk: &mut Hunk) {
    if let Some(last) = hunk.lines.last_mut() {
        last.unterminated = true;
    }
}

fn broken(cursor: &Cursor, how: &str) -> String {
    format!("the diff at log line {} {how}", cursor.number())
}

/// Other output between two hunks of one file.
fn skip_woven(cursor: &mut Cursor) {
    for ahead in 0..=MAX_FOREIGN_LINES {
        let text = cursor.text(ahead);
        if Counts::parse(text).is_some() {
            (0..ahead).for_each(|_| cursor.advance());
            return;
        }
        if begins_another(text) || text.starts_with(b"--- ") || text.is_empty() {
            return;
        }
    }
}
