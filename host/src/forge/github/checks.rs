//! A check run with the patch, for a pull request that is its author's.

use serde::Deserialize;
use serde_json::{Value, json};

use super::annotate::annotated_lines;
use super::call::{CHECKS, CHECKS_WRITE, Call};
use super::client::Client;
use super::text::{cut, encoded, fenced};
pub use crate::change::CHECK_NAME;
use crate::change::{Change, Form, Publication};
use crate::forge::{ForgeError, Result};
use crate::patch::path::is_invisible;
use crate::redact::redact;

const WHAT: &str = "publishing the check run";

/// Longest summary and longest text GitHub takes, in characters.
const MAX_OUTPUT_BYTES: usize = 65_535;

/// Longest title, in characters; GitHub names no limit and cuts about here.
const MAX_TITLE_BYTES: usize = 255;

/// Pages of a hundred check runs of one name on one commit.
const MAX_PAGES: u32 = 5;

#[derive(Deserialize)]
struct CheckPage {
    check_runs: Vec<CheckRun>,
}

#[derive(Deserialize)]
struct CheckRun {
    id: u64,
    html_url: Option<String>,
    external_id: Option<String>,
}

/// Publishes, or finds the check run of an earlier try: on a commit there is
/// one for an incident.
pub(super) async fn publish(client: &Client, publication: &Publication) -> Result<Change> {
    if let Some(run) = find(client, publication).await? {
        return Ok(change(publication, run, true));
    }
    let repository = &publication.repository().name;
    let path = "/check-runs".to_owned();
    let call = Call::post(WHAT, repository, CHECKS_WRITE, path, body(publication));
    let run = client
        .json(call)
        .await
        .map_err(|error| explained(client, error))?;
    Ok(change(publication, run, false))
}

async fn find(client: &Client, publication: &Publication) -> Result<Option<CheckRun>> {
    let name = encoded(CHECK_NAME);
    // All, not the latest of each name: two incidents of one commit share ours.
    let path = format!(
        "/commits/{}/check-runs?check_name={name}&filter=all",
        publication.head()
    );
    let call = |page: String| {
        let what = "looking for the check run";
        let repository = &publication.repository().name;
        Call::get(what, repository, CHECKS, format!("{path}&{page}"))
    };
    let pages: Vec<CheckPage> = client.pages(MAX_PAGES, call).await?;
    let mut runs = pages.into_iter().flat_map(|page| page.check_runs);
    Ok(runs.find(|run| run.external_id.as_deref() == Some(publication.incident().as_str())))
}

fn change(publication: &Publication, run: CheckRun, found: bool) -> Change {
    Change {
        form: Form::CheckRun,
        branch: publication.branch().clone(),
        number: Some(run.id),
        url: run.html_url,
        commit: None,
        found,
    }
}

fn body(publication: &Publication) -> Value {
    let text = publication.text();
    json!({
        "name": CHECK_NAME,
        "head_sha": publication.head().as_str(),
        "external_id": publication.incident().as_str(),
        "status": "completed",
        // It neither passes nor fails the commit.
        "conclusion": "neutral",
        "output": {
            "title": cut(&text.title, MAX_TITLE_BYTES),
            "summary": cut(&text.body, MAX_OUTPUT_BYTES),
            "text": patch_text(publication),
            "annotations": annotations(publication),
        },
    })
}

/// The patch to apply by hand, or why it is not here: half a patch, or one
/// with marks in it, would be worse than none.
fn patch_text(publication: &Publication) -> String {
    let diff = publication.patch().unified_diff();
    let fence = fenced("diff", &diff);
    let unseen = |c: char| is_invisible(c) && !matches!(c, '\n' | '\r' | '\t');
    let why = if fence.len() > MAX_OUTPUT_BYTES {
        "it is longer than GitHub shows"
    } else if diff.contains(unseen) {
        "it holds characters that nobody sees"
    } else if *redact(&diff) != diff {
        "it holds what looks like a secret"
    } else {
        return fence;
    };
    format!("The patch is not shown here: {why}. `sentinel task show` prints it.")
}

fn annotations(publication: &Publication) -> Vec<Value> {
    let lines = annotated_lines(publication.patch()).into_iter();
    let annotation = |(path, lines): (&str, std::ops::RangeInclusive<usize>)| {
        json!({
            "path": path,
            "start_line": lines.start(),
            "end_line": lines.end(),
            "annotation_level": "notice",
            "message": "Sentinel proposes a change here; the patch is in this check.",
        })
    };
    lines.map(annotation).collect()
}

/// GitHub takes check runs from Apps only, and says so in words of its own.
fn explained(client: &Client, error: ForgeError) -> ForgeError {
    match error {
        ForgeError::Denied { what, why } if !client.is_app() => ForgeError::Denied {
            what,
            why: format!("{why}; only a GitHub App may make check runs: set one up for Sentinel"),
        },
        other => other,
    }
}
