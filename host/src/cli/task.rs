//! `sentinel task …`, `sentinel approve`, `sentinel reject`

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde_json::json;

use super::render::{self, foreign, line, print};
use super::{Place, compose};
use crate::ids::{ObjectId, TaskId};
use crate::ledger::{Entry, Kind};
use crate::patch::ScopedPatch;
use crate::pipeline::people::{self, Wish};
use crate::store::outcome::{self, OutcomeRow};
use crate::store::{LedgerEntry, Store, TaskRow, task};
use crate::task::TaskState;

#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The newest tasks first.
    List {
        #[command(flatten)]
        place: Place,
        /// How many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        #[arg(long)]
        json: bool,
    },
    /// Everything about one task: its way, its patch, why it is where it is.
    Show {
        task: TaskId,
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        json: bool,
    },
    /// Run a recorded task again and compare, bit for bit.
    Replay(replay::Options),
    /// Write a task's recording and all it needs into one file.
    Export(replay::Export),
    /// Try a failure again that ended without a change, or waits.
    Retry {
        task: TaskId,
        #[command(flatten)]
        place: Place,
    },
    /// Stop a task that is not published yet.
    Cancel {
        task: TaskId,
        #[command(flatten)]
        place: Place,
    },
}

/// Recorded runs.
mod replay;
/// Jobs that run again.
mod rerun;
pub(super) use replay::Players;

