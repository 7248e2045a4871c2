//! One check run on a pull request's newest commit, which tells of everything
//! that failed there: patches to land, and why there is none.
//!
//! A check run cannot be moved to another commit, so each commit gets one of
//! its own, and it is updated in place from then on.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use serde::Deserialize;
use serde_json::{Value, json};

use super::annotate::{MAX_ANNOTATIONS, annotated_lines};
use super::call::{CHECKS, CHECKS_WRITE, Call};
use super::client::Client;
use super::people::own_login;
use super::text::{cut, encoded, fenced};
pub use crate::change::CHECK_NAME;
use crate::change::{Change, Form, Notice, Publication};
use crate::event::command::{MIN_TREE_DIGITS, button};
use crate::forge::{ForgeError, Result};
use crate::ids::{ObjectId, RepositoryName};
use crate::patch::ScopedPatch;
use crate::patch::path::is_invisible;
use crate::redact::redact;

const WHAT: &str = "publishing the check run";

/// What the one check run of a commit is found by.
const EXTERNAL_ID: &str = "sentinel";

/// Longest summary and longest text GitHub takes, in characters.
const MAX_OUTPUT_BYTES: usize = 65_535;

/// Longest title, in characters; GitHub names no limit and cuts about here.
const MAX_TITLE_BYTES: usize = 255;

/// Pages of a hundred check runs of one name on one commit.
const MAX_PAGES: u32 = 5;

/// Annotations of one check run: four requests. Nobody reads more, and the
/// patch is in the check.
const MAX_ANNOTATIONS_IN_ALL: usize = 4 * MAX_ANNOTATIONS;

#[derive(Deserialize)]
struct CheckPage {
    check_runs: Vec<CheckRun>,
}

#[derive(Deserialize)]
struct CheckRun {
    id: u64,
    html_url: Option<String>,
    external_id: Option<String>,
    output: Option<Output>,
}

/// What a check run says, compared before it is said again.
#[derive(Deserialize, PartialEq, Eq, Clone, Default)]
struct Output {
    title: Option<String>,
    summary: Option<String>,
    text: Option<String>,
    #[serde(default)]
    annotations_count: usize,
}

impl Output {
    fn says(&self, other: &Output) -> bool {
        let words = |output: &Output| {
            let said = [&output.title, &output.summary, &output.text];
            said.map(|text| text.clone().unwrap_or_default())
        };
        words(self) == words(other)
    }
}

/// The commit that a check run is on, if it is ours.
pub(super) async fn own(
    client: &Client,
    repository: &RepositoryName,
    id: u64,
) -> Result<Option<ObjectId>> {
    const WHAT: &str = "reading the check run whose button was pressed";
    #[derive(Deserialize)]
    struct Pressed {
        name: String,
        external_id: Option<String>,
        head_sha: ObjectId,
        app: Option<App>,
    }
    #[derive(Deserialize)]
    struct App {
        slug: Option<String>,
    }
    let call = Call::get(WHAT, repository, CHECKS, format!("/check-runs/{id}"));
    let answer = client.send(&call).await?;
    if matches!(answer.status.as_u16(), 404 | 410) {
        return Ok(None);
    }
    let run: Pressed = answer.success(&call)?.parse(WHAT)?;
    let slug = run.app.and_then(|app| app.slug).unwrap_or_default();
    let ours = own_login(client, repository).await? == format!("{slug}[bot]");
    let named = run.name == CHECK_NAME && run.external_id.as_deref() == Some(EXTERNAL_ID);
    Ok((ours && named).then_some(run.head_sha))
}

/// Where a check run stands.
struct Place<'a> {
    client: &'a Client,
    repository: &'a RepositoryName,
    head: &'a ObjectId,
}

