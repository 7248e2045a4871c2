//! `sentinel.toml`.
//!
//! Every key has a default or an error that says what to write. Unknown keys
//! are refused: a misspelt limit must not silently not apply.

mod agents;
mod models;
mod repositories;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

pub use agents::{Agent, Agents, Credential, Roles};
pub use models::{Budget, Model, Models, Price};
pub use repositories::{PerRepository, Repositories};

use crate::forge::local::Identity;
use crate::grant::Limits;
use crate::ids::{Repository, RepositoryName, written};
use crate::policy::{Policy, Unproven};
use crate::runner;
use crate::timetable::Plan;

/// The whole file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where everything is kept: the database, logs, patches.
    pub data_dir: Option<PathBuf>,
    pub server: Server,
    pub github: Option<GitHub>,
    pub gitlab: Option<GitLab>,
    /// Jobs of a Jenkins, and whose builds they are.
    pub jenkins: Vec<Jenkins>,
    /// How Jenkins proves itself to `POST /webhooks/jenkins`.
    pub jenkins_webhook: JenkinsWebhook,
    pub generic: Generic,
    /// Repositories on this machine's disk.
    pub local: Vec<Local>,
    /// The secret of `POST /webhooks/local`.
    pub local_webhook_secret: Option<Secret>,
    pub policy: Policy,
    pub publish: Publish,
    pub limits: Limits,
    /// How failed commands are run again.
    pub runner: runner::Settings,
    /// What holds for single repositories, by `github:owner/name`.
    pub repositories: Repositories,
    /// Agents by name: those that come with Sentinel, set up otherwise, and
    /// others.
    pub agents: Agents,
    pub roles: Roles,
    /// Language models that agents may be granted, by the operator's names.
    pub models: Models,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Where webhooks are received.
    pub listen: SocketAddr,
    /// Stages worked on at a time.
    pub workers: usize,
}

impl Default for Server {
    fn default() -> Self {
        Server {
            listen: SocketAddr::from(([127, 0, 0, 1], 8484)),
            workers: 4,
        }
    }
}

/// GitHub or GitHub Enterprise.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GitHub {
    /// `https://api.github.com`, or `https://HOST/api/v3` for an Enterprise
    /// server.
    #[serde(default = "public_github")]
    pub api: String,
    pub app_id: Option<u64>,
    /// The App's private key, in PEM.
    pub private_key: Option<Secret>,
    /// A token, where no App is set up.
    pub token: Option<Secret>,
    pub webhook_secret: Option<Secret>,
    /// Repositories to ask for failed runs where no webhook can come in.
    #[serde(default)]
    pub poll: Vec<RepositoryName>,
    /// Seconds between two such rounds.
    #[serde(default = "a_minute")]
    pub poll_seconds: u64,
    /// Minutes between two rounds in which deliveries that did not arrive are
    /// asked for again; 0 never asks.
    #[serde(default = "a_quarter")]
    pub recover_minutes: u64,
}

fn a_quarter() -> u64 {
    15
}

fn public_github() -> String {
    "https://api.github.com".to_owned()
}

fn a_minute() -> u64 {
    60
}

impl GitHub {
    /// A GitHub by its API's address, with every other key as it is by default.
    pub fn at(api: String) -> GitHub {
        GitHub {
            api,
            app_id: None,
            private_key: None,
            token: None,
            webhook_secret: None,
            poll: Vec::new(),
            poll_seconds: a_minute(),
            recover_minutes: a_quarter(),
        }
    }

    /// None where nothing is to be recovered: by choice, or because no webhook
    /// is expected.
    pub fn recover_interval(&self) -> Option<Duration> {
        let wanted = self.recover_minutes > 0 && self.webhook_secret.is_some();
        wanted.then(|| Duration::from_secs(self.recover_minutes.saturating_mul(60)))
    }

    pub fn poll_interval(&self) -> Duration {
        // More often than every ten seconds only uses up the rate limit.
        Duration::from_secs(self.poll_seconds.max(10))
    }
}

/// gitlab.com or a server of one's own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GitLab {
    #[serde(default = "public_gitlab")]
    pub url: String,
    /// A project, group or personal access token with the scope `read_api`.
    pub token: Secret,
    /// The webhook's secret token: what `X-Gitlab-Token` carries.
    pub webhook_token: Option<Secret>,
    /// The webhook's signing token (`whsec_…`), where the server has them.
    pub webhook_signing_token: Option<Secret>,
}

fn public_gitlab() -> String {
    "https://gitlab.com".to_owned()
}

/// A job of a Jenkins. Logs are read from this address only, whatever a
/// webhook says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jenkins {
    /// Where the Jenkins is: `https://ci.example.com/`.
    pub url: String,
    /// The job's full name, `folder/name`; `folder/name/*` is every job below.
    pub job: String,
    /// Where its code lives: `github:owner/name`.
    #[serde(with = "written")]
    pub repository: Repository,
    /// A user that may read the logs, and its API token.
    pub user: Option<String>,
    pub token: Option<Secret>,
}

