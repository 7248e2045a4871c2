//! Hostile guests: each ends in its own error, within its budget, while
//! others go on.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use sentinel::failure::Attribute;
use sentinel::grant::{Capability, Grant, Limits, Permissions};
use sentinel::ids::TaskId;
use sentinel::pipeline::{Asked, grant};
use sentinel::sandbox::{
    Budget, Component, InputFile, InputKind, Job, LoadError, Mounts, Output, Phase, Report,
    Sandbox, Size, TaskError, TaskInput, Workspace,
};
use sentinel::task::TaskKind;
use sentinel::time::Timestamp;
use sentinel::tree::{Entry, EntryKind, Tree, blob_id};

/// Budgets small enough that hitting them takes milliseconds.
pub fn limits() -> Limits {
    Limits {
        fuel: 200_000_000,
        fuel_per_input_byte: 0,
        wall_ms: 20_000,
        wall_ms_per_input_mib: 0,
        memory_bytes: 16 * 1024 * 1024,
        open_handles: 64,
        host_calls: 20_000,
        answer_bytes: 1024 * 1024,
        log_bytes: 64 * 1024,
        log_events: 1_000,
        ..Limits::default()
    }
}

/// The probe, built once.
pub static PROBE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let guests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/guests/probe");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests");
    let status = Command::new(env!("CARGO"))
        .args([
            "build",
            "--release",
            "--locked",
            "--target",
            "wasm32-wasip2",
        ])
        .current_dir(&guests)
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("CARGO_TARGET_DIR", &target)
        .status()
        .expect("cargo starts");
    assert!(status.success(), "the probe does not build");
    std::fs::read(target.join("wasm32-wasip2/release/probe.wasm")).expect("the probe is built")
});

/// A sandbox with the probe, and the files it may and may not see.
pub struct Bench {
    pub sandbox: Sandbox,
    pub probe: Component,
    limits: Limits,
    granted: Permissions,
    place: tempfile::TempDir,
}

impl Bench {
    pub fn new() -> Bench {
        Bench::with(limits())
    }

    pub fn with(limits: Limits) -> Bench {
        Bench::sized(limits, Size::default())
    }

