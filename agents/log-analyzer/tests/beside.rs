//! What lies beside the log: logs that went well, and reports.

use log_analyzer::{Analysis, Beside, Format, Reader};
use proptest::prelude::*;
use proptest::sample::select;
use sentinel_sdk::{Failure, FailureClass};

fn read(log: &str, beside: Beside<&[u8]>) -> Analysis {
    Reader::default()
        .read(log.as_bytes(), beside, |_| {})
        .unwrap()
}

fn alone(log: &str) -> Vec<Failure> {
    read(log, Beside::default()).failures
}

fn with_passing(log: &str, passing: &str) -> Vec<Failure> {
    let passing = vec![passing.as_bytes()];
    let reports = Vec::new();
    read(log, Beside { passing, reports }).failures
}

fn with_report(log: &str, format: Format, report: &str) -> Vec<Failure> {
    let reports = vec![(format, "report".to_owned(), report.as_bytes())];
    let passing = Vec::new();
    read(log, Beside { passing, reports }).failures
}

/// A job that complains of the same things on every run, and once of one more.
fn nightly(run: u32, news: &str, code: u8) -> String {
    format!(
        "##[group]Run ./nightly\n./nightly\nshell: sh\n##[endgroup]\n\
         run {run} begins\n\
         error: cannot reach the lighthouse, going on without it\n\
         src/mast.c:{run}:3: error: known since years, ignored\n\
         ERROR: 0 of 12 sails furled\n\
         {news}\
         took {run}ms\n\
         {}",
        match code {
            0 => "Post job cleanup.\nCleaning up orphan processes\n".to_owned(),
            code => format!("##[error]Process completed with exit code {code}.\n"),
        }
    )
}

#[test]
fn what_a_passing_log_says_too_is_not_the_cause() {
    let news = "the crane reports a bent hook\n";
    let log = nightly(12, news, 1);
    let usual = &alone(&log)[0].key_lines[0];
    assert!(usual.text.contains("error"), "{usual:?}");
    let failures = with_passing(&log, &nightly(7, "", 0));
    assert_eq!(failures[0].key_lines[0].text, news.trim());
    assert_eq!(failures[0].key_lines[0].number, 9);
}

#[test]
fn rules_are_quiet_about_lines_of_passing_logs() {
    let news = "FAILED tests/test_hook.py::test_bend - AssertionError\n";
    let failures = with_passing(&nightly(12, news, 1), &nightly(7, "", 0));
    assert_eq!(failures[0].class, FailureClass::TestFailure);
    assert_eq!(failures.len(), 1, "{failures:?}");
}

#[test]
fn counts_that_were_zero_are_news() {
    let log = nightly(12, "", 1).replace("0 of 12", "3 of 12");
    let failures = with_passing(&log, &nightly(7, "", 0));
    assert_eq!(failures[0].key_lines[0].text, "ERROR: 3 of 12 sails furled");
}

#[test]
fn where_all_is_as_ever_something_is_told() {
    let failures = with_passing(&nightly(12, "", 1), &nightly(7, "", 0));
    assert!(!failures.is_empty() && !failures[0].key_lines.is_empty());
}

const SARIF: &str = r#"{"version": "2.1.0", "runs": [{
  "tool": {"driver": {"name": "ShipLint", "rules": [{"id": "S1"}]}},
  "results": [
    {"ruleId": "S0", "level": "note", "message": {"text": "a note"}},
    {"ruleId": "S1", "level": "warning", "message": {"text": "a warning"}},
    {"ruleId": "S2", "level": "error", "kind": "pass", "message": {"text": "passed"}},
    {"ruleId": "S3", "level": "error", "suppressions": [{"kind": "inSource"}], "message": {"text": "known"}},
    {"ruleId": "S4", "level": "error", "message": {"text": "the keel is bent"}, "locations": [
      {"physicalLocation": {"artifactLocation": {"uri": "src/keel.c"}, "region": {"startLine": 7, "startColumn": 3}}},
      {"physicalLocation": {"artifactLocation": {"uri": "src/other.c"}}}]}
  ]}]}"#;

const FAILED: &str = "##[group]Run check\ncheck\nshell: sh\n##[endgroup]\n##[error]Process completed with exit code 1.\n";

fn reported(failures: &[Failure]) -> Vec<&Failure> {
    let own = failures.iter().filter(|failure| {
        let mut attributes = failure.attributes.iter();
        attributes.any(|attribute| attribute.key == "source" && attribute.value == "report")
    });
    own.collect()
}

#[test]
fn sarif_tells_errors_with_their_place() {
    let failures = with_report(FAILED, Format::Sarif, SARIF);
    let [failure] = reported(&failures)[..] else {
        panic!("{failures:?}")
    };
    assert_eq!(failure.class, FailureClass::Lint);
    assert_eq!(failure.tool.as_deref(), Some("ShipLint"));
    assert_eq!(failure.key_lines[0].text, "S4: the keel is bent");
    let place = failure.location.as_ref().unwrap();
    assert_eq!(
        (place.path.as_str(), place.line, place.column),
        ("src/keel.c", Some(7), Some(3))
    );
}

#[test]
fn sarif_without_errors_tells_warnings() {
    let report = SARIF.replace("\"error\"", "\"warning\"");
    let failures = with_report(FAILED, Format::Sarif, &report);
    assert_eq!(reported(&failures).len(), 2);
}

