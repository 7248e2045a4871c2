//! What an operator grants an agent: `[agents.NAME.grant]` of the
//! configuration.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, Deserializer, Error, MapAccess, Visitor, value::MapAccessDeserializer,
};

use super::permissions::{
    Budgets, Capability, Globs, HostPattern, HostRule, PathRule, Permissions,
};

/// `[agents.NAME.grant]`. What is not named is not granted.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Given {
    pub input: Switch<Plain>,
    pub workspace: Switch<Paths>,
    pub runner: Switch<Plain>,
    pub model: Switch<Plain>,
    pub history: Switch<Plain>,
    pub http: Switch<Hosts>,
}

/// `true`, `false` or a table that says how far.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Switch<T> {
    #[default]
    Off,
    On(T),
}

/// A capability without a scope.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Plain {
    pub requests: Option<u32>,
    pub bytes: Option<u64>,
    pub tokens: Option<u64>,
}

/// Which paths of the tree.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Paths {
    /// Globs; every path where it is left out.
    pub allow: Globs,
    pub deny: Globs,
}

/// Which hosts. `true` alone would be every host there is, so it is refused.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hosts {
    pub hosts: Vec<HostPattern>,
    /// Those among them that are inside the operator's own network: their
    /// addresses may be private.
    pub inside: Vec<HostPattern>,
    pub requests: Option<u32>,
    pub bytes: Option<u64>,
}

impl Given {
    /// As permissions.
    pub fn permissions(&self) -> Permissions {
        let mut permissions = Permissions::none();
        let plain = [
            (Capability::Input, &self.input),
            (Capability::Runner, &self.runner),
            (Capability::Model, &self.model),
            (Capability::History, &self.history),
        ];
        for (capability, switch) in plain {
            if let Switch::On(plain) = switch {
                let budgets = budgets(plain.requests, plain.bytes, plain.tokens);
                permissions.capabilities.insert(capability, budgets);
            }
        }
        if let Switch::On(paths) = &self.workspace {
            let budgets = Budgets::default();
            permissions
                .capabilities
                .insert(Capability::Workspace, budgets);
            permissions.paths.push(PathRule {
                allow: paths.allow.clone(),
                deny: paths.deny.clone(),
            });
        }
        if let Switch::On(http) = &self.http {
            let budgets = budgets(http.requests, http.bytes, None);
            permissions.capabilities.insert(Capability::Http, budgets);
            let hosts = http.hosts.iter().chain(&http.inside).cloned().collect();
            permissions.hosts.push(HostRule { hosts });
        }
        permissions
    }

    /// The hosts that are inside the operator's network.
    pub fn inside(&self) -> &[HostPattern] {
        match &self.http {
            Switch::On(http) => &http.inside,
            Switch::Off => &[],
        }
    }
}

fn budgets(requests: Option<u32>, bytes: Option<u64>, tokens: Option<u64>) -> Budgets {
    let default = Budgets::default();
    Budgets {
        requests: requests.unwrap_or(default.requests),
        bytes: bytes.unwrap_or(default.bytes),
        tokens: tokens.unwrap_or(default.tokens),
    }
}

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Switch<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(SwitchVisitor(PhantomData))
    }
}

struct SwitchVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for SwitchVisitor<T> {
    type Value = Switch<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`true`, `false` or a table")
    }

    fn visit_bool<E: Error>(self, on: bool) -> Result<Switch<T>, E> {
        Ok(match on {
            true => Switch::On(T::default()),
            false => Switch::Off,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Switch<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Switch::On)
    }
}
