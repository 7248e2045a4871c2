//! Marks that forges and log writers put in place of secrets.

use crate::printed_diff::{Change, Hunk};

/// What stands where a secret was. Stars also stand in comments, so a mark
/// alone says nothing: only a new one does.
const MARKS: [&[u8]; 5] = [
    b"***",
    b"[MASKED]",
    b"[secure]",
    b"[REDACTED]",
    b"\xef\xbf\xbd",
];

/// How many marks a line holds; a row of stars counts once.
pub fn marks(line: &[u8]) -> usize {
    let others = MARKS[1..]
        .iter()
        .map(|mark| memchr::memmem::find_iter(line, mark).count());
    let rows = line
        .split(|byte| *byte != b'*')
        .filter(|row| row.len() >= MARKS[0].len());
    rows.count() + others.sum::<usize>()
}

/// Refuses a hunk that adds a mark which the lines it removes do not have: the
/// real text is lost. (The last kind of mark stands for bytes that were no
/// UTF-8.)
pub fn refuse_new(hunk: &Hunk) -> Result<(), String> {
    let of = |change| {
        let lines = hunk.lines.iter().filter(move |line| line.change == change);
        lines.map(|line| marks(&line.text)).sum::<usize>()
    };
    if of(Change::Added) > of(Change::Removed) {
        let at = hunk.log_line;
        return Err(format!(
            "the hunk at log line {at} holds text that the log masks"
        ));
    }
    Ok(())
}
