//! Our answers to commands: one comment each.

use serde_json::json;

use super::call::{Call, PULLS, PULLS_WRITE};
use super::client::Client;
use super::people::{Comment, own_login};
use super::text::cut;
use crate::change::talk::Reply;
use crate::forge::Result;

/// Longest comment GitHub takes is 65,536 characters.
const MAX_BODY_BYTES: usize = 65_536;

/// Pages of a hundred comments that are looked through for an earlier try's.
/// A discussion of more than a thousand gets an answer twice rather than none.
const MAX_PAGES: u32 = 10;

/// Answers, unless an earlier try did.
pub(super) async fn reply(client: &Client, reply: &Reply) -> Result<()> {
    if is_answered(client, reply).await? {
        return Ok(());
    }
    let body = cut(&reply.text, MAX_BODY_BYTES - reply.marker().len() - 2);
    let whole = Reply {
        text: body,
        ..reply.clone()
    };
    let path = format!("/issues/{}/comments", reply.change);
    let body = json!({"body": whole.body()});
    let repository = &reply.repository.name;
    let call = Call::post("answering a command", repository, PULLS_WRITE, path, body);
    client.send(&call).await?.success(&call).map(drop)
}

/// Whether an answer is there. Anybody can write our marker: what counts is
/// who wrote it.
async fn is_answered(client: &Client, reply: &Reply) -> Result<bool> {
    let repository = &reply.repository.name;
    let call = |page: String| {
        let path = format!("/issues/{}/comments?{page}", reply.change);
        Call::get("looking for our answer", repository, PULLS, path)
    };
    let pages: Vec<Vec<Comment>> = client.pages(MAX_PAGES, call).await?;
    let marker = reply.marker();
    let mut marked = pages.into_iter().flatten().peekable();
    if marked.peek().is_none() {
        return Ok(false);
    }
    let own = own_login(client, repository).await?;
    Ok(marked.any(|comment| {
        let ours = comment.user.as_ref().is_some_and(|user| user.login == own);
        ours && comment.body().trim_end().ends_with(&marker)
    }))
}
