//! Failures that no edit mends: the job is run again, or a person is told what
//! is missing. Never a patch.

use sentinel_sdk::{
    Action, Failure, FailureClass, Proposal, Provenance, RepairTask, Report, Rerun, Severity,
};

use crate::transcript::Transcript;

mod scopes;

/// Below this confidence the class is a guess, and strategies with exact
/// preconditions are asked first.
const SURE: f64 = 0.7;

/// A rerun or a finding, where the task's failures are all of such a class and
/// the analyser is sure of it.
pub fn of(task: &RepairTask, transcript: &Transcript) -> Option<Proposal> {
    let first = task.failures.first()?;
    let alike = |failure: &Failure| failure.class == first.class && failure.confidence >= SURE;
    if !task.failures.iter().all(alike) {
        return None;
    }
    match first.class {
        FailureClass::FlakyOrInfraNetwork => Some(rerun(first)),
        FailureClass::PermissionOrSecret => Some(scope(first, transcript)),
        FailureClass::Timeout | FailureClass::OomOrDisk => Some(resources(first)),
        FailureClass::Format
        | FailureClass::Lint
        | FailureClass::Compile
        | FailureClass::TypeCheck
        | FailureClass::TestFailure
        | FailureClass::DependencyResolution
        | FailureClass::Lockfile
        | FailureClass::ConfigOrWorkflowSyntax
        | FailureClass::DockerBuild
        | FailureClass::Deployment
        | FailureClass::Unknown
        | FailureClass::Other(_) => None,
    }
}

fn rerun(failure: &Failure) -> Proposal {
    let line = telling(failure);
    let reason = format!("a network or an infrastructure failed, not the code: {line}");
    proposal(
        failure,
        "rerun",
        "run the job again".to_owned(),
        reason.clone(),
        Action::Rerun(Rerun { reason }),
    )
}

fn scope(failure: &Failure, transcript: &Transcript) -> Proposal {
    let key_lines = failure.key_lines.iter().map(|line| line.text.as_str());
    let printed: Vec<String> = transcript
        .failed()
        .flat_map(|(_, step)| step.output.lines())
        .map(|line| String::from_utf8_lossy(line.text).into_owned())
        .collect();
    let lines = key_lines.chain(printed.iter().map(String::as_str));
    let line = telling(failure);
    let (title, advice) = match scopes::missing(lines) {
        Some(missing) => (missing.title, missing.advice),
        None => (
            "a permission or a secret is missing".to_owned(),
            "Which one the log does not say. Compare the job's `permissions:` and the secrets \
             that it reads with what the failed step needs; workflows of forks get no secrets."
                .to_owned(),
        ),
    };
    found(failure, title, format!("The log says: {line}\n\n{advice}"))
}

fn resources(failure: &Failure) -> Proposal {
    let line = telling(failure);
    let (title, advice) = if failure.class == FailureClass::Timeout {
        (
            "the job ran into its time limit",
            "Look at which step stopped making progress before raising `timeout-minutes`: a \
             hang comes back, a slow step does not get faster by a rerun.",
        )
    } else {
        (
            "the job ran out of memory or disk",
            "Free space first (caches, images, build output), lower the number of parallel jobs, \
             or use a larger machine.",
        )
    };
    found(
        failure,
        title.to_owned(),
        format!("The log says: {line}\n\n{advice}"),
    )
}

fn found(failure: &Failure, title: String, body: String) -> Proposal {
    let report = Report {
        title: title.clone(),
        body: body.clone(),
        severity: Severity::High,
        location: failure.location.clone(),
    };
    proposal(failure, "diagnosis", title, body, Action::Report(report))
}

fn proposal(
    failure: &Failure,
    strategy: &str,
    title: String,
    rationale: String,
    action: Action,
) -> Proposal {
    let lines = failure.key_lines.iter().map(|line| line.number);
    let span = lines.clone().min().zip(lines.max());
    Proposal {
        strategy: strategy.to_owned(),
        title,
        rationale,
        confidence: failure.confidence,
        actions: vec![action],
        provenance: span.map(Provenance::LogLines).into_iter().collect(),
        attributes: Vec::new(),
    }
}

/// The line a person would point at.
fn telling(failure: &Failure) -> &str {
    failure
        .key_lines
        .first()
        .map_or("(no line stands out)", |line| line.text.trim())
}