/// Publishes the patch, or finds that an earlier try did.
pub(super) async fn publish(client: &Client, publication: &Publication) -> Result<Change> {
    let place = Place {
        client,
        repository: &publication.repository().name,
        head: publication.head(),
    };
    let text = publication.text();
    let wanted = Output {
        title: Some(cut(&text.title, MAX_TITLE_BYTES)),
        summary: Some(cut(&text.body, MAX_OUTPUT_BYTES)),
        text: Some(patches_text(publication.shown())),
        annotations_count: 0,
    };
    let trees = publication.shown().map(ScopedPatch::result);
    let buttons = buttons(trees);
    let (run, found) = place
        .put(wanted, annotations(publication), &buttons)
        .await?;
    Ok(Change {
        form: Form::CheckRun,
        branch: publication.branch().clone(),
        number: Some(run.id),
        url: run.html_url,
        commit: None,
        found,
    })
}

/// Says why there is no patch, beside the patches that are shown already.
pub(super) async fn show(client: &Client, notice: &Notice) -> Result<()> {
    let place = Place {
        client,
        repository: &notice.repository.name,
        head: &notice.head,
    };
    let there = place.find().await?.and_then(|run| run.output);
    let there = there.unwrap_or_default();
    let title = match &there.text {
        // It says which patch is to be had.
        Some(_) => there.title,
        None => Some(cut(&notice.title, MAX_TITLE_BYTES)),
    };
    let wanted = Output {
        title,
        summary: Some(cut(&notice.summary, MAX_OUTPUT_BYTES)),
        text: there.text,
        annotations_count: 0,
    };
    let buttons = buttons(notice.offered.iter());
    place.put(wanted, Vec::new(), &buttons).await.map(drop)
}

impl Place<'_> {
    async fn find(&self) -> Result<Option<CheckRun>> {
        let name = encoded(CHECK_NAME);
        let path = format!(
            "/commits/{}/check-runs?check_name={name}&filter=all",
            self.head
        );
        let call = |page: String| {
            let path = format!("{path}&{page}");
            Call::get("looking for the check run", self.repository, CHECKS, path)
        };
        let pages: Vec<CheckPage> = self.client.pages(MAX_PAGES, call).await?;
        let mut runs = pages.into_iter().flat_map(|page| page.check_runs);
        Ok(runs.find(|run| run.external_id.as_deref() == Some(EXTERNAL_ID)))
    }

    /// Makes or updates the check run; says whether it was there as wanted.
    /// Annotations are only ever added, so what is there is counted, and a try
    /// that was cut off is carried on.
    async fn put(
        &self,
        wanted: Output,
        annotations: Vec<Value>,
        buttons: &[Value],
    ) -> Result<(CheckRun, bool)> {
        let (mut run, mut at, mut said, found) = match self.find().await? {
            Some(run) => {
                let there = run.output.clone().unwrap_or_default();
                let (said, at) = (there.says(&wanted), there.annotations_count);
                (run, at, said, said && at >= annotations.len())
            }
            None => {
                let first = &annotations[..annotations.len().min(MAX_ANNOTATIONS)];
                let made = self.create(&wanted, first, buttons).await?;
                (made, first.len(), true, false)
            }
        };
        while !said || at < annotations.len() {
            let next = annotations.iter().skip(at).take(MAX_ANNOTATIONS);
            let next: Vec<Value> = next.cloned().collect();
            run = self.update(run.id, &wanted, &next, buttons).await?;
            at += next.len();
            said = true;
        }
        Ok((run, found))
    }

    async fn create(
        &self,
        wanted: &Output,
        annotations: &[Value],
        buttons: &[Value],
    ) -> Result<CheckRun> {
        let body = json!({
            "name": CHECK_NAME,
            "head_sha": self.head.as_str(),
            "external_id": EXTERNAL_ID,
            "status": "completed",
            // It neither passes nor fails the commit.
            "conclusion": "neutral",
            "output": output(wanted, annotations),
            "actions": buttons,
        });
        let path = "/check-runs".to_owned();
        let call = Call::post(WHAT, self.repository, CHECKS_WRITE, path, body);
        self.sent(call).await
    }

    async fn update(
        &self,
        id: u64,
        wanted: &Output,
        annotations: &[Value],
        buttons: &[Value],
    ) -> Result<CheckRun> {
        let body = json!({"output": output(wanted, annotations), "actions": buttons});
        let path = format!("/check-runs/{id}");
        let call = Call::post(WHAT, self.repository, CHECKS_WRITE, path, body).patch();
        self.sent(call).await
    }

    /// GitHub takes check runs from Apps only, and says so in words of its own.
    async fn sent(&self, call: Call<'_>) -> Result<CheckRun> {
        self.client.json(call).await.map_err(|error| match error {
            ForgeError::Denied { what, why } if !self.client.is_app() => ForgeError::Denied {
                what,
                why: format!(
                    "{why}; only a GitHub App may make check runs: set one up for Sentinel"
                ),
            },
            other => other,
        })
    }
}

