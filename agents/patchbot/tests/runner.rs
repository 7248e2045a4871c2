//! Every directory below `runs/` is a failure whose command can be run again:
//! the tree, the log, and what the commands did, recorded by really running
//! them. `RECORD_RUNS=1` runs them again (`RECORD_RUNS=stale` those called like
//! that), with the tools that the cases are
//! made with on the PATH.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::sync::Mutex;

use patchbot::push::Push;
use patchbot::runner::{Recorded, Recording, Runner};
use patchbot::workspace::InMemory;
use patchbot::{Given, repair_given};
use sentinel_sdk::runner::{Command, RunResult};
use sentinel_sdk::{AccessError, Action, Edit, EditContent, Output, Proposal};
use sha2::{Digest, Sha256};
use tools::twins;

#[path = "shared/case.rs"]
mod case;

use case::{Facts, Files, task, tree};

/// What the failed command itself accepted is believed this much.
const PROVEN: f64 = 0.95;

#[test]
fn what_is_proposed_was_tried_and_passes() {
    let mut wrong = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("runs");
    let mut cases: Vec<PathBuf> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    for case in &cases {
        if let Err(reason) = check(case) {
            wrong.push(format!("{}: {reason}", case.file_name().unwrap().display()));
        }
    }
    assert!(cases.len() >= 12, "{} cases", cases.len());
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

fn check(case: &Path) -> Result<(), String> {
    let facts = Facts::read(case);
    let log = fs::read(case.join("log.txt")).unwrap();
    let files = tree(&case.join("repo"));
    let commands = offered(&facts);
    let name = case.file_name().unwrap().to_str().unwrap();
    let asked = |names: String| names == "1" || name.contains(&names);
    let output = if std::env::var("RECORD_RUNS").is_ok_and(asked) {
        let live = Live::new(commands, files.clone());
        let given = given(&facts, &live);
        let output = repair_given(&task(&facts), &log[..], &InMemory::new(files), given).unwrap();
        write(case, &live.done.into_inner().unwrap());
        output
    } else {
        let recording = Recording {
            commands,
            runs: read(case),
        };
        let given = given(&facts, &recording);
        repair_given(&task(&facts), &log[..], &InMemory::new(files), given).unwrap()
    };
    match (facts.get("abstain"), output) {
        (Some(fragment), Output::Abstained(reason)) if reason.contains(fragment) => Ok(()),
        (None, Output::Proposals(proposals)) => {
            proven(&proposals[0], &facts, &tree(&case.join("expected")))
        }
        (_, output) => Err(format!("{output:?}")),
    }
}

/// The commands, and what the push changed where the case says.
fn given<'a>(facts: &Facts, runner: &'a dyn Runner) -> Given<'a> {
    let push = facts.get("push").map(|changed| Push {
        base: Some("1".repeat(40)),
        changed: changed.split(',').map(str::to_owned).collect(),
        ..Push::default()
    });
    Given {
        runner: Some(runner),
        push,
        ..Given::default()
    }
}

fn proven(proposal: &Proposal, facts: &Facts, expected: &Files) -> Result<(), String> {
    let [Action::Change(change)] = &proposal.actions[..] else {
        return Err(format!("no change: {:?}", proposal.actions));
    };
    let has = |key: &str| proposal.attributes.iter().any(|fact| fact.key == key);
    // What is recorded anew always passes, so that proves less.
    let sure = (proposal.confidence >= PROVEN) != (proposal.strategy == "stale-expectation");
    if !sure || !has("proven-by") {
        return Err(format!("not proven: {:?}", proposal.attributes));
    }
    if has("needs-approval") != facts.get("approval").is_some() {
        return Err("is wrong about the approval".into());
    }
    if Some(proposal.strategy.as_str()) != facts.get("strategy") {
        return Err(format!("by {}", proposal.strategy));
    }
    let got: Files = change
        .edits
        .iter()
        .map(|edit| (edit.path.clone(), written(edit)))
        .collect();
    if &got != expected {
        let text = |bytes: &Option<Vec<u8>>| {
            String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned()
        };
        let shown: Vec<String> = got
            .iter()
            .map(|(path, bytes)| format!("{path}:\n{}", text(bytes)))
            .collect();
        return Err(format!("changes\n{}", shown.join("\n")));
    }
    Ok(())
}

/// The failed command and its twins, as a host offers them.
fn offered(facts: &Facts) -> Vec<Command> {
    let command = facts.get("command").unwrap();
    let argv: Vec<String> = if command.contains(['|', '&', '*', '=', '\n']) {
        ["bash", "-e", "-c", command].map(str::to_owned).to_vec()
    } else {
        command.split_whitespace().map(str::to_owned).collect()
    };
    let twins = twins("check", &argv).into_iter().map(|twin| Command {
        id: twin.id,
        argv: twin.argv,
        origin: "fix mode".into(),
    });
    let check = Command {
        id: "check".into(),
        argv: argv.clone(),
        origin: "workflow".into(),
    };
    std::iter::once(check).chain(twins).collect()
}

