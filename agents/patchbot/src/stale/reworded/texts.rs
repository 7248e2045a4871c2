//! Texts in quotes, in one line of any language.

/// What stands between two quotes, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<'a> {
    /// Where it begins, behind the quote.
    pub from: usize,
    pub inner: &'a str,
}

/// All texts of a line that end in it.
pub fn of(line: &str) -> Vec<Text<'_>> {
    let mut found = Vec::new();
    let mut open: Option<(usize, char)> = None;
    let mut escaped = false;
    for (at, letter) in line.char_indices() {
        match open {
            _ if escaped => escaped = false,
            Some(_) if letter == '\\' => escaped = true,
            Some((from, quote)) if quote == letter => {
                let inner = &line[from..at];
                found.push(Text { from, inner });
                open = None;
            }
            None if matches!(letter, '"' | '\'' | '`') => open = Some((at + 1, letter)),
            _ => {}
        }
    }
    found
}

/// The line with nothing between its quotes.
pub fn without(line: &str) -> String {
    let mut rest = 0;
    let mut bare = String::new();
    for text in of(line) {
        bare.push_str(&line[rest..text.from]);
        rest = text.from + text.inner.len();
    }
    bare.push_str(&line[rest..]);
    bare
}
