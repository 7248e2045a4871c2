//! Who people are and what they wrote, asked of GitHub at that moment.

use http::Method;
use serde::Deserialize;
use serde_json::Value;

use super::call::{Call, METADATA, PULLS, Root};
use super::client::Client;
use super::text::encoded;
use super::wire::unexpected;
use crate::change::talk::{CommentSeen, Permission};
use crate::forge::Result;
use crate::ids::RepositoryName;

/// Longest login that is asked about: GitHub's own take 39 characters,
/// Enterprise servers' some more.
const MAX_LOGIN_BYTES: usize = 100;

/// What a user may do in a repository, by GitHub's own word.
pub(super) async fn permission(
    client: &Client,
    repository: &RepositoryName,
    user: &str,
) -> Result<Permission> {
    const WHAT: &str = "asking what the author of a command may do";
    #[derive(Deserialize)]
    struct Granted {
        permission: String,
        role_name: Option<String>,
    }
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if user.is_empty() || user.len() > MAX_LOGIN_BYTES || !user.bytes().all(word) {
        return Ok(Permission::None);
    }
    let path = format!("/collaborators/{}/permission", encoded(user));
    let call = Call::get(WHAT, repository, METADATA, path);
    let answer = client.send(&call).await?;
    if answer.status.as_u16() == 404 {
        return Ok(Permission::None);
    }
    let granted: Granted = answer.success(&call)?.parse(WHAT)?;
    // A role of an organisation's own making has any name; the old word for
    // what it comes to is always there.
    Ok(
        match (granted.permission.as_str(), granted.role_name.as_deref()) {
            ("admin", _) => Permission::Admin,
            ("write" | "maintain", Some("maintain")) => Permission::Maintain,
            ("write" | "maintain", _) => Permission::Write,
            ("read" | "triage", Some("triage")) => Permission::Triage,
            ("read" | "triage", _) => Permission::Read,
            _ => Permission::None,
        },
    )
}

#[derive(Deserialize)]
pub(super) struct Comment {
    body: Option<String>,
    /// Null where the account is gone.
    pub user: Option<Writer>,
    created_at: Option<String>,
    updated_at: Option<String>,
    /// Ends in the number of the pull request.
    issue_url: Option<String>,
    /// There where an App wrote it for its user.
    performed_via_github_app: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct Writer {
    pub login: String,
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl Comment {
    pub fn body(&self) -> &str {
        self.body.as_deref().unwrap_or_default()
    }

    fn stands_under(&self, number: u64) -> bool {
        let url = self.issue_url.as_deref().unwrap_or_default();
        url.rsplit('/').next() == Some(number.to_string().as_str())
    }

    fn seen(self, change: u64) -> CommentSeen {
        let person = self.user.as_ref().and_then(|user| user.kind.as_deref()) == Some("User");
        CommentSeen {
            change,
            by_person: person && self.performed_via_github_app.is_none(),
            // Where a time is missing nobody can say that it was not.
            edited: self.created_at.is_none() || self.created_at != self.updated_at,
            author: self.user.map(|user| user.login),
            body: self.body.unwrap_or_default(),
        }
    }
}

/// A comment under a pull request; none where it is gone, or stands elsewhere.
pub(super) async fn comment(
    client: &Client,
    repository: &RepositoryName,
    change: u64,
    comment: u64,
) -> Result<Option<CommentSeen>> {
    const WHAT: &str = "reading the command's comment";
    let call = Call::get(
        WHAT,
        repository,
        PULLS,
        format!("/issues/comments/{comment}"),
    );
    let answer = client.send(&call).await?;
    if matches!(answer.status.as_u16(), 404 | 410) {
        return Ok(None);
    }
    let found: Comment = answer.success(&call)?.parse(WHAT)?;
    let here = found.stands_under(change);
    Ok(here.then(|| found.seen(change)))
}

/// The login that what we write carries.
pub(super) async fn own_login<'c>(
    client: &'c Client,
    repository: &RepositoryName,
) -> Result<&'c str> {
    let asked = || async {
        match client.is_app() {
            true => own_app(client).await,
            false => own_user(client, repository).await,
        }
    };
    let login = client.own_login.get_or_try_init(asked).await?;
    Ok(login)
}

const WHO: &str = "asking who we are";

async fn own_app(client: &Client) -> Result<String> {
    #[derive(Deserialize)]
    struct App {
        slug: Option<String>,
    }
    let app: App = client.as_app(WHO, Method::GET, "/app").await?.parse(WHO)?;
    let slug = app
        .slug
        .ok_or_else(|| unexpected(WHO, "the App has no slug"))?;
    Ok(format!("{slug}[bot]"))
}

async fn own_user(client: &Client, repository: &RepositoryName) -> Result<String> {
    let call = Call::get(WHO, repository, METADATA, String::new()).at(Root::User);
    let user: Writer = client.json(call).await?;
    Ok(user.login)
}
