//! `[runner]` of the configuration.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::layers::PreparedLimits;
use super::proxy::{NetworkLimits, Rules};
use crate::grant::HostPattern;

/// How a command is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Namespaces and mounts of its own, seccomp; through bubblewrap.
    Bubblewrap,
    /// Landlock and seccomp, on the machine's own mounts.
    Landlock,
    /// A container of an image that the operator names for a repository.
    Container,
}

impl Tier {
    /// Those that take the machine's own tools, best first.
    pub const ALL: [Tier; 2] = [Tier::Bubblewrap, Tier::Landlock];

    pub fn as_str(self) -> &'static str {
        match self {
            Tier::Bubblewrap => "bubblewrap",
            Tier::Landlock => "landlock",
            Tier::Container => "container",
        }
    }
}

/// Who commands run as where the service is root: `nobody`, who owns nothing.
pub const NOBODY: u32 = 65_534;

/// `[runner]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The tiers that may be used, best first. An empty list runs nothing.
    pub tiers: Vec<Tier>,
    /// The program of that name, by its path or as found in `PATH`.
    pub bubblewrap: PathBuf,
    /// The user commands run as where the service is root.
    pub user: u32,
    /// Where commands look for programs; without it the service's own `PATH`.
    pub path: Option<String>,
    /// Whether cgroups are used where they can be made.
    pub cgroup: bool,
    /// Commands run at a time; the limits are those of each.
    pub at_once: usize,
    pub limits: Limits,
    /// Package registries, one host each, that prepare steps and commands that
    /// make lock files may reach. Without any nothing has a network.
    pub registries: Vec<HostPattern>,
    /// Those of the operator's own network: their addresses may be private,
    /// and one written with `http://` goes without TLS.
    pub registries_inside: Vec<HostPattern>,
    /// What tools are told of the machine: mirrors, mostly.
    pub env: BTreeMap<String, String>,
    pub network: NetworkLimits,
    pub prepared: PreparedLimits,
    /// How containers are run, for repositories with an image: programs with
    /// their first arguments, of which the first that answers is taken.
    pub containers: Vec<Vec<String>>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            tiers: Tier::ALL.to_vec(),
            bubblewrap: "bwrap".into(),
            user: NOBODY,
            path: None,
            cgroup: true,
            // Each may take as much memory as the limits say.
            at_once: 2,
            limits: Limits::default(),
            registries: Vec::new(),
            registries_inside: Vec::new(),
            env: BTreeMap::new(),
            network: NetworkLimits::default(),
            prepared: PreparedLimits::default(),
            containers: ["podman", "docker"]
                .map(|name| vec![name.to_owned()])
                .to_vec(),
        }
    }
}

impl Settings {
    /// The user a command becomes; none where the service is nobody special
    /// already and it runs as the service does.
    pub fn child_user(&self) -> Option<u32> {
        rustix::process::geteuid().is_root().then_some(self.user)
    }

    /// What is wrong with it, for the person who wrote it.
    pub fn validate(&self) -> Result<(), String> {
        if self.user == 0 {
            return Err("runner.user: 0 is root; commands never run as root".into());
        }
        if self.at_once == 0 {
            return Err("runner.at_once: must be at least 1; `tiers = []` runs nothing".into());
        }
        if self.tiers.contains(&Tier::Container) {
            return Err(
                "runner.tiers: a container takes an image: [repositories.\"…\"] image = \"…\""
                    .into(),
            );
        }
        self.reach()?;
        self.limits.validate()
    }

    /// Whether anything has a network.
    pub fn has_registries(&self) -> bool {
        !self.registries.is_empty() || !self.registries_inside.is_empty()
    }

    /// What the proxy lets pass.
    pub fn rules(&self) -> Rules {
        Rules {
            registries: self.registries.clone(),
            inside: self.registries_inside.clone(),
            limits: self.network.clone(),
        }
    }

    fn reach(&self) -> Result<(), String> {
        let all = self.registries.iter().chain(&self.registries_inside);
        for host in all {
            if !host.is_one_host() {
                return Err(format!(
                    "runner.registries: {host}: name each host; behind `*.` anybody may be"
                ));
            }
        }
        if let Some(host) = self.registries.iter().find(|host| host.is_plain()) {
            return Err(format!(
                "runner.registries: {host}: without TLS only a registry of your own network is \
                 believed: runner.registries_inside"
            ));
        }
        let given = [
            ("network.connections", self.network.connections),
            ("network.bytes", self.network.bytes),
            ("network.idle_seconds", self.network.idle_seconds),
            ("prepared.bytes", self.prepared.bytes),
            ("prepared.layers", self.prepared.layers as u64),
            ("prepared.layer_bytes", self.prepared.layer_bytes),
        ];
        match given.into_iter().find(|(_, value)| *value == 0) {
            Some((key, _)) => Err(format!("runner.{key}: must be at least 1")),
            None => Ok(()),
        }
    }
}

/// `[runner.limits]`: how much one command may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Wall time in seconds, after which everything it started is killed.
    pub wall_seconds: u64,
    /// Processor time in seconds, of each process.
    pub cpu_seconds: u64,
    /// Memory in bytes: of all processes together, the copy of the workspace
    /// included, where there is a cgroup; of each process elsewhere.
    pub memory_bytes: u64,
    /// Processes and threads at a time.
    pub processes: u64,
    /// Bytes printed, after which the command is killed.
    pub output_bytes: u64,
    /// Bytes kept of each stream: a quarter from its beginning, the rest from
    /// its end.
    pub kept_bytes: usize,
    /// Bytes of the copy of the workspace; `/tmp` and the home have as much
    /// each.
    pub scratch_bytes: u64,
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes of the build caches that the first run of a repair leaves to the
    /// next ones; never more than a quarter of `scratch_bytes`.
    pub cache_bytes: u64,
    /// Open files of each process.
    pub open_files: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            // A formatter takes seconds, a test suite minutes.
            wall_seconds: 600,
            cpu_seconds: 1_200,
            // Compilers take gigabytes, and node and java reserve two.
            memory_bytes: 6 * 1024 * 1024 * 1024,
            // Enough for a parallel build, few for a fork bomb.
            processes: 512,
            output_bytes: 64 * 1024 * 1024,
            kept_bytes: 1024 * 1024,
            scratch_bytes: 2 * 1024 * 1024 * 1024,
            file_bytes: 1024 * 1024 * 1024,
            // It is laid into memory for every run; a Go standard library and
            // a few dozen packages have a quarter of it.
            cache_bytes: 512 * 1024 * 1024,
            open_files: 4_096,
        }
    }
}

impl Limits {
    /// Bytes of build caches, where they have to fit beside what a run writes.
    pub fn kept_caches(&self) -> u64 {
        self.cache_bytes.min(self.scratch_bytes / 4)
    }

    fn validate(&self) -> Result<(), String> {
        let given = [
            ("wall_seconds", self.wall_seconds),
            ("cpu_seconds", self.cpu_seconds),
            ("memory_bytes", self.memory_bytes),
            ("processes", self.processes),
            ("output_bytes", self.output_bytes),
            ("kept_bytes", self.kept_bytes as u64),
            ("scratch_bytes", self.scratch_bytes),
            ("file_bytes", self.file_bytes),
            ("cache_bytes", self.cache_bytes),
            ("open_files", self.open_files),
        ];
        for (key, value) in given {
            if value == 0 {
                return Err(format!("runner.limits.{key}: must be at least 1"));
            }
        }
        Ok(())
    }
}
