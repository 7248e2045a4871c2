//! What is kept of a log, however long it is: its head, its tail, and between
//! them the lines around whatever looks like trouble.

use std::collections::VecDeque;
use std::io::{self, Read};

use ci_log::Lines;

use crate::matcher::Matcher;
use crate::suspicion::{Suspicion, Weight};
use tail::Tail;

mod tail;

/// What is kept of the beginning: checkout, set-up and the first commands. In
/// bytes and in lines, so that empty lines cannot fill the memory either.
const HEAD_BYTES: usize = 1 << 20;
const HEAD_LINES: usize = 20_000;

/// What is kept between head and tail, in bytes and lines: this much of
/// whatever comes, and as much again for lines that a rule recognises.
const MIDDLE_BYTES: usize = 1 << 20;
const MIDDLE_LINES: usize = 15_000;

/// Lines kept around a suspicious one, before and after: a message and the
/// item it belongs to are seldom further apart.
const BEFORE: u64 = 6;
const AFTER: u64 = 12;

/// Of one line this much is kept, in bytes: what is behind it, no rule needs.
const LINE_BYTES: usize = 4096;

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
        /// How often `watch` is called, in lines.
        const WATCH_LINES: u64 = 100_000;
        let mut lines = Lines::new(log);
        let mut excerpt = Excerpt::default();
        let mut middle = Middle::new(matcher);
        while let Some(line) = lines.next_line()? {
            let raw = &line.raw[..line.raw.len().min(LINE_BYTES)];
            if excerpt.has_room_for_head() {
                excerpt.keep(line.number, raw);
            } else {
                middle.push(line.number, raw, &mut excerpt);
            }
            if line.number % WATCH_LINES == 0 {
                watch(lines.bytes());
            }
        }
        middle.finish(&mut excerpt);
        excerpt.total_lines = lines.count();
        excerpt.total_bytes = lines.bytes();
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

/// The way of the lines behind the head: through the tail's ring, and where
/// they fall out of it, away or, if something near them is suspicious, into
/// the excerpt.
struct Middle<'a> {
    matcher: &'a Matcher,
    tail: Tail,
    suspicion: Suspicion,
    /// Suspicious lines from `AFTER` behind the oldest one in the ring to
    /// `BEFORE` ahead of it.
    suspicious: VecDeque<(u64, Weight)>,
    /// The last line that was looked at.
    looked_at: u64,
}

impl<'a> Middle<'a> {
    fn new(matcher: &'a Matcher) -> Self {
        Middle {
            matcher,
            tail: Tail::default(),
            suspicion: Suspicion::default(),
            suspicious: VecDeque::new(),
            looked_at: 0,
        }
    }

    fn push(&mut self, number: u64, raw: &[u8], excerpt: &mut Excerpt) {
        while !self.tail.has_room(raw.len()) {
            self.drop_oldest(excerpt);
        }
        self.tail.push(number, raw);
    }

    fn drop_oldest(&mut self, excerpt: &mut Excerpt) {
        let Some(oldest) = self.tail.oldest() else {
            return;
        };
        self.look_ahead(oldest);
        while self
            .suspicious
            .front()
            .is_some_and(|(seen, _)| seen + AFTER < oldest)
        {
            self.suspicious.pop_front();
        }
        let weight = self.suspicious.iter().map(|(_, weight)| *weight).max();
        if weight.is_some_and(|weight| excerpt.has_room_for(weight)) {
            excerpt.keep(oldest, self.tail.line(0));
        }
        self.tail.drop_oldest();
    }

    /// Looks at the lines up to `BEFORE` behind the oldest one.
    fn look_ahead(&mut self, oldest: u64) {
        let end = (oldest + BEFORE).min(oldest + self.tail.len() as u64 - 1);
        for number in oldest.max(self.looked_at + 1)..=end {
            let line = self.tail.line((number - oldest) as usize);
            if let Some(weight) = self.suspicion.of(line, self.matcher) {
                self.suspicious.push_back((number, weight));
            }
            self.looked_at = number;
        }
    }

    fn finish(self, excerpt: &mut Excerpt) {
        for index in 0..self.tail.len() {
            excerpt.keep(self.tail.number(index), self.tail.line(index));
        }
    }
}
