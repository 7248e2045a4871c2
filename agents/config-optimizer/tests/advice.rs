//! What is advised, and that nothing else of a file changes.

use config_optimizer::{
    Advice, History, Repository, Workflow, WorkflowFile, advise, gitlab, noticed, percentile,
    review,
};
use proptest::prelude::*;
use sentinel_sdk::{Action, EditContent, Output};
use serde_json::{Value, json};

const PATH: &str = ".github/workflows/ci.yml";

const WORKFLOW: &str = "\
name: CI
on:
  push:
  pull_request:
    branches: [main]

jobs:
  # Every interpreter that is supported.
  test:
    name: test
    runs-on: ubuntu-latest
    strategy:
      matrix:
        python: ['3.12', '3.13']
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: ${{ matrix.python }}
      - run: pip install -r requirements.txt
      - run: pytest
  build:
    runs-on: ubuntu-latest
    steps:
      - name: Code
        uses: actions/checkout@v4
      - uses: acme/build@v2
";

/// A run of every minute, each of a commit of its own.
fn run(number: u64, event: &str, jobs: Value) -> Value {
    json!({
        "run": number, "attempt": 1, "workflow": PATH, "event": event, "branch": "topic",
        "commit": format!("{number:040}"), "conclusion": "success",
        "created": number * 3_600_000, "ended": number * 3_600_000 + 600_000, "jobs": jobs,
    })
}

fn job(name: &str, seconds: u64) -> Value {
    json!({"name": name, "conclusion": "success", "queued": 3, "seconds": seconds, "steps": [
        {"name": "Run pip install -r requirements.txt", "seconds": 60},
    ]})
}

fn history(runs: Vec<Value>) -> History {
    let told = json!({
        "version": 1, "days": 15, "runs": runs,
        "actions": {"acme/build@v2": "0123456789abcdef0123456789abcdef01234567"},
    });
    History::parse(told.to_string().as_bytes()).unwrap()
}

fn usual(count: u64) -> Vec<Value> {
    let jobs = |n: u64| {
        json!([
            job("test (3.12)", 240 + n),
            job("test (3.13)", 250),
            job("build", 60)
        ])
    };
    (0..count)
        .map(|number| run(number, "push", jobs(number % 20)))
        .collect()
}

fn files(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn advised(text: &str, history: &History, names: &[&str]) -> Vec<Advice> {
    let file = WorkflowFile::read(PATH, text).expect("a workflow");
    advise(&file, history, &files(names))
}

fn only<'a>(advice: &'a [Advice], strategy: &str) -> &'a Advice {
    let mut found = advice.iter().filter(|advice| advice.strategy == strategy);
    let one = found
        .next()
        .unwrap_or_else(|| panic!("no {strategy}: {advice:#?}"));
    assert!(found.next().is_none());
    one
}

fn none(advice: &[Advice], strategy: &str) {
    assert!(
        advice.iter().all(|advice| advice.strategy != strategy),
        "{advice:#?}"
    );
}

/// The lines that are new, and those that are gone.
fn changed(advice: &Advice) -> (Vec<&str>, Vec<&str>) {
    let (before, after): (Vec<&str>, Vec<&str>) = (
        advice.before.lines().collect(),
        advice.after.lines().collect(),
    );
    let mut new: Vec<&str> = after
        .iter()
        .filter(|line| !before.contains(line))
        .copied()
        .collect();
    new.dedup();
    let gone = before
        .iter()
        .filter(|line| !after.contains(line))
        .copied()
        .collect();
    (new, gone)
}

