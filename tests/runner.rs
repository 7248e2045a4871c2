//! Commands in an OS sandbox: what works in it, what does not get out of it.

mod caches;
mod changes;
mod container;
mod doctor;
mod escape;
mod history;
mod poisoned;
mod prepared;
mod registries;
mod streams;
mod tools;
mod wiring;

use std::collections::BTreeMap;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use sentinel::runner::{
    Around, Limits, Order, Ran, RunError, Runner, Settings, Source, Stop, Tier,
};
use sentinel::tree::{Entry, EntryKind, Files, Tree, blob_id};

/// A file that rustfmt changes.
const UNFORMATTED: &str = "//! One.\n\npub fn one( )->u8{1}\n";

/// Small enough to be hit, large enough for an interpreter.
fn limits() -> Limits {
    Limits {
        wall_seconds: 12,
        cpu_seconds: 20,
        memory_bytes: 192 * 1024 * 1024,
        processes: 64,
        output_bytes: 4 * 1024 * 1024,
        kept_bytes: 64 * 1024,
        scratch_bytes: 32 * 1024 * 1024,
        ..Limits::default()
    }
}

fn settings(tier: Tier) -> Settings {
    Settings {
        tiers: vec![tier],
        limits: limits(),
        ..Settings::default()
    }
}

fn runner(settings: Settings) -> Runner {
    Runner::new(settings, PathBuf::from(env!("CARGO_BIN_EXE_sentinel")))
}

/// A runner whose tier works here; what needs another is skipped by name. Under
/// CI a program that is missing is a failure. A kernel that has no Landlock or
/// forbids namespaces is not: no job can install another.
fn working(settings: Settings) -> Option<Runner> {
    let runner = runner(settings);
    if runner.probe().tier.is_some() {
        return Some(runner);
    }
    let reasons = runner.probe().reasons();
    assert!(!in_ci() || !reasons.contains("install"), "{reasons}");
    eprintln!("skipped: {reasons}");
    None
}

fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|ci| ci == "true")
}

/// Files in memory.
#[derive(Debug, Default)]
struct Memory(BTreeMap<String, Vec<u8>>);

impl Files for Memory {
    fn bytes(&self, path: &str, _: &Entry) -> std::io::Result<Vec<u8>> {
        Ok(self.0[path].clone())
    }
}

fn source_of(files: &[(&str, EntryKind, &[u8])]) -> Source {
    let mut tree = Tree::default();
    let mut memory = Memory::default();
    for (path, kind, bytes) in files {
        let entry = Entry {
            kind: *kind,
            id: blob_id(bytes),
            size: Some(bytes.len() as u64),
        };
        tree.insert((*path).to_owned(), entry).unwrap();
        memory.0.insert((*path).to_owned(), bytes.to_vec());
    }
    Source {
        tree: Arc::new(tree),
        files: Arc::new(memory),
    }
}

fn source(files: &[(&str, &str)]) -> Source {
    let files: Vec<(&str, EntryKind, &[u8])> = files
        .iter()
        .map(|(path, text)| (*path, EntryKind::File, text.as_bytes()))
        .collect();
    source_of(&files)
}

fn order(argv: &[&str]) -> Order {
    Order {
        argv: argv.iter().map(|word| (*word).to_owned()).collect(),
        shown_as: String::new(),
        directory: String::new(),
        env: BTreeMap::new(),
        around: Around::default(),
    }
}

fn shell(script: &str) -> Order {
    order(&["/bin/sh", "-c", script])
}

fn run(runner: &Runner, order: &Order, source: &Source) -> Result<Ran, RunError> {
    runner.run(order, source, &[], &Stop::default())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A process of the user that commands run as: somebody's neighbour.
fn neighbour(name: &str) -> Ended {
    let mut command = Command::new("/bin/sleep");
    command.arg("600").arg0(name).stdin(Stdio::null());
    if let Some(user) = Settings::default().child_user() {
        command.uid(user).gid(user);
    }
    Ended(command.spawn().unwrap())
}

/// A child that does not outlive the test.
struct Ended(Child);

impl Ended {
    fn is_alive(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
