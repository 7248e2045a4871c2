//! What two runs of a command prove.

use proptest::prelude::*;
use sentinel::ids::Fingerprint;
use sentinel::proof::{Finding, Seen, counted, judge, reproduced};

fn cause(digit: char) -> Fingerprint {
    digit.to_string().repeat(64).parse().expect("a fingerprint")
}

fn red(causes: &[char]) -> Seen {
    Seen {
        exit: Some(1),
        causes: causes.iter().copied().map(cause).collect(),
        ..Seen::default()
    }
}

fn green() -> Seen {
    Seen {
        exit: Some(0),
        ..Seen::default()
    }
}

fn counting(seen: Seen, tests: u64) -> Seen {
    Seen {
        tests: Some(tests),
        ..seen
    }
}

#[test]
fn red_for_the_same_cause_and_then_green_is_proof() {
    let failing = [cause('a')];
    assert_eq!(reproduced(&red(&['b', 'a']), &failing), Ok(()));
    assert_eq!(judge(&red(&['a']), &green(), &failing), Finding::Proven);
    let counted = judge(&counting(red(&['a']), 3), &counting(green(), 3), &failing);
    assert_eq!(counted, Finding::Proven);
}

#[test]
fn what_was_not_red_for_this_cause_proves_nothing() {
    let failing = [cause('a')];
    let not = |seen: Seen| reproduced(&seen, &failing).expect_err("not reproduced");
    assert!(not(green()).contains("passes here without the patch"));
    assert!(not(red(&['b'])).contains("another cause"));
    assert!(not(red(&[])).contains("another cause"));
    let absent = Seen {
        exit: Some(127),
        ..red(&['a'])
    };
    assert!(not(absent).contains("not installed"));
    let killed = Seen {
        exit: None,
        killed: Some("time".into()),
        ..red(&['a'])
    };
    assert!(not(killed).contains("time"));
}

#[test]
fn a_patch_that_does_not_mend_is_disproved() {
    let failing = [cause('a')];
    let disproved = |before: Seen, after: Seen| match judge(&before, &after, &failing) {
        Finding::Disproved(why) => why,
        other => panic!("{other:?}"),
    };
    assert!(disproved(red(&['a']), red(&['a'])).contains("same cause"));
    assert!(disproved(red(&['a']), red(&['b'])).contains("new cause"));
    assert!(disproved(red(&['a']), red(&[])).contains("new cause"));
    let tests = |before, after| {
        disproved(
            counting(red(&['a']), before),
            Seen {
                tests: after,
                ..green()
            },
        )
    };
    assert!(tests(3, Some(0)).contains("no test ran"));
    assert!(tests(3, Some(2)).contains("2 tests ran with the patch and 3"));
    assert!(tests(3, None).contains("none with it"));
}

#[test]
fn what_stays_red_for_others_or_changes_more_stays_open() {
    let failing = [cause('a')];
    let open = |before: Seen, after: Seen| match judge(&before, &after, &failing) {
        Finding::Open(why) => why,
        other => panic!("{other:?}"),
    };
    assert!(open(red(&['a', 'b']), red(&['b'])).contains("others"));
    let changing = Seen {
        changed: paths(2),
        ..green()
    };
    assert!(open(red(&['a']), changing.clone()).contains("changes 2 more files"));
    // One of them it changes whether it fails or not.
    let always = Seen {
        changed: paths(1),
        ..red(&['a'])
    };
    assert!(open(always, changing.clone()).contains("changes 1 more files"));
    let both = Seen {
        changed: paths(2),
        ..red(&['a'])
    };
    assert_eq!(judge(&both, &changing, &failing), Finding::Proven);
    let none = Seen {
        tests: Some(0),
        ..green()
    };
    assert!(open(red(&['a']), none).contains("no test ran"));
    let slow = Seen {
        killed: Some("time".into()),
        exit: None,
        ..green()
    };
    assert!(open(red(&['a']), slow).contains("time"));
}

fn paths(count: usize) -> std::collections::BTreeSet<String> {
    (0..count).map(|file| format!("file-{file}")).collect()
}

