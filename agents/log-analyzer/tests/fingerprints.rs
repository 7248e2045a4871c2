//! A fingerprint is the same for the same cause, whatever changes around it,
//! and another for another.

use log_analyzer::analyze;
use proptest::prelude::*;
use proptest::sample::select;
use sentinel_sdk::Provider;

/// All that changes between two runs of the same failure.
#[derive(Debug, Clone)]
struct Run {
    provider: usize,
    hour: u8,
    line: u32,
    id: u64,
    checkout: &'static str,
    temporary: String,
    seconds: u32,
    shard: u8,
    before: usize,
    after: usize,
}

fn runs() -> impl Strategy<Value = Run> {
    let place = (
        0usize..4,
        0u8..24,
        select(CHECKOUTS.to_vec()),
        "[a-z0-9_]{8}",
    );
    let what = (1u32..9000, any::<u64>(), 1u32..5000, 1u8..20);
    (place, what, 0usize..40, 0usize..40).prop_map(|(place, what, before, after)| Run {
        provider: place.0,
        hour: place.1,
        checkout: place.2,
        temporary: place.3,
        line: what.0,
        id: what.1,
        seconds: what.2,
        shard: what.3,
        before,
        after,
    })
}

const CHECKOUTS: [&str; 9] = [
    "/home/runner/work/app/app",
    "/Users/runner/work/app/app",
    "/home/vsts/work/1/s",
    "/builds/group/app",
    "/home/travis/build/acme/app",
    "/home/circleci/project",
    "/var/lib/jenkins/workspace/app_PR-7",
    "/usr/src/app",
    "D:\\a\\app\\app",
];

/// Failures of several kinds: command, output, and what else it could be.
const CAUSES: [(&str, &str); 7] = [
    (
        "make",
        "{root}/src/harbour.c:{line}:5: error: 'berth_{n}' undeclared at 0x{hex} after {s}.{n}s",
    ),
    (
        "make",
        "{root}/src/harbour.c:{line}:5: error: expected ';' before '}' token",
    ),
    (
        "make",
        "{root}/src/quay.c:{line}:5: error: expected ';' before '}' token",
    ),
    (
        "pytest",
        "FAILED tests/test_crane.py::test_lift - OSError: [Errno 2] No such file: '/tmp/pytest-of-ci/{tmp}/hook.txt'",
    ),
    (
        "pytest",
        "FAILED tests/test_crane.py::test_turn - OSError: [Errno 2] No such file: '/tmp/pytest-of-ci/{tmp}/hook.txt'",
    ),
    (
        "npm ci",
        "npm error code ERESOLVE (request {uuid} on shard {shard}/20 took {s}ms)",
    ),
    (
        "./launch",
        "launch failed: the anchor {hex} was not weighed in {s}s, see {root}/log-{n}.txt:{line}",
    ),
];

fn log(cause: usize, run: &Run) -> String {
    let (command, said) = CAUSES[cause];
    let hex = format!("{:016x}", run.id | 0xa000_0000_0000_0001);
    let uuid = format!(
        "{}-{}-4{}-8{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[1..4],
        &hex[5..8],
        &hex[4..16]
    );
    let values = [
        ("{root}", run.checkout.to_owned()),
        ("{line}", run.line.to_string()),
        ("{n}", (run.id % 90 + 10).to_string()),
        ("{hex}", hex),
        ("{uuid}", uuid),
        ("{tmp}", run.temporary.clone()),
        ("{s}", run.seconds.to_string()),
        ("{shard}", run.shard.to_string()),
    ];
    let said = values.iter().fold(said.to_owned(), |said, (key, value)| {
        said.replace(key, value)
    });
    let lines = wrapped(command, &said, run);
    let stamp = |(number, line): (usize, &String)| match run.provider {
        0 => format!(
            "2031-02-03T{:02}:{:02}:09.{:07}Z {line}\n",
            run.hour,
            number % 60,
            run.id % 10_000_000
        ),
        3 => format!("{:02}:{:02}:59  {line}\n", run.hour, number % 60),
        _ => format!("{line}\n"),
    };
    lines.iter().enumerate().map(stamp).collect()
}

/// The same output as the four kinds of CI systems frame it.
fn wrapped(command: &str, said: &str, run: &Run) -> Vec<String> {
    let ok = |index: &usize| format!("part {index} of the fleet is ready in {}ms", run.seconds);
    let mut lines: Vec<String> = match run.provider {
        0 => vec![
            format!("Complete job name: test ({}, {})", run.shard, run.hour),
            format!("##[group]Run {command}"),
            command.into(),
            "shell: /usr/bin/bash -e {0}".into(),
            "##[endgroup]".into(),
        ],
        3 => vec![format!("+ {command}")],
        _ => vec![format!("$ {command}")],
    };
    lines.extend((0..run.before).map(|index| ok(&index)));
    lines.push(said.to_owned());
    lines.extend((0..run.after).map(|index| ok(&index)));
    lines.push(match run.provider {
        0 => "##[error]Process completed with exit code 1.".into(),
        1 => format!("The command \"{command}\" exited with 1."),
        2 => "ERROR: Job failed: exit code 1".into(),
        _ => "Finished: FAILURE".into(),
    });
    lines
}

fn fingerprint(cause: usize, run: &Run) -> String {
    let failures = analyze(log(cause, run).as_bytes(), Provider::Auto)
        .unwrap()
        .failures;
    failures[0].fingerprint.clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_same_cause_is_known_again(one in runs(), two in runs()) {
        for cause in 0..CAUSES.len() {
            prop_assert_eq!(
                fingerprint(cause, &one),
                fingerprint(cause, &two),
                "{}\n{}", log(cause, &one), log(cause, &two)
            );
        }
    }

    #[test]
    fn another_cause_is_told_apart(run in runs()) {
        let all: std::collections::BTreeSet<String> =
            (0..CAUSES.len()).map(|cause| fingerprint(cause, &run)).collect();
        prop_assert_eq!(all.len(), CAUSES.len());
    }
}
