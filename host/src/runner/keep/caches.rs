//! Build caches: what one run of a repair leaves there, the next ones find.
//!
//! Two sorts. One knows by what it was made from: whatever the next run looks
//! for is either there and right, or not there. The other knows what is stale
//! by times; it is right where everything that was edited is newer than it
//! (`Seed::newer`), except for what a build reads without saying so. Nothing is
//! decided on what the second sort says.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Result, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::layer::{Place, Places, Saving, restore};
use super::seed::Seeded;

/// Go's, below the home: by content.
const GO: &str = ".cache/go-build";

/// What Go takes for the time since when a test's result counts, in a cache. A
/// result is remembered by the files that the test itself opened, and a test
/// may call others that open more.
const GO_RESULTS_SINCE: &str = "testexpire.txt";

/// Cargo's, beside a manifest that leads a workspace: by time.
const CARGO: &str = "target";

/// What cargo marks it with (bford.info/cachedir).
const CARGO_MARK: &str = "CACHEDIR.TAG";

/// As large as the rest of it, and of crates that are built anew anyway.
const CARGO_LEFT_OUT: &str = "incremental";

/// Manifests beside which a cache is looked for.
const MAX_MANIFESTS: usize = 256;

/// The key of the limit.
const LIMITED_BY: &str = "runner.limits.cache_bytes";

/// Writes what is in caches. Nothing of the command lives any more.
pub fn save(
    to: File,
    places: Places<'_>,
    seeded: &Seeded,
    limit: u64,
    by_time: bool,
) -> Result<u64> {
    let mut saving = Saving::into(to, limit, LIMITED_BY);
    let go = PathBuf::from(GO);
    if saving.way(Place::Home, places.home, &go)? {
        let results_since = go.join(GO_RESULTS_SINCE);
        let kept = |path: &Path, _: &std::ffi::OsStr| path != results_since;
        saving.below(Place::Home, places.home, go, &kept)?;
    }
    let targets = match by_time {
        true => targets(places.workspace, seeded),
        false => Vec::new(),
    };
    for target in targets {
        if saving.way(Place::Workspace, places.workspace, &target)? {
            let kept = |_: &Path, name: &std::ffi::OsStr| name != CARGO_LEFT_OUT;
            saving.below(Place::Workspace, places.workspace, target, &kept)?;
        }
    }
    saving.end()
}

/// Where cargo builds: marked as its own, and nothing of the tree's in it.
fn targets(workspace: &Path, seeded: &Seeded) -> Vec<PathBuf> {
    let manifests = seeded.files.keys().filter_map(|path| {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        (name == "Cargo.toml").then_some(directory)
    });
    let beside = |directory: &str| match directory {
        "" => CARGO.to_owned(),
        directory => format!("{directory}/{CARGO}"),
    };
    let is_cache = |target: &String| {
        !seeded.lies_below(target) && workspace.join(target).join(CARGO_MARK).is_file()
    };
    let targets = manifests.take(MAX_MANIFESTS).map(beside).filter(is_cache);
    targets.map(PathBuf::from).collect()
}

/// Lays caches down; the answer is what of them is in the workspace.
pub fn lay(from: File, places: Places<'_>, by_time: bool) -> Result<BTreeSet<String>> {
    let wanted = |place: Place| match place {
        Place::Home => true,
        Place::Workspace => by_time,
    };
    let laid = restore(from, places, &wanted)?;
    let go = places.home.join(GO);
    if go.is_dir() {
        forget_results(&go.join(GO_RESULTS_SINCE))?;
    }
    Ok(laid)
}

/// No test's result of before counts; `go clean -testcache` does the same.
fn forget_results(since: &Path) -> Result<()> {
    match fs::remove_file(since) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        done => done?,
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.unwrap_or_default().as_nanos();
    let mut file = File::create_new(since)?;
    writeln!(file, "{now}")
}
