//! `sentinel agent run COMPONENT`

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::json;

use super::super::analyze::{self, Log};
use super::super::render::{self, foreign, line, print};
use super::super::{Provider, compose};
use super::{inspected, suggest};
use crate::failure::{Attribute, Failure};
use crate::forge::checkout;
use crate::forge::directory::snapshot;
use crate::grant::{Limits, Permissions};
use crate::ids::TaskId;
use crate::pipeline::{Asked, LogInput, bundle, grant, load, record_with};
use crate::sandbox::{
    Component, GuestEvent, Inspection, Job, Mounts, Report, Sandbox, TaskInput, Workspace,
};
use crate::store::Blobs;
use crate::task::TaskKind;

#[derive(Args)]
pub struct Options {
    component: PathBuf,
    /// What to ask of it; the first kind its manifest lists by default.
    #[arg(long, value_parser = kind)]
    kind: Option<TaskKind>,
    /// The log under `/input`.
    #[arg(long)]
    log: Option<PathBuf>,
    /// The directory under `/workspace`.
    #[arg(long)]
    repo: Option<PathBuf>,
    /// Which CI system wrote the log.
    #[arg(long, value_enum, default_value_t)]
    provider: Provider,
    /// A setting, as `key=value`; may be given again.
    #[arg(long = "set")]
    settings: Vec<String>,
    /// Print the smallest grant this run needed.
    #[arg(long)]
    suggest_grants: bool,
    /// Write the run as a bundle that `task replay --from` runs again.
    #[arg(long)]
    record: Option<PathBuf>,
    #[arg(long)]
    json: bool,
}

fn kind(text: &str) -> Result<TaskKind, String> {
    [TaskKind::Analyze, TaskKind::Repair, TaskKind::Optimize]
        .into_iter()
        .find(|kind| kind.as_str() == text)
        .ok_or_else(|| "one of analyze, repair, optimize".to_owned())
}

pub(super) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let (inspection, bytes) = inspected(&options.component)?;
    let kind = kind_of(&options, &inspection)?;
    let settings = settings(&options, &inspection)?;
    let limits = Limits::default();
    let sandbox = Arc::new(Sandbox::new(&limits)?);
    let cache = compose::cache().await;
    let component = load(&sandbox, cache.as_ref(), inspection, bytes.clone().into()).await?;
    let scratch = tempfile::tempdir()?;
    let (mounts, task) = Box::pin(task(&options, kind, scratch.path())).await?;
    let grant = own_grant(&component, kind, &limits);
    let job = Job {
        settings,
        ..Job::new(component.clone(), grant, mounts, task)
    };
    let report = sandbox.run(job).await;
    if let Some(place) = &options.record {
        write_bundle(&report, &bytes, place)?;
    }
    show(&options, component.agent().name.as_str(), &report)?;
    Ok(match report.outcome {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    })
}

fn kind_of(options: &Options, inspection: &Inspection) -> anyhow::Result<TaskKind> {
    let kinds = &inspection.manifest.kinds;
    let first = kinds.first().copied();
    let kind = options
        .kind
        .or(first)
        .context("the manifest lists no kind")?;
    if !kinds.contains(&kind) {
        let list: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        bail!("{} does {}", inspection.agent, list.join(", "));
    }
    Ok(kind)
}

fn settings(options: &Options, inspection: &Inspection) -> anyhow::Result<Vec<Attribute>> {
    let mut settings = std::collections::BTreeMap::new();
    for setting in &options.settings {
        let Some((key, value)) = setting.split_once('=') else {
            bail!("--set takes key=value, not {setting:?}");
        };
        settings.insert(key.to_owned(), value.to_owned());
    }
    let checked = inspection.manifest.check_settings(&settings);
    checked.map_err(|why| anyhow::anyhow!(why))?;
    let attribute = |(key, value)| Attribute { key, value };
    Ok(settings.into_iter().map(attribute).collect())
}

/// Whoever runs a component by hand grants what it asks for.
fn own_grant(component: &Component, kind: TaskKind, limits: &Limits) -> crate::grant::Grant {
    let requested: Permissions = component.manifest().requested();
    grant(&Asked {
        inspection: component.inspection(),
        granted: &requested,
        kind,
        ceiling: limits,
        task: TaskId::derive(&["cli", "agent", "run"]),
        repository: None,
        commit: None,
        now: compose::now(),
    })
}

