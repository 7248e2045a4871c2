//! Cases → figures.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::bootstrap::{Estimate, estimate};
use crate::corpus::Labelled;

/// Classes with fewer logs do not count for the macro average.
pub const ENOUGH: usize = 10;

/// Fixed bins of the calibration error.
pub const BINS: usize = 10;

/// A labelled line counts as found this many lines beside it.
const BESIDE: u64 = 1;

/// The class of an answer that names no failure.
pub const NONE: &str = "none";

/// What a reader says of one log.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Class of the first failure; none where the reader is silent.
    pub class: Option<String>,
    pub confidence: f64,
    /// Line numbers in the order in which a person reads them.
    pub lines: Vec<u64>,
    pub failures: usize,
}

/// A label and the answer beside it.
#[derive(Debug, Clone)]
pub struct Case {
    pub label: Labelled,
    pub told: Told,
}

impl Case {
    /// The class that was told.
    pub fn class(&self) -> &str {
        self.told.class.as_deref().unwrap_or(NONE)
    }

    pub fn is_right(&self) -> bool {
        self.class() == self.label.class
    }

    /// How many lines are read until a labelled one.
    pub fn rank(&self) -> Option<usize> {
        let labelled = &self.label.lines;
        let near = |told: &u64| labelled.iter().any(|line| line.abs_diff(*told) <= BESIDE);
        let at = self.told.lines.iter().position(near)?;
        Some(at + 1)
    }

    pub fn found(&self, within: usize) -> bool {
        self.rank().is_some_and(|rank| rank <= within)
    }
}

/// Shares of the cases in one part of the corpus.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Row {
    pub logs: usize,
    /// A labelled line within the first so many lines told.
    pub within_1: f64,
    pub within_5: f64,
    pub within_60: f64,
    /// The class is right.
    pub accuracy: f64,
}

/// One bin of the calibration: what was claimed and what was right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Bin {
    pub logs: usize,
    pub confidence: f64,
    pub right: f64,
}

/// One kind of mistake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Confusion {
    pub labelled: String,
    pub told: String,
    pub logs: usize,
}

/// Everything measured, with 95 % intervals where it says so.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    pub logs: usize,
    pub projects: usize,
    pub within_1: Estimate,
    pub within_5: Estimate,
    pub within_60: Estimate,
    pub accuracy: Estimate,
    /// Over the classes with [`ENOUGH`] logs.
    pub macro_f1: Estimate,
    /// Expected calibration error over [`BINS`] bins of equal width.
    pub calibration_error: Estimate,
    pub failures_a_log: f64,
    pub lines_a_log: f64,
    pub providers: BTreeMap<String, Row>,
    pub classes: BTreeMap<String, Row>,
    /// F1 of each class, small ones too.
    pub f1: BTreeMap<String, f64>,
    pub calibration: Vec<Bin>,
    /// The most frequent first.
    pub confusions: Vec<Confusion>,
}

impl Figures {
    /// Computes everything; the same cases give the same figures.
    pub fn of(cases: &[Case]) -> Figures {
        let all: Vec<&Case> = cases.iter().collect();
        let counted = frequent(&all);
        let projects: BTreeSet<&str> = cases.iter().map(|case| &*case.label.project).collect();
        let over = |measure: &dyn Fn(&[&Case]) -> f64| estimate(cases, measure);
        Figures {
            logs: cases.len(),
            projects: projects.len(),
            within_1: over(&|cases| within(cases, 1)),
            within_5: over(&|cases| within(cases, 5)),
            within_60: over(&|cases| within(cases, 60)),
            accuracy: over(&accuracy),
            macro_f1: over(&|cases| macro_f1(cases, &counted)),
            calibration_error: over(&|cases| calibration_error(&bins(cases))),
            failures_a_log: mean(&all, |case| case.told.failures),
            lines_a_log: mean(&all, |case| case.told.lines.len()),
            providers: rows(&all, |case| &case.label.provider),
            classes: rows(&all, |case| &case.label.class),
            f1: f1s(&all),
            calibration: bins(&all),
            confusions: confusions(&all),
        }
    }
}

