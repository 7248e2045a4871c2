//! `sentinel eval logs`: the embedded analyser on logs with labels.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::world::FORMAT_LOG;

fn eval(dir: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sentinel"))
        .args(["eval", "logs"])
        .arg(dir)
        .args(more)
        .env_remove("SENTINEL_CONFIG")
        .output()
        .unwrap()
}

/// A linter's failure, whose class the second label below gets wrong.
const LINT_LOG: &str = "\
##[group]Run flake8
flake8
shell: /usr/bin/bash -e {0}
##[endgroup]
src/quay.py:3:1: F401 'os' imported but unused
##[error]Process completed with exit code 1.
";

fn corpus(labels: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("failing/unformatted/log.txt", FORMAT_LOG);
    write("failing/unused/log.txt", LINT_LOG);
    write("passing/quiet.log", "all is well\nJob succeeded\n");
    write("passing/loud.log", LINT_LOG);
    write("labels.jsonl", labels);
    dir
}

fn labels(class: &str) -> String {
    let number = FORMAT_LOG.lines().position(|line| line.contains("Diff in"));
    format!(
        "{}\n{}\n",
        serde_json::json!({
            "id": "unformatted", "provider": "github", "project": "a",
            "failure_class": "format", "key_line_numbers": [number.unwrap() + 1],
        }),
        serde_json::json!({
            "id": "unused", "provider": "github", "project": "b",
            "failure_class": class, "key_line_numbers": [5],
        }),
    )
}

#[test]
fn labelled_logs_are_read_in_the_sandbox_and_scored() {
    let dir = corpus(&labels("lint"));
    let output = eval(dir.path(), &["--json"]);
    assert!(output.status.success(), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let failing = &report["failing"];
    assert_eq!(failing["logs"], 2);
    assert_eq!(failing["projects"], 2);
    for figure in ["within_1", "within_5", "within_60", "accuracy"] {
        assert_eq!(failing[figure]["value"], 1.0, "{figure}");
        assert_eq!(failing[figure]["low"], 1.0, "{figure}");
    }
    assert_eq!(failing["providers"]["github"]["logs"], 2);
    assert_eq!(report["passing"]["logs"], 2);
    assert_eq!(report["passing"]["alarms"].as_array().unwrap().len(), 1);
    assert!(report["megabytes_a_second"].as_f64().unwrap() > 0.0);
    assert!(report.get("misses").is_none());
}

#[test]
fn what_was_read_wrongly_is_named() {
    let dir = corpus(&labels("deployment"));
    let output = eval(dir.path(), &["--misses"]);
    let told = String::from_utf8_lossy(&output.stdout);
    for words in [
        "class right                                  50.0 %",
        "deployment → lint",
        "unused: deployment, told lint; the cause is line 1 of what is told",
        "passing logs without a failure: 1 of 2",
        "loud.log",
    ] {
        assert!(told.contains(words), "{words}:\n{told}");
    }
}

#[test]
fn a_folder_without_labels_is_refused_with_what_belongs_there() {
    let dir = tempfile::tempdir().unwrap();
    let output = eval(dir.path(), &[]);
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains("labels.jsonl") && told.contains("key_line_numbers"),
        "{told}"
    );
}
