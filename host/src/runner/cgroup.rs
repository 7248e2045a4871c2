//! A cgroup for one run, version 2 or 1: what all its processes use together,
//! and a way to end all of them.

use std::fs;
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::settings::Limits;

/// Rounds of removing a cgroup whose last process is still leaving, and the
/// pause between two.
const REMOVALS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(10);

/// What names of cgroups of runs begin with; the service's number follows.
const PREFIX: &str = "sentinel-run-";

/// The memory a keeper takes beside its command, in bytes: this program.
const KEEPER_BYTES: u64 = 128 * 1024 * 1024;

/// The cgroups of one run; gone when it is dropped.
#[derive(Debug)]
pub struct Cgroup {
    version: Version,
    /// One in version 2, one for each controller in version 1.
    directories: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    One,
    Two,
}

impl Cgroup {
    /// Makes one below the cgroup of this process.
    pub fn create(limits: &Limits) -> Result<Cgroup> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-{number}", std::process::id());
        let places = Places::here()?;
        Cgroup::two(&places, &name, limits).or_else(|two| {
            let one = Cgroup::one(&places, &name, limits);
            one.map_err(|one| Error::other(format!("version 2: {two}; version 1: {one}")))
        })
    }

    /// Removes what services before this one left behind: those of processes
    /// that are gone, if nothing is in them any more.
    pub fn sweep() {
        let Ok(places) = Places::here() else {
            return;
        };
        for (_, parent) in &places.of {
            for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
                let name = entry.file_name();
                let number = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
                let process = number.and_then(|number| number.split('-').next());
                let gone = process.is_some_and(|pid| !Path::new("/proc").join(pid).exists());
                if gone {
                    // Refused while a process is in it.
                    let _ = fs::remove_dir(entry.path());
                }
            }
        }
    }

    fn two(places: &Places, name: &str, limits: &Limits) -> Result<Cgroup> {
        let parent = places.of("").ok_or(std::io::ErrorKind::NotFound)?;
        // Refused where the parent has processes of its own; then its
        // children have these controllers already or never will.
        let _ = fs::write(parent.join("cgroup.subtree_control"), "+memory +pids");
        let mut cgroup = Cgroup {
            version: Version::Two,
            directories: Vec::new(),
        };
        let directory = cgroup.make(parent.join(name))?;
        let memory = limits.memory_bytes.saturating_add(KEEPER_BYTES);
        fs::write(directory.join("memory.max"), memory.to_string())?;
        let _ = fs::write(directory.join("memory.swap.max"), "0");
        fs::write(directory.join("pids.max"), limits.processes.to_string())?;
        Ok(cgroup)
    }

    fn one(places: &Places, name: &str, limits: &Limits) -> Result<Cgroup> {
        let missing = |controller: &str| Error::other(format!("no controller {controller}"));
        let mut cgroup = Cgroup {
            version: Version::One,
            directories: Vec::new(),
        };
        let memory = places.of("memory").ok_or_else(|| missing("memory"))?;
        let memory = cgroup.make(memory.join(name))?;
        let bytes = limits.memory_bytes.saturating_add(KEEPER_BYTES);
        fs::write(memory.join("memory.limit_in_bytes"), bytes.to_string())?;
        // Only where swap is accounted for.
        let _ = fs::write(
            memory.join("memory.memsw.limit_in_bytes"),
            bytes.to_string(),
        );
        let pids = places.of("pids").ok_or_else(|| missing("pids"))?;
        let pids = cgroup.make(pids.join(name))?;
        fs::write(pids.join("pids.max"), limits.processes.to_string())?;
        // A bare version 2 beside it has no controller, but a kill for all.
        if let Some(unified) = places.of("") {
            let _ = cgroup.make(unified.join(name));
        }
        Ok(cgroup)
    }

    fn make(&mut self, directory: PathBuf) -> Result<PathBuf> {
        fs::create_dir(&directory)?;
        self.directories.push(directory.clone());
        Ok(directory)
    }

    pub fn version(&self) -> Version {
        self.version
    }

    /// The files that a process enters by.
    pub fn doors(&self) -> Vec<PathBuf> {
        let door = |directory: &PathBuf| directory.join("cgroup.procs");
        self.directories.iter().map(door).collect()
    }

    /// Whether a process of it was killed for want of memory.
    pub fn ran_out_of_memory(&self) -> bool {
        let file = match self.version {
            Version::One => "memory.oom_control",
            Version::Two => "memory.events",
        };
        let Some(text) = self.directories.first().map(|first| first.join(file)) else {
            return false;
        };
        let text = fs::read_to_string(text).unwrap_or_default();
        let killed = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
        killed.is_some_and(|count| count.trim() != "0")
    }

    /// Kills every process in it.
    pub fn kill(&self) {
        for directory in &self.directories {
            let _ = fs::write(directory.join("cgroup.kill"), "1");
            let Ok(members) = fs::read_to_string(directory.join("cgroup.procs")) else {
                continue;
            };
            for member in members.lines().filter_map(|line| line.parse().ok()) {
                if let Some(member) = rustix::process::Pid::from_raw(member) {
                    let _ = rustix::process::kill_process(member, rustix::process::Signal::KILL);
                }
            }
        }
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        for _ in 0..REMOVALS {
            self.directories.retain(|directory| {
                let removed = fs::remove_dir(directory);
                removed.is_err() && directory.exists()
            });
            if self.directories.is_empty() {
                return;
            }
            self.kill();
            std::thread::sleep(PAUSE);
        }
        let left = &self.directories;
        tracing::warn!(?left, "a run's cgroup cannot be removed");
    }
}

/// Where the cgroups of this process are.
struct Places {
    /// Controllers (none in version 2) and the directory.
    of: Vec<(String, PathBuf)>,
}

impl Places {
    fn here() -> Result<Places> {
        let own = fs::read_to_string("/proc/self/cgroup")?;
        let mounts = fs::read_to_string("/proc/self/mounts")?;
        let of = own.lines().filter_map(|line| {
            let mut parts = line.splitn(3, ':').skip(1);
            let (controllers, path) = (parts.next()?, parts.next()?);
            let mount = mounted(&mounts, controllers)?;
            let inside = mount.join(path.trim_start_matches('/'));
            // In a container the path may be one of the machine's.
            let directory = if inside.is_dir() { inside } else { mount };
            Some((controllers.to_owned(), directory))
        });
        Ok(Places { of: of.collect() })
    }

    /// The directory of a controller; `""` is version 2.
    fn of(&self, controller: &str) -> Option<&Path> {
        let has = |controllers: &str| controllers.split(',').any(|one| one == controller);
        let found = self.of.iter().find(|(controllers, _)| has(controllers));
        found.map(|(_, directory)| directory.as_path())
    }
}

/// Where the hierarchy with these controllers is mounted.
fn mounted(mounts: &str, controllers: &str) -> Option<PathBuf> {
    mounts.lines().find_map(|line| {
        let mut fields = line.split(' ').skip(1);
        let (place, kind, options) = (fields.next()?, fields.next()?, fields.next()?);
        let fits = match kind {
            "cgroup2" => controllers.is_empty(),
            "cgroup" => {
                let wanted = controllers.split(',').next()?;
                !wanted.is_empty() && options.split(',').any(|option| option == wanted)
            }
            _ => false,
        };
        fits.then(|| PathBuf::from(place))
    })
}
