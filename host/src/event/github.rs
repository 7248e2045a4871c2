//! GitHub's webhooks, and which of them are acted on.
//!
//! Work begins when a run is over (`workflow_run`), or a check run of another
//! CI system is. A failed `workflow_job` is only written down: its run tells
//! again, and with a run whose word never arrives, polling and the recovery of
//! missed deliveries are there.

mod check;
mod others;
mod run;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Event, Malformed, Normalised, NotForUs, bounded};
use crate::delivery::VerifiedDelivery;
use crate::ids::{ForgeKind, Repository, RepositoryName};

pub(crate) use run::{ListedRun, listed_run};

/// The events we take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    WorkflowRun,
    WorkflowJob,
    CheckRun,
    CheckSuite,
    PullRequest,
    IssueComment,
    Installation,
    InstallationRepositories,
    Ping,
}

impl Name {
    pub const ALL: [Name; 9] = [
        Name::WorkflowRun,
        Name::WorkflowJob,
        Name::CheckRun,
        Name::CheckSuite,
        Name::PullRequest,
        Name::IssueComment,
        Name::Installation,
        Name::InstallationRepositories,
        Name::Ping,
    ];

    /// As the header and GitHub's lists of deliveries write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Name::WorkflowRun => "workflow_run",
            Name::WorkflowJob => "workflow_job",
            Name::CheckRun => "check_run",
            Name::CheckSuite => "check_suite",
            Name::PullRequest => "pull_request",
            Name::IssueComment => "issue_comment",
            Name::Installation => "installation",
            Name::InstallationRepositories => "installation_repositories",
            Name::Ping => "ping",
        }
    }

    pub fn parse(text: &str) -> Option<Name> {
        Name::ALL.into_iter().find(|name| name.as_str() == text)
    }

    /// What a body of this event holds, and what it does not: bodies of one
    /// event carry the objects of others.
    fn shape(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Name::WorkflowRun => (&["workflow_run", "action"], &[]),
            Name::WorkflowJob => (&["workflow_job", "action"], &[]),
            Name::CheckRun => (&["check_run", "action"], &["deployment_status"]),
            Name::CheckSuite => (&["check_suite", "action"], &["check_run"]),
            Name::PullRequest => (
                &["pull_request", "action"],
                &["review", "comment", "thread"],
            ),
            Name::IssueComment => (&["comment", "issue", "action"], &[]),
            Name::Installation => (&["installation", "action"], &["repository"]),
            Name::InstallationRepositories => (
                &["installation", "action", "repositories_added"],
                &["repository"],
            ),
            Name::Ping => (&[], &[]),
        }
    }
}

/// Says what a verified GitHub delivery means.
///
/// The event header is outside the signature, so a body has to look like the
/// event it claims to be: otherwise whoever replays a signed body could choose
/// how it is read.
pub fn normalise(delivery: &VerifiedDelivery) -> Result<Normalised, Malformed> {
    let body: Value = serde_json::from_slice(delivery.body()).map_err(json)?;
    let name = Name::parse(delivery.event());
    check_shape(name, delivery.event(), &body)?;
    let Some(name) = name else {
        return not_for_us(NotForUs::UnknownEvent);
    };
    match name {
        Name::Ping => not_for_us(NotForUs::Ping),
        Name::WorkflowRun => run::workflow_run(read(body)?),
        Name::WorkflowJob => others::workflow_job(read(body)?),
        Name::CheckRun => check::check_run(read(body)?, &delivery.digest()),
        // It ends with the last of its check runs, each of which has told.
        Name::CheckSuite => not_for_us(NotForUs::ToldOtherwise),
        Name::PullRequest => others::pull_request(read(body)?),
        Name::IssueComment => others::issue_comment(read(body)?),
        Name::Installation | Name::InstallationRepositories => {
            others::installation(name, read(body)?, &delivery.digest())
        }
    }
}

fn check_shape(name: Option<Name>, header: &str, body: &Value) -> Result<(), Malformed> {
    let mismatch = |missing: String| Malformed::EventMismatch {
        header: bounded(header),
        missing,
    };
    // A run's body under another name is not "an event we do not know".
    if is_run(body) && name != Some(Name::WorkflowRun) {
        return Err(mismatch("it has a `workflow_run`".into()));
    }
    let (has, lacks) = name.map_or((&[][..], &[][..]), Name::shape);
    if let Some(key) = has.iter().find(|key| body.get(key).is_none()) {
        return Err(mismatch(format!("no `{key}` in it")));
    }
    match lacks.iter().find(|key| body.get(key).is_some()) {
        Some(key) => Err(mismatch(format!("it has a `{key}`"))),
        None => Ok(()),
    }
}

/// Whether a body can only be a `workflow_run`. Events about deployments carry
/// the run they belong to as well, but they have other actions.
fn is_run(body: &Value) -> bool {
    let action = body.get("action").and_then(|action| action.as_str());
    let of_runs = matches!(action, Some("requested" | "in_progress" | "completed"));
    let others = [
        "deployment",
        "environment",
        "workflow_job",
        "check_run",
        "check_suite",
    ];
    let other = others.iter().any(|other| body.get(other).is_some());
    body.get("workflow_run").is_some() && of_runs && !other
}

fn json(error: serde_json::Error) -> Malformed {
    Malformed::Json(error.to_string())
}

fn read<T: DeserializeOwned>(body: Value) -> Result<T, Malformed> {
    serde_json::from_value(body).map_err(json)
}

fn not_for_us(why: NotForUs) -> Result<Normalised, Malformed> {
    Ok(Normalised::NotForUs(why))
}

fn event(event: Event) -> Result<Normalised, Malformed> {
    Ok(Normalised::Event(Box::new(event)))
}

#[derive(Deserialize)]
struct Repo {
    full_name: String,
    default_branch: Option<String>,
}

impl Repo {
    fn named(&self) -> Result<Repository, Malformed> {
        let name: RepositoryName = self.full_name.parse()?;
        match name.is_owner_and_name() {
            true => Ok(Repository::new(ForgeKind::GitHub, name)),
            false => Err(Malformed::Value(
                "`repository.full_name` is not `owner/name`",
            )),
        }
    }
}
