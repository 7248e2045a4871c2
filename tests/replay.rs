//! What was recorded is run again: bit for bit, in another process, and what
//! is not the same is named.

use std::path::{Path, PathBuf};
use std::process::{Command, Output as Ended};
use std::sync::Arc;

use sentinel::forge::checkout;
use sentinel::forge::directory::snapshot;
use sentinel::ids::{Digest, TaskId};
use sentinel::pipeline::{LogInput, Player, RedactedLog, RepairJob, Replayed, bundle, record};
use sentinel::sandbox::{Input, Output, Recording, Report, Workspace};
use sentinel::store::{Blobs, Store};
use sentinel::task::TaskKind;
use sentinel::time::Timestamp;

use crate::world::AGENTS;

/// A store that recordings are kept in.
struct Recorder {
    place: tempfile::TempDir,
    store: Store,
}

impl Recorder {
    fn new() -> Recorder {
        let place = tempfile::tempdir().unwrap();
        let store = Store::open(&place.path().join("data")).unwrap();
        Recorder { place, store }
    }

    fn data(&self) -> PathBuf {
        self.place.path().join("data")
    }

    fn log(&self, bytes: &[u8]) -> LogInput {
        let digest = self.store.blobs().put(bytes).unwrap();
        let path = self.store.blobs().path(&digest);
        LogInput::recordable(&RedactedLog::read(&path).unwrap()).unwrap()
    }

    /// The files as a repository's snapshot.
    async fn workspace(&self, files: &[(&str, &str)]) -> Workspace {
        let repository = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let place = repository.path().join(path);
            std::fs::create_dir_all(place.parent().unwrap()).unwrap();
            std::fs::write(place, text).unwrap();
        }
        self.snapshot(repository.path()).await
    }

    async fn snapshot(&self, repository: &Path) -> Workspace {
        let copy = tempfile::tempdir_in(self.place.path()).unwrap();
        let tree = snapshot(repository, copy.path()).await.unwrap();
        Workspace {
            tree: Arc::new(tree),
            // The directory lives as long as the recorder.
            files: checkout::files(&copy.keep()).unwrap(),
        }
    }

    async fn keep(&self, task: &TaskId, kind: TaskKind, report: &Report) -> Digest {
        let recording = record(self.store.blobs(), &AGENTS, report)
            .unwrap()
            .expect("the run can be recorded");
        let id = task.clone();
        self.store
            .write(move |tx| tx.set_recording(&id, &recording, "agent@0", kind, Timestamp(0)))
            .await
            .unwrap();
        recording
    }

    async fn replay(&self, recording: &Recording) -> Replayed {
        let player = Player {
            sandbox: AGENTS.sandbox(),
            blobs: self.store.blobs(),
            artifacts: None,
        };
        let component = player.component(recording).await.unwrap();
        player.replay(recording, component).await.unwrap()
    }

    fn recording(&self, digest: &Digest) -> Recording {
        Recording::from_bytes(&self.store.blobs().get(digest).unwrap()).unwrap()
    }

    fn sentinel(&self, arguments: &[&str]) -> Ended {
        let data = self.data();
        let mut arguments: Vec<&str> = arguments.to_vec();
        arguments.extend(["--data-dir", data.to_str().unwrap()]);
        elsewhere().args(arguments).output().unwrap()
    }
}

/// The program on one processor, in another directory, language and time zone.
fn elsewhere() -> Command {
    let program = env!("CARGO_BIN_EXE_sentinel");
    let pinned = Command::new("taskset").arg("--version").output().is_ok();
    let mut command = match pinned {
        true => {
            let mut command = Command::new("taskset");
            command.args(["-c", "0", program]);
            command
        }
        false => Command::new(program),
    };
    command
        .current_dir("/")
        .env_remove("SENTINEL_CONFIG")
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("TZ", "Pacific/Kiritimati")
        .env("LC_ALL", "tr_TR.UTF-8");
    command
}

fn cases() -> Vec<PathBuf> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../agents/patchbot/cases");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(cases)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|case| case.join("log.txt").is_file() && case.join("repo").is_dir())
        .collect();
    cases.sort();
    cases
}

fn task(agent: &str, number: usize) -> TaskId {
    TaskId::derive(&["replay", agent, &number.to_string()])
}