fn written(edit: &Edit) -> Option<Vec<u8>> {
    match &edit.content {
        EditContent::Write(bytes) => Some(bytes.clone()),
        EditContent::Delete | EditContent::Other(_) => None,
    }
}

/// Runs the commands for real, in a copy of the tree.
struct Live {
    commands: Vec<Command>,
    files: Files,
    done: Mutex<Vec<Recorded>>,
}

impl Live {
    fn new(commands: Vec<Command>, files: Files) -> Self {
        Live {
            commands,
            files,
            done: Mutex::default(),
        }
    }
}

impl Runner for Live {
    fn commands(&self) -> Result<Vec<Command>, AccessError> {
        Ok(self.commands.clone())
    }

    fn run(&self, command: &str, edits: &[Edit]) -> Result<RunResult, AccessError> {
        let argv = &self
            .commands
            .iter()
            .find(|offered| offered.id == command)
            .unwrap()
            .argv;
        let mut files = self.files.clone();
        files.extend(edits.iter().map(|edit| (edit.path.clone(), written(edit))));
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path().join("shop");
        for (path, bytes) in &files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes.as_deref().unwrap()).unwrap();
        }
        let git = Process::new("sh")
            .args(["-c", "git init -q && git add -A"])
            .current_dir(&root)
            .status();
        assert!(git.unwrap().success());
        let ran = Process::new(&argv[0])
            .args(&argv[1..])
            .current_dir(&root)
            .output()
            .unwrap();
        let known = |path: &String| files.contains_key(path);
        let after = tree(&root);
        let changed = after
            .into_iter()
            .filter(|(path, bytes)| known(path) && files[path] != *bytes);
        let settled = |bytes: &[u8]| {
            String::from_utf8_lossy(bytes)
                .replace(root.to_str().unwrap(), "/scratch")
                .into_bytes()
        };
        let result = RunResult {
            exit: ran.status.code(),
            stdout: settled(&ran.stdout),
            stderr: settled(&ran.stderr),
            edits: changed
                .map(|(path, bytes)| edit(path, bytes.unwrap()))
                .collect(),
            attributes: Vec::new(),
        };
        let with = edits
            .iter()
            .map(|edit| (edit.path.clone(), written(edit).unwrap()));
        let mut with: Vec<_> = with.collect();
        with.sort();
        self.done.lock().unwrap().push(Recorded {
            command: command.to_owned(),
            with,
            result: result.clone(),
        });
        Ok(result)
    }
}

/// An edit as a host makes it; its base is of no matter here.
fn edit(path: String, bytes: Vec<u8>) -> Edit {
    let base = Sha256::digest(b"")
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Edit {
        path,
        base: Some(base),
        content: EditContent::Write(bytes),
    }
}

fn write(case: &Path, runs: &[Recorded]) {
    let text = |bytes: &[u8]| toml::Value::String(String::from_utf8(bytes.to_vec()).unwrap());
    let runs: Vec<toml::Value> = runs
        .iter()
        .map(|run| {
            let mut table = toml::Table::new();
            table.insert("command".into(), run.command.clone().into());
            table.insert("exit".into(), i64::from(run.result.exit.unwrap()).into());
            table.insert("stdout".into(), text(&run.result.stdout));
            table.insert("stderr".into(), text(&run.result.stderr));
            let with = run
                .with
                .iter()
                .map(|(path, bytes)| (path.clone(), text(bytes)));
            table.insert("with".into(), toml::Table::from_iter(with).into());
            let edits = run.result.edits.iter();
            let edits = edits.map(|edit| (edit.path.clone(), text(&written(edit).unwrap())));
            table.insert("edits".into(), toml::Table::from_iter(edits).into());
            table.into()
        })
        .collect();
    let table = toml::Table::from_iter([("run".to_owned(), runs.into())]);
    fs::write(case.join("runs.toml"), toml::to_string(&table).unwrap()).unwrap();
}

fn read(case: &Path) -> Vec<Recorded> {
    let table: toml::Table = fs::read_to_string(case.join("runs.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let text = |run: &toml::Value, key: &str| run[key].as_str().unwrap().to_owned();
    let files = |run: &toml::Value, key: &str| -> BTreeMap<String, Vec<u8>> {
        let table = run[key].as_table().unwrap();
        table
            .iter()
            .map(|(path, text)| (path.clone(), text.as_str().unwrap().into()))
            .collect()
    };
    let runs = table["run"].as_array().unwrap();
    runs.iter()
        .map(|run| Recorded {
            command: text(run, "command"),
            with: files(run, "with").into_iter().collect(),
            result: RunResult {
                exit: Some(run["exit"].as_integer().unwrap() as i32),
                stdout: text(run, "stdout").into_bytes(),
                stderr: text(run, "stderr").into_bytes(),
                edits: files(run, "edits")
                    .into_iter()
                    .map(|(path, bytes)| edit(path, bytes))
                    .collect(),
                attributes: Vec::new(),
            },
        })
        .collect()
}
