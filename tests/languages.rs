//! Guests in five languages, built without any SDK of ours but Rust's, all
//! doing the same small thing: real runtimes start in the sandbox, read what
//! is theirs by their own standard library, and meet refusals as ordinary
//! errors.
//!
//! In `execute` each says a greeting in the log, reports progress, walks
//! `/workspace`, reads a file of it and the log, lets the clocks go on, takes
//! random bytes, tries to write and to leave the workspace, and abstains with
//! what it saw, as JSON. The sources are in `languages/`, `languages/build`
//! makes components of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sentinel::failure::{Attribute, Failure, FailureClass, Severity};
use sentinel::grant::{Capability, Limits, Permissions};
use sentinel::ids::TaskId;
use sentinel::pipeline::{Asked, grant};
use sentinel::sandbox::{
    GuestEvent, Input, InputFile, InputKind, Job, LoadError, Mounts, Output, Report, Sandbox,
    TaskError, TaskInput, Workspace, embed,
};
use sentinel::time::Timestamp;
use sentinel::tree::{Entry, EntryKind, Tree, blob_id};
use serde_json::json;

/// Everything here that knows how the host runs a guest: a component in a
/// sandbox with the limits an operator gets who sets none.
struct Bench {
    sandbox: Sandbox,
    component: sentinel::sandbox::Component,
    compiled_in: Duration,
    place: tempfile::TempDir,
}

impl Bench {
    fn new(component: &[u8]) -> Bench {
        let sandbox = Sandbox::new(&Limits::default()).expect("the sandbox starts");
        let started = Instant::now();
        // Rust's has its manifest from the SDK.
        let packed = match embed(component, MANIFEST.as_bytes()) {
            Ok(packed) => packed,
            Err(LoadError::Manifests { .. }) => component.to_vec(),
            Err(error) => panic!("{error}"),
        };
        let component = sandbox.load(&packed).expect("the component loads");
        let compiled_in = started.elapsed();
        let place = tempfile::tempdir().expect("a directory");
        for (path, content) in files() {
            write(&place.path().join("workspace").join(path), &content);
        }
        write(&place.path().join("input/job.log"), &log());
        // Beside the workspace: reading it has to be refused, not to miss.
        write(&place.path().join("outside.txt"), b"the secret");
        Bench {
            sandbox,
            component,
            compiled_in,
            place,
        }
    }

    fn mounts(&self) -> Mounts {
        let mut tree = Tree::default();
        for (path, content) in files() {
            let entry = Entry {
                kind: EntryKind::File,
                id: blob_id(&content),
                size: Some(content.len() as u64),
            };
            tree.insert(path, entry).unwrap();
        }
        let log = self.place.path().join("input/job.log");
        let log = InputFile::open("job.log", InputKind::JobLog, &log, None).unwrap();
        let workspace = self.place.path().join("workspace");
        Mounts {
            input: Some(vec![log]),
            workspace: Some(Workspace {
                tree: Arc::new(tree),
                files: sentinel::forge::checkout::files(&workspace).unwrap(),
            }),
        }
    }

    async fn run(&self, task: TaskInput) -> Report {
        let grant = grant(&Asked {
            inspection: self.component.inspection(),
            granted: &Permissions::of(&[Capability::Input, Capability::Workspace]),
            kind: task.kind(),
            ceiling: self.sandbox.limits(),
            task: TaskId::derive(&["languages"]),
            repository: None,
            commit: None,
            now: Timestamp(1_700_000_000_000),
        });
        let settings = [("colour", "red"), ("greeting", GREETING)].map(|(key, value)| Attribute {
            key: key.into(),
            value: value.into(),
        });
        let job = Job {
            settings: settings.to_vec(),
            ..Job::new(self.component.clone(), grant, self.mounts(), task)
        };
        self.sandbox.run(job).await
    }
}

/// One language: the name of its component, and how its guest names itself.
struct Language {
    name: &'static str,
    said: &'static str,
}

const LANGUAGES: [Language; 5] = [
    Language {
        name: "rust",
        said: "Rust",
    },
    Language {
        name: "js",
        said: "JavaScript",
    },
    Language {
        name: "python",
        said: "Python",
    },
    Language {
        name: "c",
        said: "C",
    },
    Language {
        name: "go",
        said: "Go",
    },
];

const MANIFEST: &str = include_str!("languages/rust/manifest.toml");

const GREETING: &str = "grüezi";

/// Text that has to be escaped in JSON.
const GREET: &str = "\"Grüezi\"\tmitenand \\o/\n";

/// More names than a runtime asks for in one call to its system.
const MANY: usize = 150;

/// The workspace's files, sorted.
fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = vec![
        ("docs/größe.txt".to_owned(), b"42".to_vec()),
        ("greet.txt".to_owned(), GREET.into()),
        ("src/a/b/leaf.rs".to_owned(), Vec::new()),
        ("src/lib.rs".to_owned(), b"// the source\n".to_vec()),
    ];
    files.extend((0..MANY).map(|number| (format!("many/file-{number:03}.txt"), Vec::new())));
    files.sort();
    files
}

