//! Putting the parts together, from a configuration.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;

use crate::config::{self, Config};
use crate::event::PipelineFailed;
use crate::event::local::{RunFailed, parse};
use crate::forge::github::{Auth, GitHub, Secret, Settings};
use crate::forge::local::{Local, RunBody};
use crate::grant::Limits;
use crate::pipeline::{Agents, Forges, Pipeline, Publishing};
use crate::policy::Unproven;
use crate::store::{Store, delivery};
use crate::time::Timestamp;

/// The clock of the edge: everything below takes `now`.
pub(super) fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The sandbox and the embedded agents.
pub(super) fn agents(limits: &Limits) -> anyhow::Result<Agents> {
    Agents::new(limits).context("the agents cannot run on this machine")
}

/// A pipeline, and GitHub for polling.
pub(super) struct Composed {
    pub pipeline: Pipeline,
    pub github: Option<Arc<GitHub>>,
}

pub(super) async fn pipeline(config: &Config, store: Store) -> anyhow::Result<Composed> {
    let github = config
        .github
        .as_ref()
        .map(github)
        .transpose()?
        .map(Arc::new);
    let local = (!config.local.is_empty()).then(|| local(config, &store));
    let forges = Forges {
        github: github.clone().map(|github| github as _),
        local: local.map(|local| Arc::new(local) as _),
    };
    let agents = agents(&config.limits)?;
    agents
        .warm()
        .await
        .context("an embedded agent does not load")?;
    let pipeline = Pipeline {
        agents,
        forges,
        rules: config.policy.patch_rules()?,
        policy: config.policy.clone(),
        publishing: Publishing {
            unproven_github: config.publish.unproven.unwrap_or(Unproven::Hold),
            unproven_local: config.publish.unproven.unwrap_or(Unproven::Draft),
            identity: config.publish.identity.clone(),
        },
        clock: now,
        store,
    };
    Ok(Composed { pipeline, github })
}

fn github(config: &config::GitHub) -> anyhow::Result<GitHub> {
    let text = |secret: &config::Secret, key: &str| -> anyhow::Result<Secret> {
        let bytes = secret.read(key)?;
        Ok(Secret::new(
            String::from_utf8(bytes).with_context(|| format!("{key} is not text"))?,
        ))
    };
    let auth = match (config.app_id, &config.private_key, &config.token) {
        (Some(id), Some(key), None) => Auth::App {
            id,
            private_key_pem: text(key, "github.private_key")?,
        },
        (None, None, Some(token)) => Auth::Token(text(token, "github.token")?),
        _ => anyhow::bail!(
            "[github] needs either app_id and private_key (an App) or token, and not both"
        ),
    };
    Ok(GitHub::new(Settings::new(auth).at(&config.api))?)
}

fn local(config: &Config, store: &Store) -> Local {
    let repositories: BTreeMap<_, _> = config
        .local
        .iter()
        .map(|local| (local.name.clone(), local.path.clone()))
        .collect();
    Local::new(
        repositories,
        config.publish.identity.clone(),
        run_body(store.clone()),
    )
}

/// A local run's log came with its delivery, which the store has.
fn run_body(store: Store) -> RunBody {
    Box::new(move |run: &PipelineFailed| -> Option<RunFailed> {
        let key = run.run.to_string();
        let body = store
            .read_now(|connection| delivery::run_body(connection, &key))
            .ok()??;
        parse(&body).ok()
    })
}

/// Opens the store off the runtime's threads.
pub(super) async fn store(directory: &Path) -> anyhow::Result<Store> {
    let place = directory.to_owned();
    let store = tokio::task::spawn_blocking(move || Store::open(&place)).await?;
    store.with_context(|| format!("the store in {} does not open", directory.display()))
}
