//! What is kept of a log, however long it is: its head, its tail, and between
//! them the lines around whatever looks like trouble.

use std::io::{self, Read};

use crate::matcher::Matcher;
use crate::suspicion::Weight;
use blocks::{Block, Blocks, line_length};
use middle::Middle;

mod blocks;
mod middle;

/// What is kept of the beginning: checkout, set-up and the first commands. In
/// bytes and in lines, so that empty lines cannot fill the memory either.
const HEAD_BYTES: usize = 1 << 20;
const HEAD_LINES: usize = 20_000;

/// What is kept between head and tail, in bytes and lines: this much of
/// whatever comes, and as much again for lines that a rule recognises.
const MIDDLE_BYTES: usize = 1 << 20;
const MIDDLE_LINES: usize = 15_000;

/// One kept line, cleaned.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    /// 1-based in the file as given.
    pub number: u64,
    start: u32,
    length: u16,
}

/// The kept lines in their order.
#[derive(Default)]
pub struct Excerpt {
    text: Vec<u8>,
    lines: Vec<Kept>,
    /// Job and step columns where they change: first line index, job, step.
    pub columns: Vec<(usize, String, String)>,
    /// Lines of the whole log.
    pub total_lines: u64,
    /// Bytes of the whole log.
    pub total_bytes: u64,
    buffer: Vec<u8>,
}

impl Excerpt {
    /// Reads a log to its end. `watch` hears the bytes read so far now and
    /// then.
    pub fn read(log: impl Read, matcher: &Matcher, mut watch: impl FnMut(u64)) -> io::Result<Self> {
        let mut blocks = Blocks::new(log);
        let mut excerpt = Excerpt::default();
        let mut middle = Middle::new(matcher);
        while let Some(mut block) = blocks.next(middle.spare())? {
            excerpt.keep_head(&mut block);
            middle.push(block, &mut excerpt);
            watch(blocks.bytes);
        }
        middle.finish(&mut excerpt);
        excerpt.total_lines = blocks.lines;
        excerpt.total_bytes = blocks.bytes;
        Ok(excerpt)
    }

    /// How many lines were kept.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// The text of a kept line.
    pub fn text(&self, index: usize) -> &[u8] {
        let line = self.lines[index];
        let start = line.start as usize;
        &self.text[start..start + usize::from(line.length)]
    }

    /// The number of a kept line in the file as given.
    pub fn number(&self, index: usize) -> u64 {
        self.lines[index].number
    }

    /// Takes the head's lines from the front of a block.
    fn keep_head(&mut self, block: &mut Block) {
        let (mut lines, mut bytes) = (0, 0);
        while self.has_room_for_head() && lines < block.lines {
            let text = &block.text()[bytes..];
            let length = line_length(text);
            self.keep(block.first + lines, without_end(&text[..length]));
            lines += 1;
            bytes += length;
        }
        block.take(lines, bytes);
    }

    /// Keeps all lines of a text, the first of which has this number.
    fn keep_all(&mut self, mut text: &[u8], first: u64) {
        let mut number = first;
        while !text.is_empty() {
            let (line, rest) = text.split_at(line_length(text));
            self.keep(number, without_end(line));
            number += 1;
            text = rest;
        }
    }

    fn has_room_for_head(&self) -> bool {
        self.text.len() < HEAD_BYTES && self.lines.len() < HEAD_LINES
    }

    /// Whether a line of the middle may be kept.
    fn has_room_for(&self, weight: Weight) -> bool {
        let share = match weight {
            Weight::Weak => 1,
            Weight::Strong => 2,
        };
        self.text.len() < HEAD_BYTES + share * MIDDLE_BYTES
            && self.lines.len() < HEAD_LINES + share * MIDDLE_LINES
    }

    fn keep(&mut self, number: u64, raw: &[u8]) {
        self.note_columns(raw);
        let text = ci_log::clean(raw, &mut self.buffer).trim_ascii_end();
        let start = self.text.len() as u32;
        self.text.extend_from_slice(text);
        self.lines.push(Kept {
            number,
            start,
            length: text.len() as u16,
        });
    }

    fn note_columns(&mut self, raw: &[u8]) {
        /// More steps than this are not steps.
        const MAX_COLUMNS: usize = 500;
        let Some(found) = ci_log::step(raw) else {
            return;
        };
        let job = String::from_utf8_lossy(found.job);
        let step = String::from_utf8_lossy(found.step);
        let last = self.columns.last();
        let same = last.is_some_and(|(_, known, name)| *known == job && *name == step);
        if !same && self.columns.len() < MAX_COLUMNS {
            let first = self.lines.len();
            self.columns
                .push((first, job.into_owned(), step.into_owned()));
        }
    }
}

/// A line without its `\n`.
fn without_end(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n").unwrap_or(line)
}

#[cfg(test)]
mod tests;
