//! What a step printed, in one buffer.

use crate::limits::{MAX_STEP_BYTES, MAX_STEP_LINES};

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
    pub(super) fn push(&mut self, number: u64, text: &[u8], cut: bool) {
        let bytes = self.text.len() + text.len();
        if self.overflowed || bytes > MAX_STEP_BYTES || self.spans.len() == MAX_STEP_LINES {
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

    pub(super) fn bytes(&self) -> usize {
        self.text.len()
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

    /// All lines in order.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}
