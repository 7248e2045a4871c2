//! Which tier works on this machine, found out by running something in it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::cgroup::{Cgroup, Version};
use super::settings::Tier;
use super::{Around, Order, RunError, Runner, Source, Stop};
use crate::tree::{Entry, Files, Tree, blob_id};

/// What works here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The best that works.
    pub tier: Option<Tier>,
    /// Those above it, best first.
    pub absent: Vec<Absent>,
    /// Whether runs have a cgroup, and why not.
    pub cgroup: Result<Version, String>,
    /// What the run took that worked, from asking for it to its edits.
    pub took: Duration,
}

/// A tier that does not work here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absent {
    pub tier: Tier,
    pub why: String,
    /// What would get it.
    pub remedy: &'static str,
}

impl Probe {
    /// Why nothing works, for whoever wanted to run something.
    pub fn reasons(&self) -> String {
        let one = |absent: &Absent| {
            let (tier, why, remedy) = (absent.tier.as_str(), &absent.why, absent.remedy);
            format!("{tier}: {why} ({remedy})")
        };
        match self.absent.is_empty() {
            true => "runner.tiers is empty".to_owned(),
            false => self.absent.iter().map(one).collect::<Vec<_>>().join("; "),
        }
    }
}

/// A file of the probe's tree and what is in it.
const FILE: (&str, &str) = ("asked", "sentinel\n");

/// What the probe runs: reads the tree, writes to it, and must not be able to
/// write beside it.
const SCRIPT: &str = "read word < asked && echo \"$word\" > answered && \
                      if (echo > /usr/sentinel-probe) 2>/dev/null; then exit 3; fi; exit 7";

/// What it ends with where all that is so.
const EXPECTED: i32 = 7;

pub fn probe(runner: &Runner) -> Probe {
    Cgroup::sweep();
    let cgroup = match runner.settings.cgroup {
        true => Cgroup::create(&runner.settings.limits)
            .map(|cgroup| cgroup.version())
            .map_err(|error| error.to_string()),
        false => Err("runner.cgroup is false".to_owned()),
    };
    let mut absent = Vec::new();
    for tier in runner.settings.tiers.iter().copied() {
        let started = Instant::now();
        match works(runner, tier) {
            Ok(()) => {
                return Probe {
                    tier: Some(tier),
                    absent,
                    cgroup,
                    took: started.elapsed(),
                };
            }
            Err(why) => absent.push(Absent {
                remedy: remedy(tier, &why),
                tier,
                why,
            }),
        }
    }
    Probe {
        tier: None,
        absent,
        cgroup,
        took: Duration::ZERO,
    }
}

fn works(runner: &Runner, tier: Tier) -> Result<(), String> {
    let order = Order {
        argv: ["/bin/sh", "-c", SCRIPT].map(str::to_owned).to_vec(),
        shown_as: String::new(),
        directory: String::new(),
        env: BTreeMap::new(),
        around: Around::default(),
    };
    let ran = runner.run_in(tier, &order, &source(), &[], &Stop::default());
    let ran = ran.map_err(|error| match error {
        RunError::Broken(why) => why,
        error => error.to_string(),
    })?;
    let answered = ran.edits.iter().any(|edit| edit.path == "answered");
    match ran.exit {
        Some(EXPECTED) if answered => Ok(()),
        _ => Err(format!(
            "a shell ended with {:?} where it should with {EXPECTED}: {}",
            ran.exit,
            String::from_utf8_lossy(&ran.stderr.text()).trim()
        )),
    }
}

fn remedy(tier: Tier, why: &str) -> &'static str {
    let missing = why.contains("No such file") || why.contains("os error 2");
    match tier {
        Tier::Bubblewrap if missing => "apt-get install bubblewrap, or dnf install bubblewrap",
        Tier::Bubblewrap => {
            "user namespaces must be allowed: sysctl kernel.unprivileged_userns_clone=1 \
             kernel.apparmor_restrict_unprivileged_userns=0; in a container, one that may \
             make them"
        }
        Tier::Container => "install podman or docker",
        Tier::Landlock => {
            "it takes Linux 6.12 or later with `landlock` in the kernel's list of security \
             modules (boot with lsm=landlock,…)"
        }
    }
}

fn source() -> Source {
    let (path, text) = FILE;
    let entry = Entry {
        kind: crate::tree::EntryKind::File,
        id: blob_id(text.as_bytes()),
        size: Some(text.len() as u64),
    };
    let mut tree = Tree::default();
    let inserted = tree.insert(path.to_owned(), entry);
    inserted.expect("one short path");
    Source {
        tree: Arc::new(tree),
        files: Arc::new(One),
    }
}

/// The one file of that tree.
#[derive(Debug)]
struct One;

impl Files for One {
    fn bytes(&self, _: &str, _: &Entry) -> std::io::Result<Vec<u8>> {
        Ok(FILE.1.as_bytes().to_vec())
    }
}
