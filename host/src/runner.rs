//! Runs a failed command on a copy of the workspace, in an OS sandbox.
//!
//! A repository's files execute here (build scripts, plugins, test code), so
//! what may run is no boundary: the sandbox is. Two tiers hold it, and what
//! each of them promises is the table of `RUNNER.md`; without either a command
//! is refused, and the patch stays "not validated".
//!
//! The way of one run: [`Runner::run`] starts this program again as
//! `enter`, which takes on limits, cgroup and user and becomes bubblewrap or
//! the keeper. The keeper (`keep`) writes the tree, runs the command, ends
//! everything that is left of it, and only then looks at what changed. What
//! the changes mean is decided back here, in process.
//!
//! What commands there are is not decided here: `command` derives them.

mod answer;
mod bubblewrap;
mod cgroup;
mod confine;
mod container;
mod edits;
mod enter;
mod keep;
mod layers;
mod plan;
mod probe;
mod proxy;
mod seccomp;
mod settings;
mod system;
mod talk;
mod tools;
mod wire;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

pub use answer::Stream;
pub use cgroup::Version;
pub use container::{Image, engine};
pub use edits::StaleEdit;
pub use enter::{STAGES, Stage, stage};
pub use layers::{Layers, Part, PreparedLimits};
pub use probe::{Absent, Probe};
pub use proxy::{Contact, NetworkLimits, Proxy, Resolve, Rules, Verdict};
pub use settings::{Limits, Settings, Tier};
pub use tools::{LeftOut, Tools};

use crate::proposal::Edit;
use crate::tree::{Files, Tree};
use cgroup::Cgroup;
use edits::Overlay;

/// A command, ready to be run: nothing in it is looked up in a shell of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub argv: Vec<String>,
    /// What stands for the workspace's own directory in what is printed, with
    /// its last slash. Empty: files are named as the repository does.
    pub shown_as: String,
    /// Relative to the workspace; empty is its root.
    pub directory: String,
    pub env: BTreeMap<String, String>,
    pub around: Around,
}

/// What a command has beside the tree; by default nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Around {
    /// A way to the operator's registries.
    pub network: bool,
    /// What a prepare step left.
    pub prepared: Option<PathBuf>,
    /// Where what this command leaves is kept, if it ends well.
    pub keep: Option<Keeping>,
    /// Whether both of its streams are one, as in CI: what it printed is then
    /// in `stdout`, in the order in which it was written.
    pub one_stream: bool,
    /// What is done about the caches of build tools.
    pub caches: Option<Caches>,
    /// The image it runs in, in the place of the machine's own tools.
    pub image: Option<Image>,
}

/// Caches of build tools, between the runs of one repair; `by_time` those too
/// that know what is stale by times alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caches {
    /// What the command leaves in them is kept, if it changes nothing else.
    Keep { into: Keeping, by_time: bool },
    /// What an earlier run left is laid down, a copy.
    Lay { path: PathBuf, by_time: bool },
}

/// Where something is kept, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keeping {
    /// A file that is not there yet.
    pub path: PathBuf,
    pub bytes: u64,
}

/// The tree a command runs on.
#[derive(Debug, Clone)]
pub struct Source {
    pub tree: Arc<Tree>,
    pub files: Arc<dyn Files>,
}

/// What a command did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// None where a signal ended it.
    pub exit: Option<i32>,
    pub signal: Option<i32>,
    pub stdout: Stream,
    pub stderr: Stream,
    pub duration: Duration,
    /// The limit that ended it, if one did.
    pub killed: Option<Why>,
    pub tier: Tier,
    /// What it changed, as edits of the tree with the given edits in it.
    pub edits: Vec<Edit>,
    /// What it changed that is no edit, and why; bounded.
    pub notes: Vec<String>,
    /// Bytes of what it left for later runs, where that is kept.
    pub layer: Option<u64>,
    /// The same of build caches.
    pub caches: Option<u64>,
    /// Which registries it spoke with.
    pub contacts: Vec<Contact>,
}

/// The limit that ended a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Wall time.
    Time,
    /// More printed than a log may hold.
    Output,
    /// More written than the copy may hold.
    Scratch,
    /// The memory of all its processes together.
    Memory,
    /// Nobody waits for it any more.
    Cancelled,
}

impl Why {
    pub fn as_str(self) -> &'static str {
        match self {
            Why::Time => "time",
            Why::Output => "output",
            Why::Scratch => "scratch",
            Why::Memory => "memory",
            Why::Cancelled => "cancelled",
        }
    }
}

/// Why a command was not run, or nothing is known of it.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("not validated: no OS sandbox works here: {0}")]
    NoSandbox(String),
    #[error("{0}")]
    Edit(#[from] StaleEdit),
    #[error("the workspace has {bytes} bytes; runner.limits.scratch_bytes is {limit}")]
    TooLarge { bytes: u64, limit: u64 },
    #[error("the tree cannot be read: {0}")]
    Tree(std::io::Error),
    #[error(
        "the {} tier has no network: registries are reached, and prepare steps run, in \
         bubblewrap only", .0.as_str()
    )]
    NoNetwork(Tier),
    #[error("no registry may be reached; `registries` below [runner] names those that may")]
    NoRegistries,
    #[error(
        "no container runs here: {0}; install podman or docker, or take `image` out of the \
         repository's section"
    )]
    NoContainer(String),
    #[error("the command does not start: {0}")]
    Unstartable(String),
    #[error("the sandbox broke: {0}")]
    Broken(String),
}