const JUNIT: &str = r#"<?xml version="1.0"?>
<!DOCTYPE testsuites [<!ENTITY lol "lol"><!ENTITY more "&lol;&lol;&lol;">]>
<testsuites><testsuite name="cranes" tests="4">
  <testcase classname="cranes.Lift" name="lifts" time="0.1"/>
  <testcase classname="cranes.Lift" name="skips"><skipped/></testcase>
  <testcase classname="cranes.Lift" name="turns &amp; bows" file="tests/lift.py" line="12">
    <failure message="expected 90, got &lt;45&gt; &more;" type="AssertionError">Traceback</failure>
  </testcase>
  <testcase name="sinks"><error><![CDATA[
    IOError: no water
    at tests/sink.rb:33:in `sink'
  ]]></error><system-out>error</system-out></testcase>
</testsuite></testsuites>"#;

#[test]
fn junit_tells_failed_tests_with_their_place() {
    let failures = with_report(FAILED, Format::Junit, JUNIT);
    let [turns, sinks] = reported(&failures)[..] else {
        panic!("{failures:?}")
    };
    assert_eq!(turns.class, FailureClass::TestFailure);
    // An entity that the report declares itself is not expanded.
    assert!(turns.key_lines[0].text.contains("&more;"), "{turns:?}");
    assert_eq!(turns.key_lines[0].number, 7);
    let place = |failure: &Failure| {
        let place = failure.location.clone().unwrap();
        (place.path, place.line)
    };
    assert_eq!(place(turns), ("tests/lift.py".to_owned(), Some(12)));
    assert_eq!(
        sinks.key_lines[0].text,
        "sinks: IOError: no water at tests/sink.rb:33:in `sink'"
    );
    assert_eq!(place(sinks), ("tests/sink.rb".to_owned(), Some(33)));
}

#[test]
fn a_report_lends_its_place_to_what_the_log_says() {
    let log = "##[group]Run tests\ntests\nshell: sh\n##[endgroup]\nFAIL: test_turns_left (cranes.Lift)\n##[error]Process completed with exit code 1.\n";
    let report = r#"<testsuite><testcase classname="cranes.Lift" name="test_turns_left" file="tests/lift.py" line="12"><failure message="90"/></testcase></testsuite>"#;
    let failures = with_report(log, Format::Junit, report);
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert_eq!(failures[0].location.as_ref().unwrap().path, "tests/lift.py");
}

#[test]
fn reports_beside_a_job_that_went_well_are_not_failures() {
    assert_eq!(with_report("Job succeeded\n", Format::Junit, JUNIT), []);
    assert_eq!(with_report("Job succeeded\n", Format::Sarif, SARIF), []);
}

#[test]
fn a_report_that_breaks_off_tells_what_stands_before() {
    let broken = &JUNIT[..JUNIT.find("sinks").unwrap()];
    assert_eq!(
        reported(&with_report(FAILED, Format::Junit, broken)).len(),
        1
    );
    let whole = with_report(FAILED, Format::Sarif, &SARIF[..40]);
    assert_eq!(reported(&whole).len(), 0);
}

#[test]
fn reports_are_read_in_bounded_memory_and_time() {
    let deep = "<a>".repeat(200_000) + "<testcase name=\"x\"><failure message=\"m\"/>";
    assert_eq!(
        reported(&with_report(FAILED, Format::Junit, &deep)).len(),
        1
    );
    let nested = "[".repeat(100_000);
    with_report(FAILED, Format::Sarif, &format!("{{\"runs\": {nested}"));
    let many = "{\"level\": \"error\", \"message\": {\"text\": \"x\"}},".repeat(100_000);
    let many = format!("{{\"runs\": [{{\"results\": [{many} {{}}]}}]}}");
    assert!(reported(&with_report(FAILED, Format::Sarif, &many)).len() <= 12);
    let long = format!(
        "<testcase name=\"{}\"><failure/></testcase>",
        "x".repeat(3 << 20)
    );
    let failures = with_report(FAILED, Format::Junit, &long);
    assert!(
        failures
            .iter()
            .all(|failure| failure.key_lines[0].text.len() < 2000)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whole reports with pieces cut out, doubled and swapped.
    #[test]
    fn broken_reports_are_read_without_harm(
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..6),
        junk in proptest::collection::vec(select(PIECES.to_vec()), 0..8),
        sarif in any::<bool>(),
    ) {
        let (format, whole) = match sarif {
            true => (Format::Sarif, SARIF),
            false => (Format::Junit, JUNIT),
        };
        let mut report: Vec<u8> = whole.into();
        for ((from, to), piece) in cuts.iter().zip(junk.iter().chain([&"", &"\0"].into_iter())) {
            let (from, to) = (from.index(report.len()), to.index(report.len()));
            report.splice(from.min(to)..from.max(to), piece.bytes());
            report.push(b' ');
        }
        let reports = vec![(format, "report".to_owned(), &report[..])];
        let beside = Beside { passing: Vec::new(), reports };
        let failures = Reader::default().read(FAILED.as_bytes(), beside, |_| {}).unwrap().failures;
        for failure in failures {
            prop_assert_eq!(failure.fingerprint.len(), 64);
            prop_assert!(failure.key_lines[0].number >= 1);
        }
    }

    #[test]
    fn any_bytes_are_a_report(report in proptest::collection::vec(any::<u8>(), 0..400)) {
        for format in [Format::Sarif, Format::Junit] {
            let reports = vec![(format, "report".to_owned(), &report[..])];
            let beside = Beside { passing: vec![&report[..]], reports };
            let read = Reader::default().read(FAILED.as_bytes(), beside, |_| {});
            prop_assert!(read.is_ok(), "{:?}", read.err());
        }
    }
}

const PIECES: [&str; 14] = [
    "<testcase name='",
    "</testcase>",
    "<failure>",
    "<![CDATA[",
    "]]>",
    "<!DOCTYPE a [",
    "&#xFFFFFFFF;",
    "{\"runs\":[",
    "\"level\":\"error\",",
    "\"startLine\":99999999999999999999,",
    "\\ud800",
    "null",
    "[[[[[[",
    "\u{feff}",
];
