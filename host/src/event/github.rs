//! GitHub's webhooks: `workflow_run`.

use serde::Deserialize;

use super::{
    Conclusion, Event, Malformed, Normalised, NotForUs, PipelineFailed, Trigger, bounded, is_own,
};
use crate::delivery::VerifiedDelivery;
use crate::ids::{ForgeKind, ObjectId, Repository, RepositoryName, RunKey, Source};

/// Fields we do not read are ignored: GitHub adds new ones at any time.
#[derive(Deserialize)]
struct Payload {
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
struct Repo {
    full_name: String,
}

#[derive(Deserialize)]
struct Actor {
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct PullRequest {
    number: u64,
    head: Option<Head>,
}

#[derive(Deserialize)]
struct Head {
    sha: String,
}

#[derive(Deserialize)]
struct Installation {
    id: u64,
}

/// Says what a verified GitHub delivery means.
///
/// The event header is outside the signature, so a body has to look like the
/// event it claims to be: otherwise whoever replays a signed body could choose
/// how it is read.
pub fn normalise(delivery: &VerifiedDelivery) -> Result<Normalised, Malformed> {
    let body: serde_json::Value = serde_json::from_slice(delivery.body()).map_err(json)?;
    match delivery.event() {
        "workflow_run" => {
            let missing = |key: &str| body.get(key).is_none().then(|| format!("no `{key}` in it"));
            if let Some(missing) = missing("workflow_run").or_else(|| missing("action")) {
                return Err(Malformed::EventMismatch {
                    header: "workflow_run".into(),
                    missing,
                });
            }
            workflow_run(serde_json::from_value(body).map_err(json)?)
        }
        // A run's body under another name is not "an event we do not know".
        other if is_run(&body) => {
            let missing = "it has a `workflow_run`".into();
            Err(Malformed::EventMismatch {
                header: bounded(other),
                missing,
            })
        }
        "ping" => Ok(Normalised::NotForUs(NotForUs::Ping)),
        _ => Ok(Normalised::NotForUs(NotForUs::UnknownEvent)),
    }
}

/// Whether a body can only be a `workflow_run`. Events about deployments carry
/// the run they belong to as well, but they have other actions.
fn is_run(body: &serde_json::Value) -> bool {
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

fn workflow_run(payload: Payload) -> Result<Normalised, Malformed> {
    if payload.action != "completed" {
        return Ok(Normalised::NotForUs(NotForUs::NotCompleted));
    }
    let conclusion = match payload.workflow_run.conclusion.as_deref() {
        Some("failure") => Conclusion::Failure,
        Some("timed_out") => Conclusion::TimedOut,
        Some("startup_failure") => Conclusion::StartupFailure,
        _ => return Ok(Normalised::NotForUs(NotForUs::NotFailed)),
    };
    failed(payload, conclusion)
}

/// What a run of GitHub's REST list means: the list shows the object that a
/// webhook carries. None where it is nothing to act on.
pub(crate) fn listed_run(
    run: serde_json::Value,
    repository: &RepositoryName,
) -> Result<Option<PipelineFailed>, Malformed> {
    let payload = Payload {
        action: "completed".into(),
        workflow_run: serde_json::from_value(run).map_err(json)?,
        repository: Repo {
            full_name: repository.as_str().to_owned(),
        },
        installation: None,
    };
    match workflow_run(payload)? {
        Normalised::Event(event) => match *event {
            Event::PipelineFailed(run) => Ok(Some(run)),
            Event::PipelinePassed(_)
            | Event::JobFailed(_)
            | Event::ChangeMerged(_)
            | Event::ChangeClosed(_)
            | Event::CommandIssued(_)
            | Event::InstallationChanged(_) => Ok(None),
        },
        Normalised::NotForUs(_) => Ok(None),
    }
}

fn failed(payload: Payload, conclusion: Conclusion) -> Result<Normalised, Malformed> {
    let run = payload.workflow_run;
    let name: RepositoryName = payload.repository.full_name.parse()?;
    if !name.is_owner_and_name() {
        return Err(Malformed::Value(
            "`repository.full_name` is not `owner/name`",
        ));
    }
    let branch = run
        .head_branch
        .as_deref()
        .ok_or(Malformed::Value("no `head_branch`"))?
        .parse()?;
    // A fork may call its branch as it likes; only ours are ours.
    let fork = run
        .head_repository
        .as_ref()
        .is_none_or(|head| !head.full_name.eq_ignore_ascii_case(name.as_str()));
    if !fork && is_own(&branch) {
        return Ok(Normalised::NotForUs(NotForUs::OwnBranch));
    }
    let commit: ObjectId = run.head_sha.parse()?;
    let key = RunKey {
        repository: Repository::new(ForgeKind::GitHub, name),
        source: Source::Forge,
        run: run.id,
        attempt: u64::from(run.run_attempt.max(1)),
    };
    let is_bot = |actor: &Option<Actor>| {
        actor.as_ref().and_then(|actor| actor.kind.as_deref()) == Some("Bot")
    };
    let event = PipelineFailed {
        run: key,
        conclusion,
        trigger: trigger(
            &run.event,
            run.pull_requests.as_deref().unwrap_or_default(),
            &commit,
        ),
        commit,
        branch,
        fork,
        by_bot: is_bot(&run.actor) || is_bot(&run.triggering_actor),
        workflow: bounded(run.name.as_deref().unwrap_or_default()),
        url: run.html_url.as_deref().map(bounded),
        installation: payload.installation.map(|installation| installation.id),
        command: None,
        log_format: None,
    };
    Ok(Normalised::Event(Box::new(Event::PipelineFailed(event))))
}

fn trigger(event: &str, pulls: &[PullRequest], commit: &ObjectId) -> Trigger {
    match event {
        "push" => Trigger::Push,
        "pull_request" | "pull_request_target" => {
            // The list may name other pull requests of the same branch too.
            let tested = pulls
                .iter()
                .find(|pull| {
                    pull.head
                        .as_ref()
                        .is_some_and(|head| head.sha == commit.as_str())
                })
                .or(pulls.first());
            Trigger::PullRequest {
                number: tested.map(|pull| pull.number),
            }
        }
        "merge_group" => Trigger::MergeQueue,
        other => Trigger::Other {
            name: bounded(other),
        },
    }
}
