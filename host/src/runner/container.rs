//! What podman or docker is told, for a repository whose commands run in an
//! image of the operator's.
//!
//! The image brings the tools, the engine the walls: no network, nothing of
//! the machine but this program, read-only, no capabilities, limits of its
//! own. Inside, the keeper does what it does everywhere. The image is known by
//! its digest and never fetched: what runs is what the operator looked at.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde::{Deserialize, Serialize};

use super::bubblewrap::PROGRAM;
use super::enter::{STAGES, Stage};
use super::plan::Plan;

/// Everything that is written lies below this.
pub const SCRATCH: &str = "/scratch";

/// Bytes of shared memory.
const SHARED_MEMORY: u64 = 256 * 1024 * 1024;

/// What names of containers begin with; the service's number follows.
const PREFIX: &str = "sentinel-run-";

/// Longest name of an image, in bytes, digest included.
const MAX_NAME: usize = 300;

/// Variables that an engine finds its own things by.
pub const ENGINES_OWN: [&str; 4] = [
    "HOME",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
];

/// An image by its digest: `name@sha256:…`. A tag is whatever somebody pushed
/// last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Image(String);

impl TryFrom<String> for Image {
    type Error = String;

    fn try_from(text: String) -> Result<Image, String> {
        let shown: String = text.chars().take(80).collect();
        let digits = |hex: &str| {
            let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            hex.len() == 64 && hex.bytes().all(digit)
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"./_-:".contains(&byte);
        let fits = text.split_once("@sha256:").is_some_and(|(name, hex)| {
            let first = name.bytes().next();
            let begins = first.is_some_and(|byte| byte.is_ascii_alphanumeric());
            begins && name.bytes().all(plain) && digits(hex)
        });
        match fits && text.len() <= MAX_NAME {
            true => Ok(Image(text)),
            false => Err(format!(
                "{shown:?} is no image by its digest; write NAME@sha256:<64 digits>, as `podman \
                 image inspect` shows it"
            )),
        }
    }
}

impl From<Image> for String {
    fn from(image: Image) -> String {
        image.0
    }
}

impl std::fmt::Display for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One container, gone with its value: an engine's container outlives whoever
/// asked for it.
#[derive(Debug)]
pub struct Container {
    engine: Vec<String>,
    name: String,
}

impl Container {
    /// A name of its own with the first engine that answers.
    pub fn with(engines: &[Vec<String>]) -> Result<Container, String> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Ok(Container {
            engine: engine(engines)?,
            name: format!("{PREFIX}{}-{number}", std::process::id()),
        })
    }

    pub fn plan(&self, image: &Image) -> Contained {
        Contained {
            engine: self.engine.clone(),
            name: self.name.clone(),
            image: image.clone(),
        }
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // It is gone already where all went well.
        let _ = quiet(&self.engine).args(["rm", "-f", &self.name]).status();
    }
}

/// The first engine that answers, or why none does.
pub fn engine(engines: &[Vec<String>]) -> Result<Vec<String>, String> {
    let mut whys = Vec::new();
    for engine in engines.iter().filter(|engine| !engine.is_empty()) {
        let answered = quiet(engine).arg("info").status();
        match answered {
            Ok(status) if status.success() => return Ok(engine.clone()),
            Ok(_) => whys.push(format!("{} does not answer", engine[0])),
            Err(error) => whys.push(format!("{}: {error}", engine[0])),
        }
    }
    Err(match whys.is_empty() {
        true => "runner.containers is empty".to_owned(),
        false => whys.join("; "),
    })
}

fn quiet(engine: &[String]) -> Command {
    let mut command = Command::new(&engine[0]);
    command.args(&engine[1..]);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// How a container is entered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Contained {
    pub engine: Vec<String>,
    pub name: String,
    pub image: Image,
}

/// All of the engine's words, its own program first.
pub fn words(plan: &Plan, contained: &Contained) -> Vec<OsString> {
    let limits = &plan.limits;
    let user = plan.user.unwrap_or(super::settings::NOBODY);
    let scratch = limits.scratch_bytes;
    let mut words: Vec<String> = contained.engine.clone();
    let mut add = |more: &[&str]| words.extend(more.iter().map(|word| (*word).to_owned()));
    add(&[
        "run",
        "--rm",
        "-i",
        "--name",
        &contained.name,
        "--pull=never",
    ]);
    add(&["--network=none", "--hostname=sentinel", "--log-driver=none"]);
    add(&[
        "--cap-drop=all",
        "--security-opt=no-new-privileges",
        "--read-only",
    ]);
    if is_podman(&contained.engine) {
        // Otherwise it hangs places to write to into what is read-only.
        add(&["--read-only-tmpfs=false"]);
    }
    add(&[&format!("--user={user}:{user}"), "--workdir=/"]);
    add(&[&format!("--pids-limit={}", limits.processes)]);
    add(&[&format!("--memory={}", limits.memory_bytes)]);
    add(&[&format!("--memory-swap={}", limits.memory_bytes)]);
    add(&[&format!("--shm-size={SHARED_MEMORY}")]);
    let each = [
        ("nofile", limits.open_files),
        ("fsize", limits.file_bytes),
        ("cpu", limits.cpu_seconds),
        // Of a user, not of a container: the number of processes is limited
        // above. Named, because an engine's own default may be higher than
        // what it may set.
        ("nproc", limits.processes.saturating_mul(8)),
        ("core", 0),
    ];
    for (name, limit) in each {
        add(&[&format!("--ulimit={name}={limit}:{limit}")]);
    }
    for place in [SCRATCH, super::plan::TEMPORARY] {
        add(&[&format!(
            "--tmpfs={place}:rw,exec,nosuid,nodev,size={scratch},mode=1777"
        )]);
    }
    let program = plan.program.display();
    add(&[&format!("--volume={program}:{PROGRAM}:ro")]);
    add(&[&format!("--entrypoint={PROGRAM}"), &contained.image.0]);
    add(&[STAGES, Stage::Keep.as_str()]);
    words.into_iter().map(OsString::from).collect()
}

fn is_podman(engine: &[String]) -> bool {
    let name = engine.first().map(Path::new).and_then(Path::file_name);
    name.is_some_and(|name| name == "podman")
}

/// The places inside.
pub fn places() -> [PathBuf; 3] {
    ["work", "home", "tmp"].map(|name| Path::new(SCRATCH).join(name))
}
