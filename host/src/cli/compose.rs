//! Putting the parts together, from a configuration.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;

use crate::config::{self, Config};
use crate::delivery;
use crate::delivery::gitlab::{Secrets, SigningKey};
use crate::delivery::jenkins::Basic;
use crate::event::generic::{self, Ingested, Origins};
use crate::event::jenkins::Mapping;
use crate::event::local::{RunFailed, parse};
use crate::event::{Malformed, PipelineFailed};
use crate::forge::github::{Auth, GitHub, Settings};
use crate::forge::gitlab::{self, GitLab};
use crate::forge::jenkins::{Jenkins, Server};
use crate::forge::local::Local;
use crate::forge::told::{self, Told, ToldLog, ToldRun};
use crate::forge::web::{Secret, Timeouts};
use crate::grant::Limits;
use crate::http::{Intake, Senders};
use crate::metrics::Metrics;
use crate::pipeline::{Agents, Forges, Pipeline, Publishing, Systems};
use crate::policy::Unproven;
use crate::store::{self, Store};
use crate::time::Timestamp;

/// The clock of the edge: everything below takes `now`.
pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The sandbox and the embedded agents.
pub fn agents(limits: &Limits) -> anyhow::Result<Agents> {
    Agents::new(limits).context("the agents cannot run on this machine")
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
        clock: now,
        store,
    };
    Ok(Composed { pipeline, github })
}

fn github(config: &config::GitHub) -> anyhow::Result<GitHub> {
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

fn jenkins_jobs(config: &Config) -> Vec<Mapping> {
    let mapping = |job: &config::Jenkins| Mapping {
        server: job.url.trim_end_matches('/').to_owned(),
        job: job.job.clone(),
        repository: job.repository.clone(),
    };
    config.jenkins.iter().map(mapping).collect()
}

pub(super) fn jenkins_secrets(config: &Config) -> anyhow::Result<delivery::jenkins::Secrets> {
    let webhook = &config.jenkins_webhook;
    let read = |secret: &Option<config::Secret>, key: &str| {
        secret.as_ref().map(|secret| secret.read(key)).transpose()
    };
    let password = read(&webhook.password, "jenkins_webhook.password")?;
    let basic = match (&webhook.user, password) {
        (Some(user), Some(password)) => Some(Basic {
            user: user.clone(),
            password,
        }),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            anyhow::bail!("[jenkins_webhook]: user and password go together")
        }
    };
    Ok(delivery::jenkins::Secrets {
        path: read(&webhook.path_secret, "jenkins_webhook.path_secret")?,
        hmac: read(&webhook.hmac_secret, "jenkins_webhook.hmac_secret")?,
        basic,
    })
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

/// What `sentinel ingest` stores its runs under, as a provider's name.
pub(super) const INGEST: &str = "ingest";

/// The senders that tell of a run with its log.
fn told(config: &Config, store: &Store) -> anyhow::Result<Told> {
    let look_up = look_up(store.clone());
    Ok(Told::new(
        look_up,
        log_origins(config)?,
        Timeouts::default(),
    )?)
}

pub(super) fn log_origins(config: &Config) -> anyhow::Result<Origins> {
    Origins::parse(&config.generic.log_origins).map_err(|bad| {
        anyhow::anyhow!("generic.log_origins: {bad:?} is not `https://HOST` or `https://HOST:PORT`")
    })
}

/// What was told of a run is in the store.
fn look_up(store: Store) -> told::LookUp {
    Box::new(move |run: &PipelineFailed| {
        let key = run.run.to_string();
        let body = store
            .read_now(|connection| store::delivery::run_body(connection, &key))
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
            Ok(ToldRun {
                job: ingested.run.job.into(),
                log: ToldLog::File(store.blobs().path(&ingested.log)),
            })
        }
        "generic" => {
            let run = generic::parse(body).map_err(malformed)?;
            let log = match (run.log, run.log_url) {
                (Some(text), _) => ToldLog::Text(text),
                (None, Some(url)) => ToldLog::At(url),
                (None, None) => return Err("it was told without a log".into()),
            };
            let job = run.job.into();
            Ok(ToldRun { job, log })
        }
        _ => {
            let run: RunFailed = parse(body).map_err(malformed)?;
            Ok(ToldRun {
                job: run.job,
                log: ToldLog::Text(run.log),
            })
        }
    }
}

/// Opens the store off the runtime's threads.
pub async fn store(directory: &Path) -> anyhow::Result<Store> {
    let place = directory.to_owned();
    let store = tokio::task::spawn_blocking(move || Store::open(&place)).await?;
    store.with_context(|| format!("the store in {} does not open", directory.display()))
}

/// The webhooks' side of a configuration.
pub fn intake(config: &Config, store: Store) -> anyhow::Result<Intake> {
    let github_secret = config
        .github
        .as_ref()
        .and_then(|github| github.webhook_secret.as_ref());
    let read = |secret: Option<&config::Secret>, key: &str| {
        secret.map(|secret| secret.read(key)).transpose()
    };
    let senders = Senders {
        github_secret: read(github_secret, "github.webhook_secret")?,
        local_secret: read(config.local_webhook_secret.as_ref(), "local_webhook_secret")?,
        gitlab_secrets: gitlab_secrets(config)?,
        jenkins_secrets: jenkins_secrets(config)?,
        jenkins_jobs: jenkins_jobs(config),
        generic_secret: read(
            config.generic.webhook_secret.as_ref(),
            "generic.webhook_secret",
        )?,
        log_origins: log_origins(config)?,
    };
    Ok(Intake {
        store,
        metrics: Metrics::default(),
        senders,
        clock: now,
        memory: tokio::sync::Semaphore::new(crate::http::MEMORY_STEPS),
    })
}

fn gitlab_secrets(config: &Config) -> anyhow::Result<Secrets> {
    let Some(gitlab) = &config.gitlab else {
        return Ok(Secrets::default());
    };
    let token = gitlab.webhook_token.as_ref();
    let signing = gitlab.webhook_signing_token.as_ref();
    let signing = signing
        .map(|secret| -> anyhow::Result<SigningKey> {
            const KEY: &str = "gitlab.webhook_signing_token";
            let text = String::from_utf8(secret.read(KEY)?)?;
            SigningKey::parse(&text).context(KEY)
        })
        .transpose()?;
    Ok(Secrets {
        token: token
            .map(|secret| secret.read("gitlab.webhook_token"))
            .transpose()?,
        signing,
    })
}
