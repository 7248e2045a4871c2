//! One note with the patch, for a merge request that is its author's. GitLab
//! has no check runs, and a commit status is none: it knows no neutral state,
//! and it would join the pipeline and end it anew.

use serde::Deserialize;
use serde_json::json;

use super::api::{Api, Call};
use super::requests::{self, MergeRequest};
use super::text::{MAX_TEXT_BYTES, described};
use crate::change::{Change, Form, Publication};
use crate::forge::shown::shown_patch;
use crate::forge::{ForgeError, Result};
use crate::ids::{IncidentId, RepositoryName};

const WHAT: &str = "publishing the note";

/// Pages of a hundred notes of one merge request that are looked through.
const MAX_PAGES: u32 = 50;

#[derive(Deserialize)]
struct Note {
    id: u64,
    body: String,
    #[serde(default)]
    system: bool,
    author: Author,
}

#[derive(Deserialize)]
struct Author {
    id: u64,
}

/// Writes the note, or brings the one of an earlier try or commit up to date:
/// in a merge request there is one for an incident.
pub(super) async fn publish(api: &Api, publication: &Publication) -> Result<Change> {
    let project = &publication.repository().name;
    let (target, head) = (publication.target(), publication.head());
    let found = requests::open_from(api, project, target, head).await?;
    let request = found.ok_or_else(|| ForgeError::Conflict {
        what: WHAT,
        why: format!("no merge request from {target} is open any more"),
    })?;
    let body = body(publication);
    let marker = marker(publication.incident());
    let Some(note) = find(api, project, &request, &marker).await? else {
        let path = format!("/merge_requests/{}/notes", request.iid);
        let call = Call::post(WHAT, project, &path, json!({"body": body}));
        let note: Note = api.json(&call).await?;
        return Ok(change(publication, &request, note.id, false));
    };
    if note.body != body {
        let path = format!("/merge_requests/{}/notes/{}", request.iid, note.id);
        let call = Call::put(WHAT, project, &path, json!({"body": body}));
        api.send(&call).await?.success(&call)?;
    }
    Ok(change(publication, &request, note.id, true))
}

/// Our note: it begins with the mark, and nobody else wrote it.
async fn find(
    api: &Api,
    project: &RepositoryName,
    request: &MergeRequest,
    marker: &str,
) -> Result<Option<Note>> {
    let me = api.me(project).await?;
    let path = format!(
        "/merge_requests/{}/notes?order_by=created_at&sort=asc",
        request.iid
    );
    let call = |page: String| {
        let what = "looking for the note";
        Call::get(what, project, &format!("{path}&{page}"))
    };
    let notes: Vec<Note> = api.pages(MAX_PAGES, call).await?;
    let is_ours = |note: &Note| {
        note.author.id == me && !note.system && note.body.trim_start().starts_with(marker)
    };
    Ok(notes.into_iter().find(is_ours))
}

/// What people do not see and we find.
fn marker(incident: &IncidentId) -> String {
    format!("<!-- sentinel: {incident} -->")
}

fn body(publication: &Publication) -> String {
    let text = publication.text();
    let head = format!(
        "{}\n\n## {}\n\nFor {}.\n\n{}",
        marker(publication.incident()),
        text.title,
        publication.head(),
        text.body
    );
    let room = MAX_TEXT_BYTES.saturating_sub(head.len() + 2 * NOTE_FRAME);
    let patch = match shown_patch(publication.patch(), room) {
        Ok(patch) => format!("\n<details><summary>The patch</summary>\n\n{patch}\n</details>\n"),
        Err(why) => {
            format!("\nThe patch is not shown here: {why}. `sentinel task show` prints it.\n")
        }
    };
    described(&(head + &patch))
}

/// Bytes around the patch, and for the spaces before its slashes.
const NOTE_FRAME: usize = 1024;

fn change(publication: &Publication, request: &MergeRequest, note: u64, found: bool) -> Change {
    Change {
        form: Form::CheckRun,
        branch: publication.branch().clone(),
        number: Some(note),
        url: request.url().map(|url| format!("{url}#note_{note}")),
        commit: None,
        found,
    }
}
