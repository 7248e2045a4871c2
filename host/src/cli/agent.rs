//! `sentinel agent …`

mod backtest;
mod run;
mod suggest;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde_json::json;

use super::render::{self, foreign, line};
use super::{Place, compose, task};
use crate::grant::Limits;
use crate::ids::Digest;
use crate::pipeline::register::{Registered, approve, register};
use crate::sandbox::{Inspection, embed, inspect};
use crate::store::{Registration, agent};

#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// What a component says of itself; nothing is run.
    Inspect {
        component: PathBuf,
        #[arg(long)]
        json: bool,
    },
    /// Embed a manifest in a component.
    Pack {
        component: PathBuf,
        /// The manifest, in TOML.
        #[arg(long, default_value = "manifest.toml")]
        manifest: PathBuf,
        /// Where the packed component goes.
        #[arg(long, short)]
        output: PathBuf,
    },
    /// Run a component on a log or a directory at hand.
    Run(run::Options),
    /// Registered agents: what is active, what waits.
    List {
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        json: bool,
    },
    /// Register a component. One that asks for more than the active one of its
    /// name waits for `agent approve`.
    Add {
        component: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Let a held component take the place of the active one.
    Approve {
        name: String,
        /// The digest you looked at; refused if another is held.
        #[arg(long)]
        digest: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Run a component over recorded tasks and compare its answers.
    Backtest(backtest::Options),
}

pub(super) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    match options.command {
        Command::Inspect { component, json } => show(&inspected(&component)?.0, json)?,
        Command::Pack {
            component,
            manifest,
            output,
        } => pack(&component, &manifest, &output)?,
        Command::Run(options) => return run::run(options).await,
        Command::List { place, json } => list(&place, json).await?,
        Command::Add { component, place } => add(&component, &place).await?,
        Command::Approve {
            name,
            digest,
            place,
        } => accept(&name, digest, &place).await?,
        Command::Backtest(options) => return backtest::run(options).await,
    }
    Ok(ExitCode::SUCCESS)
}

/// A component's file, read and inspected.
fn inspected(component: &Path) -> anyhow::Result<(Inspection, Vec<u8>)> {
    let limit = Limits::default().component_bytes;
    let bytes = std::fs::read(component)
        .with_context(|| format!("cannot read the component {}", component.display()))?;
    let inspection =
        inspect(&bytes, limit).with_context(|| format!("{} is no agent", component.display()))?;
    Ok((inspection, bytes))
}

fn show(inspection: &Inspection, json: bool) -> anyhow::Result<()> {
    if json {
        return render::json(&json!({
            "agent": inspection.agent,
            "manifest": inspection.manifest,
            "imports": inspection.imports,
            "reach": inspection.reach,
        }));
    }
    let manifest = &inspection.manifest;
    line(&format!("{}", inspection.agent));
    line(&format!("  digest  {}", inspection.agent.digest));
    let kinds: Vec<&str> = manifest.kinds.iter().map(|kind| kind.as_str()).collect();
    line(&format!("  does    {}", kinds.join(", ")));
    for (capability, request) in &manifest.capabilities {
        let used = match inspection.reach.contains(capability) {
            true => "",
            false => " (requested, not imported)",
        };
        line(&format!(
            "  asks    {capability}{used}: {}",
            foreign(&request.reason)
        ));
        for host in &request.hosts {
            line(&format!("          {host}"));
        }
    }
    for (key, setting) in &manifest.config {
        line(&format!(
            "  setting {key}: {}",
            foreign(&setting.description)
        ));
    }
    line(&format!(
        "  imports {} interfaces:",
        inspection.imports.len()
    ));
    for import in &inspection.imports {
        line(&format!("          {import}"));
    }
    Ok(())
}

fn pack(component: &Path, manifest: &Path, output: &Path) -> anyhow::Result<()> {
    let read = |path: &Path| {
        std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let packed = embed(&read(component)?, &read(manifest)?)
        .with_context(|| format!("{} is not packed", component.display()))?;
    // Its imports may go beyond the manifest: better said now than when it is
    // registered.
    let inspection = inspect(&packed, Limits::default().component_bytes)?;
    std::fs::write(output, &packed)
        .with_context(|| format!("cannot write {}", output.display()))?;
    line(&format!(
        "{} is packed into {} ({} bytes).",
        inspection.agent,
        output.display(),
        packed.len()
    ));
    Ok(())
}

async fn list(place: &Place, json: bool) -> anyhow::Result<()> {
    let store = task::open(place).await?;
    let agents = store.read(agent::list).await?;
    if json {
        return render::json(&agents);
    }
    if agents.is_empty() {
        line("No agents are registered yet; `sentinel serve` registers those it uses.");
    }
    for row in agents {
        let state = match row.state {
            Registration::Active => "active",
            Registration::Held => "HELD",
            Registration::Former => "former",
        };
        let digest = row.agent.digest.hex();
        line(&format!(
            "{state:7} {}  {}  {}",
            row.agent,
            &digest[..16],
            row.registered_at
        ));
    }
    Ok(())
}

async fn add(component: &Path, place: &Place) -> anyhow::Result<()> {
    let (inspection, bytes) = inspected(component)?;
    let store = task::open(place).await?;
    match register(&store, &inspection, &bytes, compose::now()).await? {
        Registered::Active => line(&format!("{} is active.", inspection.agent)),
        Registered::Held { asks, active } => {
            line(&format!(
                "{} is held: it asks for more than {}.",
                inspection.agent, active.agent
            ));
            asks.iter()
                .for_each(|ask| line(&format!("  {}", foreign(ask))));
            line(&format!(
                "{} goes on meanwhile. `sentinel agent approve {}` lets the new one take its place.",
                active.agent, inspection.agent.name
            ));
        }
    }
    Ok(())
}

async fn accept(name: &str, digest: Option<String>, place: &Place) -> anyhow::Result<()> {
    let digest = digest.map(Digest::try_from).transpose();
    let Ok(digest) = digest else {
        bail!("--digest takes the 64 digits that `sentinel agent list --json` prints");
    };
    let store = task::open(place).await?;
    let row = approve(&store, name, digest.as_ref(), &task::who(), compose::now())
        .await
        .with_context(|| format!("{name} was not approved"))?;
    line(&format!(
        "{} is active from the server's next start.",
        row.agent
    ));
    Ok(())
}
