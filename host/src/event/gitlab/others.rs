//! What is written down but starts no work: jobs that failed, merge requests of
//! ours that ended, commands.

use serde::Deserialize;

use super::{Project, User, event, is_bot, is_foreign, not_for_us, repository};
use crate::event::{
    ChangeEnded, CommandIssued, Event, JobFailed, Malformed, Normalised, NotForUs, Said, bounded,
    command, is_own,
};
use crate::ids::{Branch, Repository};

#[derive(Deserialize)]
pub(super) struct Job {
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

pub(super) fn job(hook: Job) -> Result<Normalised, Malformed> {
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
pub(super) struct MergeRequestHook {
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

pub(super) fn merge_request(hook: MergeRequestHook) -> Result<Normalised, Malformed> {
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
pub(super) struct NoteHook {
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

pub(super) fn note(hook: NoteHook) -> Result<Normalised, Malformed> {
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
        said: Said::Comment { comment: note.id },
        word,
        rest,
        claimed_author: bounded(author.unwrap_or_default()),
    }))
}
