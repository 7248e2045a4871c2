//! The compiler's way of showing source: a gutter with numbers, and marks
//! below.

use crate::transcript::Output;

/// An error with all that belongs to it.
pub(super) struct Block<'a> {
    /// Without `error[E0433]: `.
    pub message: &'a str,
    /// The lines below the headline.
    pub rows: Vec<&'a str>,
    pub log_line: u64,
    pub last: u64,
}

/// All errors of an output; warnings do not fail a build.
pub(super) fn blocks(output: &Output) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for line in output.lines() {
        let (_, text) = ci_log::split_marker(line.text);
        let text = std::str::from_utf8(text).unwrap_or_default();
        if let Some(message) = headline(text) {
            blocks.push(Block {
                message,
                rows: Vec::new(),
                log_line: line.number,
                last: line.number,
            });
            open = true;
        } else if text.is_empty() || line.cut || text.starts_with("warning") {
            open = false;
        } else if let Some(block) = blocks.last_mut().filter(|_| open) {
            block.rows.push(text);
            block.last = line.number;
        }
    }
    blocks.retain(|block| block.place().is_some());
    blocks
}

/// `error[E0433]: …`, `error: …`, and not the compiler's last words.
fn headline(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("error")?;
    let rest = match rest.strip_prefix('[') {
        Some(code) => code.split_once(']')?.1,
        None => rest,
    };
    let message = rest.strip_prefix(": ")?;
    let last = [
        "could not compile",
        "aborting due to",
        "process didn't exit",
    ];
    (!last.iter().any(|word| message.starts_with(word))).then_some(message)
}

impl<'a> Block<'a> {
    /// Path, line and column of the error.
    pub fn place(&self) -> Option<(&'a str, u64, u64)> {
        self.rows.iter().find_map(|row| place(row))
    }
}

/// ` --> src/main.rs:6:13`
pub(super) fn place(row: &str) -> Option<(&str, u64, u64)> {
    let mut parts = row.trim_start().strip_prefix("--> ")?.rsplitn(3, ':');
    let (column, line) = (parts.next()?, parts.next()?);
    Some((parts.next()?, line.parse().ok()?, column.parse().ok()?))
}

/// One row of shown source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Row<'a> {
    /// `  |`, `  |     +++`: marks, with the offset where they stand in the
    /// text.
    Marks(&'a str),
    /// `6 |     let m = 1;`
    Same(u64, &'a str),
    /// `6 -     let m = 1;`
    Old(u64, &'a str),
    /// `6 +     let m = 2;`
    New(u64, &'a str),
    /// `6 ~     let m: u32 = 1;`, without the old text.
    Changed(u64, &'a str),
    /// `...`
    Gap,
}

impl<'a> Row<'a> {
    /// A row with a gutter, or none.
    pub fn parse(text: &'a str) -> Option<Self> {
        if text == "..." {
            return Some(Row::Gap);
        }
        let trimmed = text.trim_start();
        let digits = trimmed.bytes().take_while(u8::is_ascii_digit).count();
        let rest = trimmed[digits..].trim_start();
        let (sign, after) = rest.split_at_checked(1)?;
        // One blank stands between the sign and the text.
        let line = after.strip_prefix(' ').unwrap_or(after);
        match (trimmed[..digits].parse(), sign) {
            (Ok(number), "|") => Some(Row::Same(number, line)),
            (Ok(number), "-") => Some(Row::Old(number, line)),
            (Ok(number), "+") => Some(Row::New(number, line)),
            (Ok(number), "~") => Some(Row::Changed(number, line)),
            (Err(_), "|") => Some(Row::Marks(line)),
            _ => None,
        }
    }
}
