//! GitLab's webhooks: pipeline, job, merge request and note hooks.

pub mod reason;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{
    ChangeEnded, CommandIssued, Conclusion, Event, JobFailed, Malformed, Normalised, NotForUs,
    PipelineFailed, PipelinePassed, Trigger, bounded, command, is_own,
};
use crate::delivery::VerifiedDelivery;
use crate::ids::{Branch, ForgeKind, Repository, RepositoryName, RunKey, Source};

/// The hooks we take: the body's `object_kind`, and the header that goes with
/// it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hook {
    Pipeline,
    Job,
    MergeRequest,
    Note,
}

impl Hook {
    const ALL: [Hook; 4] = [Hook::Pipeline, Hook::Job, Hook::MergeRequest, Hook::Note];

    fn kind(self) -> &'static str {
        match self {
            Hook::Pipeline => "pipeline",
            Hook::Job => "build",
            Hook::MergeRequest => "merge_request",
            Hook::Note => "note",
        }
    }

    /// `X-Gitlab-Event`: outside the secret's reach, and so only compared.
    fn headers(self) -> &'static [&'static str] {
        match self {
            Hook::Pipeline => &["Pipeline Hook"],
            Hook::Job => &["Job Hook", "Build Hook"],
            Hook::MergeRequest => &["Merge Request Hook"],
            Hook::Note => &["Note Hook", "Confidential Note Hook"],
        }
    }
}

/// A system hook carries the events of every project under one name.
const SYSTEM_HOOK: &str = "System Hook";

/// Says what a verified GitLab delivery means.
pub fn normalise(delivery: &VerifiedDelivery) -> Result<Normalised, Malformed> {
    let body: serde_json::Value = serde_json::from_slice(delivery.body()).map_err(json)?;
    let kind = body.get("object_kind").and_then(|kind| kind.as_str());
    let hook = Hook::ALL.into_iter().find(|hook| Some(hook.kind()) == kind);
    let claimed = delivery.event();
    let named = Hook::ALL
        .into_iter()
        .find(|hook| hook.headers().contains(&claimed));
    if hook != named && claimed != SYSTEM_HOOK {
        return Err(Malformed::EventMismatch {
            header: bounded(claimed),
            missing: format!(
                "its `object_kind` is {:?}",
                bounded(kind.unwrap_or("missing"))
            ),
        });
    }
    match hook {
        None => not_for_us(NotForUs::UnknownEvent),
        Some(Hook::Pipeline) => pipeline(read(body)?),
        Some(Hook::Job) => job(read(body)?),
        Some(Hook::MergeRequest) => merge_request(read(body)?),
        Some(Hook::Note) => note(read(body)?),
    }
}

fn json(error: serde_json::Error) -> Malformed {
    Malformed::Json(error.to_string())
}

fn read<T: DeserializeOwned>(body: serde_json::Value) -> Result<T, Malformed> {
    serde_json::from_value(body).map_err(json)
}

fn not_for_us(why: NotForUs) -> Result<Normalised, Malformed> {
    Ok(Normalised::NotForUs(why))
}

fn event(event: Event) -> Result<Normalised, Malformed> {
    Ok(Normalised::Event(Box::new(event)))
}

/// Fields we do not read are ignored: GitLab adds new ones at any time.
#[derive(Deserialize)]
struct Project {
    /// Older servers leave it out of some hooks.
    id: Option<u64>,
    path_with_namespace: String,
    web_url: Option<String>,
}

impl Project {
    fn repository(&self) -> Result<Repository, Malformed> {
        repository(&self.path_with_namespace)
    }
}

fn repository(path: &str) -> Result<Repository, Malformed> {
    let name: RepositoryName = path.parse()?;
    match name.as_str().contains('/') {
        true => Ok(Repository::new(ForgeKind::GitLab, name)),
        false => Err(Malformed::Value("the project's path is not `group/name`")),
    }
}

#[derive(Deserialize)]
struct User {
    username: Option<String>,
}

/// GitLab names the users of its project and group access tokens so.
fn is_bot(user: &Option<User>) -> bool {
    let name = user.as_ref().and_then(|user| user.username.as_deref());
    name.is_some_and(|name| {
        let of_token = name.starts_with("project_") || name.starts_with("group_");
        (of_token && name.contains("_bot")) || name.ends_with("-bot") || name.ends_with("[bot]")
    })
}

#[derive(Deserialize)]
struct Pipeline {
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
}

#[derive(Deserialize)]
struct Build {
    id: u64,
}

