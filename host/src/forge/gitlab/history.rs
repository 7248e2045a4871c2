//! Branches and commits, read.

use serde::Deserialize;

use super::api::{Api, Call};
use crate::forge::Result;
use crate::forge::web::encoded;
use crate::ids::{Branch, ObjectId, RepositoryName};

/// What one page holds, and more than anyone needs to see a manner.
const MAX_MESSAGES: usize = 100;

/// Longest message kept, in characters.
const MAX_MESSAGE_CHARS: usize = 10_000;

#[derive(Deserialize)]
struct Named {
    commit: Commit,
}

#[derive(Deserialize)]
struct Commit {
    id: ObjectId,
    #[serde(default)]
    message: String,
}

/// Where a branch points; none where it is gone.
pub(super) async fn branch_head(
    api: &Api,
    project: &RepositoryName,
    branch: &Branch,
) -> Result<Option<ObjectId>> {
    const WHAT: &str = "reading the branch";
    let path = format!("/repository/branches/{}", encoded(branch.as_str()));
    let call = Call::get(WHAT, project, &path);
    let answer = api.send(&call).await?;
    if answer.status.as_u16() == 404 {
        // Also what GitLab says of a project that we may not see, and that must
        // not read as "the branch is gone".
        check_access(api, project).await?;
        return Ok(None);
    }
    let found: Named = answer.success(&call)?.json(WHAT)?;
    Ok(Some(found.commit.id))
}

/// Whether a branch is the default one, or protected; one that is gone is, so
/// that nothing is pushed there.
pub(super) async fn is_protected(
    api: &Api,
    project: &RepositoryName,
    branch: &Branch,
) -> Result<bool> {
    #[derive(Deserialize)]
    struct Rules {
        protected: Option<bool>,
        default: Option<bool>,
    }
    const WHAT: &str = "reading the branch's rules";
    let path = format!("/repository/branches/{}", encoded(branch.as_str()));
    let call = Call::get(WHAT, project, &path);
    let answer = api.send(&call).await?;
    if answer.status.as_u16() == 404 {
        return Ok(true);
    }
    let rules: Rules = answer.success(&call)?.json(WHAT)?;
    Ok(rules.protected != Some(false) || rules.default != Some(false))
}

/// Whether the project is there for us.
pub(super) async fn check_access(api: &Api, project: &RepositoryName) -> Result<()> {
    #[derive(Deserialize)]
    struct Project {
        #[serde(rename = "id")]
        _id: u64,
    }
    let found: Result<Project> = api
        .json(&Call::get("reading the project", project, ""))
        .await;
    found.map(drop)
}

/// The branch that others are merged into. A name that no branch can have is
/// none.
pub(super) async fn default_branch(api: &Api, project: &RepositoryName) -> Result<Option<Branch>> {
    #[derive(Deserialize)]
    struct Project {
        default_branch: Option<String>,
    }
    let found: Project = api
        .json(&Call::get("reading the project", project, ""))
        .await?;
    Ok(found.default_branch.and_then(|name| name.parse().ok()))
}

/// Whether a commit is another or comes before it: then it is where the two
/// meet.
pub(super) async fn is_ancestor(
    api: &Api,
    project: &RepositoryName,
    ancestor: &ObjectId,
    commit: &ObjectId,
) -> Result<bool> {
    const WHAT: &str = "comparing commits";
    let path = format!("/repository/merge_base?refs%5B%5D={ancestor}&refs%5B%5D={commit}");
    let call = Call::get(WHAT, project, &path);
    let answer = api.send(&call).await?;
    // One of them is not there, or they have nothing in common.
    if matches!(answer.status.as_u16(), 400 | 404) {
        return Ok(false);
    }
    let base: Commit = answer.success(&call)?.json(WHAT)?;
    Ok(base.id == *ancestor)
}

pub(super) async fn recent_messages(
    api: &Api,
    project: &RepositoryName,
    commit: &ObjectId,
    count: usize,
) -> Result<Vec<String>> {
    let count = count.min(MAX_MESSAGES);
    if count == 0 {
        return Ok(Vec::new());
    }
    let path = format!("/repository/commits?ref_name={commit}&per_page={count}");
    let call = Call::get("reading recent commits", project, &path);
    let listed: Vec<Commit> = api.json(&call).await?;
    let bounded = |commit: Commit| commit.message.chars().take(MAX_MESSAGE_CHARS).collect();
    Ok(listed.into_iter().take(count).map(bounded).collect())
}
