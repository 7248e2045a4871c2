//! `sentinel outcomes`

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::render::{self, foreign, line};
use super::{Place, task};
use crate::confidence::{Record, calibrated};
use crate::ids::Repository;
use crate::store::{Store, lesson};

#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    place: Place,
    /// Of this repository alone: `github:owner/name`.
    #[arg(long)]
    repository: Option<Repository>,
    #[arg(long)]
    json: bool,
}

/// A strategy in a repository, and what its word is worth there.
#[derive(Serialize)]
struct Shown {
    agent: String,
    strategy: String,
    repository: String,
    proposals: u32,
    lessons: BTreeMap<String, u32>,
    /// The mean of what was stated.
    stated: f64,
    /// What that is worth in the next decision.
    calibrated: f64,
    record: Record,
}

pub(super) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let store = task::open(&options.place).await?;
    let shown = shown(&store, options.repository.as_ref()).await?;
    if options.json {
        render::json(&shown)?;
        return Ok(ExitCode::SUCCESS);
    }
    if shown.is_empty() {
        line("No outcomes yet: nothing was proven, merged, closed or rejected.");
    }
    for row in shown {
        line(&format!(
            "{} {}  {}",
            foreign(&row.agent),
            foreign(&row.strategy),
            foreign(&row.repository)
        ));
        let lessons = row.lessons.iter();
        let told: Vec<String> = lessons
            .map(|(lesson, count)| format!("{count} {}", lesson.replace('_', " ")))
            .collect();
        line(&format!(
            "  {} proposals: {}; stated {:.2} on average, worth {:.2}",
            row.proposals,
            told.join(", "),
            row.stated,
            row.calibrated
        ));
    }
    Ok(ExitCode::SUCCESS)
}

async fn shown(store: &Store, only: Option<&Repository>) -> anyhow::Result<Vec<Shown>> {
    let only = only.map(ToString::to_string);
    let shown = store
        .read(move |connection| {
            let mut shown = Vec::new();
            for row in lesson::table(connection)? {
                if only.as_ref().is_some_and(|only| *only != row.repository) {
                    continue;
                }
                // A repository of a forge that is known no more has no record.
                let record = match row.repository.parse() {
                    Ok(at) => lesson::record(connection, &row.agent, &row.strategy, &at)?,
                    Err(_) => Record::default(),
                };
                shown.push(Shown {
                    proposals: row.lessons.values().sum(),
                    calibrated: calibrated(row.stated, &record),
                    agent: row.agent,
                    strategy: row.strategy,
                    repository: row.repository,
                    lessons: row.lessons,
                    stated: row.stated,
                    record,
                });
            }
            Ok(shown)
        })
        .await?;
    Ok(shown)
}
