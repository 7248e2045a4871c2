//! Runs whose logs came with the word of them: on a local repository, from
//! `POST /webhooks/generic`, from `sentinel ingest`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use http::Uri;

use super::reports::Basket;
use super::web::{Get, Guard, LogFile, NoClient, Service, Timeouts, Web, literal, to_file};
use super::{Ci, Downloaded, ForgeError, Job, Reports, Result};
use crate::event::PipelineFailed;
use crate::event::generic::Origins;
use crate::ids::{Branch, RunKey};

/// What was told of a run.
#[derive(Debug, Clone)]
pub struct ToldRun {
    /// What ran, for people.
    pub job: String,
    pub log: ToldLog,
    pub reports: Vec<ToldReport>,
}

/// A report that came along.
#[derive(Debug, Clone)]
pub struct ToldReport {
    pub name: String,
    pub content: Vec<u8>,
}

/// Where the log is.
#[derive(Debug, Clone)]
pub enum ToldLog {
    Text(String),
    /// A file of our own store.
    File(PathBuf),
    /// At an address, if the operator lists its origin.
    At(String),
}

/// Looks up what was told of a run. An error is the store's and worth another
/// try.
pub type LookUp =
    Box<dyn Fn(&RunKey) -> std::result::Result<Option<ToldRun>, String> + Send + Sync>;

/// The senders that tell of a run with its log.
pub struct Told {
    look_up: LookUp,
    origins: Origins,
    /// None where nothing may be fetched: who uses no network needs no
    /// certificates either.
    web: Option<Web>,
}

/// Public addresses, and what the operator calls their own.
fn guard(origins: &Origins) -> Guard {
    Guard::Public {
        inside: Arc::new(origins.inside()),
    }
}

/// Addresses that are written as such are never resolved, so they are looked
/// at here.
fn may_lead(guard: &Guard, uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    literal(host).is_none_or(|address| guard.passes(host, address))
}

const FETCHING: &str = "fetching the log that the delivery names";

const LOG_SERVER: Service = Service {
    name: "the log's server",
    where_to_grant: "it has to give the log to whoever knows its address",
};

impl Told {
    pub fn new(
        look_up: LookUp,
        origins: Origins,
        timeouts: Timeouts,
    ) -> std::result::Result<Told, NoClient> {
        let web = match origins.is_empty() {
            true => None,
            false => Some(Web::guarded(timeouts, guard(&origins))?),
        };
        Ok(Told {
            look_up,
            origins,
            web,
        })
    }

    /// Only from where the operator allows, redirects included: the
    /// configuration may be another than when the delivery was taken.
    async fn fetch(&self, url: &str, into: &Path, limit: u64) -> Result<Downloaded> {
        let guard = guard(&self.origins);
        let allowed = |uri: &Uri| self.origins.allow(uri) && may_lead(&guard, uri);
        let uri: Option<Uri> = url.parse().ok();
        let (Some(uri), Some(web)) = (uri.filter(allowed), &self.web) else {
            return Err(ForgeError::Denied {
                what: FETCHING,
                why: "its origin is not listed in generic.log_origins of sentinel.toml, or leads \
                      inside a network and is not listed in generic.log_origins_inside"
                    .into(),
            });
        };
        let get = Get {
            what: FETCHING,
            uri,
            accept: "text/plain, */*;q=0.5",
            credential: None,
            may_follow: &allowed,
        };
        let response = web.get(&get).await?;
        match response.status().is_success() {
            true => to_file(web.transfer(FETCHING, response), into, limit).await,
            false => Err(LOG_SERVER.refusal(FETCHING, response.status(), response.headers())),
        }
    }

    fn told(&self, run: &RunKey) -> Result<Option<ToldRun>> {
        (self.look_up)(run).map_err(|why| ForgeError::Transient {
            what: "reading what the delivery said",
            why,
            retry_after: None,
        })
    }
}

#[async_trait]
impl Ci for Told {
    async fn failed_jobs(&self, run: &PipelineFailed) -> Result<Vec<Job>> {
        let told = self.told(&run.run)?;
        Ok(told
            .map(|told| Job::new("1", told.job))
            .into_iter()
            .collect())
    }

    async fn download_up_to(
        &self,
        run: &RunKey,
        _: &Job,
        into: &Path,
        limit: u64,
    ) -> Result<Downloaded> {
        let told = self.told(run)?.ok_or_else(|| ForgeError::NotFound {
            what: "the run's log".into(),
        })?;
        match told.log {
            ToldLog::Text(text) => {
                let mut file = LogFile::up_to(into, limit).await?;
                file.append(text.as_bytes()).await?;
                file.finish().await
            }
            ToldLog::File(file) => copy(&file, into).await,
            ToldLog::At(url) => self.fetch(&url, into, limit).await,
        }
    }

    /// Such senders tell of what failed, and of nothing else.
    async fn passed_jobs(&self, _: &RunKey) -> Result<Vec<Job>> {
        Ok(Vec::new())
    }

    async fn green_runs(&self, _: &PipelineFailed, _: &Branch) -> Result<Vec<RunKey>> {
        Ok(Vec::new())
    }

    async fn reports(&self, run: &PipelineFailed, _: &[Job]) -> Result<Reports> {
        let mut basket = Basket::default();
        for report in self
            .told(&run.run)?
            .into_iter()
            .flat_map(|told| told.reports)
        {
            basket.put(None, &report.name, report.content);
        }
        Ok(basket.into_reports())
    }
}

/// A file of ours was bounded when it was taken in.
async fn copy(file: &Path, into: &Path) -> Result<Downloaded> {
    let copied = tokio::fs::copy(file, into).await;
    let bytes = copied.map_err(|source| ForgeError::Io {
        what: "copying a log",
        source,
    })?;
    Ok(Downloaded {
        bytes,
        truncated: false,
    })
}
