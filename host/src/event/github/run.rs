//! `workflow_run`: a run of GitHub Actions ended.

use serde::Deserialize;

use super::{Repo, event, json, not_for_us};
use crate::event::{
    ChangeChecked, Conclusion, Event, Malformed, Normalised, NotForUs, PipelineFailed,
    PipelinePassed, Trigger, bounded, is_own,
};
use crate::ids::{Branch, ObjectId, RepositoryName, RunKey, Source};

/// Fields we do not read are ignored: GitHub adds new ones at any time.
#[derive(Deserialize)]
pub(super) struct Payload {
    action: String,
    workflow_run: Run,
    repository: Repo,
    installation: Option<Installation>,
}

#[derive(Deserialize)]
struct Run {
    id: u64,
    /// Old servers leave it out.
    #[serde(default)]
    run_attempt: u32,
    name: Option<String>,
    event: String,
    conclusion: Option<String>,
    head_sha: String,
    head_branch: Option<String>,
    head_repository: Option<Repo>,
    html_url: Option<String>,
    actor: Option<Actor>,
    triggering_actor: Option<Actor>,
    /// `null` in some answers, as GitHub's description of its API allows.
    pull_requests: Option<Vec<PullRequest>>,
}

#[derive(Deserialize)]
struct Actor {
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct PullRequest {
    number: u64,
    head: Option<Head>,
    base: Option<Base>,
}

#[derive(Deserialize)]
struct Base {
    #[serde(rename = "ref")]
    name: String,
}

#[derive(Deserialize)]
struct Head {
    sha: String,
}

#[derive(Deserialize)]
struct Installation {
    id: u64,
}

pub(super) fn workflow_run(payload: Payload) -> Result<Normalised, Malformed> {
    if payload.action != "completed" {
        return not_for_us(NotForUs::NotCompleted);
    }
    let conclusion = match payload.workflow_run.conclusion.as_deref() {
        Some("failure") => Conclusion::Failure,
        Some("timed_out") => Conclusion::TimedOut,
        Some("startup_failure") => Conclusion::StartupFailure,
        Some("success") => return ended(payload, None),
        _ => return not_for_us(NotForUs::NotFailed),
    };
    ended(payload, Some(conclusion))
}

/// A run of GitHub's REST list.
pub(crate) enum ListedRun {
    Failed(PipelineFailed),
    Passed(PipelinePassed),
}

/// What a run of GitHub's REST list means: the list shows the object that a
/// webhook carries. None where it is nothing to act on.
pub(crate) fn listed_run(
    run: serde_json::Value,
    repository: &RepositoryName,
) -> Result<Option<ListedRun>, Malformed> {
    let payload = Payload {
        action: "completed".into(),
        workflow_run: serde_json::from_value(run).map_err(json)?,
        repository: Repo {
            full_name: repository.as_str().to_owned(),
            default_branch: None,
        },
        installation: None,
    };
    match workflow_run(payload)? {
        Normalised::Event(event) => match *event {
            Event::PipelineFailed(run) => Ok(Some(ListedRun::Failed(run))),
            Event::PipelinePassed(run) => Ok(Some(ListedRun::Passed(run))),
            Event::JobFailed(_)
            | Event::ChangeMerged(_)
            | Event::ChangeClosed(_)
            | Event::ChangeChecked(_)
            | Event::CommandIssued(_)
            | Event::InstallationChanged(_) => Ok(None),
        },
        Normalised::NotForUs(_) => Ok(None),
    }
}

/// A run that ended red, or green where there is no conclusion.
fn ended(payload: Payload, conclusion: Option<Conclusion>) -> Result<Normalised, Malformed> {
    let run = payload.workflow_run;
    let repository = payload.repository.named()?;
    let branch = run
        .head_branch
        .as_deref()
        .ok_or(Malformed::Value("no `head_branch`"))?
        .parse()?;
    // A fork may call its branch as it likes; only ours are ours.
    let fork = run.head_repository.as_ref().is_none_or(|head| {
        !head
            .full_name
            .eq_ignore_ascii_case(repository.name.as_str())
    });
    let commit: ObjectId = run.head_sha.parse()?;
    let key = RunKey {
        repository,
        source: Source::Forge,
        run: run.id,
        attempt: u64::from(run.run_attempt.max(1)),
    };
    // Never read as a run: acting on its log would be a loop.
    if !fork && is_own(&branch) {
        return event(Event::ChangeChecked(ChangeChecked {
            run: key,
            branch,
            commit,
        }));
    }
    let workflow = bounded(run.name.as_deref().unwrap_or_default());
    let pulls = run.pull_requests.unwrap_or_default();
    let trigger = trigger(&run.event, &pulls, &commit);
    let Some(conclusion) = conclusion else {
        return event(Event::PipelinePassed(PipelinePassed {
            run: key,
            commit,
            branch,
            trigger: Some(trigger),
            fork,
            workflow,
        }));
    };
    let is_bot = |actor: &Option<Actor>| {
        actor.as_ref().and_then(|actor| actor.kind.as_deref()) == Some("Bot")
    };
    event(Event::PipelineFailed(PipelineFailed {
        run: key,
        conclusion,
        base: base(
            &pulls,
            &commit,
            payload.repository.default_branch.as_deref(),
        ),
        trigger,
        commit,
        branch,
        fork,
        by_bot: is_bot(&run.actor) || is_bot(&run.triggering_actor),
        workflow,
        url: run.html_url.as_deref().map(bounded),
        installation: payload.installation.map(|installation| installation.id),
        command: None,
        log_format: None,
    }))
}

fn trigger(event: &str, pulls: &[PullRequest], commit: &ObjectId) -> Trigger {
    match event {
        "push" => Trigger::Push,
        "pull_request" | "pull_request_target" => Trigger::PullRequest {
            number: tested(pulls, commit),
        },
        "merge_group" => Trigger::MergeQueue,
        other => Trigger::Other {
            name: bounded(other),
        },
    }
}

/// The pull request's base, or else the default branch. A name that no branch
/// can have is none.
pub(super) fn base(
    pulls: &[PullRequest],
    commit: &ObjectId,
    default: Option<&str>,
) -> Option<Branch> {
    let base = of_commit(pulls, commit).and_then(|pull| pull.base.as_ref());
    base.map(|base| base.name.as_str())
        .or(default)?
        .parse()
        .ok()
}

/// The number of a commit's pull request.
pub(super) fn tested(pulls: &[PullRequest], commit: &ObjectId) -> Option<u64> {
    of_commit(pulls, commit).map(|pull| pull.number)
}

/// The pull request of a commit. The list may name others of the same branch.
fn of_commit<'a>(pulls: &'a [PullRequest], commit: &ObjectId) -> Option<&'a PullRequest> {
    let of_commit = |pull: &&PullRequest| {
        let head = pull.head.as_ref();
        head.is_some_and(|head| head.sha == commit.as_str())
    };
    pulls.iter().find(of_commit).or(pulls.first())
}
