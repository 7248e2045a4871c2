//! How the learned parts come about, and how they are measured on logs that
//! they have not seen: only natively, never in the component.

use std::collections::BTreeSet;
use std::io::{self, Read};

use crate::Analysis;
use crate::excerpt::Excerpt;
use crate::failures::{Reading, class};
use crate::matcher::Matcher;
use crate::rules::{CLASSES, Rules};
use crate::scan::{Hit, scan};

pub use crate::learned::{Calibration, LENGTH, Learned};
pub use calibrating::calibrate;

mod adagrad;
mod calibrating;
mod classing;
mod lessons;
mod ranking;

/// The shipped rules, ready to be tried.
pub struct Signatures(Matcher);

impl Default for Signatures {
    fn default() -> Self {
        Signatures(Matcher::new(Rules::shipped()))
    }
}

/// A log that is read many times.
pub struct Log {
    excerpt: Excerpt,
    hits: Vec<Hit>,
}

#[derive(Clone, Copy)]
/// A log, its labels, and the rules that are off for it.
pub struct Example<'a> {
    pub log: &'a Log,
    pub off: &'a BTreeSet<usize>,
    /// 1-based.
    pub lines: &'a [u64],
    /// Index in [`classes`].
    pub class: usize,
}

impl Log {
    pub fn read(log: impl Read, signatures: &Signatures) -> io::Result<Log> {
        let excerpt = Excerpt::read(log, &signatures.0, |_| {})?;
        let reading = Reading::of(&excerpt, &signatures.0.rules);
        let hits = scan(&excerpt, &reading.steps, &signatures.0);
        Ok(Log { hits, excerpt })
    }

    /// The rules that recognise anything in it.
    pub fn rules(&self) -> BTreeSet<usize> {
        self.hits.iter().map(|hit| hit.rule).collect()
    }

    fn hits(&self, off: &BTreeSet<usize>) -> Vec<Hit> {
        let on = self.hits.iter().filter(|hit| !off.contains(&hit.rule));
        on.cloned().collect()
    }

    /// What the analyser says with these rules off and with what was learned.
    pub fn analyze(
        &self,
        signatures: &Signatures,
        off: &BTreeSet<usize>,
        learned: &Learned,
    ) -> Analysis {
        let reading = Reading::of(&self.excerpt, &signatures.0.rules);
        Analysis {
            failures: reading.failures(self.hits(off), learned),
            lines: self.excerpt.total_lines,
            bytes: self.excerpt.total_bytes,
        }
    }
}

/// Learns from examples: first which lines are the cause, then which class
/// the lines mean that were found so. The same examples give the same bytes.
/// The rules themselves are lessons as well, but those in `unknown`. The
/// calibration is left as it is: [`calibrate`] needs other examples.
pub fn train(
    signatures: &Signatures,
    examples: &[Example],
    unknown: &BTreeSet<usize>,
) -> Box<[u8; LENGTH]> {
    let rules = &signatures.0.rules;
    let mut file = Box::new([0; LENGTH]);
    let (ranker, rest) = file.split_at_mut(crate::candidates::FEATURES);
    let seen: Vec<ranking::Seen> = examples
        .iter()
        .map(|example| ranking::Seen::of(rules, example))
        .collect();
    ranker.copy_from_slice(&ranking::train(&seen));
    rest[crate::model::WEIGHTS..].copy_from_slice(&UNCALIBRATED);
    let learned = Learned::read(&file);
    let seen: Vec<(Vec<u16>, usize)> = examples
        .iter()
        .map(|example| (class_features(rules, example, &learned), example.class))
        .collect();
    let weights = classing::train(&seen, &lessons::of(rules, unknown));
    let (_, rest) = file.split_at_mut(crate::candidates::FEATURES);
    rest[..crate::model::WEIGHTS].copy_from_slice(&weights);
    file
}

/// Slope 1 and offset 0.
const UNCALIBRATED: [u8; 8] = [0, 0, 0x80, 0x3f, 0, 0, 0, 0];

/// Writes a calibration into what was learned.
pub fn set_calibration(file: &mut [u8; LENGTH], calibration: Calibration) {
    let at = LENGTH - 8;
    file[at..at + 4].copy_from_slice(&calibration.slope.to_le_bytes());
    file[at + 4..].copy_from_slice(&calibration.offset.to_le_bytes());
}

fn class_features(rules: &Rules, example: &Example, learned: &Learned) -> Vec<u16> {
    let reading = Reading::of(&example.log.excerpt, rules);
    let findings = reading.findings(example.log.hits(example.off), learned);
    class::features(&reading, &findings)
}

/// The likeliest class of an example and its probability.
pub fn classify(signatures: &Signatures, example: &Example, learned: &Learned) -> (usize, f64) {
    let reading = Reading::of(&example.log.excerpt, &signatures.0.rules);
    let findings = reading.findings(example.log.hits(example.off), learned);
    let (class, claimed) = class::claim(&reading, &findings, learned);
    (crate::model::index(&class), claimed)
}

/// The names of the classes, in the order of the weights.
pub fn classes() -> Vec<&'static str> {
    CLASSES.iter().map(|(name, _)| *name).collect()
}

fn quantise(weight: f32, steps: f32) -> u8 {
    ((weight * steps).round().clamp(-127.0, 127.0) as i8).cast_unsigned()
}