#[test]
fn a_time_out_comes_from_the_slowest_of_many_runs() {
    let advice = advised(WORKFLOW, &history(usual(40)), &[]);
    let advice = only(&advice, "job-timeout");
    // 259 s at the 99th percentile: twice that is under ten minutes.
    assert_eq!(changed(advice), (vec!["    timeout-minutes: 10"], vec![]));
    assert_eq!(advice.after.matches("timeout-minutes: 10").count(), 2);
    assert!(
        advice
            .after
            .contains("  test:\n    timeout-minutes: 10\n    name: test\n")
    );
    assert!(
        advice.evidence.contains("`test` passed 80 times"),
        "{}",
        advice.evidence
    );
    let slow = |n: u64| {
        json!([
            job("test (3.12)", if n < 2 { 2000 } else { 900 }),
            job("build", 60)
        ])
    };
    let runs = (0..50).map(|n| run(n, "push", slow(n))).collect();
    let advice = advised(WORKFLOW, &history(runs), &[]);
    assert!(
        only(&advice, "job-timeout")
            .after
            .contains("timeout-minutes: 70\n    name: test")
    );
}

#[test]
fn few_runs_say_nothing_about_a_time_out() {
    none(&advised(WORKFLOW, &history(usual(9)), &[]), "job-timeout");
    let set = WORKFLOW.replace("  build:\n", "  build:\n    timeout-minutes: 5\n");
    let advice = advised(&set, &history(usual(40)), &[]);
    assert_eq!(
        only(&advice, "job-timeout")
            .after
            .matches("timeout-minutes")
            .count(),
        2
    );
    let flow = "on: push\njobs:\n  test: {runs-on: a, steps: [{run: make}]}\n";
    none(&advised(flow, &history(usual(40)), &[]), "job-timeout");
}

#[test]
fn overtaken_pull_request_runs_get_a_group() {
    // Each begins five minutes after the one before and takes ten.
    let overlapping = |event: &str| {
        let runs = (0..8u64).map(|n| {
            let mut run = run(n, event, json!([job("test (3.12)", 600)]));
            run["created"] = json!(n * 300_000);
            run["ended"] = json!(n * 300_000 + 600_000);
            run
        });
        history(runs.collect())
    };
    let advice = advised(WORKFLOW, &overlapping("pull_request"), &[]);
    let advice = only(&advice, "concurrency-group");
    assert!(
        advice
            .after
            .contains("\nconcurrency:\n  group: ${{ github.workflow }}")
    );
    assert!(
        advice.evidence.contains("7 of 8 pull request runs"),
        "{}",
        advice.evidence
    );
    // Seven of them, half of ten minutes each, in half a month.
    assert_eq!(advice.saves, Some(70.0));
    none(
        &advised(WORKFLOW, &overlapping("push"), &[]),
        "concurrency-group",
    );
    let grouped = format!("concurrency: ci\n{WORKFLOW}");
    none(
        &advised(&grouped, &overlapping("pull_request"), &[]),
        "concurrency-group",
    );
}

#[test]
fn downloads_are_kept_where_their_time_was_measured() {
    let history = history(usual(20));
    let advice = advised(WORKFLOW, &history, &["requirements.txt"]);
    let advice = only(&advice, "dependency-cache");
    assert_eq!(changed(advice), (vec!["          cache: pip"], vec![]));
    // 40 steps of a minute, 40 % of them, in half a month.
    assert_eq!(advice.saves, Some(32.0));
    for names in [
        &["setup.py"][..],
        &["requirements.txt", "poetry.lock"],
        &["a/requirements.txt"],
    ] {
        none(&advised(WORKFLOW, &history, names), "dependency-cache");
    }
    let own = WORKFLOW.replace(
        "      - run: pytest\n",
        "      - uses: actions/cache@v4\n      - run: pytest\n",
    );
    none(
        &advised(&own, &history, &["requirements.txt"]),
        "dependency-cache",
    );
    let bare = WORKFLOW.replace(
        "        with:\n          python-version: ${{ matrix.python }}\n",
        "",
    );
    let advice = advised(&bare, &history, &["requirements.txt"]);
    let advice = only(&advice, "dependency-cache");
    assert_eq!(changed(advice).0, ["        with:", "          cache: pip"]);
}

