//! Between the contract's types and ours. What comes from a guest is bounded
//! and checked for form here, once.

use super::bindings::sentinel::agent::types as wit;
use super::error::TaskError;
use super::task::{Input, Output, TaskInput};
use crate::failure::{
    Attribute, Failure, FailureClass, KeyLine, Location, MAX_ATTRIBUTES, MAX_FAILURES,
    MAX_KEY_LINES, MAX_TEXT_BYTES, Severity,
};
use crate::grant::{Capability, Grant};
use crate::proposal::{
    Action, Edit, EditContent, MAX_ACTIONS, MAX_PROPOSALS, MAX_RATIONALE_CHARS, MAX_TITLE_CHARS,
    Proposal, Provenance,
};

pub(super) fn attributes(attributes: &[Attribute]) -> Vec<wit::Attribute> {
    let attribute = |attribute: &Attribute| wit::Attribute {
        key: attribute.key.clone(),
        value: attribute.value.clone(),
    };
    attributes.iter().map(attribute).collect()
}

pub(super) fn task(grant: &Grant, task: &TaskInput) -> wit::Task {
    let kind = match task {
        TaskInput::Analyze { provider, log } => wit::TaskKind::Analyze(wit::AnalyzeTask {
            provider: to_provider(*provider),
            log: log.clone(),
        }),
        TaskInput::Repair {
            failures,
            provider,
            log,
            commit,
            command,
        } => wit::TaskKind::Repair(wit::RepairTask {
            failures: failures.iter().map(to_failure).collect(),
            provider: to_provider(*provider),
            log: log.clone(),
            commit: commit.clone(),
            command: command.clone(),
        }),
        TaskInput::Optimize { commit } => wit::TaskKind::Optimize(wit::OptimizeTask {
            commit: commit.clone(),
        }),
    };
    wit::Task {
        id: grant.task.to_string(),
        kind,
        attributes: granted(grant),
    }
}

/// What an agent is told of its grant, where that has a model: which of the
/// capabilities that leave the sandbox it may ask for. An agent that would only
/// try costs a refusal each time.
fn granted(grant: &Grant) -> Vec<wit::Attribute> {
    let capabilities = &grant.permissions.capabilities;
    if !grant.permissions.has(Capability::Model) {
        return Vec::new();
    }
    let names: Vec<&str> = capabilities.keys().map(|one| one.as_str()).collect();
    vec![wit::Attribute {
        key: "granted".to_owned(),
        value: names.join(","),
    }]
}

fn to_provider(provider: Input) -> wit::Provider {
    match provider {
        Input::GitHub => wit::Provider::Github,
        Input::GitLab => wit::Provider::Gitlab,
        Input::Jenkins => wit::Provider::Jenkins,
        Input::Auto => wit::Provider::Auto,
    }
}

fn to_failure(failure: &Failure) -> wit::Failure {
    wit::Failure {
        class: to_class(failure.class),
        severity: match failure.severity {
            Severity::Low => wit::Severity::Low,
            Severity::Medium => wit::Severity::Medium,
            Severity::High => wit::Severity::High,
            Severity::Critical => wit::Severity::Critical,
        },
        confidence: failure.confidence,
        key_lines: failure
            .key_lines
            .iter()
            .map(|line| wit::KeyLine {
                number: line.number,
                text: line.text.clone(),
            })
            .collect(),
        command: failure.command.clone(),
        tool: failure.tool.clone(),
        location: failure.location.as_ref().map(|at| wit::Location {
            path: at.path.clone(),
            line: at.line,
            column: at.column,
        }),
        fingerprint: failure.fingerprint.to_string(),
        attributes: attributes(&failure.attributes),
    }
}

/// Pairs every class with the contract's case, both ways.
macro_rules! classes {
    ($($name:ident),*) => {
        pub(super) fn to_class(class: FailureClass) -> wit::FailureClass {
            match class { $(FailureClass::$name => wit::FailureClass::$name,)* }
        }

        fn from_class(class: &wit::FailureClass) -> FailureClass {
            match class {
                $(wit::FailureClass::$name => FailureClass::$name,)*
                wit::FailureClass::Other(_) => FailureClass::Unknown,
            }
        }
    };
}

classes!(
    Format,
    Lint,
    Compile,
    TypeCheck,
    TestFailure,
    DependencyResolution,
    Lockfile,
    FlakyOrInfraNetwork,
    Timeout,
    OomOrDisk,
    PermissionOrSecret,
    ConfigOrWorkflowSyntax,
    DockerBuild,
    Deployment,
    Unknown
);

fn invalid(why: impl Into<String>) -> TaskError {
    TaskError::InvalidAnswer { why: why.into() }
}

pub(super) fn output(output: wit::Output) -> Result<Output, TaskError> {
    match output {
        wit::Output::Failures(failures) => {
            let failures = failures.into_iter().take(MAX_FAILURES).map(failure);
            Ok(Output::Failures(failures.collect::<Result<_, _>>()?))
        }
        wit::Output::Proposals(proposals) if proposals.is_empty() => Err(invalid(
            "a list of no proposals; `abstained` says that there is none",
        )),
        wit::Output::Proposals(proposals) => {
            let proposals = proposals.into_iter().take(MAX_PROPOSALS).map(proposal);
            Ok(Output::Proposals(proposals.collect::<Result<_, _>>()?))
        }
        wit::Output::Abstained(reason) => Ok(Output::Abstained(text(reason))),
        wit::Output::Other(extension) => Err(invalid(format!(
            "output {:?}, which this host does not know",
            extension.name
        ))),
    }
}

