//! What the words of a line are worth, as far as anybody can say who does not
//! know the tool: a prior, which the ranker weighs against everything else.

use crate::literals::{Literal, Literals};

/// A log without any marker of an end is taken for a failed one from here.
pub const ALARMING: f64 = 4.0;

/// What a harmless word costs.
const HARMLESS_COST: f64 = 3.0;

/// What each further word adds, of its worth.
const FURTHER: f64 = 0.1;

/// What a word means in a line.
enum Meaning {
    Worth(f64),
    /// The line only looks like trouble.
    Harmless,
    /// A runner repeats that something failed: never the cause.
    Echo,
}

// `MEANINGS` and `WORDS`, made by `build/main.rs` from `worth/words.txt`.
include!(concat!(env!("OUT_DIR"), "/worth.rs"));

/// What the words of a line are worth: the best, and a little of the others;
/// none for an echo, or where no word speaks.
pub fn of(text: &[u8]) -> Option<f64> {
    let words = words(text);
    let worth = words.best + FURTHER * (words.sum - words.best) - words.cost;
    (words.any && !words.echo).then_some(worth)
}

/// Whether a runner only repeats that something failed.
pub fn is_echo(text: &[u8]) -> bool {
    words(text).echo
}

/// What the words of a line say together.
#[derive(Default)]
struct Words {
    any: bool,
    echo: bool,
    best: f64,
    sum: f64,
    cost: f64,
}

fn words(text: &[u8]) -> Words {
    let mut words = Words::default();
    // Which were counted: each counts once.
    let mut seen = 0u128;
    WORDS.each(text, |found| {
        let word = usize::from(found.owner);
        if seen & (1 << word) == 0 {
            seen |= 1 << word;
            words.any = true;
            match MEANINGS[word] {
                Meaning::Worth(worth) => {
                    words.best = words.best.max(worth);
                    words.sum += worth;
                }
                Meaning::Harmless => words.cost = HARMLESS_COST,
                Meaning::Echo => words.echo = true,
            }
        }
    });
    words
}
