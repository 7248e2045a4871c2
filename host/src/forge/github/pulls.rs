//! Pull requests: found, looked at, opened.

use serde::Deserialize;
use serde_json::json;

use super::call::{Answer, Call, PULLS, PULLS_WRITE};
use super::client::Client;
use super::text::{cut, encoded};
use crate::change::talk::PullSeen;
use crate::change::{ChangeSeen, ChangeState, IGNORE_LABEL, LABEL, Publication, Standing};
use crate::forge::{ForgeError, Result};
use crate::ids::{Branch, ObjectId, RepositoryName};

const OPENING: &str = "opening the pull request";

/// Longest title GitHub takes, in characters; in bytes that is never more.
const MAX_TITLE_BYTES: usize = 256;

/// Longest body GitHub takes is 65,536 characters.
const MAX_BODY_BYTES: usize = 65_536;

#[derive(Deserialize)]
pub(super) struct Pull {
    pub number: u64,
    html_url: Option<String>,
    state: String,
    merged_at: Option<String>,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    labels: Vec<Label>,
    pub head: Head,
    /// Null where the account is gone.
    user: Option<User>,
    node_id: Option<String>,
    /// Of an open one the trial merge: nothing that is on any branch.
    merge_commit_sha: Option<ObjectId>,
    /// Null while GitHub finds out, and in lists.
    mergeable: Option<bool>,
}

#[derive(Deserialize)]
struct User {
    login: String,
}

#[derive(Deserialize)]
struct Label {
    name: String,
}

#[derive(Deserialize)]
pub(super) struct Head {
    #[serde(rename = "ref")]
    name: String,
    pub sha: ObjectId,
    /// Null where the fork it came from is gone.
    repo: Option<HeadRepository>,
}

#[derive(Deserialize)]
struct HeadRepository {
    full_name: String,
}

impl Pull {
    pub fn seen(self) -> ChangeSeen {
        ChangeSeen {
            state: self.state(),
            ignored: self.is_ignored(),
            number: Some(self.number),
            url: self.html_url,
        }
    }

    /// As one that anybody may have made.
    fn into_anybodys(self, repository: &RepositoryName) -> Result<PullSeen> {
        let branch = self.head.name.parse();
        let unreadable = |error: crate::ids::InvalidName| {
            super::wire::unexpected("reading the pull request", error.to_string())
        };
        Ok(PullSeen {
            number: self.number,
            open: self.is_open(),
            here: self.head.is_in(repository),
            head: self.head.sha,
            branch: branch.map_err(unreadable)?,
            author: self.user.map(|user| user.login),
        })
    }

    /// Whether it carries [`LABEL`].
    pub fn is_labelled(&self) -> bool {
        self.labels.iter().any(|label| label.name == LABEL)
    }

    /// The same, for whoever watches it.
    pub fn standing(self) -> Standing {
        let state = self.state();
        Standing {
            state,
            ignored: self.is_ignored(),
            draft: self.draft,
            head: Some(self.head.sha),
            landed: self
                .merge_commit_sha
                .filter(|_| state == ChangeState::Merged),
            applies: self.mergeable,
        }
    }

    pub fn state(&self) -> ChangeState {
        match (&self.merged_at, self.state.as_str()) {
            (Some(_), _) => ChangeState::Merged,
            (None, "open") => ChangeState::Open,
            (None, _) => ChangeState::Closed,
        }
    }

    fn is_ignored(&self) -> bool {
        let mut labels = self.labels.iter();
        labels.any(|label| label.name.eq_ignore_ascii_case(IGNORE_LABEL))
    }

    /// How GraphQL names it.
    pub fn node_id(&self) -> Option<&str> {
        self.node_id.as_deref()
    }

    pub fn url(&self) -> Option<String> {
        self.html_url.clone()
    }

    pub fn is_open(&self) -> bool {
        self.state == "open"
    }

    pub fn is_draft(&self) -> bool {
        self.draft
    }

    pub fn is_from(&self, repository: &RepositoryName, branch: &Branch) -> bool {
        self.head.name == branch.as_str() && self.head.is_in(repository)
    }
}

impl Head {
    fn is_in(&self, repository: &RepositoryName) -> bool {
        let same = |repo: &HeadRepository| repo.full_name.eq_ignore_ascii_case(repository.as_str());
        self.repo.as_ref().is_some_and(same)
    }
}

/// One by its number; none where there is none.
pub(super) async fn one(
    client: &Client,
    repository: &RepositoryName,
    number: u64,
) -> Result<Option<PullSeen>> {
    const WHAT: &str = "reading the pull request";
    let call = Call::get(WHAT, repository, PULLS, format!("/pulls/{number}"));
    let answer = client.send(&call).await?;
    if answer.status.as_u16() == 404 {
        return Ok(None);
    }
    let pull: Pull = answer.success(&call)?.parse(WHAT)?;
    pull.into_anybodys(repository).map(Some)
}

/// Pages of open pull requests that are looked through for a fork's: those
/// that moved last come first, and its run has just failed.
const MAX_PAGES: u32 = 3;

