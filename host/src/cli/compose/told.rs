//! What senders told of a run beside its event: its log.

use crate::config::Config;
use crate::event::Malformed;
use crate::event::generic::{self, Ingested, Origins};
use crate::event::local::{RunFailed, parse};
use crate::forge::told::{LookUp, Told, ToldLog, ToldReport, ToldRun};
use crate::forge::web::Timeouts;
use crate::ids::{Digest, RunKey};
use crate::store::{Store, delivery};

/// What `sentinel ingest` stores its runs under, as a provider's name.
pub(in crate::cli) const INGEST: &str = "ingest";

/// The senders that tell of a run with its log.
pub(super) fn told(config: &Config, store: &Store) -> anyhow::Result<Told> {
    let look_up = look_up(store.clone());
    Ok(Told::new(
        look_up,
        log_origins(config)?,
        Timeouts::default(),
    )?)
}

pub(in crate::cli) fn log_origins(config: &Config) -> anyhow::Result<Origins> {
    let generic = &config.generic;
    Origins::parse(&generic.log_origins, &generic.log_origins_inside).map_err(|bad| {
        anyhow::anyhow!("generic.log_origins: {bad:?} is not `https://HOST` or `https://HOST:PORT`")
    })
}

/// What was told of a run is in the store.
fn look_up(store: Store) -> LookUp {
    Box::new(move |run: &RunKey| {
        let key = run.to_string();
        let body = store
            .read_now(|connection| delivery::run_body(connection, &key))
            .map_err(|error| error.to_string())?;
        let told = body.map(|(provider, body)| told_run(&store, &provider, &body));
        told.transpose()
    })
}

/// The provider is the route's word, so a sender cannot choose how its body is
/// read.
fn told_run(store: &Store, provider: &str, body: &[u8]) -> Result<ToldRun, String> {
    let malformed = |error: Malformed| error.to_string();
    match provider {
        INGEST => {
            let ingested: Ingested =
                serde_json::from_slice(body).map_err(|error| error.to_string())?;
            let report = |(name, digest): (String, Digest)| {
                let content = store.blobs().get(&digest);
                content.map(|content| ToldReport { name, content })
            };
            let reports = ingested.reports.into_iter().map(report);
            Ok(ToldRun {
                job: ingested.run.job.into(),
                log: ToldLog::File(store.blobs().path(&ingested.log)),
                reports: reports
                    .collect::<Result<_, _>>()
                    .map_err(|error| error.to_string())?,
            })
        }
        "generic" => {
            let run = generic::parse(body).map_err(malformed)?;
            let log = match (run.log, run.log_url) {
                (Some(text), _) => ToldLog::Text(text),
                (None, Some(url)) => ToldLog::At(url),
                (None, None) => return Err("it was told without a log".into()),
            };
            let report = |report: generic::ToldReport| ToldReport {
                name: report.name,
                content: report.content.into_bytes(),
            };
            Ok(ToldRun {
                job: run.job.into(),
                log,
                reports: run.reports.into_iter().map(report).collect(),
            })
        }
        _ => {
            let run: RunFailed = parse(body).map_err(malformed)?;
            Ok(ToldRun {
                job: run.job,
                log: ToldLog::Text(run.log),
                reports: Vec::new(),
            })
        }
    }
}
