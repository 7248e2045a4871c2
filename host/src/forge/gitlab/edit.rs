//! A published merge request as it stands, and what is done to it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::api::{Api, Call};
use super::history::branch_head;
use super::requests::DRAFT;
use super::text::described;
use crate::change::{Change, ChangeEdit, ChangeState, IGNORE_LABEL, Remark, Standing};
use crate::forge::{ForgeError, Result};
use crate::ids::{ObjectId, RepositoryName};

/// Pages of a hundred notes that are looked through for our remark. Under a
/// merge request with more, a repeated try may write it twice.
const MAX_NOTE_PAGES: u32 = 5;

#[derive(Deserialize)]
struct Shown {
    iid: u64,
    title: String,
    state: String,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    labels: Vec<String>,
    source_branch: String,
    source_project_id: Option<u64>,
    target_project_id: u64,
    has_conflicts: Option<bool>,
    /// `checking` and the like while GitLab does not know yet.
    detailed_merge_status: Option<String>,
    merge_commit_sha: Option<ObjectId>,
    squash_commit_sha: Option<ObjectId>,
    sha: Option<ObjectId>,
}

impl Shown {
    fn state(&self) -> ChangeState {
        match self.state.as_str() {
            "merged" => ChangeState::Merged,
            // Locked while it is being merged.
            "opened" | "locked" => ChangeState::Open,
            _ => ChangeState::Closed,
        }
    }

    /// What merging it made: a merge commit, a squashed one, or where it was
    /// only moved forward its own.
    fn landed(&self) -> Option<ObjectId> {
        let made = self.merge_commit_sha.clone();
        let made = made.or_else(|| self.squash_commit_sha.clone());
        made.or_else(|| self.sha.clone())
            .filter(|_| self.state() == ChangeState::Merged)
    }

    fn applies(&self) -> Option<bool> {
        let unknown = ["unchecked", "checking", "preparing", "approvals_syncing"];
        let status = self.detailed_merge_status.as_deref();
        match status.is_some_and(|status| unknown.contains(&status)) {
            true => None,
            false => self.has_conflicts.map(|conflicts| !conflicts),
        }
    }
}

/// The merge request of a change. Its branch has to be ours: a number alone
/// could name anything.
async fn shown(api: &Api, project: &RepositoryName, change: &Change) -> Result<Shown> {
    const WHAT: &str = "looking at the merge request";
    let number = change.number.ok_or_else(|| ForgeError::NotFound {
        what: format!("the number of the merge request from {}", change.branch),
    })?;
    let path = format!("/merge_requests/{number}");
    let shown: Shown = api.json(&Call::get(WHAT, project, &path)).await?;
    let ours = shown.source_branch == change.branch.as_str()
        && shown.source_project_id == Some(shown.target_project_id);
    match ours {
        true => Ok(shown),
        false => Err(ForgeError::Conflict {
            what: WHAT,
            why: format!("!{number} does not come from {}", change.branch),
        }),
    }
}

pub(super) async fn standing(
    api: &Api,
    project: &RepositoryName,
    change: &Change,
) -> Result<Standing> {
    let shown = shown(api, project, change).await?;
    let mut labels = shown.labels.iter();
    Ok(Standing {
        state: shown.state(),
        ignored: labels.any(|label| label.eq_ignore_ascii_case(IGNORE_LABEL)),
        draft: shown.draft,
        head: branch_head(api, project, &change.branch).await?,
        landed: shown.landed(),
        applies: shown.applies(),
    })
}

pub(super) async fn apply(
    api: &Api,
    project: &RepositoryName,
    change: &Change,
    edit: &ChangeEdit,
) -> Result<()> {
    let shown = shown(api, project, change).await?;
    if shown.state() != ChangeState::Open {
        return Ok(());
    }
    match edit {
        // First the word, then the deed: whoever is told of the one finds the
        // other.
        ChangeEdit::ReadyForReview { remark } => match shown.title.strip_prefix(DRAFT) {
            None => Ok(()),
            Some(title) => {
                say(api, project, shown.iid, remark).await?;
                let what = "marking the merge request as ready";
                update(api, project, what, shown.iid, json!({"title": title})).await
            }
        },
        ChangeEdit::Close { remark } => {
            say(api, project, shown.iid, remark).await?;
            let body = json!({"state_event": "close"});
            update(api, project, "closing the merge request", shown.iid, body).await
        }
    }
}

async fn update(
    api: &Api,
    project: &RepositoryName,
    what: &'static str,
    number: u64,
    body: Value,
) -> Result<()> {
    let path = format!("/merge_requests/{number}");
    let call = Call::put(what, project, &path, body);
    api.send(&call).await?.success(&call).map(drop)
}

/// Writes a remark, unless we did.
async fn say(api: &Api, project: &RepositoryName, number: u64, remark: &Remark) -> Result<()> {
    #[derive(Deserialize)]
    struct Note {
        body: String,
        author: Option<Author>,
    }
    #[derive(Deserialize)]
    struct Author {
        id: u64,
    }
    let me = api.me(project).await?;
    let path = format!("/merge_requests/{number}/notes");
    let call = |page: String| {
        let path = format!("{path}?order_by=created_at&sort=desc&{page}");
        Call::get("reading the notes", project, &path)
    };
    let notes: Vec<Note> = api.pages(MAX_NOTE_PAGES, call).await?;
    let mark = remark.mark();
    let is_it = |note: &Note| {
        let by_us = note.author.as_ref().is_some_and(|author| author.id == me);
        by_us && note.body.contains(&mark)
    };
    if notes.iter().any(is_it) {
        return Ok(());
    }
    let body = json!({"body": described(&remark.marked())});
    let call = Call::post("writing under the merge request", project, &path, body);
    api.send(&call).await?.success(&call).map(drop)
}
