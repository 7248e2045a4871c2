//! What another CI system's check run says. Its log is not GitHub's to give;
//! what stands on the check run is made one.

use std::path::Path;

use serde::Deserialize;

use super::call::{CHECKS, Call};
use super::client::Client;
use super::text::fold;
use crate::event::PipelineFailed;
use crate::forge::web::LogFile;
use crate::forge::{Downloaded, ForgeError, Job, Result};
use crate::ids::RepositoryName;

const WHAT: &str = "reading the check run";

/// Pages of a hundred annotations that are read.
const MAX_PAGES: u32 = 5;

#[derive(Deserialize)]
struct CheckRun {
    name: String,
    output: Option<Output>,
}

#[derive(Deserialize)]
struct Output {
    title: Option<String>,
    summary: Option<String>,
    text: Option<String>,
    #[serde(default)]
    annotations_count: u64,
}

#[derive(Deserialize)]
struct Annotation {
    path: String,
    start_line: Option<u64>,
    annotation_level: Option<String>,
    title: Option<String>,
    message: Option<String>,
    raw_details: Option<String>,
}

/// A check run is one job.
pub(super) fn job(run: &PipelineFailed) -> Job {
    Job::new(run.run.run.to_string(), run.workflow.clone())
}

/// Writes what the check run says, as a compiler would print it: annotations
/// become `path:line: level: message`.
pub(super) async fn download(
    client: &Client,
    repository: &RepositoryName,
    number: u64,
    into: &Path,
) -> Result<Downloaded> {
    let path = format!("/check-runs/{number}");
    let run: CheckRun = client
        .json(Call::get(WHAT, repository, CHECKS, path))
        .await?;
    let mut file = LogFile::create(into).await?;
    let mut told = 0;
    if let Some(output) = &run.output {
        let texts = [&output.title, &output.summary, &output.text];
        for text in texts.into_iter().flatten().filter(|text| !text.is_empty()) {
            file.append(format!("{text}\n").as_bytes()).await?;
            told += 1;
        }
        if output.annotations_count > 0 {
            told += annotations(client, repository, number, &mut file).await?;
        }
    }
    match told {
        0 => Err(ForgeError::NotFound {
            what: format!("anything the check run {:?} says", fold(&run.name)),
        }),
        _ => file.finish().await,
    }
}

async fn annotations(
    client: &Client,
    repository: &RepositoryName,
    number: u64,
    file: &mut LogFile,
) -> Result<usize> {
    let call = |page: String| {
        let path = format!("/check-runs/{number}/annotations?{page}");
        Call::get(WHAT, repository, CHECKS, path)
    };
    let pages: Vec<Vec<Annotation>> = client.pages(MAX_PAGES, call).await?;
    let mut count = 0;
    for annotation in pages.into_iter().flatten() {
        file.append(line(&annotation).as_bytes()).await?;
        count += 1;
    }
    Ok(count)
}

fn line(annotation: &Annotation) -> String {
    let level = match annotation.annotation_level.as_deref() {
        Some("failure") => "error",
        Some("warning") => "warning",
        _ => "note",
    };
    let text = |text: &Option<String>| text.as_deref().map(fold).unwrap_or_default();
    let said: Vec<String> = [text(&annotation.title), text(&annotation.message)]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect();
    let mut line = format!(
        "{}:{}: {level}: {}\n",
        fold(&annotation.path),
        annotation.start_line.unwrap_or(1),
        said.join(": ")
    );
    if let Some(details) = annotation
        .raw_details
        .as_deref()
        .filter(|text| !text.is_empty())
    {
        line += details;
        line.push('\n');
    }
    line
}
