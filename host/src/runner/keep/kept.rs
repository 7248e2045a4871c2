//! What is kept of a stream: its beginning and its end.

use std::collections::VecDeque;

/// A stream as it comes.
#[derive(Debug)]
pub struct Kept {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    head_limit: usize,
    tail_limit: usize,
    /// Bytes that came in all.
    pub printed: u64,
}

impl Kept {
    pub fn new(limit: usize) -> Kept {
        // The beginning says what runs; the end says what went wrong.
        let head_limit = limit / 4;
        Kept {
            head: Vec::new(),
            tail: VecDeque::new(),
            head_limit,
            tail_limit: limit - head_limit,
            printed: 0,
        }
    }

    pub fn add(&mut self, bytes: &[u8]) {
        self.printed += bytes.len() as u64;
        let first = bytes.len().min(self.head_limit - self.head.len());
        self.head.extend(&bytes[..first]);
        let rest = &bytes[first..];
        let rest = &rest[rest.len().saturating_sub(self.tail_limit)..];
        let room = self.tail_limit - rest.len();
        let over = self.tail.len().saturating_sub(room);
        self.tail.drain(..over);
        self.tail.extend(rest);
    }

    pub fn parts(self) -> (Vec<u8>, Vec<u8>) {
        (self.head, self.tail.into())
    }
}
