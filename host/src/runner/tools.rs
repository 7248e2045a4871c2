//! The tools that the operator's `PATH` names outside of the system's own
//! directories: rustup, pyenv, nvm, virtual environments and their like.
//!
//! They are bound read-only, directory by directory, and never a whole home:
//! credentials live there. What a tool needs beside its programs is known from
//! its layout.

mod layout;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::system;
use layout::Found;

/// Directories of one `PATH`.
const MAX_DIRECTORIES: usize = 64;

/// Links that are followed out of one directory of programs.
const MAX_LINKS: usize = 1_024;

/// Names that a directory of credentials has in it: whoever has one of them is
/// not bound.
const CREDENTIALS: [&str; 22] = [
    ".aws",
    ".azure",
    ".config",
    ".docker",
    ".env",
    ".git-credentials",
    ".gnupg",
    ".kube",
    ".netrc",
    ".npmrc",
    ".password-store",
    ".pypirc",
    ".ssh",
    ".vault-token",
    "credentials",
    "credentials.json",
    "credentials.toml",
    "id_ecdsa",
    "id_ed25519",
    "id_rsa",
    "keyrings",
    "secrets",
];

/// What is bound, and where programs are then.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tools {
    /// The directories of `PATH` that are there inside.
    pub directories: Vec<PathBuf>,
    /// Bound read-only at their own place; none below another.
    pub binds: Vec<PathBuf>,
    /// Links in the command's home, by their place in it, for tools that look
    /// for the rest of themselves there.
    pub links: BTreeMap<String, PathBuf>,
    pub left_out: Vec<LeftOut>,
}

/// A directory of `PATH` that commands do not see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    pub path: PathBuf,
    pub why: String,
}

impl Tools {
    /// Of a `PATH`.
    pub fn of(path: &str) -> Tools {
        let mut tools = Tools::default();
        let homes = homes();
        for directory in path.split(':').take(MAX_DIRECTORIES) {
            tools.add(Path::new(directory), &homes);
        }
        tools.settle();
        tools
    }

    /// As `PATH` inside: a workspace's own programs come first by name in its
    /// commands, so they are not in it.
    pub fn path(&self) -> String {
        let mut directories: Vec<String> = Vec::new();
        let own = ["/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from);
        for directory in self.directories.iter().chain(&own) {
            let directory = directory.to_string_lossy().into_owned();
            if !directories.contains(&directory) {
                directories.push(directory);
            }
        }
        directories.join(":")
    }

    fn add(&mut self, directory: &Path, homes: &[PathBuf]) {
        // Relative directories are whatever the working directory is.
        if !directory.is_absolute() || self.directories.iter().any(|known| known == directory) {
            return;
        }
        let Ok(real) = directory.canonicalize() else {
            return;
        };
        if system::holds(&real) {
            self.directories.push(directory.to_owned());
            return;
        }
        for found in layout::found(directory, &real, homes) {
            self.take(found, homes);
        }
    }

    fn take(&mut self, found: Found, homes: &[PathBuf]) {
        let refused = found.binds.iter().find_map(|bind| {
            let why = refusal(bind, homes)?;
            Some((bind, why))
        });
        if let Some((path, why)) = refused {
            let (path, why) = (path.clone(), why.to_owned());
            self.left_out.push(LeftOut { path, why });
            return;
        }
        self.binds.extend(found.binds);
        self.links.extend(found.links);
        if self.directories.contains(&found.directory) {
            return;
        }
        for target in links(&found.directory) {
            let bound = self.binds.iter().any(|bind| target.starts_with(bind));
            if !bound && !system::holds(&target) {
                let binds = layout::around(&target, homes);
                if binds.iter().all(|bind| refusal(bind, homes).is_none()) {
                    self.binds.extend(binds);
                }
            }
        }
        self.directories.push(found.directory);
    }

    /// Sorted, and nothing twice.
    fn settle(&mut self) {
        self.binds.sort();
        self.binds.dedup();
        let all = std::mem::take(&mut self.binds);
        for bind in all {
            let covered = self.binds.iter().any(|above| bind.starts_with(above));
            if !covered {
                self.binds.push(bind);
            }
        }
    }
}

/// Why a directory is not bound.
fn refusal(path: &Path, homes: &[PathBuf]) -> Option<&'static str> {
    if path.parent().is_none() {
        return Some("it is the root of the machine");
    }
    // A home, or what homes lie in.
    if homes.iter().any(|home| home.starts_with(path)) {
        return Some("it is a home or holds one: credentials live there");
    }
    let holds = |name: &str| path.join(name).symlink_metadata().is_ok();
    match CREDENTIALS.into_iter().any(holds) {
        true => Some("files in it have the names of credentials"),
        false => None,
    }
}

/// Where the programs of a directory really are, if they are links.
fn links(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Vec::new();
    };
    let links = entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_symlink()));
    let targets = links
        .take(MAX_LINKS)
        .map(|entry| entry.path().canonicalize());
    let mut targets: Vec<PathBuf> = targets.flatten().collect();
    targets.sort();
    targets
}

/// The homes of this machine's people and services.
fn homes() -> Vec<PathBuf> {
    let own = std::env::var_os("HOME").map(PathBuf::from);
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let listed = accounts.lines().filter_map(|line| line.split(':').nth(5));
    let mut homes: Vec<PathBuf> = own
        .into_iter()
        .chain(listed.map(PathBuf::from))
        .chain(["/root".into()])
        // `/`, `/bin` and `/usr/games` are written there for nobodies.
        .filter(|home| home.parent().is_some() && !system::holds(home))
        .filter_map(|home| home.canonicalize().ok())
        .collect();
    homes.sort();
    homes.dedup();
    homes
}
