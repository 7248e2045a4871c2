//! Jenkins, whose logs are read. It is no forge: the code lives elsewhere.
//!
//! Logs come from the configured address only, whatever a payload says.

mod builds;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{Response, StatusCode, Uri};
use hyper::body::Incoming as Body;
use tokio::time::Instant;

use super::web::{
    Get, LogFile, NoClient, Secret, Service, Timeouts, Web, base, transient, unexpected,
};
use super::{Ci, Downloaded, ForgeError, Job, Reports, Result};
use crate::event::PipelineFailed;
use crate::event::jenkins::build_path;
use crate::ids::{Branch, JobName, RunKey, Source};

/// A Jenkins as an operator describes it.
#[derive(Debug, Clone)]
pub struct Server {
    pub url: String,
    /// A user and an API token, where reading logs needs them.
    pub credential: Option<(String, Secret)>,
}

/// Settings that cannot work.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error(
        "the Jenkins' address {url:?} is not usable: {why}; it is `https://HOST/` (plain http only \
         on loopback)"
    )]
    Url { url: String, why: &'static str },
    #[error(transparent)]
    Client(#[from] NoClient),
}

/// The configured Jenkins servers, by address.
pub struct Jenkins {
    web: Web,
    servers: BTreeMap<String, Option<Secret>>,
}

const WHAT: &str = "downloading the build's log";

const JENKINS: Service = Service {
    name: "Jenkins",
    where_to_grant: "the user of its [[jenkins]] section needs Job/Read, and its token may be wrong",
};

/// Pieces of one log. A finalized build's comes in one; more are those of a
/// Jenkins that still flushes.
const MAX_PIECES: usize = 1_000;

/// How long we wait for a piece that Jenkins says is to come.
const BETWEEN_PIECES: Duration = Duration::from_secs(1);

impl Jenkins {
    /// Checks the settings; sends nothing.
    pub fn new(
        servers: Vec<Server>,
        timeouts: Timeouts,
    ) -> std::result::Result<Jenkins, SettingsError> {
        let mut known = BTreeMap::new();
        for server in servers {
            let (name, _) = base(&server.url).map_err(|why| SettingsError::Url {
                url: server.url.clone(),
                why,
            })?;
            let authorization = server.credential.map(|(user, token)| {
                let pair = STANDARD.encode(format!("{user}:{}", token.expose()));
                Secret::new(format!("Basic {pair}"))
            });
            let of_server: &mut Option<Secret> = known.entry(name).or_default();
            *of_server = authorization.or(of_server.take());
        }
        Ok(Jenkins {
            web: Web::new(timeouts)?,
            servers: known,
        })
    }

    async fn get(&self, run: &RunKey, below: &str) -> Result<Response<Body>> {
        let (_, job) = place(run)?;
        let below = format!("{}{below}", build_path(job, run.run));
        self.get_at(run, &below, "text/plain").await
    }

    /// Asks the run's Jenkins for what is at a path.
    async fn get_at(
        &self,
        run: &RunKey,
        path: &str,
        accept: &'static str,
    ) -> Result<Response<Body>> {
        let (server, _) = place(run)?;
        let (server, authorization) =
            self.servers
                .get_key_value(server)
                .ok_or_else(|| ForgeError::NotFound {
                    what: format!("{server}: no [[jenkins]] section of sentinel.toml names it"),
                })?;
        let uri = format!("{server}{path}");
        // Not even to itself: a login page is no log.
        let nowhere = |_: &Uri| false;
        let get = Get {
            what: WHAT,
            uri: uri
                .parse()
                .map_err(|_| unexpected(WHAT, "no address can be made of it"))?,
            accept,
            credential: authorization
                .as_ref()
                .map(|authorization| (AUTHORIZATION, authorization)),
            may_follow: &nowhere,
        };
        self.web.get(&get).await
    }

    /// The log in pieces, as Jenkins has them: each says where the next begins.
    async fn progressive(&self, run: &RunKey, file: &mut LogFile) -> Result<Progress> {
        let until = Instant::now() + self.web.timeouts.transfer;
        let mut start = 0;
        for _ in 0..MAX_PIECES {
            let below = format!("/logText/progressiveText?start={start}");
            let response = self.get(run, &below).await?;
            if start == 0 && response.status() == StatusCode::NOT_FOUND {
                return Ok(Progress::NotThere);
            }
            let response = success(response)?;
            let more = header(&response, "x-more-data") == Some("true");
            let size = header(&response, "x-text-size").and_then(|size| size.parse().ok());
            file.take(self.web.transfer(WHAT, response)).await?;
            let next: u64 = match size {
                Some(next) if more && !file.is_full() => next,
                _ => return Ok(Progress::Complete),
            };
            if next < start {
                return Err(unexpected(WHAT, "the log became shorter"));
            }
            if Instant::now() >= until {
                return Err(transient(WHAT, "the log took too long".into()));
            }
            start = next;
            tokio::time::sleep(BETWEEN_PIECES).await;
        }
        Err(transient(WHAT, format!("no end after {MAX_PIECES} pieces")))
    }
}

/// Whether the log was there in pieces.
#[derive(PartialEq, Eq)]
enum Progress {
    Complete,
    NotThere,
}

fn place(run: &RunKey) -> Result<(&str, &JobName)> {
    match &run.source {
        Source::Jenkins { server, job } => Ok((server, job)),
        Source::Forge | Source::CheckRun | Source::Told { .. } | Source::Timetable => {
            Err(unexpected(WHAT, format!("{run} is no build of a Jenkins")))
        }
    }
}

fn header<'a>(response: &'a Response<Body>, name: &str) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

fn success(response: Response<Body>) -> Result<Response<Body>> {
    match response.status().is_success() {
        true => Ok(response),
        false => Err(JENKINS.refusal(WHAT, response.status(), response.headers())),
    }
}

impl fmt::Debug for Jenkins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Jenkins({:?})", self.servers.keys())
    }
}

#[async_trait]
impl Ci for Jenkins {
    /// A build is one job with one log.
    async fn failed_jobs(&self, run: &PipelineFailed) -> Result<Vec<Job>> {
        let (_, job) = place(&run.run)?;
        Ok(vec![Job::new("1", job.as_str())])
    }

    async fn download_up_to(
        &self,
        run: &RunKey,
        _: &Job,
        into: &Path,
        limit: u64,
    ) -> Result<Downloaded> {
        let mut file = LogFile::up_to(into, limit).await?;
        if self.progressive(run, &mut file).await? == Progress::NotThere {
            let response = success(self.get(run, "/consoleText").await?)?;
            file.take(self.web.transfer(WHAT, response)).await?;
        }
        let downloaded = file.finish().await?;
        match downloaded.bytes {
            0 => Err(ForgeError::NotFound {
                what: format!("the log of {run} (it is empty)"),
            }),
            _ => Ok(downloaded),
        }
    }

    /// A green build is one job that passed.
    async fn passed_jobs(&self, run: &RunKey) -> Result<Vec<Job>> {
        let (_, job) = place(run)?;
        Ok(vec![Job::new("1", job.as_str())])
    }

    async fn green_runs(&self, like: &PipelineFailed, branch: &Branch) -> Result<Vec<RunKey>> {
        builds::green(self, like, branch).await
    }

    async fn reports(&self, run: &PipelineFailed, jobs: &[Job]) -> Result<Reports> {
        builds::reports(self, &run.run, jobs).await
    }
}