/// The open pull request of a fork's branch at a commit.
pub(super) async fn of_fork(
    client: &Client,
    repository: &RepositoryName,
    branch: &Branch,
    head: &ObjectId,
) -> Result<Option<PullSeen>> {
    let call = |page: String| {
        let path = format!("/pulls?state=open&sort=updated&direction=desc&{page}");
        Call::get(
            "looking for the fork's pull request",
            repository,
            PULLS,
            path,
        )
    };
    let pages: Vec<Vec<Pull>> = client.pages(MAX_PAGES, call).await?;
    let mut pulls = pages.into_iter().flatten();
    let found = pulls.find(|pull| {
        pull.head.sha == *head && pull.head.name == branch.as_str() && !pull.head.is_in(repository)
    });
    found.map(|pull| pull.into_anybodys(repository)).transpose()
}

/// Closes the pull request from one of our branches, if it is open.
pub(super) async fn close(
    client: &Client,
    repository: &RepositoryName,
    branch: &Branch,
) -> Result<()> {
    let Some(pull) = newest(client, repository, branch).await? else {
        return Ok(());
    };
    if !pull.is_open() {
        return Ok(());
    }
    let path = format!("/pulls/{}", pull.number);
    let body = json!({"state": "closed"});
    let call = Call::post(
        "closing our pull request",
        repository,
        PULLS_WRITE,
        path,
        body,
    )
    .patch();
    client.send(&call).await?.success(&call).map(drop)
}

/// Puts our label on a pull request. It only helps people to find it, so whoever
/// may not label goes without; what may work later is tried again.
pub(super) async fn label(client: &Client, repository: &RepositoryName, number: u64) -> Result<()> {
    let path = format!("/issues/{number}/labels");
    let body = json!({"labels": [LABEL]});
    let call = Call::post(
        "labelling the pull request",
        repository,
        PULLS_WRITE,
        path,
        body,
    );
    let labelled = client.send(&call).await;
    match labelled.and_then(|answer| answer.success(&call).map(drop)) {
        Err(error) if !error.is_transient() => {
            tracing::warn!(%repository, number, %error, "a pull request goes without its label");
            Ok(())
        }
        labelled => labelled,
    }
}

/// The newest pull request from one of the repository's own branches.
pub(super) async fn newest(
    client: &Client,
    repository: &RepositoryName,
    branch: &Branch,
) -> Result<Option<Pull>> {
    let owner = repository.as_str().split('/').next().unwrap_or_default();
    let head = encoded(&format!("{owner}:{branch}"));
    let path = format!("/pulls?state=all&head={head}&per_page=100");
    let call = Call::get("looking for the pull request", repository, PULLS, path);
    let pulls: Vec<Pull> = client.json(call).await?;
    // Looked at again: a server that does not know the filter would list all.
    let ours = pulls
        .into_iter()
        .filter(|pull| pull.is_from(repository, branch));
    Ok(ours.max_by_key(|pull| pull.number))
}

/// What came of asking for a pull request.
pub(super) enum Opened {
    Made(Box<Pull>),
    /// One from this branch is there already.
    There,
}

pub(super) async fn open(
    client: &Client,
    publication: &Publication,
    draft: bool,
) -> Result<Opened> {
    let repository = &publication.repository().name;
    let text = publication.text();
    let body = json!({
        "title": cut(&text.title, MAX_TITLE_BYTES),
        "body": cut(&text.body, MAX_BODY_BYTES),
        "head": publication.branch().as_str(),
        "base": publication.target().as_str(),
        "draft": draft,
    });
    let call = Call::post(OPENING, repository, PULLS_WRITE, "/pulls".into(), body);
    let answer = client.send(&call).await?;
    match answer.status.as_u16() {
        422 => refused(publication, &answer),
        _ => Ok(Opened::Made(Box::new(
            answer.success(&call)?.parse(OPENING)?,
        ))),
    }
}

fn refused(publication: &Publication, answer: &Answer) -> Result<Opened> {
    let said = answer.message();
    let lower = said.to_ascii_lowercase();
    if lower.contains("already exists") {
        return Ok(Opened::There);
    }
    // Not opened as an ordinary one instead: "draft" is what holds an unproven
    // change back from whatever merges by itself.
    if lower.contains("draft") {
        return Err(no_drafts(&said));
    }
    let target = publication.target();
    let conflict = lower.contains("base") || lower.contains("no commits between");
    match conflict {
        true => Err(ForgeError::Conflict {
            what: OPENING,
            why: format!("{target} is gone or holds the change already (GitHub: {said})"),
        }),
        false => Err(super::wire::unexpected(OPENING, said)),
    }
}

fn no_drafts(said: &str) -> ForgeError {
    ForgeError::Denied {
        what: OPENING,
        why: format!(
            "the repository's plan has no draft pull requests, and a change that is not proven is \
             published as nothing else (GitHub: {said}); public repositories and paid plans have \
             them"
        ),
    }
}

/// Whether an error is [`open`]'s refusal of drafts.
pub(super) fn is_no_drafts(error: &ForgeError) -> bool {
    matches!(error, ForgeError::Denied { what, why } if *what == OPENING && why.contains("no draft"))
}
