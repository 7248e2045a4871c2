//! The operator's own rules, from the configuration to the sandboxed analyser.

use std::collections::BTreeMap;

use sentinel::agents::LOG_ANALYZER;
use sentinel::config::Config;
use sentinel::failure::{Failure, FailureClass};
use sentinel::grant::Limits;
use sentinel::ids::TaskId;
use sentinel::pipeline::{Agents, LogInput, RedactedLog, Roles, Setup};
use sentinel::sandbox::{Input, Output, Size};

/// The page that tells operators how.
const PAGE: &str = include_str!("../agents/log-analyzer/rules/README.md");

/// The settings in the page's configuration.
fn documented() -> BTreeMap<String, String> {
    let begin = PAGE.find("[agents.log-analyzer.settings]").unwrap();
    let length = PAGE[begin..].find("```").unwrap();
    let config = Config::parse(&PAGE[begin..begin + length]).unwrap();
    config.agents["log-analyzer"].settings.clone()
}

async fn read(settings: BTreeMap<String, String>, said: &str) -> Result<Vec<Failure>, String> {
    let log = tempfile::NamedTempFile::new().unwrap();
    let text = format!(
        "##[group]Run make check\nmake check\nshell: /usr/bin/bash -e {{0}}\n##[endgroup]\n\
         {said}\n##[error]Process completed with exit code 1.\n"
    );
    std::fs::write(log.path(), text).unwrap();
    let roles = Roles {
        analyze: Setup {
            settings,
            ..Setup::embedded(LOG_ANALYZER)
        },
        ..Roles::default()
    };
    let now = sentinel::cli::compose::now;
    let agents = Agents::with(&Limits::default(), Size::default(), roles, None, now).unwrap();
    let input = LogInput::of(&RedactedLog::read(log.path()).unwrap()).unwrap();
    let report = agents
        .read_log(TaskId::derive(&["own"]), &input, Input::Auto)
        .await;
    match report.outcome {
        Ok(Output::Failures(failures)) => Ok(failures),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(format!("{error:?}")),
    }
}

#[tokio::test]
async fn the_documented_rules_read_a_tool_that_nobody_else_knows() {
    let said = "bow.keel:12:4: keel too long";
    let failures = read(documented(), said).await.unwrap();
    assert_eq!(failures[0].class, FailureClass::Lint);
    assert_eq!(failures[0].tool.as_deref(), Some("shipyard"));
    let location = failures[0].location.as_ref().unwrap();
    assert_eq!(location.line, Some(12));
    let without = read(BTreeMap::new(), said).await.unwrap();
    assert_ne!(without[0].tool.as_deref(), Some("shipyard"));
}

#[tokio::test]
async fn the_documented_rules_give_a_known_tools_line_another_class() {
    let said = "src/quay.py:3:80: E501 line too long (91 > 79 characters)";
    let shipped = read(BTreeMap::new(), said).await.unwrap();
    assert_eq!(shipped[0].class, FailureClass::Lint);
    let failures = read(documented(), said).await.unwrap();
    assert_eq!(failures[0].class, FailureClass::Format);
}

#[tokio::test]
async fn rules_that_cannot_be_understood_are_refused_with_what_there_is() {
    let settings = BTreeMap::from([("rules".to_owned(), "[shipyard] lnt\n".to_owned())]);
    let refusal = read(settings, "x").await.unwrap_err();
    assert!(
        refusal.contains("rules, line 1: no such class: lnt; there are format, lint, "),
        "{refusal}"
    );
}