#[test]
fn a_token_only_reads_where_nothing_needs_more() {
    let plain = WORKFLOW.replace("      - uses: acme/build@v2\n", "      - run: make\n");
    let advice = advised(&plain, &history(Vec::new()), &[]);
    let advice = only(&advice, "least-permissions");
    assert_eq!(changed(advice).0, ["permissions:", "  contents: read"]);
    for power in [
        "      - uses: acme/build@v2\n",
        "      - run: gh pr comment\n",
        "      - run: git push\n",
        "      - run: echo ${{ secrets.DEPLOY }}\n",
        "      - run: curl -H ${{ github.token }}\n",
    ] {
        let text = plain.replace("      - run: make\n", power);
        none(
            &advised(&text, &history(Vec::new()), &[]),
            "least-permissions",
        );
    }
    let said = format!("permissions: {{}}\n{plain}");
    none(
        &advised(&said, &history(Vec::new()), &[]),
        "least-permissions",
    );
}

#[test]
fn actions_are_pinned_to_what_their_name_leads_to() {
    let advice = advised(WORKFLOW, &history(Vec::new()), &[]);
    let advice = only(&advice, "pinned-actions");
    let pinned = "      - uses: acme/build@0123456789abcdef0123456789abcdef01234567 # v2";
    assert_eq!(
        changed(advice),
        (vec![pinned], vec!["      - uses: acme/build@v2"])
    );
    let unknown = WORKFLOW.replace("acme/build@v2", "acme/build@v3");
    none(
        &advised(&unknown, &history(Vec::new()), &[]),
        "pinned-actions",
    );
    let quoted = WORKFLOW.replace("acme/build@v2", "'acme/build@v2'");
    none(
        &advised(&quoted, &history(Vec::new()), &[]),
        "pinned-actions",
    );
}

#[test]
fn documentation_alone_starts_nothing() {
    let with = |share: u64| {
        let runs = (0..40).map(|n| {
            let mut run = run(n, "push", json!([job("build", 600)]));
            let path = if n % 10 < share {
                "docs/index.md"
            } else {
                "src/lib.rs"
            };
            run["paths"] = json!([path, "README.md"]);
            run
        });
        history(runs.collect())
    };
    let advice = advised(WORKFLOW, &with(3), &[]);
    let advice = only(&advice, "path-filter");
    assert!(
        advice
            .after
            .contains("  push:\n    paths-ignore:\n      - '**.md'\n")
    );
    assert!(
        advice
            .after
            .contains("  pull_request:\n    paths-ignore:\n      - '**.md'\n")
    );
    assert!(
        advice.evidence.contains("12 of 40 runs"),
        "{}",
        advice.evidence
    );
    none(&advised(WORKFLOW, &with(1), &[]), "path-filter");
    let checks_docs = WORKFLOW.replace("- run: pytest", "- run: mkdocs build");
    none(&advised(&checks_docs, &with(5), &[]), "path-filter");
    let filtered = WORKFLOW.replace("  push:\n", "  push:\n    paths: [src/**]\n");
    none(&advised(&filtered, &with(5), &[]), "path-filter");
}

#[test]
fn gitlabs_jobs_get_time_outs_too() {
    let text = "stages: [test]\n\ntest:\n  stage: test\n  script:\n    - make\n\nbuild:\n  extends: .base\n  script: [make]\n\n.base:\n  timeout: 1 hour\n  script: [x]\n";
    let mut runs = usual(30);
    for run in &mut runs {
        run["workflow"] = json!(".gitlab-ci.yml");
        run["jobs"] = json!([
            job("test 1/2", 100),
            job("test: [a]", 120),
            job("build", 50),
            job("tests", 3000)
        ]);
    }
    let advice = gitlab::advise(text, &history(runs.clone())).expect("advice");
    assert_eq!(changed(&advice).0, ["  timeout: 10 minutes"]);
    assert!(
        advice
            .after
            .contains("test:\n  timeout: 10 minutes\n  stage: test\n")
    );
    let default = format!("default:\n  timeout: 30 minutes\n{text}");
    assert_eq!(gitlab::advise(&default, &history(runs)), None);
}

