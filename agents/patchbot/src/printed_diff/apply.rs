//! Applies a diff to the bytes of a file: exactly, or not at all.

use super::diff::{Change, FileDiff, Hunk, HunkLine, Model};
use crate::fitting::{Fix, Fixed};
use crate::redaction;

mod place;
mod splice;
mod text;

use place::Search;
pub use splice::splice;
use text::Text;

impl Fix for FileDiff {
    fn fix(&self, _: &str, file: &[u8]) -> Result<Fixed, String> {
        apply(file, self)
    }
}

/// Applies all hunks, or says why the first that does not fit does not.
pub fn apply(file: &[u8], diff: &FileDiff) -> Result<Fixed, String> {
    let text = Text::parse(file, diff.model)?;
    let mut search = Search::new(&text);
    let mut lines: Vec<&[u8]> = Vec::with_capacity(text.lines.len());
    let mut terminated = text.terminated;
    let mut shifted = false;
    for (index, hunk) in diff.hunks.iter().enumerate() {
        check(hunk, &text)?;
        let next = diff.hunks.get(index + 1);
        let place = search.place(hunk, diff, next)?;
        shifted |= place.shifted;
        lines.extend_from_slice(&text.lines[place.copied..place.start]);
        lines.extend(hunk.new_side().map(|line| line.text.as_slice()));
        terminated = last_line_end(hunk, &text, place.end, terminated)?;
    }
    lines.extend_from_slice(&text.lines[search.done()..]);
    let plain = matches!(&diff.hunks[..], [hunk] if replaces_all(hunk, &text));
    let bytes = text.join(&lines, terminated, plain);
    Ok(Fixed { bytes, shifted })
}

/// What is wrong with a hunk before its place is known.
fn check(hunk: &Hunk, text: &Text) -> Result<(), String> {
    let at = hunk.log_line;
    if hunk.old_side().next().is_none() && text.model == Model::Unified && !text.is_empty() {
        return Err(format!(
            "the hunk at log line {at} has no line to tell its place by"
        ));
    }
    redaction::refuse_new(hunk)?;
    let same = |(one, two): (&&HunkLine, &&HunkLine)| one.text == two.text;
    let repeated = blocks(hunk).any(|(removed, added)| {
        removed.len() == added.len() && !removed.is_empty() && removed.iter().zip(&added).all(same)
    });
    let marked = hunk.lines.iter().any(|line| line.unterminated);
    if (repeated && !marked && !text.carriage_returns) || unclear_ends(hunk, text) {
        return Err(format!(
            "the hunk at log line {at} changes what the log does not show (line ends)"
        ));
    }
    Ok(())
}

/// A log does not show `\r`. A line that is removed and added again is one
/// whose end changes; a tool that changes line ends changes all of them. So
/// where some line stays, ends stay too; where every line goes and one comes
/// back, ends change; anything else could be either.
fn unclear_ends(hunk: &Hunk, text: &Text) -> bool {
    text.carriage_returns && comes_back(hunk) != replaces_all(hunk, text)
}

fn comes_back(hunk: &Hunk) -> bool {
    // A line that only gains or loses its end says nothing of the others.
    let same = |(one, two): (&&HunkLine, &&HunkLine)| {
        one.text == two.text && !one.unterminated && !two.unterminated
    };
    blocks(hunk).any(|(removed, added)| removed.iter().zip(&added).any(same))
}

fn replaces_all(hunk: &Hunk, text: &Text) -> bool {
    let removed = hunk
        .lines
        .iter()
        .filter(|line| line.change == Change::Removed);
    removed.count() == text.lines.len()
}

/// The runs of removed and added lines between context lines.
fn blocks(hunk: &Hunk) -> impl Iterator<Item = (Vec<&HunkLine>, Vec<&HunkLine>)> {
    let runs = hunk.lines.split(|line| line.change == Change::Context);
    runs.map(|run| run.iter().partition(|line| line.change == Change::Removed))
}

/// Whether the file ends in a line feed after this hunk, which has to know
/// whether it does before.
fn last_line_end(hunk: &Hunk, text: &Text, end: usize, before: bool) -> Result<bool, String> {
    if text.model == Model::Split {
        return Ok(before);
    }
    let wrong = || {
        let at = hunk.log_line;
        Err(format!(
            "the end of the file is not what the hunk at log line {at} expects"
        ))
    };
    let at_end = end == text.lines.len();
    let old_marks = hunk.old_side().filter(|line| line.unterminated).count();
    let old_last = hunk.old_side().last().is_some_and(|line| line.unterminated);
    let expected = usize::from(at_end && !text.terminated && !text.is_empty());
    if old_marks != expected || old_last != (expected == 1) {
        return wrong();
    }
    let new_marks = hunk.new_side().filter(|line| line.unterminated).count();
    let new_last = hunk.new_side().last().is_some_and(|line| line.unterminated);
    if new_marks > usize::from(at_end) || (new_marks == 1) != new_last {
        return wrong();
    }
    Ok(if at_end { !new_last } else { before })
}
