//! A log in blocks of whole lines: large ones, so that what is looked for is
//! looked for in all of a block's lines at once.

use std::io::{self, ErrorKind, Read};

use memchr::{memchr, memchr_iter, memrchr};

/// Of one line this much is kept, in bytes: what is behind it, no rule needs.
pub const LINE_BYTES: usize = 4096;

/// How much is asked for at once, in bytes: the most that the host returns.
const BLOCK_BYTES: usize = 1 << 20;

/// Long lines are cut, which leaves room; a block is filled until it holds
/// this much, so that the number of blocks is bounded where their bytes are.
const FULL_BYTES: usize = BLOCK_BYTES / 2;

/// Some lines of the log that follow each other, in a buffer that is used
/// again.
pub struct Block {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// The number of its first line, 1-based, counting `\n`.
    pub first: u64,
    /// How many lines it holds.
    pub lines: u64,
}

impl Block {
    /// Its lines, each with its `\n`; only the log's last may have none.
    pub fn text(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Takes lines from the front, so many bytes.
    pub fn take(&mut self, lines: u64, bytes: usize) {
        self.start += bytes;
        self.first += lines;
        self.lines -= lines;
    }

    /// The buffer, for another block.
    pub fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }
}

/// The length of the line that a text begins with, its `\n` included.
pub fn line_length(text: &[u8]) -> usize {
    memchr(b'\n', text).map_or(text.len(), |at| at + 1)
}

/// How many lines end in a text.
pub fn ends(text: &[u8]) -> u64 {
    memchr_iter(b'\n', text).count() as u64
}

/// Where the last line of a text begins.
pub fn last_line(text: &[u8]) -> usize {
    memrchr(b'\n', text).map_or(0, |at| at + 1)
}

/// Reads blocks from `source`.
pub struct Blocks<R> {
    source: R,
    /// The line under way at the end of the last block.
    begun: Vec<u8>,
    /// Whether that line has all it may keep and its end is not read yet.
    over: bool,
    exhausted: bool,
    /// Lines in the blocks so far.
    pub lines: u64,
    /// Bytes read so far.
    pub bytes: u64,
}

impl<R: Read> Blocks<R> {
    pub fn new(source: R) -> Self {
        Blocks {
            source,
            begun: Vec::new(),
            over: false,
            exhausted: false,
            lines: 0,
            bytes: 0,
        }
    }

    /// The next block, in this buffer; none at the end. A last line without
    /// `\n` counts, an empty one after the last `\n` does not.
    pub fn next(&mut self, mut buffer: Vec<u8>) -> io::Result<Option<Block>> {
        buffer.resize(BLOCK_BYTES, 0);
        let mut filled = self.begun.len();
        buffer[..filled].copy_from_slice(&self.begun);
        while filled < FULL_BYTES && !self.exhausted {
            let read = self.fill(&mut buffer[filled..])?;
            filled = self.cut(&mut buffer[..filled + read], filled);
        }
        self.begun.clear();
        let mut end = filled;
        if !self.exhausted {
            end = last_line(&buffer[..filled]);
            self.begun.extend_from_slice(&buffer[end..filled]);
        }
        let text = &buffer[..end];
        let lines = ends(text) + u64::from(text.last().is_some_and(|last| *last != b'\n'));
        let first = self.lines + 1;
        self.lines += lines;
        let block = Block {
            buffer,
            start: 0,
            end,
            first,
            lines,
        };
        Ok((lines > 0).then_some(block))
    }

    /// Reads until `room` is full or the log at its end.
    fn fill(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < room.len() {
            match self.source.read(&mut room[filled..]) {
                Ok(0) => {
                    self.exhausted = true;
                    break;
                }
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.bytes += filled as u64;
        Ok(filled)
    }

    /// Cuts lines that are too long out of a text whose bytes from `new` on
    /// were not looked at yet; returns how much is left of it.
    fn cut(&mut self, text: &mut [u8], new: usize) -> usize {
        let mut end = last_line(&text[..new]);
        let mut at = end;
        if self.over {
            let Some(rest) = memchr(b'\n', &text[new..]) else {
                return new;
            };
            (self.over, end, at) = (false, new, new + rest);
        }
        loop {
            let rest = &text[at..];
            let (kept, next) = match rest.get(..=LINE_BYTES) {
                None => (rest.len(), None),
                Some(reach) => match memrchr(b'\n', reach) {
                    // All lines that end within reach are short enough.
                    Some(last) => (last + 1, Some(last + 1)),
                    None => {
                        let next = end_of_line(rest);
                        self.over = next.is_none();
                        (LINE_BYTES, next)
                    }
                },
            };
            if at != end {
                text.copy_within(at..at + kept, end);
            }
            end += kept;
            match next {
                Some(next) => at += next,
                None => return end,
            }
        }
    }
}

/// Where the `\n` of a line stands that is longer than it may be.
fn end_of_line(rest: &[u8]) -> Option<usize> {
    Some(LINE_BYTES + memchr(b'\n', &rest[LINE_BYTES..])?)
}
