//! Numbers of features: words first, in buckets, then what has its own place.

/// Words fall into so many buckets, by their hash.
const WORDS: u16 = 4096;

/// What is seen of a line beside its words.
#[derive(Debug, Clone, Copy)]
pub enum Slot {
    Always,
    Marker,
    Step,
    ToEnd,
    FromStart,
    Share,
    Alarms,
    Before,
    After,
    Pointer,
    TraceBelow,
    TraceAbove,
    DiffBelow,
    Worth,
    Alike,
    FirstAlike,
    Rule,
    Group,
    Indent,
    Length,
    Sign,
    Place,
    Frame,
    Message,
    EndsColon,
    Quotes,
    Link,
    Capitals,
    Digits,
    Rule0,
    Comparison,
}

/// How many values each slot can have, in the order of the slots.
const SIZES: [u16; 31] = [
    1, 6, 3, 18, 18, 9, 10, 4, 4, 2, 2, 2, 2, 18, 14, 2, 67, 24, 6, 12, 2, 3, 2, 2, 2, 2, 2, 4, 4,
    2, 2,
];

/// All features: words, and every value of every slot.
pub const FEATURES: usize = WORDS as usize + first(SIZES.len()) as usize;

impl Slot {
    /// The number of a value; values beyond the last count as the last.
    pub fn feature(self, value: usize) -> u16 {
        let slot = self as usize;
        let value = value.min(usize::from(SIZES[slot]) - 1);
        WORDS + first(slot) + value as u16
    }
}

const fn first(slot: usize) -> u16 {
    let (mut sum, mut index) = (0, 0);
    while index < slot {
        sum += SIZES[index];
        index += 1;
    }
    sum
}

/// The bucket of a word, whatever its case (FNV-1a). `kind` keeps words in
/// different places apart.
pub fn word(kind: u8, word: &[u8]) -> u16 {
    let start = 0xcbf2_9ce4_8422_2325 ^ u64::from(kind);
    let hash = word.iter().fold(start, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
    });
    ((hash ^ (hash >> 29)) % u64::from(WORDS)) as u16
}
