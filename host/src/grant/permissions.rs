//! Capabilities, how far each reaches, and what two parties both allow.

use std::collections::BTreeMap;
use std::fmt;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::{Deserialize, Serialize};

use super::host::{canonical, is_address, split_port};

/// What a guest can reach through the host, beside `log` and `progress`,
/// which are always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// The task's files under `/input`.
    Input,
    /// The repository's tree under `/workspace`.
    Workspace,
    /// Commands the host derived, run in an OS sandbox.
    Runner,
    /// A language model.
    Model,
    /// Past incidents and fixes of this repository.
    History,
    /// Outgoing HTTP.
    Http,
}

impl Capability {
    pub const ALL: [Capability; 6] = [
        Capability::Input,
        Capability::Workspace,
        Capability::Runner,
        Capability::Model,
        Capability::History,
        Capability::Http,
    ];

    /// As manifests, configurations and denials name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Capability::Input => "input",
            Capability::Workspace => "workspace",
            Capability::Runner => "runner",
            Capability::Model => "model",
            Capability::History => "history",
            Capability::Http => "http",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How much of a capability one task may use. Two parties' budgets intersect
/// to the smaller of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budgets {
    /// Requests: commands run, completions asked for, HTTP requests made.
    pub requests: u32,
    /// Bytes of all answers of one capability together.
    pub bytes: u64,
    /// Tokens of a model, prompts and completions together.
    pub tokens: u64,
}

impl Default for Budgets {
    fn default() -> Self {
        Budgets {
            // Enough for an agent that looks something up, few enough that a
            // loop ends soon.
            requests: 32,
            bytes: 16 * 1024 * 1024,
            tokens: 100_000,
        }
    }
}

impl Budgets {
    fn and(self, other: Budgets) -> Budgets {
        Budgets {
            requests: self.requests.min(other.requests),
            bytes: self.bytes.min(other.bytes),
            tokens: self.tokens.min(other.tokens),
        }
    }
}

/// Which paths of the tree may be read: one party's word. A path is readable
/// if every party's rule lets it through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathRule {
    /// Globs; empty allows every path.
    #[serde(default, skip_serializing_if = "Globs::is_empty")]
    pub allow: Globs,
    /// Globs that are never readable.
    #[serde(default, skip_serializing_if = "Globs::is_empty")]
    pub deny: Globs,
}

/// Which hosts may be asked: one party's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<HostPattern>", into = "Vec<HostPattern>")]
pub struct HostRule {
    pub hosts: Vec<HostPattern>,
}

impl TryFrom<Vec<HostPattern>> for HostRule {
    type Error = InvalidScope;
    fn try_from(hosts: Vec<HostPattern>) -> Result<Self, InvalidScope> {
        match hosts.len() > MAX_PATTERNS {
            false => Ok(HostRule { hosts }),
            true => Err(InvalidScope {
                pattern: "hosts".into(),
                what: "list of hosts",
                why: format!("it has more than {MAX_PATTERNS} entries"),
            }),
        }
    }
}

impl From<HostRule> for Vec<HostPattern> {
    fn from(rule: HostRule) -> Vec<HostPattern> {
        rule.hosts
    }
}

/// A host and port that may be asked over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostPattern {
    /// A name in lower case, or the part below which any name matches.
    name: String,
    /// `*.name`: names below it, not itself.
    below: bool,
    port: u16,
    /// `http://` was written: without TLS.
    plain: bool,
}

/// A pattern that means nothing, or more than its writer thinks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is no {what}: {why}")]
pub struct InvalidScope {
    pub pattern: String,
    pub what: &'static str,
    pub why: String,
}

/// Hosts or globs one rule may list: more is a mistake or an attack.
const MAX_PATTERNS: usize = 256;

/// Longest pattern, in bytes. DNS names end at 253.
const MAX_PATTERN_BYTES: usize = 300;

impl HostPattern {
    /// `name`, `*.name`, `name:port`, `http://name:port`. TLS and port 443
    /// where nothing else is said.
    pub fn parse(text: &str) -> Result<HostPattern, InvalidScope> {
        let invalid = |why: &str| InvalidScope {
            pattern: text.chars().take(80).collect(),
            what: "host pattern",
            why: why.to_owned(),
        };
        if text.len() > MAX_PATTERN_BYTES {
            return Err(invalid("it is too long"));
        }
        let (plain, rest) = match text.strip_prefix("http://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("https://").unwrap_or(text)),
        };
        let (below, rest) = match rest.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let (name, port) = split_port(rest).ok_or_else(|| invalid("its port is no number"))?;
        let Some(name) = canonical(name) else {
            return Err(invalid(
                "write a host's name, `*.` before it, `:port` behind it",
            ));
        };
        // `*.com` would be half the world; `*.0.0.1` a part of an address.
        if below && (!name.contains('.') || is_address(&name)) {
            return Err(invalid(
                "a wildcard needs at least two labels of a name below it",
            ));
        }
        Ok(HostPattern {
            name,
            below,
            port: port.unwrap_or(if plain { 80 } else { 443 }),
            plain,
        })
    }

    /// Whether it names one host and not all below it.
    pub fn is_one_host(&self) -> bool {
        !self.below
    }

