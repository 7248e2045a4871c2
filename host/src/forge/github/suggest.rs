//! A review of a fork's pull request that suggests the patch: nothing is
//! pushed, and its author applies it, or does not.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::Deserialize;
use serde_json::{Value, json};

use super::call::{Call, PULLS, PULLS_WRITE};
use super::checks::shown_patch;
use super::client::Client;
use super::people::{Writer, own_login};
use super::pulls;
use super::text::{cut, fenced};
use crate::change::suggestion::{Replacement, replacements, shown_lines};
use crate::change::{Change, Form, Publication};
use crate::forge::{ForgeError, Result};
use crate::patch::ScopedPatch;

const SUGGESTING: &str = "suggesting the patch";

/// Longest body of a review GitHub takes is 65,536 characters.
const MAX_BODY_BYTES: usize = 65_536;

/// Suggestions of one review: whoever gets more wants the patch as a whole.
const MAX_SUGGESTIONS: usize = 30;

/// Pages of a hundred files of a pull request that are looked at; GitHub lists
/// 3,000 files at most.
const MAX_FILE_PAGES: u32 = 30;

/// Pages of a hundred reviews that are looked through for an earlier try's.
const MAX_REVIEW_PAGES: u32 = 5;

#[derive(Deserialize)]
struct Review {
    html_url: Option<String>,
    body: Option<String>,
    user: Option<Writer>,
}

/// Reviews, or finds the review of an earlier try.
pub(super) async fn review(
    client: &Client,
    publication: &Publication,
    pull: u64,
) -> Result<Change> {
    if let Some(review) = earlier(client, publication, pull).await? {
        return Ok(change(publication, pull, review, true));
    }
    let repository = &publication.repository().name;
    let seen = pulls::one(client, repository, pull).await?;
    if seen.is_none_or(|seen| !seen.open || seen.head != *publication.head()) {
        return Err(ForgeError::Moved {
            what: SUGGESTING,
            why: format!(
                "pull request #{pull} is closed or no longer at {}",
                publication.head()
            ),
        });
    }
    let shown = shown(client, publication, pull).await?;
    let suggestions = suggestions(publication.patch(), &shown);
    let review = match suggestions {
        Some(comments) if !comments.is_empty() => {
            match post(client, publication, pull, comments, "").await? {
                Some(review) => Some(review),
                // The diff is not what it was a moment ago.
                None => whole(client, publication, pull).await?,
            }
        }
        _ => whole(client, publication, pull).await?,
    };
    let review = review.ok_or_else(|| ForgeError::Moved {
        what: SUGGESTING,
        why: format!("GitHub takes no review of {}", publication.head()),
    })?;
    Ok(change(publication, pull, review, false))
}

fn change(publication: &Publication, pull: u64, review: Review, found: bool) -> Change {
    Change {
        form: Form::Suggestion { pull },
        branch: publication.branch().clone(),
        number: Some(pull),
        url: review.html_url,
        commit: None,
        found,
    }
}

/// One review for an incident at a commit.
fn marker(publication: &Publication) -> String {
    let (incident, head) = (publication.incident(), publication.head());
    format!("<!-- sentinel:suggestion {incident} {head} -->")
}

async fn earlier(client: &Client, publication: &Publication, pull: u64) -> Result<Option<Review>> {
    let repository = &publication.repository().name;
    let call = |page: String| {
        let path = format!("/pulls/{pull}/reviews?{page}");
        Call::get("looking for our review", repository, PULLS, path)
    };
    let pages: Vec<Vec<Review>> = client.pages(MAX_REVIEW_PAGES, call).await?;
    let marker = marker(publication);
    let marked = |review: &Review| {
        let body = review.body.as_deref().unwrap_or_default();
        body.trim_end().ends_with(&marker)
    };
    let found: Vec<Review> = pages.into_iter().flatten().filter(marked).collect();
    if found.is_empty() {
        return Ok(None);
    }
    // Anybody can write our marker.
    let own = own_login(client, repository).await?;
    let ours = |review: &Review| review.user.as_ref().is_some_and(|user| user.login == own);
    Ok(found.into_iter().find(ours))
}

