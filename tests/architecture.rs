//! The layers hold: a file that says it is pure has no clock, no IO and no
//! async; adapters do not know each other; nobody looks up.

use std::path::{Path, PathBuf};

const PURE: &[&str] = &[
    "change",
    "ci_history",
    "command",
    "confidence",
    "decision",
    "delivery",
    "effect",
    "event",
    "evidence",
    "failure",
    "grant",
    "ids",
    "incident",
    "ledger",
    "manifest",
    "patch",
    "policy",
    "proof",
    "proposal",
    "push",
    "redact",
    "spending",
    "task",
    "time",
    "timetable",
    "tree",
];
const ADAPTERS: &[&str] = &[
    "agents", "forge", "metrics", "model", "runner", "sandbox", "store", "web",
];
const CONDUCT: &[&str] = &["pipeline"];
const EDGES: &[&str] = &["cli", "config", "http"];

/// What no pure file may name.
const IMPURE: &[&str] = &[
    "tokio",
    "rusqlite",
    "axum",
    "octocrab",
    "wasmtime",
    "hyper",
    "async fn",
    "async_trait",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::env",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "println!",
    "tracing",
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every file of a module, with its text.
fn files(module: &str) -> Vec<(PathBuf, String)> {
    let mut waiting = vec![source().join(module), source().join(format!("{module}.rs"))];
    let mut files = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(
                std::fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            files.push((path, text));
        }
    }
    files
}

/// Code without its comments.
fn code(text: &str) -> String {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_pure_layer_is_pure() {
    for module in PURE {
        for (path, text) in files(module) {
            for word in IMPURE {
                assert!(!code(&text).contains(word), "{}: {word}", path.display());
            }
        }
    }
}

#[test]
fn every_layer_uses_only_those_below() {
    let above: [(&[&str], Vec<&str>); 3] = [
        (PURE, [ADAPTERS, CONDUCT, EDGES].concat()),
        (ADAPTERS, [CONDUCT, EDGES].concat()),
        (CONDUCT, ["cli", "http"].to_vec()),
    ];
    for (layer, forbidden) in above {
        for module in layer {
            for (path, text) in files(module) {
                for other in &forbidden {
                    let named = code(&text).contains(&format!("crate::{other}"));
                    assert!(!named, "{} uses {other}", path.display());
                }
            }
        }
    }
}

#[test]
fn adapters_do_not_know_each_other() {
    for module in ADAPTERS {
        for (path, text) in files(module) {
            for other in ADAPTERS.iter().filter(|other| other != &module) {
                let named = code(&text).contains(&format!("crate::{other}::"));
                assert!(!named, "{} uses {other}", path.display());
            }
        }
    }
}

#[test]
fn every_module_has_a_layer() {
    let known = [PURE, ADAPTERS, CONDUCT, EDGES, &["lib", "main"]].concat();
    for entry in std::fs::read_dir(source()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(known.contains(&name.as_str()), "{name} belongs to no layer");
    }
}

#[test]
fn every_kind_of_ledger_entry_is_written_somewhere() {
    let ledger = std::fs::read_to_string(source().join("ledger.rs")).unwrap();
    let kinds = ledger
        .split("pub enum Kind {")
        .nth(1)
        .unwrap()
        .split('}')
        .next()
        .unwrap();
    let names: Vec<&str> = kinds
        .lines()
        .map(|line| line.trim().trim_end_matches(','))
        .filter(|line| line.starts_with(char::is_uppercase))
        .collect();
    assert!(names.len() > 10, "{names:?}");
    let mut text = String::new();
    for module in ["pipeline", "cli", "http"] {
        files(module)
            .into_iter()
            .for_each(|(_, file)| text += &file);
    }
    for name in names {
        assert!(
            text.contains(&format!("Kind::{name}")),
            "nothing records {name}"
        );
    }
}
