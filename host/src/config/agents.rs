//! `[agents.NAME]` and `[roles]`: who does which work, and what each may do.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Deserialize;

use super::{ConfigError, Secret, closest};
use crate::agents;
use crate::grant::{Given, HostPattern, Switch};
use crate::manifest::LimitRequest;

/// `[agents.NAME]`, by the name that the component's manifest has.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Agent {
    /// Where the component is. Those that come with Sentinel need none.
    pub component: Option<PathBuf>,
    /// What it is granted. Without this table an agent that comes with
    /// Sentinel gets what its work takes, any other gets nothing.
    pub grant: Option<Given>,
    /// The settings that its manifest declares.
    pub settings: BTreeMap<String, String>,
    /// Lower limits than those of `[limits]`.
    pub limits: LimitRequest,
    /// Which of `[models]` it asks where it is granted one; `default` where it
    /// is left out.
    pub model: Option<String>,
    /// Headers that the host attaches to its requests.
    pub credentials: Vec<Credential>,
}

/// `[[agents.NAME.credentials]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// One host and port; with `http://` only one that is `inside`.
    pub host: HostPattern,
    /// The header's name.
    pub header: String,
    /// What stands before the secret, such as `Bearer`.
    pub scheme: Option<String>,
    pub value: Secret,
}

/// `[roles]`: which agent does which kind of task.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Roles {
    pub analyze: Option<String>,
    pub repair: Option<String>,
    pub optimize: Option<String>,
}

/// Agents by name.
pub type Agents = BTreeMap<String, Agent>;

/// Refuses names of nobody and credentials that would never be attached, or
/// attached where the operator cannot mean it.
pub(super) fn validate(agents: &Agents, roles: &Roles) -> Result<(), ConfigError> {
    for (name, agent) in agents {
        known(name, agent)?;
        hosts(name, agent)?;
        for credential in &agent.credentials {
            credential
                .validate(agent)
                .map_err(|why| error(format!("agents.{name}.credentials: {why}")))?;
        }
    }
    let named = [
        ("analyze", &roles.analyze),
        ("repair", &roles.repair),
        ("optimize", &roles.optimize),
    ];
    for (role, name) in named {
        if let Some(name) = name {
            somebody(agents, name).map_err(|why| error(format!("roles.{role}: {why}")))?;
        }
    }
    Ok(())
}

fn error(what: String) -> ConfigError {
    ConfigError(what)
}

fn embedded() -> impl Iterator<Item = &'static str> {
    agents::ALL.iter().map(|agent| agent.name)
}

fn did_you_mean<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> String {
    match closest(name, names) {
        Some(known) => format!("; did you mean `{known}`?"),
        None => String::new(),
    }
}

/// A section without a component is about one that comes with Sentinel.
fn known(name: &str, agent: &Agent) -> Result<(), ConfigError> {
    if agent.component.is_some() || embedded().any(|known| known == name) {
        return Ok(());
    }
    Err(error(format!(
        "agents.{name}: no agent of this name comes with Sentinel{}; name its file: component = \
         \"{name}.wasm\"",
        did_you_mean(name, embedded())
    )))
}

fn somebody(agents: &Agents, name: &str) -> Result<(), String> {
    let mut names: BTreeSet<&str> = agents.keys().map(String::as_str).collect();
    for own in embedded() {
        names.insert(own);
    }
    match names.contains(name) {
        true => Ok(()),
        false => Err(format!(
            "there is no agent `{name}`{}",
            did_you_mean(name, names.into_iter())
        )),
    }
}

/// `http = true` would be every host there is.
fn hosts(name: &str, agent: &Agent) -> Result<(), ConfigError> {
    match agent.grant.as_ref().map(|grant| &grant.http) {
        Some(Switch::On(http)) if http.hosts.is_empty() && http.inside.is_empty() => Err(error(
            format!("agents.{name}.grant.http: name the hosts: http = {{ hosts = [\"…\"] }}"),
        )),
        Some(Switch::On(_) | Switch::Off) | None => Ok(()),
    }
}

impl Credential {
    fn validate(&self, agent: &Agent) -> Result<(), String> {
        let host = &self.host;
        if !host.is_one_host() {
            return Err(format!(
                "{host}: a credential is for one host, without `*.`"
            ));
        }
        let among = |hosts: &[HostPattern]| hosts.iter().any(|other| host.is_within(other));
        let given = agent.grant.as_ref();
        let (hosts, inside) = match given.map(|given| &given.http) {
            Some(Switch::On(http)) => (http.hosts.as_slice(), http.inside.as_slice()),
            Some(Switch::Off) | None => (&[][..], &[][..]),
        };
        if !among(hosts) && !among(inside) {
            return Err(format!(
                "{host} is not among the hosts of grant.http, so it would never be attached"
            ));
        }
        if host.is_plain() && !among(inside) {
            return Err(format!(
                "{host}: without TLS a secret is attached only to a host that is listed in \
                 grant.http.inside"
            ));
        }
        Ok(())
    }
}
