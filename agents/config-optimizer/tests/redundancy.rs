//! Runs, caches and cells of a matrix that tell nothing of their own: what is
//! advised where the history shows it, and the silence where it does not.

use config_optimizer::{Advice, History, WorkflowFile, advise};
use serde_json::{Value, json};

const PATH: &str = ".github/workflows/ci.yml";

const WORKFLOW: &str = "\
name: CI
on: [push, pull_request]
jobs:
  test:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v4
      - uses: actions/cache@v4
        with:
          path: target
          key: cargo-${{ runner.os }}-${{ github.sha }}
      - run: cargo test
";

const MATRIX: &str = "\
name: CI
on: pull_request
jobs:
  test:
    runs-on: ${{ matrix.os }}
    strategy:
      fail-fast: false
      matrix:
        os: [ubuntu-latest, windows-latest]
        # The features that are shipped.
        features: [default, full, none]
    steps:
      - run: make ${{ matrix.features }}
";

fn run(number: u64, event: &str, branch: &str, jobs: Value) -> Value {
    json!({
        "run": number, "attempt": 1, "workflow": PATH, "event": event, "branch": branch,
        "commit": format!("{number:040}"), "conclusion": "success",
        "created": number * 3_600_000, "ended": number * 3_600_000 + 600_000, "jobs": jobs,
    })
}

fn job(name: &str, seconds: u64) -> Value {
    json!({"name": name, "conclusion": "success", "queued": 3, "seconds": seconds, "steps": [
        {"name": "Run cargo test", "seconds": 200},
        {"name": "Post Run actions/cache@v4", "seconds": 25},
    ]})
}

/// So many commits of a topic that ran twice, and as many pushes to main.
fn twice(count: u64) -> Vec<Value> {
    let jobs = || json!([job("test", 300)]);
    let runs = (0..count).flat_map(|number| {
        let pull = run(number, "pull_request", "topic", jobs());
        let push = run(number, "push", "topic", jobs());
        [pull, push, run(number + 1000, "push", "main", jobs())]
    });
    runs.collect()
}

fn advised(text: &str, runs: Vec<Value>) -> Vec<Advice> {
    let told = json!({"version": 1, "days": 15, "runs": runs, "default_branch": "main"});
    let history = History::parse(told.to_string().as_bytes()).unwrap();
    let file = WorkflowFile::read(PATH, text).expect("a workflow");
    advise(&file, &history, &[])
}

fn of(advice: &[Advice], strategy: &str) -> Option<Advice> {
    let mut found = advice.iter().filter(|advice| advice.strategy == strategy);
    let one = found.next().cloned();
    assert!(found.next().is_none());
    one
}

#[test]
fn what_a_pull_request_runs_is_not_run_for_the_push_as_well() {
    let advice = of(&advised(WORKFLOW, twice(6)), "redundant-runs").expect("advice");
    let spelt = "on:\n  push:\n    branches: [main]\n  pull_request:\njobs:";
    assert_eq!(
        advice.after,
        WORKFLOW.replace("on: [push, pull_request]\njobs:", spelt)
    );
    // Six runs of five minutes in half a month.
    assert_eq!(advice.saves, Some(60.0));
    let said = "6 commits of branches with an open pull request were run twice";
    assert!(advice.evidence.contains(said), "{}", advice.evidence);

    // In the other form a line is added.
    let mapped = WORKFLOW.replace("on: [push, pull_request]", "on:\n  push:\n  pull_request:");
    let advice = of(&advised(&mapped, twice(6)), "redundant-runs").expect("advice");
    assert_eq!(
        advice.after,
        mapped.replace("  push:\n", "  push:\n    branches: [main]\n")
    );
}

#[test]
fn without_evidence_every_push_goes_on_to_run() {
    let none = |text: &str, runs: Vec<Value>| {
        assert_eq!(of(&advised(text, runs), "redundant-runs"), None, "{text}");
    };
    none(WORKFLOW, twice(4));
    // A push that no pull request ran: somebody counts on it.
    let mut alone = twice(6);
    alone.push(run(77, "push", "experiment", json!([job("test", 300)])));
    none(WORKFLOW, alone);
    // A workflow that means something by a tag, or filters already.
    none(&WORKFLOW.replace("cargo test", "make release"), twice(6));
    let filtered = "on:\n  push:\n    branches: [main, dev]\n  pull_request:";
    none(
        &WORKFLOW.replace("on: [push, pull_request]", filtered),
        twice(6),
    );
    for on in [
        "on: [push]",
        "on: [push, pull_request, workflow_dispatch]",
        "on: [push, pull_request] # both",
        "on:\n  - push\n  - pull_request",
        "on: [push,\n  pull_request]",
        "on: {push: , pull_request: }",
        "\"on\": [push, pull_request]",
    ] {
        none(&WORKFLOW.replace("on: [push, pull_request]", on), twice(6));
    }
    // Nobody knows which branch is the default one.
    let told = json!({"version": 1, "days": 15, "runs": twice(6)});
    let history = History::parse(told.to_string().as_bytes()).unwrap();
    let file = WorkflowFile::read(PATH, WORKFLOW).unwrap();
    assert_eq!(of(&advise(&file, &history, &[]), "redundant-runs"), None);
    // Or it is called what YAML or GitHub would read otherwise.
    for name in ["*", "true", "1.0", "a b", "main]\n  x: [y"] {
        let told = json!({"version": 1, "days": 15, "runs": twice(6), "default_branch": name});
        let history = History::parse(told.to_string().as_bytes()).unwrap();
        assert_eq!(
            of(&advise(&file, &history, &[]), "redundant-runs"),
            None,
            "{name}"
        );
    }
}

