//! Whether a change is one of layout only, as formatters make them.

use std::collections::BTreeSet;

/// Whether both versions have the same letters, digits and operators in the
/// same order, imports in any order, so that only blanks, line breaks and the
/// punctuation that formatters set or drop differ.
///
/// Not a proof: quotes and parentheses are ignored. It tells a formatter's
/// diff from a made-up one that edits an expression.
pub(crate) fn only_layout(before: &[u8], after: &[u8]) -> bool {
    if kept(before) == kept(after) {
        return true;
    }
    let (before, after) = (Parts::of(before), Parts::of(after));
    before.code == after.code && before.imported == after.imported
}

fn kept(bytes: &[u8]) -> Vec<u8> {
    let kept = bytes.iter().filter(|byte| !ignored(**byte));
    kept.map(u8::to_ascii_lowercase).collect()
}

/// Blanks, and what formatters add or drop: trailing commas, parentheses and
/// braces around one expression, semicolons, quotes of another kind, line
/// continuations.
fn ignored(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b",;(){}'\"\\`".contains(&byte)
}

/// A file without its imports, and the words of those.
struct Parts<'a> {
    code: Vec<u8>,
    imported: BTreeSet<&'a [u8]>,
}

impl<'a> Parts<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let mut parts = Parts {
            code: Vec::new(),
            imported: BTreeSet::new(),
        };
        let mut open: Option<Statement> = None;
        for line in bytes.split(|byte| *byte == b'\n') {
            let line = line.trim_ascii();
            let statement = open.or_else(|| Statement::begun_by(line));
            match statement {
                Some(statement) => {
                    let words = line.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
                    parts.imported.extend(words.filter(|word| !word.is_empty()));
                    open = statement.goes_on_after(line).then_some(statement);
                }
                None => parts.code.extend(kept(line)),
            }
        }
        parts
    }
}

/// What ends an import that is longer than a line.
#[derive(Clone, Copy)]
enum Statement {
    Line,
    Semicolon,
    Parenthesis,
}

impl Statement {
    fn begun_by(line: &[u8]) -> Option<Self> {
        let starts = |words: &[&str]| words.iter().any(|word| line.starts_with(word.as_bytes()));
        if starts(&[
            "use ",
            "pub use ",
            "pub(crate) use ",
            "mod ",
            "pub mod ",
            "extern crate ",
        ]) {
            Some(Statement::Semicolon)
        } else if starts(&["from ", "import "]) {
            Some(Statement::Parenthesis)
        } else if starts(&["#include", "#import"]) {
            Some(Statement::Line)
        } else {
            None
        }
    }

    fn goes_on_after(self, line: &[u8]) -> bool {
        match self {
            Statement::Line => false,
            Statement::Semicolon => !line.contains(&b';'),
            Statement::Parenthesis => {
                let opens = line.contains(&b'(') || !starts_import(line);
                line.ends_with(b"\\") || opens && !line.contains(&b')')
            }
        }
    }
}

fn starts_import(line: &[u8]) -> bool {
    line.starts_with(b"from ") || line.starts_with(b"import ")
}
