//! Putting the parts together, from a configuration.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use tracing::warn;

use crate::agents::{ALL, CONFIG_OPTIMIZER, Embedded, LOG_ANALYZER, PATCHBOT};
use crate::config::{self, Config};
use crate::event::PipelineFailed;
use crate::event::local::{RunFailed, parse};
use crate::forge::github::{Auth, GitHub, Secret, Settings};
use crate::forge::local::{Local, RunBody};
use crate::grant::{Limits, Permissions};
use crate::http::Intake;
use crate::metrics::Metrics;
use crate::pipeline::register::{Registered, register};
use crate::pipeline::{
    Agents, Artifacts, Compiler, ComponentBytes, Forges, Outside, PATIENCE, Pipeline, Publishing,
    Roles, Setup, World,
};
use crate::policy::Unproven;
use crate::sandbox::{Size, inspect};
use crate::store::{Store, delivery};
use crate::time::Timestamp;
use crate::web::{Credential, Outgoing, Site};

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
    let mut roles = roles(config)?;
    for setup in [&mut roles.analyze, &mut roles.repair, &mut roles.optimize] {
        setup.component = registered(store, setup.component.clone(), &config.limits).await?;
    }
    let artifacts = artifacts(store, directory)?;
    let size = Size::default();
    let agents = Agents::with(&config.limits, size, roles, Some(artifacts), now)
        .context("the agents cannot run on this machine")?;
    Ok(agents.reaching(outside(config, store)?))
}

/// Who does which kind of task.
fn roles(config: &Config) -> anyhow::Result<Roles> {
    let setup = |role: &Option<String>, own: Embedded| {
        let name = role.as_deref().unwrap_or(own.name);
        setup(config, name).with_context(|| format!("the agent {name} cannot be set up"))
    };
    Ok(Roles {
        analyze: setup(&config.roles.analyze, LOG_ANALYZER)?,
        repair: setup(&config.roles.repair, PATCHBOT)?,
        optimize: setup(&config.roles.optimize, CONFIG_OPTIMIZER)?,
    })
}

/// An agent by its name, as its section says.
fn setup(config: &Config, name: &str) -> anyhow::Result<Setup> {
    let own = ALL.into_iter().find(|own| own.name == name);
    let Some(agent) = config.agents.get(name) else {
        let own = own.with_context(|| format!("there is no section [agents.{name}]"))?;
        return Ok(Setup::embedded(own));
    };
    let component: ComponentBytes = match (&agent.component, own) {
        (Some(path), _) => std::fs::read(path)
            .with_context(|| format!("agents.{name}.component: {}", path.display()))?
            .into(),
        (None, Some(own)) => own.bytes.into(),
        (None, None) => anyhow::bail!("agents.{name}.component names no file"),
    };
    let called = inspect(&component, config.limits.component_bytes)?
        .agent
        .name;
    if called != name {
        anyhow::bail!("its manifest calls it `{called}`: name the section [agents.{called}]");
    }
    let granted = match (&agent.grant, own) {
        (Some(given), _) => given.permissions(),
        (None, Some(own)) => Setup::embedded(own).granted,
        (None, None) => Permissions::none(),
    };
    Ok(Setup {
        component,
        granted,
        settings: agent.settings.clone(),
        limits: agent.limits,
    })
}

/// What is behind the capabilities that leave the sandbox.
fn outside(config: &Config, store: &Store) -> anyhow::Result<Outside> {
    let sites = config.agents.iter().map(|(name, agent)| {
        let site = site(name, agent)?;
        Ok((name.clone(), site))
    });
    let world = World {
        store: store.clone(),
        web: Outgoing::new().context("TLS cannot be set up")?,
        sites: sites.collect::<anyhow::Result<_>>()?,
        clock: now,
    };
    Ok(world.outside())
}

fn site(name: &str, agent: &config::Agent) -> anyhow::Result<Site> {
    let credential = |credential: &config::Credential| {
        let key = format!("agents.{name}.credentials: {}", credential.host);
        let secret = credential.value.read(&format!("{key}: value"))?;
        let scheme = credential.scheme.as_deref();
        Credential::new(credential.host.clone(), &credential.header, scheme, &secret).context(key)
    };
    let credentials = agent.credentials.iter().map(credential);
    Ok(Site {
        inside: agent
            .grant
            .as_ref()
            .map(|given| given.inside().to_vec())
            .unwrap_or_default(),
        credentials: credentials.collect::<anyhow::Result<_>>()?,
    })
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

/// The cache, with this program as the compiler's process.
fn artifacts(store: &Store, directory: &Path) -> anyhow::Result<Artifacts> {
    let artifacts = Artifacts::of(store, directory)?;
    let compiler = Compiler {
        program: std::env::current_exe().context("this program does not know where it is")?,
        patience: PATIENCE,
    };
    Ok(artifacts.compiled_by(compiler))
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
    artifacts(&store, &directory).ok()
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