#[test]
fn a_cache_that_no_run_finds_gets_keys_to_restore_by() {
    let advice = of(&advised(WORKFLOW, twice(6)), "cache-miss").expect("advice");
    let key = "          key: cargo-${{ runner.os }}-${{ github.sha }}\n";
    let more = format!("{key}          restore-keys: cargo-${{{{ runner.os }}}}-\n");
    assert_eq!(advice.after, WORKFLOW.replace(key, &more));
    assert!(
        advice
            .evidence
            .contains("in 18 runs, half of which took 25 s"),
        "{}",
        advice.evidence
    );
    assert_eq!(advice.saves, None, "nobody measured what it saves");
}

#[test]
fn caches_that_are_found_or_were_not_seen_are_left_alone() {
    let none = |text: &str, runs: Vec<Value>| {
        assert_eq!(of(&advised(text, runs), "cache-miss"), None, "{text}");
    };
    none(WORKFLOW, twice(3));
    let mut unseen = twice(6);
    for run in &mut unseen {
        run["jobs"][0]["steps"] = json!([]);
    }
    none(WORKFLOW, unseen);
    let key = "key: cargo-${{ runner.os }}-${{ github.sha }}";
    for other in [
        "key: cargo-${{ hashFiles('Cargo.lock') }}",
        "key: ${{ github.sha }}",
        "key: \"a\\\"b-${{ github.sha }}\"",
        "key: >-\n            cargo-${{ github.sha }}",
        "key: cargo-${{ github.sha }}\n          restore-keys: cargo-",
    ] {
        none(&WORKFLOW.replace(key, other), twice(6));
    }
    none(
        &WORKFLOW.replace("actions/cache@v4", "actions/cache/save@v4"),
        twice(6),
    );
}

/// Runs of all six cells; `red` says which of them fail in which run.
fn cells(count: u64, red: impl Fn(u64, &str) -> bool) -> Vec<Value> {
    let runs = (0..count).map(|number| {
        let mut jobs = Vec::new();
        for os in ["ubuntu-latest", "windows-latest"] {
            for features in ["default", "full", "none"] {
                let name = format!("test ({os}, {features})");
                let seconds = if os == "windows-latest" && features == "full" {
                    900
                } else {
                    300
                };
                let mut cell = job(&name, seconds);
                if red(number, &name) {
                    cell["conclusion"] = json!("failure");
                }
                jobs.push(cell);
            }
        }
        run(number, "pull_request", "topic", json!(jobs))
    });
    runs.collect()
}

#[test]
fn the_dearest_cell_that_never_failed_alone_is_left_out() {
    let runs = cells(60, |number, name| {
        // Each other cell fails alone once; the dear one only with another.
        let all = number == 7 && name.contains("full");
        let alone = number == 9 && name == "test (ubuntu-latest, none)";
        all || alone
    });
    let advice = of(&advised(MATRIX, runs), "matrix-pruning").expect("advice");
    let axes = "        features: [default, full, none]\n";
    let more = format!(
        "{axes}        exclude:\n          - os: windows-latest\n            features: full\n"
    );
    assert_eq!(advice.after, MATRIX.replace(axes, &more));
    let said = "In 60 runs of the last 15 days `test (windows-latest, full)` failed 1 times";
    assert!(advice.evidence.contains(said), "{}", advice.evidence);
    assert_eq!(advice.saves, Some(1800.0));
}

#[test]
fn a_matrix_is_left_alone_where_a_cell_tells_something_or_says_it_otherwise() {
    let none = |text: &str, runs: Vec<Value>| {
        assert_eq!(of(&advised(text, runs), "matrix-pruning"), None, "{text}");
    };
    let idle = |count| cells(count, |_, _| false);
    none(MATRIX, idle(40));
    // Every cell failed alone once.
    let names: Vec<String> = ["ubuntu-latest", "windows-latest"]
        .iter()
        .flat_map(|os| ["default", "full", "none"].map(|f| format!("test ({os}, {f})")))
        .collect();
    none(
        MATRIX,
        cells(60, |number, name| {
            names.get(number as usize).is_some_and(|n| n == name)
        }),
    );
    // Numbers are not the same as words to `exclude`, one axis covers nothing,
    // and what is left out or added already is somebody's own choice.
    let axes = "features: [default, full, none]";
    for other in [
        "features: [1.0, 2.0, 3.0]",
        "features: [default]",
        "features:\n          - default\n          - full",
        "features: [default, full, none]\n        exclude:\n          - os: windows-latest",
        "features: [default, full, none]\n        include: [{os: macos-latest}]",
        "features: ${{ fromJSON(needs.x.outputs.y) }}",
    ] {
        none(&MATRIX.replace(axes, other), idle(60));
    }
    none(
        &MATRIX.replace("    runs-on", "    name: cell\n    runs-on"),
        idle(60),
    );
}
