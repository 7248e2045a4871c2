//! A commit on a merge request's own branch.
//!
//! GitLab moves a branch by a commit only forward, from where it is at that
//! moment, and takes no word for where that should be. So the branch is looked
//! at first, each file that is changed is guarded by the commit that last
//! changed it, and what was made is compared.

use http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};

use super::api::{Api, Call};
use super::commits::{self, Commit};
use super::history::branch_head;
use super::requests;
use crate::change::{Change, Publication};
use crate::forge::landed::{LANDING, landed, moved};
use crate::forge::web::{encoded, unexpected};
use crate::forge::{ForgeError, Result};
use crate::ids::ObjectId;
use crate::patch::FileChange;
use crate::tree::blob_id;

/// Lands the commit, or finds the one that an earlier try landed.
pub(super) async fn land(api: &Api, publication: &Publication) -> Result<Change> {
    let project = &publication.repository().name;
    let Some(head) = branch_head(api, project, publication.target()).await? else {
        return Err(moved(publication, "it is gone"));
    };
    if head != *publication.head() {
        return landed_before(api, publication, head).await;
    }
    refuse_train(api, publication).await?;
    let commit = make(api, publication).await?;
    match commits::is_ours(api, publication, &commit).await? {
        true => Ok(landed(publication, commit.id, false)),
        false => Err(ForgeError::Conflict {
            what: LANDING,
            why: format!(
                "somebody pushed to {} at the same moment: the commit {} is there, on another \
                 state of the branch than it was made for; look at it",
                publication.target(),
                commit.id
            ),
        }),
    }
}

/// The branch has moved: by our own earlier try, or by somebody else.
async fn landed_before(api: &Api, publication: &Publication, head: ObjectId) -> Result<Change> {
    let project = &publication.repository().name;
    if let Some(commit) = commits::find(api, project, &head).await?
        && commits::is_ours(api, publication, &commit).await?
    {
        return Ok(landed(publication, commit.id, true));
    }
    Err(moved(publication, &format!("it points at {head}")))
}

/// A merge request in a merge train is tested with those before it and merged
/// by itself: a push would take it and all behind it out.
async fn refuse_train(api: &Api, publication: &Publication) -> Result<()> {
    #[derive(Deserialize)]
    struct Car {
        status: String,
    }
    let project = &publication.repository().name;
    let (target, head) = (publication.target(), publication.head());
    let Some(request) = requests::open_from(api, project, target, head).await? else {
        return Ok(());
    };
    let path = format!("/merge_trains/merge_requests/{}", request.iid);
    let call = Call::get("looking at the merge train", project, &path);
    let answer = api.send(&call).await?;
    // Not in one, or a GitLab without merge trains.
    if matches!(answer.status.as_u16(), 403 | 404) {
        return Ok(());
    }
    let car: Car = answer.success(&call)?.json(call.what)?;
    match car.status.as_str() {
        "merged" | "skip_merged" => Ok(()),
        status => Err(ForgeError::Conflict {
            what: LANDING,
            why: format!(
                "merge request !{} is in a merge train ({status}), and nothing is pushed there; \
                 take it out of the train first",
                request.iid
            ),
        }),
    }
}

async fn make(api: &Api, publication: &Publication) -> Result<Commit> {
    let mut actions = Vec::new();
    for file in publication.patch().files() {
        actions.push(guarded(api, publication, file).await?);
    }
    let body = json!({
        "branch": publication.target().as_str(),
        "commit_message": publication.text().commit_message,
        "actions": actions,
        "stats": false,
    });
    let project = &publication.repository().name;
    let call = Call::post(LANDING, project, "/repository/commits", body);
    let answer = api.send(&call).await?;
    match answer.status.as_u16() {
        400 if answer.message().contains("has changed since") => {
            Err(moved(publication, &answer.message()))
        }
        400 => Err(ForgeError::Denied {
            what: LANDING,
            why: format!("GitLab refuses it: {}", answer.message()),
        }),
        _ => answer.success(&call)?.json(LANDING),
    }
}

/// What is done to one file, refused by GitLab where the file has changed.
async fn guarded(api: &Api, publication: &Publication, file: &FileChange) -> Result<Value> {
    let mut action = commits::action(file);
    let Some(before) = &file.before else {
        return Ok(action);
    };
    let project = &publication.repository().name;
    let path = format!(
        "/repository/files/{}?ref={}",
        encoded(file.path.as_str()),
        publication.head()
    );
    let call = Call::head("looking at a file", project, &path);
    let answer = api.send(&call).await?.success(&call)?;
    if header(&answer.headers, "x-gitlab-blob-id")? != blob_id(before).as_str() {
        let why = format!("{} is not what the patch was made for", file.path.as_str());
        return Err(unexpected(LANDING, why));
    }
    action["last_commit_id"] = header(&answer.headers, "x-gitlab-last-commit-id")?.into();
    Ok(action)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str> {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.ok_or_else(|| unexpected(LANDING, format!("a file without the header {name}")))
}
