//! How sure a failure's class is, as a share of the cases in which it is right.

use crate::groups::Group;

/// Below this nobody knows, but something failed.
pub(super) const UNEXPLAINED: f64 = 0.05;

/// The logistic curve from points to confidence for failures behind the
/// first, fitted on labelled logs: the points at which a class is right as
/// often as not, and the points that make it e times more likely.
const EVEN_POINTS: f64 = 60.0;
const SLOPE_POINTS: f64 = 14.0;

/// Confidence never claims to be certain: labels dispute, and rules know the
/// logs they were written with better than those they meet.
pub(super) const MOST: f64 = 0.97;

pub(super) fn of(group: &Group) -> f64 {
    let odds = (group.score - EVEN_POINTS) / SLOPE_POINTS;
    MOST / (1.0 + (-odds).exp())
}
