//! Redaction of a text that comes in pieces.

use super::scan::Scanner;
use super::{MARK, Taken};

/// Longest line that is read as one, and the most that is held, in bytes.
/// Longer lines are cut where a blank allows it.
const LONGEST_LINE: usize = 256 * 1024;

/// What is read at once, in bytes: several passes go over it, so it should stay
/// near the processor.
const BLOCK: usize = 64 * 1024;

/// How far before the end of a cut line a blank is looked for, in bytes.
const BEFORE_CUT: usize = 8 * 1024;

/// Takes secrets out of a text as it comes. How the text is cut into pieces
/// makes no difference; lines stay as many as they are.
pub struct Redactor {
    scanner: Scanner,
    /// A line whose end has not come yet.
    pending: Vec<u8>,
    /// The last line was cut inside a secret.
    inside: bool,
    taken: Taken,
}

impl Default for Redactor {
    fn default() -> Redactor {
        Redactor::new()
    }
}

impl Redactor {
    /// At the beginning of a text.
    pub fn new() -> Redactor {
        Redactor {
            scanner: Scanner::default(),
            pending: Vec::new(),
            inside: false,
            taken: Taken::nothing(),
        }
    }

    /// Takes the next piece, and appends what of it can be told already.
    pub fn push(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        while !self.pending.is_empty() && !bytes.is_empty() {
            bytes = self.fill(bytes, out);
        }
        while !bytes.is_empty() {
            let Some(end) = end_of_lines(bytes) else {
                self.pending.extend_from_slice(bytes);
                return;
            };
            self.block(&bytes[..end], out);
            bytes = &bytes[end..];
        }
    }

    /// Appends what was held back, and tells what was taken out.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Taken {
        let pending = std::mem::take(&mut self.pending);
        self.block(&pending, out);
        self.taken
    }

    /// Completes the pending line as far as it may grow; answers what is left.
    fn fill<'a>(&mut self, bytes: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
        let room = bytes.len().min(LONGEST_LINE - self.pending.len());
        let newline = memchr::memchr(b'\n', &bytes[..room]);
        let (take, rest) = bytes.split_at(newline.map_or(room, |newline| newline + 1));
        self.pending.extend_from_slice(take);
        if let Some(end) = end_of_lines(&self.pending) {
            let mut pending = std::mem::take(&mut self.pending);
            self.block(&pending[..end], out);
            pending.drain(..end);
            self.pending = pending;
        }
        rest
    }

    /// Whole lines, or a cut one.
    fn block(&mut self, text: &[u8], out: &mut Vec<u8>) {
        let mut from = self.rest_of_secret(text);
        for secret in self.scanner.scan(text) {
            // What is left of the secret before has no mark of its own.
            if secret.end <= from {
                continue;
            }
            let start = secret.start.max(from);
            out.extend_from_slice(&text[from..start]);
            out.extend_from_slice(MARK.as_bytes());
            if text[start..secret.end] != *MARK.as_bytes() {
                self.taken.add(secret.rule);
            }
            from = secret.end;
        }
        out.extend_from_slice(&text[from..]);
        let cut = !text.is_empty() && !text.ends_with(b"\n");
        self.inside = cut && from == text.len();
    }

    /// How much of a text belongs to the secret in which the line was cut.
    fn rest_of_secret(&self, text: &[u8]) -> usize {
        let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'');
        match self.inside {
            true => text.iter().position(ends).unwrap_or(text.len()),
            false => 0,
        }
    }
}

/// Where the last whole line of a block ends; if the first line alone is longer
/// than a line may be, where it is cut. None if that cannot be told yet.
fn end_of_lines(bytes: &[u8]) -> Option<usize> {
    for most in [BLOCK, LONGEST_LINE] {
        let window = &bytes[..bytes.len().min(most)];
        if let Some(newline) = memchr::memrchr(b'\n', window) {
            return Some(newline + 1);
        }
    }
    (bytes.len() >= LONGEST_LINE).then(|| cut(&bytes[..LONGEST_LINE]))
}

fn cut(window: &[u8]) -> usize {
    let from = window.len() - BEFORE_CUT;
    let blank = window[from..]
        .iter()
        .rposition(|byte| matches!(byte, b' ' | b'\t' | b'\r'));
    if let Some(blank) = blank {
        return from + blank + 1;
    }
    // Not inside a character.
    let is_inside = |at: usize| window[at] & 0b1100_0000 == 0b1000_0000;
    (window.len() - 3..window.len())
        .rev()
        .find(|at| !is_inside(*at))
        .unwrap_or(window.len())
}
