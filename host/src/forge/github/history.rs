//! Branches and commits, read.

use serde::Deserialize;

use super::call::{CONTENTS, Call, METADATA};
use super::client::Client;
use super::text::encoded_path;
use super::wire::unexpected;
use crate::forge::Result;
use crate::ids::{Branch, ObjectId, RepositoryName};

/// What one page holds, and more than anyone needs to see a manner.
const MAX_MESSAGES: usize = 100;

/// Longest message kept, in characters.
const MAX_MESSAGE_CHARS: usize = 10_000;

#[derive(Deserialize)]
struct Reference {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    #[serde(rename = "type")]
    kind: String,
    sha: ObjectId,
}

/// Where a branch points; none where it is gone.
pub(super) async fn branch_head(
    client: &Client,
    repository: &RepositoryName,
    branch: &Branch,
) -> Result<Option<ObjectId>> {
    const WHAT: &str = "reading the branch";
    let path = format!("/git/ref/heads/{}", encoded_path(branch.as_str()));
    let call = Call::get(WHAT, repository, CONTENTS, path);
    let answer = client.send(&call).await?;
    match answer.status.as_u16() {
        404 => {
            // Also what GitHub says of a repository that we may not see, and
            // that must not read as "the branch is gone".
            check_access(client, repository).await?;
            Ok(None)
        }
        // A repository without any commit.
        409 => Ok(None),
        _ => {
            let reference: Reference = answer.success(&call)?.parse(WHAT)?;
            match reference.object.kind.as_str() {
                "commit" => Ok(Some(reference.object.sha)),
                other => Err(unexpected(WHAT, format!("it points at a {other:?}"))),
            }
        }
    }
}

/// Whether the repository is there for us.
pub(super) async fn check_access(client: &Client, repository: &RepositoryName) -> Result<()> {
    let call = Call::get(
        "reading the repository",
        repository,
        METADATA,
        String::new(),
    );
    client.send(&call).await?.success(&call).map(drop)
}

/// The branch that others are merged into. A name that no branch can have is
/// none.
pub(super) async fn default_branch(
    client: &Client,
    repository: &RepositoryName,
) -> Result<Option<Branch>> {
    #[derive(Deserialize)]
    struct Repository {
        default_branch: Option<String>,
    }
    let call = Call::get(
        "reading the repository",
        repository,
        METADATA,
        String::new(),
    );
    let found: Repository = client.json(call).await?;
    Ok(found.default_branch.and_then(|name| name.parse().ok()))
}

/// Whether a branch is the default one, or a rule protects it. One that is gone
/// counts as protected.
pub(super) async fn is_protected(
    client: &Client,
    repository: &RepositoryName,
    branch: &Branch,
) -> Result<bool> {
    const WHAT: &str = "asking whether the branch is protected";
    #[derive(Deserialize)]
    struct Shown {
        protected: bool,
    }
    if default_branch(client, repository).await?.as_ref() == Some(branch) {
        return Ok(true);
    }
    let path = format!("/branches/{}", encoded_path(branch.as_str()));
    let call = Call::get(WHAT, repository, CONTENTS, path);
    let answer = client.send(&call).await?;
    if answer.status.as_u16() == 404 {
        return Ok(true);
    }
    let shown: Shown = answer.success(&call)?.parse(WHAT)?;
    Ok(shown.protected)
}

/// Whether a commit is another or comes before it.
pub(super) async fn is_ancestor(
    client: &Client,
    repository: &RepositoryName,
    ancestor: &ObjectId,
    commit: &ObjectId,
) -> Result<bool> {
    const WHAT: &str = "comparing commits";
    #[derive(Deserialize)]
    struct Comparison {
        status: String,
    }
    // The first page carries the diffs of up to 300 files; this one does not.
    let path = format!("/compare/{ancestor}...{commit}?per_page=1&page=2");
    let call = Call::get(WHAT, repository, CONTENTS, path);
    let answer = client.send(&call).await?;
    if answer.status.as_u16() == 404 {
        return Ok(false);
    }
    let compared: Comparison = answer.success(&call)?.parse(WHAT)?;
    Ok(matches!(compared.status.as_str(), "ahead" | "identical"))
}

#[derive(Deserialize)]
struct Listed {
    commit: Message,
}

#[derive(Deserialize)]
struct Message {
    message: String,
}

pub(super) async fn recent_messages(
    client: &Client,
    repository: &RepositoryName,
    commit: &ObjectId,
    count: usize,
) -> Result<Vec<String>> {
    let count = count.min(MAX_MESSAGES);
    if count == 0 {
        return Ok(Vec::new());
    }
    let path = format!("/commits?sha={commit}&per_page={count}");
    let call = Call::get("reading recent commits", repository, CONTENTS, path);
    let listed: Vec<Listed> = client.json(call).await?;
    let bounded = |text: String| text.chars().take(MAX_MESSAGE_CHARS).collect();
    let messages = listed
        .into_iter()
        .map(|listed| bounded(listed.commit.message));
    Ok(messages.take(count).collect())
}
