//! The steps that this program is called for inside: `enter`, `keep` and
//! `confine`. Each is a fresh process with one thread, so what it takes on
//! holds for all of it, and nothing of the service's memory is in it.

mod mounts;

use std::fs::File;
use std::io::{Error, Result, Seek as _, Write as _};
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};

use rustix::fs::{MemfdFlags, memfd_create};
use rustix::process::{Resource, Rlimit, setrlimit};

use super::bubblewrap::{self, Made, PROGRAM};
use super::plan::{Keep, Plan};
use super::settings::{Limits, Tier};
use super::{confine, container, keep, seccomp, wire};

/// The hidden subcommand of the steps.
pub const STAGES: &str = "sandboxed-exec";

/// A step inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Take on limits, cgroup and user; become bubblewrap or the keeper.
    Enter,
    /// Write the tree, run the command, tell what came of it.
    Keep,
    /// Take on Landlock and seccomp; become the command.
    Confine,
    /// Hand connections on to the proxy, beside the command.
    Forward,
}

impl Stage {
    /// A step by its name.
    pub fn parse(name: &str) -> Option<Stage> {
        let all = [Stage::Enter, Stage::Keep, Stage::Confine, Stage::Forward];
        all.into_iter().find(|stage| stage.as_str() == name)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Enter => "enter",
            Stage::Keep => "keep",
            Stage::Confine => "confine",
            Stage::Forward => "forward",
        }
    }
}

/// What a step that fails exits with; the reason is on standard error.
const FAILED: u8 = 125;

/// Does a step. Called before anything else is: no thread may be there yet.
pub fn stage(stage: Stage) -> ExitCode {
    let done = match stage {
        Stage::Enter => enter(),
        Stage::Keep => keep::keep(),
        Stage::Confine => confine::confine(),
        Stage::Forward => keep::forward(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", stage.as_str());
            ExitCode::from(FAILED)
        }
    }
}

/// Standard input without a buffer: whoever comes next reads on from here.
pub fn input() -> Result<File> {
    Ok(File::from(rustix::io::fcntl_dupfd_cloexec(
        rustix::stdio::stdin(),
        3,
    )?))
}

fn enter() -> Result<()> {
    let mut plan: Plan = wire::read_json(&mut input()?)?;
    forget_descriptors()?;
    let _layers = open_layers(&plan)?;
    // Directories made on the way are for others to go through.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    for door in &plan.cgroups {
        std::fs::write(door, "0").map_err(|error| named(door, &error))?;
    }
    if let Some(user) = plan.user.filter(|_| plan.tier != Tier::Container) {
        mounts::uncover(&mut plan, user)?;
    }
    if plan.tier != Tier::Container {
        // An engine sets its own inside; here they would be the engine's.
        restrict(&plan.limits, plan.cgroups.is_empty())?;
    }
    // Only returns if it fails.
    Err(match plan.tier {
        Tier::Bubblewrap => bubblewrap(&plan)?,
        Tier::Landlock => keeper(&plan),
        Tier::Container => engine(&plan)?,
    })
}

/// Numbers that files have on the way to the keeper: bubblewrap hands on what
/// is open. High enough that nothing else has them.
const LAYER_FROM: RawFd = 200;
const LAYER_TO: RawFd = 201;
const CACHES: RawFd = 202;

/// Opens what earlier runs left, and where this one is to leave something, as
/// the service: the command's user has no way to either.
fn open_layers(plan: &Plan) -> Result<Vec<OwnedFd>> {
    let mut opened = Vec::new();
    if let Some(path) = &plan.layer_from {
        let file = File::open(path).map_err(|error| named(path, &error))?;
        opened.push(at_number(&file, LAYER_FROM)?);
    }
    if let Some(path) = &plan.layer_to {
        let file = File::create_new(path).map_err(|error| named(path, &error))?;
        opened.push(at_number(&file, LAYER_TO)?);
    }
    if let Some((path, new)) = &plan.caches {
        let file = match new {
            true => File::create_new(path),
            false => File::open(path),
        };
        let file = file.map_err(|error| named(path, &error))?;
        opened.push(at_number(&file, CACHES)?);
    }
    Ok(opened)
}

/// Without the mark that a new program does not get it.
fn at_number(file: &File, number: RawFd) -> Result<OwnedFd> {
    let numbered = rustix::io::fcntl_dupfd_cloexec(file, number)?;
    if numbered.as_raw_fd() != number {
        return Err(Error::other("a descriptor's number is taken"));
    }
    rustix::io::fcntl_setfd(&numbered, rustix::io::FdFlags::empty())?;
    Ok(numbered)
}

/// Files that came along with the keeper; no command gets them from it.
pub struct Brought {
    /// What a prepare step left.
    pub layer_from: Option<File>,
    /// Where this one is to leave it.
    pub layer_to: Option<File>,
    /// Build caches, to be laid down or left.
    pub caches: Option<File>,
}

