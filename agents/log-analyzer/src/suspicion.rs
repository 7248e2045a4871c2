//! The cheap look at lines in the middle of a huge log: could this line matter
//! to anybody? Every byte of such a log passes here, so this decides how fast
//! the analyser is.

use crate::matcher::Matcher;
use crate::plain::plain;
use words::Words;

mod words;

/// How much a line deserves to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It holds a word of trouble.
    Weak,
    /// A rule recognises it, or it marks the steps of the job.
    Strong,
}

/// How often one kind of line is let through: the first ones show what it is,
/// the last ones are in the tail.
const MAX_ALIKE: u8 = 24;

/// Kinds of lines are counted in so many places, each kind in two of them, so
/// that a hostile log can fill neither memory nor time: what it can be let
/// through is bounded. (That two frequent kinds hide a third is rare.)
const PLACES: usize = 1 << 13;

/// From this strength a rule makes a line strong, of 100.
const STRONG_RULE: u8 = 80;

/// What asking rules about the middle of a log may cost, in steps of their
/// expressions: a large log takes 2 million. Then words must do.
const MAX_ASKED: u64 = 200_000_000;

/// Decides line by line and remembers how often it has seen the like.
pub struct Suspicion {
    words: Words,
    counts: Box<[[u8; PLACES]; 2]>,
    buffer: Vec<u8>,
}

impl Default for Suspicion {
    fn default() -> Self {
        Suspicion {
            words: Words::new(),
            counts: Box::new([[0; PLACES]; 2]),
            buffer: Vec::new(),
        }
    }
}

impl Suspicion {
    /// Where the next word of trouble stands in a text, from a place on.
    pub fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        self.words.find(text, from)
    }

    /// Whether a line that holds such a word should be kept with what is
    /// around it.
    pub fn of(&mut self, raw: &[u8], matcher: &Matcher) -> Option<Weight> {
        if self.is_common(raw) {
            return None;
        }
        let cleaned = ci_log::clean(raw, &mut self.buffer);
        if cleaned.starts_with(b"##[group]Run ") || cleaned.starts_with(b"The command \"") {
            return Some(Weight::Strong);
        }
        if matcher.spent() > MAX_ASKED {
            return Some(Weight::Weak);
        }
        let (_, text) = plain(cleaned);
        let strongest = matcher.strongest(text);
        let strong = strongest.is_some_and(|strength| strength >= STRONG_RULE);
        Some(if strong { Weight::Strong } else { Weight::Weak })
    }

    /// Counts a line among its kind, which has been seen as often as the
    /// emptier of its two places says.
    fn is_common(&mut self, raw: &[u8]) -> bool {
        let kind = kind(raw);
        let [first, second] = &mut *self.counts;
        let places = [
            &mut first[kind as usize % PLACES],
            &mut second[(kind >> 32) as usize % PLACES],
        ];
        let seen = (*places[0]).min(*places[1]);
        for place in places {
            *place = (*place).max(seen.saturating_add(1));
        }
        seen >= MAX_ALIKE
    }
}

/// The same for lines that differ in numbers, paths and names only: a hash of
/// the words that hold no digit, slash, dot or quote.
fn kind(raw: &[u8]) -> u64 {
    /// Of a line this much tells its kind, in bytes.
    const KIND_BYTES: usize = 400;
    let (mut hash, mut word) = (0u64, 0u64);
    let mut rest = &raw[..raw.len().min(KIND_BYTES)];
    while let [byte, behind @ ..] = rest {
        rest = behind;
        match BYTES[usize::from(*byte)] {
            // 31 times the word, which is quicker than a product.
            Byte::Told => {
                word = (word << 5)
                    .wrapping_sub(word)
                    .wrapping_add(u64::from(*byte))
            }
            Byte::Ends => {
                hash = mixed(hash, word);
                word = 0;
            }
            Byte::Varies => {
                word = 0;
                let end = rest.iter().position(|byte| *byte == b' ');
                rest = &rest[end.unwrap_or(rest.len())..];
            }
        }
    }
    mixed(hash, word)
}

fn mixed(hash: u64, word: u64) -> u64 {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let hash = (hash.rotate_left(5) ^ word).wrapping_mul(MIX);
    hash ^ (hash >> 29)
}

/// What a byte says of its word.
#[derive(Clone, Copy)]
enum Byte {
    Told,
    /// The word varies.
    Varies,
    Ends,
}

const BYTES: [Byte; 256] = {
    let mut kinds = [Byte::Told; 256];
    let varying = b"0123456789/.\\'\"`=:";
    let mut index = 0;
    while index < varying.len() {
        kinds[varying[index] as usize] = Byte::Varies;
        index += 1;
    }
    kinds[b' ' as usize] = Byte::Ends;
    kinds
};
