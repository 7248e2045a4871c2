//! Where guests play: a sandbox with small limits, a tree, a grant. What
//! touches the host's own interface is here and below.

mod performance;
mod place;

use std::time::{Duration, Instant};

use sentinel::failure::Attribute;
use sentinel::grant::{Capability, Limits, Permissions};
use sentinel::ids::TaskId;
use sentinel::pipeline::{Artifacts, Asked, Compiler, grant};
use sentinel::sandbox::{Component, Input, Job, Report, Sandbox, Size, TaskInput};
use sentinel::task::TaskKind;
use sentinel::time::Timestamp;

pub use performance::{Ending, Performance};
use place::Place;
pub use sentinel::sandbox::{Budget, LoadError, Phase};

use super::{Guest, assemble, sections};

/// A guest's manifest: it asks for all that the contract has.
const MANIFEST: &str = r#"
manifest = 1
name = "hostile"
version = "0.1.0"
kinds = ["repair"]
[capabilities.input]
reason = "to misuse it"
[capabilities.workspace]
reason = "to misuse it"
[capabilities.runner]
reason = "to misuse it"
[capabilities.model]
reason = "to misuse it"
[capabilities.history]
reason = "to misuse it"
[capabilities.http]
reason = "to misuse it"
hosts = ["example.org"]
[config.colour]
description = "any"
"#;

/// Longest that compiling a guest may take. The slowest honest one of such a
/// size takes a fifth of it; an attack on the compiler has no bound at all.
const LOAD_PATIENCE: Duration = Duration::from_secs(3);

/// Longest a guest may run where its own limits are a fraction of a second.
/// Generous, the machine is shared; what it is not is an hour's sleep.
const RUN_PATIENCE: Duration = Duration::from_secs(10);

/// Limits small enough that hitting them takes milliseconds.
fn small() -> Limits {
    Limits {
        fuel: 20_000_000,
        fuel_per_input_byte: 0,
        cleanup_fuel: 2_000_000,
        wall_ms: 8_000,
        wall_ms_per_input_mib: 0,
        cleanup_ms: 4_000,
        memory_bytes: 8 * 1024 * 1024,
        table_elements: 1_000,
        instances: 64,
        open_handles: 32,
        host_calls: 5_000,
        answer_bytes: 512 * 1024,
        log_bytes: 32 * 1024,
        log_events: 100,
        stack_bytes: 512 * 1024,
        component_bytes: 4 * 1024 * 1024,
        file_bytes: 1024 * 1024,
    }
}

/// How one guest is run.
pub struct Stage {
    limits: Limits,
    granted: Permissions,
    /// Files of the tree beside `src/lib.rs`.
    files: usize,
}

impl Default for Stage {
    fn default() -> Self {
        Stage {
            limits: small(),
            granted: Permissions::of(&Capability::ALL),
            files: 0,
        }
    }
}

impl Stage {
    /// Fuel enough for hours, and a deadline soon: time alone ends a guest.
    pub fn endless() -> Stage {
        let mut stage = Stage::default();
        stage.limits.fuel = u64::MAX / 2;
        stage.limits.cleanup_fuel = u64::MAX / 2;
        stage.limits.wall_ms = 100;
        stage.limits.cleanup_ms = 100;
        stage
    }

    /// Calls into the host enough to run into something else first.
    pub fn talkative() -> Stage {
        let mut stage = Stage::default();
        stage.limits.host_calls = 10_000_000;
        stage
    }

    /// Memory enough for one large message.
    pub fn roomy() -> Stage {
        let mut stage = Stage::default();
        stage.limits.memory_bytes = 64 * 1024 * 1024;
        stage
    }

    pub fn granting_nothing() -> Stage {
        Stage {
            granted: Permissions::none(),
            ..Stage::default()
        }
    }

    /// A tree with so many files more.
    pub fn with_files(files: usize) -> Stage {
        Stage {
            files,
            ..Stage::default()
        }
    }

    /// What the host says to a guest it does not take.
    pub fn refusal(&self, guest: &Guest) -> LoadError {
        match self.load_only(guest) {
            Err(error) => error,
            Ok(()) => panic!("{}: taken", guest.label),
        }
    }

    /// Whether the host takes a guest, and whether it knows soon.
    pub fn load_only(&self, guest: &Guest) -> Result<(), LoadError> {
        load(&self.sandbox(), guest).map(drop)
    }

