//! The agents' cases through the whole host: the log as a CI system keeps it,
//! read and repaired in the sandbox, checked, and compared with what the real
//! tool makes of the same tree.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sentinel::forge::directory::snapshot;
use sentinel::ids::TaskId;
use sentinel::pipeline::{Candidate, Fixer, LogInput, RedactedLog};
use sentinel::policy::Policy;
use sentinel::sandbox::{Input, Output, Workspace};

use crate::world::AGENTS;

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../agents/patchbot/cases")
}

/// All files below a directory, by path.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in std::fs::read_dir(directory).into_iter().flatten() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => waiting.push(path),
                false => {
                    let name = path
                        .strip_prefix(root)
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned();
                    files.insert(name, std::fs::read(&path).unwrap_or_default());
                }
            }
        }
    }
    files
}

async fn propose(case: &Path) -> (Vec<Candidate>, Vec<String>) {
    // A copy outside this repository: git is not to know the case's files.
    let repository = tempfile::tempdir().unwrap();
    for (path, bytes) in files(&case.join("repo")) {
        let place = repository.path().join(path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, bytes).unwrap();
    }
    let copy = tempfile::tempdir().unwrap();
    let tree = snapshot(repository.path(), copy.path()).await.unwrap();
    let log = || LogInput::of(&RedactedLog::read(&case.join("log.txt")).unwrap()).unwrap();
    let task = TaskId::derive(&["case"]);
    let read = AGENTS.read_log(task, &log(), Input::Auto).await;
    let Ok(Output::Failures(failures)) = read.outcome else {
        panic!("{}: {:?}", case.display(), read.outcome)
    };
    let fixer = Fixer {
        agents: &AGENTS,
        log: log(),
        provider: Input::Auto,
        workspace: Workspace {
            tree: Arc::new(tree),
            files: sentinel::forge::checkout::files(copy.path()).unwrap(),
        },
        rules: Policy::default().patch_rules().unwrap(),
        command: None,
        push: None,
        now: sentinel::time::Timestamp(0),
    };
    let (proved, why) = fixer.propose(&failures).await;
    let candidates = proved.into_iter().map(|proved| proved.candidate);
    (candidates.collect(), why)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_ends_as_the_real_tool_would_have_it() {
    let mut wrong = Vec::new();
    let (mut repaired, mut abstained) = (0, 0);
    for entry in std::fs::read_dir(cases()).unwrap() {
        let case = entry.unwrap().path();
        if !case.join("log.txt").is_file() {
            continue;
        }
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let expected = files(&case.join("expected"));
        let (candidates, reasons) = propose(&case).await;
        match (candidates.first(), expected.is_empty()) {
            (None, true) => abstained += 1,
            (None, false) => wrong.push(format!("{name}: nothing is proposed: {reasons:?}")),
            (Some(_), true) => wrong.push(format!("{name}: a repair, but it should abstain")),
            (Some(best), false) => {
                let text = |bytes: &Option<Vec<u8>>| bytes.clone().unwrap_or_default();
                let got: BTreeMap<String, Vec<u8>> = best
                    .patch
                    .files()
                    .iter()
                    .map(|file| (file.path.to_string(), text(&file.after)))
                    .collect();
                match got == expected {
                    true => repaired += 1,
                    false => wrong.push(format!("{name}: {:?}", got.keys())),
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{repaired} repaired, {abstained} abstained:\n{}",
        wrong.join("\n")
    );
    assert!(
        repaired >= 60 && abstained >= 40,
        "{repaired} repaired, {abstained} abstained"
    );
}
