//! How many tests ran, as test runners say it.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

/// One runner's summary line. All named groups `n*` are added.
struct Summary {
    pattern: Regex,
    /// Printed once a binary, module or package: all are added up. Otherwise
    /// the last one counts.
    each: bool,
}

/// Skipped tests did not run and are in no group.
const SUMMARIES: &[(bool, &str)] = &[
    // pytest: `=== 1 failed, 3 passed, 2 skipped in 0.12s ===`, in any order.
    (
        false,
        r"^=* ?(?:(?P<n1>\d+) (?:failed|passed|errors?|xfailed|xpassed)|\d+ \w+)(?:, (?:(?P<n2>\d+) (?:failed|passed|errors?)|\d+ \w+))?(?:, (?:(?P<n3>\d+) (?:failed|passed|errors?)|\d+ \w+))?(?:, (?:(?P<n4>\d+) (?:failed|passed|errors?)|\d+ \w+))?(?:, \d+ \w+)* in [\d.]+ ?s",
    ),
    (false, r"^=* ?(?P<n0>no tests ran)"),
    // unittest: `Ran 5 tests in 0.001s`.
    (false, r"^Ran (?P<n1>\d+) tests? in "),
    // libtest: `test result: FAILED. 3 passed; 1 failed; 0 ignored; …`.
    (
        true,
        r"^test result: \w+\. (?P<n1>\d+) passed; (?P<n2>\d+) failed;",
    ),
    // nextest: `Summary [   0.1s] 4 tests run: 3 passed, 1 failed`.
    (
        false,
        r"^\s*Summary \[[^\]]{0,20}\]\s+(?P<n1>\d+)(?:/\d+)? tests? run",
    ),
    // jest and vitest: `Tests:  1 failed, 3 passed, 4 total`; `Tests  1 failed | 3 passed (4)`.
    (
        false,
        r"^\s*Tests:?\s+(?:(?P<n1>\d+) failed)?[,| ]*(?:\d+ skipped)?[,| ]*(?:\d+ todo)?[,| ]*(?:(?P<n2>\d+) passed)?",
    ),
    // mocha: `  3 passing (5ms)` and `  1 failing`.
    (true, r"^\s+(?P<n1>\d+) (?:passing|failing)\b"),
    // node --test and TAP: `# tests 4`.
    (false, r"^(?:#|ℹ) tests (?P<n1>\d+)$"),
    // go test -v, a line a test.
    (true, r"^\s*--- (?:PASS|FAIL): (?P<one>\S)"),
    // Surefire: `Tests run: 4, Failures: 1, Errors: 0, Skipped: 0` (the last is the sum).
    (
        false,
        r"^(?:\[\w+\]\s+)?Tests run: (?P<n1>\d+), Failures: \d+, Errors: \d+",
    ),
    // Gradle: `4 tests completed, 1 failed`.
    (true, r"^(?P<n1>\d+) tests? completed"),
    // RSpec: `4 examples, 1 failure`.
    (false, r"^(?P<n1>\d+) examples?, \d+ failures?"),
    // minitest: `4 runs, 4 assertions, 1 failures`.
    (false, r"^(?P<n1>\d+) (?:runs|tests), \d+ assertions"),
    // PHPUnit: `OK (4 tests, 4 assertions)`; `Tests: 4, Assertions: 4`.
    (false, r"^OK \((?P<n1>\d+) tests?,"),
    (false, r"^Tests: (?P<n1>\d+), Assertions:"),
    // dotnet test: `Failed!  - Failed:     1, Passed:     3, Skipped:     0, Total:     4`.
    (
        true,
        r"Failed:\s+(?P<n1>\d+), Passed:\s+(?P<n2>\d+), Skipped:",
    ),
    // CTest: `100% tests passed, 0 tests failed out of 4`.
    (
        false,
        r"^\d+% tests passed, \d+ tests failed out of (?P<n1>\d+)",
    ),
];

static COMPILED: LazyLock<Vec<Summary>> = LazyLock::new(|| {
    let compile = |(each, pattern): &(bool, &str)| Summary {
        each: *each,
        pattern: RegexBuilder::new(pattern)
            .multi_line(true)
            .crlf(true)
            .build()
            .expect("patterns are constants under test"),
    };
    SUMMARIES.iter().map(compile).collect()
});

/// The number of tests that a command's output says were run; none where it
/// does not count any. Several runners in one output are added up.
pub fn counted(output: &str) -> Option<u64> {
    let plain = plain(output);
    let counts = COMPILED.iter().filter_map(|summary| count(summary, &plain));
    counts.reduce(u64::saturating_add)
}

fn count(summary: &Summary, output: &str) -> Option<u64> {
    let counts = summary.pattern.captures_iter(output).map(|found| {
        let named = summary.pattern.capture_names().flatten();
        named
            .filter_map(|name| Some((name, found.name(name)?)))
            .map(|(name, text)| match name {
                "one" => 1,
                _ => text.as_str().parse::<u64>().unwrap_or(0),
            })
            .fold(0, u64::saturating_add)
    });
    match summary.each {
        true => counts.reduce(u64::saturating_add),
        false => counts.last(),
    }
}

/// Without colours (ECMA-48 control sequences): runners colour their summaries
/// whenever `CI` is set.
fn plain(output: &str) -> String {
    let mut out = String::with_capacity(output.len());
    let mut rest = output.chars();
    while let Some(c) = rest.next() {
        if c != '\u{1b}' {
            out.push(c);
            continue;
        }
        if rest.next() == Some('[') {
            rest.by_ref().find(|c| ('@'..='~').contains(c));
        }
    }
    out
}
