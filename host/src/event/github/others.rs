//! What is written down but starts no work: jobs that failed, changes of ours
//! that ended, commands, installations.

use serde::Deserialize;
use serde_json::Value;

use super::{Name, Repo, event, not_for_us};
use crate::event::{
    ChangeEnded, CommandIssued, Event, InstallationChange, InstallationChanged, JobFailed,
    Malformed, Normalised, NotForUs, Said, bounded, command, is_own,
};
use crate::ids::{Branch, Digest};

#[derive(Deserialize)]
pub(super) struct JobPayload {
    action: String,
    workflow_job: Job,
    repository: Repo,
}

#[derive(Deserialize)]
struct Job {
    id: u64,
    run_id: u64,
    name: String,
    head_sha: String,
    conclusion: Option<String>,
}

pub(super) fn workflow_job(payload: JobPayload) -> Result<Normalised, Malformed> {
    let job = payload.workflow_job;
    if payload.action != "completed" {
        return not_for_us(NotForUs::NotCompleted);
    }
    if !matches!(job.conclusion.as_deref(), Some("failure" | "timed_out")) {
        return not_for_us(NotForUs::NotFailed);
    }
    event(Event::JobFailed(JobFailed {
        repository: payload.repository.named()?,
        run: job.run_id,
        job: job.id,
        name: bounded(&job.name),
        commit: job.head_sha.parse()?,
        reason: None,
    }))
}

#[derive(Deserialize)]
pub(super) struct PullPayload {
    action: String,
    pull_request: Pull,
    repository: Repo,
}

#[derive(Deserialize)]
struct Pull {
    number: u64,
    #[serde(default)]
    merged: bool,
    closed_at: Option<String>,
    head: Head,
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "ref")]
    name: String,
    /// Null where the fork it came from is gone.
    repo: Option<Repo>,
}

pub(super) fn pull_request(payload: PullPayload) -> Result<Normalised, Malformed> {
    if payload.action != "closed" {
        return not_for_us(NotForUs::ChangeGoesOn);
    }
    let pull = payload.pull_request;
    let repository = payload.repository.named()?;
    let branch: Branch = pull.head.name.parse()?;
    // A fork may call its branch as it likes; only ours are ours.
    let here = pull.head.repo.is_some_and(|head| {
        head.full_name
            .eq_ignore_ascii_case(repository.name.as_str())
    });
    if !here || !is_own(&branch) {
        return not_for_us(NotForUs::NotOurChange);
    }
    let ended = ChangeEnded {
        repository,
        branch,
        number: pull.number,
        at: bounded(pull.closed_at.as_deref().unwrap_or_default()),
    };
    event(match pull.merged {
        true => Event::ChangeMerged(ended),
        false => Event::ChangeClosed(ended),
    })
}

#[derive(Deserialize)]
pub(super) struct CommentPayload {
    action: String,
    issue: Issue,
    comment: Comment,
    repository: Repo,
}

#[derive(Deserialize)]
struct Issue {
    number: u64,
    /// There where the issue is a pull request.
    pull_request: Option<Value>,
}

#[derive(Deserialize)]
struct Comment {
    id: u64,
    /// Null in some answers where the text is empty.
    body: Option<String>,
    user: Option<User>,
    /// There where an App wrote it for its user.
    performed_via_github_app: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct User {
    pub login: String,
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl User {
    pub fn is_person(&self) -> bool {
        self.kind.as_deref() == Some("User")
    }
}

pub(super) fn issue_comment(payload: CommentPayload) -> Result<Normalised, Malformed> {
    let comment = payload.comment;
    if payload.action != "created" {
        return not_for_us(NotForUs::NotNewComment);
    }
    // A deleted account's comment has no user, and is no person's word.
    let person = comment.user.filter(User::is_person);
    let (Some(person), None) = (person, comment.performed_via_github_app) else {
        return not_for_us(NotForUs::ByBot);
    };
    let Some((word, rest)) = command::parse(comment.body.as_deref().unwrap_or_default()) else {
        return not_for_us(NotForUs::NoCommand);
    };
    if payload.issue.pull_request.is_none() {
        return not_for_us(NotForUs::NotOnChange);
    }
    event(Event::CommandIssued(CommandIssued {
        repository: payload.repository.named()?,
        change: payload.issue.number,
        said: Said::Comment {
            comment: comment.id,
        },
        word,
        rest,
        claimed_author: bounded(&person.login),
    }))
}

#[derive(Deserialize)]
pub(super) struct InstallationPayload {
    action: String,
    installation: Installation,
}

#[derive(Deserialize)]
struct Installation {
    id: u64,
    account: Option<Account>,
}

#[derive(Deserialize)]
struct Account {
    login: Option<String>,
}

/// The body's digest tells one change from another of its kind: nothing else
/// in it does so for certain.
pub(super) fn installation(
    name: Name,
    payload: InstallationPayload,
    digest: &Digest,
) -> Result<Normalised, Malformed> {
    let change = match (name, payload.action.as_str()) {
        (Name::InstallationRepositories, "added") => InstallationChange::RepositoriesAdded,
        (Name::InstallationRepositories, "removed") => InstallationChange::RepositoriesRemoved,
        (Name::Installation, "created") => InstallationChange::Created,
        (Name::Installation, "deleted") => InstallationChange::Deleted,
        (Name::Installation, "suspend") => InstallationChange::Suspended,
        (Name::Installation, "unsuspend") => InstallationChange::Unsuspended,
        (Name::Installation, "new_permissions_accepted") => InstallationChange::PermissionsAccepted,
        _ => return not_for_us(NotForUs::UnknownEvent),
    };
    let account = payload
        .installation
        .account
        .and_then(|account| account.login);
    event(Event::InstallationChanged(InstallationChanged {
        installation: payload.installation.id,
        change,
        account: bounded(account.as_deref().unwrap_or_default()),
        at: digest.hex()[..16].to_owned(),
    }))
}
