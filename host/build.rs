//! Builds the three agents to components and leaves them where the host
//! embeds them, so that one command is the whole set-up.
//!
//! The nested cargo has a target directory and an environment of its own: on
//! a shared target directory it would wait for the very lock its parent holds,
//! and flags or wrappers meant for the host (coverage, clippy, `-C
//! target-cpu`) would change the components' digests.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-wasip2";

/// Packages of `agents/`, and the libraries they share.
const AGENTS: [&str; 3] = ["log-analyzer", "patchbot", "config-optimizer"];
const LIBRARIES: [&str; 3] = ["agents/ci-log", "agents/tools", "sdk/rust"];

/// Variables a nested cargo needs to find its toolchain, its registry and the
/// network; everything else is left behind.
const KEPT: [&str; 5] = ["PATH", "HOME", "USER", "TMPDIR", "SSL_CERT_FILE"];
const KEPT_PREFIXES: [&str; 6] = [
    "CARGO_HOME",
    "RUSTUP_",
    "CARGO_NET_",
    "CARGO_HTTP_",
    "CARGO_REGISTR",
    "CARGO_SOURCE_",
];

fn main() {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join("..");
    watch(&root);
    ensure_target();
    let guests = guests_directory();
    build(&root.join("agents"), &guests);
    let out = PathBuf::from(variable("OUT_DIR"));
    for agent in AGENTS {
        let file = format!("{}.wasm", agent.replace('-', "_"));
        let built = guests.join(TARGET).join("release").join(&file);
        std::fs::copy(&built, out.join(&file))
            .unwrap_or_else(|error| panic!("copying {}: {error}", built.display()));
    }
    println!(
        "cargo::rustc-env=SENTINEL_AGENTS_VERSION={}",
        version(&root)
    );
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name} for build scripts"))
}

fn watch(root: &Path) {
    let watch = |path: PathBuf| println!("cargo::rerun-if-changed={}", path.display());
    watch(root.join("wit"));
    for file in [
        "agents/Cargo.toml",
        "agents/Cargo.lock",
        "agents/.cargo/config.toml",
    ] {
        watch(root.join(file));
    }
    let agents = AGENTS.map(|agent| format!("agents/{agent}"));
    for package in agents.iter().map(String::as_str).chain(LIBRARIES) {
        // `rules` is data that a component embeds, `build` reads it.
        for part in ["Cargo.toml", "manifest.toml", "build", "src", "rules"] {
            let part = root.join(package).join(part);
            if part.exists() {
                watch(part);
            }
        }
    }
}

/// `target/guests`, the same for every profile of the host: the components do
/// not depend on how the host is built.
fn guests_directory() -> PathBuf {
    // OUT_DIR is <target>/<profile>/build/<package>/out, or has the triple's
    // directory in between where one is named.
    let out = PathBuf::from(variable("OUT_DIR"));
    let profile = out
        .ancestors()
        .nth(3)
        .expect("OUT_DIR lies in a target directory");
    profile
        .parent()
        .expect("a profile directory has a parent")
        .join("guests")
}

/// The wasm target's standard library is a component of the toolchain that
/// rustup adds in seconds.
fn ensure_target() {
    if has_target() {
        return;
    }
    println!("cargo::warning=adding the Rust target {TARGET} with rustup, for the agents");
    let added = Command::new("rustup")
        .args(["target", "add", TARGET])
        .status();
    if !added.is_ok_and(|status| status.success()) || !has_target() {
        panic!("the agents need the Rust target {TARGET}; run: rustup target add {TARGET}");
    }
}

fn has_target() -> bool {
    let output = Command::new(variable("RUSTC"))
        .args(["--print", "target-libdir", "--target", TARGET])
        .output();
    output.is_ok_and(|output| {
        let directory = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success() && Path::new(&directory).is_dir()
    })
}

fn build(agents: &Path, guests: &Path) {
    let mut cargo = Command::new(variable("CARGO"));
    cargo
        .env_clear()
        .current_dir(agents)
        .env("CARGO_TARGET_DIR", guests);
    for (name, value) in env::vars_os() {
        let kept = name.to_str().is_some_and(|name| {
            KEPT.contains(&name) || KEPT_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        });
        if kept {
            cargo.env(name, value);
        }
    }
    cargo.args(["build", "--release", "--locked", "--target", TARGET]);
    for agent in AGENTS {
        cargo.args(["--package", agent]);
    }
    let output = cargo
        .output()
        .unwrap_or_else(|error| panic!("starting cargo: {error}"));
    if !output.status.success() {
        panic!(
            "building the agents failed:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// All agents share one version, that of their workspace.
fn version(root: &Path) -> String {
    let manifest = std::fs::read_to_string(root.join("agents/Cargo.toml"))
        .unwrap_or_else(|error| panic!("reading agents/Cargo.toml: {error}"));
    let line = manifest
        .lines()
        .find_map(|line| line.strip_prefix("version = "));
    line.expect("agents/Cargo.toml names a version")
        .trim_matches('"')
        .to_owned()
}
