//! Merge requests: found, looked at, opened.

use serde::Deserialize;
use serde_json::json;

use super::api::{Answer, Api, Call};
use super::text::{MAX_TITLE_CHARS, described, titled};
use crate::change::talk::PullSeen;
use crate::change::{ChangeSeen, ChangeState, IGNORE_LABEL, LABEL, Publication};
use crate::forge::web::{encoded, transient, unexpected};
use crate::forge::{ForgeError, Result};
use crate::ids::{Branch, ObjectId, RepositoryName};

const OPENING: &str = "opening the merge request";

/// What makes a merge request a draft: its title's beginning, and nothing else.
pub(super) const DRAFT: &str = "Draft: ";

#[derive(Deserialize)]
pub(super) struct MergeRequest {
    /// Its number in the project.
    pub iid: u64,
    web_url: Option<String>,
    state: String,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    labels: Vec<String>,
    /// Its newest commit. GitLab fills it in a moment after it was opened.
    pub sha: Option<ObjectId>,
    source_branch: String,
    /// None where the fork it came from is gone.
    source_project_id: Option<u64>,
    target_project_id: u64,
    /// None where the account is gone.
    author: Option<Author>,
}

#[derive(Deserialize)]
struct Author {
    username: String,
}

impl MergeRequest {
    pub fn state(&self) -> ChangeState {
        match self.state.as_str() {
            "merged" => ChangeState::Merged,
            // Locked while it is being merged.
            "opened" | "locked" => ChangeState::Open,
            _ => ChangeState::Closed,
        }
    }

    pub fn seen(self) -> ChangeSeen {
        let state = self.state();
        let ignored = self
            .labels
            .iter()
            .any(|label| label.eq_ignore_ascii_case(IGNORE_LABEL));
        ChangeSeen {
            state,
            ignored,
            number: Some(self.iid),
            url: self.web_url,
        }
    }

    pub fn is_open(&self) -> bool {
        self.state() == ChangeState::Open
    }

    pub fn url(&self) -> Option<String> {
        self.web_url.clone()
    }

    pub fn is_draft(&self) -> bool {
        self.draft
    }

    /// As one that anybody may have made.
    fn into_anybodys(self) -> Result<PullSeen> {
        const WHAT: &str = "reading the merge request";
        let branch = self.source_branch.parse();
        let open = self.state() == ChangeState::Open;
        Ok(PullSeen {
            number: self.iid,
            open,
            here: self.is_here(),
            head: self.sha.ok_or_else(|| {
                transient(
                    WHAT,
                    "GitLab is still preparing it and names no commit".into(),
                )
            })?,
            branch: branch.map_err(|_| unexpected(WHAT, "its branch has no branch's name"))?,
            author: self.author.map(|author| author.username),
        })
    }

    /// Whether its branch is the project's own.
    fn is_here(&self) -> bool {
        self.source_project_id == Some(self.target_project_id)
    }

    fn is_from(&self, branch: &Branch) -> bool {
        self.source_branch == branch.as_str() && self.is_here()
    }
}

/// The newest merge request from one of the project's own branches.
pub(super) async fn newest(
    api: &Api,
    project: &RepositoryName,
    branch: &Branch,
) -> Result<Option<MergeRequest>> {
    let found = from(api, project, branch, None).await?;
    // A fork may have a branch of the same name.
    let ours = found.into_iter().filter(|request| request.is_from(branch));
    Ok(ours.max_by_key(|request| request.iid))
}

/// The open merge request that shows a commit of a branch: the one whose newest
/// commit it is, or else the newest.
pub(super) async fn open_from(
    api: &Api,
    project: &RepositoryName,
    branch: &Branch,
    commit: &ObjectId,
) -> Result<Option<MergeRequest>> {
    let found = from(api, project, branch, Some("opened")).await?;
    let ours = found.into_iter().filter(|request| request.is_from(branch));
    let shows = |request: &MergeRequest| (request.sha.as_ref() == Some(commit), request.iid);
    Ok(ours.max_by_key(shows))
}

