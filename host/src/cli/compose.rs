//! Putting the parts together, from a configuration.

mod agents;
mod models;
mod runner;
mod senders;
mod told;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;

use crate::config::{self, Config};
use crate::forge::github::{Auth, GitHub, Settings};
use crate::forge::gitlab::{self, GitLab};
use crate::forge::jenkins::{Jenkins, Server};
use crate::forge::local::Local;
use crate::forge::web::{Secret, Timeouts};
use crate::http::Intake;
use crate::metrics::Metrics;
use crate::pipeline::{Agents, Forges, Pipeline, Publishing, Systems};
use crate::policy::Unproven;
use crate::store::Store;
use crate::time::Timestamp;
use senders::senders;
use told::told;

pub use agents::{agents, cache, repairing, serving};
pub use models::model;
pub use runner::runner;
pub(super) use senders::jenkins_secrets;
pub(super) use told::{INGEST, log_origins};

/// The clock of the edge: everything below takes `now`.
pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A pipeline, and GitHub for polling.
pub struct Composed {
    pub pipeline: Pipeline,
    /// The same GitHub the pipeline has, as what it is.
    pub github: Option<Arc<GitHub>>,
}

/// The pipeline a configuration describes.
pub fn pipeline(config: &Config, store: Store, agents: Arc<Agents>) -> anyhow::Result<Composed> {
    let github = config
        .github
        .as_ref()
        .map(github)
        .transpose()?
        .map(Arc::new);
    let gitlab = config
        .gitlab
        .as_ref()
        .map(gitlab)
        .transpose()?
        .map(Arc::new);
    let local = (!config.local.is_empty()).then(|| local(config));
    let forges = Forges {
        github: github.clone().map(|github| github as _),
        gitlab: gitlab.clone().map(|gitlab| gitlab as _),
        local: local.map(|local| Arc::new(local) as _),
    };
    let systems = Systems {
        github: github.clone().map(|github| github as _),
        gitlab: gitlab.map(|gitlab| gitlab as _),
        jenkins: jenkins(config)?.map(|jenkins| Arc::new(jenkins) as _),
        told: Arc::new(told(config, &store)?),
    };
    let pipeline = Pipeline {
        agents,
        forges,
        systems,
        rules: config.policy.patch_rules()?,
        policy: config.policy.clone(),
        publishing: Publishing {
            unproven_ci: config.publish.unproven.unwrap_or(Unproven::Hold),
            unproven_local: config.publish.unproven.unwrap_or(Unproven::Draft),
            identity: config.publish.identity.clone(),
        },
        timetable: config.timetable(),
        clock: now,
        store,
    };
    Ok(Composed { pipeline, github })
}

/// A GitHub of a configuration.
pub(super) fn github(config: &config::GitHub) -> anyhow::Result<GitHub> {
    let auth = match (config.app_id, &config.private_key, &config.token) {
        (Some(id), Some(key), None) => Auth::App {
            id,
            private_key_pem: secret_text(key, "github.private_key")?,
        },
        (None, None, Some(token)) => Auth::Token(secret_text(token, "github.token")?),
        _ => anyhow::bail!(
            "[github] needs either app_id and private_key (an App) or token, and not both"
        ),
    };
    Ok(GitHub::new(Settings::new(auth).at(&config.api))?)
}

/// A GitLab of a configuration.
pub fn gitlab(config: &config::GitLab) -> anyhow::Result<GitLab> {
    Ok(GitLab::new(gitlab::Settings {
        url: config.url.clone(),
        token: secret_text(&config.token, "gitlab.token")?,
        timeouts: Timeouts::default(),
    })?)
}

/// The Jenkins servers of a configuration; none where it names no job.
pub(super) fn jenkins(config: &Config) -> anyhow::Result<Option<Jenkins>> {
    if config.jenkins.is_empty() {
        return Ok(None);
    }
    let server = |job: &config::Jenkins| -> anyhow::Result<Server> {
        let credential = match (&job.user, &job.token) {
            (Some(user), Some(token)) => Some((user.clone(), secret_text(token, "jenkins.token")?)),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                anyhow::bail!("[[jenkins]] {}: user and token go together", job.job)
            }
        };
        Ok(Server {
            url: job.url.clone(),
            credential,
        })
    };
    let servers: anyhow::Result<Vec<Server>> = config.jenkins.iter().map(server).collect();
    Ok(Some(Jenkins::new(servers?, Timeouts::default())?))
}

fn secret_text(secret: &config::Secret, key: &str) -> anyhow::Result<Secret> {
    let text = String::from_utf8(secret.read(key)?);
    Ok(Secret::new(
        text.with_context(|| format!("{key} is not text"))?,
    ))
}

fn local(config: &Config) -> Local {
    let repositories: BTreeMap<_, _> = config
        .local
        .iter()
        .map(|local| (local.name.clone(), local.path.clone()))
        .collect();
    Local::new(repositories, config.publish.identity.clone())
}

/// Opens the store off the runtime's threads.
pub async fn store(directory: &Path) -> anyhow::Result<Store> {
    let place = directory.to_owned();
    let store = tokio::task::spawn_blocking(move || Store::open(&place)).await?;
    store.with_context(|| format!("the store in {} does not open", directory.display()))
}

/// The webhooks' side of a configuration.
pub fn intake(config: &Config, store: Store) -> anyhow::Result<Intake> {
    Ok(Intake {
        store,
        metrics: Metrics::default(),
        senders: senders(config)?,
        clock: now,
        memory: tokio::sync::Semaphore::new(crate::http::MEMORY_STEPS),
    })
}
