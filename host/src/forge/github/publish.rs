//! A branch of our own and a pull request, made in an order in which every
//! step finds what an earlier try left: objects, one ref, one pull request.

use serde_json::json;

use super::call::{Answer, CONTENTS_WRITE, Call};
use super::client::Client;
use super::history::branch_head;
use super::listing;
use super::objects::{is_ours, make_commit, needs, refused_workflow};
use super::pulls::{self, Opened, Pull};
use super::wire::{transient, unexpected};
use crate::change::{Change, Form, Publication};
use crate::forge::{ForgeError, Result};
use crate::ids::ObjectId;

const BRANCHING: &str = "making the branch";

/// Publishes as a pull request, or finds the one that an earlier try made.
pub(super) async fn pull_request(
    client: &Client,
    publication: &Publication,
    draft: bool,
) -> Result<Change> {
    if let Some(pull) = newest(client, publication).await? {
        return adopt(client, publication, pull).await;
    }
    let commit = branch(client, publication).await?;
    match pulls::open(client, publication, draft).await {
        Ok(Opened::Made(pull)) => {
            pulls::label(client, &publication.repository().name, pull.number).await?;
            Ok(change(publication, &pull, commit, false))
        }
        Ok(Opened::There) => opened_meanwhile(client, publication).await,
        Err(error) => {
            if pulls::is_no_drafts(&error) {
                take_back(client, publication).await;
            }
            Err(error)
        }
    }
}

async fn newest(client: &Client, publication: &Publication) -> Result<Option<Pull>> {
    let repository = &publication.repository().name;
    pulls::newest(client, repository, publication.branch()).await
}

/// A pull request from our branch is the change, open or answered already, if
/// it still shows what we would publish.
async fn adopt(client: &Client, publication: &Publication, pull: Pull) -> Result<Change> {
    let repository = &publication.repository().name;
    let commit = listing::commit(client, repository, &pull.head.sha).await?;
    match is_ours(&commit, publication) {
        true => {
            // An earlier try may have been cut off before it.
            if pull.is_open() && !pull.is_labelled() {
                pulls::label(client, repository, pull.number).await?;
            }
            Ok(change(publication, &pull, commit.sha, true))
        }
        false => Err(ForgeError::Conflict {
            what: "publishing",
            why: format!(
                "pull request #{} comes from {} and shows another commit ({}) than ours; somebody \
                 pushed there, or it was made for another state of the branch",
                pull.number,
                publication.branch(),
                commit.sha
            ),
        }),
    }
}

/// GitHub says there is one, so the list must show it; it may lag a moment.
async fn opened_meanwhile(client: &Client, publication: &Publication) -> Result<Change> {
    match newest(client, publication).await? {
        Some(pull) => adopt(client, publication, pull).await,
        None => Err(transient(
            "looking for the pull request",
            "GitHub says there is one and lists none".into(),
        )),
    }
}

fn change(publication: &Publication, pull: &Pull, commit: ObjectId, found: bool) -> Change {
    Change {
        form: Form::PullRequest {
            draft: pull.is_draft(),
        },
        branch: publication.branch().clone(),
        number: Some(pull.number),
        url: pull.url(),
        commit: Some(commit),
        found,
    }
}

/// Our branch's commit: an earlier try's, or made now.
async fn branch(client: &Client, publication: &Publication) -> Result<ObjectId> {
    if let Some(commit) = branch_of_earlier_try(client, publication).await? {
        return Ok(commit);
    }
    let commit = make_commit(client, publication).await?;
    let repository = &publication.repository().name;
    let reference = format!("refs/heads/{}", publication.branch());
    let body = json!({"ref": reference, "sha": commit.as_str()});
    let path = "/git/refs".to_owned();
    let call = Call::post(BRANCHING, repository, needs(publication), path, body);
    let answer = client.send(&call).await?;
    match answer.status.as_u16() {
        422 => refused_branch(client, publication, &answer).await,
        _ => answer.success(&call).map(|_| commit),
    }
}

/// What the branch points at, if that is ours. A ref is the only lock there
/// is: two hosts may have made a commit each, one made the ref.
async fn branch_of_earlier_try(
    client: &Client,
    publication: &Publication,
) -> Result<Option<ObjectId>> {
    let repository = &publication.repository().name;
    let Some(head) = branch_head(client, repository, publication.branch()).await? else {
        return Ok(None);
    };
    let commit = listing::commit(client, repository, &head).await?;
    match is_ours(&commit, publication) {
        true => Ok(Some(commit.sha)),
        false => Err(ForgeError::Conflict {
            what: BRANCHING,
            why: format!(
                "{} is there and points at {head}, which is not what we would publish; somebody \
                 pushed there, or it was made for another state of {}",
                publication.branch(),
                publication.target()
            ),
        }),
    }
}

async fn refused_branch(
    client: &Client,
    publication: &Publication,
    answer: &Answer,
) -> Result<ObjectId> {
    let said = answer.message();
    if said.contains("already exists") {
        let there = branch_of_earlier_try(client, publication).await?;
        // Gone again between the two requests.
        return there.ok_or_else(|| transient(BRANCHING, said));
    }
    refused_workflow(BRANCHING, publication, answer)?;
    // A replica that has not seen the commit yet.
    if said.contains("does not exist") {
        return Err(transient(BRANCHING, said));
    }
    match said.to_ascii_lowercase().contains("rule") {
        true => Err(ForgeError::Denied {
            what: BRANCHING,
            why: format!(
                "a rule of the repository forbids branches called {} (GitHub: {said}); let the App \
                 bypass it under Settings, Rules",
                publication.branch()
            ),
        }),
        false => Err(unexpected(BRANCHING, said)),
    }
}

/// Removes the branch whose pull request cannot be: nobody would look for it.
/// It was compared with ours a moment ago, and failing leaves only clutter.
async fn take_back(client: &Client, publication: &Publication) {
    let repository = &publication.repository().name;
    let path = format!("/git/refs/heads/{}", publication.branch());
    let call = Call::get("taking the branch back", repository, CONTENTS_WRITE, path).delete();
    if let Err(error) = client.send(&call).await {
        tracing::warn!(%repository, branch = %publication.branch(), %error, "a branch is left");
    }
}
