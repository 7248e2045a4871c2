//! A diff as the log shows it, before anything is believed.

/// What one line of a hunk says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Context,
    Removed,
    Added,
}

/// One line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HunkLine {
    /// Which side has it.
    pub change: Change,
    /// Without the sign in front and the line end.
    pub text: Vec<u8>,
    /// `\ No newline at end of file` follows.
    pub unterminated: bool,
}

/// One place of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// The first line on the old side, 1-based; where that side is empty, the
    /// line before.
    pub start: u64,
    /// In the order of the log.
    pub lines: Vec<HunkLine>,
    /// Where it begins in the log.
    pub log_line: u64,
}

impl Hunk {
    /// The lines on the old side.
    pub fn old_side(&self) -> impl Iterator<Item = &HunkLine> {
        self.lines
            .iter()
            .filter(|line| line.change != Change::Added)
    }

    /// The lines on the new side.
    pub fn new_side(&self) -> impl Iterator<Item = &HunkLine> {
        self.lines
            .iter()
            .filter(|line| line.change != Change::Removed)
    }
}

/// Whose way of printing it is, as far as the header tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `Diff in path:line:` and no counts.
    Rustfmt,
    /// `Diff in path at line line:`, which may be a line of the new file.
    OldRustfmt,
    /// `Diff in path:` and a table with line numbers.
    Stylua,
    /// Time stamps on both sides, the same path.
    Black,
    /// `path:before`, `path:after`.
    Isort,
    /// The same path twice, nothing else.
    Plain,
    /// `original/path`, `fixed/path`.
    Autopep8,
    /// `path (original)`, `path (reformatted)`.
    Reformatted,
    /// `before/path`, `after/path`.
    BeforeAfter,
    /// `path.orig`, `path`.
    Orig,
    /// `old/path`, `new/path`.
    OldNew,
    /// `diff --git`.
    Git,
    /// `diff --git` below pre-commit's `All changes made by hooks:`.
    Hooks,
    /// None we know.
    Unknown,
}

/// How a diff's lines relate to those of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// Lines with ends; a missing one is marked.
    Unified,
    /// What stands between line feeds: a file that ends in one has an empty
    /// line behind it. rustfmt compares such.
    Split,
}

/// All that a log shows of one file's change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDiff {
    /// As the log has it, without what the form adds.
    pub path: String,
    pub form: Form,
    pub model: Model,
    pub hunks: Vec<Hunk>,
    /// The first and the last line in the log.
    pub first: u64,
    pub last: u64,
    /// Why it cannot be used.
    pub problem: Option<String>,
}

impl FileDiff {
    /// Whether two diffs ask for the same, wherever the log has them.
    pub fn wants_the_same(&self, other: &FileDiff) -> bool {
        let same = |(a, b): (&Hunk, &Hunk)| a.start == b.start && a.lines == b.lines;
        self.path == other.path
            && self.problem == other.problem
            && self.hunks.len() == other.hunks.len()
            && self.hunks.iter().zip(&other.hunks).all(same)
    }
}