fn share(cases: &[&Case], holds: impl Fn(&Case) -> bool) -> f64 {
    let count = cases.iter().filter(|case| holds(case)).count();
    count as f64 / cases.len().max(1) as f64
}

fn mean(cases: &[&Case], count: impl Fn(&Case) -> usize) -> f64 {
    let sum: usize = cases.iter().map(|case| count(case)).sum();
    sum as f64 / cases.len().max(1) as f64
}

fn within(cases: &[&Case], lines: usize) -> f64 {
    share(cases, |case| case.found(lines))
}

fn accuracy(cases: &[&Case]) -> f64 {
    share(cases, Case::is_right)
}

fn row(cases: &[&Case]) -> Row {
    Row {
        logs: cases.len(),
        within_1: within(cases, 1),
        within_5: within(cases, 5),
        within_60: within(cases, 60),
        accuracy: accuracy(cases),
    }
}

fn rows(cases: &[&Case], key: impl Fn(&Case) -> &str) -> BTreeMap<String, Row> {
    let mut parts: BTreeMap<String, Vec<&Case>> = BTreeMap::new();
    for case in cases {
        parts.entry(key(case).to_owned()).or_default().push(case);
    }
    let rows = parts.into_iter().map(|(key, part)| (key, row(&part)));
    rows.collect()
}

/// The classes that count for the macro average.
fn frequent(cases: &[&Case]) -> Vec<String> {
    let rows = rows(cases, |case| &case.label.class);
    let frequent = rows.into_iter().filter(|(_, row)| row.logs >= ENOUGH);
    frequent.map(|(class, _)| class).collect()
}

fn f1(cases: &[&Case], class: &str) -> f64 {
    let (mut labelled, mut told, mut both) = (0, 0, 0);
    for case in cases {
        let is = (case.label.class == class, case.class() == class);
        labelled += usize::from(is.0);
        told += usize::from(is.1);
        both += usize::from(is.0 && is.1);
    }
    2.0 * both as f64 / (labelled + told).max(1) as f64
}

fn f1s(cases: &[&Case]) -> BTreeMap<String, f64> {
    let classes: BTreeSet<&str> = cases.iter().map(|case| &*case.label.class).collect();
    let scores = classes.into_iter().map(|class| (class, f1(cases, class)));
    scores
        .map(|(class, score)| (class.to_owned(), score))
        .collect()
}

fn macro_f1(cases: &[&Case], classes: &[String]) -> f64 {
    // A resample may miss a class altogether: that says nothing about it.
    let here = |class: &&String| cases.iter().any(|case| case.label.class == **class);
    let scores: Vec<f64> = classes
        .iter()
        .filter(here)
        .map(|class| f1(cases, class))
        .collect();
    scores.iter().sum::<f64>() / scores.len().max(1) as f64
}

fn bins(cases: &[&Case]) -> Vec<Bin> {
    let mut bins = vec![Bin::default(); BINS];
    for case in cases {
        let at = (case.told.confidence * BINS as f64) as usize;
        let bin = &mut bins[at.min(BINS - 1)];
        bin.logs += 1;
        bin.confidence += case.told.confidence;
        bin.right += f64::from(u8::from(case.is_right()));
    }
    for bin in &mut bins {
        bin.confidence /= bin.logs.max(1) as f64;
        bin.right /= bin.logs.max(1) as f64;
    }
    bins
}

fn calibration_error(bins: &[Bin]) -> f64 {
    let logs: usize = bins.iter().map(|bin| bin.logs).sum();
    let gaps = bins
        .iter()
        .map(|bin| bin.logs as f64 * (bin.confidence - bin.right).abs());
    gaps.sum::<f64>() / logs.max(1) as f64
}

fn confusions(cases: &[&Case]) -> Vec<Confusion> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for case in cases.iter().filter(|case| !case.is_right()) {
        *counts.entry((&case.label.class, case.class())).or_default() += 1;
    }
    let mut confusions: Vec<Confusion> = counts
        .into_iter()
        .map(|((labelled, told), logs)| Confusion {
            labelled: labelled.to_owned(),
            told: told.to_owned(),
            logs,
        })
        .collect();
    confusions.sort_by_key(|confusion| std::cmp::Reverse(confusion.logs));
    confusions
}
