//! Finds the diffs in a step's output.

use super::diff::{Change, FileDiff, Form};
use super::{rustfmt, stylua, unified};
use crate::transcript::{Line, Output};

/// A place in the output.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    output: &'a Output,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The line here.
    pub fn line(&self) -> Option<Line<'a>> {
        self.output.get(self.at)
    }

    /// The text of the line `ahead` of here; empty behind the end.
    pub fn text(&self, ahead: usize) -> &'a [u8] {
        self.output
            .get(self.at + ahead)
            .map_or(b"", |line| line.text)
    }

    /// The number of the line here, or of the last.
    pub fn number(&self) -> u64 {
        let here = self
            .line()
            .or_else(|| self.output.get(self.at.saturating_sub(1)));
        here.map_or(0, |line| line.number)
    }

    /// Goes one line on.
    pub fn advance(&mut self) {
        self.at += 1;
    }

    /// The number of the line before this one.
    pub fn previous_number(&self) -> u64 {
        let before = self.output.get(self.at.saturating_sub(1));
        before.map_or(0, |line| line.number)
    }
}

/// All diffs of a step's output, in order.
pub fn parse(output: &Output) -> Vec<FileDiff> {
    let mut cursor = Cursor { output, at: 0 };
    let mut diffs: Vec<FileDiff> = Vec::new();
    let mut hooks = false;
    while cursor.line().is_some() {
        hooks |= cursor.text(0) == b"All changes made by hooks:";
        let found = rustfmt::parse(&mut cursor)
            .or_else(|| stylua::parse(&mut cursor))
            .or_else(|| unified::parse(&mut cursor, hooks));
        match found {
            Some(diff) => match nested(&diff) {
                Some(output) => diffs.extend(parse(&output)),
                None => rustfmt::push(diff, &mut diffs),
            },
            None => cursor.advance(),
        }
    }
    diffs
}

/// `diff -u <(echo -n) <(gofmt -d .)` prints the diff of nothing and a diff.
fn nested(diff: &FileDiff) -> Option<Output> {
    let hunk = diff.hunks.first()?;
    let process = diff.form == Form::Unknown && diff.path.starts_with("/dev/fd/");
    let all_new = hunk.lines.iter().all(|line| line.change == Change::Added);
    let lines = hunk.lines.iter().map(|line| line.text.as_slice());
    // A sign less with each level, so this ends.
    (process && all_new && diff.problem.is_none()).then(|| Output::within(hunk.log_line + 1, lines))
}

/// A path and a line as text: valid UTF-8 only, since the contract's paths are.
pub(super) fn utf8(text: &[u8]) -> Option<&str> {
    std::str::from_utf8(text).ok()
}
