//! The figures, and what was missed.

use std::collections::{BTreeMap, BTreeSet};

use log_analyzer::class_name;

use super::Case;

/// Classes with fewer logs do not count for the macro average.
const ENOUGH: usize = 10;

/// Fixed bins of the calibration error.
const BINS: usize = 10;

impl Case {
    fn told(&self) -> &str {
        let first = self.analysis.failures.first();
        first.map_or("none", |failure| class_name(&failure.class))
    }

    fn confidence(&self) -> f64 {
        let first = self.analysis.failures.first();
        first.map_or(0.0, |failure| failure.confidence)
    }

    /// How many lines are read, in the order told, until a labelled one (±1).
    fn rank(&self) -> Option<usize> {
        let lines = self
            .analysis
            .failures
            .iter()
            .flat_map(|failure| &failure.key_lines);
        let near = |number: u64| self.lines.iter().any(|line| line.abs_diff(number) <= 1);
        lines
            .map(|line| line.number)
            .position(near)
            .map(|at| at + 1)
    }

    fn found(&self, within: usize) -> bool {
        self.rank().is_some_and(|rank| rank <= within)
    }
}

pub fn summary(cases: &[Case], seconds: f64) {
    let bytes: u64 = cases.iter().map(|case| case.analysis.bytes).sum();
    println!(
        "{:<28}{:>5}{:>7}{:>7}{:>7}{:>8}",
        "", "logs", "in 1", "in 5", "in 60", "class"
    );
    row("all", &cases.iter().collect::<Vec<_>>());
    for key in [provider, class] {
        println!();
        let mut parts: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
        for case in cases {
            parts.entry(key(case)).or_default().push(case);
        }
        for (name, part) in &parts {
            row(name, part);
        }
    }
    println!(
        "\nmacro-F1 over classes with {ENOUGH} logs or more: {:.3}",
        macro_f1(cases)
    );
    println!(
        "expected calibration error, {BINS} bins: {:.3}",
        calibration(cases)
    );
    let (failures, lines) = told_of_each(cases);
    println!("told of a log: {failures:.2} failures, {lines:.1} lines");
    println!(
        "{:.1} MB in {seconds:.2} s: {:.0} MB/s",
        bytes as f64 / 1e6,
        bytes as f64 / 1e6 / seconds
    );
}

/// How many failures and key lines a person is shown.
fn told_of_each(cases: &[Case]) -> (f64, f64) {
    let failures = cases.iter().map(|case| case.analysis.failures.len());
    let lines = cases.iter().flat_map(|case| &case.analysis.failures);
    let lines = lines.map(|failure| failure.key_lines.len());
    let count = cases.len().max(1) as f64;
    (
        failures.sum::<usize>() as f64 / count,
        lines.sum::<usize>() as f64 / count,
    )
}

fn provider(case: &Case) -> &str {
    &case.provider
}

fn class(case: &Case) -> &str {
    &case.class
}

fn row(name: &str, cases: &[&Case]) {
    let share = |count: usize| 100.0 * count as f64 / cases.len().max(1) as f64;
    let within = |lines| share(cases.iter().filter(|case| case.found(lines)).count());
    let right = share(
        cases
            .iter()
            .filter(|case| case.told() == case.class)
            .count(),
    );
    println!(
        "{name:<28}{:>5}{:>7.1}{:>7.1}{:>7.1}{right:>8.1}",
        cases.len(),
        within(1),
        within(5),
        within(60)
    );
}

fn macro_f1(cases: &[Case]) -> f64 {
    let classes: BTreeSet<&str> = cases.iter().map(class).collect();
    let mut scores = Vec::new();
    for class in classes {
        let labelled = cases.iter().filter(|case| case.class == class).count();
        let told = cases.iter().filter(|case| case.told() == class).count();
        let both = cases
            .iter()
            .filter(|case| case.class == class && case.told() == class)
            .count();
        if labelled >= ENOUGH {
            scores.push(2.0 * both as f64 / (labelled + told).max(1) as f64);
        }
    }
    scores.iter().sum::<f64>() / scores.len().max(1) as f64
}

fn calibration(cases: &[Case]) -> f64 {
    let mut bins = [(0usize, 0.0, 0.0); BINS];
    for case in cases {
        let bin = &mut bins[((case.confidence() * BINS as f64) as usize).min(BINS - 1)];
        bin.0 += 1;
        bin.1 += case.confidence();
        bin.2 += f64::from(u8::from(case.told() == case.class));
    }
    let gaps = bins
        .iter()
        .map(|(_, confidence, right)| f64::abs(confidence - right));
    gaps.sum::<f64>() / cases.len().max(1) as f64
}

pub fn misses(cases: &[Case]) {
    for case in cases {
        if case.found(5) && case.told() == case.class {
            continue;
        }
        println!(
            "{} [{}] labelled {:?}, rank {:?}",
            case.id,
            case.class,
            case.lines,
            case.rank()
        );
        for failure in case.analysis.failures.iter().take(3) {
            println!(
                "    {} {:?} {:.2}",
                class_name(&failure.class),
                failure.tool,
                failure.confidence
            );
            for line in failure.key_lines.iter().take(4) {
                let text: String = line.text.chars().take(130).collect();
                println!("      {} {text}", line.number);
            }
        }
    }
}