/// Jenkins cannot sign: a secret in the address, basic auth, or a signature
/// that a job's own step makes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JenkinsWebhook {
    /// The last part of `POST /webhooks/jenkins/SECRET`.
    pub path_secret: Option<Secret>,
    pub user: Option<String>,
    pub password: Option<Secret>,
    /// Signs as GitHub does, in `X-Hub-Signature-256`.
    pub hmac_secret: Option<Secret>,
}

/// Whatever else runs CI, at `POST /webhooks/generic`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Generic {
    /// Signs as GitHub does, in `X-Hub-Signature-256`.
    pub webhook_secret: Option<Secret>,
    /// Where a `log_url` may point to: `https://HOST` or `https://HOST:PORT`.
    /// Its name has to lead to a public address.
    pub log_origins: Vec<String>,
    /// The same for servers inside the operator's own network.
    pub log_origins_inside: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Local {
    /// The name deliveries use.
    pub name: RepositoryName,
    /// A git repository, bare or with a working tree.
    pub path: PathBuf,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Publish {
    /// What happens to a patch that is not proven: `hold` or `draft`. Without
    /// it: `hold` on a forge with CI, `draft` on a local one.
    pub unproven: Option<Unproven>,
    /// Who commits on a local forge and signs off.
    pub identity: Identity,
}

/// A secret is never written in the file, only where it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub enum Secret {
    /// The name of an environment variable: `{ env = "NAME" }`.
    Env(String),
    /// A file: `{ file = "/path" }`. One line end at its end is dropped.
    File(PathBuf),
}

/// What is wrong with a configuration, for the person who wrote it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl Secret {
    /// The secret's bytes.
    pub fn read(&self, key: &str) -> Result<Vec<u8>, ConfigError> {
        let bytes = match self {
            Secret::Env(name) => std::env::var_os(name)
                .map(std::ffi::OsString::into_encoded_bytes)
                .ok_or_else(|| ConfigError(format!("{key}: the variable {name} is not set")))?,
            Secret::File(path) => std::fs::read(path)
                .map_err(|error| ConfigError(format!("{key}: {}: {error}", path.display())))?,
        };
        let end = bytes.strip_suffix(b"\n").map_or(bytes.len(), <[u8]>::len);
        let kept = bytes[..end].strip_suffix(b"\r").unwrap_or(&bytes[..end]);
        match kept.is_empty() {
            true => Err(ConfigError(format!("{key}: the secret is empty"))),
            false => Ok(kept.to_vec()),
        }
    }
}

impl Config {
    /// Reads and validates a file.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            ConfigError(format!(
                "{}: {error}; `sentinel doctor --example` prints a configuration to start from",
                path.display()
            ))
        })?;
        Config::parse(&text).map_err(|error| ConfigError(format!("{}: {error}", path.display())))
    }

    /// Which repositories ConfigOptimizer looks at, and how often.
    pub fn timetable(&self) -> BTreeMap<Repository, Plan> {
        let sections = self.repositories.iter();
        sections
            .filter_map(|(name, section)| Some((name.parse().ok()?, section.optimize?)))
            .collect()
    }

    /// Parses and validates the text of a file.
    pub fn parse(text: &str) -> Result<Config, ConfigError> {
        let config: Config = toml::from_str(text).map_err(|error| explain(&error))?;
        config
            .policy
            .validate()
            .map_err(|error| ConfigError(error.to_string()))?;
        config
            .policy
            .patch_rules()
            .and_then(|_| config.policy.long_lived())
            .map_err(|error| ConfigError(error.to_string()))?;
        agents::validate(&config.agents, &config.roles)?;
        models::validate(&config.models, &config.agents)?;
        config.runner.validate().map_err(ConfigError)?;
        repositories::validate(&config.repositories)?;
        if config.server.workers == 0 {
            return Err(ConfigError("server.workers: must be at least 1".into()));
        }
        Ok(config)
    }
}

/// The parser's message has the line; a misspelt key also gets its nearest
/// relative.
fn explain(error: &toml::de::Error) -> ConfigError {
    let message = error.to_string();
    let hint = nearest(error.message()).map(|key| format!("\nhelp: did you mean `{key}`?"));
    ConfigError(format!(
        "{}{}",
        message.trim_end(),
        hint.unwrap_or_default()
    ))
}

/// From serde's "unknown field `x`, expected one of `a`, `b`".
fn nearest(message: &str) -> Option<&str> {
    let mut quoted = message
        .strip_prefix("unknown field `")?
        .split('`')
        .step_by(2);
    let unknown = quoted.next()?;
    closest(unknown, quoted.filter(|known| !known.is_empty()))
}

/// The name that was probably meant.
fn closest<'a>(unknown: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|known| (strsim::damerau_levenshtein(unknown, known), known))
        .filter(|(distance, known)| *distance <= known.len().div_ceil(2))
        .min()
        .map(|(_, known)| known)
}

/// What `sentinel doctor --example` prints.
pub const EXAMPLE: &str = include_str!("../sentinel.example.toml");
