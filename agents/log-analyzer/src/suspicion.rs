//! The cheap look at lines in the middle of a huge log: could this line matter
//! to a rule?

use std::collections::HashMap;

use memchr::memmem::Finder;

/// Words that lines about failures contain, with the letters in which nearly
/// every tool writes them.
const WORDS: [&str; 12] = [
    "rror", "RROR", "ail", "FAIL", "atal", "xception", "panic", "denied", "ot found", "annot",
    "Diff in", "reformat",
];

/// How often one kind of line is let through: the first ones show what it is,
/// the last ones are in the tail.
const MAX_ALIKE: u32 = 24;

/// How many kinds of line are told apart; further ones are let through
/// together, so that the table cannot grow with a hostile log.
const MAX_KINDS: usize = 4096;

/// Decides line by line and remembers how often it has seen the like.
pub struct Suspicion {
    words: Vec<Finder<'static>>,
    kinds: HashMap<u64, u32>,
    overflow: u32,
}

impl Default for Suspicion {
    fn default() -> Self {
        Suspicion {
            words: WORDS.iter().map(|word| Finder::new(word)).collect(),
            kinds: HashMap::new(),
            overflow: 0,
        }
    }
}

impl Suspicion {
    /// Whether this line should be kept with what is around it.
    pub fn of(&mut self, raw: &[u8]) -> bool {
        if !self.words.iter().any(|word| word.find(raw).is_some()) {
            return false;
        }
        let kind = kind(raw);
        let full = self.kinds.len() >= MAX_KINDS;
        let seen = match self.kinds.get_mut(&kind) {
            Some(seen) => seen,
            None if full => &mut self.overflow,
            None => self.kinds.entry(kind).or_default(),
        };
        *seen += 1;
        *seen <= MAX_ALIKE
    }
}

/// The same for lines that differ only in digits (FNV-1a over the rest).
fn kind(raw: &[u8]) -> u64 {
    let letters = raw.iter().filter(|byte| !byte.is_ascii_digit());
    letters.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
