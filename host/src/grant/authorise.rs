//! The one function that decides every effect a guest asks for.

use core::net::IpAddr;

use super::Grant;
use super::address::{AddressKind, kind_of};
use super::permissions::{Budgets, Capability};
use crate::time::Timestamp;

/// Something a guest asks the host to do or to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect<'a> {
    /// List the task's files, or read one: all of them are the task's.
    Input,
    /// List the tree.
    List,
    /// Read or stat a path of the tree.
    Read(&'a str),
    /// Run a command the host derived, by its id.
    Run(&'a str),
    /// Ask a model.
    Complete,
    /// Look at what became of this failure before.
    History,
    /// Send a request to a host by name.
    Request { host: &'a str, port: u16, tls: bool },
    /// Connect to what that name resolved to. `inside` says that the operator
    /// named this host as one of their own network.
    Connect { address: IpAddr, inside: bool },
}

impl Effect<'_> {
    /// The capability it belongs to.
    pub fn capability(&self) -> Capability {
        match self {
            Effect::Input => Capability::Input,
            Effect::List | Effect::Read(_) => Capability::Workspace,
            Effect::Run(_) => Capability::Runner,
            Effect::Complete => Capability::Model,
            Effect::History => Capability::History,
            Effect::Request { .. } | Effect::Connect { .. } => Capability::Http,
        }
    }
}

/// Proof that an effect was authorised, with what of it may be used. Only
/// [`Grant::authorise`] makes one; whoever causes an effect demands it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Permit {
    capability: Capability,
    budgets: Budgets,
}

impl Permit {
    pub fn capability(&self) -> Capability {
        self.capability
    }

    pub fn budgets(&self) -> Budgets {
        self.budgets
    }

    /// The same with at most this many bytes: what earlier answers left.
    pub fn with_bytes(&self, left: u64) -> Permit {
        let bytes = self.budgets.bytes.min(left);
        Permit {
            capability: self.capability,
            budgets: Budgets {
                bytes,
                ..self.budgets
            },
        }
    }
}

/// A refusal that teaches: what, by which rule, what would allow it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Refusal {
    pub capability: Capability,
    pub rule: String,
    pub remedy: String,
}

impl Grant {
    /// Whether this grant still counts. Asked before a task starts and before
    /// every effect outside the sandbox.
    pub fn valid_at(&self, now: Timestamp) -> bool {
        now < self.expires
    }

    /// Decides one effect. Pure: the same grant and effect, the same answer;
    /// called when something is opened, before anything happens.
    pub fn authorise(&self, effect: Effect<'_>) -> Result<Permit, Refusal> {
        let capability = effect.capability();
        let Some(budgets) = self.permissions.capabilities.get(&capability) else {
            return Err(self.absent(capability));
        };
        match effect {
            Effect::Input | Effect::List | Effect::Run(_) | Effect::Complete | Effect::History => {}
            Effect::Read(path) => self.path(path)?,
            Effect::Request { host, port, tls } => self.host(host, port, tls)?,
            Effect::Connect { address, inside } => reachable(address, inside)?,
        }
        Ok(Permit {
            capability,
            budgets: *budgets,
        })
    }

    fn absent(&self, capability: Capability) -> Refusal {
        let name = &self.agent.name;
        let kind = self.kind.as_str();
        let rule = match super::needs(self.kind).contains(&capability) {
            true => format!("this {kind} task's grant does not have the capability `{capability}`"),
            false => format!("{kind} tasks never get the capability `{capability}`"),
        };
        let remedy = format!(
            "the manifest must request `{capability}` with a reason, and the operator grants it \
             in sentinel.toml: [agents.{name}.grant] {capability} = true"
        );
        Refusal {
            capability,
            rule,
            remedy,
        }
    }

    fn path(&self, path: &str) -> Result<(), Refusal> {
        for rule in &self.permissions.paths {
            let allowed =
                (rule.allow.is_empty() || rule.allow.matches(path)) && !rule.deny.matches(path);
            if !allowed {
                return Err(Refusal {
                    capability: Capability::Workspace,
                    rule: format!("the path `{path}` is outside of what this task may read"),
                    remedy: format!(
                        "sentinel.toml: [agents.{}.grant] workspace = {{ allow = [\"{path}\"] }}, \
                         and the same in the agent's manifest",
                        self.agent.name
                    ),
                });
            }
        }
        Ok(())
    }

    fn host(&self, host: &str, port: u16, tls: bool) -> Result<(), Refusal> {
        let hosts = &self.permissions.hosts;
        // Nobody named a host: nothing is allowed, not everything.
        let named = !hosts.is_empty()
            && hosts.iter().all(|rule| {
                rule.hosts
                    .iter()
                    .any(|pattern| pattern.matches(host, port, tls))
            });
        if named {
            return Ok(());
        }
        let scheme = if tls { "https" } else { "http" };
        Err(Refusal {
            capability: Capability::Http,
            rule: format!("{scheme}://{host}:{port} is not on this task's list of hosts"),
            remedy: format!(
                "sentinel.toml: [agents.{}.grant] http = {{ hosts = [\"{}{host}:{port}\"] }}, and \
                 the same in the agent's manifest",
                self.agent.name,
                if tls { "" } else { "http://" },
            ),
        })
    }
}

/// The address behind an allowed name.
fn reachable(address: IpAddr, inside: bool) -> Result<(), Refusal> {
    let refuse = |what: &str, remedy: &str| {
        Err(Refusal {
            capability: Capability::Http,
            rule: format!("the name resolves to {address}, {what}"),
            remedy: remedy.to_owned(),
        })
    };
    let list = "if that host is meant, list its name in sentinel.toml under \
                [agents.NAME.grant] http = { inside = [\"…\"] }";
    match (kind_of(address), inside) {
        (AddressKind::Public, _) => Ok(()),
        (AddressKind::Private | AddressKind::Loopback, true) => Ok(()),
        (AddressKind::Private, false) => refuse("which is inside a private network", list),
        (AddressKind::Loopback, false) => refuse("which is this machine", list),
        (AddressKind::LinkLocal, _) => refuse(
            "where clouds serve credentials",
            "nothing allows link-local and metadata addresses",
        ),
        (AddressKind::Reserved, _) => refuse(
            "which no host has",
            "nothing allows unspecified, multicast, documentation and reserved addresses",
        ),
    }
}
