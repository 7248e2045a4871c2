//! A case on disk: its facts, its log, its tree.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sentinel_sdk::{Failure, FailureClass, Provider, RepairTask, Severity};

/// Contents by path; none for what is no regular file.
pub type Files = BTreeMap<String, Option<Vec<u8>>>;

/// The facts of a case: `case.toml`.
pub struct Facts(toml::Table);

impl Facts {
    pub fn read(case: &Path) -> Self {
        let text = fs::read_to_string(case.join("case.toml")).unwrap();
        Facts(text.parse().unwrap())
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(|value| value.as_str().unwrap())
    }
}

/// The task of a case: one failure, as the analyser would give it.
pub fn task(facts: &Facts) -> RepairTask {
    let failure = Failure {
        class: match facts.get("class").unwrap() {
            "format" => FailureClass::Format,
            "lint" => FailureClass::Lint,
            "test_failure" => FailureClass::TestFailure,
            "lockfile" => FailureClass::Lockfile,
            "compile" => FailureClass::Compile,
            "type_check" => FailureClass::TypeCheck,
            "dependency" => FailureClass::DependencyResolution,
            "config" => FailureClass::ConfigOrWorkflowSyntax,
            "unknown" => FailureClass::Unknown,
            other => panic!("{other}"),
        },
        severity: Severity::Low,
        confidence: 0.9,
        key_lines: Vec::new(),
        command: facts.get("command").map(str::to_owned),
        tool: facts.get("tool").map(str::to_owned),
        location: None,
        fingerprint: "0".repeat(64),
        attributes: Vec::new(),
    };
    RepairTask {
        failures: vec![failure],
        provider: Provider::Auto,
        log: "log.txt".into(),
        commit: String::new(),
        command: facts.get("command").map(str::to_owned),
    }
}

/// The files below `root`; none for the content of what is no regular file.
pub fn tree(root: &Path) -> Files {
    let mut files = BTreeMap::new();
    let mut directories = vec![root.to_path_buf()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            let kind = path.symlink_metadata().unwrap();
            if kind.is_dir() {
                directories.push(path);
                continue;
            }
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            files.insert(name, kind.is_file().then(|| fs::read(&path).unwrap()));
        }
    }
    files
}