/// A text cut to [`MAX_TEXT_BYTES`].
pub(super) fn text(text: String) -> String {
    cut(text, MAX_TEXT_BYTES)
}

/// What a guest says of itself, for the ledger and for people: cut, and
/// redacted, since it may quote what it read.
pub(super) fn told(said: &str) -> String {
    text(crate::redact::redact(said).into_owned())
}

fn cut(mut text: String, bytes: usize) -> String {
    if text.len() > bytes {
        text.truncate(text.floor_char_boundary(bytes));
    }
    text
}

fn cut_chars(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

fn confidence(value: f64) -> Result<f64, TaskError> {
    match (0.0..=1.0).contains(&value) {
        true => Ok(value),
        false => Err(invalid(format!("confidence {value} is not from 0 to 1"))),
    }
}

fn severity(severity: &wit::Severity) -> Severity {
    match severity {
        wit::Severity::Low => Severity::Low,
        wit::Severity::Medium | wit::Severity::Other(_) => Severity::Medium,
        wit::Severity::High => Severity::High,
        wit::Severity::Critical => Severity::Critical,
    }
}

fn location(location: wit::Location) -> Location {
    Location {
        path: text(location.path),
        line: location.line,
        column: location.column,
    }
}

fn from_attributes(attributes: Vec<wit::Attribute>) -> Vec<Attribute> {
    let attribute = |attribute: wit::Attribute| Attribute {
        key: text(attribute.key),
        value: text(attribute.value),
    };
    attributes
        .into_iter()
        .take(MAX_ATTRIBUTES)
        .map(attribute)
        .collect()
}

fn failure(failure: wit::Failure) -> Result<Failure, TaskError> {
    let key_line = |line: wit::KeyLine| KeyLine {
        number: line.number,
        text: text(line.text),
    };
    Ok(Failure {
        class: from_class(&failure.class),
        severity: severity(&failure.severity),
        confidence: confidence(failure.confidence)?,
        key_lines: failure
            .key_lines
            .into_iter()
            .take(MAX_KEY_LINES)
            .map(key_line)
            .collect(),
        command: failure.command.map(text),
        tool: failure.tool.map(text),
        location: failure.location.map(location),
        fingerprint: failure
            .fingerprint
            .parse()
            .map_err(|e| invalid(format!("{e}")))?,
        attributes: from_attributes(failure.attributes),
    })
}

fn proposal(proposal: wit::Proposal) -> Result<Proposal, TaskError> {
    if proposal.actions.len() > MAX_ACTIONS {
        return Err(invalid(format!(
            "more than {MAX_ACTIONS} actions in one proposal"
        )));
    }
    Ok(Proposal {
        strategy: cut_chars(&proposal.strategy, MAX_TITLE_CHARS),
        title: cut_chars(&proposal.title, MAX_TITLE_CHARS),
        rationale: cut_chars(&proposal.rationale, MAX_RATIONALE_CHARS),
        confidence: confidence(proposal.confidence)?,
        actions: proposal
            .actions
            .into_iter()
            .map(action)
            .collect::<Result<_, _>>()?,
        provenance: proposal
            .provenance
            .into_iter()
            .take(MAX_ACTIONS)
            .filter_map(provenance)
            .collect(),
        attributes: from_attributes(proposal.attributes),
    })
}

fn action(action: wit::Action) -> Result<Action, TaskError> {
    match action {
        wit::Action::Change(change) => {
            let edits = change
                .edits
                .into_iter()
                .map(edit)
                .collect::<Result<_, _>>()?;
            Ok(Action::Change { edits })
        }
        wit::Action::Rerun(rerun) => Ok(Action::Rerun {
            reason: text(rerun.reason),
        }),
        wit::Action::Report(report) => Ok(Action::Report {
            title: cut_chars(&report.title, MAX_TITLE_CHARS),
            body: cut_chars(&report.body, MAX_RATIONALE_CHARS),
            severity: severity(&report.severity),
            location: report.location.map(location),
        }),
        // Half of what an agent meant is not what it meant.
        wit::Action::Other(extension) => Err(invalid(format!(
            "action {:?}, which this host does not know",
            extension.name
        ))),
    }
}

pub(super) fn edit(edit: wit::Edit) -> Result<Edit, TaskError> {
    let content = match edit.content {
        wit::EditContent::Write(bytes) => EditContent::Write(bytes),
        wit::EditContent::Delete => EditContent::Delete,
        wit::EditContent::Other(extension) => {
            return Err(invalid(format!(
                "edit {:?}, which this host does not know",
                extension.name
            )));
        }
    };
    Ok(Edit {
        path: edit.path,
        base: edit.base,
        content,
    })
}

pub(super) fn to_edit(edit: Edit) -> wit::Edit {
    wit::Edit {
        path: edit.path,
        base: edit.base,
        content: match edit.content {
            EditContent::Write(bytes) => wit::EditContent::Write(bytes),
            EditContent::Delete => wit::EditContent::Delete,
        },
    }
}

fn provenance(provenance: wit::Provenance) -> Option<Provenance> {
    match provenance {
        wit::Provenance::LogLines((first, last)) => Some(Provenance::LogLines { first, last }),
        wit::Provenance::File(path) => Some(Provenance::File { path: text(path) }),
        wit::Provenance::Other(other) if other.name == "model" => Some(Provenance::Model),
        wit::Provenance::Other(_) => None,
    }
}