/// What to mount and what to ask.
async fn task(
    options: &Options,
    kind: TaskKind,
    scratch: &std::path::Path,
) -> anyhow::Result<(Mounts, TaskInput)> {
    let log = options.log.as_deref().map(Log::open).transpose()?;
    let mut mounts = Mounts::default();
    if let Some(log) = &log {
        let input = LogInput::recordable(log.redacted());
        let input = input.context("cannot hand the log to the sandbox")?;
        mounts.input = Some(vec![input.file()]);
    }
    if let Some(repo) = &options.repo {
        let tree = snapshot(repo, scratch)
            .await
            .with_context(|| format!("cannot read {}", repo.display()))?;
        mounts.workspace = Some(Workspace {
            tree: Arc::new(tree),
            files: checkout::files(scratch)?,
        });
    }
    let task = match (kind, &log) {
        (TaskKind::Optimize, _) => TaskInput::Optimize {
            commit: String::new(),
        },
        (TaskKind::Analyze | TaskKind::Repair, None) => {
            bail!("a task of the kind {} needs --log FILE", kind.as_str())
        }
        (TaskKind::Analyze, Some(_)) => TaskInput::Analyze {
            provider: options.provider.into(),
            log: "job.log".into(),
        },
        (TaskKind::Repair, Some(log)) => TaskInput::Repair {
            failures: failures(log, options.provider).await?,
            provider: options.provider.into(),
            log: "job.log".into(),
            commit: String::new(),
            command: None,
        },
    };
    Ok((mounts, task))
}

/// A repair is asked for with what LogAnalyzer reads in the log.
async fn failures(log: &Log, provider: Provider) -> anyhow::Result<Vec<Failure>> {
    let agents = compose::agents(&Limits::default()).await?;
    analyze::read(&agents, log, provider).await
}

fn write_bundle(report: &Report, component: &[u8], place: &std::path::Path) -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let blobs = Blobs::open(directory.path())?;
    for input in report.trail.iter().flat_map(|trail| &trail.inputs) {
        let mut copy = blobs.scratch()?;
        std::io::copy(&mut input.reader(), &mut copy)?;
        blobs.adopt(copy)?;
    }
    let digest = record_with(&blobs, Some(component), report)?
        .context("this run cannot be recorded: it did not start, or it read too much")?;
    let recording = crate::sandbox::Recording::from_bytes(&blobs.get(&digest)?)?;
    let file = std::fs::File::create(place)
        .with_context(|| format!("cannot write {}", place.display()))?;
    bundle::write(&recording, &blobs, file)?;
    Ok(())
}

fn show(options: &Options, name: &str, report: &Report) -> anyhow::Result<()> {
    let suggested = options.suggest_grants.then(|| suggest::grant(name, report));
    if options.json {
        return render::json(&json!({
            "outcome": report.outcome.as_ref().ok(),
            "error": report.outcome.as_ref().err(),
            "cleanup": report.cleanup,
            "usage": report.usage,
            "events": report.events,
            "denials": report.denials,
            "uses": report.uses,
            "unused": report.unused,
            "suggested": suggested,
        }));
    }
    for event in &report.events {
        match event {
            GuestEvent::Log { level, message } => line(&format!("{level:5} {}", foreign(message))),
            GuestEvent::Progress { step, done, total } => {
                line(&format!("      {} {done}/{total}", foreign(step)));
            }
        }
    }
    match &report.outcome {
        Ok(output) => line(&foreign_json(output)?),
        Err(error) => line(&foreign(&error.to_string())),
    }
    for denial in &report.denials {
        line(&format!("denied: {}", foreign(&denial.rule)));
        line(&format!("        {}", foreign(&denial.remedy)));
    }
    let usage = &report.usage;
    line(&format!(
        "\nfuel {}, {} ms, {} KiB of memory, {} host calls",
        usage.fuel,
        usage.wall_ms,
        usage.memory / 1024,
        usage.host_calls
    ));
    for capability in &report.unused {
        line(&format!("granted and not used: {capability}"));
    }
    if let Some(suggested) = suggested {
        line("\n# The smallest grant this run needed:");
        print(&suggested);
    }
    Ok(())
}

/// An answer for a terminal: JSON has no control characters of its own.
fn foreign_json(output: &impl serde::Serialize) -> anyhow::Result<String> {
    let text = serde_json::to_string_pretty(output)?;
    let lines: Vec<String> = text.lines().map(foreign).collect();
    Ok(lines.join("\n"))
}
