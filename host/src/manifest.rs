//! What a component says of itself, embedded in it as a custom section and
//! read without running it.
//!
//! The section `sentinel:manifest` holds TOML text:
//!
//! ```toml
//! manifest = 1
//! name = "patchbot"
//! version = "0.1.0"
//! kinds = ["repair"]
//!
//! [capabilities.input]
//! reason = "the log shows the diff that a formatter wants"
//!
//! [capabilities.http]
//! reason = "asks the package index which versions exist"
//! hosts = ["index.example.org"]
//! requests = 10
//!
//! [limits]
//! memory_bytes = 67108864
//!
//! [config.rules]
//! description = "further rules, in the format of rules/*.rules"
//! ```

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::grant::{
    Budgets, Capability, Globs, HostPattern, HostRule, InvalidScope, Limits, PathRule, Permissions,
};
use crate::task::TaskKind;

/// The name of the custom section.
pub const SECTION: &str = "sentinel:manifest";

/// Longest manifest, in bytes: a page or two of text.
pub const MAX_BYTES: usize = 64 * 1024;

/// The only version of the format so far.
const FORMAT: u32 = 1;

/// Longest reason or description, in characters: people read it in a list.
const MAX_TEXT_CHARS: usize = 500;

/// Settings an agent may declare.
const MAX_SETTINGS: usize = 64;

/// A manifest, checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Manifest {
    pub name: String,
    pub version: String,
    pub kinds: BTreeSet<TaskKind>,
    /// Each with its reason, for whoever grants it.
    pub capabilities: BTreeMap<Capability, Request>,
    pub limits: LimitRequest,
    pub config: BTreeMap<String, Setting>,
}

/// A capability an agent asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// What for, in a sentence.
    pub reason: String,
    /// `workspace` only: the paths it reads; all where it is left out.
    #[serde(default, skip_serializing_if = "Globs::is_empty")]
    pub paths: Globs,
    /// `http` only: the hosts it asks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<HostPattern>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
}

/// Limits an agent asks to be other than the default; the operator's are the
/// ceiling whatever it asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wall_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<usize>,
}

/// A setting the operator may give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    pub description: String,
    #[serde(default)]
    pub required: bool,
    /// The only values it may have; any text where it is left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// The text as written, before it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// Absent where a checked manifest is read back from where we stored it.
    #[serde(default)]
    manifest: Option<u32>,
    name: String,
    version: String,
    kinds: BTreeSet<TaskKind>,
    #[serde(default)]
    capabilities: BTreeMap<Capability, Request>,
    #[serde(default)]
    limits: LimitRequest,
    #[serde(default)]
    config: BTreeMap<String, Setting>,
}

/// What is wrong with a manifest, for its author.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidManifest {
    #[error("it is {bytes} bytes, the limit is {MAX_BYTES}")]
    TooLong { bytes: usize },
    #[error("it is not UTF-8")]
    NotText,
    #[error("{0}")]
    Toml(String),
    #[error("it begins with `manifest = {found}`; this host reads version {FORMAT}")]
    Format { found: u32 },
    #[error("{key}: {why}")]
    Value { key: String, why: String },
}

impl Manifest {
    /// Parses the section's bytes.
    pub fn parse(bytes: &[u8]) -> Result<Manifest, InvalidManifest> {
        if bytes.len() > MAX_BYTES {
            return Err(InvalidManifest::TooLong { bytes: bytes.len() });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| InvalidManifest::NotText)?;
        let toml = |error: toml::de::Error| InvalidManifest::Toml(error.to_string());
        let written: Written = toml::from_str(text).map_err(toml)?;
        match written.manifest {
            Some(FORMAT) => written.try_into(),
            Some(found) => Err(InvalidManifest::Format { found }),
            None => Err(value("manifest", "write `manifest = 1` as the first line")),
        }
    }