/// Ends a run early, from another thread.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    pub fn now(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Runs commands, one sandbox each.
#[derive(Debug)]
pub struct Runner {
    settings: Settings,
    /// This program, which the sandbox is entered with.
    program: PathBuf,
    tools: Tools,
    probe: OnceLock<Probe>,
}

impl Runner {
    /// `program` is the `sentinel` that is called for the steps inside. Reads
    /// the operator's `PATH` and its tools; runs nothing yet.
    pub fn new(settings: Settings, program: PathBuf) -> Runner {
        let path = settings.path.clone();
        let path = path.or_else(|| std::env::var("PATH").ok());
        let tools = Tools::of(path.as_deref().unwrap_or_default());
        Runner {
            settings,
            program,
            tools,
            probe: OnceLock::new(),
        }
    }

    /// The tools that commands find, and those that were left out.
    pub fn tools(&self) -> &Tools {
        &self.tools
    }

    /// What tells these tools from those of another machine or day: where they
    /// are, and when they were last changed.
    pub fn identity(&self) -> Vec<String> {
        let one = |place: &PathBuf| {
            let changed = place.metadata().and_then(|found| found.modified());
            format!("{} {:?}", place.display(), changed.ok())
        };
        let all = self.tools.directories.iter().chain(&self.tools.binds);
        all.map(one).collect()
    }

    pub fn limits(&self) -> &Limits {
        &self.settings.limits
    }

    /// What every command is told of the machine.
    pub fn env(&self) -> &BTreeMap<String, String> {
        &self.settings.env
    }

    /// Which tier works here, found out by running something in it, once.
    pub fn probe(&self) -> &Probe {
        self.probe.get_or_init(|| probe::probe(self))
    }

    /// Runs a command in the best tier there is, on the tree with these edits
    /// in it. Blocks; the thread must live as long as the run, because the
    /// sandbox dies with it.
    pub fn run(
        &self,
        order: &Order,
        source: &Source,
        edits: &[Edit],
        stop: &Stop,
    ) -> Result<Ran, RunError> {
        if order.around.image.is_some() {
            return self.run_in(Tier::Container, order, source, edits, stop);
        }
        let probe = self.probe();
        let Some(tier) = probe.tier else {
            return Err(RunError::NoSandbox(probe.reasons()));
        };
        self.run_in(tier, order, source, edits, stop)
    }

    /// The same in a tier of the caller's choice.
    pub fn run_in(
        &self,
        tier: Tier,
        order: &Order,
        source: &Source,
        edits: &[Edit],
        stop: &Stop,
    ) -> Result<Ran, RunError> {
        let proxy = self.way(tier, &order.around)?;
        let overlay = Overlay::of(source, edits)?;
        let limit = self.settings.limits.scratch_bytes;
        let bytes = overlay.bytes();
        if bytes > limit {
            return Err(RunError::TooLarge { bytes, limit });
        }
        let container = match (&order.around.image, tier) {
            (Some(_), Tier::Container) => {
                let container = container::Container::with(&self.settings.containers);
                Some(container.map_err(RunError::NoContainer)?)
            }
            (None | Some(_), _) => None,
        };
        // An engine makes one of its own.
        let cgroup = match self.settings.cgroup && container.is_none() {
            true => Cgroup::create(&self.settings.limits).ok(),
            false => None,
        };
        let scratch = plan::Scratch::make(tier, self.settings.child_user())?;
        let socket = proxy.as_ref().map(Proxy::socket);
        let plan = plan::plan(
            self,
            tier,
            order,
            cgroup.as_ref(),
            &scratch,
            socket,
            container.as_ref(),
        );
        let keep = plan::keep(self, tier, order, &scratch, bytes);
        let told = talk::talk(self, &plan, &keep, &overlay, cgroup.as_ref(), stop)?;
        let memory = cgroup.as_ref().is_some_and(Cgroup::ran_out_of_memory);
        let shown = (keep.workspace.as_path(), order.shown_as.as_str());
        let mut ran = answer::ran(told, tier, &overlay, shown, memory)?;
        ran.contacts = proxy.map(Proxy::finish).unwrap_or_default();
        Ok(ran)
    }

    /// The way to registries for one run, if it has one.
    fn way(&self, tier: Tier, around: &Around) -> Result<Option<Proxy>, RunError> {
        let alone = tier != Tier::Bubblewrap;
        // What was prepared names the places of the bubblewrap tier.
        let placed = around.prepared.is_some() || around.keep.is_some() || around.caches.is_some();
        if alone && (around.network || placed) {
            return Err(RunError::NoNetwork(tier));
        }
        if !around.network {
            return Ok(None);
        }
        if !self.settings.has_registries() {
            return Err(RunError::NoRegistries);
        }
        let user = self.settings.child_user();
        let started = Proxy::start(&self.settings.rules(), user);
        started
            .map(Some)
            .map_err(|error| RunError::Broken(format!("no way to the registries: {error}")))
    }
}
