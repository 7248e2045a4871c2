//! Learning what class the found lines mean: multinomial logistic regression
//! that begins with what rules say.

use super::adagrad::{AdaGrad, shares};
use super::quantise;
use crate::model::{FEATURES, STEPS, WEIGHTS, prior};
use crate::rules::CLASSES;

/// Rounds over all logs, the length of the first steps, and how strongly
/// weights are drawn to what they were.
const ROUNDS: usize = 30;
const RATE: f32 = 0.05;
const DECAY: f32 = 0.1;

pub(super) fn train(logs: &[(Vec<u16>, usize)], lessons: &[(Vec<u16>, usize)]) -> Vec<u8> {
    let classes = CLASSES.len();
    let mut priors = vec![0.0; WEIGHTS];
    for feature in 0..FEATURES {
        if let Some((class, weight)) = prior(feature as u16) {
            priors[feature * classes + class] = weight;
        }
    }
    let mut learning = AdaGrad::new(priors, DECAY, RATE);
    for _ in 0..ROUNDS {
        for (features, class) in lessons.iter().chain(logs) {
            learn(&mut learning, features, *class);
        }
    }
    let weights = learning.weights.iter();
    weights.map(|weight| quantise(*weight, STEPS)).collect()
}

fn learn(learning: &mut AdaGrad, features: &[u16], class: usize) {
    let classes = CLASSES.len();
    let rows = || {
        features
            .iter()
            .map(|feature| usize::from(*feature))
            .chain([FEATURES])
    };
    let score = |class: usize| {
        rows()
            .map(|row| learning.weights[row * classes + class])
            .sum()
    };
    let shares = shares(&(0..classes).map(score).collect::<Vec<f32>>());
    for (other, share) in shares.iter().enumerate() {
        let pull = f32::from(u8::from(other == class)) - share;
        for row in rows() {
            learning.pull(row * classes + other, pull);
        }
    }
    learning.step();
}
