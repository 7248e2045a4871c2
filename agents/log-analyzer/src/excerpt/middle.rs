//! The way of the lines behind the head: they wait in blocks while they could
//! be the tail, and where they cannot any more they go away or, if something
//! near them is suspicious, into the excerpt.

use std::collections::VecDeque;

use super::blocks::{Block, ends, last_line, line_length};
use super::{Excerpt, without_end};
use crate::matcher::Matcher;
use crate::suspicion::{Suspicion, Weight};

/// What is kept of the end, in bytes and in lines: a failing step's whole
/// output nearly always (of 294 failing logs all but three are smaller whole).
const TAIL_BYTES: usize = 4 << 20;
const TAIL_LINES: u64 = 80_000;

/// Lines kept around a suspicious one, before and after: a message and the
/// item it belongs to are seldom further apart.
const BEFORE: usize = 6;
const AFTER: u64 = 12;

pub(super) struct Middle<'a> {
    matcher: &'a Matcher,
    suspicion: Suspicion,
    /// What could be the tail.
    waiting: VecDeque<Block>,
    /// The last lines in front of the oldest waiting block, as far as they
    /// were not kept.
    before: Vec<u8>,
    /// Lines up to this number follow a suspicious one of this weight.
    after: (u64, Weight),
    spare: Vec<Vec<u8>>,
}

/// A place in a text where a line begins, and that line's number.
#[derive(Clone, Copy)]
struct Place {
    at: usize,
    number: u64,
}

impl<'a> Middle<'a> {
    pub fn new(matcher: &'a Matcher) -> Self {
        Middle {
            matcher,
            suspicion: Suspicion::default(),
            waiting: VecDeque::new(),
            before: Vec::new(),
            after: (0, Weight::Weak),
            spare: Vec::new(),
        }
    }

    /// A buffer that is free.
    pub fn spare(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_default()
    }

    /// Takes the lines that follow.
    pub fn push(&mut self, block: Block, excerpt: &mut Excerpt) {
        self.waiting.push_back(block);
        while self.oldest_is_no_tail()
            && let Some(oldest) = self.waiting.pop_front()
        {
            self.sift(oldest.text(), oldest.first, excerpt);
            self.spare.push(oldest.into_buffer());
        }
    }

    fn oldest_is_no_tail(&self) -> bool {
        let behind = || self.waiting.iter().skip(1);
        let bytes: usize = behind().map(|block| block.text().len()).sum();
        let lines: u64 = behind().map(|block| block.lines).sum();
        bytes >= TAIL_BYTES || lines >= TAIL_LINES
    }

    /// The log is at its end: what waits is the tail.
    pub fn finish(mut self, excerpt: &mut Excerpt) {
        let mut waiting = std::mem::take(&mut self.waiting);
        let bytes: usize = waiting.iter().map(|block| block.text().len()).sum();
        let lines: u64 = waiting.iter().map(|block| block.lines).sum();
        if let Some(oldest) = waiting.front_mut() {
            let surplus = bytes.saturating_sub(TAIL_BYTES);
            let (text, first) = (oldest.text(), oldest.first);
            let tail = tail_of(text, surplus, lines.saturating_sub(TAIL_LINES));
            self.sift(&text[..tail], first, excerpt);
            let gone = ends(&text[..tail]);
            oldest.take(gone, tail);
        }
        for block in waiting {
            excerpt.keep_all(block.text(), block.first);
        }
    }

    /// Keeps what is near something suspicious.
    fn sift(&mut self, text: &[u8], first: u64, excerpt: &mut Excerpt) {
        let mut next = Place {
            at: 0,
            number: first,
        };
        self.keep_after(text, &mut next, excerpt);
        let mut from = 0;
        while excerpt.has_room_for(Weight::Strong)
            && let Some(found) = self.suspicion.find(text, from)
        {
            let line = last_line(&text[..found]);
            from = line + line_length(&text[line..]);
            let raw = without_end(&text[line..from]);
            if let Some(weight) = self.suspicion.of(raw, self.matcher)
                && excerpt.has_room_for(weight)
            {
                self.keep_before(text, line, &mut next, excerpt);
                self.follow(next.number_of(text, line), weight);
                self.keep_after(text, &mut next, excerpt);
            }
        }
        let last = lines_before(text, text.len(), BEFORE).max(next.at);
        self.before.clear();
        self.before.extend_from_slice(&text[last..]);
    }

    /// Lines behind a suspicious one belong to it.
    fn follow(&mut self, line: u64, weight: Weight) {
        let (last, known) = self.after;
        let known = if line <= last { known } else { weight };
        self.after = (line + AFTER, weight.max(known));
    }

    /// Keeps the lines in front of one that were not kept yet, and goes on to
    /// it.
    fn keep_before(&mut self, text: &[u8], line: usize, next: &mut Place, excerpt: &mut Excerpt) {
        let first = lines_before(text, line, BEFORE);
        if first == 0 && next.at == 0 {
            let missing = BEFORE.saturating_sub(ends(&text[..line]) as usize);
            let from = lines_before(&self.before, self.before.len(), missing);
            let lines = &self.before[from..];
            excerpt.keep_all(lines, next.number - ends(lines));
            self.before.clear();
        }
        if first > next.at {
            next.go_to(text, first);
        }
        if line > next.at {
            excerpt.keep_all(&text[next.at..line], next.number);
            next.go_to(text, line);
        }
    }

    /// Keeps the lines that follow a suspicious one.
    fn keep_after(&mut self, text: &[u8], next: &mut Place, excerpt: &mut Excerpt) {
        let (last, weight) = self.after;
        while next.at < text.len() && next.number <= last && excerpt.has_room_for(weight) {
            let end = next.at + line_length(&text[next.at..]);
            excerpt.keep(next.number, without_end(&text[next.at..end]));
            next.at = end;
            next.number += 1;
        }
    }
}

impl Place {
    /// Goes on to where another line begins.
    fn go_to(&mut self, text: &[u8], at: usize) {
        self.number = self.number_of(text, at);
        self.at = at;
    }

    /// The number of the line that begins here, before or behind.
    fn number_of(&self, text: &[u8], at: usize) -> u64 {
        match at >= self.at {
            true => self.number + ends(&text[self.at..at]),
            false => self.number - ends(&text[at..self.at]),
        }
    }
}

/// Where at most so many lines in front of a line begin.
fn lines_before(text: &[u8], line: usize, lines: usize) -> usize {
    (0..lines).fold(line, |at, _| last_line(&text[..at.saturating_sub(1)]))
}

/// Where the tail of a text begins: behind at least so many bytes and lines.
fn tail_of(text: &[u8], bytes: usize, lines: u64) -> usize {
    let mut at = match bytes {
        0 => 0,
        _ => bytes + line_length(&text[bytes..]),
    };
    let mut gone = ends(&text[..at]);
    while gone < lines && at < text.len() {
        at += line_length(&text[at..]);
        gone += 1;
    }
    at
}
