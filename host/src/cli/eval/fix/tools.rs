//! The tools of cases, at pinned versions: installed once into directories
//! that are called by the digest of what is in them.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use tokio::process::Command;

use crate::ids::Digest;

/// For one installation: a few hundred megabytes over a slow line.
const PATIENCE: Duration = Duration::from_secs(900);

/// The installer of wheels, pinned as all tools are.
const INSTALLER: &str = "uv==0.13.8";

/// What every case finds beside its tools.
const SYSTEM: [&str; 2] = ["/usr/bin", "/bin"];

/// A tool at a version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub enum Pinned {
    /// `pip:black==26.10.1`, wheels only: nothing of it runs when installed.
    Pip(String),
    /// `npm:prettier@3.10.1`, without install scripts.
    Npm(String),
    /// `system:gcc`: whatever the machine has; the rows of a report tell.
    System(String),
}

impl TryFrom<String> for Pinned {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for Pinned {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let plain = |text: &str| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@/=+".contains(&byte);
            !text.starts_with('-') && text.bytes().all(fits)
        };
        match text.split_once(':') {
            Some(("pip", what)) if what.contains("==") && plain(what) => {
                Ok(Pinned::Pip(what.to_owned()))
            }
            Some(("npm", what)) if what.rfind('@') > Some(0) && plain(what) => {
                Ok(Pinned::Npm(what.to_owned()))
            }
            Some(("system", what)) if !what.contains('/') && plain(what) => {
                Ok(Pinned::System(what.to_owned()))
            }
            _ => Err(format!(
                "{text} is none of pip:NAME==VERSION, npm:NAME@VERSION, system:PROGRAM"
            )),
        }
    }
}

/// Where tools and packages are kept.
pub struct Shelf(PathBuf);

impl Shelf {
    pub fn at(directory: PathBuf) -> anyhow::Result<Shelf> {
        let made = std::fs::create_dir_all(&directory);
        made.with_context(|| format!("cannot keep tools in {}", directory.display()))?;
        Ok(Shelf(directory.canonicalize()?))
    }

    pub fn place(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Nobody else makes the same thing until it is dropped.
    pub async fn alone(&self, place: &Path) -> anyhow::Result<File> {
        let lock = File::create(place.with_extension("lock"))?;
        let locked = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock));
        Ok(locked.await??)
    }

    /// The `PATH` under which a case's commands find its tools.
    pub async fn path(&self, tools: &[Pinned]) -> anyhow::Result<String> {
        let (mut pip, mut npm, mut directories) = (Vec::new(), Vec::new(), Vec::new());
        for tool in tools {
            match tool {
                Pinned::Pip(what) => pip.push(what.as_str()),
                Pinned::Npm(what) => npm.push(what.as_str()),
                Pinned::System(program) => directories.push(installed(program)?),
            }
        }
        if !npm.is_empty() {
            directories.insert(0, self.npm(&npm).await?);
        }
        if !pip.is_empty() {
            let own = self.pip(&pip).await?;
            directories.splice(0..0, own);
        }
        directories.extend(SYSTEM.map(PathBuf::from));
        directories.dedup();
        let path = std::env::join_paths(directories)?;
        Ok(path.to_string_lossy().into_owned())
    }

    async fn pip(&self, what: &[&str]) -> anyhow::Result<Vec<PathBuf>> {
        let place = self.place(&name("pip", what));
        let _alone = self.alone(&place).await?;
        if !place.join("installed").exists() {
            let installer = self.installer().await?;
            let mut venv = self.uv(&installer);
            venv.args(["venv", "--quiet", "--clear", "--python", "python3"]);
            venv.arg(&place);
            done(venv, "making a virtual environment").await?;
            let mut pip = self.uv(&installer);
            pip.args(["pip", "install", "--quiet", "--only-binary", ":all:"]);
            pip.arg("--python").arg(place.join("bin/python"));
            pip.args(what);
            done(pip, &format!("installing {}", what.join(" "))).await?;
            File::create(place.join("installed"))?;
        }
        let mut directories = vec![place.join("bin")];
        directories.extend(inner(&place)?);
        Ok(directories)
    }

    /// What installs wheels: ten times as fast as pip, which gets it.
    async fn installer(&self) -> anyhow::Result<PathBuf> {
        let place = self.place(&name("installer", &[INSTALLER]));
        let _alone = self.alone(&place).await?;
        if !place.join("installed").exists() {
            let mut venv = command("python3");
            venv.args(["-m", "venv", "--clear"]).arg(&place);
            done(venv, "making a virtual environment").await?;
            let mut pip = command(place.join("bin/pip"));
            pip.args(["install", "--quiet", "--only-binary", ":all:", INSTALLER]);
            done(pip, &format!("installing {INSTALLER}")).await?;
            File::create(place.join("installed"))?;
        }
        Ok(place.join("bin/uv"))
    }

    /// With the certificates that the machine trusts, and a cache of ours.
    fn uv(&self, installer: &Path) -> Command {
        let mut uv = command(installer);
        uv.args(["--no-config", "--system-certs", "--cache-dir"]);
        uv.arg(self.place("wheels"));
        uv
    }

    async fn npm(&self, what: &[&str]) -> anyhow::Result<PathBuf> {
        let place = self.place(&name("npm", what));
        let _alone = self.alone(&place).await?;
        if !place.join("installed").exists() {
            std::fs::create_dir_all(&place)?;
            std::fs::write(place.join("package.json"), "{\"private\": true}\n")?;
            let mut npm = command("npm");
            npm.current_dir(&place);
            npm.args([
                "install",
                "--silent",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
            ]);
            npm.args(what);
            done(npm, &format!("installing {}", what.join(" "))).await?;
            File::create(place.join("installed"))?;
        }
        Ok(place.join("node_modules/.bin"))
    }
}

/// Programs that a wheel keeps beside its modules, as Go's does.
fn inner(place: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let libraries = std::fs::read_dir(place.join("lib"))?;
    let mut found = Vec::new();
    for library in libraries {
        let packages = library?.path().join("site-packages");
        for package in std::fs::read_dir(packages)? {
            let programs = package?.path().join("bin");
            if programs.join("go").is_file() {
                found.push(programs);
            }
        }
    }
    Ok(found)
}

/// The directory in `PATH` that has a program.
fn installed(program: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut directories = std::env::split_paths(&path);
    let found = directories.find(|directory| directory.join(program).is_file());
    found.with_context(|| format!("{program} is not installed on this machine"))
}

fn name(kind: &str, what: &[&str]) -> String {
    /// Digits by which few hundred sets are told apart.
    const DIGITS: usize = 16;
    let mut sorted = what.to_vec();
    sorted.sort_unstable();
    let mut digest = Digest::of(sorted.join("\n").as_bytes()).hex();
    digest.truncate(DIGITS);
    format!("{kind}-{digest}")
}

/// A command that asks nobody anything.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Runs one to its end; its words where it fails.
pub async fn done(mut command: Command, what: &str) -> anyhow::Result<()> {
    let output = tokio::time::timeout(PATIENCE, command.output()).await;
    let output = output.with_context(|| format!("{what} took more than {PATIENCE:?}"))?;
    let output = output.with_context(|| format!("{what}: the program does not start"))?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        let end: Vec<&str> = told.lines().rev().take(5).collect();
        let end: Vec<&str> = end.into_iter().rev().collect();
        bail!("{what} failed ({}): {}", output.status, end.join(" | "));
    }
    Ok(())
}
