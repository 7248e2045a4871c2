//! Measures the analyser on labelled logs, natively:
//! `cargo run --release --example eval -- DIR [--misses]`.
//!
//! DIR is described in `agents/log-eval/README.md`. Everything trained is
//! cross-validated by project: no log is read with weights that have seen its
//! project. Two readings are measured. With all rules: that flatters, since
//! whoever wrote the rules saw these logs. And with the rules off that
//! recognise lines of the log's own project only: they could have been written
//! from nothing else. Logs of other projects lie between the two.

use std::collections::BTreeSet;
use std::path::Path;

use log_analyzer::training::{Learned, Log};
use log_analyzer::{Analysis, class_name};
use log_eval::{Case, Figures, Told};
use study::{Study, Weights, open};

#[path = "training/study.rs"]
mod study;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let dir = arguments.first().expect("usage: eval DIR [--misses]");
    let misses = arguments.iter().any(|argument| argument == "--misses");
    let study = Study::open(Path::new(dir));
    let files = study.unseen();
    let none = vec![BTreeSet::new(); study.logs.len()];
    let unseen = read(&study, &files, &study.own_rules);
    if misses {
        unseen.iter().for_each(miss);
    }
    println!("== all rules ==\n{}", figures(read(&study, &files, &none)));
    alarms(&study);
    println!(
        "== rules of the log's own project off ==\n{}",
        figures(unseen)
    );
}

/// A case and the whole answer.
struct Read {
    case: Case,
    analysis: Analysis,
}

fn read(study: &Study, files: &[Weights], off: &[BTreeSet<usize>]) -> Vec<Read> {
    let read = |log: usize| {
        let learned = Learned::read(&files[study.folds[log]]);
        let analysis = study.logs[log].analyze(&study.signatures, &off[log], &learned);
        let label = study.corpus.failing[log].clone();
        let told = told(&analysis);
        Read {
            case: Case { label, told },
            analysis,
        }
    };
    (0..study.logs.len()).map(read).collect()
}

fn figures(read: Vec<Read>) -> Figures {
    Figures::of(&read.into_iter().map(|read| read.case).collect::<Vec<_>>())
}

/// Reads the logs in which nothing failed.
fn alarms(study: &Study) {
    let mut silent = 0;
    for path in &study.corpus.passing {
        let log = Log::read(open(path), &study.signatures).expect("a log");
        let analysis = log.analyze(&study.signatures, &BTreeSet::new(), &Learned::shipped());
        match analysis.failures.first() {
            None => silent += 1,
            Some(failure) => println!("false alarm: {}: {failure:?}", path.display()),
        }
    }
    let logs = study.corpus.passing.len();
    println!("passing logs without a failure: {silent} of {logs}\n");
}

fn told(analysis: &Analysis) -> Told {
    let first = analysis.failures.first();
    let lines = analysis.failures.iter();
    let lines = lines.flat_map(|failure| &failure.key_lines);
    Told {
        class: first.map(|failure| class_name(&failure.class).to_owned()),
        confidence: first.map_or(0.0, |failure| failure.confidence),
        lines: lines.map(|line| line.number).collect(),
        failures: analysis.failures.len(),
    }
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
