//! `sentinel demo`: a real repository with a really failing formatter, and the
//! whole way to a pull request, on this machine alone.

mod client;
mod repository;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::Value;

use super::compose;
use super::render::{diff, foreign, line, print};
use super::serve::Server;
use crate::config::{Config, Local, Secret};
use crate::event::local::{EVENT, RunFailed};
use crate::evidence::Evidence;
use crate::forge::local::Local as LocalForge;
use crate::ids::{ForgeKind, Repository, TaskId};
use crate::store::{LedgerEntry, ServerLock, Store, task};
use crate::task::TaskState;
use repository::Demo;

#[derive(Args)]
pub struct Options {
    /// Keep the repository and the store, and say where they are.
    #[arg(long)]
    keep: bool,
}

/// The demo's name for its repository.
const NAME: &str = "demo";

/// A demo that takes longer has gone wrong. Nothing in it waits for anything
/// but the processor.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often the ledger is looked at.
const LOOK: Duration = Duration::from_millis(20);

pub(super) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let place = tempfile::Builder::new()
        .prefix("sentinel-demo-")
        .tempdir()?;
    let result = play(&place.path().join("repository"), &place.path().join("data")).await;
    if options.keep {
        line(&format!("\nKept in {}", place.keep().display()));
    }
    result
}

async fn play(repository: &Path, data: &Path) -> anyhow::Result<ExitCode> {
    line("1. A repository whose CI fails\n");
    let demo = Demo::make(repository)?;
    line(&format!(
        "   {} is committed, and its CI runs\n     $ {}",
        repository::FILE,
        repository::COMMAND
    ));
    let log = demo.fail()?;
    line(&format!(
        "   which fails; what it printed is the log ({} bytes):\n",
        log.len()
    ));
    for text in log.lines().take(14) {
        line(&format!("     {}", foreign(text)));
    }

    line("\n2. The server: its webhook, the sandboxed agents, the ledger\n");
    let secret = client::secret(data)?;
    let config = configuration(repository, &secret.path);
    let lock = ServerLock::take(data)?;
    let store = compose::store(data).await?;
    let server = Server::start(&config, store.clone(), data, &lock).await?;
    let address = server.address();
    line(&format!(
        "   listening on http://{address}; a signed webhook tells it of the failed run.\n"
    ));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server.until(async { drop(stopped.await) }));
    let body = serde_json::to_vec(&RunFailed {
        repository: NAME.parse()?,
        run: 1,
        attempt: 1,
        branch: demo.branch()?,
        commit: demo.commit()?,
        job: repository::COMMAND.to_owned(),
        log,
    })?;
    let status = client::deliver(&address, EVENT, &secret.bytes, body).await?;
    line(&format!("   webhook answered: {status}"));
    let task = follow(&store).await?;
    let _ = stop.send(());
    serving.await??;

    show(&store, repository, &task).await?;
    prove(&store, &demo, &task).await
}

fn configuration(repository: &Path, secret: &Path) -> Config {
    let mut config = Config::default();
    config.server.listen.set_port(0);
    config.local = vec![Local {
        name: NAME.parse().expect("a constant name"),
        path: repository.to_owned(),
    }];
    config.local_webhook_secret = Some(Secret::File(secret.to_owned()));
    config
}

/// Prints the ledger as it grows, until the repair has ended.
async fn follow(store: &Store) -> anyhow::Result<TaskId> {
    let patience = tokio::time::Instant::now() + PATIENCE;
    let mut shown = 0;
    let mut repairs = Vec::new();
    while tokio::time::Instant::now() < patience {
        let entries = store
            .read(|connection| LedgerEntry::list(connection, None))
            .await?;
        for entry in &entries[shown.min(entries.len())..] {
            line(&format!("   {}", tell(entry)));
            if entry.kind == "task.queued" {
                repairs.push(entry.subject.parse::<TaskId>()?);
            }
        }
        shown = entries.len();
        let read = entries.iter().any(|entry| entry.kind == "run.analyzed");
        if let Some(published) = ended(store, &repairs, read).await? {
            return Ok(published);
        }
        tokio::time::sleep(LOOK).await;
    }
    bail!("nothing was published within {} s", PATIENCE.as_secs())
}

/// The task that published, if one did; an error when all have ended without.
async fn ended(store: &Store, repairs: &[TaskId], read: bool) -> anyhow::Result<Option<TaskId>> {
    let ids = repairs.to_vec();
    let tasks = store
        .read(move |connection| {
            ids.iter()
                .map(|id| task::find(connection, id))
                .collect::<Result<Vec<_>, _>>()
        })
        .await?;
    if let Some(task) = tasks.iter().find(|task| task.state == TaskState::Published) {
        return Ok(Some(task.id.clone()));
    }
    if read && tasks.iter().all(|task| task.state.is_end()) {
        let why = |task: &crate::store::TaskRow| {
            format!(
                "{}: {}",
                task.state.as_str(),
                task.record.note.as_deref().unwrap_or_default()
            )
        };
        bail!(
            "nothing was published: {}",
            tasks.iter().map(why).collect::<Vec<_>>().join("; ")
        );
    }
    Ok(None)
}