type Shown = BTreeMap<String, Vec<RangeInclusive<usize>>>;

/// Which lines of the patch's files the pull request's diff shows.
async fn shown(client: &Client, publication: &Publication, pull: u64) -> Result<Shown> {
    #[derive(Deserialize)]
    struct File {
        filename: String,
        /// Missing where it is too long, or no text.
        patch: Option<String>,
    }
    let repository = &publication.repository().name;
    let call = |page: String| {
        let path = format!("/pulls/{pull}/files?{page}");
        Call::get("reading the pull request's diff", repository, PULLS, path)
    };
    let pages: Vec<Vec<File>> = client.pages(MAX_FILE_PAGES, call).await?;
    let files = publication.patch().files();
    let ours = |name: &str| files.iter().any(|file| file.path.as_str() == name);
    let listed = pages
        .into_iter()
        .flatten()
        .filter(|file| ours(&file.filename));
    Ok(listed
        .map(|file| {
            let lines = shown_lines(file.patch.as_deref().unwrap_or_default());
            (file.filename, lines)
        })
        .collect())
}

/// The patch as comments; none where some of it lies outside of the diff, or
/// cannot be shown as it is.
fn suggestions(patch: &ScopedPatch, shown: &Shown) -> Option<Vec<Value>> {
    shown_patch(&patch.unified_diff()).ok()?;
    let mut comments = Vec::new();
    for file in patch.files() {
        let hunks = shown.get(file.path.as_str())?;
        for replacement in replacements(file)? {
            let lines = &replacement.lines;
            let inside = |hunk: &RangeInclusive<usize>| {
                hunk.contains(lines.start()) && hunk.contains(lines.end())
            };
            if comments.len() == MAX_SUGGESTIONS || !hunks.iter().any(inside) {
                return None;
            }
            comments.push(comment(file.path.as_str(), &replacement));
        }
    }
    Some(comments)
}

fn comment(path: &str, replacement: &Replacement) -> Value {
    let (start, end) = (replacement.lines.start(), replacement.lines.end());
    let mut comment = json!({
        "path": path,
        "side": "RIGHT",
        "line": end,
        "body": fenced("suggestion", &replacement.text),
    });
    if start < end {
        comment["start_line"] = json!(start);
        comment["start_side"] = json!("RIGHT");
    }
    comment
}

/// The patch as a whole, for whoever wants to apply it.
async fn whole(client: &Client, publication: &Publication, pull: u64) -> Result<Option<Review>> {
    let diff = publication.patch().unified_diff();
    let patch = match shown_patch(&diff) {
        Ok(fence) => format!("\n### The patch\n\n{fence}"),
        Err(why) => format!("\nThe patch is not shown here: {why}.\n"),
    };
    post(client, publication, pull, Vec::new(), &patch).await
}

/// Posts the review; none where GitHub does not take it.
async fn post(
    client: &Client,
    publication: &Publication,
    pull: u64,
    comments: Vec<Value>,
    patch: &str,
) -> Result<Option<Review>> {
    let marker = marker(publication);
    let room = MAX_BODY_BYTES - marker.len() - 2;
    // What explains gives way to the patch.
    let text = cut(&publication.text().body, room.saturating_sub(patch.len()));
    let body = json!({
        "commit_id": publication.head().as_str(),
        "event": "COMMENT",
        "body": format!("{}\n\n{marker}", cut(&format!("{text}{patch}"), room)),
        "comments": comments,
    });
    let repository = &publication.repository().name;
    let path = format!("/pulls/{pull}/reviews");
    let call = Call::post(SUGGESTING, repository, PULLS_WRITE, path, body);
    let answer = client.send(&call).await?;
    if answer.status.as_u16() == 422 {
        return Ok(None);
    }
    answer.success(&call)?.parse(SUGGESTING).map(Some)
}
