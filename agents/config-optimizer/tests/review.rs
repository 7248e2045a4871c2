//! What a maintainer gets to read about their workflows.

use config_optimizer::{Finding, Kind, Repository, Workflow, look_over, review};
use proptest::prelude::*;
use sentinel_sdk::{Action, Output};

const CI: &str = "\
name: ci
on: [push]
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: acme/setup@v2
      - name: scan
        uses: \"acme/scan/deep@main\" # comment
      - uses: ./.github/actions/local
      - uses: docker://alpine:3.20
      - uses: acme/pinned@0123456789abcdef0123456789abcdef01234567
  test:
    timeout-minutes: 10
    runs-on: ubuntu-latest
    steps:
      - run: |
          uses: fake/action@v1
  release:
    uses: acme/workflows/.github/workflows/release.yml@v1
    secrets: inherit
  local:
    uses: ./.github/workflows/local.yml
";

/// Workflows of which no past run is known.
fn of(workflows: Vec<Workflow>) -> Repository {
    Repository {
        workflows,
        ..Repository::default()
    }
}

fn unpinned(line: u32, action: &str) -> Finding {
    let action = action.into();
    Finding {
        line,
        kind: Kind::Unpinned { action },
    }
}

#[test]
fn jobs_without_a_timeout_and_unpinned_actions_are_found_at_their_lines() {
    let job = "build".to_owned();
    let expected = [
        Finding {
            line: 4,
            kind: Kind::NoTimeout { job },
        },
        unpinned(8, "acme/setup@v2"),
        unpinned(10, "acme/scan/deep@main"),
        unpinned(21, "acme/workflows/.github/workflows/release.yml@v1"),
    ];
    assert_eq!(look_over(CI), expected);
}

#[test]
fn a_broken_workflow_is_reported_with_its_place() {
    let findings = look_over("jobs:\n  build:\n   - a: [1, 2\n  x: y\n");
    assert!(
        matches!(
            findings[..],
            [Finding {
                line: 3..=5,
                kind: Kind::Broken { .. }
            }]
        ),
        "{findings:?}"
    );
    let twice = look_over("jobs:\n  a: {}\n  a: {}\n");
    let [
        Finding {
            line: 3,
            kind: Kind::Broken { reason, .. },
        },
    ] = &twice[..]
    else {
        panic!("{twice:?}")
    };
    assert_eq!(reason, "the key \"a\" is there twice");
}

#[test]
fn one_anchored_step_is_one_finding() {
    let text = "\
jobs:
  a: &a
    timeout-minutes: 5
    steps:
      - &s {uses: acme/x@v1}
      - *s
  b: *a
";
    assert_eq!(look_over(text), [unpinned(5, "acme/x@v1")]);
}

#[test]
fn aliases_of_aliases_cost_nothing() {
    let mut text = String::from("a0: &a0 [x, x]\n");
    for level in 1..60 {
        let before = level - 1;
        text += &format!("a{level}: &a{level} [*a{before}, *a{before}]\n");
    }
    text += "jobs: *a59\n";
    assert_eq!(look_over(&text), []);
}

#[test]
fn nothing_found_is_an_answer() {
    let good = "permissions: {}\njobs:\n  a:\n    timeout-minutes: 5\n    steps: []\n";
    let workflow = |text: &str| Workflow {
        path: ".github/workflows/ci.yml".into(),
        bytes: text.as_bytes().to_vec(),
    };
    assert!(matches!(
        review(&of(vec![workflow(good)])),
        Output::Abstained(_)
    ));
    assert!(matches!(review(&of(Vec::new())), Output::Abstained(_)));
    let Output::Proposals(proposals) = review(&of(vec![workflow(CI)])) else {
        panic!("nothing found")
    };
    let strategies: Vec<&str> = proposals.iter().map(|one| one.strategy.as_str()).collect();
    assert_eq!(strategies, ["pinned-actions", "job-timeout"]);
    let Action::Report(report) = &proposals[1].actions[0] else {
        panic!("{:?}", proposals[1])
    };
    assert_eq!(report.title, "Job build has no timeout-minutes");
    assert_eq!(report.location.as_ref().unwrap().line, Some(4));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[ \\n\\-:&*a-c{}\\[\\],'\"|>#@!%?jobsuse]{0,200}") {
        let _ = look_over(&text);
        let _ = look_over(&format!("jobs:\n  a:\n    steps:\n      {text}"));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let path = ".github/workflows/x.yml".to_owned();
        let _ = review(&of(vec![Workflow { path, bytes }]));
    }

    #[test]
    fn deep_nesting_is_no_recursion(depth in 1usize..3000) {
        let _ = look_over(&"[".repeat(depth));
        let _ = look_over(&format!("jobs: {}x{}", "[".repeat(depth), "]".repeat(depth)));
    }
}
