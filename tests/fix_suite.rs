//! `sentinel eval fix`: the cases tagged `fast`, and what the command makes of
//! cases that are not what they say.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// Where tools are kept between runs: one place for all of them.
fn cache() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/test-data/fix")
}

fn eval(dir: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sentinel"))
        .args(["eval", "fix"])
        .arg(dir)
        .arg("--cache")
        .arg(cache())
        .args(more)
        .env_remove("SENTINEL_CONFIG")
        .output()
        .unwrap()
}

fn report(output: &Output) -> Value {
    let told = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{told}"))
}

/// A set of one case: `tool.py` complains until `a.txt` says `good`.
fn set(case: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "suite.toml",
        "[tools]\nnobody = \"system:no-such-program\"\n",
    );
    write("one/case.toml", case);
    write("one/tree/a.txt", "bad\n");
    write("one/expected/a.txt", "good\n");
    dir
}

const CASE: &str = r#"
class = "lint"
tool = "grep"
run = "cat a.txt; grep -q good a.txt"
says = "bad"
outcome = "fixed"
"#;

/// The verdict on the one case, and its reason.
fn verdict(case: &str, more: &[&str]) -> (String, String, bool) {
    let dir = set(case);
    let output = eval(dir.path(), &[&["--json"], more].concat());
    let one = &report(&output)["cases"][0];
    let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
    (text("verdict"), text("why"), output.status.success())
}

#[test]
fn the_fast_cases_are_repaired_or_left_alone_and_none_is_wrong() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fix/cases");
    let output = eval(&cases, &["--only", "fast", "--json", "--jobs", "2"]);
    let report = report(&output);
    let cases = report["cases"].as_array().unwrap();
    let names = |verdict: &str| -> Vec<String> {
        let such = cases.iter().filter(|case| case["verdict"] == verdict);
        such.map(|case| format!("{}: {}", case["name"], case["why"]))
            .collect()
    };
    for verdict in ["wrong", "dishonest", "unusable"] {
        assert_eq!(names(verdict), Vec::<String>::new(), "{verdict}");
    }
    let skipped = names("skipped");
    if std::env::var_os("CI").is_some_and(|ci| ci == "true") {
        assert_eq!(skipped, Vec::<String>::new(), "tools are missing");
    }
    skipped.iter().for_each(|name| eprintln!("skipped: {name}"));
    assert!(cases.len() >= 15, "{}", cases.len());
    let total = &report["total"];
    let number = |key: &str| total[key].as_u64().unwrap();
    assert_eq!(number("abstained"), 0, "{:?}", names("abstained"));
    assert!(output.status.success());
}

#[test]
fn a_case_that_is_as_it_says_is_honest() {
    let (verdict, why, success) = verdict(CASE, &["--check"]);
    assert_eq!((verdict.as_str(), success), ("honest", true), "{why}");
}

#[test]
fn a_case_that_is_not_as_it_says_does_not_count() {
    for (from, to, told) in [
        ("cat a.txt; grep -q good a.txt", "cat a.txt", "passes"),
        ("says = \"bad\"", "says = \"worse\"", "does not say"),
        ("cat a.txt; grep", "no-such-program; grep", "does not start"),
        (
            "grep -q good a.txt\"",
            "no-such-program\"",
            "does not start",
        ),
        (
            "grep -q good a.txt\"",
            "grep -q better a.txt\"",
            "own answer",
        ),
        (
            "outcome = \"fixed\"",
            "outcome = \"fixed\"\n[expect]\nunchanged = [\"*.txt\"]",
            "had to stay",
        ),
        (
            "outcome = \"fixed\"",
            "outcome = \"fixed\"\n[expect]\nonly = [\"src/**\"]",
            "none of the files",
        ),
        (
            "outcome = \"fixed\"",
            "outcome = \"fixed\"\n[[judge]]\nrun = \"echo 3 passed\"\nsays = \"4 passed\"",
            "3 passed",
        ),
    ] {
        let (verdict, why, success) = verdict(&CASE.replace(from, to), &["--check"]);
        assert_eq!(
            (verdict.as_str(), success),
            ("dishonest", false),
            "{to}: {why}"
        );
        assert!(why.contains(told), "{to}: {why}");
    }
}

#[test]
fn nothing_to_propose_is_told_from_a_missing_repair() {
    let (told, why, success) = verdict(CASE, &[]);
    assert_eq!((told.as_str(), success), ("abstained", true), "{why}");
    let alone = CASE.replace("\"fixed\"", "\"abstained\"\nwhy = \"nobody knows\"");
    let dir = set(&alone);
    let output = eval(dir.path(), &[]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    let row = text.lines().find(|line| line.starts_with("lint")).unwrap();
    let numbers: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(numbers, ["lint", "1", "0", "0", "0", "0", "1", "0", "–"]);
}

#[test]
fn a_proposal_where_there_is_none_to_be_is_wrong() {
    // The command prints what a formatter prints, of a file that it would own.
    let case = r#"
class = "format"
tool = "rustfmt"
tools = ["rustfmt"]
run = "rustfmt --check a.rs"
says = "Diff in"
outcome = "abstained"
why = "it is said so here, to see that it counts"
"#;
    let dir = set(case);
    let suite = "[tools]\nrustfmt = \"system:rustfmt\"\n";
    fs::write(dir.path().join("suite.toml"), suite).unwrap();
    fs::write(dir.path().join("one/tree/a.rs"), "fn main( ) {}\n").unwrap();
    let output = eval(dir.path(), &["--json"]);
    let report = report(&output);
    assert_eq!(report["cases"][0]["verdict"], "wrong", "{report}");
    assert_eq!(report["total"]["wrong"], 1);
    assert!(!output.status.success());
}

#[test]
fn a_tool_that_is_not_here_skips_its_case_by_name() {
    let case = format!("{CASE}tools = [\"nobody\"]\n");
    let (verdict, why, success) = verdict(&case, &[]);
    assert_eq!((verdict.as_str(), success), ("skipped", true));
    assert!(why.contains("no-such-program is not installed"), "{why}");
}

#[test]
fn a_set_that_cannot_be_read_is_refused_with_what_belongs_there() {
    for (case, told) in [
        (CASE.replace("says = \"bad\"", "says = \"\""), "says"),
        (CASE.replace("\"fixed\"", "\"abstained\""), "why"),
        (format!("{CASE}tools = [\"black\"]\n"), "pins no tool black"),
        (format!("{CASE}colour = 1\n"), "unknown field"),
        (CASE.replace("\"lint\"", "\"linting\""), "unknown variant"),
    ] {
        let output = eval(set(&case).path(), &[]);
        assert!(!output.status.success());
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains(told), "{told}: {text}");
    }
    let dir = set(CASE);
    fs::write(
        dir.path().join("suite.toml"),
        "[tools]\na = \"pip:black\"\n",
    )
    .unwrap();
    let text = String::from_utf8_lossy(&eval(dir.path(), &[]).stderr).into_owned();
    assert!(text.contains("pip:NAME==VERSION"), "{text}");
    let output = eval(set(CASE).path(), &["--only", "nobody"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("no case is called so"));
}