    /// Whether every host it matches is matched by the other one too.
    pub fn is_within(&self, other: &HostPattern) -> bool {
        match (self.below, other.below) {
            (true, false) => false,
            (true, true) if self.name == other.name => {
                (self.port, self.plain) == (other.port, other.plain)
            }
            (true, true) | (false, _) => other.matches(&self.name, self.port, !self.plain),
        }
    }

    /// Whether requests to it go without TLS.
    pub fn is_plain(&self) -> bool {
        self.plain
    }

    /// Whether a request to this host, port and scheme matches. `host` is
    /// compared without regard to case and without a trailing dot.
    pub fn matches(&self, host: &str, port: u16, tls: bool) -> bool {
        if self.port != port || self.plain == tls {
            return false;
        }
        let host = host.strip_suffix('.').unwrap_or(host);
        if !self.below {
            return host.eq_ignore_ascii_case(&self.name);
        }
        // The byte before the name must be a dot, and something before that.
        let Some(at) = host.len().checked_sub(self.name.len()) else {
            return false;
        };
        at >= 2
            && host.as_bytes()[at - 1] == b'.'
            && host.as_bytes()[at..].eq_ignore_ascii_case(self.name.as_bytes())
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.plain { "http://" } else { "" };
        let star = if self.below { "*." } else { "" };
        write!(f, "{scheme}{star}{}", self.name)?;
        match (self.plain, self.port) {
            (true, 80) | (false, 443) => Ok(()),
            (_, port) => write!(f, ":{port}"),
        }
    }
}

impl TryFrom<String> for HostPattern {
    type Error = InvalidScope;
    fn try_from(text: String) -> Result<Self, InvalidScope> {
        HostPattern::parse(&text)
    }
}

impl From<HostPattern> for String {
    fn from(pattern: HostPattern) -> String {
        pattern.to_string()
    }
}

/// What is granted, capability by capability; what is absent is denied.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Permissions {
    /// What is there, and how much of it.
    pub capabilities: BTreeMap<Capability, Budgets>,
    /// Every rule must let a path through.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<PathRule>,
    /// Every rule must let a host through.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<HostRule>,
}

impl Permissions {
    /// Nothing but `log` and `progress`.
    pub fn none() -> Permissions {
        Permissions::default()
    }

    /// These capabilities with their default budgets, every path, no host.
    pub fn of(capabilities: &[Capability]) -> Permissions {
        Permissions {
            capabilities: capabilities
                .iter()
                .map(|capability| (*capability, Budgets::default()))
                .collect(),
            ..Permissions::default()
        }
    }

    pub fn has(&self, capability: Capability) -> bool {
        self.capabilities.contains_key(&capability)
    }

    /// What both allow: the capabilities both have with the smaller budgets,
    /// the paths and hosts that both let through.
    pub fn and(&self, other: &Permissions) -> Permissions {
        let both = |(capability, budgets): (&Capability, &Budgets)| {
            let others = other.capabilities.get(capability)?;
            Some((*capability, budgets.and(*others)))
        };
        Permissions {
            capabilities: self.capabilities.iter().filter_map(both).collect(),
            paths: [self.paths.as_slice(), &other.paths].concat(),
            hosts: self.both_hosts(other),
        }
    }

    /// A side that names no host names none, not every one: then no host
    /// passes, whatever the other side says.
    fn both_hosts(&self, other: &Permissions) -> Vec<HostRule> {
        match self.hosts.is_empty() || other.hosts.is_empty() {
            true => Vec::new(),
            false => [self.hosts.as_slice(), &other.hosts].concat(),
        }
    }

    /// What remains of it for these capabilities.
    pub fn only(mut self, needed: &[Capability]) -> Permissions {
        self.capabilities
            .retain(|capability, _| needed.contains(capability));
        self
    }
}

/// Globs, compiled. `*` does not cross `/`; case counts, as in git's paths.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Globs {
    patterns: Vec<String>,
    set: GlobSet,
}

impl Globs {
    /// Refuses globs that do not parse and lists without end, so that matching
    /// cannot fail later.
    pub fn compile(patterns: Vec<String>) -> Result<Globs, InvalidScope> {
        let invalid = |pattern: &str, why: String| InvalidScope {
            pattern: pattern.chars().take(80).collect(),
            what: "path pattern",
            why,
        };
        if patterns.len() > MAX_PATTERNS {
            let why = format!("there are more than {MAX_PATTERNS}");
            return Err(invalid("…", why));
        }
        let mut set = GlobSetBuilder::new();
        for pattern in &patterns {
            if pattern.len() > MAX_PATTERN_BYTES {
                return Err(invalid(pattern, "it is too long".into()));
            }
            let glob = GlobBuilder::new(pattern).literal_separator(true).build();
            set.add(glob.map_err(|error| invalid(pattern, error.to_string()))?);
        }
        let set = set
            .build()
            .map_err(|error| invalid("…", error.to_string()))?;
        Ok(Globs { patterns, set })
    }

    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    pub fn matches(&self, path: &str) -> bool {
        self.set.is_match(path)
    }
}

impl PartialEq for Globs {
    fn eq(&self, other: &Globs) -> bool {
        self.patterns == other.patterns
    }
}

impl Eq for Globs {}

impl TryFrom<Vec<String>> for Globs {
    type Error = InvalidScope;
    fn try_from(patterns: Vec<String>) -> Result<Self, InvalidScope> {
        Globs::compile(patterns)
    }
}

impl From<Globs> for Vec<String> {
    fn from(globs: Globs) -> Vec<String> {
        globs.patterns
    }
}
