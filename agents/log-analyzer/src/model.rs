//! Which class a log's failure is of: a linear model over the words of the
//! likeliest lines and of the commands that ran, and what rules say. Where
//! rules are sure it agrees with them; where they are not, the words decide.

use sentinel_sdk::FailureClass;

use crate::rules::CLASSES;

/// Words fall into so many buckets, by their hash.
const WORDS: u16 = 4096;

/// Strengths of rules that are told apart: below 70, below 85, and above.
const LEVELS: usize = 3;

/// Failures whose rules have a say: the first and the second.
const VOICES: usize = 2;

/// Words, a rule's class by voice and level, the class that the command names.
pub const FEATURES: usize = WORDS as usize + CLASSES.len() * (VOICES * LEVELS + 1);

/// One weight a class for each feature, and behind them one a class for all.
pub const WEIGHTS: usize = (FEATURES + 1) * CLASSES.len();

/// Weights are kept as this many steps to one.
pub const STEPS: f32 = 24.0;

/// Lines that speak for the class; further ones are about other things.
pub const LINES: usize = 6;

/// Words longer than this are data, in bytes.
const MAX_WORD: usize = 24;

/// The learned weights.
#[derive(Clone, Copy)]
pub struct Classes<'a> {
    weights: &'a [u8],
}

impl<'a> Classes<'a> {
    pub fn of(weights: &'a [u8]) -> Self {
        Classes { weights }
    }

    /// The probability of each class, in the order of [`CLASSES`].
    pub fn probabilities(&self, features: &[u16]) -> Vec<f64> {
        let classes = CLASSES.len();
        let row = |feature: usize| &self.weights[feature * classes..(feature + 1) * classes];
        let mut sums = vec![0i32; classes];
        for feature in features
            .iter()
            .map(|feature| usize::from(*feature))
            .chain([FEATURES])
        {
            for (sum, weight) in sums.iter_mut().zip(row(feature)) {
                *sum += i32::from(weight.cast_signed());
            }
        }
        let most = sums.iter().max().copied().unwrap_or(0);
        let power = |sum: &i32| (f64::from(sum - most) / f64::from(STEPS)).exp();
        let powers: Vec<f64> = sums.iter().map(power).collect();
        let all: f64 = powers.iter().sum();
        powers.iter().map(|power| power / all).collect()
    }
}

/// Where a class stands in [`CLASSES`]; unknown ones stand last.
pub fn index(class: &FailureClass) -> usize {
    let at = CLASSES.iter().position(|(_, known)| known == class);
    at.unwrap_or(CLASSES.len() - 1)
}

/// The features of words. `kind` keeps words of different places apart. (Pairs
/// of words were tried: with some hundred logs they only help to learn
/// projects by heart.)
pub fn words(kind: u8, text: &[u8], add: &mut impl FnMut(u16)) {
    for word in text.split(|byte| !byte.is_ascii_alphabetic()) {
        if (2..=MAX_WORD).contains(&word.len()) {
            add(bucket(kind, word));
        }
    }
}

/// The feature of a rule that speaks for a class.
pub fn vote(class: &FailureClass, strength: u8, voice: usize) -> u16 {
    let level = usize::from(strength >= 70) + usize::from(strength >= 85);
    let slot = (voice.min(VOICES - 1) * LEVELS + level) * CLASSES.len() + index(class);
    WORDS + slot as u16
}

/// The feature of a command whose tool means a class when it fails.
pub fn command_vote(class: &FailureClass) -> u16 {
    let slot = VOICES * LEVELS * CLASSES.len() + index(class);
    WORDS + slot as u16
}

/// What a feature says before anything is learned, as a class and a weight:
/// rules are written to be right.
#[cfg(not(target_family = "wasm"))]
pub fn prior(feature: u16) -> Option<(usize, f32)> {
    /// By level, then half of it for the second voice.
    const SURE: [f32; LEVELS] = [1.0, 2.0, 3.0];
    let slot = usize::from(feature.checked_sub(WORDS)?);
    let (row, class) = (slot / CLASSES.len(), slot % CLASSES.len());
    let (voice, level) = (row / LEVELS, row % LEVELS);
    let weight = match voice {
        0 => SURE[level],
        1 => SURE[level] / 4.0,
        _ => 0.5,
    };
    Some((class, weight))
}

fn bucket(kind: u8, word: &[u8]) -> u16 {
    let start = 0xcbf2_9ce4_8422_2325 ^ u64::from(kind);
    let hash = word.iter().fold(start, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
    });
    ((hash ^ (hash >> 29)) % u64::from(WORDS)) as u16
}
