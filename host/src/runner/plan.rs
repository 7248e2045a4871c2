//! What is told to the steps inside: to `enter` a [`Plan`], to the keeper a
//! [`Keep`].

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::cgroup::Cgroup;
use super::container::{self, Contained, Container};
use super::settings::{Limits, Tier};
use super::{Around, Caches, Order, RunError, Runner, Why};

/// Where the workspace is inside of bubblewrap.
const WORKSPACE: &str = "/workspace";

/// The home and the temporary directory there.
pub const HOME: &str = "/home/sentinel";
pub const TEMPORARY: &str = "/tmp";

/// How the sandbox is entered.
#[derive(Debug, Serialize, Deserialize)]
pub struct Plan {
    pub tier: Tier,
    /// The user to become; none stays who it is.
    pub user: Option<u32>,
    /// Files that take a process into a cgroup.
    pub cgroups: Vec<PathBuf>,
    pub limits: Limits,
    pub bubblewrap: PathBuf,
    pub program: PathBuf,
    /// Read-only, at the same place inside.
    pub binds: Vec<PathBuf>,
    /// The container, where it is one.
    pub contained: Option<Contained>,
    /// The socket of the way to registries.
    pub proxy: Option<PathBuf>,
    /// What a prepare step left, and where this one is to leave it.
    pub layer_from: Option<PathBuf>,
    pub layer_to: Option<PathBuf>,
    /// Build caches: where they are, and whether they are to be left there.
    pub caches: Option<(PathBuf, bool)>,
    /// Where a Landlock run writes.
    pub scratch: Option<PathBuf>,
}

/// What the keeper does.
#[derive(Debug, Serialize, Deserialize)]
pub struct Keep {
    pub tier: Tier,
    pub workspace: PathBuf,
    pub home: PathBuf,
    pub argv: Vec<String>,
    pub directory: String,
    /// Whether the copy is a git repository.
    pub history: bool,
    /// Whether there is a way to registries.
    pub network: bool,
    /// Whether standard error goes where standard output goes.
    pub one_stream: bool,
    /// Whether something was prepared, and how many bytes may be left.
    pub layer_from: bool,
    pub layer_to: Option<u64>,
    pub caches: Option<KeepCaches>,
    /// Links made in the home, by their place.
    pub links: BTreeMap<PathBuf, PathBuf>,
    /// All of the command's environment.
    pub env: BTreeMap<String, String>,
    pub limits: Limits,
    /// What a Landlock run may read, and where it may write.
    pub read: Vec<PathBuf>,
    pub write: Vec<PathBuf>,
    /// The service is not root, so the command has its user.
    pub shared_user: bool,
}

/// What the keeper does about build caches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeepCaches {
    /// Up to so many bytes are saved.
    Save {
        bytes: u64,
        by_time: bool,
    },
    Lay {
        by_time: bool,
    },
}

impl KeepCaches {
    fn of(caches: &Caches) -> KeepCaches {
        match caches {
            Caches::Keep { into, by_time } => KeepCaches::Save {
                bytes: into.bytes,
                by_time: *by_time,
            },
            Caches::Lay { by_time, .. } => KeepCaches::Lay { by_time: *by_time },
        }
    }
}

/// How it ended, as the keeper tells; bytes of files follow it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Told {
    pub exit: Option<i32>,
    pub signal: Option<i32>,
    pub killed: Option<Why>,
    /// Why it did not start.
    pub unstartable: Option<String>,
    pub duration_ms: u64,
    /// Bytes printed in all, of each stream.
    pub printed: [u64; 2],
    pub changes: Vec<Change>,
    /// Why there is no full list of what changed.
    pub incomplete: Option<String>,
    /// Bytes of what it left for later runs, or why that is not kept.
    pub layer: Option<Result<u64, String>>,
    /// The same of build caches.
    pub caches: Option<Result<u64, String>>,
}

/// Something that is no longer as it was.
#[derive(Debug, Serialize, Deserialize)]
pub struct Change {
    pub path: String,
    pub what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A file with these bytes, which follow in the order of the list.
    Written,
    Removed,
    /// The permission to execute came or went.
    Mode,
    /// A link that is new or leads elsewhere.
    Link,
    /// A pipe, a socket, a device.
    Special,
    TooLarge,
    Unreadable,
    /// A name that is not UTF-8; the path is an approximation.
    Name,
}

/// The directory of the machine's that a Landlock run writes to.
#[derive(Debug)]
pub struct Scratch(Option<TempDir>);

impl Scratch {
    /// One for a tier that needs it, owned by the command's user.
    pub fn make(tier: Tier, user: Option<u32>) -> Result<Scratch, RunError> {
        match tier {
            Tier::Bubblewrap | Tier::Container => Ok(Scratch(None)),
            Tier::Landlock => scratch(user)
                .map(|directory| Scratch(Some(directory)))
                .map_err(|error| RunError::Broken(format!("no scratch directory: {error}"))),
        }
    }

    fn path(&self) -> Option<&Path> {
        self.0.as_ref().map(TempDir::path)
    }
}

fn scratch(user: Option<u32>) -> std::io::Result<TempDir> {
    let directory = tempfile::Builder::new().prefix("sentinel-run-").tempdir()?;
    for name in ["work", "home", "tmp"] {
        let place = directory.path().join(name);
        std::fs::create_dir(&place)?;
        std::os::unix::fs::chown(&place, user, user)?;
    }
    // Others may go through, to what is theirs; nobody else lists it.
    let through = std::fs::Permissions::from_mode(0o711);
    std::fs::set_permissions(directory.path(), through)?;
    Ok(directory)
}