#[derive(Args)]
pub struct Approve {
    task: TaskId,
    /// The tree you looked at (`task show` prints it); refused if it is another.
    #[arg(long)]
    tree: Option<ObjectId>,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub struct Reject {
    task: TaskId,
    /// Why, for whoever reads the ledger.
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    place: Place,
}

pub(super) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    match options.command {
        Command::List { place, limit, json } => list(&open(&place).await?, limit, json).await?,
        Command::Show { task, place, json } => show(&open(&place).await?, task, json).await?,
        Command::Replay(options) => return replay::run(options).await,
        Command::Export(options) => return replay::export(options).await,
        Command::Retry { task, place } => retry(&open(&place).await?, task).await?,
        Command::Cancel { task, place } => {
            let store = open(&place).await?;
            step(
                &store,
                &task,
                TaskState::Cancelled,
                Kind::TaskCancelled,
                json!({ "by": who() }),
            )
            .await?;
            line(&format!("{task} is cancelled."));
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn open(place: &Place) -> anyhow::Result<Store> {
    // Reading tasks needs no valid configuration, only the directory.
    let directory = match &place.data_dir {
        Some(directory) => directory.clone(),
        None => place.load()?.1,
    };
    if !directory.join("sentinel.db").exists() {
        bail!(
            "there is no store in {}; `sentinel serve` makes one",
            directory.display()
        );
    }
    compose::store(&directory).await
}

/// The person at the keyboard, as the operating system names them.
pub(super) fn who() -> String {
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME"));
    user.unwrap_or_else(|_| "unknown".into())
}

async fn list(store: &Store, limit: usize, json: bool) -> anyhow::Result<()> {
    let tasks = store
        .read(move |connection| task::list(connection, limit))
        .await?;
    if json {
        return render::json(&tasks);
    }
    if tasks.is_empty() {
        line("No tasks yet.");
    }
    for task in tasks {
        let note = task.record.note.as_deref().unwrap_or(&task.record.subject);
        line(&format!(
            "{}  {:8}  {:10}  {}  {}  {}",
            task.id,
            task.kind.as_str(),
            task.state.as_str(),
            task.updated_at,
            task.repository,
            render::first_line(note)
        ));
    }
    Ok(())
}

async fn show(store: &Store, id: TaskId, json: bool) -> anyhow::Result<()> {
    let of = id.clone();
    let (task, way, outcomes) = store
        .read(move |connection| {
            let task = task::find(connection, &of)?;
            let way = LedgerEntry::list(connection, Some(of.as_str()))?;
            Ok((task, way, outcome::of_task(connection, &of)?))
        })
        .await?;
    let patch = match &task.record.patch {
        Some(digest) => {
            Some(ScopedPatch::from_bytes(&store.blobs().get(digest)?, digest)?.unified_diff())
        }
        None => None,
    };
    if json {
        let shown = json!({ "task": task, "ledger": way, "patch": patch, "outcomes": outcomes });
        return render::json(&shown);
    }
    show_text(&task, &outcomes, &way, patch.as_deref());
    Ok(())
}

fn show_text(task: &TaskRow, outcomes: &[OutcomeRow], way: &[LedgerEntry], patch: Option<&str>) {
    line(&format!(
        "{}: {} task, {}",
        task.id,
        task.kind.as_str(),
        task.state.as_str()
    ));
    line(&format!(
        "  {} branch {} at {}",
        task.repository, task.record.target, task.record.head
    ));
    line(&format!("  {}", foreign(&task.record.subject)));
    if let Some(note) = &task.record.note {
        print(&render::foreign_block(note, "  "));
    }
    line(&format!("  {}", urgency(task)));
    if let Some(tree) = &task.record.result_tree {
        line(&format!("  resulting tree {tree}"));
    }
    for outcome in outcomes {
        line(&format!("  {}", became(outcome)));
    }
    line("\nIts way:");
    for entry in way {
        line(&format!(
            "  {:>5}  {:18} {}",
            entry.index,
            entry.kind,
            foreign(&entry.body)
        ));
    }
    if let Some(patch) = patch {
        line("");
        print(&render::diff(patch));
    }
    if task.waits_for_a_rerun() {
        line(&format!(
            "\nsentinel approve {} lets its job run again where the policy asks; sentinel task \
             cancel {} ends it.",
            task.id, task.id
        ));
    } else if task.waits_for_an_outage() {
        line("\nIt goes on by itself; sentinel task cancel ends it.");
    } else if task.state == TaskState::Offered {
        line(&format!(
            "\nsentinel approve {} lands exactly this on the pull request's branch; sentinel \
             reject {} ends it.",
            task.id, task.id
        ));
    } else if task.state == TaskState::Held {
        line(&format!(
            "\nsentinel approve {} publishes exactly this; sentinel reject {} ends it.",
            task.id, task.id
        ));
    }
}

/// One thing that became of a change, in a line.
pub(super) fn became(row: &OutcomeRow) -> String {
    let what = row.outcome.as_str().replace('_', " ");
    match &row.why {
        Some(why) => format!("{} its change: {what} ({})", row.at, foreign(why)),
        None => format!("{} its change: {what}", row.at),
    }
}

/// How soon it is worked on, and what it is about.
fn urgency(task: &TaskRow) -> String {
    let urgency = task.record.urgency;
    let said = format!("urgency {} ({})", urgency.points(), urgency.word());
    match &task.incident {
        Some(incident) => format!("{said}, incident {incident}"),
        None => said,
    }
}

/// Moves a task and records who did it.
async fn step(
    store: &Store,
    id: &TaskId,
    to: TaskState,
    kind: Kind,
    facts: serde_json::Value,
) -> anyhow::Result<()> {
    let entry = Entry {
        at: compose::now(),
        kind,
        subject: id.to_string(),
        facts,
    };
    let id = id.clone();
    store
        .write(move |tx| {
            tx.step_task(&id, to, entry.at, |_| {})?;
            tx.record(&entry)
        })
        .await?;
    Ok(())
}

/// The wish of the person at the keyboard.
fn wish() -> Wish {
    Wish {
        by: who(),
        at: compose::now(),
    }
}

pub(super) async fn approve(options: Approve) -> anyhow::Result<ExitCode> {
    let (config, directory) = options.place.load()?;
    let store = compose::store(&directory).await?;
    let id = options.task.clone();
    let task = store
        .read(move |connection| task::find(connection, &id))
        .await?;
    if task.waits_for_a_rerun() {
        return rerun::approve(&store, &task).await;
    }
    let (id, tree, wish) = (options.task.clone(), options.tree, wish());
    let tree = store
        .write(move |tx| people::approve(tx, &config.policy, &id, tree.as_ref(), &wish))
        .await
        .with_context(|| format!("{} was not approved", options.task))?;
    line(&format!(
        "{} is approved for the tree {tree}; the server publishes it.",
        options.task
    ));
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn reject(options: Reject) -> anyhow::Result<ExitCode> {
    let store = open(&options.place).await?;
    let (id, reason, wish) = (options.task.clone(), options.reason, wish());
    let task = store
        .write(move |tx| people::reject(tx, &id, reason.as_deref(), &wish))
        .await
        .with_context(|| format!("{} was not rejected", options.task))?;
    let what = match task.state {
        TaskState::Published => "the server closes its change",
        _ => "nothing of it is published",
    };
    line(&format!("{} is rejected; {what}.", options.task));
    Ok(ExitCode::SUCCESS)
}

async fn retry(store: &Store, task: TaskId) -> anyhow::Result<()> {
    let (id, wish) = (task.clone(), wish());
    // Each time it is typed is a wish of its own.
    let key = format!("keyboard {}", wish.at.0);
    let again = store
        .write(move |tx| people::retry(tx, &id, None, &key, &wish))
        .await
        .with_context(|| format!("{task} is not tried again"))?;
    line(&format!("{task} is tried again as {again}."));
    Ok(())
}
