//! A small trained model for logs that no rule recognises: from the words of
//! suspicious lines and commands to a class. `examples/train.rs` makes its
//! weights; they hold no text, only a number for each class and hash of a word.

use sentinel_sdk::FailureClass;

use crate::rules::CLASSES;

/// Words fall into so many buckets, by their hash.
pub const BUCKETS: usize = 4096;

/// Weights are kept as this many steps to one.
pub const STEPS: f32 = 24.0;

/// One weight a class for each bucket, and behind them one a class for all.
pub const WEIGHTS: usize = (BUCKETS + 1) * CLASSES.len();

static SHIPPED: &[u8; WEIGHTS] = include_bytes!("model/weights.bin");

/// Words longer than this are data, in bytes.
const MAX_WORD: usize = 24;

/// The buckets of the words in some lines, each once. `kind` keeps what was
/// run apart from what was printed. (Pairs of words were tried: with some
/// hundred logs they only help to learn projects by heart.)
pub fn features<'a>(kind: u8, lines: impl Iterator<Item = &'a [u8]>, found: &mut Vec<u16>) {
    for line in lines {
        for word in line.split(|byte| !byte.is_ascii_alphabetic()) {
            if (2..=MAX_WORD).contains(&word.len()) {
                found.push(bucket(hash(u64::from(kind), word)));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
}

fn hash(kind: u64, word: &[u8]) -> u64 {
    word.iter()
        .fold(0xcbf2_9ce4_8422_2325 ^ kind, |hash, byte| {
            (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
        })
}

fn bucket(hash: u64) -> u16 {
    ((hash ^ (hash >> 29)) % BUCKETS as u64) as u16
}

/// The most likely class and its probability.
pub fn classify(features: &[u16]) -> (FailureClass, f64) {
    let weight = |index: usize| f64::from(SHIPPED[index].cast_signed()) / f64::from(STEPS);
    let classes = CLASSES.len();
    let sums: Vec<f64> = (0..classes)
        .map(|class| {
            let words = features
                .iter()
                .map(|bucket| weight(usize::from(*bucket) * classes + class));
            weight(BUCKETS * classes + class) + words.sum::<f64>()
        })
        .collect();
    let most = sums.iter().fold(f64::MIN, |a, b| a.max(*b));
    let all: f64 = sums.iter().map(|sum| (sum - most).exp()).sum();
    let best = sums.iter().position(|sum| *sum == most).unwrap_or(0);
    (CLASSES[best].1.clone(), 1.0 / all)
}