/// The files as the keeper got them.
pub fn brought(keep: &Keep) -> Result<Brought> {
    let take = |wanted: bool, number: RawFd| -> Result<Option<File>> {
        if !wanted {
            return Ok(None);
        }
        // SAFETY: `enter` opened this number for this process and nobody else
        // here knows of it; one that is not open fails at the next line.
        #[expect(unsafe_code, reason = "a descriptor by its number")]
        let file = unsafe { File::from_raw_fd(number) };
        rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::CLOEXEC)?;
        Ok(Some(file))
    };
    Ok(Brought {
        layer_from: take(keep.layer_from, LAYER_FROM)?,
        layer_to: take(keep.layer_to.is_some(), LAYER_TO)?,
        caches: take(keep.caches.is_some(), CACHES)?,
    })
}

fn named(path: &Path, error: &Error) -> Error {
    Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Whatever whoever started the service left open ends here.
fn forget_descriptors() -> Result<()> {
    // SAFETY: it marks descriptors and closes none, so no value that owns one
    // is left with a number of something else.
    #[expect(unsafe_code, reason = "no safe wrapper takes a range")]
    let failed = unsafe { libc::close_range(3, u32::MAX, libc::CLOSE_RANGE_CLOEXEC as i32) };
    match failed {
        0 => Ok(()),
        _ => Err(Error::last_os_error()),
    }
}

/// Limits of each process, which every process inside inherits.
fn restrict(limits: &Limits, alone: bool) -> Result<()> {
    let mut set = vec![
        (Resource::Core, 0),
        (Resource::Cpu, limits.cpu_seconds),
        (Resource::Fsize, limits.file_bytes),
        (Resource::Nofile, limits.open_files),
        (Resource::Memlock, 0),
    ];
    if alone {
        // Without a cgroup: data, not address space, which node and java
        // reserve by the terabyte.
        set.push((Resource::Data, limits.memory_bytes));
        set.push((Resource::Nproc, limits.processes));
    }
    for (resource, limit) in set {
        let most = rustix::process::getrlimit(resource).maximum;
        let limit = most.map_or(limit, |most| most.min(limit));
        let both = Rlimit {
            current: Some(limit),
            maximum: Some(limit),
        };
        setrlimit(resource, both)?;
    }
    Ok(())
}

/// As the command's user, with nothing in its environment.
fn as_user(program: &Path, plan: &Plan) -> Command {
    let mut command = Command::new(program);
    command.env_clear().current_dir("/");
    if let Some(user) = plan.user {
        // Groups that the service is in go with it.
        command.uid(user).gid(user);
    }
    command
}

fn bubblewrap(plan: &Plan) -> Result<Error> {
    let filter = seccomp::program(plan.tier, false).map_err(Error::other)?;
    let filter = inherited(&seccomp::bytes(&filter))?;
    let files = ETC.map(|(path, text)| Ok((path, inherited(text.as_bytes())?)));
    let files: Vec<(&'static str, OwnedFd)> = files.into_iter().collect::<Result<_>>()?;
    let made = Made {
        filter: filter.as_raw_fd(),
        files: files
            .iter()
            .map(|(path, file)| (*path, file.as_raw_fd()))
            .collect(),
    };
    let mut command = as_user(&plan.bubblewrap, plan);
    // Where it is looked for is the operator's affair.
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command.args(bubblewrap::arguments(plan, &made)).arg("--");
    command.args([PROGRAM, STAGES, Stage::Keep.as_str()]);
    Ok(command.exec())
}

fn keeper(plan: &Plan) -> Error {
    let mut command = as_user(&plan.program, plan);
    command.args([STAGES, Stage::Keep.as_str()]).exec()
}

/// As whoever the service is: the engine is what becomes somebody else.
fn engine(plan: &Plan) -> Result<Error> {
    let contained = plan.contained.as_ref();
    let contained = contained.ok_or_else(|| Error::other("no container is planned"))?;
    let words = container::words(plan, contained);
    let mut command = Command::new(&words[0]);
    Ok(command.args(&words[1..]).current_dir("/").exec())
}

/// A file that is nowhere, for a program that takes a descriptor.
fn inherited(bytes: &[u8]) -> Result<OwnedFd> {
    let mut file = File::from(memfd_create("sentinel", MemfdFlags::empty())?);
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file.into())
}

/// What programs ask of `/etc` about the machine and its people.
const ETC: [(&str, &str); 4] = [
    (
        "/etc/passwd",
        "root:x:0:0:root:/nonexistent:/usr/sbin/nologin\n\
         sentinel:x:1000:1000:sentinel:/home/sentinel:/bin/sh\n",
    ),
    ("/etc/group", "root:x:0:\nsentinel:x:1000:\n"),
    (
        "/etc/hosts",
        "127.0.0.1 localhost sentinel\n::1 localhost\n",
    ),
    (
        "/etc/nsswitch.conf",
        "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n",
    ),
];