async fn from(
    api: &Api,
    project: &RepositoryName,
    branch: &Branch,
    state: Option<&str>,
) -> Result<Vec<MergeRequest>> {
    let state_is = state.map_or(String::new(), |state| format!("state={state}&"));
    let from = encoded(branch.as_str());
    let path = format!("/merge_requests?{state_is}source_branch={from}&per_page=100");
    let call = Call::get("looking for the merge request", project, &path);
    let mut found: Vec<MergeRequest> = api.json(&call).await?;
    // Looked at again: a server that does not know the filter would list all.
    found.retain(|request| {
        request.source_branch == branch.as_str() && state.is_none_or(|state| request.state == state)
    });
    Ok(found)
}

/// One by its number; none where there is none.
pub(super) async fn one(
    api: &Api,
    project: &RepositoryName,
    number: u64,
) -> Result<Option<MergeRequest>> {
    let path = format!("/merge_requests/{number}");
    let call = Call::get("reading the merge request", project, &path);
    let answer = api.send(&call).await?;
    match answer.status.as_u16() {
        404 => Ok(None),
        _ => answer.success(&call)?.json(call.what).map(Some),
    }
}

pub(super) async fn seen(
    api: &Api,
    project: &RepositoryName,
    number: u64,
) -> Result<Option<PullSeen>> {
    let found = one(api, project, number).await?;
    found.map(MergeRequest::into_anybodys).transpose()
}

/// The open merge request of a fork's branch at a commit.
pub(super) async fn of_fork(
    api: &Api,
    project: &RepositoryName,
    branch: &Branch,
    head: &ObjectId,
) -> Result<Option<PullSeen>> {
    let found = from(api, project, branch, Some("opened")).await?;
    let mut forks = found
        .into_iter()
        .filter(|request| !request.is_here() && request.sha.as_ref() == Some(head));
    forks.next().map(MergeRequest::into_anybodys).transpose()
}

/// The open merge request whose newest commit it is.
pub(super) async fn of_commit(
    api: &Api,
    project: &RepositoryName,
    commit: &ObjectId,
) -> Result<Option<MergeRequest>> {
    let path = format!("/repository/commits/{commit}/merge_requests?per_page=100");
    let call = Call::get("looking for the commit's merge request", project, &path);
    let found: Vec<MergeRequest> = api.json(&call).await?;
    let shows = |request: &MergeRequest| {
        request.state() == ChangeState::Open && request.sha.as_ref() == Some(commit)
    };
    Ok(found
        .into_iter()
        .filter(shows)
        .max_by_key(|request| request.iid))
}

/// What came of asking for a merge request.
pub(super) enum Opened {
    Made(MergeRequest),
    /// One from this branch is there already.
    There,
}

pub(super) async fn open(api: &Api, publication: &Publication, draft: bool) -> Result<Opened> {
    let text = publication.text();
    let prefix = if draft { DRAFT } else { "" };
    let title = titled(&text.title, MAX_TITLE_CHARS - prefix.len());
    let body = json!({
        "source_branch": publication.branch().as_str(),
        "target_branch": publication.target().as_str(),
        "title": format!("{prefix}{title}"),
        "description": described(&text.body),
        "labels": LABEL,
        "remove_source_branch": true,
    });
    let project = &publication.repository().name;
    let call = Call::post(OPENING, project, "/merge_requests", body);
    let answer = api.send(&call).await?;
    match answer.status.as_u16() {
        409 if answer.message().contains("already exists") => Ok(Opened::There),
        400 | 409 | 422 => Err(refused(publication, &answer)),
        _ => Ok(Opened::Made(answer.success(&call)?.json(OPENING)?)),
    }
}

fn refused(publication: &Publication, answer: &Answer) -> ForgeError {
    let said = answer.message();
    let target = publication.target();
    match said.to_ascii_lowercase().contains("branch") {
        true => ForgeError::Conflict {
            what: OPENING,
            why: format!("{target} is gone or holds the change already (GitLab: {said})"),
        },
        false => unexpected(OPENING, said),
    }
}

/// Closes the merge request from one of our branches, if it is open.
pub(super) async fn close(api: &Api, project: &RepositoryName, branch: &Branch) -> Result<()> {
    match newest(api, project, branch).await? {
        Some(request) if request.is_open() => {
            let path = format!("/merge_requests/{}", request.iid);
            let body = json!({"state_event": "close"});
            let call = Call::put("closing the merge request", project, &path, body);
            api.send(&call).await?.success(&call).map(drop)
        }
        _ => Ok(()),
    }
}