/// Reads a case's log, repairs its tree and looks over a configuration; says
/// how many runs of each agent that were.
async fn run_case(recorder: &Recorder, number: usize, case: &Path) -> [usize; 3] {
    let log = recorder.log(&std::fs::read(case.join("log.txt")).unwrap());
    let id = task("analyze", number);
    let read = AGENTS.read_log(id.clone(), &log, Input::Auto).await;
    recorder.keep(&id, TaskKind::Analyze, &read).await;
    let Ok(Output::Failures(failures)) = &read.outcome else {
        panic!("{}: {:?}", case.display(), read.outcome);
    };
    let job = RepairJob {
        repository: None,
        commit: None,
        failures,
        log: &log,
        provider: Input::Auto,
        workspace: recorder.snapshot(&case.join("repo")).await,
        command: None,
        push: None,
        trusted: false,
    };
    let id = task("repair", number);
    let repaired = AGENTS.repair(id.clone(), &job).await;
    recorder.keep(&id, TaskKind::Repair, &repaired).await;
    let workflow = format!(
        "on: push\njobs:\n  build{number}:\n    runs-on: ubuntu-latest\n    steps:\n      \
         - uses: actions/checkout@v{}\n      - run: make {number}\n",
        number % 5
    );
    let workspace = recorder
        .workspace(&[(".github/workflows/ci.yml", &workflow)])
        .await;
    let id = task("optimize", number);
    let looked = AGENTS.optimize(id.clone(), None, workspace, None).await;
    recorder.keep(&id, TaskKind::Optimize, &looked).await;
    [1, 1, 1]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_runs_of_each_agent_replay_bit_for_bit_elsewhere() {
    let recorder = Recorder::new();
    let mut runs = [0; 3];
    for (number, case) in cases().iter().enumerate() {
        let ran = run_case(&recorder, number, case).await;
        runs.iter_mut().zip(ran).for_each(|(sum, ran)| *sum += ran);
    }
    assert!(runs.iter().all(|runs| *runs >= 100), "{runs:?}");
    let ended = recorder.sentinel(&["task", "replay", "--all", "--json"]);
    let told = String::from_utf8_lossy(&ended.stdout).into_owned();
    let errors = String::from_utf8_lossy(&ended.stderr).into_owned();
    let shown: Vec<serde_json::Value> =
        serde_json::from_str(&told).unwrap_or_else(|error| panic!("{error}: {told} {errors}"));
    assert_eq!(shown.len(), runs.iter().sum::<usize>());
    for replayed in &shown {
        assert_eq!(replayed["same"], true, "{replayed}");
        assert_eq!(replayed["compared"], "everything", "{replayed}");
    }
    assert!(ended.status.success(), "{errors}");
}

/// A log long enough that it is read in several calls.
fn long_log() -> Vec<u8> {
    let mut log = String::new();
    for line in 0..60_000 {
        log += &format!("2026-01-01T00:00:00.0000000Z line {line} says nothing at all\n");
    }
    log += "2026-01-01T00:00:00.0000000Z ##[error]src/lib.rs:1:1: error: expected `;`\n";
    log.into_bytes()
}

async fn recorded_log(recorder: &Recorder, log: &[u8]) -> Recording {
    let id = task("one", 0);
    let input = recorder.log(log);
    let report = AGENTS.read_log(id.clone(), &input, Input::GitHub).await;
    assert!(report.outcome.is_ok(), "{:?}", report.outcome);
    let digest = recorder.keep(&id, TaskKind::Analyze, &report).await;
    recorder.recording(&digest)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_byte_is_noticed_and_the_call_that_read_it_is_named() {
    let recorder = Recorder::new();
    let log = long_log();
    let recording = recorded_log(&recorder, &log).await;
    assert!(recorder.replay(&recording).await.same);

    // The byte is a blank instead of a letter, far behind the first read.
    let mut changed = log.clone();
    let at = changed.len() - 200;
    changed[at] = if changed[at] == b'x' { b'y' } else { b'x' };
    let mut other = recording.clone();
    other.inputs[0].digest = recorder.store.blobs().put(&changed).unwrap();
    let replayed = recorder.replay(&other).await;
    assert!(!replayed.same);
    let diverged = replayed.diverged.expect("the first call is named");
    assert_eq!(diverged.function, "wasi:io/streams.read");
    assert!(diverged.call > 5, "{diverged}");

    // The first byte: the first read.
    let mut changed = log;
    changed[0] = b'3';
    other.inputs[0].digest = recorder.store.blobs().put(&changed).unwrap();
    let first = recorder.replay(&other).await.diverged.expect("named");
    assert_eq!(first.function, "wasi:io/streams.read");
    assert!(first.call < diverged.call, "{first} {diverged}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_the_workspace_that_is_another_is_named_too() {
    let recorder = Recorder::new();
    let one = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [{run: a}]\n";
    let workspace = recorder
        .workspace(&[(".github/workflows/ci.yml", one)])
        .await;
    let id = task("tree", 0);
    let report = AGENTS.optimize(id.clone(), None, workspace, None).await;
    let digest = recorder.keep(&id, TaskKind::Optimize, &report).await;
    let recording = recorder.recording(&digest);
    assert_eq!(recording.files.len(), 1, "only what was read is kept");

    let other = recorder
        .workspace(&[(".github/workflows/ci.yml", &one.replace("run: a", "run: b"))])
        .await;
    let mut changed = recording.clone();
    let listing = sentinel::pipeline::listing(&other.tree);
    changed.tree = Some(recorder.store.blobs().put(&listing).unwrap());
    let text = one.replace("run: a", "run: b");
    let blob = recorder.store.blobs().put(text.as_bytes()).unwrap();
    changed
        .files
        .insert(".github/workflows/ci.yml".into(), blob);
    let replayed = recorder.replay(&changed).await;
    assert!(!replayed.same);
    assert!(replayed.diverged.is_some(), "{replayed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_is_all_it_takes() {
    let recorder = Recorder::new();
    let recording = recorded_log(&recorder, &long_log()).await;
    let id = recording.grant.task.to_string();
    let place = recorder.place.path().join("run.tar.zst");
    let place = place.to_str().unwrap();
    let ended = recorder.sentinel(&["task", "export", &id, "--output", place]);
    assert!(ended.status.success(), "{ended:?}");
    let replay = |file: &str| {
        let mut command = elsewhere();
        command
            .args(["task", "replay", "--from", file])
            .output()
            .unwrap()
    };
    let ended = replay(place);
    let told = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(
        ended.status.success() && told.contains("the same"),
        "{ended:?}"
    );

    // The same recording is the same file.
    let again = recorder.place.path().join("again.tar.zst");
    let again = again.to_str().unwrap();
    recorder.sentinel(&["task", "export", &id, "--output", again]);
    assert_eq!(std::fs::read(place).unwrap(), std::fs::read(again).unwrap());

    // A byte of it changed, and a part of it, are refused in words.
    let bytes = std::fs::read(place).unwrap();
    let mut damaged = bytes.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    for bad in [&damaged[..], &bytes[..bytes.len() / 2], b"no bundle", b""] {
        std::fs::write(again, bad).unwrap();
        let ended = replay(again);
        assert!(!ended.status.success());
        let error = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(error.contains("is no bundle"), "{error}");
    }
}

/// A bundle of these entries.
fn bundle_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(zstd::Encoder::new(Vec::new(), 1).unwrap());
    for (name, bytes) in entries {
        let mut header = tar::Header::new_ustar();
        // `append_data` would refuse some of these names.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        archive.append(&header, *bytes).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_bundle_writes_nothing_but_blobs_of_their_own_names() {
    let recorder = Recorder::new();
    let recording = recorded_log(&recorder, b"error: nothing\n")
        .await
        .to_bytes();
    let directory = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(&directory.path().join("blobs")).unwrap();
    let wrong = format!("blobs/{}", "a".repeat(64));
    for (entries, word) in [
        (
            vec![("recording.json", &recording[..]), ("../evil", b"x")],
            "which no bundle does",
        ),
        (
            vec![("recording.json", &recording[..]), ("/etc/evil", b"x")],
            "which no bundle does",
        ),
        (
            vec![("recording.json", &recording[..]), ("blobs/evil", b"x")],
            "which no bundle does",
        ),
        (
            vec![("recording.json", &recording[..]), (&wrong, b"x")],
            "does not have its digest",
        ),
        (
            vec![("recording.json", &recording[..])],
            "it lacks the blob",
        ),
        (vec![("recording.json", b"{}")], "damaged"),
        (vec![("other.json", &recording[..])], "does not begin with"),
        (vec![], "does not begin with"),
    ] {
        let error = bundle::read(&bundle_of(&entries)[..], &blobs).unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
    }
    let outside: Vec<_> = std::fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(outside, ["blobs"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backtest_tells_what_another_component_would_have_answered() {
    let recorder = Recorder::new();
    let case = cases()
        .into_iter()
        .find(|case| case.join("expected").is_dir());
    run_case(&recorder, 0, &case.unwrap()).await;
    let place = recorder.place.path().join("patchbot.wasm");
    std::fs::write(&place, sentinel::agents::PATCHBOT.bytes).unwrap();
    let ended = recorder.sentinel(&["agent", "backtest", place.to_str().unwrap()]);
    let told = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(told.contains("1 tasks: 1 same"), "{ended:?}");

    // The same component that is told to propose nothing: another digest.
    let probe = crate::sandbox::PROBE.clone();
    std::fs::write(&place, probe).unwrap();
    let ended = recorder.sentinel(&["agent", "backtest", place.to_str().unwrap(), "--json"]);
    let rows: Vec<serde_json::Value> =
        serde_json::from_slice(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    let repair = rows
        .iter()
        .find(|row| row["agent"] == "agent@0" && row["answer"] == "abstained: nothing to do")
        .unwrap_or_else(|| panic!("{rows:?}"));
    assert_eq!(repair["verdict"], "abstained");
}
