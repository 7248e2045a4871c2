//! The last lines of a log, in a ring of fixed size.

use std::collections::VecDeque;

/// What is kept of the end, in bytes and in lines: a failing step's whole
/// output nearly always (of 294 failing logs all but three are smaller whole).
const TAIL_BYTES: usize = 4 << 20;
const TAIL_LINES: usize = 80_000;

/// Lines lie whole in the ring: one that does not fit at its end starts at the
/// front, and the rest stays unused.
#[derive(Default)]
pub(super) struct Tail {
    ring: Vec<u8>,
    /// Number, first byte, length; the oldest first.
    lines: VecDeque<(u64, usize, usize)>,
    /// Where the next line goes if it fits.
    next: usize,
}

impl Tail {
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn line(&self, index: usize) -> &[u8] {
        let (_, start, length) = self.lines[index];
        &self.ring[start..start + length]
    }

    pub(super) fn number(&self, index: usize) -> u64 {
        self.lines[index].0
    }

    pub(super) fn oldest(&self) -> Option<u64> {
        self.lines.front().map(|line| line.0)
    }

    pub(super) fn drop_oldest(&mut self) {
        self.lines.pop_front();
    }

    /// Whether a line of `length` bytes can be pushed; always where the ring
    /// is empty.
    pub(super) fn has_room(&self, length: usize) -> bool {
        let Some((_, oldest, _)) = self.lines.front() else {
            return true;
        };
        if self.lines.len() == TAIL_LINES {
            return false;
        }
        // A byte more, so that no two lines start at the same place.
        let length = length + 1;
        let start = self.place(length);
        // The free part reaches from `next` to the oldest line, around the end.
        if *oldest >= self.next {
            start >= self.next && start + length < *oldest
        } else {
            start >= self.next || length < *oldest
        }
    }

    pub(super) fn push(&mut self, number: u64, raw: &[u8]) {
        if self.ring.is_empty() {
            self.ring = vec![0; TAIL_BYTES];
        }
        let start = self.place(raw.len() + 1);
        self.ring[start..start + raw.len()].copy_from_slice(raw);
        self.lines.push_back((number, start, raw.len()));
        self.next = start + raw.len() + 1;
    }

    fn place(&self, length: usize) -> usize {
        if self.next + length <= TAIL_BYTES {
            self.next
        } else {
            0
        }
    }
}
