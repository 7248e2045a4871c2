//! A patch as git objects, made through GitHub's data API. Objects that no ref
//! points at are seen by nobody.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::call::{Answer, CONTENTS_WRITE, Call, Permission, WORKFLOWS_WRITE};
use super::client::Client;
use super::listing::Commit;
use super::wire::unexpected;
use crate::change::Publication;
use crate::forge::{ForgeError, Result};
use crate::ids::ObjectId;
use crate::patch::FileChange;
use crate::tree::blob_id;

/// Bytes of files that travel inside the tree's own request. Each blob made by
/// itself counts as one of 80 contents a minute and 500 an hour.
const MAX_INLINE_BYTES: usize = 1024 * 1024;

/// Where GitHub keeps what runs with the repository's secrets.
pub(super) const WORKFLOWS: &str = ".github/workflows/";

#[derive(Deserialize)]
struct Made {
    sha: ObjectId,
}

/// Makes the commit and answers with its id. Its tree is the patch's, or
/// nothing has come of it.
pub(super) async fn make_commit(client: &Client, publication: &Publication) -> Result<ObjectId> {
    let tree = make_tree(client, publication).await?;
    // Neither author nor committer: GitHub then signs for the App.
    let body = json!({
        "message": publication.text().commit_message,
        "tree": tree.as_str(),
        "parents": [publication.head().as_str()],
    });
    let commit: Commit = write(client, publication, "making the commit", "commits", body).await?;
    match is_ours(&commit, publication) {
        true => Ok(commit.sha),
        false => Err(unexpected(
            "making the commit",
            "it has another tree or parent than asked for",
        )),
    }
}

/// Whether a commit is what this publication makes.
pub(super) fn is_ours(commit: &Commit, publication: &Publication) -> bool {
    commit.tree.sha == *publication.patch().result()
        && matches!(commit.parents.as_slice(), [parent] if parent.sha == *publication.head())
}

/// Makes the tree, which is the patch's or an error.
pub(super) async fn make_tree(client: &Client, publication: &Publication) -> Result<ObjectId> {
    let patch = publication.patch();
    let mut room = MAX_INLINE_BYTES;
    let mut entries = Vec::new();
    let mut made = BTreeSet::new();
    for file in patch.files() {
        let content = match &file.after {
            None => json!({"sha": null}),
            Some(bytes) => match inline(bytes, &mut room) {
                Some(text) => json!({"content": text}),
                None => {
                    let id = blob_id(bytes);
                    if made.insert(id.clone()) {
                        make_blob(client, publication, bytes, &id).await?;
                    }
                    json!({"sha": id.as_str()})
                }
            },
        };
        entries.push(entry(file, content));
    }
    let body = json!({"base_tree": patch.base().as_str(), "tree": entries});
    let made: Made = write(client, publication, "making the tree", "trees", body).await?;
    match made.sha == *patch.result() {
        true => Ok(made.sha),
        false => Err(ForgeError::Conflict {
            what: "making the tree",
            why: format!(
                "GitHub built the tree {}, the patch that was decided upon results in {}",
                made.sha,
                patch.result()
            ),
        }),
    }
}

/// The file as text, while there is room. An empty text reads to GitHub like
/// none at all, so an empty file is made as a blob.
fn inline<'a>(bytes: &'a [u8], room: &mut usize) -> Option<&'a str> {
    let text = std::str::from_utf8(bytes).ok()?;
    if text.is_empty() || text.len() > *room {
        return None;
    }
    *room -= text.len();
    Some(text)
}

fn entry(file: &FileChange, mut content: Value) -> Value {
    content["path"] = file.path.as_str().into();
    content["mode"] = file.kind.mode().into();
    content["type"] = "blob".into();
    content
}

async fn make_blob(
    client: &Client,
    publication: &Publication,
    bytes: &[u8],
    id: &ObjectId,
) -> Result<()> {
    use base64::Engine as _;
    const WHAT: &str = "making a file";
    let content = base64::engine::general_purpose::STANDARD.encode(bytes);
    let body = json!({"content": content, "encoding": "base64"});
    let made: Made = write(client, publication, WHAT, "blobs", body).await?;
    match made.sha == *id {
        true => Ok(()),
        false => Err(unexpected(WHAT, "the blob has another id than its bytes")),
    }
}

async fn write<T: serde::de::DeserializeOwned>(
    client: &Client,
    publication: &Publication,
    what: &'static str,
    kind: &str,
    body: Value,
) -> Result<T> {
    let path = format!("/git/{kind}");
    let repository = &publication.repository().name;
    let call = Call::post(what, repository, needs(publication), path, body);
    let answer = client.send(&call).await?;
    refused_workflow(what, publication, &answer)?;
    answer.success(&call)?.parse(what)
}

/// GitHub says 404 or 422 where a token may not touch workflow files.
pub(super) fn refused_workflow(
    what: &'static str,
    publication: &Publication,
    answer: &Answer,
) -> Result<()> {
    let refused = matches!(answer.status.as_u16(), 404 | 422);
    let says_so = || answer.status == 404 || answer.message().contains("workflow");
    match refused && touches_workflows(publication) && says_so() {
        true => Err(workflows_denied(what)),
        false => Ok(()),
    }
}

pub(super) fn touches_workflows(publication: &Publication) -> bool {
    let files = publication.patch().files();
    files
        .iter()
        .any(|file| file.path.folded().starts_with(WORKFLOWS))
}

/// What writing a publication takes.
pub(super) fn needs(publication: &Publication) -> Permission {
    match touches_workflows(publication) {
        true => WORKFLOWS_WRITE,
        false => CONTENTS_WRITE,
    }
}

pub(super) fn workflows_denied(what: &'static str) -> ForgeError {
    ForgeError::Denied {
        what,
        why: format!(
            "the patch changes a file under {WORKFLOWS}, which takes `{WORKFLOWS_WRITE}`. Grant \
             that to the App or the token if Sentinel is to open pull requests that change \
             workflows (each is approved by a person first), or apply the patch by hand"
        ),
    }
}
