//! From workflow files to an answer.

use sentinel_sdk::{Action, Location, Output, Proposal, Provenance, Report, Severity};

use crate::advice::{Advice, Notice, advise, gitlab, noticed};
use crate::history::History;
use crate::workflow::{Finding, Kind, look_over};
use crate::workflow_file::WorkflowFile;

/// Bytes of a workflow that are read. GitHub takes no larger ones.
pub const MAX_WORKFLOW_BYTES: usize = 1024 * 1024;

/// Workflow files that are read.
pub const MAX_WORKFLOWS: usize = 500;

/// Reports of one kind. Who has more has read enough.
const MAX_REPORTS: usize = 50;

/// A workflow file.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// Relative to the root of the repository.
    pub path: String,
    pub bytes: Vec<u8>,
}

struct Found<'a> {
    path: &'a str,
    finding: Finding,
}

/// What is looked at.
#[derive(Debug, Clone, Default)]
pub struct Repository {
    pub workflows: Vec<Workflow>,
    /// All its files.
    pub files: Vec<String>,
    /// What its runs were like, where somebody knows.
    pub history: Option<History>,
}

/// Looks over all workflows.
pub fn review(repository: &Repository) -> Output {
    let workflows = &repository.workflows;
    if workflows.is_empty() {
        return Output::Abstained(
            "There is no workflow in .github/workflows and no .gitlab-ci.yml.".into(),
        );
    }
    let advice: Vec<Advice> = workflows
        .iter()
        .flat_map(|workflow| advised(workflow, repository))
        .collect();
    let found: Vec<Found> = workflows.iter().flat_map(look_at).collect();
    let left: Vec<Found> = found
        .into_iter()
        .filter(|found| !is_mended(found, &advice))
        .collect();
    let mut proposals: Vec<Proposal> = advice.iter().map(Advice::proposal).collect();
    let themes = [Theme::Broken, Theme::Unpinned, Theme::NoTimeout];
    proposals.extend(
        themes
            .into_iter()
            .filter_map(|theme| proposal(theme, &left)),
    );
    let notices = repository.history.iter().flat_map(noticed);
    proposals.extend(notices.take(MAX_REPORTS).map(told));
    if proposals.is_empty() {
        let count = workflows.len();
        return Output::Abstained(format!(
            "Every job of {count} workflow{} has timeout-minutes, every action of others is pinned \
             to a commit, and nothing that past runs show calls for a change.",
            if count == 1 { "" } else { "s" }
        ));
    }
    Output::Proposals(proposals)
}

fn advised(workflow: &Workflow, repository: &Repository) -> Vec<Advice> {
    let nothing = History::default();
    let history = repository.history.as_ref().unwrap_or(&nothing);
    let Ok(text) = std::str::from_utf8(&workflow.bytes) else {
        return Vec::new();
    };
    if text.len() > MAX_WORKFLOW_BYTES {
        return Vec::new();
    }
    if workflow.path == gitlab::FILE {
        return gitlab::advise(text, history).into_iter().collect();
    }
    let file = WorkflowFile::read(&workflow.path, text);
    file.map(|file| advise(&file, history, &repository.files))
        .unwrap_or_default()
}

/// Whether a change that is proposed does away with it.
fn is_mended(found: &Found, advice: &[Advice]) -> bool {
    let there = |text: &str| {
        look_over(text)
            .iter()
            .filter(|other| other.kind == found.finding.kind)
            .count()
    };
    advice
        .iter()
        .filter(|advice| advice.path == found.path)
        .any(|advice| there(&advice.after) < there(&advice.before))
}

/// A report of its own, with its numbers.
fn told(notice: Notice) -> Proposal {
    let report = Report {
        title: notice.title.clone(),
        body: notice.body.clone(),
        severity: Severity::Low,
        location: Some(Location {
            path: notice.path.clone(),
            line: None,
            column: None,
        }),
    };
    Proposal {
        strategy: notice.strategy.into(),
        title: notice.title,
        rationale: notice.body,
        confidence: 1.0,
        actions: vec![Action::Report(report)],
        provenance: vec![Provenance::File(notice.path)],
        attributes: Vec::new(),
    }
}

