//! Tokens that can be known by their own form: the formats that providers
//! publish so that scanners find what leaked.
//!
//! The table names the pages of the providers' documentation in which the formats
//! stand. To add one, add a row to `table`: the tests make a sample of it.

mod table;

pub use table::TOKENS;

use super::class::{ALNUM, Class, SLUG, begins};
use super::value::is_random;

/// A published form: perhaps something before, the literal, the body.
pub struct Token {
    /// Whose it is, as the counts name it.
    pub rule: &'static str,
    pub literal: &'static str,
    before: Option<(&'static Class, usize)>,
    body: &'static Class,
    least: usize,
    most: usize,
    judged: bool,
    /// What may not stand before it.
    apart: &'static Class,
}

/// A body with no longest form.
const OPEN: usize = usize::MAX;

/// Bytes of a body that are judged.
const JUDGED: usize = 64;

/// The literal, then at least so many of the class.
const fn open(
    rule: &'static str,
    literal: &'static str,
    body: &'static Class,
    least: usize,
) -> Token {
    Token {
        rule,
        literal,
        before: None,
        body,
        least,
        most: OPEN,
        judged: false,
        apart: &ALNUM,
    }
}

/// The literal, then exactly so many of the class and no more.
const fn exact(
    rule: &'static str,
    literal: &'static str,
    body: &'static Class,
    length: usize,
) -> Token {
    Token {
        most: length,
        ..open(rule, literal, body, length)
    }
}

/// A literal that means little by itself: the body has to look random too.
const fn judged(
    rule: &'static str,
    literal: &'static str,
    body: &'static Class,
    least: usize,
) -> Token {
    random(open(rule, literal, body, least))
}

/// The body has to look random.
const fn random(token: Token) -> Token {
    Token {
        judged: true,
        apart: match token.most {
            // An open run is measured once, however often the literal repeats
            // in it.
            OPEN => token.body,
            _ => token.apart,
        },
        ..token
    }
}

/// With no word and a dash before it either: keys of caches end like that.
const fn alone(token: Token) -> Token {
    Token {
        apart: &SLUG,
        ..token
    }
}

/// With exactly so many of a class before the literal.
const fn after(count: usize, class: &'static Class, token: Token) -> Token {
    Token {
        before: Some((class, count)),
        ..token
    }
}

impl Token {
    /// The token whose literal stands at `at`, if the rest is there too.
    pub(super) fn at(&self, line: &[u8], at: usize) -> Option<(usize, usize)> {
        let start = self.start(line, at)?;
        let from = at + self.literal.len();
        let enough = self.least.max(JUDGED);
        let measured = match self.most {
            OPEN => enough,
            most => most + 1,
        };
        let end = self.body.run(line, from, measured);
        if !(self.least..=self.most).contains(&(end - from)) {
            return None;
        }
        if self.judged && !is_random(&line[from..end]) {
            return None;
        }
        Some((start, self.end(line, from, end)))
    }

    /// A measured body may go on; full stops at its end are the sentence's.
    fn end(&self, line: &[u8], from: usize, measured: usize) -> usize {
        if self.most != OPEN {
            return measured;
        }
        let end = self.body.run(line, measured, OPEN);
        let stops = line[from..end].iter().rev().take_while(|b| **b == b'.');
        (end - stops.count()).max(from + self.least)
    }

    fn start(&self, line: &[u8], at: usize) -> Option<usize> {
        match self.before {
            Some((class, count)) => {
                let start = class.run_back(line, at, count);
                (at - start == count).then_some(start)
            }
            // A path's or an address's part is no word of its own.
            None if !ALNUM.has(self.literal.as_bytes()[0]) || self.literal.contains('/') => {
                Some(at)
            }
            None => begins(line, at, self.apart).then_some(at),
        }
    }

    /// An example of it, for tests: a body of so many bytes as are least, drawn
    /// from `random`.
    pub fn sample(&self, mut random: impl FnMut() -> u8) -> String {
        let mut draw = |class: &Class, count: usize| -> String {
            let mut text = String::new();
            while text.len() < count {
                let byte = random();
                if class.has(byte) && byte.is_ascii_alphanumeric() {
                    text.push(char::from(byte));
                }
            }
            text
        };
        let before = self
            .before
            .map_or(String::new(), |(class, count)| draw(class, count));
        format!("{before}{}{}", self.literal, draw(self.body, self.least))
    }
}
