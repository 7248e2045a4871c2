//! `sentinel ingest --log FILE --repository … --branch … --commit …`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::json;

use super::analyze::Log;
use super::render::{self, line};
use super::{Place, Provider, compose};
use crate::config::Config;
use crate::event::generic::{Ingested, ToldRun, event};
use crate::event::{Event, LogFormat, OWN_BRANCH_PREFIX};
use crate::forge::reports::{Format, MAX_REPORT_BYTES, MAX_REPORTS};
use crate::ids::{Branch, Digest, ForgeKind, JobName, ObjectId, Repository};
use crate::pipeline::{Arrival, accept};
use crate::store::{Accepted, Store};

#[derive(Args)]
pub struct Options {
    /// The log of the failed job; `-` reads standard input.
    #[arg(long)]
    log: PathBuf,
    /// Where the code lives: `github:owner/name`, `gitlab:group/name`,
    /// `local:name`.
    #[arg(long)]
    repository: Repository,
    /// The branch that failed.
    #[arg(long)]
    branch: Branch,
    /// The commit that failed.
    #[arg(long)]
    commit: ObjectId,
    /// What ran, for people.
    #[arg(long, default_value = "ingested")]
    job: JobName,
    /// The command that failed. It is told to the agents, not run.
    #[arg(long)]
    command: Option<String>,
    /// A report that a tool wrote, SARIF or JUnit XML by its name; may be given
    /// several times.
    #[arg(long = "report", value_name = "FILE")]
    reports: Vec<PathBuf>,
    /// Which CI system wrote the log.
    #[arg(long, value_enum, default_value_t)]
    provider: Provider,
    /// The run's number; the same run is read once. Without it, the time.
    #[arg(long)]
    run: Option<u64>,
    #[command(flatten)]
    place: Place,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let (config, directory) = options.place.load()?;
    check(&config, &options)?;
    let log = Log::open(&options.log)?;
    let store = compose::store(&directory).await?;
    let now = compose::now();
    let reports = keep_reports(&store, &options.reports).await?;
    let told = ToldRun {
        repository: options.repository,
        run: options.run.unwrap_or(now.0.unsigned_abs() / 1000),
        attempt: 1,
        branch: options.branch,
        commit: options.commit,
        job: options.job,
        command: options.command,
        provider: Some(options.provider.into()),
        log: None,
        log_url: None,
        reports: Vec::new(),
    };
    let failed = event(&told);
    let key = failed.run.to_string();
    let ingested = Ingested {
        run: told,
        log: keep(&store, log).await?,
        reports,
    };
    let body = serde_json::to_vec(&ingested)?;
    let arrival = Arrival {
        provider: compose::INGEST,
        id: Digest::of(&body).hex(),
        id_is_signed: false,
        body,
    };
    let accepted = accept(&store, arrival, Event::PipelineFailed(failed), now)
        .await
        .context("the run was not stored")?;
    tell(&key, accepted, options.json)?;
    Ok(ExitCode::SUCCESS)
}

/// What would only fail later, in a server's log.
fn check(config: &Config, options: &Options) -> anyhow::Result<()> {
    let repository = &options.repository;
    let configured = match repository.forge {
        ForgeKind::GitHub => config.github.is_some(),
        ForgeKind::GitLab => config.gitlab.is_some(),
        ForgeKind::Local => config
            .local
            .iter()
            .any(|local| local.name == repository.name),
    };
    if !configured {
        bail!(
            "{repository}: the configuration has no [{}] section for it",
            match repository.forge {
                ForgeKind::Local => "[local]",
                ForgeKind::GitHub | ForgeKind::GitLab => repository.forge.as_str(),
            }
        );
    }
    if options.branch.as_str().starts_with(OWN_BRANCH_PREFIX) {
        bail!(
            "{} is a branch of Sentinel's own: acting on it would be a loop",
            options.branch
        );
    }
    Ok(())
}

/// The log as a blob, copied in blocks.
async fn keep(store: &Store, log: Log) -> anyhow::Result<Digest> {
    let blobs = store.blobs().clone();
    let kept = tokio::task::spawn_blocking(move || {
        let file = blobs.scratch()?;
        std::fs::copy(log.redacted().path(), file.path())?;
        anyhow::Ok(blobs.adopt(file)?)
    });
    kept.await?.context("the log could not be stored")
}

/// The reports as blobs. What would be left out later is refused here, where
/// somebody reads why.
async fn keep_reports(store: &Store, files: &[PathBuf]) -> anyhow::Result<Vec<(String, Digest)>> {
    if files.len() > MAX_REPORTS {
        bail!(
            "{} reports are more than the {MAX_REPORTS} that are read",
            files.len()
        );
    }
    let mut kept = Vec::new();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if Format::of(&name).is_none() {
            bail!(
                "{}: a report is called *.sarif, *junit*.xml, TEST-*.xml or *test-results*.xml",
                file.display()
            );
        }
        let size = std::fs::metadata(file).map(|metadata| metadata.len());
        let size = size.with_context(|| format!("cannot read the report {}", file.display()))?;
        if size > MAX_REPORT_BYTES as u64 {
            bail!(
                "{}: a report has at most {MAX_REPORT_BYTES} bytes",
                file.display()
            );
        }
        let (blobs, place) = (store.blobs().clone(), file.clone());
        let put =
            tokio::task::spawn_blocking(move || anyhow::Ok(blobs.put(&std::fs::read(place)?)?));
        let digest = put
            .await?
            .with_context(|| format!("the report {} was not stored", file.display()))?;
        kept.push((name.into_owned(), digest));
    }
    Ok(kept)
}

fn tell(key: &str, accepted: Accepted, json: bool) -> anyhow::Result<()> {
    let new = accepted == Accepted::New;
    if json {
        return render::json(&json!({ "run": key, "new": new }));
    }
    line(&match new {
        true => format!("{key} is stored; a running `sentinel serve` reads it now."),
        false => format!("{key} was told before; nothing is read twice."),
    });
    Ok(())
}

impl From<Provider> for LogFormat {
    fn from(provider: Provider) -> LogFormat {
        match provider {
            Provider::Github => LogFormat::GitHub,
            Provider::Gitlab => LogFormat::GitLab,
            Provider::Jenkins => LogFormat::Jenkins,
            Provider::Auto => LogFormat::Auto,
        }
    }
}
