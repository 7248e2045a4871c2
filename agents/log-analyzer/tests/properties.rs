//! What holds for every log, whoever wrote it.

use log_analyzer::analyze;
use proptest::prelude::*;
use sentinel_sdk::{Failure, Provider};

fn failures(log: &str) -> Vec<Failure> {
    analyze(log.as_bytes(), Provider::Auto).unwrap().failures
}

/// Pieces that steer the reader, for logs that are hostile in earnest.
const PIECES: [&str; 24] = [
    "\n",
    "\r",
    "\x1b[31m",
    "2024-01-01T00:00:00.1234567Z ",
    "##[group]Run ",
    "##[error]",
    "##[endgroup]",
    "$ ",
    "The command \"",
    "\" exited with 1.",
    "travis_fold:start:x\r\x1b[0K",
    "error: ",
    "Diff in src/main.rs:1:",
    "would reformat a.py",
    "FAILED tests/test_a.py::test_b",
    "--- a\n+++ b\n@@ -1 +1 @@\n",
    "src/a.c:1:2: error: x",
    "src/a.c:99999999999999999999:2: error: x",
    "npm ERR! code ELIFECYCLE",
    "Post job cleanup.",
    "Finished: SUCCESS",
    "job\tstep\t2024-01-01T00:00:00.1234567Z ",
    "\u{fffd}\u{2716} 3 problems (",
    "#1 1.5 ",
];

fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::sample::select(PIECES.to_vec()).prop_map(|piece| piece.as_bytes().to_vec()),
        proptest::collection::vec(any::<u8>(), 0..40),
        "[a-zA-Z0-9 :./_()-]{0,60}".prop_map(String::into_bytes),
    ];
    proptest::collection::vec(piece, 0..120).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_bytes_are_read(log in hostile()) {
        let analysis = analyze(&log[..], Provider::Auto).unwrap();
        prop_assert_eq!(analysis.bytes, log.len() as u64);
        for failure in &analysis.failures {
            prop_assert!(failure.confidence > 0.0 && failure.confidence < 1.0);
            prop_assert!(!failure.key_lines.is_empty());
            prop_assert_eq!(failure.fingerprint.len(), 64);
            for line in &failure.key_lines {
                prop_assert!(line.number >= 1 && line.number <= analysis.lines);
                prop_assert!(line.text.len() <= 4 * 600);
            }
        }
        // The same input, the same output.
        prop_assert_eq!(&analysis, &analyze(&log[..], Provider::Auto).unwrap());
    }

    #[test]
    fn a_fingerprint_outlives_the_run(
        run in 10_000u64..99_999,
        line in 1u32..5000,
        hour in 0u8..24,
        filler in 0usize..30,
        runner in proptest::sample::select(vec!["/home/runner/work/app/app", "/__w/app/app", "/builds/group/app"]),
        address in any::<u32>(),
    ) {
        let expected = failures(&compiler_log(12345, 7, 3, 0, "/home/runner/work/app/app", 0xbeef));
        let other = failures(&compiler_log(run, line, hour, filler, runner, address));
        prop_assert_eq!(expected.len(), 1);
        prop_assert_eq!(&expected[0].fingerprint, &other[0].fingerprint);
    }
}

/// The same failure as another run, machine and time would show it.
fn compiler_log(run: u64, line: u32, hour: u8, filler: usize, root: &str, address: u32) -> String {
    let mut log = String::new();
    let mut say = |text: &str| {
        log.push_str(&format!("2024-01-01T{hour:02}:00:00.{run:05}67Z {text}\n"));
    };
    say("##[group]Run make");
    say("make");
    say("shell: /usr/bin/bash -e {0}");
    say("##[endgroup]");
    for index in 0..filler {
        say(&format!("cc -c file{index}.c"));
    }
    say(&format!(
        "{root}/src/harbour.c:{line}:5: error: 'berth_{run}' undeclared at 0x{address:08x} after {line}ms"
    ));
    say("##[error]Process completed with exit code 2.");
    log
}

#[test]
fn other_causes_have_other_fingerprints() {
    let log = compiler_log(12345, 7, 3, 0, "/builds/a/b", 1);
    let one = failures(&log);
    for (from, to) in [("undeclared", "redefined"), ("harbour.c", "quay.c")] {
        let other = failures(&log.replace(from, to));
        assert_ne!(one[0].fingerprint, other[0].fingerprint, "{from} -> {to}");
    }
}

#[test]
fn time_grows_with_the_log_and_not_faster() {
    // A line that many rules are tried on, in one line, many lines, no lines.
    let shapes: [fn(usize) -> Vec<u8>; 4] = [
        |size| b"src/a.c:1:2: error: x ".repeat(size / 22),
        |size| b"src/a.c:1:2: error: x\n".repeat(size / 22),
        |size| vec![b'\n'; size],
        |size| b"$ error: FAILED\n##[error]x\n".repeat(size / 27),
    ];
    for shape in shapes {
        let time = |size: usize| {
            let log = shape(size);
            let started = std::time::Instant::now();
            analyze(&log[..], Provider::Auto).unwrap();
            started.elapsed().as_secs_f64()
        };
        let (small, large) = (time(1 << 20), time(1 << 23));
        // Eight times the log; the margin is for a busy machine.
        assert!(large < 60.0 * small.max(0.02), "{small} s, {large} s");
    }
}

#[test]
fn a_failure_in_the_middle_of_a_huge_log_is_found() {
    let quiet = "2024-01-01T00:00:00.1234567Z compiling a part of the harbour, all is well\n";
    let mut log = quiet.repeat(60_000);
    log.push_str("2024-01-01T00:00:00.1234567Z ##[group]Run make\n");
    log.push_str("2024-01-01T00:00:00.1234567Z src/quay.c:3:4: error: expected ';'\n");
    log.push_str("2024-01-01T00:00:00.1234567Z ##[error]Process completed with exit code 2.\n");
    log.push_str("2024-01-01T00:00:00.1234567Z ##[group]Run ./report.sh\n");
    log.push_str(&quiet.repeat(120_000));
    let failures = failures(&log);
    assert_eq!(failures[0].key_lines[0].number, 60_002);
}

#[test]
fn a_job_that_went_well_has_no_failure() {
    let noise = "npm ERR! code ELIFECYCLE\nFAILED tests/test_a.py::test_b\nerror: retried\n";
    for end in [
        "Job succeeded",
        "Finished: SUCCESS",
        "Done. Your build exited with 0.",
    ] {
        assert_eq!(failures(&format!("{noise}{end}\n")), [], "{end}");
    }
    assert_ne!(failures(noise), []);
    // Nobody talks a failed step away.
    let failed = format!("{noise}##[error]Process completed with exit code 1.\nJob succeeded\n");
    assert_ne!(failures(&failed), []);
}

/// A checker that exits without a word that is known: its last lines are
/// looked at as paths, and some draw boxes.
#[test]
fn letters_longer_than_a_byte_are_no_path() {
    for last in ["\u{2570}\u{2500}\u{2500}", "\u{2570}.js", "a/\u{e9}.py"] {
        let log = format!(
            "##[group]Run oxlint src\noxlint src\nshell: bash\n##[endgroup]\n{last}\n\
             ##[error]Process completed with exit code 1.\n"
        );
        assert_eq!(failures(&log).len(), 1, "{last}");
    }
}
