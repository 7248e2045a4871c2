//! Every directory below `cases/` is one: what a real tool printed about a
//! broken tree, and the files as the tool itself repairs them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use patchbot::repair;
use patchbot::workspace::InMemory;
use sentinel_sdk::{Action, EditContent, Output, Proposal};

#[path = "shared/case.rs"]
mod case;

use case::{Facts, task, tree};

/// A real tool's own diff is believed at least this much.
const MIN_CONFIDENCE: f64 = 0.75;

#[test]
fn proposals_are_what_the_tools_do_and_doubts_abstain() {
    let mut wrong = Vec::new();
    let cases = cases();
    for case in &cases {
        if let Err(reason) = check(case) {
            let name = case.file_name().unwrap().to_string_lossy().into_owned();
            wrong.push(format!("{name}: {reason}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} cases:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let entries = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> = entries
        .filter(|path| path.join("case.toml").is_file())
        .collect();
    cases.sort();
    cases
}

fn check(case: &Path) -> Result<(), String> {
    let facts = Facts::read(case);
    let log = fs::read(case.join("log.txt")).unwrap();
    let workspace = InMemory::new(tree(&case.join("repo")));
    let output = repair(&task(&facts), &log[..], &workspace).unwrap();
    match (facts.get("abstain"), output) {
        (Some(fragment), Output::Abstained(reason)) if reason.contains(fragment) => Ok(()),
        (Some(fragment), Output::Abstained(reason)) => {
            Err(format!("abstains, but not for {fragment:?}:\n  {reason}"))
        }
        (Some(_), output) => Err(format!("does not abstain: {output:?}")),
        (None, Output::Proposals(proposals)) => same(
            &proposals[0],
            facts.get("strategy"),
            &tree(&case.join("expected")),
        ),
        (None, output) => Err(format!("no proposal: {output:?}")),
    }
}

fn same(
    proposal: &Proposal,
    strategy: Option<&str>,
    expected: &BTreeMap<String, Option<Vec<u8>>>,
) -> Result<(), String> {
    let [Action::Change(change)] = &proposal.actions[..] else {
        return Err(format!("not one change: {:?}", proposal.actions));
    };
    if Some(proposal.strategy.as_str()) != strategy {
        return Err(format!("by {} and not {strategy:?}", proposal.strategy));
    }
    if proposal.confidence < MIN_CONFIDENCE {
        return Err(format!("is only {} sure", proposal.confidence));
    }
    let mut got = BTreeMap::new();
    for edit in &change.edits {
        let EditContent::Write(bytes) = &edit.content else {
            return Err(format!("no write: {edit:?}"));
        };
        got.insert(edit.path.clone(), Some(bytes.clone()));
    }
    if got.keys().ne(expected.keys()) {
        return Err(format!(
            "changes {:?}, not {:?}",
            got.keys(),
            expected.keys()
        ));
    }
    match got.iter().find(|(path, bytes)| expected[*path] != **bytes) {
        None => Ok(()),
        Some((path, bytes)) => Err(format!(
            "{path} becomes\n{}\nnot\n{}",
            shown(bytes),
            shown(&expected[path])
        )),
    }
}

fn shown(bytes: &Option<Vec<u8>>) -> String {
    format!(
        "{:?}",
        String::from_utf8_lossy(bytes.as_deref().unwrap_or_default())
    )
}
