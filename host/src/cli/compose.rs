//! Putting the parts together, from a configuration.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use tracing::warn;

use crate::config::{self, Config};
use crate::event::PipelineFailed;
use crate::event::local::{RunFailed, parse};
use crate::forge::github::{Auth, GitHub, Secret, Settings};
use crate::forge::local::{Local, RunBody};
use crate::grant::Limits;
use crate::http::Intake;
use crate::metrics::Metrics;
use crate::pipeline::register::{Registered, register};
use crate::pipeline::{Agents, Artifacts, ComponentBytes, Forges, Pipeline, Publishing, Roles};
use crate::policy::Unproven;
use crate::sandbox::{Size, inspect};
use crate::store::{Store, delivery};
use crate::time::Timestamp;

/// The clock of the edge: everything below takes `now`.
pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The sandbox and the embedded agents, for a command without a store.
pub async fn agents(limits: &Limits) -> anyhow::Result<Agents> {
    let size = Size::default();
    Agents::with(limits, size, Roles::default(), cache().await, now)
        .context("the agents cannot run on this machine")
}

/// The sandbox and the agents a server works with: registered, and where an
/// upgrade asks for more than somebody approved, the former one.
pub async fn serving(config: &Config, store: &Store, directory: &Path) -> anyhow::Result<Agents> {
    let mut roles = Roles::default();
    for setup in [&mut roles.analyze, &mut roles.repair, &mut roles.optimize] {
        setup.component = registered(store, setup.component.clone(), &config.limits).await?;
    }
    let artifacts = Artifacts::of(store, directory)?;
    let size = Size::default();
    Agents::with(&config.limits, size, roles, Some(artifacts), now)
        .context("the agents cannot run on this machine")
}

/// Registers a component; answers with the one that tasks are given to.
async fn registered(
    store: &Store,
    component: ComponentBytes,
    limits: &Limits,
) -> anyhow::Result<ComponentBytes> {
    let inspection = inspect(&component, limits.component_bytes)?;
    match register(store, &inspection, &component, now()).await? {
        Registered::Active => Ok(component),
        Registered::Held { asks, active } => {
            let name = &inspection.agent.name;
            warn!(
                agent = %inspection.agent, goes_on = %active.agent, asks = asks.join("; "),
                "an upgrade asks for more and is held; `sentinel agent approve {name}` lets it in"
            );
            Ok(store.blobs().get(&active.agent.digest)?.into())
        }
    }
}

/// The user's own cache of compiled components: `$XDG_CACHE_HOME/sentinel` or
/// `~/.cache/sentinel`. None where there is no such place: then everything is
/// compiled, which takes a second.
pub async fn cache() -> Option<Artifacts> {
    let of = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let home = || Some(PathBuf::from(of("HOME")?).join(".cache"));
    let directory = of("XDG_CACHE_HOME").map(PathBuf::from).or_else(home)?;
    let directory = directory.join("sentinel");
    let store = store(&directory).await.ok()?;
    Artifacts::of(&store, &directory).ok()
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
    let local = (!config.local.is_empty()).then(|| local(config, &store));
    let forges = Forges {
        github: github.clone().map(|github| github as _),
        local: local.map(|local| Arc::new(local) as _),
    };
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
    Box::new(move |run: &PipelineFailed| {
        let key = run.run.to_string();
        let body = store
            .read_now(|connection| delivery::run_body(connection, &key))
            .map_err(|error| error.to_string())?;
        let told: Option<Result<RunFailed, _>> = body.map(|body| parse(&body));
        told.transpose().map_err(|error| error.to_string())
    })
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
    Ok(Intake {
        store,
        metrics: Metrics::default(),
        github_secret: read(github_secret, "github.webhook_secret")?,
        local_secret: read(config.local_webhook_secret.as_ref(), "local_webhook_secret")?,
        clock: now,
        memory: tokio::sync::Semaphore::new(crate::http::MEMORY_STEPS),
    })
}
