//! The agents of a configuration: who does what, and what they reach.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use tracing::warn;

use super::{now, store};
use crate::agents::{ALL, CONFIG_OPTIMIZER, Embedded, LOG_ANALYZER, PATCHBOT};
use crate::config::{self, Config};
use crate::grant::{Limits, Permissions};
use crate::pipeline::register::{Registered, register};
use crate::pipeline::{Agents, Artifacts, Compiler, ComponentBytes, PATIENCE, Roles, Setup, World};
use crate::sandbox::{Size, inspect};
use crate::store::Store;
use crate::web::{Credential, Outgoing, Site};

/// The sandbox and the embedded agents, for a command without a store.
pub async fn agents(limits: &Limits) -> anyhow::Result<Agents> {
    let size = Size::default();
    Agents::with(limits, size, Roles::default(), cache().await, now)
        .context("the agents cannot run on this machine")
}

/// The agents and what they reach as a configuration has them, without a
/// server: what a person's own directory is repaired with. A store is opened
/// only where a model's budget has to be kept.
pub async fn repairing(config: &Config) -> anyhow::Result<Agents> {
    let (size, roles) = (Size::default(), roles(config)?);
    let agents = Agents::with(&config.limits, size, roles, cache().await, now)
        .context("the agents cannot run on this machine")?;
    let store = match (config.models.is_empty(), &config.data_dir) {
        (true, _) => None,
        (false, Some(directory)) => Some(store(directory).await?),
        (false, None) => anyhow::bail!(
            "[models] is set and data_dir is not: what a model may cost is kept there; set data_dir"
        ),
    };
    Ok(agents.reaching(world(config, store.as_ref())?))
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
    Ok(agents.reaching(world(config, Some(store))?))
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
fn world(config: &Config, store: Option<&Store>) -> anyhow::Result<World> {
    let sites = config.agents.iter().map(|(name, agent)| {
        let site = site(name, agent)?;
        Ok((name.clone(), site))
    });
    // Only a section of its own grants an agent the network.
    let web = (!config.agents.is_empty()).then(Outgoing::new);
    let models = store.map(|store| super::models::models(config, store));
    let models = models.transpose()?.flatten();
    Ok(World {
        store: store.cloned(),
        web: web.transpose().context("TLS cannot be set up")?,
        sites: sites.collect::<anyhow::Result<_>>()?,
        commands: Some(Arc::new(super::runner::commands(config)?)),
        models: models.map(Arc::new),
        clock: now,
    })
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
