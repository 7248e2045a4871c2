//! Measures the analyser on labelled logs:
//! `cargo run --release --example eval -- DIR [--misses] [--half 0|1]`.
//!
//! DIR holds `labels.jsonl` (an object a log: `id`, `provider`,
//! `failure_class`, `key_line_numbers`, `project`) and below it
//! `failing/<id>/log.txt` and `passing/*.log`, there or in `ci-logs/`. With
//! `--half` only one half of the projects is measured, so that rules written
//! while looking at one half can be checked on the other.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Instant;

use log_analyzer::{Analysis, analyze};
use sentinel_sdk::Provider;

#[path = "eval/report.rs"]
mod report;

/// One labelled log and what the analyser says of it.
struct Case {
    id: String,
    provider: String,
    class: String,
    lines: Vec<u64>,
    analysis: Analysis,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let flag = |name: &str| arguments.iter().any(|argument| argument == name);
    let half = arguments.iter().position(|argument| argument == "--half");
    let half = half
        .and_then(|at| arguments.get(at + 1))
        .and_then(|half| half.parse().ok());
    let root = PathBuf::from(arguments.first().expect("usage: eval DIR"));
    let logs = if root.join("ci-logs").is_dir() {
        root.join("ci-logs")
    } else {
        root.clone()
    };
    let started = Instant::now();
    let cases = failing(&root, &logs, half);
    let seconds = started.elapsed().as_secs_f64();
    if flag("--misses") {
        report::misses(&cases);
    }
    report::summary(&cases, seconds);
    passing(&logs.join("passing"));
}

fn failing(root: &Path, logs: &Path, half: Option<u64>) -> Vec<Case> {
    let labels = fs::read_to_string(root.join("labels.jsonl")).expect("labels.jsonl");
    let mut cases = Vec::new();
    for line in labels.lines() {
        let label: serde_json::Value = serde_json::from_str(line).expect("one JSON object a line");
        let text = |key: &str| label[key].as_str().unwrap_or_default().to_owned();
        if half.is_some_and(|half| half_of(&text("project")) != half) {
            continue;
        }
        let path = logs.join("failing").join(text("id")).join("log.txt");
        let numbers = label["key_line_numbers"].as_array().into_iter().flatten();
        cases.push(Case {
            id: text("id"),
            provider: text("provider"),
            class: text("failure_class"),
            lines: numbers.filter_map(serde_json::Value::as_u64).collect(),
            analysis: read(&path),
        });
    }
    cases
}

fn read(path: &Path) -> Analysis {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    analyze(file, Provider::Auto).expect("a readable log")
}

/// Which half of the projects this one is in: the same on every machine.
fn half_of(project: &str) -> u64 {
    let hash = project
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    (hash >> 33) & 1
}

fn passing(dir: &Path) {
    let mut logs: Vec<PathBuf> = fs::read_dir(dir)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    logs.sort();
    let mut quiet = 0;
    for log in &logs {
        match read(log).failures.first() {
            None => quiet += 1,
            Some(failure) => println!(
                "false alarm {}: {:?} {:?}",
                log.display(),
                failure.tool,
                failure.key_lines.first()
            ),
        }
    }
    println!("passing logs without a failure: {quiet} of {}", logs.len());
}
