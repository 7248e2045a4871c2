//! Measures the analyser on labelled logs, natively:
//! `cargo run --release --example eval -- DIR [--misses] [--json]`.
//!
//! DIR is described in `agents/log-eval/README.md`. Two readings are measured:
//! with all rules, and with what may have been learned from the log's own
//! project taken away. The first flatters: whoever wrote the rules saw these
//! logs. The second is what logs of other projects can expect.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;

use log_analyzer::{Analysis, analyze, class_name, training};
use log_eval::{Case, Corpus, Figures, Labelled, Passing, Report, Told};
use sentinel_sdk::Provider;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let flag = |name: &str| arguments.iter().any(|argument| argument == name);
    let dir = PathBuf::from(arguments.first().expect("usage: eval DIR [--misses]"));
    let corpus = Corpus::open(&dir).unwrap_or_else(|error| panic!("{error}"));
    let report = with_all(&corpus);
    let unseen = without_own_project(&corpus);
    if flag("--misses") {
        unseen.iter().for_each(miss);
    }
    println!("== all rules ==\n{report}");
    println!(
        "== nothing from the log's own project ==\n{}",
        Figures::of(&unseen.into_iter().map(|read| read.case).collect::<Vec<_>>())
    );
}

/// A case and the whole answer.
struct Read {
    case: Case,
    analysis: Analysis,
}

impl Read {
    fn of(label: &Labelled, analysis: Analysis) -> Read {
        Read {
            case: Case {
                label: label.clone(),
                told: told(&analysis),
            },
            analysis,
        }
    }
}

fn with_all(corpus: &Corpus) -> Report {
    let started = Instant::now();
    let mut bytes = 0;
    let mut cases = Vec::new();
    for label in &corpus.failing {
        let read = Read::of(
            label,
            analyze(open(&label.log), Provider::Auto).expect("a log"),
        );
        bytes += read.analysis.bytes;
        cases.push(read.case);
    }
    let mut passing = Passing {
        logs: corpus.passing.len(),
        alarms: Vec::new(),
    };
    for log in &corpus.passing {
        let analysis = analyze(open(log), Provider::Auto).expect("a log");
        bytes += analysis.bytes;
        if let Some(failure) = analysis.failures.first() {
            let told = format!("{:?} {:?}", failure.tool, failure.key_lines[0]);
            passing.alarms.push((log.display().to_string(), told));
        }
    }
    Report {
        failing: Figures::of(&cases),
        passing,
        bytes,
        seconds: started.elapsed().as_secs_f64(),
    }
}

/// A rule that recognises lines of one project only may have been written
/// from that project: it is off for its logs.
fn without_own_project(corpus: &Corpus) -> Vec<Read> {
    let mut projects: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
    for label in &corpus.failing {
        for rule in training::rules_in(open(&label.log)).expect("a log") {
            projects.entry(rule).or_default().insert(&label.project);
        }
    }
    let read = |label: &Labelled| {
        let own = projects.iter().filter(|(_, projects)| {
            projects.len() == 1 && projects.contains(label.project.as_str())
        });
        let off: Vec<usize> = own.map(|(rule, _)| *rule).collect();
        let analysis = training::analyze_without(open(&label.log), &off).expect("a log");
        Read::of(label, analysis)
    };
    corpus.failing.iter().map(read).collect()
}

fn told(analysis: &Analysis) -> Told {
    let first = analysis.failures.first();
    let lines = analysis
        .failures
        .iter()
        .flat_map(|failure| &failure.key_lines);
    Told {
        class: first.map(|failure| class_name(&failure.class).to_owned()),
        confidence: first.map_or(0.0, |failure| failure.confidence),
        lines: lines.map(|line| line.number).collect(),
        failures: analysis.failures.len(),
    }
}

fn open(path: &Path) -> File {
    File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Prints what was not found, or called by a wrong name.
fn miss(read: &Read) {
    let Read { case, analysis } = read;
    if case.found(5) && case.is_right() {
        return;
    }
    println!(
        "{} [{}] labelled {:?}, rank {:?}",
        case.label.id,
        case.label.class,
        case.label.lines,
        case.rank()
    );
    for failure in analysis.failures.iter().take(3) {
        println!(
            "    {} {:?} {:.2}",
            class_name(&failure.class),
            failure.tool,
            failure.confidence
        );
        for line in failure.key_lines.iter().take(5) {
            let text: String = line.text.chars().take(130).collect();
            println!("      {} {text}", line.number);
        }
    }
}
