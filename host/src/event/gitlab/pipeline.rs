//! The pipeline hook: a pipeline ended.

use serde::Deserialize;

use super::{Project, User, event, is_bot, is_foreign, not_for_us};
use crate::event::{
    Conclusion, Event, Malformed, Normalised, NotForUs, PipelineFailed, PipelinePassed, Trigger,
    bounded, is_own,
};
use crate::ids::{Branch, RunKey, Source};

#[derive(Deserialize)]
pub(super) struct Pipeline {
    object_attributes: PipelineAttributes,
    merge_request: Option<TestedRequest>,
    user: Option<User>,
    project: Project,
    builds: Option<Vec<Build>>,
}

#[derive(Deserialize)]
struct PipelineAttributes {
    id: u64,
    #[serde(rename = "ref")]
    branch: Option<String>,
    #[serde(default)]
    tag: bool,
    sha: String,
    source: Option<String>,
    status: String,
    url: Option<String>,
    /// What `workflow:name` calls the pipeline, in newer servers.
    #[serde(rename = "name")]
    workflow: Option<String>,
}

#[derive(Deserialize)]
struct TestedRequest {
    iid: u64,
    source_project_id: Option<u64>,
    target_branch: Option<String>,
}

#[derive(Deserialize)]
struct Build {
    id: u64,
}

pub(super) fn pipeline(hook: Pipeline) -> Result<Normalised, Malformed> {
    let attributes = &hook.object_attributes;
    let red = match attributes.status.as_str() {
        "failed" => true,
        "success" => false,
        "canceled" | "skipped" => return not_for_us(NotForUs::NotFailed),
        _ => return not_for_us(NotForUs::NotCompleted),
    };
    if attributes.tag {
        return not_for_us(NotForUs::Tag);
    }
    let repository = hook.project.repository()?;
    let branch: Branch = attributes
        .branch
        .as_deref()
        .ok_or(Malformed::Value("no `object_attributes.ref`"))?
        .parse()?;
    let fork = is_fork(&hook);
    if !fork && is_own(&branch) {
        return not_for_us(NotForUs::OwnBranch);
    }
    let commit = attributes.sha.parse()?;
    let run = RunKey {
        repository,
        source: Source::Forge,
        run: attributes.id,
        attempt: attempt(&hook),
    };
    let workflow = bounded(attributes.workflow.as_deref().unwrap_or("pipeline"));
    if !red {
        return event(Event::PipelinePassed(PipelinePassed {
            run,
            commit,
            branch,
            trigger: Some(trigger(&hook)),
            fork,
            workflow,
        }));
    }
    event(Event::PipelineFailed(PipelineFailed {
        url: url(&hook),
        base: base(&hook),
        trigger: trigger(&hook),
        by_bot: is_bot(&hook.user),
        run,
        conclusion: Conclusion::Failure,
        commit,
        branch,
        fork,
        workflow,
        installation: None,
        command: None,
        log_format: None,
    }))
}

/// A pipeline whose jobs are tried again keeps its number, and its new jobs
/// have higher ones: a second failure is told from a redelivery of the first.
fn attempt(hook: &Pipeline) -> u64 {
    let builds = hook.builds.as_deref().unwrap_or_default();
    builds
        .iter()
        .map(|build| build.id)
        .max()
        .unwrap_or(0)
        .max(1)
}

/// Whose commit the pipeline tested. A request whose project is not named (it
/// is gone, or not ours to see) is a stranger's.
fn is_fork(hook: &Pipeline) -> bool {
    hook.merge_request
        .as_ref()
        .is_some_and(|request| is_foreign(request.source_project_id, hook.project.id))
}

/// What the pipeline's branch is measured against. A name that no branch can
/// have is none.
fn base(hook: &Pipeline) -> Option<Branch> {
    let request = hook.merge_request.as_ref();
    let target = request.and_then(|request| request.target_branch.as_deref());
    let default = hook.project.default_branch.as_deref();
    target.or(default)?.parse().ok()
}

fn trigger(hook: &Pipeline) -> Trigger {
    let source = hook.object_attributes.source.as_deref();
    match (&hook.merge_request, source) {
        (Some(request), _) => Trigger::PullRequest {
            number: Some(request.iid),
        },
        (None, Some("merge_request_event" | "external_pull_request_event")) => {
            Trigger::PullRequest { number: None }
        }
        (None, Some("push")) => Trigger::Push,
        (None, other) => Trigger::Other {
            name: bounded(other.unwrap_or("unknown")),
        },
    }
}

fn url(hook: &Pipeline) -> Option<String> {
    let stated = hook.object_attributes.url.as_deref().map(bounded);
    stated.or_else(|| {
        let project = hook.project.web_url.as_deref()?;
        let pipeline = hook.object_attributes.id;
        Some(bounded(&format!("{project}/-/pipelines/{pipeline}")))
    })
}
