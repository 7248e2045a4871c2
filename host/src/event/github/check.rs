//! `check_run`: how other CI systems show themselves on GitHub.

use serde::Deserialize;

use super::run::{PullRequest, base, tested};
use super::{Repo, event, not_for_us};
use crate::change::CHECK_NAME;
use crate::event::{
    ChangeChecked, Conclusion, Event, Malformed, Normalised, NotForUs, PipelineFailed,
    PipelinePassed, Trigger, bounded, is_own,
};
use crate::ids::{Branch, ObjectId, RunKey, Source};

#[derive(Deserialize)]
pub(super) struct Payload {
    action: String,
    check_run: CheckRun,
    repository: Repo,
    installation: Option<Installation>,
}

#[derive(Deserialize)]
struct Installation {
    id: u64,
}

#[derive(Deserialize)]
struct CheckRun {
    id: u64,
    name: String,
    head_sha: String,
    conclusion: Option<String>,
    html_url: Option<String>,
    app: Option<App>,
    check_suite: Option<Suite>,
    pull_requests: Option<Vec<PullRequest>>,
}

#[derive(Deserialize)]
struct App {
    slug: Option<String>,
}

#[derive(Deserialize)]
struct Suite {
    /// Null where the commit is a fork's.
    head_branch: Option<String>,
}

/// The App behind GitHub Actions, whose runs tell by themselves.
const ACTIONS: &str = "github-actions";

pub(super) fn check_run(payload: Payload) -> Result<Normalised, Malformed> {
    let run = &payload.check_run;
    if payload.action != "completed" {
        return not_for_us(NotForUs::NotCompleted);
    }
    let slug = run.app.as_ref().and_then(|app| app.slug.as_deref());
    if slug == Some(ACTIONS) {
        return not_for_us(NotForUs::ToldOtherwise);
    }
    if run.name == CHECK_NAME {
        return not_for_us(NotForUs::OwnCheck);
    }
    let conclusion = match run.conclusion.as_deref() {
        Some("failure") => Some(Conclusion::Failure),
        Some("timed_out") => Some(Conclusion::TimedOut),
        Some("startup_failure") => Some(Conclusion::StartupFailure),
        Some("success") => None,
        _ => return not_for_us(NotForUs::NotFailed),
    };
    let suite = run.check_suite.as_ref();
    let Some(branch) = suite.and_then(|suite| suite.head_branch.as_deref()) else {
        return not_for_us(NotForUs::NoBranch);
    };
    let branch: Branch = branch.parse()?;
    ended(payload, branch, conclusion)
}

/// A check run that ended red, or green where there is no conclusion.
fn ended(
    payload: Payload,
    branch: Branch,
    conclusion: Option<Conclusion>,
) -> Result<Normalised, Malformed> {
    let run = payload.check_run;
    let commit: ObjectId = run.head_sha.parse()?;
    let key = RunKey {
        repository: payload.repository.named()?,
        source: Source::CheckRun,
        run: run.id,
        attempt: 1,
    };
    // Never read as a run: acting on what it says would be a loop.
    if is_own(&branch) {
        return event(Event::ChangeChecked(ChangeChecked {
            run: key,
            branch,
            commit,
        }));
    }
    let workflow = bounded(&run.name);
    let pulls = run.pull_requests.unwrap_or_default();
    let trigger = match tested(&pulls, &commit) {
        Some(number) => Trigger::PullRequest {
            number: Some(number),
        },
        None => Trigger::Push,
    };
    let Some(conclusion) = conclusion else {
        return event(Event::PipelinePassed(PipelinePassed {
            run: key,
            commit,
            branch,
            trigger: Some(trigger),
            fork: false,
            workflow,
        }));
    };
    event(Event::PipelineFailed(PipelineFailed {
        run: key,
        conclusion,
        base: base(
            &pulls,
            &commit,
            payload.repository.default_branch.as_deref(),
        ),
        commit,
        branch,
        trigger,
        fork: false,
        by_bot: false,
        workflow,
        url: run.html_url.as_deref().map(bounded),
        installation: payload.installation.map(|installation| installation.id),
        command: None,
        log_format: None,
    }))
}