/// Buttons of one check run: what GitHub takes.
const MAX_BUTTONS: usize = 3;

/// A button for each patch that is to be had, the first three.
fn buttons<'a>(trees: impl Iterator<Item = &'a ObjectId>) -> Vec<Value> {
    // Several causes may be mended by one and the same tree.
    let mut seen = BTreeSet::new();
    let trees: Vec<&ObjectId> = trees.filter(|tree| seen.insert(*tree)).collect();
    let alone = trees.len() == 1;
    let button = |(at, tree): (usize, &&ObjectId)| {
        let label = match alone {
            true => "Apply fix".to_owned(),
            false => format!("Apply fix {}", at + 1),
        };
        json!({
            "label": label,
            "description": format!("Land the tree {}", &tree.as_str()[..MIN_TREE_DIGITS]),
            "identifier": button(tree),
        })
    };
    trees
        .iter()
        .take(MAX_BUTTONS)
        .enumerate()
        .map(button)
        .collect()
}

fn output(wanted: &Output, annotations: &[Value]) -> Value {
    let mut output = json!({
        "title": wanted.title,
        "summary": wanted.summary,
        "annotations": annotations,
    });
    if let Some(text) = &wanted.text {
        output["text"] = json!(text);
    }
    output
}

/// The patches to apply by hand. Half a patch would be worse than none, so one
/// that has no room any more is left out as a whole.
fn patches_text<'a>(patches: impl Iterator<Item = &'a ScopedPatch>) -> String {
    let mut text = String::new();
    for patch in patches {
        let shown = shown_patch(&patch.unified_diff()).and_then(|fence| {
            let fits = text.len() + fence.len() <= MAX_OUTPUT_BYTES - NOT_SHOWN_BYTES;
            fits.then_some(fence)
                .ok_or("it is longer than GitHub shows")
        });
        let part = shown.unwrap_or_else(|why| {
            format!("The patch is not shown here: {why}. `sentinel task show` prints it.\n")
        });
        if text.len() + part.len() <= MAX_OUTPUT_BYTES {
            text += &part;
        }
    }
    text
}

/// Room for a sentence about a patch that is not shown.
const NOT_SHOWN_BYTES: usize = 200;

/// A diff in a fence, or why it cannot be shown: half a patch, or one with
/// marks in it, would be worse than none.
pub(super) fn shown_patch(diff: &str) -> std::result::Result<String, &'static str> {
    let fence = fenced("diff", diff);
    let unseen = |c: char| is_invisible(c) && !matches!(c, '\n' | '\r' | '\t');
    match () {
        () if fence.len() > MAX_OUTPUT_BYTES - NOT_SHOWN_BYTES => {
            Err("it is longer than GitHub shows")
        }
        () if diff.contains(unseen) => Err("it holds characters that nobody sees"),
        () if *redact(diff) != *diff => Err("it holds what looks like a secret"),
        () => Ok(fence),
    }
}

fn annotations(publication: &Publication) -> Vec<Value> {
    let annotation = |(path, lines): (&str, RangeInclusive<usize>)| {
        json!({
            "path": path,
            "start_line": lines.start(),
            "end_line": lines.end(),
            "annotation_level": "notice",
            "message": "Sentinel proposes a change here; the patch is in this check.",
        })
    };
    let all = publication.shown().flat_map(annotated_lines);
    all.take(MAX_ANNOTATIONS_IN_ALL).map(annotation).collect()
}
