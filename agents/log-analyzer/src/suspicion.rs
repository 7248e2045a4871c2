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
/// the words that hold no digit, slash, dot or quote (FNV-1a).
fn kind(raw: &[u8]) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    let mut hash = BASIS;
    for word in raw.split(|byte| *byte == b' ') {
        if !word.iter().any(|byte| VARYING[usize::from(*byte)]) {
            let mix =
                |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            hash = word.iter().fold(hash, mix);
        }
    }
    hash
}

/// Bytes of words that vary.
const VARYING: [bool; 256] = {
    let mut varying = [false; 256];
    let bytes = b"0123456789/.\\'\"`=:";
    let mut index = 0;
    while index < bytes.len() {
        varying[bytes[index] as usize] = true;
        index += 1;
    }
    varying
};
