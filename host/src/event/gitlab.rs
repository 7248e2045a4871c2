//! GitLab's webhooks: pipeline, job, merge request and note hooks.

mod others;
mod pipeline;
pub mod reason;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Event, Malformed, Normalised, NotForUs, bounded};
use crate::delivery::VerifiedDelivery;
use crate::ids::{ForgeKind, Repository, RepositoryName};

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
        Some(Hook::Pipeline) => pipeline::pipeline(read(body)?),
        Some(Hook::Job) => others::job(read(body)?),
        Some(Hook::MergeRequest) => others::merge_request(read(body)?),
        Some(Hook::Note) => others::note(read(body)?),
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
    default_branch: Option<String>,
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

/// Whether a branch is of another project than the hook's, or may be.
fn is_foreign(source: Option<u64>, project: Option<u64>) -> bool {
    source.is_none() || source != project
}
