//! Who people are and what they wrote, asked of GitLab at that moment.

use serde::Deserialize;

use super::api::{Api, Call};
use crate::change::talk::{CommentSeen, Permission};
use crate::forge::Result;
use crate::forge::web::encoded;
use crate::ids::RepositoryName;

/// Longest user name that is asked about; GitLab's own take 255 characters.
const MAX_NAME_BYTES: usize = 255;

/// What a user may do in a project, by the role that membership of the project,
/// its groups and shares comes to.
pub(super) async fn permission(
    api: &Api,
    project: &RepositoryName,
    user: &str,
) -> Result<Permission> {
    const WHAT: &str = "asking what the author of a command may do";
    #[derive(Deserialize)]
    struct Member {
        access_level: u32,
        /// Blocked people and those who wait for somebody are members too.
        state: Option<String>,
    }
    let Some(id) = id_of(api, project, user).await? else {
        return Ok(Permission::None);
    };
    let path = format!("/members/all/{id}");
    let call = Call::get(WHAT, project, &path);
    let answer = api.send(&call).await?;
    if answer.status.as_u16() == 404 {
        return Ok(Permission::None);
    }
    let member: Member = answer.success(&call)?.json(WHAT)?;
    if member.state.is_some_and(|state| state != "active") {
        return Ok(Permission::None);
    }
    Ok(match member.access_level {
        50.. => Permission::Admin,
        40.. => Permission::Maintain,
        30.. => Permission::Write,
        20.. => Permission::Triage,
        10.. => Permission::Read,
        _ => Permission::None,
    })
}

/// A user's number; none where no such name can be or is.
async fn id_of(api: &Api, project: &RepositoryName, user: &str) -> Result<Option<u64>> {
    #[derive(Deserialize)]
    struct User {
        id: u64,
        username: String,
    }
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if user.is_empty() || user.len() > MAX_NAME_BYTES || !user.bytes().all(word) {
        return Ok(None);
    }
    let path = format!("/users?username={}", encoded(user));
    let found: Vec<User> = api.anywhere("looking for a user", project, &path).await?;
    // Looked at again: a server that does not know the filter would list all.
    let mut same = found.into_iter().filter(|found| {
        let name = &found.username;
        name.eq_ignore_ascii_case(user)
    });
    Ok(same.next().map(|user| user.id))
}

#[derive(Deserialize)]
struct Note {
    body: String,
    #[serde(default)]
    system: bool,
    author: Option<Author>,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Deserialize)]
struct Author {
    id: u64,
    username: String,
}

/// A note of a merge request; none where it is gone.
pub(super) async fn comment(
    api: &Api,
    project: &RepositoryName,
    change: u64,
    comment: u64,
) -> Result<Option<CommentSeen>> {
    const WHAT: &str = "reading the command's note";
    let path = format!("/merge_requests/{change}/notes/{comment}");
    let call = Call::get(WHAT, project, &path);
    let answer = api.send(&call).await?;
    if answer.status.as_u16() == 404 {
        return Ok(None);
    }
    let note: Note = answer.success(&call)?.json(WHAT)?;
    let by_person = match &note.author {
        Some(author) if !note.system => is_person(api, project, author.id).await?,
        _ => false,
    };
    Ok(Some(CommentSeen {
        change,
        author: note.author.map(|author| author.username),
        by_person,
        // Where a time is missing nobody can say that it was not.
        edited: note.created_at.is_none() || note.created_at != note.updated_at,
        body: note.body,
    }))
}

/// Whether an account is a person's: tokens of projects and groups have users
/// of their own. An account that is not told is nobody's.
async fn is_person(api: &Api, project: &RepositoryName, id: u64) -> Result<bool> {
    #[derive(Deserialize)]
    struct User {
        bot: Option<bool>,
        state: Option<String>,
    }
    let path = format!("/users/{id}");
    let user: User = api.anywhere("asking who wrote it", project, &path).await?;
    Ok(user.bot == Some(false) && user.state.as_deref() == Some("active"))
}