fn pipeline(hook: Pipeline) -> Result<Normalised, Malformed> {
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
            fork,
            workflow,
        }));
    }
    event(Event::PipelineFailed(PipelineFailed {
        url: url(&hook),
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

/// Whether a branch is of another project than the hook's, or may be.
fn is_foreign(source: Option<u64>, project: Option<u64>) -> bool {
    source.is_none() || source != project
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

#[derive(Deserialize)]
struct Job {
    build_id: u64,
    build_name: String,
    build_status: String,
    #[serde(default)]
    build_allow_failure: bool,
    build_failure_reason: Option<String>,
    pipeline_id: Option<u64>,
    sha: String,
    /// Newer servers send the project as other hooks do.
    project: Option<Project>,
    repository: Option<JobRepository>,
}

#[derive(Deserialize)]
struct JobRepository {
    homepage: Option<String>,
}

fn job(hook: Job) -> Result<Normalised, Malformed> {
    match hook.build_status.as_str() {
        "failed" => {}
        "success" | "canceled" | "skipped" => return not_for_us(NotForUs::NotFailed),
        _ => return not_for_us(NotForUs::NotCompleted),
    }
    if hook.build_allow_failure {
        return not_for_us(NotForUs::AllowedToFail);
    }
    event(Event::JobFailed(JobFailed {
        repository: job_repository(&hook)?,
        run: hook
            .pipeline_id
            .ok_or(Malformed::Value("no `pipeline_id`"))?,
        job: hook.build_id,
        name: bounded(&hook.build_name),
        commit: hook.sha.parse()?,
        reason: hook.build_failure_reason.as_deref().map(bounded),
    }))
}

/// Older servers name the project in the job hook only by the address of its
/// page.
fn job_repository(hook: &Job) -> Result<Repository, Malformed> {
    const UNNAMED: Malformed = Malformed::Value("the job hook names no project");
    if let Some(project) = &hook.project {
        return project.repository();
    }
    let page = hook.repository.as_ref().and_then(|repository| {
        let page = repository.homepage.as_deref()?;
        let (_, rest) = page.split_once("://")?;
        let (_, path) = rest.split_once('/')?;
        Some(path)
    });
    repository(page.ok_or(UNNAMED)?)
}

#[derive(Deserialize)]
struct MergeRequestHook {
    project: Project,
    object_attributes: MergeRequest,
}

#[derive(Deserialize)]
struct MergeRequest {
    iid: u64,
    source_branch: String,
    source_project_id: Option<u64>,
    target_project_id: Option<u64>,
    action: Option<String>,
    updated_at: Option<String>,
}

fn merge_request(hook: MergeRequestHook) -> Result<Normalised, Malformed> {
    let request = hook.object_attributes;
    let merged = match request.action.as_deref() {
        Some("merge") => true,
        Some("close") => false,
        Some(_) | None => return not_for_us(NotForUs::ChangeGoesOn),
    };
    let branch: Branch = request.source_branch.parse()?;
    let project = hook.project.id.or(request.target_project_id);
    if is_foreign(request.source_project_id, project) || !is_own(&branch) {
        return not_for_us(NotForUs::NotOurChange);
    }
    let ended = ChangeEnded {
        repository: hook.project.repository()?,
        branch,
        number: request.iid,
        at: bounded(request.updated_at.as_deref().unwrap_or_default()),
    };
    event(match merged {
        true => Event::ChangeMerged(ended),
        false => Event::ChangeClosed(ended),
    })
}

#[derive(Deserialize)]
struct NoteHook {
    user: Option<User>,
    project: Project,
    object_attributes: Note,
    merge_request: Option<NotedRequest>,
}

#[derive(Deserialize)]
struct Note {
    id: u64,
    note: String,
    noteable_type: Option<String>,
    #[serde(default)]
    system: bool,
    /// Older servers leave it out.
    action: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Deserialize)]
struct NotedRequest {
    iid: u64,
}

impl Note {
    fn is_new(&self) -> bool {
        match self.action.as_deref() {
            Some(action) => action == "create",
            None => self.created_at == self.updated_at,
        }
    }
}

fn note(hook: NoteHook) -> Result<Normalised, Malformed> {
    let note = &hook.object_attributes;
    if note.system || is_bot(&hook.user) {
        return not_for_us(NotForUs::ByBot);
    }
    if !note.is_new() {
        return not_for_us(NotForUs::NotNewComment);
    }
    let Some((word, rest)) = command::parse(&note.note) else {
        return not_for_us(NotForUs::NoCommand);
    };
    let on_request = note.noteable_type.as_deref() == Some("MergeRequest");
    let Some(request) = hook.merge_request.as_ref().filter(|_| on_request) else {
        return not_for_us(NotForUs::NotOnChange);
    };
    let author = hook.user.as_ref().and_then(|user| user.username.as_deref());
    event(Event::CommandIssued(CommandIssued {
        repository: hook.project.repository()?,
        change: request.iid,
        comment: note.id,
        word,
        rest,
        claimed_author: bounded(author.unwrap_or_default()),
    }))
}
