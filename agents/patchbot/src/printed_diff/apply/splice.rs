//! Several diffs of one file, each made from the file as it is.

use super::super::diff::{Change, FileDiff, Hunk, HunkLine};
use super::place::Search;
use super::text::Text;

/// Lines `start..end` of the file become `lines`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Splice<'a> {
    start: usize,
    end: usize,
    lines: Vec<&'a [u8]>,
}

/// Applies all diffs at once. Each has to fit the file as it is, and no two
/// may touch the same lines, unless they ask for the same.
pub fn splice(file: &[u8], diffs: &[FileDiff]) -> Result<Vec<u8>, String> {
    let text = match diffs.first() {
        Some(diff) => Text::parse(file, diff.model)?,
        None => return Err("there is nothing to apply".into()),
    };
    let mut splices: Vec<Splice> = Vec::new();
    for diff in diffs {
        for hunk in &diff.hunks {
            super::check(hunk, &text)?;
            splices.push(placed(hunk, diff, &text)?);
        }
    }
    splices.sort_by_key(|splice| (splice.start, splice.end));
    splices.dedup();
    if let Some(pair) = splices.windows(2).find(|pair| touch(&pair[0], &pair[1])) {
        return Err(format!("two fixes change line {}", pair[1].start + 1));
    }
    let mut lines: Vec<&[u8]> = Vec::with_capacity(text.lines.len());
    let mut done = 0;
    for splice in &splices {
        lines.extend_from_slice(&text.lines[done..splice.start]);
        lines.extend_from_slice(&splice.lines);
        done = splice.end;
    }
    lines.extend_from_slice(&text.lines[done..]);
    Ok(text.join(&lines, text.terminated, false))
}

fn touch(one: &Splice, two: &Splice) -> bool {
    one.end > two.start || one.start == two.start
}

/// What a hunk does, without its context. The end of the file is not shown in
/// such diffs, so a file without a final line feed keeps its last line.
fn placed<'a>(hunk: &'a Hunk, diff: &FileDiff, text: &Text) -> Result<Splice<'a>, String> {
    let place = Search::new(text).place(hunk, diff, None)?;
    let context = |line: &&HunkLine| line.change == Change::Context;
    let before = hunk.lines.iter().take_while(context).count();
    let after = hunk.lines.iter().rev().take_while(context).count();
    if before + after >= hunk.lines.len() {
        return Err(format!(
            "the fix at log line {} changes nothing",
            hunk.log_line
        ));
    }
    let changed = &hunk.lines[before..hunk.lines.len() - after];
    let splice = Splice {
        start: place.start + before,
        end: place.end - after,
        lines: changed
            .iter()
            .filter(|line| line.change != Change::Removed)
            .map(|line| line.text.as_slice())
            .collect(),
    };
    if splice.end == text.lines.len() && !text.terminated {
        return Err("a fix changes the last line, which has no end".into());
    }
    Ok(splice)
}
