//! The operator's own rules, through the agent's settings.

use log_analyzer::LogAnalyzer;
use sentinel_sdk::{Agent, AgentError, Attribute, Settings};

fn settings(rules: &str) -> Settings {
    let (key, value) = ("rules".to_owned(), rules.to_owned());
    vec![Attribute { key, value }].into()
}

#[test]
fn rules_are_understood_or_the_line_is_named() {
    let own = "[shipyard] lint\nitem 90 ^(?<path>\\S+): keel too long\n";
    assert!(LogAnalyzer::initialize(settings(own)).is_ok());
    assert!(LogAnalyzer::initialize(Settings::default()).is_ok());
    let rows = [
        ("item 90 x", "line 1: no section yet"),
        ("[a] lint\nitem much x", "line 2: no strength"),
        ("[a] nonsense", "line 1: no such class"),
        ("[a] lint\nitem 90 (", "no regular expression"),
    ];
    for (rules, expected) in rows {
        let Err(AgentError::InvalidConfig(message)) = LogAnalyzer::initialize(settings(rules))
        else {
            panic!("{rules:?} was accepted");
        };
        assert!(message.contains(expected), "{message}");
    }
}
