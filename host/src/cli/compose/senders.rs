//! Who may tell us something, from a configuration.

use anyhow::Context as _;

use super::told::log_origins;
use crate::config::{self, Config};
use crate::delivery;
use crate::delivery::gitlab::{Secrets, SigningKey};
use crate::delivery::jenkins::Basic;
use crate::event::jenkins::Mapping;
use crate::http::Senders;

/// The secrets of all routes, and what their events are read with.
pub(super) fn senders(config: &Config) -> anyhow::Result<Senders> {
    let github_secret = config
        .github
        .as_ref()
        .and_then(|github| github.webhook_secret.as_ref());
    let read = |secret: Option<&config::Secret>, key: &str| {
        secret.map(|secret| secret.read(key)).transpose()
    };
    Ok(Senders {
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
    })
}

fn jenkins_jobs(config: &Config) -> Vec<Mapping> {
    let mapping = |job: &config::Jenkins| Mapping {
        server: job.url.trim_end_matches('/').to_owned(),
        job: job.job.clone(),
        repository: job.repository.clone(),
    };
    config.jenkins.iter().map(mapping).collect()
}

pub(in crate::cli) fn jenkins_secrets(
    config: &Config,
) -> anyhow::Result<delivery::jenkins::Secrets> {
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
