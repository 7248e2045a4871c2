//! What is told to the steps inside: to `enter` a [`Plan`], to the keeper a
//! [`Keep`].

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::cgroup::Cgroup;
use super::settings::{Limits, Tier};
use super::{Order, RunError, Runner, Why};

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
    /// Where a Landlock run writes.
    pub scratch: Option<PathBuf>,
}

/// What the keeper does.
#[derive(Debug, Serialize, Deserialize)]
pub struct Keep {
    pub tier: Tier,
    pub workspace: PathBuf,
    pub argv: Vec<String>,
    pub directory: String,
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
            Tier::Bubblewrap => Ok(Scratch(None)),
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

pub fn plan(runner: &Runner, tier: Tier, cgroup: Option<&Cgroup>, scratch: &Scratch) -> Plan {
    Plan {
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

pub fn keep(runner: &Runner, tier: Tier, order: &Order, scratch: &Scratch) -> Keep {
    let below = |name: &str| scratch.path().map(|scratch| scratch.join(name));
    let workspace = below("work").unwrap_or(WORKSPACE.into());
    let home = below("home").unwrap_or(HOME.into());
    let temporary = below("tmp").unwrap_or(TEMPORARY.into());
    let mut env = environment(runner, &home, &temporary);
    env.extend(order.env.clone());
    let links = runner.tools.links.iter();
    let links = links.map(|(place, target)| (home.join(place), target.clone()));
    Keep {
        tier,
        argv: order.argv.clone(),
        links: links.collect(),
        directory: order.directory.clone(),
        env,
        limits: runner.settings.limits.clone(),
        read: runner.tools.binds.clone(),
        write: vec![workspace.clone(), home, temporary],
        shared_user: runner.settings.child_user().is_none(),
        workspace,
    }
}

/// All that a command sees of an environment beside its own: nothing of the
/// service's but where tools are.
fn environment(runner: &Runner, home: &Path, temporary: &Path) -> BTreeMap<String, String> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let fixed = [
        ("PATH", runner.tools.path()),
        ("HOME", text(home)),
        ("CARGO_HOME", text(&home.join(".cargo"))),
        ("TMPDIR", text(temporary)),
        ("LANG", "C.UTF-8".into()),
        ("TERM", "dumb".into()),
        ("USER", "sentinel".into()),
        ("LOGNAME", "sentinel".into()),
        ("CI", "true".into()),
        // There is no network: a tool that knows so does not wait for it.
        ("CARGO_NET_OFFLINE", "true".into()),
        ("npm_config_offline", "true".into()),
        ("PIP_NO_INDEX", "1".into()),
    ];
    let named = fixed.map(|(name, value)| (name.to_owned(), value));
    named.into_iter().collect()
}