    /// What it asks for, as permissions.
    pub fn requested(&self) -> Permissions {
        let budgets = |request: &Request| {
            let default = Budgets::default();
            Budgets {
                requests: request.requests.unwrap_or(default.requests),
                bytes: request.bytes.unwrap_or(default.bytes),
                tokens: request.tokens.unwrap_or(default.tokens),
            }
        };
        let capability = |capability| self.capabilities.get(&capability);
        let paths = capability(Capability::Workspace).map(|request| PathRule {
            allow: request.paths.clone(),
            deny: Globs::default(),
        });
        let hosts = capability(Capability::Http).map(|request| HostRule {
            hosts: request.hosts.clone(),
        });
        Permissions {
            capabilities: self
                .capabilities
                .iter()
                .map(|(capability, request)| (*capability, budgets(request)))
                .collect(),
            paths: paths.into_iter().collect(),
            hosts: hosts.into_iter().collect(),
        }
    }

    /// What it asks for that `former` did not: what somebody has to approve
    /// before an upgrade runs. Empty where it asks for no more.
    pub fn asks_more_than(&self, former: &Manifest) -> Vec<String> {
        let mut more = Vec::new();
        for (capability, request) in &self.capabilities {
            match former.capabilities.get(capability) {
                None => more.push(format!("{capability}: {}", request.reason)),
                Some(before) => more.extend(request.more_than(before, *capability)),
            }
        }
        more.extend(
            self.kinds
                .difference(&former.kinds)
                .map(|kind| format!("tasks of the kind {}", kind.as_str())),
        );
        more.extend(self.limits.more_than(&former.limits));
        more
    }

    /// Says what is wrong with settings: unknown, missing or not among the
    /// values an agent takes.
    pub fn check_settings(&self, settings: &BTreeMap<String, String>) -> Result<(), String> {
        for (key, value) in settings {
            let Some(setting) = self.config.get(key) else {
                let known: Vec<&str> = self.config.keys().map(String::as_str).collect();
                return Err(format!(
                    "{} has no setting `{key}`; it has: {}",
                    self.name,
                    known.join(", ")
                ));
            };
            if !setting.values.is_empty() && !setting.values.contains(value) {
                return Err(format!(
                    "the setting `{key}` of {} is one of: {}",
                    self.name,
                    setting.values.join(", ")
                ));
            }
        }
        let missing = self
            .config
            .iter()
            .find(|(key, setting)| setting.required && !settings.contains_key(*key));
        match missing {
            Some((key, setting)) => Err(format!(
                "{} needs the setting `{key}`: {}",
                self.name, setting.description
            )),
            None => Ok(()),
        }
    }
}

impl Request {
    fn more_than(&self, before: &Request, capability: Capability) -> Vec<String> {
        let mut more: Vec<String> = self
            .hosts
            .iter()
            .filter(|host| !before.hosts.contains(host))
            .map(|host| format!("{capability}: the host {host}"))
            .collect();
        // Whether one set of globs is inside another nobody can say in
        // general: another set counts as more, unless there was no bound.
        if self.paths != before.paths && !before.paths.is_empty() {
            more.push(format!("{capability}: other paths"));
        }
        let default = Budgets::default();
        let larger = [
            (
                "requests",
                self.requests.map(u64::from),
                before.requests.map(u64::from),
                u64::from(default.requests),
            ),
            ("bytes", self.bytes, before.bytes, default.bytes),
            ("tokens", self.tokens, before.tokens, default.tokens),
        ];
        for (name, now, then, default) in larger {
            let now = now.unwrap_or(default);
            if now > then.unwrap_or(default) {
                more.push(format!("{capability}: up to {now} {name}"));
            }
        }
        more
    }
}

impl LimitRequest {
    /// The operator's limits, lowered to what the agent asks. Asking for more
    /// than the operator allows gets what the operator allows.
    pub fn within(&self, limits: &Limits) -> Limits {
        let mut limits = limits.clone();
        limits.fuel = self.fuel.map_or(limits.fuel, |fuel| fuel.min(limits.fuel));
        limits.wall_ms = self
            .wall_ms
            .map_or(limits.wall_ms, |wall_ms| wall_ms.min(limits.wall_ms));
        limits.memory_bytes = self
            .memory_bytes
            .map_or(limits.memory_bytes, |bytes| bytes.min(limits.memory_bytes));
        limits
    }

