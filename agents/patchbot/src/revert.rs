//! Strategy `revert`: on the default branch, a single commit that turned green
//! into red is named as the culprit, with the command that takes it back.
//!
//! A report, never a patch: what a person pushed to the default branch a person
//! takes back. Precondition: nothing else is proposed, the same workflow passed
//! at the commit before, and the failure is of a kind that code causes.

use sentinel_sdk::{
    Action, Failure, FailureClass, Proposal, Provenance, RepairTask, Report, Severity,
};

use crate::candidate::Refusal;
use crate::failure::Cause;

const NAME: &str = "revert";

/// How sure that the commit is the culprit: a flaky job looks the same once.
const CONFIDENCE: f64 = 0.7;

/// Paths of the commit that are named.
const SHOWN_PATHS: usize = 10;

/// The culprit, where one commit is.
pub fn propose(task: &RepairTask, cause: &Cause, refusals: &[Refusal]) -> Option<Proposal> {
    let push = cause.push.as_ref()?;
    let (base, head) = (push.base.as_deref()?, push.head.as_deref()?);
    let culprit = push.default_branch && push.base_passed && push.commits == Some(1);
    let first = task.failures.first()?;
    if !culprit || !task.failures.iter().all(of_code) {
        return None;
    }
    let (head, base) = (short(head), short(base));
    let title = format!("commit {head} broke the default branch");
    let body = format!(
        "The same workflow passed at {base} and fails at {head}, and {head} is the only commit \
         between.\n\n{}\n\nNo repair is sure enough to propose{}. If the commit cannot be mended \
         soon, take it back: `git revert {head}`.",
        touched(push.changed.iter().map(String::as_str), push.truncated),
        reason(refusals),
    );
    let lines = first.key_lines.iter().map(|line| line.number);
    let span = lines.clone().min().zip(lines.max());
    Some(Proposal {
        strategy: NAME.to_owned(),
        title: title.clone(),
        rationale: body.clone(),
        confidence: CONFIDENCE,
        actions: vec![Action::Report(Report {
            title,
            body,
            severity: Severity::High,
            location: first.location.clone(),
        })],
        provenance: span.map(Provenance::LogLines).into_iter().collect(),
        attributes: Vec::new(),
    })
}

/// A class that a commit causes, and not the machine it runs on.
fn of_code(failure: &Failure) -> bool {
    match failure.class {
        FailureClass::Compile
        | FailureClass::TypeCheck
        | FailureClass::TestFailure
        | FailureClass::DependencyResolution
        | FailureClass::Lockfile
        | FailureClass::ConfigOrWorkflowSyntax
        | FailureClass::DockerBuild => true,
        FailureClass::Format
        | FailureClass::Lint
        | FailureClass::FlakyOrInfraNetwork
        | FailureClass::Timeout
        | FailureClass::OomOrDisk
        | FailureClass::PermissionOrSecret
        | FailureClass::Deployment
        | FailureClass::Unknown
        | FailureClass::Other(_) => false,
    }
}

fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

fn touched<'a>(paths: impl Iterator<Item = &'a str>, truncated: bool) -> String {
    let all: Vec<&str> = paths.collect();
    let named: Vec<String> = all
        .iter()
        .take(SHOWN_PATHS)
        .map(|path| format!("- {path}"))
        .collect();
    let rest = match (all.len().saturating_sub(SHOWN_PATHS), truncated) {
        (0, false) => String::new(),
        (more, false) => format!("\n- and {more} more"),
        (_, true) => "\n- and more".to_owned(),
    };
    format!("It touches\n{}{rest}", named.join("\n"))
}

fn reason(refusals: &[Refusal]) -> String {
    match refusals.first() {
        Some(Refusal(why)) => format!(" ({why})"),
        None => String::new(),
    }
}
