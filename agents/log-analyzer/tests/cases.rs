//! Logs that real tools wrote, and what must be read from them. A case is a
//! folder in `cases/`: `job.log`, and `expected` with a line a failure:
//! `class tool line-number path:line command`, `-` for what is not told.

use std::fs;
use std::path::{Path, PathBuf};

use log_analyzer::{analyze, class_name};
use sentinel_sdk::{Failure, Provider};

#[test]
fn real_logs_are_read_as_expected() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut cases: Vec<PathBuf> = fs::read_dir(cases)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    assert!(cases.len() > 40);
    let wrong: Vec<String> = cases.iter().filter_map(|case| difference(case)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What differs from what is expected.
fn difference(case: &Path) -> Option<String> {
    let log = fs::File::open(case.join("job.log")).unwrap();
    let expected = fs::read_to_string(case.join("expected")).unwrap();
    let failures = analyze(log, Provider::Auto).unwrap().failures;
    let told: Vec<String> = failures.iter().map(told).collect();
    let told = told.join("\n");
    let expected = expected.trim_end();
    (told != expected).then(|| format!("{}\n- {expected}\n+ {told}", case.display()))
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
