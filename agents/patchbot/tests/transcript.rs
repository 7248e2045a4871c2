//! How CI systems frame what ran.

use patchbot::transcript::Transcript;

fn failed(log: &str) -> Vec<(Vec<String>, usize)> {
    let transcript = Transcript::read(log.as_bytes()).unwrap();
    let steps = transcript
        .failed()
        .map(|(_, step)| (step.script.clone(), step.output.len()));
    steps.collect()
}

fn step(script: &[&str], lines: usize) -> (Vec<String>, usize) {
    (
        script.iter().map(|line| (*line).to_owned()).collect(),
        lines,
    )
}

#[test]
fn github_names_the_step_that_failed() {
    let log = "\
2026-01-02T03:04:05.0000000Z ##[group]Run cargo test
2026-01-02T03:04:05.0000000Z \u{1b}[36;1mcargo test\u{1b}[0m
2026-01-02T03:04:05.0000000Z shell: /usr/bin/bash -e {0}
2026-01-02T03:04:05.0000000Z ##[endgroup]
2026-01-02T03:04:05.0000000Z ok
2026-01-02T03:04:05.0000000Z ##[group]Run set -e
2026-01-02T03:04:05.0000000Z \u{1b}[36;1mset -e\u{1b}[0m
2026-01-02T03:04:05.0000000Z \u{1b}[36;1mcargo fmt --check\u{1b}[0m
2026-01-02T03:04:05.0000000Z shell: /usr/bin/bash -e {0}
2026-01-02T03:04:05.0000000Z env:
2026-01-02T03:04:05.0000000Z   A: b
2026-01-02T03:04:05.0000000Z ##[endgroup]
2026-01-02T03:04:05.0000000Z Diff in a
2026-01-02T03:04:05.0000000Z ##[error]Process completed with exit code 1.
2026-01-02T03:04:05.0000000Z Post job cleanup.
2026-01-02T03:04:05.0000000Z [command]/usr/bin/git version
";
    assert_eq!(failed(log), [step(&["set -e", "cargo fmt --check"], 2)]);
}

#[test]
fn an_action_fails_with_any_error_and_a_step_only_with_its_exit_code() {
    let log = "\
##[group]Run acme/lint@v1
with:
  a: b
##[endgroup]
##[error]bad
##[group]Run make
##[endgroup]
##[error]only an annotation
";
    assert_eq!(failed(log), [step(&["acme/lint@v1"], 1)]);
}

#[test]
fn gitlab_leaves_a_script_at_the_command_that_failed() {
    let log = "\
\u{1b}[0KRunning with gitlab-runner\u{1b}[0;m
\u{1b}[32;1m$ pip install black\u{1b}[0;m
ok
\u{1b}[32;1m$ black --check .\u{1b}[0;m
would reformat
section_end:1767323046:step_script\r\u{1b}[0Ksection_start:1767323046:after_script\r\u{1b}[0K
Running after_script
\u{1b}[32;1m$ echo bye\u{1b}[0;m
bye
\u{1b}[31;1mERROR: Job failed: exit code 1\u{1b}[0;m
";
    let failed = failed(log);
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(failed[0].0, ["black --check ."]);
}

#[test]
fn travis_says_which_command_exited() {
    let log = "\
travis_time:start:0a\r\u{1b}[0K$ cargo fmt -- --check
Diff in a
The command \"cargo fmt -- --check\" exited with 1.
$ cargo test
ok
The command \"cargo test\" exited with 0.
";
    assert_eq!(failed(log)[0].0, ["cargo fmt -- --check"]);
    assert_eq!(failed(log).len(), 1);
}

#[test]
fn azure_shows_the_script_before_it_runs() {
    let log = "\
2026-01-02T03:04:05.0000000Z ##[section]Starting: format
2026-01-02T03:04:05.0000000Z Script contents:
2026-01-02T03:04:05.0000000Z gofmt -d .
2026-01-02T03:04:05.0000000Z ========================== Starting Command Output ===========================
2026-01-02T03:04:05.0000000Z diff
2026-01-02T03:04:05.0000000Z ##[error]Bash exited with code '1'.
2026-01-02T03:04:05.0000000Z ##[section]Finishing: format
";
    assert_eq!(failed(log)[0].0, ["gofmt -d ."]);
}

#[test]
fn bare_output_is_one_failed_step() {
    assert_eq!(failed("one\ntwo\n"), [step(&[], 2)]);
}
