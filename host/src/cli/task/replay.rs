//! `sentinel task replay`, `sentinel task export`

use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;

use super::super::Place;
use super::super::render::{foreign, json, line};
use super::open;
use crate::ids::{Digest, TaskId};
use crate::pipeline::{Artifacts, Player, Replayed, bundle};
use crate::sandbox::{Recording, Sandbox};
use crate::store::{Blobs, Store, recording};
use crate::task::TaskKind;

#[derive(Args)]
pub struct Options {
    /// The task; left out with --from and --all.
    task: Option<TaskId>,
    /// A bundle that `task export` or `agent run --record` wrote.
    #[arg(long, conflicts_with_all = ["task", "all"])]
    from: Option<PathBuf>,
    /// Every recorded task.
    #[arg(long, conflicts_with = "task")]
    all: bool,
    #[command(flatten)]
    place: Place,
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub struct Export {
    task: TaskId,
    /// Where the bundle goes; TASK.tar.zst here by default.
    #[arg(long, short)]
    output: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// What `--json` prints for each recording.
#[derive(Serialize)]
struct Shown {
    task: TaskId,
    agent: String,
    #[serde(flatten)]
    replayed: Replayed,
}

/// Sandboxes for recordings: what a run was limited to is part of how the
/// engine is set up.
pub struct Players {
    blobs: Blobs,
    artifacts: Option<Artifacts>,
    sandbox: Option<Arc<Sandbox>>,
}

impl Players {
    /// For the recordings of a store.
    pub fn new(place: &Place, store: &Store) -> anyhow::Result<Players> {
        Ok(Players {
            blobs: store.blobs().clone(),
            artifacts: Artifacts::of(store, &place.directory()?).ok(),
            sandbox: None,
        })
    }

    /// A player whose sandbox has the recording's limits.
    pub fn for_recording(&mut self, digest: &Digest) -> anyhow::Result<Player<'_>> {
        let recording = Recording::from_bytes(&self.blobs.get(digest)?)?;
        self.with_limits_of(&recording)
    }

    fn with_limits_of(&mut self, recording: &Recording) -> anyhow::Result<Player<'_>> {
        let limits = &recording.grant.limits;
        if self
            .sandbox
            .as_ref()
            .is_none_or(|sandbox| sandbox.limits() != limits)
        {
            let sandbox = Sandbox::new(limits)?;
            self.sandbox = Some(Arc::new(sandbox));
        }
        let Some(sandbox) = &self.sandbox else {
            bail!("there is no sandbox");
        };
        Ok(Player {
            sandbox,
            blobs: &self.blobs,
            artifacts: self.artifacts.as_ref(),
        })
    }
}

pub(super) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let shown = match &options.from {
        Some(bundle) => vec![from_bundle(bundle).await?],
        None => from_store(&options).await?,
    };
    let same = shown.iter().all(|shown| shown.replayed.same);
    match options.json {
        true => json(&shown)?,
        false => shown.iter().for_each(show),
    }
    if !options.json && shown.len() > 1 {
        let count = shown.iter().filter(|shown| shown.replayed.same).count();
        line(&format!("{count} of {} replay the same.", shown.len()));
    }
    Ok(match same {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

async fn from_store(options: &Options) -> anyhow::Result<Vec<Shown>> {
    let store = open(&options.place).await?;
    let rows = match (&options.task, options.all) {
        (Some(task), _) => {
            let id = task.clone();
            let row = store
                .read(move |connection| recording::find(connection, &id))
                .await?;
            vec![row.with_context(|| format!("{task} has no recording"))?]
        }
        (None, true) => all(&store).await?,
        (None, false) => bail!("name a task, or --all, or --from BUNDLE"),
    };
    let mut players = Players::new(&options.place, &store)?;
    let mut shown = Vec::new();
    for row in rows {
        let player = players.for_recording(&row.digest)?;
        let recording = player.read(&row.digest)?;
        shown.push(play(&player, &recording).await?);
    }
    Ok(shown)
}

async fn all(store: &Store) -> anyhow::Result<Vec<recording::RecordingRow>> {
    let mut rows = Vec::new();
    for kind in [TaskKind::Analyze, TaskKind::Repair, TaskKind::Optimize] {
        let found = store
            .read(move |connection| recording::newest(connection, kind, usize::MAX))
            .await?;
        rows.extend(found);
    }
    Ok(rows)
}

async fn from_bundle(place: &PathBuf) -> anyhow::Result<Shown> {
    let file = File::open(place).with_context(|| format!("cannot read {}", place.display()))?;
    let directory = tempfile::tempdir()?;
    let blobs = Blobs::open(directory.path())?;
    let recording =
        bundle::read(file, &blobs).with_context(|| format!("{} is no bundle", place.display()))?;
    let mut players = Players {
        blobs,
        artifacts: None,
        sandbox: None,
    };
    let player = players.with_limits_of(&recording)?;
    play(&player, &recording).await
}

async fn play(player: &Player<'_>, recording: &Recording) -> anyhow::Result<Shown> {
    let component = player.component(recording).await?;
    let replayed = player.replay(recording, component).await?;
    Ok(Shown {
        task: recording.grant.task.clone(),
        agent: recording.grant.agent.to_string(),
        replayed,
    })
}

fn show(shown: &Shown) {
    let replayed = &shown.replayed;
    let verdict = match replayed.same {
        true => "the same",
        false => "NOT the same",
    };
    line(&format!(
        "{}  {}  {verdict} ({} compared; {} host calls, {} fuel)",
        shown.task,
        foreign(&shown.agent),
        replayed.compared,
        replayed.host_calls,
        replayed.fuel
    ));
    for difference in &replayed.differences {
        line(&format!("  {}", foreign(difference)));
    }
    if let Some(diverged) = &replayed.diverged {
        line(&format!("  first: {diverged}"));
    }
}

pub(super) async fn export(options: Export) -> anyhow::Result<ExitCode> {
    let store = open(&options.place).await?;
    let id = options.task.clone();
    let row = store
        .read(move |connection| recording::find(connection, &id))
        .await?
        .with_context(|| format!("{} has no recording", options.task))?;
    let recording = Recording::from_bytes(&store.blobs().get(&row.digest)?)?;
    let output = options
        .output
        .unwrap_or_else(|| PathBuf::from(format!("{}.tar.zst", options.task)));
    let file =
        File::create(&output).with_context(|| format!("cannot write {}", output.display()))?;
    bundle::write(&recording, store.blobs(), file)?;
    line(&format!(
        "{} is in {}; it holds the log and the files that were read. \
         `sentinel task replay --from {}` runs it again.",
        options.task,
        output.display(),
        output.display()
    ));
    Ok(ExitCode::SUCCESS)
}
