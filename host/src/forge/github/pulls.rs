//! Pull requests: found, looked at, opened.

use serde::Deserialize;
use serde_json::json;

use super::call::{Answer, Call, PULLS, PULLS_WRITE};
use super::client::Client;
use super::text::{cut, encoded};
use crate::change::{ChangeSeen, ChangeState, IGNORE_LABEL, Publication, Standing};
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
    node_id: Option<String>,
    /// Of an open one the trial merge: nothing that is on any branch.
    merge_commit_sha: Option<ObjectId>,
    /// Null while GitHub finds out, and in lists.
    mergeable: Option<bool>,
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

    pub fn is_draft(&self) -> bool {
        self.draft
    }

    pub fn is_from(&self, repository: &RepositoryName, branch: &Branch) -> bool {
        self.head.name == branch.as_str()
            && self
                .head
                .repo
                .as_ref()
                .is_some_and(|repo| repo.full_name.eq_ignore_ascii_case(repository.as_str()))
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
    Made(Pull),
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
        _ => Ok(Opened::Made(answer.success(&call)?.parse(OPENING)?)),
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