#[test]
fn chance_waiting_and_needless_cells_are_told() {
    let mut runs = usual(60);
    for (number, run) in runs.iter_mut().enumerate() {
        if number < 8 {
            // Twice on one commit: red, then green.
            run["commit"] = json!(format!("{:040}", number / 2));
            let conclusion = if number % 2 == 0 {
                "failure"
            } else {
                "success"
            };
            run["jobs"][0]["conclusion"] = json!(conclusion);
        }
        run["jobs"][2]["queued"] = json!(600);
    }
    let told = noticed(&history(runs));
    let body = |strategy: &str| {
        let found = told.iter().find(|notice| notice.strategy == strategy);
        &found
            .unwrap_or_else(|| panic!("{strategy}: {told:#?}"))
            .body
    };
    assert!(
        body("flaky-job").contains("for 4 of 56 commits"),
        "{}",
        body("flaky-job")
    );
    assert!(
        body("queue-time").contains("10.0 min"),
        "{}",
        body("queue-time")
    );
    assert!(
        body("matrix-cell").contains("In 60 runs"),
        "{}",
        body("matrix-cell")
    );
    assert!(noticed(&history(usual(10))).is_empty());
}

#[test]
fn each_proposal_is_one_change_of_one_file_for_a_person() {
    let repository = Repository {
        workflows: vec![Workflow {
            path: PATH.into(),
            bytes: WORKFLOW.into(),
        }],
        files: files(&["requirements.txt"]),
        history: Some(history(usual(40))),
    };
    let Output::Proposals(proposals) = review(&repository) else {
        panic!("nothing proposed")
    };
    let strategies: Vec<&str> = proposals.iter().map(|p| p.strategy.as_str()).collect();
    assert_eq!(
        strategies,
        ["job-timeout", "dependency-cache", "pinned-actions"]
    );
    for proposal in &proposals {
        let [Action::Change(change)] = &proposal.actions[..] else {
            panic!("{proposal:#?}")
        };
        let [edit] = &change.edits[..] else {
            panic!("{change:#?}")
        };
        assert_eq!(edit.path, PATH);
        assert!(matches!(&edit.content, EditContent::Write(_)));
        assert!(
            proposal
                .attributes
                .iter()
                .any(|a| a.key == "needs-approval")
        );
    }
}

#[test]
fn a_history_that_makes_no_sense_is_refused() {
    for text in [
        "",
        "[]",
        "{}",
        r#"{"version": 2, "days": 1, "runs": []}"#,
        r#"{"version": 1, "days": -1, "runs": []}"#,
    ] {
        assert!(History::parse(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn percentiles_are_by_nearest_rank() {
    let values: Vec<u32> = (1..=100).rev().collect();
    assert_eq!(percentile(&values, 99), Some(99));
    assert_eq!(percentile(&values, 50), Some(50));
    assert_eq!(percentile(&[7], 99), Some(7));
    assert_eq!(percentile(&[], 99), None);
}

#[test]
fn aliases_of_aliases_are_left_alone() {
    let mut bomb = String::from("x0: &x0 []\n");
    for level in 1..40 {
        bomb += &format!("x{level}: &x{level} [*x{0}, *x{0}]\n", level - 1);
    }
    let text = format!("{bomb}{WORKFLOW}");
    assert!(advised(&text, &history(usual(40)), &["requirements.txt"]).is_empty());
}

proptest! {
    /// Any workflow, any history: nothing panics, and what is advised changes
    /// one file into another that is still read.
    #[test]
    fn any_workflow_is_advised_on(
        lines in prop::collection::vec(prop::sample::select(WORKFLOW.lines().collect::<Vec<_>>()), 0..40),
        noise in "[a-z:{}\\[\\] \\n#&*-]{0,60}",
    ) {
        let text = format!("{}\n{noise}\n", lines.join("\n"));
        if let Some(file) = WorkflowFile::read(PATH, &text) {
            for advice in advise(&file, &history(usual(30)), &files(&["requirements.txt"])) {
                prop_assert_ne!(&advice.before, &advice.after);
                prop_assert!(WorkflowFile::read(PATH, &advice.after).is_some());
            }
        }
    }
}