/// Longer than any buffer a runtime reads into, and no text: every byte is in it.
fn log() -> Vec<u8> {
    (0..100_001u32).map(|at| (at * 7 % 256) as u8).collect()
}

fn write(path: &Path, content: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// Files and directories, as a walk finds them.
fn entries() -> Vec<String> {
    let mut entries: Vec<String> = ["docs", "many", "src", "src/a", "src/a/b"]
        .map(str::to_owned)
        .into();
    entries.extend(files().into_iter().map(|(path, _)| path));
    entries.sort();
    entries
}

fn expected(language: &Language) -> serde_json::Value {
    let log = log();
    let sum = log
        .iter()
        .fold(0u32, |sum, byte| sum.wrapping_add((*byte).into()));
    json!({
        "language": language.said,
        "inputs": ["job.log"],
        "listed": files().len(),
        "entries": entries(),
        "greet": GREET,
        "log_bytes": log.len(),
        "log_sum": sum,
        "clock_went_on": true,
        "random": true,
        "write_refused": true,
        "escape_refused": true,
    })
}

fn repair() -> TaskInput {
    let failure = Failure {
        class: FailureClass::Format,
        severity: Severity::Low,
        confidence: 0.5,
        key_lines: Vec::new(),
        command: Some("make check".into()),
        tool: None,
        location: None,
        fingerprint: "0".repeat(64).parse().unwrap(),
        attributes: Vec::new(),
    };
    TaskInput::Repair {
        failures: vec![failure],
        provider: Input::GitHub,
        log: "job.log".into(),
        commit: String::new(),
        command: None,
    }
}

/// Where `languages/build` puts the components.
fn built(name: &str) -> Option<PathBuf> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../target/test-data/languages")
        .join(format!("{name}.wasm"));
    let missing = format!(
        "{} is missing; `tests/languages/build target/test-data/languages {name}` builds it",
        place.display()
    );
    match place.is_file() {
        true => Some(place),
        false if std::env::var_os("CI").is_some() => panic!("{missing}"),
        false => {
            eprintln!("skipped: {missing}");
            None
        }
    }
}

async fn check(name: &str) {
    let language = LANGUAGES
        .iter()
        .find(|language| language.name == name)
        .expect("a language");
    let Some(component) = built(name) else {
        return;
    };
    let component = std::fs::read(component).expect("the component can be read");
    let bench = Bench::new(&component);
    let refused = refuses_other_tasks(&bench).await;
    let report = bench.run(repair()).await;
    println!(
        "{name}: {} bytes, compiled in {} ms; start {:?}; the task {:?}",
        component.len(),
        bench.compiled_in.as_millis(),
        refused.usage,
        report.usage,
    );
    let Ok(Output::Abstained(said)) = report.outcome else {
        panic!("{name}: {:?}", report.outcome)
    };
    assert_eq!(report.events, events(language));
    let said: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(said, expected(language), "{name}");
    assert!(report.cleanup.is_none(), "{name}: {:?}", report.cleanup);
    assert!(!bench.place.path().join("workspace/evil.txt").exists());
}

/// Started, and answered with an error of the contract.
async fn refuses_other_tasks(bench: &Bench) -> Report {
    let task = TaskInput::Analyze {
        provider: Input::Auto,
        log: "job.log".into(),
    };
    let report = bench.run(task).await;
    match &report.outcome {
        Err(TaskError::Guest { kind, .. }) => assert_eq!(kind, "unsupported-task"),
        other => panic!("{other:?}"),
    }
    report
}

fn events(language: &Language) -> Vec<GuestEvent> {
    let progress = |done| GuestEvent::Progress {
        step: "look around".into(),
        done,
        total: 2,
    };
    let greeting = GuestEvent::Log {
        level: "info",
        message: format!("{GREETING} from {}", language.said),
    };
    vec![greeting, progress(1), progress(2)]
}

#[test]
fn every_sample_is_held_to_the_same() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/languages");
    let mut found: Vec<String> = std::fs::read_dir(samples)
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        // Not a guest: what makes components of two of them.
        .filter(|name| name != "componentize")
        .collect();
    found.sort();
    let mut held = LANGUAGES.map(|language| language.name);
    held.sort();
    assert_eq!(found, held);
}

// One test each: compiling JavaScript and Python takes long enough to be done
// beside the others.

#[tokio::test(flavor = "multi_thread")]
async fn rust_starts_and_reads() {
    check("rust").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn javascript_starts_and_reads() {
    check("js").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python_starts_and_reads() {
    check("python").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c_starts_and_reads() {
    check("c").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn go_starts_and_reads() {
    check("go").await;
}