#[test]
fn runners_summaries_are_counted() {
    #[rustfmt::skip]
    let table: &[(&str, Option<u64>)] = &[
        ("===== 1 failed, 3 passed, 2 skipped in 0.12s =====", Some(4)),
        ("3 passed in 0.01s", Some(3)),
        ("\u{1b}[32m\u{1b}[1m5 passed\u{1b}[0m\u{1b}[32m in 1.20s\u{1b}[0m", Some(5)),
        ("=== 1 skipped, 2 passed, 1 warning, 1 error in 0.30s ===", Some(3)),
        ("===== no tests ran in 0.00s =====", Some(0)),
        ("Ran 5 tests in 0.001s\n\nOK", Some(5)),
        ("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured\n\ntest result: FAILED. 1 passed; 1 failed; 0 ignored", Some(5)),
        ("test result: ok. 0 passed; 0 failed; 0 ignored", Some(0)),
        ("     Summary [   0.123s] 4 tests run: 3 passed, 1 failed, 0 skipped", Some(4)),
        ("Tests:       1 failed, 3 passed, 4 total", Some(4)),
        ("Tests:       1 skipped, 3 passed, 4 total", Some(3)),
        ("      Tests  1 failed | 3 passed (4)", Some(4)),
        ("  3 passing (5ms)\n  1 failing\n", Some(4)),
        ("# tests 4\n# pass 4", Some(4)),
        ("--- PASS: TestA (0.00s)\n    --- FAIL: TestA/b (0.00s)\nFAIL", Some(2)),
        ("Tests run: 2, Failures: 0, Errors: 0, Skipped: 0\n[INFO] Tests run: 4, Failures: 1, Errors: 0, Skipped: 0", Some(4)),
        ("4 tests completed, 1 failed", Some(4)),
        ("4 examples, 1 failure", Some(4)),
        ("4 runs, 4 assertions, 1 failures, 0 errors, 0 skips", Some(4)),
        ("OK (4 tests, 4 assertions)", Some(4)),
        ("Tests: 4, Assertions: 4, Failures: 1.", Some(4)),
        ("Failed!  - Failed:     1, Passed:     3, Skipped:     0, Total:     4", Some(4)),
        ("100% tests passed, 0 tests failed out of 4", Some(4)),
        ("All done! 3 files would be reformatted.", None),
        ("", None),
    ];
    for (output, expected) in table {
        assert_eq!(counted(output), *expected, "{output:?}");
    }
}

proptest! {
    #[test]
    fn any_output_is_counted(output in "(?s).{0,400}") {
        counted(&output);
    }

    /// Whatever a run shows, only a green one proves.
    #[test]
    fn only_green_proves(
        exit in prop::option::of(0..3i32), killed in any::<bool>(), same in any::<bool>(),
        other in any::<bool>(), tests in prop::option::of(0..4u64), changed in 0..2usize,
    ) {
        let mut causes = Vec::new();
        if same { causes.push('a'); }
        if other { causes.push('b'); }
        let after = Seen {
            exit,
            killed: killed.then(|| "time".to_owned()),
            tests,
            changed: paths(changed),
            ..red(&causes)
        };
        let after = Seen { exit, ..after };
        let proven = judge(&red(&['a']), &after, &[cause('a')]) == Finding::Proven;
        let honest = exit == Some(0) && !killed && tests != Some(0) && changed == 0;
        prop_assert_eq!(proven, honest);
    }
}

#[test]
fn a_patch_that_only_declares_is_not_disproved_by_a_command_that_installs_nothing() {
    use sentinel::proof::only_declares;
    for declares in [
        &["requirements.txt"][..],
        &["api/requirements/dev.txt", "api/dev-requirements.txt"],
        &["package.json", "package-lock.json"],
        &["crates/a/Cargo.toml", "Cargo.lock"],
        &[".github/workflows/ci.yml"],
    ] {
        assert!(only_declares(declares.iter().copied()), "{declares:?}");
    }
    for does in [
        &["src/lib.rs"][..],
        &["Cargo.toml", "src/lib.rs"],
        &["docs/requirements.md"],
        &["requirements.py"],
        &["x/.github/workflows/ci.yml"],
        &["package.json.js"],
    ] {
        assert!(!only_declares(does.iter().copied()), "{does:?}");
    }
}
