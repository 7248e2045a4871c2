//! Failures that no edit mends.

use patchbot::repair;
use patchbot::workspace::InMemory;
use sentinel_sdk::{
    Action, Failure, FailureClass, KeyLine, Output, Provider, RepairTask, Severity,
};

/// A diff that would fit, so that a class has something to hold back.
const DIFF: &str = "\
##[group]Run black --check --diff .
black --check --diff .
shell: /usr/bin/bash -e {0}
##[endgroup]
--- a.py\t2026-01-02 03:04:05.678901+00:00
+++ a.py\t2026-01-02 03:04:05.678901+00:00
@@ -1 +1 @@
-x  =  1
+x = 1
1 file would be reformatted.
##[error]Process completed with exit code 1.
";

fn answer(class: FailureClass, confidence: f64, line: &str, log: &str) -> Output {
    let failure = Failure {
        class,
        severity: Severity::High,
        confidence,
        key_lines: vec![KeyLine {
            number: 3,
            text: line.to_owned(),
        }],
        command: None,
        tool: None,
        location: None,
        fingerprint: "0".repeat(64),
        attributes: Vec::new(),
    };
    let task = RepairTask {
        failures: vec![failure],
        provider: Provider::Auto,
        log: "log.txt".into(),
        commit: String::new(),
        command: None,
    };
    let files = [("a.py".to_owned(), Some(b"x  =  1\n".to_vec()))];
    repair(&task, log.as_bytes(), &InMemory::new(files)).unwrap()
}

fn action(output: Output) -> Action {
    let Output::Proposals(mut proposals) = output else {
        panic!("{output:?}")
    };
    assert_eq!(proposals.len(), 1);
    proposals.remove(0).actions.remove(0)
}

#[test]
fn a_network_that_failed_is_run_again_and_never_patched() {
    let line = "curl: (56) Recv failure: Connection reset by peer";
    let class = FailureClass::FlakyOrInfraNetwork;
    let Action::Rerun(rerun) = action(answer(class.clone(), 0.9, line, DIFF)) else {
        panic!("no rerun")
    };
    assert!(rerun.reason.contains(line));
    // A guess at the class holds back nothing.
    let sure = answer(class, 0.4, line, DIFF);
    assert!(
        !matches!(sure, Output::Proposals(ref all) if matches!(all[0].actions[0], Action::Rerun(_)))
    );
}

#[test]
fn what_a_job_may_not_do_is_named() {
    let rows = [
        (
            "remote: Permission to acme/shop.git denied to github-actions[bot].",
            "`contents: write`",
        ),
        (
            "refusing to allow a GitHub App to create or update workflow `.github/workflows/a.yml` without `workflows` permission",
            "`workflows: write`",
        ),
        (
            "HttpError: Resource not accessible by integration - https://api.github.com/repos/a/b/issues/1/comments",
            "`pull-requests: write`",
        ),
        (
            "denied: permission_denied: write_package",
            "`packages: write`",
        ),
        (
            "Error: Unable to get ACTIONS_ID_TOKEN_REQUEST_URL env variable",
            "`id-token: write`",
        ),
        ("npm error code ENEEDAUTH", "npm token"),
        (
            "User: arn:aws:iam::1:role/ci is not authorized to perform: s3:PutObject on resource: x",
            "AWS permission",
        ),
        ("git@github.com: Permission denied (publickey).", "SSH key"),
        ("bash: ./gradlew: Permission denied", "not executable"),
        ("something else", "a permission or a secret is missing"),
    ];
    for (line, title) in rows {
        let output = answer(FailureClass::PermissionOrSecret, 0.9, line, DIFF);
        let Action::Report(report) = action(output) else {
            panic!("no report")
        };
        assert!(report.title.contains(title), "{line}: {}", report.title);
        assert!(report.body.contains(line), "{}", report.body);
    }
}

#[test]
fn time_and_memory_are_reported() {
    for class in [FailureClass::Timeout, FailureClass::OomOrDisk] {
        let Action::Report(_) = action(answer(class, 0.9, "x", DIFF)) else {
            panic!("no report")
        };
    }
}
