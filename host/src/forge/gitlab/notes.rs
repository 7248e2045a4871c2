//! What we write under merge requests: one note with the patches for a merge
//! request that is somebody's own, and answers.
//!
//! GitLab has no check runs, and a commit status is none: it knows no neutral
//! state, and it would join the pipeline and end it anew.

use serde::Deserialize;
use serde_json::json;

use super::api::{Api, Call};
use super::requests::{self, MergeRequest};
use super::text::{MAX_TEXT_BYTES, described};
use crate::change::talk::Reply;
use crate::change::{Change, Notice, Publication};
use crate::forge::shown::shown_patch;
use crate::forge::{ForgeError, Result};
use crate::ids::{ObjectId, RepositoryName};
use crate::patch::ScopedPatch;

const WHAT: &str = "publishing the note";

/// Pages of a hundred notes of one merge request that are looked through.
const MAX_PAGES: u32 = 50;

/// What our note begins with. Anybody may copy it: only what we wrote counts.
const MARK: &str = "<!-- sentinel: ";

#[derive(Deserialize)]
struct Note {
    id: u64,
    body: String,
    #[serde(default)]
    system: bool,
    /// None where the account is gone.
    author: Option<Author>,
}

#[derive(Deserialize)]
struct Author {
    id: u64,
}

/// A merge request and its project.
struct Under<'a> {
    api: &'a Api,
    project: &'a RepositoryName,
    request: &'a MergeRequest,
}

/// Writes the note, or brings the one of an earlier try or commit up to date:
/// in a merge request there is one.
pub(super) async fn publish(api: &Api, publication: &Publication) -> Result<Change> {
    let project = &publication.repository().name;
    let (target, head) = (publication.target(), publication.head());
    let found = requests::open_from(api, project, target, head).await?;
    let request = found.ok_or_else(|| ForgeError::Conflict {
        what: WHAT,
        why: format!("no merge request from {target} is open any more"),
    })?;
    shown(api, publication, &request).await
}

/// The same for a fork's merge request, by its number.
pub(super) async fn suggest(api: &Api, publication: &Publication, number: u64) -> Result<Change> {
    let (project, head) = (&publication.repository().name, publication.head());
    let found = requests::one(api, project, number).await?;
    let shows = |request: &MergeRequest| request.is_open() && request.sha.as_ref() == Some(head);
    let request = found.filter(shows).ok_or_else(|| ForgeError::Moved {
        what: WHAT,
        why: format!("merge request !{number} is closed or no longer at {head}"),
    })?;
    let change = shown(api, publication, &request).await?;
    Ok(Change {
        number: Some(number),
        ..change
    })
}

async fn shown(api: &Api, publication: &Publication, request: &MergeRequest) -> Result<Change> {
    let under = Under {
        api,
        project: &publication.repository().name,
        request,
    };
    let (note, found) = under.put(body(publication)).await?;
    Ok(Change {
        form: publication.form(),
        branch: publication.branch().clone(),
        number: Some(note),
        url: request.url().map(|url| format!("{url}#note_{note}")),
        commit: None,
        found,
    })
}

/// Says why there is no patch, where no patch of this commit is shown.
pub(super) async fn show(api: &Api, notice: &Notice) -> Result<()> {
    let project = &notice.repository.name;
    let Some(request) = requests::of_commit(api, project, &notice.head).await? else {
        // Closed, or pushed to again: nobody reads it.
        return Ok(());
    };
    let under = Under {
        api,
        project,
        request: &request,
    };
    let there = under.find(is_sheet).await?;
    let patches = marker("patch", &notice.head);
    if there.is_some_and(|note| note.body.starts_with(&patches)) {
        return Ok(());
    }
    let mark = marker("notice", &notice.head);
    let (title, summary) = (&notice.title, &notice.summary);
    let body = format!("{mark}\n\n## {title}\n\n{summary}");
    under.put(described(&body)).await.map(drop)
}

/// Answers a command, unless an earlier try did.
pub(super) async fn reply(api: &Api, reply: &Reply) -> Result<()> {
    let mark = reply.marker();
    let project = &reply.repository.name;
    say(api, project, reply.change, &mark, &reply.body()).await
}

/// Writes a note that carries a mark, unless it is there.
pub(super) async fn say(
    api: &Api,
    project: &RepositoryName,
    number: u64,
    mark: &str,
    text: &str,
) -> Result<()> {
    let is_it = |note: &Note| note.body.trim_end().ends_with(mark);
    if ours(api, project, number, is_it).await?.is_some() {
        return Ok(());
    }
    let path = format!("/merge_requests/{number}/notes");
    let body = json!({"body": described(text)});
    let call = Call::post("writing under the merge request", project, &path, body);
    api.send(&call).await?.success(&call).map(drop)
}

fn is_sheet(note: &Note) -> bool {
    note.body.trim_start().starts_with(MARK)
}

impl Under<'_> {
    async fn find(&self, is_it: impl Fn(&Note) -> bool) -> Result<Option<Note>> {
        ours(self.api, self.project, self.request.iid, is_it).await
    }

    /// Makes or updates our note; says which it is, and whether it was there.
    async fn put(&self, body: String) -> Result<(u64, bool)> {
        let path = format!("/merge_requests/{}/notes", self.request.iid);
        let Some(note) = self.find(is_sheet).await? else {
            let call = Call::post(WHAT, self.project, &path, json!({"body": body}));
            let note: Note = self.api.json(&call).await?;
            return Ok((note.id, false));
        };
        if note.body != body {
            let path = format!("{path}/{}", note.id);
            let call = Call::put(WHAT, self.project, &path, json!({"body": body}));
            self.api.send(&call).await?.success(&call)?;
        }
        Ok((note.id, true))
    }
}

/// The first note that is what is looked for, and that nobody else wrote.
async fn ours(
    api: &Api,
    project: &RepositoryName,
    number: u64,
    is_it: impl Fn(&Note) -> bool,
) -> Result<Option<Note>> {
    let me = api.me(project).await?;
    let path = format!("/merge_requests/{number}/notes?order_by=created_at&sort=asc");
    let call = |page: String| {
        let what = "looking for our note";
        Call::get(what, project, &format!("{path}&{page}"))
    };
    let notes: Vec<Note> = api.pages(MAX_PAGES, call).await?;
    let by_us = |note: &Note| note.author.as_ref().is_some_and(|author| author.id == me);
    let is_ours = |note: &Note| by_us(note) && !note.system && is_it(note);
    Ok(notes.into_iter().find(is_ours))
}

/// What people do not see and we find: what the note tells of, and of which
/// commit.
fn marker(kind: &str, head: &ObjectId) -> String {
    format!("{MARK}{kind} {head} -->")
}

fn body(publication: &Publication) -> String {
    let text = publication.text();
    let mut body = format!(
        "{}\n\n## {}\n\nFor {}.\n\n{}",
        marker("patch", publication.head()),
        text.title,
        publication.head(),
        text.body
    );
    for patch in publication.shown() {
        let room = MAX_TEXT_BYTES.saturating_sub(body.len() + FRAME_BYTES);
        body += &patch_text(patch, room);
    }
    described(&body)
}

/// Bytes around a patch, and for the spaces before slashes.
const FRAME_BYTES: usize = 2048;

fn patch_text(patch: &ScopedPatch, room: usize) -> String {
    match shown_patch(patch, room) {
        Ok(patch) => {
            format!("\n<details><summary>The patch</summary>\n\n{patch}\n</details>\n")
        }
        Err(why) => {
            format!("\nThe patch is not shown here: {why}. `sentinel task show` prints it.\n")
        }
    }
}
