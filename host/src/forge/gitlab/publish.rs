//! A branch of our own and a merge request, made in an order in which every
//! step finds what an earlier try left: one commit with its branch, one merge
//! request.

use super::api::{Api, Call};
use super::commits::{self, Commit, Made};
use super::history::branch_head;
use super::requests::{self, MergeRequest, Opened};
use crate::change::{Change, Form, Publication};
use crate::forge::web::{encoded, transient};
use crate::forge::{ForgeError, Result};
use crate::ids::ObjectId;

/// Publishes as a merge request, or finds the one that an earlier try made.
pub(super) async fn merge_request(
    api: &Api,
    publication: &Publication,
    draft: bool,
) -> Result<Change> {
    if let Some(request) = newest(api, publication).await? {
        return adopt(api, publication, request).await;
    }
    let commit = branch(api, publication).await?;
    match requests::open(api, publication, draft).await {
        Ok(Opened::Made(request)) => Ok(change(publication, &request, commit, false)),
        Ok(Opened::There) => opened_meanwhile(api, publication).await,
        Err(error) => {
            // Nobody would look for a branch without a merge request.
            if matches!(error, ForgeError::Denied { .. }) {
                take_back(api, publication).await;
            }
            Err(error)
        }
    }
}

async fn newest(api: &Api, publication: &Publication) -> Result<Option<MergeRequest>> {
    let project = &publication.repository().name;
    requests::newest(api, project, publication.branch()).await
}

/// A merge request from our branch is the change, open or answered already, if
/// it still shows what we would publish.
async fn adopt(api: &Api, publication: &Publication, request: MergeRequest) -> Result<Change> {
    let shown = request.sha.as_ref().ok_or_else(|| {
        let why = "GitLab is still preparing it and names no commit".to_owned();
        transient("looking at the merge request", why)
    })?;
    match ours(api, publication, shown).await? {
        Some(commit) => Ok(change(publication, &request, commit, true)),
        None => Err(ForgeError::Conflict {
            what: "publishing",
            why: format!(
                "merge request !{} comes from {} and shows another commit ({shown}) than ours; \
                 somebody pushed there, or it was made for another state of the branch",
                request.iid,
                publication.branch(),
            ),
        }),
    }
}

/// GitLab says there is one, so the list must show it; it may lag a moment.
async fn opened_meanwhile(api: &Api, publication: &Publication) -> Result<Change> {
    match newest(api, publication).await? {
        Some(request) => adopt(api, publication, request).await,
        None => Err(transient(
            "looking for the merge request",
            "GitLab says there is one and lists none".into(),
        )),
    }
}

fn change(
    publication: &Publication,
    request: &MergeRequest,
    commit: ObjectId,
    found: bool,
) -> Change {
    Change {
        form: Form::PullRequest {
            draft: request.is_draft(),
        },
        branch: publication.branch().clone(),
        number: Some(request.iid),
        url: request.url(),
        commit: Some(commit),
        found,
    }
}

/// Our branch's commit: an earlier try's, or made now.
async fn branch(api: &Api, publication: &Publication) -> Result<ObjectId> {
    if let Some(commit) = branch_of_earlier_try(api, publication).await? {
        return Ok(commit);
    }
    match commits::make(api, publication).await? {
        Made::New(commit) => checked(api, publication, commit).await,
        Made::There => {
            let there = branch_of_earlier_try(api, publication).await?;
            there.ok_or_else(|| {
                let why = "the branch was there and is gone again".to_owned();
                transient("making the branch", why)
            })
        }
    }
}

/// GitLab makes commit and branch at once, so they are compared with what was
/// decided upon before anything else is made of them.
async fn checked(api: &Api, publication: &Publication, commit: Commit) -> Result<ObjectId> {
    match commits::is_ours(api, publication, &commit).await? {
        true => Ok(commit.id),
        false => {
            take_back(api, publication).await;
            Err(commits::another_tree(publication))
        }
    }
}

/// What the branch points at, if that is ours. A branch is the only lock there
/// is: of two hosts one made it.
async fn branch_of_earlier_try(api: &Api, publication: &Publication) -> Result<Option<ObjectId>> {
    let project = &publication.repository().name;
    let Some(head) = branch_head(api, project, publication.branch()).await? else {
        return Ok(None);
    };
    match ours(api, publication, &head).await? {
        Some(commit) => Ok(Some(commit)),
        None => Err(ForgeError::Conflict {
            what: "making the branch",
            why: format!(
                "{} is there and points at {head}, which is not what we would publish; somebody \
                 pushed there, or it was made for another state of {}",
                publication.branch(),
                publication.target()
            ),
        }),
    }
}

async fn ours(api: &Api, publication: &Publication, id: &ObjectId) -> Result<Option<ObjectId>> {
    let project = &publication.repository().name;
    let Some(commit) = commits::find(api, project, id).await? else {
        return Ok(None);
    };
    let ours = commits::is_ours(api, publication, &commit).await?;
    Ok(ours.then_some(commit.id))
}

/// Removes the branch that we have just made; failing leaves only clutter.
async fn take_back(api: &Api, publication: &Publication) {
    let project = &publication.repository().name;
    let path = format!(
        "/repository/branches/{}",
        encoded(publication.branch().as_str())
    );
    let call = Call::delete("taking the branch back", project, &path);
    let answered = match api.send(&call).await {
        Ok(answer) => answer.success(&call).map(drop),
        Err(error) => Err(error),
    };
    if let Err(error) = answered {
        tracing::warn!(%project, branch = %publication.branch(), %error, "a branch is left");
    }
}
