//! What is done to a pull request that is there: a draft made ready, a pull
//! request closed with a remark.

use serde::Deserialize;
use serde_json::json;

use super::call::{Call, PULLS, PULLS_WRITE, Root};
use super::client::Client;
use super::pulls::{self, Pull};
use super::refusal::plain;
use super::text::cut;
use super::tidy;
use super::wire::unexpected;
use crate::change::{Change, ChangeEdit, ChangeState, Remark};
use crate::forge::{ForgeError, Result};
use crate::ids::RepositoryName;

/// Pages of a hundred comments that are looked through for our remark. Under a
/// pull request with more, a repeated try may write it twice.
const MAX_COMMENT_PAGES: u32 = 5;

/// Longest comment GitHub takes, in characters; in bytes that is never more.
const MAX_COMMENT_BYTES: usize = 65_536;

/// The REST API has no such thing.
const READY: &str = "mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: \
                     $id}) { pullRequest { isDraft } } }";

/// The pull request of a change. Its branch has to be ours: a number alone
/// could name anything.
pub(super) async fn pull(
    client: &Client,
    repository: &RepositoryName,
    change: &Change,
) -> Result<Pull> {
    const WHAT: &str = "looking at the pull request";
    let Some(number) = change.number else {
        let found = pulls::newest(client, repository, &change.branch).await?;
        return found.ok_or_else(|| ForgeError::NotFound {
            what: format!("the pull request from {}", change.branch),
        });
    };
    let call = Call::get(WHAT, repository, PULLS, format!("/pulls/{number}"));
    let pull: Pull = client.json(call).await?;
    match pull.is_from(repository, &change.branch) || pull.state() != ChangeState::Open {
        true => Ok(pull),
        false => Err(ForgeError::Conflict {
            what: WHAT,
            why: format!("#{number} does not come from {}", change.branch),
        }),
    }
}

pub(super) async fn apply(
    client: &Client,
    repository: &RepositoryName,
    change: &Change,
    edit: &ChangeEdit,
) -> Result<()> {
    let pull = pull(client, repository, change).await?;
    match (pull.state(), edit) {
        (ChangeState::Open, _) => {}
        // Closed by a try that was cut off behind it, or by a person.
        (ChangeState::Closed, ChangeEdit::Close { .. }) => {
            return tidy::branch(client, repository, change).await;
        }
        (ChangeState::Closed | ChangeState::Merged, _) => return Ok(()),
    }
    match edit {
        ChangeEdit::ReadyForReview { .. } if !pull.is_draft() => Ok(()),
        // First the word, then the deed: whoever is told of the one finds the
        // other.
        ChangeEdit::ReadyForReview { remark } => {
            say(client, repository, pull.number, remark).await?;
            ready(client, repository, &pull).await
        }
        ChangeEdit::Close { remark } => {
            say(client, repository, pull.number, remark).await?;
            close(client, repository, pull.number).await?;
            tidy::branch(client, repository, change).await
        }
    }
}

async fn ready(client: &Client, repository: &RepositoryName, pull: &Pull) -> Result<()> {
    const WHAT: &str = "marking the pull request as ready";
    #[derive(Deserialize)]
    struct Said {
        #[serde(default)]
        errors: Vec<Refused>,
    }
    #[derive(Deserialize)]
    struct Refused {
        #[serde(rename = "type")]
        kind: Option<String>,
        message: String,
    }
    let id = pull.node_id();
    let id = id.ok_or_else(|| unexpected(WHAT, "the pull request has no `node_id`"))?;
    let body = json!({"query": READY, "variables": {"id": id}});
    let call = Call::post(WHAT, repository, PULLS_WRITE, String::new(), body).at(Root::GraphQl);
    let said: Said = client.json(call).await?;
    // GraphQL refuses with 200.
    match said.errors.into_iter().next() {
        None => Ok(()),
        Some(refused) if refused.kind.as_deref() == Some("FORBIDDEN") => Err(ForgeError::Denied {
            what: WHAT,
            why: format!(
                "the credential lacks `{PULLS_WRITE}` on {repository} (GitHub: {})",
                plain(&refused.message)
            ),
        }),
        Some(refused) => Err(unexpected(WHAT, plain(&refused.message))),
    }
}

async fn close(client: &Client, repository: &RepositoryName, number: u64) -> Result<()> {
    let path = format!("/pulls/{number}");
    let body = json!({"state": "closed"});
    let call = Call::post(
        "closing the pull request",
        repository,
        PULLS_WRITE,
        path,
        body,
    )
    .patch();
    client.send(&call).await?.success(&call).map(drop)
}

/// Writes a remark, unless it is there.
async fn say(
    client: &Client,
    repository: &RepositoryName,
    number: u64,
    remark: &Remark,
) -> Result<()> {
    #[derive(Deserialize)]
    struct Comment {
        body: Option<String>,
    }
    let path = format!("/issues/{number}/comments");
    let call = |page: String| {
        let what = "reading the comments";
        Call::get(what, repository, PULLS, format!("{path}?{page}"))
    };
    let pages: Vec<Vec<Comment>> = client.pages(MAX_COMMENT_PAGES, call).await?;
    let mark = remark.mark();
    let is_it = |comment: &Comment| {
        let body = comment.body.as_deref();
        body.is_some_and(|body| body.contains(&mark))
    };
    if pages.iter().flatten().any(is_it) {
        return Ok(());
    }
    let text = remark.marked();
    let body = json!({"body": cut(&text, MAX_COMMENT_BYTES)});
    let call = Call::post(
        "writing under the pull request",
        repository,
        PULLS_WRITE,
        path.clone(),
        body,
    );
    client.send(&call).await?.success(&call).map(drop)
}
