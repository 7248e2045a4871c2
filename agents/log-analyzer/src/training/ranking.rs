//! Learning which line is the cause: in each log the labelled lines shall get
//! as much of the probability as they can.

use super::adagrad::{AdaGrad, shares};
use super::{Example, quantise};
use crate::candidates::FEATURES;
use crate::failures::Reading;
use crate::ranker::STEPS;
use crate::rules::Rules;

/// Rounds over all logs, the length of the first steps, and how strongly
/// weights are drawn to zero. Half or double of each moves the recall of
/// unseen projects by less than a point.
const ROUNDS: usize = 30;
const RATE: f32 = 0.05;
const DECAY: f32 = 0.2;

/// What the ranker sees of a log.
pub(super) struct Seen {
    /// The features of each candidate.
    features: Vec<Vec<u16>>,
    labelled: Vec<bool>,
}

impl Seen {
    pub fn of(rules: &Rules, example: &Example) -> Self {
        let reading = Reading::of(&example.log.excerpt, rules);
        let (candidates, _) = reading.candidates(example.log.hits(example.off));
        let numbers: Vec<u64> = candidates
            .lines()
            .map(|line| example.log.excerpt.number(line))
            .collect();
        let within = |beside: u64| -> Vec<bool> {
            let near = |number: &u64| {
                example
                    .lines
                    .iter()
                    .any(|line| line.abs_diff(*number) <= beside)
            };
            numbers.iter().map(near).collect()
        };
        let exact = within(0);
        let labelled = if exact.contains(&true) {
            exact
        } else {
            within(1)
        };
        let features = |index| {
            let mut list = Vec::new();
            candidates.features(index, |feature| list.push(feature));
            list
        };
        Seen {
            features: (0..candidates.len()).map(features).collect(),
            labelled,
        }
    }
}

pub(super) fn train(logs: &[Seen]) -> Vec<u8> {
    let mut learning = AdaGrad::new(vec![0.0; FEATURES], DECAY, RATE);
    for _ in 0..ROUNDS {
        for log in logs.iter().filter(|log| log.labelled.contains(&true)) {
            learn(&mut learning, log);
        }
    }
    let weights = learning.weights.iter();
    weights.map(|weight| quantise(*weight, STEPS)).collect()
}

fn learn(learning: &mut AdaGrad, log: &Seen) {
    /// Pulls smaller than this are not worth their time.
    const LEAST: f32 = 1e-4;
    let score = |features: &Vec<u16>| -> f32 {
        let weights = features
            .iter()
            .map(|feature| learning.weights[usize::from(*feature)]);
        weights.sum()
    };
    let shares = shares(&log.features.iter().map(score).collect::<Vec<f32>>());
    let labelled = shares
        .iter()
        .zip(&log.labelled)
        .filter(|(_, labelled)| **labelled);
    let right: f32 = labelled
        .map(|(share, _)| share)
        .sum::<f32>()
        .max(f32::MIN_POSITIVE);
    for ((features, share), labelled) in log.features.iter().zip(&shares).zip(&log.labelled) {
        let wanted = if *labelled { share / right } else { 0.0 };
        let pull = wanted - share;
        if pull.abs() >= LEAST {
            for feature in features {
                learning.pull(usize::from(*feature), pull);
            }
        }
    }
    learning.step();
}
