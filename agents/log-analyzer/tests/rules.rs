//! The operator's own rules, through the agent's settings.

use log_analyzer::{Analysis, Beside, LogAnalyzer, Reader, analyze, class_name};
use sentinel_sdk::{Agent, AgentError, Attribute, Provider, Settings};

const OWN: &str = r"
# the yard's own checker
[shipyard] lint
item 90 ^(?<path>\S+):(?<line>\d+): keel too long
item 88 class=dependency_resolution +1 ^no such plank: 
summary 80 ^\d+ keels too long$
";

fn settings(rules: &str) -> Settings {
    let (key, value) = ("rules".to_owned(), rules.to_owned());
    vec![Attribute { key, value }].into()
}

fn read(log: &str) -> Analysis {
    let reader = Reader::with_own(OWN).unwrap();
    let beside = Beside::<&[u8]>::default();
    reader.read(log.as_bytes(), beside, |_| {}).unwrap()
}

#[test]
fn rules_are_understood_or_the_line_is_named() {
    assert!(LogAnalyzer::initialize(settings(OWN)).is_ok());
    assert!(LogAnalyzer::initialize(Settings::default()).is_ok());
    let many = format!("[a] lint\n{}", "item 90 x\n".repeat(201));
    let rows = [
        ("item 90 x", "line 1: no section yet"),
        ("[a] lint\nitem much x", "line 2: no strength"),
        ("[a] lint\nitem 101 x", "line 2: no strength"),
        ("[a] lint\n\nthing 90 x", "line 3: no such role: thing"),
        ("[a] lint\nitem 90", "line 2: no expression"),
        ("[a] nonsense", "line 1: no such class: nonsense"),
        (
            "[a] lint\nitem 90 class=nonsense x",
            "line 2: no such class",
        ),
        ("[a] lint\nitem 90 (", "line 2: no regular expression"),
        (
            "[a] lint\nitem 90 \\w{9999}{9999}",
            "line 2: no regular expression",
        ),
        ("[a lint", "line 1: no ]"),
        ("[a] lnt", "there are format, lint, "),
        ("[a] lint\nitm 90 x", "there are item, detail, "),
        ("[a] lint\nitem 90 (x", "unclosed group"),
        (&many, "line 202: more than 200 rules"),
    ];
    for (rules, expected) in rows {
        let Err(AgentError::InvalidConfig(message)) = LogAnalyzer::initialize(settings(rules))
        else {
            panic!("{rules:?} was accepted");
        };
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn own_rules_know_what_nobody_else_does() {
    let log = "laying the keel\nbow.keel:7: keel too long\n1 keels too long\n";
    let failure = &read(log).failures[0];
    assert_eq!(class_name(&failure.class), "lint");
    assert_eq!(failure.tool.as_deref(), Some("shipyard"));
    assert_eq!(failure.key_lines[0].number, 2);
    let location = failure.location.as_ref().unwrap();
    assert_eq!(
        (location.path.as_str(), location.line),
        ("bow.keel", Some(7))
    );
    let without = analyze(log.as_bytes(), Provider::Auto).unwrap();
    assert!(
        without
            .failures
            .iter()
            .all(|failure| failure.tool.as_deref() != Some("shipyard"))
    );
}

#[test]
fn own_rules_are_believed_against_shipped_ones_and_against_the_words() {
    let log = "##[group]Run yard\nno such plank: error: test failed, AssertionError\n##[error]Process completed with exit code 1.\n";
    let failure = &read(log).failures[0];
    assert_eq!(class_name(&failure.class), "dependency_resolution");
    assert!(failure.confidence > 0.9);
}

#[test]
fn an_own_rule_gives_a_known_tools_line_another_class() {
    let log = "\
##[group]Run flake8
flake8
shell: /usr/bin/bash -e {0}
##[endgroup]
src/quay.py:3:80: E501 line too long (91 > 79 characters)
##[error]Process completed with exit code 1.
";
    let shipped = &analyze(log.as_bytes(), Provider::Auto).unwrap().failures[0];
    assert_eq!(class_name(&shipped.class), "lint");
    let own = r"
[flake8] format
item 95 ^(?<path>\S+\.py):(?<line>\d+):(?<column>\d+): E501
";
    let reader = Reader::with_own(own).unwrap();
    let beside = Beside::<&[u8]>::default();
    let read = reader.read(log.as_bytes(), beside, |_| {}).unwrap();
    let failure = &read.failures[0];
    assert_eq!(class_name(&failure.class), "format");
    assert_eq!(failure.tool.as_deref(), Some("flake8"));
    assert_eq!(failure.key_lines[0].number, 5);
    let path = failure.location.as_ref().map(|place| place.path.as_str());
    assert_eq!(path, Some("src/quay.py"));
}
