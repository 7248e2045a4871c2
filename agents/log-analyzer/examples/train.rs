//! Trains the class model: `cargo run --release --example train -- DIR
//! [WEIGHTS]`, DIR as for `eval`. First it measures, each project tested by
//! a model that has not seen it; then it trains on all and writes the weights.
//! The same logs give the same weights on every machine.

use std::fs::{self, File};
use std::path::PathBuf;

use log_analyzer::training::{BUCKETS, STEPS, WEIGHTS, classes, features, features_of};

/// Parts of the cross-validation.
const FOLDS: u64 = 5;

/// Rounds over all logs, the first step's length, and how strongly weights
/// are drawn to zero.
const ROUNDS: usize = 40;
const RATE: f32 = 0.15;
const DECAY: f32 = 0.1;

struct Example {
    fold: u64,
    class: usize,
    /// As the analyser sees the log, and the labelled lines alone.
    log: Vec<u16>,
    lines: Vec<u16>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let root = PathBuf::from(arguments.first().expect("usage: train DIR [WEIGHTS]"));
    let examples = examples(&root);
    measure(&examples);
    if let Some(path) = arguments.get(1) {
        let weights = train(&examples, None);
        let bytes: Vec<u8> = weights.iter().map(|weight| quantise(*weight)).collect();
        fs::write(path, bytes).expect("a writable file");
    }
}

fn examples(root: &std::path::Path) -> Vec<Example> {
    let logs = if root.join("ci-logs").is_dir() {
        root.join("ci-logs")
    } else {
        root.to_owned()
    };
    let labels = fs::read_to_string(root.join("labels.jsonl")).expect("labels.jsonl");
    let classes = classes();
    let mut examples = Vec::new();
    for line in labels.lines() {
        let label: serde_json::Value = serde_json::from_str(line).expect("one JSON object a line");
        let text = |key: &str| label[key].as_str().unwrap_or_default().to_owned();
        let path = logs.join("failing").join(text("id")).join("log.txt");
        let mut lines = Vec::new();
        let shown = label["key_lines"].as_array().into_iter().flatten();
        features(
            b'l',
            shown.filter_map(|line| line.as_str()).map(str::as_bytes),
            &mut lines,
        );
        examples.push(Example {
            fold: fold(&text("project")),
            class: classes
                .iter()
                .position(|class| *class == text("failure_class"))
                .expect("a known class"),
            log: features_of(File::open(path).expect("a log")).expect("a readable log"),
            lines,
        });
    }
    examples
}

fn fold(project: &str) -> u64 {
    let hash = project
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    (hash >> 33) % FOLDS
}

fn measure(examples: &[Example]) {
    let (mut right, mut sure, mut bins) = (0, 0.0, [(0, 0.0, 0); 10]);
    for fold in 0..FOLDS {
        let weights = train(examples, Some(fold));
        for example in examples.iter().filter(|example| example.fold == fold) {
            let shares = shares(&weights, &example.log);
            let best = (0..shares.len())
                .max_by(|a, b| shares[*a].total_cmp(&shares[*b]))
                .expect("classes");
            let hit = usize::from(best == example.class);
            right += hit;
            sure += shares[best];
            let bin = &mut bins[((shares[best] * 10.0) as usize).min(9)];
            *bin = (bin.0 + 1, bin.1 + shares[best], bin.2 + hit);
        }
    }
    let count = examples.len();
    println!(
        "unseen projects: {right} of {count} right, mean probability {:.2}",
        sure / count as f32
    );
    for (count, sure, right) in bins.into_iter().filter(|bin| bin.0 > 0) {
        println!(
            "  {count:>4} logs at {:.2}: {:.2} right",
            sure / count as f32,
            right as f32 / count as f32
        );
    }
}

/// Multinomial logistic regression by stochastic gradient descent.
fn train(examples: &[Example], without: Option<u64>) -> Vec<f32> {
    let mut weights = vec![0f32; WEIGHTS];
    for round in 0..ROUNDS {
        let rate = RATE / (1.0 + round as f32 * 0.1);
        for example in examples
            .iter()
            .filter(|example| Some(example.fold) != without)
        {
            learn(&mut weights, &example.log, example.class, rate);
            learn(&mut weights, &example.lines, example.class, rate);
        }
        weights
            .iter_mut()
            .for_each(|weight| *weight *= 1.0 - DECAY * rate);
    }
    weights
}

fn learn(weights: &mut [f32], features: &[u16], class: usize, rate: f32) {
    let shares = shares(weights, features);
    // Long logs shall not pull harder than short ones.
    let rate = rate / (1.0 + features.len() as f32).sqrt();
    for (other, share) in shares.iter().enumerate() {
        let pull = rate * (f32::from(u8::from(other == class)) - share);
        for bucket in features
            .iter()
            .map(|bucket| usize::from(*bucket))
            .chain([BUCKETS])
        {
            weights[bucket * shares.len() + other] += pull;
        }
    }
}

fn shares(weights: &[f32], features: &[u16]) -> Vec<f32> {
    let classes = classes().len();
    let sums: Vec<f32> = (0..classes)
        .map(|class| {
            let all = features
                .iter()
                .map(|bucket| usize::from(*bucket))
                .chain([BUCKETS]);
            all.map(|bucket| weights[bucket * classes + class]).sum()
        })
        .collect();
    let most = sums.iter().fold(f32::MIN, |a, b| a.max(*b));
    let powers: Vec<f32> = sums.iter().map(|sum| (sum - most).exp()).collect();
    let all: f32 = powers.iter().sum();
    powers.iter().map(|power| power / all).collect()
}

fn quantise(weight: f32) -> u8 {
    ((weight * STEPS).round().clamp(-127.0, 127.0) as i8).cast_unsigned()
}
