//! Python's lines as far as layout goes: which begin inside of a text or of
//! brackets, and which parts of a line are code.

use crate::text_edit::Source;

/// What a line begins in.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Line {
    /// The quote of the text it begins in, three times or once.
    text: Option<Quote>,
    /// The innermost bracket that is open: line and offset.
    pub bracket: Option<(u64, usize)>,
    /// Where its statement begins.
    pub first: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Quote {
    letter: u8,
    triple: bool,
}

/// All lines of a file.
#[derive(Debug)]
pub(crate) struct Layout(Vec<Line>);

impl Layout {
    /// Refuses what is no Python: brackets that do not match.
    pub fn of(source: &Source<'_>) -> Result<Self, String> {
        let mut lines = Vec::with_capacity(source.len());
        let mut open: Vec<(u64, usize, u8)> = Vec::new();
        let (mut text, mut first, mut goes_on) = (None, 1, false);
        for (number, line) in source.lines() {
            if text.is_none() && open.is_empty() && !goes_on {
                first = number;
            }
            let bracket = open.last().map(|(line, at, _)| (*line, *at));
            lines.push(Line {
                text,
                bracket,
                first,
            });
            let mut walk = Walk::new(line, text);
            while let Some((at, letter)) = walk.next_code() {
                match letter {
                    b'(' | b'[' | b'{' => open.push((number, at, letter)),
                    b')' | b']' | b'}' => {
                        let pair = open.pop().map(|(_, _, open)| (open, letter));
                        if !matches!(pair, Some((b'(', b')') | (b'[', b']') | (b'{', b'}'))) {
                            return Err(format!("line {number} has a bracket too many"));
                        }
                    }
                    _ => {}
                }
            }
            goes_on = walk.text.is_none() && !walk.comment && line.ends_with('\\');
            text = walk
                .text
                .filter(|quote| quote.triple || line.ends_with('\\'));
        }
        Ok(Layout(lines))
    }

    /// A line, where there is one.
    pub fn line(&self, number: u64) -> Option<Line> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.0.get(index).copied()
    }

    /// Whether the line begins inside of a text.
    pub fn in_text(&self, number: u64) -> bool {
        self.line(number).is_some_and(|line| line.text.is_some())
    }

    /// Whether a statement begins and ends in this line.
    pub fn is_whole(&self, number: u64) -> bool {
        let begins = |number: u64| self.line(number).is_some_and(|line| line.first == number);
        begins(number) && (begins(number + 1) || self.line(number + 1).is_none())
    }

    /// The code of a line: offsets and letters outside of texts and comments,
    /// each with how many brackets of the line are open before it.
    pub fn code(&self, number: u64, line: &str) -> Vec<(usize, u8, usize)> {
        let text = self.line(number).and_then(|line| line.text);
        let mut walk = Walk::new(line, text);
        let (mut depth, mut code) = (0_usize, Vec::new());
        while let Some((at, letter)) = walk.next_code() {
            if matches!(letter, b')' | b']' | b'}') {
                depth = depth.saturating_sub(1);
            }
            code.push((at, letter, depth));
            if matches!(letter, b'(' | b'[' | b'{') {
                depth += 1;
            }
        }
        code
    }
}

/// The code of a text that begins outside of any other, as [`Layout::code`].
pub(crate) fn code_of(text: &str) -> Vec<(usize, u8, usize)> {
    Layout(Vec::new()).code(0, text)
}

/// Goes over the code of a line.
struct Walk<'a> {
    line: &'a [u8],
    at: usize,
    text: Option<Quote>,
    comment: bool,
}

impl<'a> Walk<'a> {
    fn new(line: &'a str, text: Option<Quote>) -> Self {
        let line = line.as_bytes();
        Walk {
            line,
            at: 0,
            text,
            comment: false,
        }
    }

    fn next_code(&mut self) -> Option<(usize, u8)> {
        loop {
            let letter = *self.line.get(self.at)?;
            if let Some(quote) = self.text {
                self.skip_text(quote, letter);
                continue;
            }
            match letter {
                b'#' => {
                    self.comment = true;
                    self.at = self.line.len();
                    return None;
                }
                b'"' | b'\'' => self.begin_text(letter),
                _ => {
                    self.at += 1;
                    return Some((self.at - 1, letter));
                }
            }
        }
    }

    fn begin_text(&mut self, letter: u8) {
        let triple = self.line[self.at..].starts_with(&[letter; 3]);
        self.at += if triple { 3 } else { 1 };
        self.text = Some(Quote { letter, triple });
    }

    fn skip_text(&mut self, quote: Quote, letter: u8) {
        let ends = match quote.triple {
            true => self.line[self.at..].starts_with(&[quote.letter; 3]),
            false => letter == quote.letter,
        };
        if ends {
            self.at += if quote.triple { 3 } else { 1 };
            self.text = None;
        } else {
            // Also in a raw text a quote behind a backslash does not end it.
            self.at += if letter == b'\\' { 2 } else { 1 };
        }
    }
}