pub fn plan(
    runner: &Runner,
    tier: Tier,
    order: &Order,
    cgroup: Option<&Cgroup>,
    scratch: &Scratch,
    proxy: Option<PathBuf>,
    container: Option<&Container>,
) -> Plan {
    let image = order.around.image.as_ref();
    Plan {
        contained: container
            .zip(image)
            .map(|(container, image)| container.plan(image)),
        proxy,
        layer_from: order.around.prepared.clone(),
        layer_to: order.around.keep.as_ref().map(|keep| keep.path.clone()),
        caches: order.around.caches.as_ref().map(|caches| match caches {
            Caches::Keep { into, .. } => (into.path.clone(), true),
            Caches::Lay { path, .. } => (path.clone(), false),
        }),
        tier,
        user: runner.settings.child_user(),
        cgroups: cgroup.map(Cgroup::doors).unwrap_or_default(),
        limits: runner.settings.limits.clone(),
        bubblewrap: runner.settings.bubblewrap.clone(),
        program: runner.program.clone(),
        binds: runner.tools.binds.clone(),
        scratch: scratch.path().map(Path::to_owned),
    }
}

/// Bytes of a tree that gets a history, at most: its objects lie uncompressed
/// beside its files, and take as much of the scratch space again.
const MAX_HISTORY_BYTES: u64 = 512 * 1024 * 1024;

pub fn keep(
    runner: &Runner,
    tier: Tier,
    order: &Order,
    scratch: &Scratch,
    tree_bytes: u64,
) -> Keep {
    let [workspace, home, temporary] = places(tier, scratch);
    let mut env = environment(runner, &order.around, &home, &temporary);
    env.extend(runner.settings.env.clone());
    env.extend(order.env.clone());
    let links = runner.tools.links.iter();
    let links = links.map(|(place, target)| (home.join(place), target.clone()));
    Keep {
        tier,
        argv: order.argv.clone(),
        links: links.collect(),
        directory: order.directory.clone(),
        network: order.around.network,
        one_stream: order.around.one_stream,
        layer_from: order.around.prepared.is_some(),
        layer_to: order.around.keep.as_ref().map(|keep| keep.bytes),
        caches: order.around.caches.as_ref().map(KeepCaches::of),
        history: tree_bytes <= MAX_HISTORY_BYTES.min(runner.settings.limits.scratch_bytes / 4),
        env,
        limits: runner.settings.limits.clone(),
        read: runner.tools.binds.clone(),
        write: vec![workspace.clone(), home.clone(), temporary],
        home,
        shared_user: runner.settings.child_user().is_none(),
        workspace,
    }
}

/// Workspace, home and temporary directory, as the command sees them.
fn places(tier: Tier, scratch: &Scratch) -> [PathBuf; 3] {
    match (tier, scratch.path()) {
        (Tier::Container, _) => container::places(),
        (Tier::Bubblewrap | Tier::Landlock, None) => {
            [WORKSPACE, HOME, TEMPORARY].map(PathBuf::from)
        }
        (Tier::Bubblewrap | Tier::Landlock, Some(scratch)) => {
            ["work", "home", "tmp"].map(|name| scratch.join(name))
        }
    }
}

/// Directories of the home that package managers put programs in, best first.
/// The first is the virtual environment that a prepare step installs into.
const INSTALLED: [&str; 4] = [".venv/bin", ".local/bin", ".cargo/bin", "go/bin"];

/// All that a command sees of an environment beside its own: nothing of the
/// service's but where tools are.
fn environment(
    runner: &Runner,
    around: &Around,
    home: &Path,
    temporary: &Path,
) -> BTreeMap<String, String> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let mut path = runner.tools.path();
    if around.network || around.prepared.is_some() {
        let installed = INSTALLED.map(|place| text(&home.join(place)));
        path = format!("{}:{path}", installed.join(":"));
    }
    let fixed = [
        ("PATH", path),
        ("HOME", text(home)),
        ("CARGO_HOME", text(&home.join(".cargo"))),
        ("TMPDIR", text(temporary)),
        ("LANG", "C.UTF-8".into()),
        ("TERM", "dumb".into()),
        ("USER", "sentinel".into()),
        ("LOGNAME", "sentinel".into()),
        ("CI", "true".into()),
        // The machine's git configuration is none of a repository's business.
        ("GIT_CONFIG_NOSYSTEM", "1".into()),
        ("GIT_TERMINAL_PROMPT", "0".into()),
    ];
    let reach: &[(&str, &str)] = match around.network {
        true => &[
            // A tool's cache of packages would be kept beside the packages.
            ("PIP_NO_CACHE_DIR", "1"),
            ("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
            // A distribution's mark on its own interpreter; there is another
            // place to install to, and nothing of the machine's is writable.
            ("PIP_BREAK_SYSTEM_PACKAGES", "1"),
            ("npm_config_update_notifier", "false"),
            // Programs that are installed for everybody land where PATH looks.
            ("npm_config_prefix", "/home/sentinel/.local"),
        ],
        // There is no network: a tool that knows so does not wait for it.
        false => &[
            ("CARGO_NET_OFFLINE", "true"),
            ("npm_config_offline", "true"),
            ("PIP_NO_INDEX", "1"),
            ("UV_OFFLINE", "1"),
            ("GOPROXY", "off"),
        ],
    };
    let reach = reach
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    let named = fixed.into_iter().chain(reach);
    named
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
