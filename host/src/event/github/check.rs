//! `check_run`: how other CI systems show themselves on GitHub.

use serde::Deserialize;

use super::others::User;
use super::run::{PullRequest, base, tested};
use super::{Repo, event, not_for_us};
use crate::change::CHECK_NAME;
use crate::event::{
    ChangeChecked, CommandIssued, Conclusion, Event, Malformed, Normalised, NotForUs,
    PipelineFailed, PipelinePassed, Said, Trigger, bounded, command, is_own,
};
use crate::ids::{Branch, Digest, ObjectId, RunKey, Source};

#[derive(Deserialize)]
pub(super) struct Payload {
    action: String,
    check_run: CheckRun,
    repository: Repo,
    installation: Option<Installation>,
    /// There where somebody pressed a button of the check run.
    requested_action: Option<Button>,
    sender: Option<User>,
}

#[derive(Deserialize)]
struct Button {
    identifier: String,
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

/// Digits of a press: 64 bits, among the few of one check run.
const PRESS_DIGITS: usize = 16;

/// The App behind GitHub Actions, whose runs tell by themselves.
const ACTIONS: &str = "github-actions";

pub(super) fn check_run(payload: Payload, digest: &Digest) -> Result<Normalised, Malformed> {
    if payload.action == "requested_action" {
        return pressed(payload, digest);
    }
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

/// Somebody pressed a button of a check run. That it is ours, and what they
/// may, the forge is asked.
fn pressed(payload: Payload, digest: &Digest) -> Result<Normalised, Malformed> {
    let run = payload.check_run;
    if run.name != CHECK_NAME {
        return not_for_us(NotForUs::UnknownButton);
    }
    let identifier = payload.requested_action.map(|button| button.identifier);
    let Some((word, rest)) = identifier.as_deref().and_then(command::pressed) else {
        return not_for_us(NotForUs::UnknownButton);
    };
    let Some(person) = payload.sender.filter(User::is_person) else {
        return not_for_us(NotForUs::ByBot);
    };
    let commit: ObjectId = run.head_sha.parse()?;
    // Two pull requests may show one commit: whichever it is, the patch is for
    // its branch.
    let Some(change) = tested(&run.pull_requests.unwrap_or_default(), &commit) else {
        return not_for_us(NotForUs::NotOnChange);
    };
    event(Event::CommandIssued(CommandIssued {
        repository: payload.repository.named()?,
        change,
        said: Said::Button {
            check: run.id,
            commit,
            press: digest.hex()[..PRESS_DIGITS].to_owned(),
        },
        word,
        rest,
        claimed_author: bounded(&person.login),
    }))
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
