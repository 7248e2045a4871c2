//! What a tool wants of a file's white space.

use crate::limits::MAX_FINDINGS;

/// One wish. Lines are 1-based.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wish {
    /// No blanks at the end of this line.
    NoBlanksAt(u64),
    /// No blanks at the end of any line.
    NoBlanks,
    /// A line feed at the end, where there is none.
    FinalNewline,
    /// No blank lines at the end, where there are some.
    NoBlankEnd,
    /// Exactly one line feed at the end, whatever is there.
    OneFinalNewline,
    /// All line ends like most of them.
    OneLineEnd,
    NoByteOrderMark,
}

impl Wish {
    pub fn is_line_end_blank(self) -> bool {
        matches!(self, Wish::NoBlanksAt(_) | Wish::NoBlanks)
    }

    pub fn is_end_of_file(self) -> bool {
        matches!(
            self,
            Wish::FinalNewline | Wish::NoBlankEnd | Wish::OneFinalNewline
        )
    }
}

/// A wish, whose it is and where the log says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// As the log has it.
    pub path: String,
    pub wish: Wish,
    pub log_line: u64,
}

/// All that a tool says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reading {
    pub findings: Vec<Finding>,
    /// The first complaint that is no white space: mending the rest would
    /// leave the tool failing.
    pub other: Option<String>,
}

impl Reading {
    pub fn push(&mut self, path: &str, wish: Wish, log_line: u64) {
        // One more than the limit, so that going over is seen.
        if self.findings.len() <= MAX_FINDINGS {
            self.findings.push(Finding {
                path: path.to_owned(),
                wish,
                log_line,
            });
        }
    }

    pub fn other(&mut self, what: &str, log_line: u64) {
        self.other.get_or_insert_with(|| {
            format!("it also reports {what} (log line {log_line}), which is no white space")
        });
    }

    pub fn extend(&mut self, more: Reading) {
        self.findings.extend(more.findings);
        self.other = self.other.take().or(more.other);
    }
}
