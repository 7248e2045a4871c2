//! `stylua --check`: `Diff in src/main.lua:`, then a table of old number, new
//! number and line, with a rule between hunks.

use super::diff::{Change, FileDiff, Form, Hunk, HunkLine, Model};
use super::parse::{Cursor, utf8};

/// One file's diff.
pub(super) fn parse(cursor: &mut Cursor) -> Option<FileDiff> {
    let path = utf8(cursor.text(0).strip_prefix(b"Diff in ")?)?.strip_suffix(':')?;
    Row::parse(cursor.text(1))?;
    let first = cursor.number();
    cursor.advance();
    let mut diff = FileDiff {
        path: path.to_owned(),
        form: Form::Stylua,
        model: Model::Unified,
        hunks: Vec::new(),
        first,
        last: first,
        problem: None,
    };
    let mut expected = (0, 0);
    let mut begins = true;
    while let Some(line) = cursor.line() {
        if let Some(row) = Row::parse(line.text) {
            diff.take(row, &mut expected, begins, line.number);
            if line.cut {
                diff.problem = Some(format!("log line {} is too long to be read", line.number));
            }
            begins = false;
        } else if is_rule(line.text) {
            begins = true;
        } else {
            break;
        }
        cursor.advance();
    }
    diff.last = cursor.previous_number();
    Some(diff)
}

impl FileDiff {
    /// Adds a row to the hunk it continues; the numbers have to go on.
    fn take(&mut self, row: Row, expected: &mut (u64, u64), begins: bool, log_line: u64) {
        if begins {
            *expected = (row.old.unwrap_or(expected.0), row.new.unwrap_or(expected.1));
            self.hunks.push(Hunk {
                start: expected.0.max(1),
                lines: Vec::new(),
                log_line,
            });
        }
        let goes_on = |number: Option<u64>, expected: &mut u64| match number {
            None => true,
            Some(number) => {
                let fits = *expected == 0 || number == *expected;
                *expected = number + 1;
                fits
            }
        };
        let fits = goes_on(row.old, &mut expected.0) & goes_on(row.new, &mut expected.1);
        if !fits && self.problem.is_none() {
            self.problem = Some(format!(
                "the line numbers at log line {log_line} do not go on"
            ));
        }
        if let Some(hunk) = self.hunks.last_mut() {
            hunk.lines.push(row.line);
        }
    }
}

/// `12  14  | text`, `12      |-text`, `    14  |+text`
struct Row {
    old: Option<u64>,
    new: Option<u64>,
    line: HunkLine,
}

impl Row {
    fn parse(text: &[u8]) -> Option<Self> {
        let bar = text.iter().position(|byte| *byte == b'|')?;
        let (numbers, rest) = (utf8(&text[..bar])?, &text[bar + 1..]);
        let mut numbers_found = numbers
            .split_ascii_whitespace()
            .map(|word| word.parse().ok());
        let (sign, text) = rest.split_first()?;
        let one = numbers_found.next()??;
        let two: Option<u64> = numbers_found.next().flatten();
        let (change, old, new) = match (sign, two) {
            (b' ', Some(two)) => (Change::Context, Some(one), Some(two)),
            (b'-', None) => (Change::Removed, Some(one), None),
            (b'+', None) => (Change::Added, None, Some(one)),
            _ => return None,
        };
        numbers_found.next().is_none().then(|| Row {
            old,
            new,
            line: HunkLine {
                change,
                text: text.to_vec(),
                unterminated: false,
            },
        })
    }
}

fn is_rule(text: &[u8]) -> bool {
    text.len() >= 20 && text.iter().all(|byte| *byte == b'-')
}
