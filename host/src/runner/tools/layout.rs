//! How tools lie on disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What of a tool that lies directly in a home is bound: `~/.local/share` has
/// keyrings in it.
const PARTS: [&str; 5] = ["bin", "include", "lib", "lib64", "libexec"];

/// Versions that one pyenv has chosen at a time.
const MAX_VERSIONS: usize = 8;

/// A directory of programs and what it needs to work.
#[derive(Debug, Default)]
pub struct Found {
    pub directory: PathBuf,
    pub binds: Vec<PathBuf>,
    pub links: BTreeMap<String, PathBuf>,
}

/// What a directory of `PATH` stands for: mostly itself.
pub fn found(directory: &Path, real: &Path, homes: &[PathBuf]) -> Vec<Found> {
    if let Some(root) = pyenv(real) {
        return chosen(&root, homes);
    }
    let mut found = Found {
        directory: directory.to_owned(),
        binds: prefix(real, homes),
        links: BTreeMap::new(),
    };
    if real.join("rustup").is_file() {
        rustup(real, &mut found);
    }
    // Inside it is called what it is called in `PATH`.
    if !directory.starts_with(real) && !found.binds.contains(&directory.to_owned()) {
        found.binds.push(directory.to_owned());
    }
    vec![found]
}

/// What a program that a link leads to needs: its own prefix.
pub fn around(program: &Path, homes: &[PathBuf]) -> Vec<PathBuf> {
    match program.parent() {
        Some(directory) => prefix(directory, homes),
        None => Vec::new(),
    }
}

/// What belongs to a directory of programs.
fn prefix(programs: &Path, homes: &[PathBuf]) -> Vec<PathBuf> {
    let alone = || vec![programs.to_owned()];
    let Some(prefix) = programs.parent() else {
        return alone();
    };
    // Programs there are links to packages beside, which need each other.
    if programs.ends_with("node_modules/.bin") {
        return vec![prefix.to_owned()];
    }
    let named = programs.file_name().is_some_and(|name| name == "bin");
    // `/opt/bin` has no prefix of its own.
    let shallow = prefix.components().count() <= 2;
    if !named || shallow || homes.iter().any(|home| home == prefix) {
        return alone();
    }
    if homes.iter().any(|home| prefix.parent() == Some(home)) {
        let parts = PARTS.iter().map(|part| prefix.join(part));
        return parts.filter(|part| part.is_dir()).collect();
    }
    let mut binds = vec![prefix.to_owned()];
    binds.extend(base_interpreter(prefix));
    binds
}

/// Where a virtual environment has its interpreter from.
fn base_interpreter(prefix: &Path) -> Option<PathBuf> {
    let text = std::fs::read_to_string(prefix.join("pyvenv.cfg")).ok()?;
    let home = text.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "home").then(|| PathBuf::from(value.trim()))
    })?;
    let base = home.canonicalize().ok()?.parent()?.to_owned();
    (!super::system::holds(&base)).then_some(base)
}

/// rustup's proxies look for the toolchains and for which is the default one,
/// in a home of theirs that they write to. Cargo's own home is not bound: its
/// credentials lie beside its programs.
fn rustup(programs: &Path, found: &mut Found) {
    found.binds = vec![programs.to_owned()];
    let named = std::env::var_os("RUSTUP_HOME").map(PathBuf::from);
    let beside = programs
        .parent()
        .and_then(Path::parent)
        .map(|home| home.join(".rustup"));
    let home = named.into_iter().chain(beside).find(|home| home.is_dir());
    let Some(home) = home.and_then(|home| home.canonicalize().ok()) else {
        return;
    };
    for part in ["toolchains", "settings.toml"] {
        let target = home.join(part);
        if target.exists() {
            found.binds.push(target.clone());
            found.links.insert(format!(".rustup/{part}"), target);
        }
    }
}

/// The root of a pyenv whose shims these are.
fn pyenv(programs: &Path) -> Option<PathBuf> {
    let named = programs.file_name().is_some_and(|name| name == "shims");
    let root = programs.parent()?;
    let known = |root: &Path| root.join("versions").is_dir();
    let above = || programs.ancestors().skip(2).find(|above| known(above));
    match named {
        false => None,
        true if known(root) => Some(root.to_owned()),
        // Its plugins have shims too.
        true => above().map(Path::to_owned),
    }
}

/// A pyenv's shims are scripts that look for the version; its versions are
/// named in their place, which also starts ten times as fast.
fn chosen(root: &Path, homes: &[PathBuf]) -> Vec<Found> {
    let text = std::fs::read_to_string(root.join("version")).unwrap_or_default();
    let names = text.split_whitespace().filter(|name| !name.contains('/'));
    let programs = names.map(|name| root.join("versions").join(name).join("bin"));
    let there = programs.filter_map(|programs| programs.canonicalize().ok());
    let found = there.map(|programs| Found {
        binds: prefix(&programs, homes),
        directory: programs,
        links: BTreeMap::new(),
    });
    found.take(MAX_VERSIONS).collect()
}