/// A ledger entry in words.
fn tell(entry: &LedgerEntry) -> String {
    let body: Value = serde_json::from_str(&entry.body).unwrap_or_default();
    let facts = &body["facts"];
    let text = |value: &Value| foreign(value.as_str().unwrap_or_default());
    let short = |value: &Value| {
        value
            .as_str()
            .unwrap_or_default()
            .chars()
            .take(12)
            .collect::<String>()
    };
    let told = match entry.kind.as_str() {
        "agent.registered" => format!("{} is registered", text(&body["subject"])),
        "delivery.accepted" => "the signed delivery is verified and stored".into(),
        "run.fetched" => format!("the log is fetched ({} bytes)", facts["logs"][0]["bytes"]),
        "task.run" => format!(
            "{} ran in the sandbox: {} fuel, {} kB of memory, {} ms",
            text(&facts["agent"]),
            facts["usage"]["fuel"],
            facts["usage"]["memory"].as_u64().unwrap_or_default() / 1024,
            facts["usage"]["wall_ms"]
        ),
        "run.analyzed" => format!("the log is read: {} failure(s)", facts["failures"]),
        "task.queued" => format!("a repair is queued: {}", text(&facts["failure"])),
        "task.proposed" => format!(
            "a patch is proposed, checked and {}: strategy {}, confidence {:.0} %, tree {}",
            match text(&facts["evidence"]["kind"]).as_str() {
                "proven" => "proven by running the failed command",
                _ => "not proven",
            },
            text(&facts["strategy"]),
            facts["confidence"].as_f64().unwrap_or_default() * 100.0,
            short(&facts["result_tree"])
        ),
        "change.intended" => format!(
            "the decision is {} ({}); the intent is recorded",
            text(&facts["decision"]["decision"]),
            text(&facts["decision"]["reason_codes"][0])
        ),
        "task.abstained" => format!("the agent abstains: {}", text(&facts["reason"])),
        "task.reported" => format!("reported, not repaired: {}", text(&facts["note"])),
        "change.published" => format!("published on {}", text(&facts["branch"])),
        other => other.to_owned(),
    };
    format!("{:>2}  {:17}  {told}", entry.index, entry.kind)
}

async fn show(store: &Store, repository: &Path, task: &TaskId) -> anyhow::Result<()> {
    let id = task.clone();
    let task = store
        .read(move |connection| task::find(connection, &id))
        .await?;
    let change = task
        .record
        .change
        .as_ref()
        .context("a published task has a change")?;
    let forge = LocalForge::new(
        [(NAME.parse()?, repository.to_owned())].into(),
        Default::default(),
    );
    let name = Repository::new(ForgeKind::Local, NAME.parse()?);
    let record = forge
        .record(&name, &change.branch)
        .await?
        .context("a change has a record")?;
    let proven = task
        .record
        .evidence
        .as_ref()
        .is_some_and(Evidence::is_proven);
    line(match proven {
        true => "\n3. The pull request (ready for review: it is proven)\n",
        false => "\n3. The pull request (a draft: nothing has proven it yet)\n",
    });
    line(&format!("   {} -> {}", record.branch, record.target));
    line(&format!("   {}\n", record.title));
    record
        .body
        .lines()
        .for_each(|text| line(&format!("   {}", foreign(text))));
    let digest = task.record.patch.context("a published task has a patch")?;
    let patch = crate::patch::ScopedPatch::from_bytes(&store.blobs().get(&digest)?, &digest)?;
    line("\n4. The diff\n");
    print(&diff(&patch.unified_diff()));
    Ok(())
}

/// The demo itself runs the command again, on the branch.
async fn prove(store: &Store, demo: &Demo, task: &TaskId) -> anyhow::Result<ExitCode> {
    let id = task.clone();
    let task = store
        .read(move |connection| task::find(connection, &id))
        .await?;
    let change = task
        .record
        .change
        .context("a published task has a change")?;
    line(&format!(
        "\n5. The demo itself runs the command on a fresh clone of {}\n",
        change.branch
    ));
    line(&format!("     $ {}", repository::COMMAND));
    let passed = demo.passes(&change.branch)?;
    match passed {
        true => {
            line("   It passes. The red job became a correct pull request, made by agents");
            line("   that could read a log and a tree, and nothing else.");
            Ok(ExitCode::SUCCESS)
        }
        false => bail!("the command still fails on the branch"),
    }
}
