//! Which of the candidates a person would point at: a linear model over what
//! is seen of each line.

use std::collections::HashSet;

use crate::candidates::Candidates;

/// Weights are kept as this many steps to one.
pub const STEPS: f32 = 32.0;

/// The learned weights, one a feature.
#[derive(Clone, Copy)]
pub struct Ranker<'a> {
    weights: &'a [u8],
}

/// A candidate and its score: e to the power of the difference of two scores
/// is how much likelier one is the cause than the other.
#[derive(Debug, Clone, Copy)]
pub struct Ranked {
    /// Index of the kept line.
    pub line: usize,
    pub score: f64,
}

/// Of so many lines at the top none stands beside another: a person who looks
/// at one sees the next as well.
const APART: usize = 30;

impl<'a> Ranker<'a> {
    pub fn of(weights: &'a [u8]) -> Self {
        Ranker { weights }
    }

    /// The candidates, the likeliest first.
    pub fn rank(&self, candidates: &Candidates) -> Vec<Ranked> {
        let score = |(index, line)| Ranked {
            line,
            score: self.score(candidates, index),
        };
        let mut ranked: Vec<Ranked> = candidates.lines().enumerate().map(score).collect();
        sort(&mut ranked);
        ranked
    }

    fn score(&self, candidates: &Candidates, index: usize) -> f64 {
        let mut sum = 0i32;
        candidates.features(index, |feature| {
            sum += i32::from(self.weights[usize::from(feature)].cast_signed());
        });
        f64::from(sum) / f64::from(STEPS)
    }
}

/// The likeliest first, and lines beside a better one behind the first
/// [`APART`] others.
pub fn sort(ranked: &mut Vec<Ranked>) {
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.line.cmp(&b.line)));
    let mut beside = HashSet::new();
    let (mut first, mut later) = (Vec::new(), Vec::new());
    for candidate in ranked.drain(..) {
        let line = candidate.line;
        if first.len() < APART && !beside.contains(&line) {
            beside.extend([line.saturating_sub(1), line, line + 1]);
            first.push(candidate);
        } else {
            later.push(candidate);
        }
    }
    ranked.extend(first);
    ranked.extend(later);
}
