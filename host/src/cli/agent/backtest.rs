//! `sentinel agent backtest COMPONENT`

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;

use super::super::render::{foreign, json, line};
use super::super::{Place, task};
use super::inspected;
use crate::ids::TaskId;
use crate::pipeline::{Player, Tested, Verdict, backtest};
use crate::store::recording;

#[derive(Args)]
pub struct Options {
    component: PathBuf,
    /// The newest recordings of each kind it does.
    #[arg(long, default_value_t = 200)]
    limit: usize,
    #[command(flatten)]
    place: Place,
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row {
    task: TaskId,
    /// The agent that was recorded.
    agent: String,
    #[serde(flatten)]
    tested: Tested,
}

pub(super) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let (inspection, bytes) = inspected(&options.component)?;
    let store = task::open(&options.place).await?;
    let mut recordings = Vec::new();
    for kind in inspection.manifest.kinds.clone() {
        let limit = options.limit;
        let found = store
            .read(move |connection| recording::newest(connection, kind, limit))
            .await?;
        recordings.extend(found);
    }
    let mut players = task::Players::new(&options.place, &store)?;
    let mut rows = Vec::new();
    for row in recordings {
        let player: Player<'_> = players.for_recording(&row.digest)?;
        let recording = player.read(&row.digest)?;
        let former = player.component(&recording).await?;
        let candidate = player.load(inspection.clone(), bytes.clone()).await?;
        let tested = backtest(&player, &recording, former, candidate)
            .await
            .with_context(|| format!("the recording of {} cannot be run", row.task))?;
        rows.push(Row {
            task: row.task,
            agent: row.agent,
            tested,
        });
    }
    match options.json {
        true => json(&rows)?,
        false => show(&rows),
    }
    Ok(ExitCode::SUCCESS)
}

fn show(rows: &[Row]) {
    if rows.is_empty() {
        line("No recorded tasks of the kinds this component does.");
        return;
    }
    let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
    for row in rows {
        *counts.entry(row.tested.verdict).or_default() += 1;
        if row.tested.verdict != Verdict::Same {
            line(&format!(
                "{}  {:9}  {}",
                row.task,
                row.tested.verdict.as_str(),
                foreign(&row.tested.answer)
            ));
        }
    }
    let summary: Vec<String> = counts
        .iter()
        .map(|(verdict, count)| format!("{count} {}", verdict.as_str()))
        .collect();
    line(&format!("{} tasks: {}", rows.len(), summary.join(", ")));
}