    /// What a host says that gives compiling a short time of its own.
    pub async fn compiled_elsewhere(&self, guest: &Guest) -> LoadError {
        let mut bytes = guest.bytes.clone();
        sections::append_custom(&mut bytes, "sentinel:manifest", MANIFEST.as_bytes());
        let place = tempfile::tempdir().expect("a directory");
        let store = sentinel::store::Store::open(place.path()).expect("a store");
        let compiler = Compiler {
            program: env!("CARGO_BIN_EXE_sentinel").into(),
            patience: Duration::from_millis(200),
        };
        let artifacts = Artifacts::of(&store, place.path())
            .expect("a cache")
            .compiled_by(compiler);
        let sandbox = std::sync::Arc::new(self.sandbox());
        let inspection = sandbox.inspect(&bytes).expect("its form is good");
        sentinel::pipeline::load(&sandbox, Some(&artifacts), inspection, bytes.into())
            .await
            .expect_err("it takes longer")
    }

    /// Runs a guest, and after it, in the same sandbox, an honest agent.
    pub async fn play(&self, guest: &Guest) -> Performance {
        self.play_times(guest, 1).await.remove(0)
    }

    /// Runs a guest several times in one sandbox.
    pub async fn play_times(&self, guest: &Guest, times: usize) -> Vec<Performance> {
        let sandbox = self.sandbox();
        let component =
            load(&sandbox, guest).unwrap_or_else(|error| panic!("{}: {error}", guest.label));
        let place = Place::new(self.files);
        let before = place.contents();
        let mut performances = Vec::new();
        for _ in 0..times {
            let started = Instant::now();
            let report = self.run(&sandbox, &component, &place).await;
            assert!(started.elapsed() < RUN_PATIENCE, "{}: slow", guest.label);
            performances.push(Performance::new(guest, report, &self.limits));
        }
        assert_eq!(place.contents(), before, "{}: files changed", guest.label);
        self.serves_others(&sandbox, guest, &place).await;
        performances
    }

    fn sandbox(&self) -> Sandbox {
        let size = Size {
            tasks: 2,
            threads: 1,
        };
        Sandbox::sized(&self.limits, size).expect("the sandbox starts")
    }

    async fn run(&self, sandbox: &Sandbox, component: &Component, place: &Place) -> Report {
        let grant = grant(&Asked {
            inspection: component.inspection(),
            granted: &self.granted,
            kind: TaskKind::Repair,
            ceiling: &self.limits,
            task: TaskId::derive(&["hostile"]),
            repository: None,
            commit: None,
            now: Timestamp(1_700_000_000_000),
        });
        // Something for the host to copy into the guest before it runs.
        let settings = vec![Attribute {
            key: "colour".into(),
            value: "green".into(),
        }];
        let task = TaskInput::Repair {
            failures: Vec::new(),
            provider: Input::Auto,
            log: "job.log".into(),
            commit: String::new(),
            command: None,
        };
        let job = Job {
            settings,
            ..Job::new(component.clone(), grant, place.mounts(), task)
        };
        sandbox.run(job).await
    }

    /// Whatever a guest did, the next one is none the worse for it.
    async fn serves_others(&self, sandbox: &Sandbox, guest: &Guest, place: &Place) {
        let honest = Guest {
            label: format!("the honest agent after {}", guest.label),
            contract: guest.contract,
            bytes: assemble::honest(guest.contract),
        };
        let component = load(sandbox, &honest).expect("the honest agent loads");
        let report = self.run(sandbox, &component, place).await;
        Performance::new(&honest, report, &self.limits).says("done");
    }
}

fn load(sandbox: &Sandbox, guest: &Guest) -> Result<Component, LoadError> {
    let mut bytes = guest.bytes.clone();
    sections::append_custom(&mut bytes, "sentinel:manifest", MANIFEST.as_bytes());
    let started = Instant::now();
    let loaded = match sandbox.load(&bytes) {
        // Refused before the compiler saw it: the compiler must refuse it too.
        Err(LoadError::NoLifecycle) => Err(compiler_says(sandbox, guest, &bytes)),
        loaded => loaded,
    };
    let took = started.elapsed();
    assert!(
        took < LOAD_PATIENCE,
        "{}: {} bytes took {took:?} to load, and nothing would have ended it sooner",
        guest.label,
        bytes.len()
    );
    loaded
}

/// What compiling and linking come to when the inspection is another's.
fn compiler_says(sandbox: &Sandbox, guest: &Guest, bytes: &[u8]) -> LoadError {
    let mut honest = assemble::honest(guest.contract);
    sections::append_custom(&mut honest, "sentinel:manifest", MANIFEST.as_bytes());
    let honest = sandbox.inspect(&honest).expect("the honest agent");
    match sandbox.compile(honest, bytes) {
        Err(LoadError::Contract { why }) if why.contains("lifecycle") => LoadError::NoLifecycle,
        Err(error) => error,
        Ok(_) => panic!("{}: taken without a lifecycle", guest.label),
    }
}
