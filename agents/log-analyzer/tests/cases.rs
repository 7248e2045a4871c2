//! Logs that real tools wrote, and what must be read from them. A case is a
//! folder in `cases/`: `job.log`, and `expected` with a line a failure:
//! `class tool line-number path:line command`, `-` for what is not told.

use std::fs;
use std::path::Path;

use log_analyzer::{analyze, class_name};
use sentinel_sdk::{Failure, Provider};

#[test]
fn real_logs_are_read_as_expected() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut checked = 0;
    for entry in fs::read_dir(cases).unwrap() {
        let case = entry.unwrap().path();
        if case.is_dir() {
            check(&case);
            checked += 1;
        }
    }
    assert!(checked > 0);
}

fn check(case: &Path) {
    let log = fs::File::open(case.join("job.log")).unwrap();
    let expected = fs::read_to_string(case.join("expected")).unwrap();
    let failures = analyze(log, Provider::Auto).unwrap().failures;
    let told: Vec<String> = failures.iter().map(told).collect();
    let expected: Vec<&str> = expected.lines().collect();
    assert_eq!(told, expected, "{}", case.display());
}

fn told(failure: &Failure) -> String {
    let place = failure.location.as_ref().map(|place| {
        let line = place.line.map_or(String::new(), |line| format!(":{line}"));
        format!("{}{line}", place.path)
    });
    format!(
        "{} {} {} {} {}",
        class_name(&failure.class),
        failure.tool.as_deref().unwrap_or("-"),
        failure.key_lines[0].number,
        place.as_deref().unwrap_or("-"),
        failure.command.as_deref().unwrap_or("-"),
    )
}
