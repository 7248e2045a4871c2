//! A commit on a pull request's own branch.
//!
//! GraphQL's `createCommitOnBranch` moves the branch only if it is where the
//! patch was made for, and GitHub signs the commit. It knows no modes, so a
//! patch to an executable file is made of objects and a ref that is only moved
//! forward.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::{CONTENTS_WRITE, Call, Root};
use super::client::Client;
use super::history::branch_head;
use super::listing;
use super::objects::{
    is_ours, make_commit, make_tree, refused_workflow, touches_workflows, workflows_denied,
};
use super::text::encoded_path;
use super::wire::{transient, unexpected};
use crate::change::{Change, Publication};
use crate::forge::landed::{LANDING, landed, moved};
use crate::forge::{ForgeError, Result};
use crate::ids::ObjectId;
use crate::tree::EntryKind;

/// Lands the commit, or finds the one that an earlier try landed.
pub(super) async fn land(client: &Client, publication: &Publication) -> Result<Change> {
    if client.is_app() && touches_workflows(publication) {
        return Err(workflows_denied(LANDING));
    }
    let repository = &publication.repository().name;
    let Some(head) = branch_head(client, repository, publication.target()).await? else {
        return Err(moved(publication, "it is gone"));
    };
    if head != *publication.head() {
        return landed_before(client, publication, head).await;
    }
    let plain = |file: &crate::patch::FileChange| file.kind == EntryKind::File;
    let commit = match publication.patch().files().iter().all(plain) {
        true => on_branch(client, publication).await?,
        false => by_objects(client, publication).await?,
    };
    Ok(landed(publication, commit, false))
}

/// The branch has moved: by our own earlier try, or by somebody else.
async fn landed_before(
    client: &Client,
    publication: &Publication,
    head: ObjectId,
) -> Result<Change> {
    let repository = &publication.repository().name;
    let commit = listing::commit(client, repository, &head).await?;
    match is_ours(&commit, publication) {
        true => Ok(landed(publication, commit.sha, true)),
        false => Err(moved(publication, &format!("it points at {head}"))),
    }
}

#[derive(Deserialize)]
struct Answered {
    data: Option<Data>,
    #[serde(default)]
    errors: Vec<Refused>,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "createCommitOnBranch")]
    made: Option<Made>,
}

#[derive(Deserialize)]
struct Made {
    commit: Option<Oid>,
}

#[derive(Deserialize)]
struct Oid {
    oid: ObjectId,
}

#[derive(Deserialize)]
struct Refused {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    message: String,
}

const MUTATION: &str = "mutation($input: CreateCommitOnBranchInput!) { \
                        createCommitOnBranch(input: $input) { commit { oid } } }";

async fn on_branch(client: &Client, publication: &Publication) -> Result<ObjectId> {
    // What no ref points at is seen by nobody: the tree is compared first.
    make_tree(client, publication).await?;
    let repository = &publication.repository().name;
    let body = json!({"query": MUTATION, "variables": {"input": input(publication)}});
    let call = Call::post(LANDING, repository, CONTENTS_WRITE, String::new(), body);
    let call = call.at(Root::GraphQl);
    let answered: Answered = client.json(call).await?;
    let oid = answered
        .data
        .and_then(|data| data.made)
        .and_then(|made| made.commit);
    let Some(Oid { oid }) = oid else {
        return Err(refused(publication, &answered.errors));
    };
    let commit = listing::commit(client, repository, &oid).await?;
    match is_ours(&commit, publication) {
        true => Ok(oid),
        false => Err(ForgeError::Conflict {
            what: LANDING,
            why: format!("GitHub made {oid}, which has another tree or parent than asked for"),
        }),
    }
}

fn input(publication: &Publication) -> Value {
    let message = &publication.text().commit_message;
    let (headline, body) = message.split_once('\n').unwrap_or((message, ""));
    let (mut additions, mut deletions) = (Vec::new(), Vec::new());
    for file in publication.patch().files() {
        let path = file.path.as_str();
        match &file.after {
            Some(bytes) => {
                additions.push(json!({"path": path, "contents": STANDARD.encode(bytes)}));
            }
            None => deletions.push(json!({"path": path})),
        }
    }
    json!({
        "branch": {
            "repositoryNameWithOwner": publication.repository().name.as_str(),
            "branchName": publication.target().as_str(),
        },
        "expectedHeadOid": publication.head().as_str(),
        "message": {"headline": headline, "body": body.trim_start_matches('\n')},
        "fileChanges": {"additions": additions, "deletions": deletions},
    })
}

/// GraphQL answers 200 and says in the body what went wrong.
fn refused(publication: &Publication, errors: &[Refused]) -> ForgeError {
    let said: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
    let said = super::text::fold(&crate::redact::redact(&said.join("; ")));
    let kind = errors.iter().find_map(|error| error.kind.as_deref());
    match kind {
        Some("STALE_DATA") => moved(publication, &said),
        Some("RATE_LIMITED") => transient(LANDING, said),
        Some("FORBIDDEN" | "INSUFFICIENT_SCOPES" | "NOT_FOUND") => ForgeError::Denied {
            what: LANDING,
            why: format!(
                "the credential may not push to {} (GitHub: {said}); it needs `contents: write`, \
                 and a rule may protect the branch",
                publication.target()
            ),
        },
        _ => unexpected(LANDING, said),
    }
}

/// The commit made of objects, and the branch moved forward to it. Its only
/// parent is the head that was just seen, so a push in between is refused.
async fn by_objects(client: &Client, publication: &Publication) -> Result<ObjectId> {
    let commit = make_commit(client, publication).await?;
    let repository = &publication.repository().name;
    let branch = encoded_path(publication.target().as_str());
    let path = format!("/git/refs/heads/{branch}");
    let body = json!({"sha": commit.as_str(), "force": false});
    let call = Call::post(LANDING, repository, CONTENTS_WRITE, path, body).patch();
    let answer = client.send(&call).await?;
    if answer.status.as_u16() == 422 {
        refused_workflow(LANDING, publication, &answer)?;
        let said = answer.message();
        return Err(
            match said.contains("fast forward") || said.contains("not exist") {
                true => moved(publication, &said),
                false => ForgeError::Denied {
                    what: LANDING,
                    why: format!("a rule forbids it (GitHub: {said})"),
                },
            },
        );
    }
    answer.success(&call).map(|_| commit)
}
