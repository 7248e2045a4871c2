//! How sure a failure's class is, as a share of the cases in which it is right.

use crate::groups::Group;

/// Nobody knows, but something failed.
pub(super) const UNEXPLAINED: f64 = 0.15;

/// Only the failed command is known.
pub(super) const COMMAND_KNOWN: f64 = 0.55;

/// The logistic curve from points to confidence, fitted on labelled logs: the
/// points at which a class is right as often as not, and the points that make
/// it e times more likely.
const EVEN_POINTS: f64 = 60.0;
const SLOPE_POINTS: f64 = 14.0;

/// Confidence never claims to be certain: labels dispute, and rules know the
/// logs they were written with better than those they meet.
const MOST: f64 = 0.95;

/// The model is this much less sure of logs it was not trained on than of
/// its own (measured by `examples/train.rs`, project by project).
const GUESS_SHARE: f64 = 0.75;

pub(super) fn of_guess(probability: f64) -> f64 {
    GUESS_SHARE * probability
}

pub(super) fn of(group: &Group) -> f64 {
    let odds = (group.score - EVEN_POINTS) / SLOPE_POINTS;
    MOST / (1.0 + (-odds).exp())
}
