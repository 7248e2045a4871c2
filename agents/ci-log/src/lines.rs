//! Reading a log of any size line by line in bounded memory.

use std::io::{self, ErrorKind, Read};

use memchr::memchr;

/// How much of a line is kept, in bytes. Longer ones are minified bundles,
/// encoded blobs and endless progress bars: their head tells what they are.
pub const MAX_LINE_BYTES: usize = 64 * 1024;

/// How much is asked for at once, in bytes: large enough to make a read cheap
/// even where it crosses a sandbox's border.
const READ_BYTES: usize = 256 * 1024;

/// One line as it stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// 1-based, counting `\n`.
    pub number: u64,
    /// Without its `\n`; at most the reader's maximum.
    pub raw: &'a [u8],
    /// Whether the rest of the line was dropped.
    pub cut: bool,
}

/// Reads lines from `source`; memory stays at the maximum line length plus
/// one read.
pub struct Lines<R> {
    source: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    max: usize,
    number: u64,
    bytes: u64,
    exhausted: bool,
}

impl<R: Read> Lines<R> {
    /// Keeps [`MAX_LINE_BYTES`] of each line.
    pub fn new(source: R) -> Self {
        Self::with_max(source, MAX_LINE_BYTES)
    }

    /// Keeps `max` bytes of each line, at least one.
    pub fn with_max(source: R, max: usize) -> Self {
        let max = max.max(1);
        Lines {
            source,
            buffer: vec![0; max + READ_BYTES],
            start: 0,
            end: 0,
            max,
            number: 0,
            bytes: 0,
            exhausted: false,
        }
    }

    /// How many bytes were read so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many lines were handed out so far.
    pub fn count(&self) -> u64 {
        self.number
    }

    /// The next line; none at the end. A last line without `\n` counts, an
    /// empty one after the last `\n` does not.
    pub fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut scanned = 0;
        let length = loop {
            if let Some(at) = memchr(b'\n', &self.buffer[self.start + scanned..self.end]) {
                break scanned + at;
            }
            scanned = self.end - self.start;
            if scanned > self.max {
                return self.cut_line().map(Some);
            }
            if self.fill()? == 0 {
                if scanned == 0 {
                    return Ok(None);
                }
                break scanned;
            }
        };
        let line = self.start..self.start + length;
        self.start = self.end.min(line.end + 1);
        self.number += 1;
        let kept = line.start..line.end.min(line.start + self.max);
        Ok(Some(Line {
            number: self.number,
            cut: kept.end < line.end,
            raw: &self.buffer[kept],
        }))
    }

    /// The line at `start` is longer than the maximum and its end is not read
    /// yet: keeps its head at the front of the buffer and reads over the rest.
    fn cut_line(&mut self) -> io::Result<Line<'_>> {
        self.buffer
            .copy_within(self.start..self.start + self.max, 0);
        self.number += 1;
        loop {
            (self.start, self.end) = (self.max, self.max);
            if self.read()? == 0 {
                break;
            }
            if let Some(at) = memchr(b'\n', &self.buffer[self.start..self.end]) {
                self.start += at + 1;
                break;
            }
        }
        Ok(Line {
            number: self.number,
            raw: &self.buffer[..self.max],
            cut: true,
        })
    }

    /// Moves what is left to the front, so that a read is never small for
    /// want of room, and reads more behind it.
    fn fill(&mut self) -> io::Result<usize> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        self.read()
    }

    /// Reads more behind `end`; 0 at the end of the source.
    fn read(&mut self) -> io::Result<usize> {
        if self.exhausted {
            return Ok(0);
        }
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(count) => {
                    self.exhausted = count == 0;
                    self.end += count;
                    self.bytes += count as u64;
                    return Ok(count);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}
