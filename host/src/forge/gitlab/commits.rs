//! A patch as one commit, made by GitLab from a list of actions.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::api::{Answer, Api, Call};
use super::tree;
use crate::change::Publication;
use crate::forge::web::unexpected;
use crate::forge::{ForgeError, Result};
use crate::ids::{ObjectId, RepositoryName};
use crate::patch::FileChange;

const WHAT: &str = "making the commit";

#[derive(Debug, Deserialize)]
pub(super) struct Commit {
    pub id: ObjectId,
    #[serde(default)]
    parent_ids: Vec<ObjectId>,
}

/// What came of asking for a branch with the patch's commit.
pub(super) enum Made {
    New(Commit),
    /// The branch is there already.
    There,
}

/// Makes our branch at the failing commit, with the patch's commit on it, in
/// one request.
///
/// No `last_commit_id` goes with the files: what the branch starts from is a
/// commit and cannot change, and GitLab would compare with the default branch
/// instead (it looks up `start_branch`, which is not set beside `start_sha`).
pub(super) async fn make(api: &Api, publication: &Publication) -> Result<Made> {
    let files = publication.patch().files().iter();
    let body = json!({
        "branch": publication.branch().as_str(),
        "start_sha": publication.head().as_str(),
        "commit_message": publication.text().commit_message,
        "actions": files.map(action).collect::<Vec<_>>(),
        "stats": false,
    });
    let project = &publication.repository().name;
    let call = Call::post(WHAT, project, "/repository/commits", body);
    let answer = api.send(&call).await?;
    match answer.status.as_u16() {
        400 if is_there(&answer) => Ok(Made::There),
        400 => Err(refused(publication, &answer)),
        _ => Ok(Made::New(answer.success(&call)?.json(WHAT)?)),
    }
}

fn is_there(answer: &Answer) -> bool {
    let said = answer.message();
    said.contains("A branch called") && said.contains("already exists")
}

/// What is done to one file. Its mode stays what it was.
pub(super) fn action(file: &FileChange) -> Value {
    let path = file.path.as_str();
    match (&file.before, &file.after) {
        (_, None) => json!({"action": "delete", "file_path": path}),
        (before, Some(bytes)) => json!({
            "action": if before.is_some() { "update" } else { "create" },
            "file_path": path,
            "content": STANDARD.encode(bytes),
            "encoding": "base64",
        }),
    }
}

fn refused(publication: &Publication, answer: &Answer) -> ForgeError {
    let said = answer.message();
    let head = publication.head();
    if said.contains("start_sha") {
        return ForgeError::Conflict {
            what: WHAT,
            why: format!("{head} is gone (GitLab: {said}); its branch was rewritten"),
        };
    }
    // A push rule, a server hook, a protected name: each has its own words.
    ForgeError::Denied {
        what: WHAT,
        why: format!(
            "GitLab refuses the branch {} or its commit: {said}. Where that is a push rule, a \
             server hook or a protected branch, let the token's user past it for `sentinel/*`",
            publication.branch()
        ),
    }
}

/// A commit, wherever it is; none where there is none.
pub(super) async fn find(
    api: &Api,
    project: &RepositoryName,
    id: &ObjectId,
) -> Result<Option<Commit>> {
    let call = Call::get(
        "reading the commit",
        project,
        &format!("/repository/commits/{id}?stats=false"),
    );
    let answer = api.send(&call).await?;
    match answer.status.as_u16() {
        404 => Ok(None),
        _ => answer.success(&call)?.json(call.what).map(Some),
    }
}

/// Whether a commit is what this publication makes: on the failing commit, with
/// the tree that was decided upon.
pub(super) async fn is_ours(api: &Api, publication: &Publication, commit: &Commit) -> Result<bool> {
    if !matches!(commit.parent_ids.as_slice(), [parent] if parent == publication.head()) {
        return Ok(false);
    }
    let project = &publication.repository().name;
    let tree = tree::root(api, project, &commit.id).await?;
    Ok(tree == *publication.patch().result())
}

/// Says that GitLab made something else than was asked for.
pub(super) fn another_tree(publication: &Publication) -> ForgeError {
    unexpected(
        WHAT,
        format!(
            "GitLab made a commit whose parent is not {} or whose tree is not {}, which was decided \
             upon; the branch is removed again",
            publication.head(),
            publication.patch().result()
        ),
    )
}