    pub fn sized(limits: Limits, size: Size) -> Bench {
        let sandbox = Sandbox::sized(&limits, size).expect("the sandbox starts");
        let probe = sandbox.load(&PROBE).expect("the probe loads");
        let place = tempfile::tempdir().expect("a directory");
        let write = |path: &str, text: &str| {
            let path = place.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("input/job.log", "the log");
        write("workspace/src/lib.rs", "the source");
        write("workspace/src/b/c.txt", "c");
        write("workspace/a.txt", "another text");
        write("secret.txt", "the secret");
        let secret = place.path().join("secret.txt");
        std::os::unix::fs::symlink(secret, place.path().join("workspace/link")).unwrap();
        std::os::unix::fs::symlink("..", place.path().join("workspace/up")).unwrap();
        Bench {
            sandbox,
            probe,
            limits,
            granted: Permissions::of(&Capability::ALL),
            place,
        }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.place.path().join(path)
    }

    fn mounts(&self) -> Mounts {
        let mut tree = Tree::default();
        let mut list = |path: &str, kind, bytes: &[u8]| {
            let entry = Entry {
                kind,
                id: blob_id(bytes),
                size: Some(bytes.len() as u64),
            };
            tree.insert(path.into(), entry).unwrap();
        };
        list("src/lib.rs", EntryKind::File, b"the source");
        list("src/b/c.txt", EntryKind::File, b"c");
        list("a.txt", EntryKind::File, b"what the tree says");
        list("link", EntryKind::Symlink, b"secret.txt");
        let log = self.path("input/job.log");
        let log = InputFile::open("job.log", InputKind::JobLog, &log, None).unwrap();
        Mounts {
            input: Some(vec![log]),
            workspace: Some(Workspace {
                tree: Arc::new(tree),
                files: sentinel::forge::checkout::files(&self.path("workspace")).unwrap(),
            }),
        }
    }

    fn grant(&self) -> Grant {
        grant(&Asked {
            inspection: self.probe.inspection(),
            granted: &self.granted,
            kind: TaskKind::Repair,
            ceiling: &self.limits,
            task: TaskId::derive(&["test"]),
            repository: None,
            commit: None,
            now: Timestamp(1_700_000_000_000),
        })
    }

    pub fn job(&self, phase: &str, order: &str) -> Job {
        let task = TaskInput::Repair {
            failures: Vec::new(),
            provider: sentinel::sandbox::Input::Auto,
            log: "job.log".into(),
            commit: String::new(),
            command: None,
        };
        let settings = vec![Attribute {
            key: phase.into(),
            value: order.into(),
        }];
        Job {
            settings,
            ..Job::new(self.probe.clone(), self.grant(), self.mounts(), task)
        }
    }

    pub async fn run(&self, phase: &str, order: &str) -> Report {
        self.sandbox.run(self.job(phase, order)).await
    }

    /// What the probe says after doing something in `execute`.
    pub async fn says(&self, order: &str) -> String {
        match self.run("execute", order).await.outcome {
            Ok(Output::Abstained(said)) => said,
            other => panic!("{order}: {other:?}"),
        }
    }

    async fn fails(&self, phase: &str, order: &str) -> TaskError {
        self.run(phase, order).await.outcome.expect_err(order)
    }
}

fn budget(error: &TaskError) -> (Phase, Budget) {
    match error {
        TaskError::OutOfBudget { phase, budget, .. } => (*phase, *budget),
        other => panic!("not a budget: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_budget_ends_in_its_own_error() {
    let bench = Bench::new();
    for (order, expected) in [
        ("loop", Budget::Fuel),
        ("allocate", Budget::Memory),
        ("recurse", Budget::Stack),
        ("flood", Budget::LogBytes),
        ("chatter", Budget::LogEvents),
        ("call", Budget::HostCalls),
        ("propose 4194304", Budget::AnswerBytes),
        ("open /workspace/src/lib.rs", Budget::OpenHandles),
    ] {
        let error = bench.fails("execute", order).await;
        assert_eq!(
            budget(&error),
            (Phase::Execute, expected),
            "{order}: {error}"
        );
        assert!(
            error.to_string().contains(expected.key()),
            "{error} names the key"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_is_not_hit_by_those_who_keep_to_it() {
    let bench = Bench::new();
    assert_eq!(bench.says("allocate 8").await, "allocated 8 MiB");
    assert_eq!(bench.says("flood 32768").await, "sent 32768");
    let report = bench.run("execute", "propose 524288").await;
    assert!(
        matches!(report.outcome, Ok(Output::Proposals(_))),
        "{:?}",
        report.outcome
    );
    assert!(report.usage.fuel > 0 && report.usage.memory > 0 && report.usage.host_calls > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_with_fuel_left_ends_at_its_deadline() {
    let limits = Limits {
        fuel: u64::MAX / 2,
        wall_ms: 100,
        ..limits()
    };
    let bench = Bench::with(limits);
    for order in ["loop"] {
        let started = Instant::now();
        let error = bench.fails("execute", order).await;
        assert!(
            matches!(
                error,
                TaskError::Deadline {
                    phase: Phase::Execute,
                    ..
                }
            ),
            "{error:?}"
        );
        // Generous: the machine is shared. An hour's sleep is what it is not.
        assert!(started.elapsed() < Duration::from_secs(10), "{order}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_says_where_in_each_phase() {
    let bench = Bench::new();
    for (phase, expected) in [
        ("initialize", Phase::Initialize),
        ("execute", Phase::Execute),
    ] {
        match bench.fails(phase, "panic on purpose").await {
            TaskError::Trap {
                phase,
                backtrace,
                stderr,
                ..
            } => {
                assert_eq!(phase, expected);
                assert!(stderr.contains("on purpose"), "{stderr}");
                assert!(
                    backtrace.iter().any(|frame| frame.contains("probe")),
                    "{backtrace:?}"
                );
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_guest_says_of_itself_is_redacted() {
    let secret = format!("ghp_{}", "a1B2".repeat(9));
    let bench = Bench::new();
    for order in ["panic", "error"] {
        let error = bench
            .fails("execute", &format!("{order} token {secret}"))
            .await;
        assert!(!format!("{error:?}").contains(&secret), "{error:?}");
        assert!(format!("{error:?}").contains("[REDACTED]"), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_cleanup_never_loses_the_answer() {
    let bench = Bench::new();
    for order in ["panic late", "loop", "allocate", "exit"] {
        let report = bench.run("cleanup", order).await;
        assert_eq!(
            report.outcome,
            Ok(Output::Abstained("nothing to do".into())),
            "{order}"
        );
        assert!(report.cleanup.is_some(), "{order}");
    }
    let (phase, cause) = budget(&bench.run("cleanup", "loop").await.cleanup.unwrap());
    assert_eq!((phase, cause), (Phase::Cleanup, Budget::Fuel));
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_the_guest_are_its_own() {
    let bench = Bench::new();
    match bench.fails("execute", "error no idea").await {
        TaskError::Guest { kind, message, .. } => {
            assert_eq!((kind.as_str(), message.as_str()), ("failed", "no idea"));
        }
        other => panic!("{other:?}"),
    }
    for order in ["confidence", "nothing"] {
        let error = bench.fails("execute", order).await;
        assert!(
            matches!(error, TaskError::InvalidAnswer { .. }),
            "{order}: {error:?}"
        );
    }
    let error = bench.fails("execute", "exit").await;
    assert!(!matches!(error, TaskError::Deadline { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_reads_its_tree_and_nothing_else() {
    let bench = Bench::new();
    assert_eq!(
        bench.says("read /workspace/src/lib.rs").await,
        "read: the source"
    );
    assert_eq!(bench.says("read /input/job.log").await, "read: the log");
    for path in [
        "/workspace/../secret.txt",
        "/workspace/src/../../secret.txt",
        "/workspace/link",
        "/workspace/up/secret.txt",
        "/input/../secret.txt",
        "/etc/passwd",
        "/proc/self/environ",
        "secret.txt",
        "/",
    ] {
        let said = bench.says(&format!("read {path}")).await;
        assert!(said.starts_with("error"), "{path}: {said}");
    }
    let host = bench.path("secret.txt");
    assert!(
        bench
            .says(&format!("read {}", host.display()))
            .await
            .starts_with("error")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_writes_nowhere() {
    let bench = Bench::new();
    for order in [
        "write /workspace/src/lib.rs",
        "write /workspace/new.rs",
        "write /input/job.log",
        "write /tmp/x",
        "remove /workspace/src/lib.rs",
    ] {
        assert!(bench.says(order).await.starts_with("error"), "{order}");
    }
    assert_eq!(
        std::fs::read_to_string(bench.path("workspace/src/lib.rs")).unwrap(),
        "the source"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_ambient_is_there() {
    let bench = Bench::new();
    assert_eq!(bench.says("environment").await, "[] []");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    assert!(
        bench
            .says(&format!("connect {address}"))
            .await
            .starts_with("error")
    );
    assert!(
        bench
            .says("connect localhost:80")
            .await
            .starts_with("error")
    );
    assert!(bench.says("udp").await.starts_with("error"));
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "nobody connected");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_granted_denies_and_teaches() {
    let mut bench = Bench::new();
    bench.granted = Permissions::none();
    for capability in [Capability::Input, Capability::Workspace] {
        let report = bench.run("execute", capability.as_str()).await;
        let Ok(Output::Abstained(said)) = report.outcome else {
            panic!("denial never traps")
        };
        assert!(said.contains("Denied") && said.contains("remedy"), "{said}");
        assert_eq!(report.denials[0].capability, capability);
    }
    assert!(
        bench
            .says("read /workspace/src/lib.rs")
            .await
            .starts_with("error")
    );
    assert!(bench.says("read /input/job.log").await.starts_with("error"));
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_error_is_bounded() {
    let report = Bench::new().run("execute", "stderr").await;
    assert!(report.outcome.is_err(), "an endless writer ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_for_another_component_is_denied() {
    let bench = Bench::new();
    let mut job = bench.job("execute", "loop");
    job.grant.agent.digest = sentinel::ids::Digest::of(b"another");
    let report = bench.sandbox.run(job).await;
    assert!(
        matches!(report.outcome, Err(TaskError::Denied { .. })),
        "{:?}",
        report.outcome
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ready_task_runs_while_others_spin() {
    let limits = Limits {
        fuel: u64::MAX / 2,
        wall_ms: 2_000,
        ..limits()
    };
    let bench = Arc::new(Bench::with(limits));
    let spinners: Vec<_> = (0..8)
        .map(|_| {
            let bench = bench.clone();
            tokio::spawn(async move { bench.fails("execute", "loop").await })
        })
        .collect();
    // All of them hold a worker in turn; the ready one still gets its turn.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(bench.says("read /input/job.log").await, "read: the log");
    assert!(
        spinners.iter().any(|spinner| !spinner.is_finished()),
        "they still spin"
    );
    for spinner in spinners {
        assert!(matches!(spinner.await.unwrap(), TaskError::Deadline { .. }));
    }
}

#[test]
fn what_is_no_agent_is_refused_in_words() {
    let sandbox = Sandbox::new(&Limits {
        component_bytes: 4096,
        ..limits()
    })
    .unwrap();
    let load = |bytes: &[u8]| sandbox.load(bytes).unwrap_err();
    assert!(matches!(load(b""), LoadError::NotAComponent { .. }));
    assert!(matches!(load(b"\x7fELF"), LoadError::NotAComponent { .. }));
    assert!(matches!(
        load(b"(component)"),
        LoadError::NotAComponent { .. }
    ));
    assert_eq!(load(b"\0asm\x01\0\0\0"), LoadError::CoreModule);
    assert!(matches!(
        load(b"\0asm\x0d\0\x01\0\xff\xff"),
        LoadError::NotAComponent { .. }
    ));
    assert_eq!(load(b"\0asm\x0d\0\x01\0"), LoadError::NoLifecycle);
    assert!(matches!(
        load(&[0; 8192]),
        LoadError::TooLarge {
            bytes: 8192,
            limit: 4096
        }
    ));
}
