//! One block of whole lines: where its secrets are.

use std::ops::Range;

use super::anchors::{Hit, Look, hits};
use super::key_block::{self, Begins, KeyBlock, Line};
use super::{MARK, assigned, places};

/// A secret: whose rule, and which bytes.
pub(super) struct Secret {
    pub rule: &'static str,
    pub start: usize,
    pub end: usize,
}

/// Finds the secrets of blocks of text, one block after the other.
#[derive(Default)]
pub(super) struct Scanner {
    /// A private key that the last block did not end.
    open: Option<KeyBlock>,
    /// Where the next line begins that it is shown.
    key_line: usize,
    /// The secret that reaches farthest so far.
    last: Range<usize>,
    hits: Vec<Hit>,
    secrets: Vec<Secret>,
}

/// The line of a place, kept for the next place in it.
struct Lines<'a> {
    text: &'a [u8],
    start: usize,
    end: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a [u8]) -> Lines<'a> {
        Lines {
            text,
            start: 0,
            end: 0,
        }
    }

    /// Where the line of `at` begins, and the line.
    fn around(&mut self, at: usize) -> (usize, &'a [u8]) {
        if at >= self.end {
            let start = memchr::memrchr(b'\n', &self.text[self.end..at]);
            self.start = start.map_or(self.end, |newline| self.end + newline + 1);
            self.end = self.after(at);
        }
        let line = &self.text[self.start..self.end];
        (self.start, line.strip_suffix(b"\n").unwrap_or(line))
    }

    /// Where the line after that of `at` begins.
    fn after(&self, at: usize) -> usize {
        let newline = memchr::memchr(b'\n', &self.text[at..]);
        newline.map_or(self.text.len(), |newline| at + newline + 1)
    }
}

impl Scanner {
    /// The secrets of a block, in order and apart from each other.
    pub fn scan(&mut self, text: &[u8]) -> &[Secret] {
        self.secrets.clear();
        self.last = 0..0;
        self.key_line = 0;
        let mut found = std::mem::take(&mut self.hits);
        hits(text, &mut found);
        let mut lines = Lines::new(text);
        for hit in &found {
            self.key_lines(text, hit.at);
            if !self.last.contains(&hit.at) {
                self.look(hit, &mut lines);
            }
        }
        self.key_lines(text, text.len());
        self.hits = found;
        self.merge();
        &self.secrets
    }

    /// A word may belong to a secret that stands behind others: they are put in
    /// order, and those that share bytes become one.
    fn merge(&mut self) {
        self.secrets.sort_by_key(|secret| secret.start);
        self.secrets.dedup_by(|next, kept| {
            let shared = next.start < kept.end;
            if shared {
                kept.end = kept.end.max(next.end);
            }
            shared
        });
    }

    /// Looks around one hit.
    fn look(&mut self, hit: &Hit, lines: &mut Lines<'_>) {
        let (start, line) = lines.around(hit.at);
        let at = hit.at - start;
        let found = match hit.look {
            Look::KeyBlock => return self.begin(key_block::begins(line, at), lines),
            Look::KeyLines => return self.begin(key_block::counted(line, at), lines),
            Look::Token(token) => token.at(line, at).map(|found| (token.rule, found)),
            Look::Name => named("name", assigned::value(line, at)),
            Look::Address => named("address", places::address(line, at)),
            Look::Authorization => named("authorization", places::authorization(line, at)),
            Look::Bearer => named("authorization", places::bearer(line, at)),
            Look::Cookie => named("cookie", places::cookie(line, at)),
            Look::WebToken => named("jwt", places::web_token(line, at)),
            Look::Identified => named("name", places::identified(line, at)),
            Look::Login => named("flag", places::login(line, at)),
            Look::UserFlag => named("flag", places::user_flag(line, at)),
            Look::Near(owner) => named(owner.rule(), places::near(line, at, owner)),
        };
        // What a mark ends was longer once, and was judged then.
        let whole = found.filter(|(_, (_, to))| !line[*to..].starts_with(MARK.as_bytes()));
        if let Some((rule, (from, to))) = whole {
            self.take(rule, start + from, start + to);
        }
    }

    fn take(&mut self, rule: &'static str, start: usize, end: usize) {
        if start >= end {
            return;
        }
        self.secrets.push(Secret { rule, start, end });
        if end > self.last.end {
            self.last = start..end;
        }
    }

    fn begin(&mut self, begins: Begins, lines: &Lines<'_>) {
        match begins {
            Begins::Nothing => {}
            Begins::Here(from, to) => self.take(KEY, lines.start + from, lines.start + to),
            Begins::Block(block) => {
                self.open = Some(block);
                self.key_line = lines.end;
            }
        }
    }

    /// Shows an open key the lines that begin before `until`, or at it.
    fn key_lines(&mut self, text: &[u8], until: usize) {
        let Some(mut block) = self.open.take() else {
            return;
        };
        while self.key_line <= until && self.key_line < text.len() {
            let at = self.key_line;
            let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |newline| at + newline);
            self.key_line = end + 1;
            match block.next(&text[at..end]) {
                Line::Key(start, stop) => self.take(KEY, at + start, at + stop),
                Line::Frame | Line::Foreign => {}
                Line::End | Line::Ended => return,
            }
        }
        self.open = Some(block);
    }
}

const KEY: &str = "private key";

type Found = (usize, usize);

fn named(rule: &'static str, found: Option<Found>) -> Option<(&'static str, Found)> {
    found.map(|found| (rule, found))
}