    fn more_than(&self, before: &LimitRequest) -> Vec<String> {
        let asks = [
            ("fuel", self.fuel, before.fuel),
            ("wall_ms", self.wall_ms, before.wall_ms),
            (
                "memory_bytes",
                self.memory_bytes.map(|bytes| bytes as u64),
                before.memory_bytes.map(|bytes| bytes as u64),
            ),
        ];
        // None asks for the operator's limit: the most there is.
        let more = |(name, now, then): (&str, Option<u64>, Option<u64>)| match (now, then) {
            (None, Some(_)) => Some(format!("{name}: as much as the operator allows")),
            (Some(now), Some(then)) if now > then => Some(format!("{name}: {now}")),
            (Some(_), Some(_)) | (_, None) => None,
        };
        asks.into_iter().filter_map(more).collect()
    }
}

impl TryFrom<Written> for Manifest {
    type Error = InvalidManifest;

    fn try_from(written: Written) -> Result<Manifest, InvalidManifest> {
        check_name(&written.name)?;
        check_version(&written.version)?;
        if written.kinds.is_empty() {
            return Err(value(
                "kinds",
                "list at least one of analyze, repair, optimize",
            ));
        }
        for (capability, request) in &written.capabilities {
            check_request(*capability, request)?;
        }
        if written.config.len() > MAX_SETTINGS {
            let why = format!("at most {MAX_SETTINGS} settings");
            return Err(value("config", &why));
        }
        for (key, setting) in &written.config {
            check_text(&format!("config.{key}.description"), &setting.description)?;
        }
        Ok(Manifest {
            name: written.name,
            version: written.version,
            kinds: written.kinds,
            capabilities: written.capabilities,
            limits: written.limits,
            config: written.config,
        })
    }
}

fn value(key: &str, why: &str) -> InvalidManifest {
    InvalidManifest::Value {
        key: key.to_owned(),
        why: why.to_owned(),
    }
}

fn check_name(name: &str) -> Result<(), InvalidManifest> {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let well = (1..=64).contains(&name.len())
        && name.bytes().all(good)
        && !name.starts_with('-')
        && !name.ends_with('-');
    match well {
        true => Ok(()),
        false => Err(value(
            "name",
            "1 to 64 lower-case letters, digits and `-`, not at an end",
        )),
    }
}

/// Three numbers and maybe more, as semantic versioning writes them.
fn check_version(version: &str) -> Result<(), InvalidManifest> {
    let core = version.split(['-', '+']).next().unwrap_or("");
    let numbers: Vec<&str> = core.split('.').collect();
    let number = |text: &&str| {
        !text.is_empty() && text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit())
    };
    let good = version.len() <= 64
        && numbers.len() == 3
        && numbers.iter().all(number)
        && version
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-+".contains(&byte));
    match good {
        true => Ok(()),
        false => Err(value("version", "write it as 1.2.3 (semver.org)")),
    }
}

fn check_text(key: &str, text: &str) -> Result<(), InvalidManifest> {
    if text.trim().is_empty() {
        return Err(value(key, "say it in a sentence"));
    }
    if text.chars().count() > MAX_TEXT_CHARS {
        return Err(value(key, &format!("at most {MAX_TEXT_CHARS} characters")));
    }
    match text.chars().any(crate::patch::path::is_invisible) {
        true => Err(value(key, "without control and invisible characters")),
        false => Ok(()),
    }
}

fn check_request(capability: Capability, request: &Request) -> Result<(), InvalidManifest> {
    let key = |field: &str| format!("capabilities.{capability}.{field}");
    check_text(&key("reason"), &request.reason)?;
    if !request.hosts.is_empty() && capability != Capability::Http {
        return Err(value(&key("hosts"), "only `http` has hosts"));
    }
    if request.hosts.is_empty() && capability == Capability::Http {
        return Err(value(&key("hosts"), "name the hosts it asks"));
    }
    if !request.paths.is_empty() && capability != Capability::Workspace {
        return Err(value(&key("paths"), "only `workspace` has paths"));
    }
    let hosts = HostRule::try_from(request.hosts.clone());
    hosts
        .map(|_| ())
        .map_err(|InvalidScope { why, .. }| value(&key("hosts"), &why))
}
