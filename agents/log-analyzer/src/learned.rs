//! What was learned from labelled logs: which line is the cause, which class
//! that is, and how sure that is. `examples/train.rs` makes the file; it holds
//! no text, only numbers for features.

use crate::candidates::FEATURES;
use crate::model::{Classes, WEIGHTS};
use crate::ranker::Ranker;

/// Bytes of the file: the ranker's weights, the classes', the calibration.
pub const LENGTH: usize = FEATURES + WEIGHTS + 8;

static SHIPPED: &[u8; LENGTH] = include_bytes!("learned/weights.bin");

/// Everything learned, as views into one file.
#[derive(Clone, Copy)]
pub struct Learned<'a> {
    pub ranker: Ranker<'a>,
    pub classes: Classes<'a>,
    pub calibration: Calibration,
}

/// From the probability a model claims to the share of cases in which it is
/// right: a logistic curve over the claim's log odds (Platt).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    pub slope: f32,
    pub offset: f32,
}

impl Learned<'static> {
    pub fn shipped() -> Self {
        Learned::read(SHIPPED)
    }
}

impl<'a> Learned<'a> {
    /// Views a file of [`LENGTH`] bytes.
    pub fn read(file: &'a [u8; LENGTH]) -> Self {
        let (ranker, rest) = file.split_at(FEATURES);
        let (classes, rest) = rest.split_at(WEIGHTS);
        let number =
            |at: usize| f32::from_le_bytes([rest[at], rest[at + 1], rest[at + 2], rest[at + 3]]);
        Learned {
            ranker: Ranker::of(ranker),
            classes: Classes::of(classes),
            calibration: Calibration {
                slope: number(0),
                offset: number(4),
            },
        }
    }
}

impl Calibration {
    /// A claim cannot be surer than this, so that its odds stay finite.
    const SUREST: f64 = 1.0 - 1e-6;

    /// Log odds of a claimed probability.
    pub fn odds(claimed: f64) -> f64 {
        let claimed = claimed.clamp(1.0 - Self::SUREST, Self::SUREST);
        (claimed / (1.0 - claimed)).ln()
    }

    /// How often such a claim is right.
    pub fn of(&self, claimed: f64) -> f64 {
        let odds = f64::from(self.slope) * Self::odds(claimed) + f64::from(self.offset);
        1.0 / (1.0 + (-odds).exp())
    }
}
