//! Several failures in one log: each with its job, step, command and place,
//! and what is told around it.

use log_analyzer::{analyze, class_name};
use sentinel_sdk::{Failure, Provider};

/// Two jobs as `gh run view --log` joins them: the first fails in two steps
/// (the second ran in spite of the first), the other fails like the first.
const RUN: &str = "\
lint\tformat\t2030-01-02T03:04:05.0000000Z ##[group]Run black --check .
lint\tformat\t2030-01-02T03:04:05.0000000Z black --check .
lint\tformat\t2030-01-02T03:04:05.0000000Z shell: /usr/bin/bash -e {0}
lint\tformat\t2030-01-02T03:04:05.0000000Z ##[endgroup]
lint\tformat\t2030-01-02T03:04:06.0000000Z would reformat src/quay.py
lint\tformat\t2030-01-02T03:04:06.0000000Z Oh no! 1 file would be reformatted.
lint\tformat\t2030-01-02T03:04:06.0000000Z ##[error]Process completed with exit code 1.
lint\ttypes\t2030-01-02T03:04:07.0000000Z ##[group]Run mypy src
lint\ttypes\t2030-01-02T03:04:07.0000000Z mypy src
lint\ttypes\t2030-01-02T03:04:07.0000000Z shell: /usr/bin/bash -e {0}
lint\ttypes\t2030-01-02T03:04:07.0000000Z ##[endgroup]
lint\ttypes\t2030-01-02T03:04:09.0000000Z src/crane.py:12: error: Incompatible return value type (got \"int\", expected \"str\")  [return-value]
lint\ttypes\t2030-01-02T03:04:09.0000000Z Found 1 error in 1 file (checked 9 source files)
lint\ttypes\t2030-01-02T03:04:09.0000000Z ##[error]Process completed with exit code 1.
test (3.9, ubuntu)\tpytest\t2030-01-02T03:04:07.0000000Z ##[group]Run pytest -q
test (3.9, ubuntu)\tpytest\t2030-01-02T03:04:07.0000000Z pytest -q
test (3.9, ubuntu)\tpytest\t2030-01-02T03:04:07.0000000Z shell: /usr/bin/bash -e {0}
test (3.9, ubuntu)\tpytest\t2030-01-02T03:04:07.0000000Z ##[endgroup]
test (3.9, ubuntu)\tpytest\t2030-01-02T03:04:08.0000000Z FAILED tests/test_lift.py::test_turn - assert 90 == 45
test (3.9, ubuntu)\tpytest\t2030-01-02T03:04:08.0000000Z 1 failed, 8 passed in 0.12s
test (3.9, ubuntu)\tpytest\t2030-01-02T03:04:08.0000000Z ##[error]Process completed with exit code 1.
test (3.12, macos)\tpytest\t2030-01-02T03:05:07.0000000Z ##[group]Run pytest -q
test (3.12, macos)\tpytest\t2030-01-02T03:05:07.0000000Z pytest -q
test (3.12, macos)\tpytest\t2030-01-02T03:05:07.0000000Z shell: /bin/bash -e {0}
test (3.12, macos)\tpytest\t2030-01-02T03:05:07.0000000Z ##[endgroup]
test (3.12, macos)\tpytest\t2030-01-02T03:05:08.0000000Z FAILED tests/test_lift.py::test_turn - assert 90 == 45
test (3.12, macos)\tpytest\t2030-01-02T03:05:08.0000000Z 1 failed, 8 passed in 0.31s
test (3.12, macos)\tpytest\t2030-01-02T03:05:08.0000000Z ##[error]Process completed with exit code 1.
";

fn attribute<'a>(failure: &'a Failure, key: &str) -> &'a str {
    let found = failure.attributes.iter().find(|known| known.key == key);
    found.map_or("", |known| &known.value)
}

fn of_class<'a>(failures: &'a [Failure], class: &str) -> &'a Failure {
    let mut of_class = failures
        .iter()
        .filter(|known| class_name(&known.class) == class);
    let found = of_class
        .next()
        .unwrap_or_else(|| panic!("no {class}: {failures:#?}"));
    assert!(of_class.next().is_none(), "two of {class}");
    found
}

#[test]
fn each_failure_has_its_job_step_command_and_place() {
    let failures = analyze(RUN.as_bytes(), Provider::Auto).unwrap().failures;
    // The same cause in two jobs is one failure.
    assert_eq!(failures.len(), 3);
    let rows = [
        (
            "format",
            "lint",
            "format",
            "black --check .",
            "src/quay.py",
            None,
            5,
            "low",
        ),
        (
            "type_check",
            "lint",
            "types",
            "mypy src",
            "src/crane.py",
            Some(12),
            12,
            "normal",
        ),
        (
            "test_failure",
            "test (3.9, ubuntu)",
            "pytest",
            "pytest -q",
            "tests/test_lift.py",
            None,
            19,
            "normal",
        ),
    ];
    for (class, job, step, command, path, line, number, urgency) in rows {
        let failure = of_class(&failures, class);
        assert_eq!(attribute(failure, "job"), job);
        assert_eq!(attribute(failure, "step"), step);
        assert_eq!(attribute(failure, "urgency"), urgency);
        assert_eq!(failure.command.as_deref(), Some(command));
        let place = failure.location.as_ref().unwrap();
        assert_eq!((place.path.as_str(), place.line), (path, line));
        assert_eq!(failure.key_lines[0].number, number);
    }
    let sure: Vec<f64> = failures.iter().map(|failure| failure.confidence).collect();
    assert!(sure.iter().all(|sure| *sure > 0.5), "{sure:?}");
}

#[test]
fn the_lines_around_are_kept_with_their_numbers() {
    let failures = analyze(RUN.as_bytes(), Provider::Auto).unwrap().failures;
    let failure = of_class(&failures, "type_check");
    let first: u64 = attribute(failure, "context-first-line").parse().unwrap();
    let context = attribute(failure, "context");
    let at = context
        .lines()
        .position(|line| line.starts_with("src/crane.py:12"));
    assert_eq!(first + at.unwrap() as u64, failure.key_lines[0].number);
    assert!(context.lines().count() <= 11 && context.len() <= 4096);
    assert!(context.contains("Found 1 error"));
}

#[test]
fn what_runs_inside_a_failed_step_is_told_before_what_repeats_it() {
    let log = "\
$ make check
tests/crane.py:3:1: F401 'os' imported but unused
make: *** [Makefile:3: check] Error 1
The command \"make check\" exited with 2.
";
    let failures = analyze(log.as_bytes(), Provider::Auto).unwrap().failures;
    assert_eq!(class_name(&failures[0].class), "lint");
    assert_eq!(failures[0].key_lines[0].number, 2);
    assert_eq!(failures[0].command.as_deref(), Some("make check"));
    assert_eq!(failures.len(), 1);
}

/// However a log was copied, the runner's last word is not why it failed.
#[test]
fn the_runners_last_word_is_told_last() {
    let log = "$ rustfmt --check src/lib.rs\n\
        Diff in /build/widget/src/lib.rs:1:\n //! One.\n-pub fn one( )->u8{1}\n\
        +pub fn one() -> u8 {\n+    1\n+}\n\
        Error: Process completed with exit code 1.\n";
    let failures = analyze(log.as_bytes(), Provider::Github).unwrap().failures;
    let lines = &failures[0].key_lines;
    assert!(lines[0].text.starts_with("Diff in"), "{lines:?}");
    let (last, before) = lines.split_last().unwrap();
    let repeats = |text: &str| text.contains("Process completed");
    assert!(!before.iter().any(|line| repeats(&line.text)), "{last:?}");
}
