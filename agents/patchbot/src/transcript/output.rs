//! What a step printed, in one buffer.

use crate::limits::{LINE_COST, MAX_STEP_BYTES};

/// One cleaned line of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// 1-based, in the log as given.
    pub number: u64,
    /// Without colours, time stamp and line end.
    pub text: &'a [u8],
    /// Whether the end of the line is missing, so that nothing exact can be
    /// made of it.
    pub cut: bool,
}

/// The lines a step printed, or the fact that they were too many.
#[derive(Debug, Default)]
pub struct Output {
    text: Vec<u8>,
    spans: Vec<Span>,
    overflowed: bool,
}

#[derive(Debug)]
struct Span {
    number: u64,
    start: u32,
    end: u32,
    cut: bool,
}

impl Output {
    /// Lines that stand at the beginning of others, from `number` on.
    pub fn within<'a>(number: u64, lines: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut output = Output::default();
        for (number, text) in (number..).zip(lines) {
            output.push(number, text, false);
        }
        output
    }

    pub(super) fn push(&mut self, number: u64, text: &[u8], cut: bool) {
        if self.overflowed || self.cost() + text.len() + LINE_COST > MAX_STEP_BYTES {
            self.discard();
            return;
        }
        let start = self.text.len() as u32;
        self.text.extend_from_slice(text);
        let end = self.text.len() as u32;
        self.spans.push(Span {
            number,
            start,
            end,
            cut,
        });
    }

    /// Frees the memory and remembers that something is missing.
    pub(super) fn discard(&mut self) {
        *self = Output {
            overflowed: true,
            ..Output::default()
        };
    }

    /// What it weighs in memory, with what is made of it; in bytes.
    pub(super) fn cost(&self) -> usize {
        self.text.len() + self.spans.len() * LINE_COST
    }

    /// Whether it is not all here.
    pub fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether nothing was printed.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The line at `index`, from 0.
    pub fn get(&self, index: usize) -> Option<Line<'_>> {
        let span = self.spans.get(index)?;
        Some(Line {
            number: span.number,
            text: &self.text[span.start as usize..span.end as usize],
            cut: span.cut,
        })
    }

    /// Where the line of this number is.
    pub fn index_of(&self, number: u64) -> Option<usize> {
        self.spans
            .binary_search_by_key(&number, |span| span.number)
            .ok()
    }

    /// All lines in order.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}