fn look_at(workflow: &Workflow) -> Vec<Found<'_>> {
    let path = workflow.path.as_str();
    // What is looked for is GitHub's.
    if path == gitlab::FILE {
        return Vec::new();
    }
    let findings = match std::str::from_utf8(&workflow.bytes) {
        _ if workflow.bytes.len() > MAX_WORKFLOW_BYTES => {
            vec![unreadable(
                1,
                format!("larger than {MAX_WORKFLOW_BYTES} bytes"),
            )]
        }
        Ok(text) => look_over(text),
        Err(error) => {
            let before = &workflow.bytes[..error.valid_up_to()];
            let feeds = before.iter().filter(|byte| **byte == b'\n').count();
            let line = u32::try_from(feeds + 1).unwrap_or(u32::MAX);
            vec![unreadable(line, "not UTF-8".into())]
        }
    };
    let found = findings.into_iter().map(|finding| Found { path, finding });
    found.collect()
}

fn unreadable(line: u32, reason: String) -> Finding {
    Finding {
        line,
        kind: Kind::Broken { column: 1, reason },
    }
}

/// What goes into one proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Theme {
    Broken,
    Unpinned,
    NoTimeout,
}

impl Theme {
    fn of(kind: &Kind) -> Self {
        match kind {
            Kind::NoTimeout { .. } => Theme::NoTimeout,
            Kind::Unpinned { .. } => Theme::Unpinned,
            Kind::Broken { .. } => Theme::Broken,
        }
    }

    fn strategy(self) -> &'static str {
        match self {
            Theme::Broken => "workflow-syntax",
            Theme::Unpinned => "pinned-actions",
            Theme::NoTimeout => "job-timeout",
        }
    }

    fn title(self, count: usize) -> String {
        let many = if count == 1 { "" } else { "s" };
        match self {
            Theme::Broken => format!("{count} workflow{many} that cannot be read"),
            Theme::Unpinned => format!("{count} use{many} of an action not pinned to a commit"),
            Theme::NoTimeout => format!("{count} job{many} without timeout-minutes"),
        }
    }

    fn rationale(self) -> &'static str {
        match self {
            Theme::Broken => "GitHub starts no job of a workflow that it cannot read.",
            Theme::Unpinned => {
                "A tag or a branch of somebody else's repository can be moved to other code, which \
                 then runs with this repository's token and secrets. A full commit SHA cannot."
            }
            Theme::NoTimeout => {
                "Without timeout-minutes a job that hangs runs, and is paid for, until GitHub \
                 stops it after six hours."
            }
        }
    }

    fn severity(self) -> Severity {
        match self {
            Theme::Broken => Severity::High,
            Theme::Unpinned => Severity::Medium,
            Theme::NoTimeout => Severity::Low,
        }
    }
}

fn proposal(theme: Theme, found: &[Found]) -> Option<Proposal> {
    let mine = || {
        found
            .iter()
            .filter(|found| Theme::of(&found.finding.kind) == theme)
    };
    let count = mine().count();
    if count == 0 {
        return None;
    }
    let mut files: Vec<&str> = mine().map(|found| found.path).collect();
    files.dedup();
    let left = count.saturating_sub(MAX_REPORTS);
    let mut rationale = theme.rationale().to_owned();
    if left > 0 {
        rationale.push_str(&format!(" {left} more are not listed."));
    }
    Some(Proposal {
        strategy: theme.strategy().into(),
        title: theme.title(count),
        rationale,
        confidence: 1.0,
        actions: mine()
            .take(MAX_REPORTS)
            .map(|found| report(theme, found))
            .collect(),
        provenance: files
            .into_iter()
            .map(|path| Provenance::File(path.into()))
            .collect(),
        attributes: Vec::new(),
    })
}

fn report(theme: Theme, found: &Found) -> Action {
    let (title, body) = words(&found.finding.kind);
    let column = match found.finding.kind {
        Kind::Broken { column, .. } => Some(column),
        _ => None,
    };
    Action::Report(Report {
        title,
        body,
        severity: theme.severity(),
        location: Some(Location {
            path: found.path.to_owned(),
            line: Some(found.finding.line),
            column,
        }),
    })
}

fn words(kind: &Kind) -> (String, String) {
    match kind {
        Kind::NoTimeout { job } => (
            format!("Job {job} has no timeout-minutes"),
            "It may run for six hours. Set timeout-minutes to about twice its usual duration."
                .into(),
        ),
        Kind::Unpinned { action } => (
            format!("{action} is not pinned to a commit"),
            "Write the full commit SHA of the release in place of the tag or branch, and the \
             tag behind it as a comment, so that update tools keep it current."
                .into(),
        ),
        Kind::Broken { reason, .. } => (
            "The workflow cannot be read".into(),
            format!("GitHub will not run it: {reason}."),
        ),
    }
}
