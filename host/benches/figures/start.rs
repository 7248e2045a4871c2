//! Starting a task: store, grant, instance, the three lifecycle calls, report;
//! against bare wasmtime doing the same with the same WASI context.

use std::path::Path;
use std::sync::Arc;

use criterion::Criterion;
use sentinel::agents::PATCHBOT;
use sentinel::grant::{Capability, Limits, Permissions};
use sentinel::ids::TaskId;
use sentinel::pipeline::{Asked, grant};
use sentinel::sandbox::{Component, Job, Mounts, Sandbox, TaskInput, Workspace};
use sentinel::task::TaskKind;
use sentinel::time::Timestamp;
use sentinel::tree::{Entry, Files, Tree};
use wasmtime::component::{InstancePre, Linker, ResourceTable, Val};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

pub fn figures(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let place = tempfile::tempdir().expect("a directory");
    let bare = Bare::new();
    let limits = Limits::default();
    let sandbox = Sandbox::new(&limits).expect("a sandbox");
    let patchbot = sandbox.load(PATCHBOT.bytes).expect("patchbot");
    let mut group = criterion.benchmark_group("start of a task");
    group.bench_function("bare pooled wasmtime (baseline)", |bencher| {
        bencher.to_async(&runtime).iter(|| bare.run(place.path()));
    });
    group.bench_function("sentinel", |bencher| {
        bencher
            .to_async(&runtime)
            .iter(|| ours(&sandbox, &patchbot));
    });
    group.finish();
}

/// PatchBot refuses this kind of task at once, so what is measured is the
/// start.
pub async fn ours(sandbox: &Sandbox, component: &Component) {
    let report = sandbox.run(job(sandbox, component)).await;
    assert!(report.trail.is_some(), "{:?}", report.outcome);
}

/// Such a task.
pub fn job(sandbox: &Sandbox, component: &Component) -> Job {
    let grant = grant(&Asked {
        inspection: component.inspection(),
        granted: &Permissions::of(&[Capability::Input, Capability::Workspace]),
        kind: TaskKind::Optimize,
        ceiling: sandbox.limits(),
        task: TaskId::derive(&["bench"]),
        repository: None,
        commit: None,
        now: Timestamp(0),
    });
    let mounts = Mounts {
        input: Some(Vec::new()),
        workspace: Some(Workspace {
            tree: Arc::new(Tree::default()),
            files: Arc::new(NoFiles),
        }),
    };
    let task = TaskInput::Optimize {
        commit: String::new(),
    };
    Job::new(component.clone(), grant, mounts, task)
}

#[derive(Debug)]
struct NoFiles;

impl Files for NoFiles {
    fn bytes(&self, _: &str, _: &Entry) -> std::io::Result<Vec<u8>> {
        Err(std::io::ErrorKind::NotFound.into())
    }
}

struct Host {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

/// Wasmtime with the same engine settings, WASI and preopens, and none of what
/// makes it a sandbox.
struct Bare {
    engine: Engine,
    instance: InstancePre<Host>,
}

impl Bare {
    fn new() -> Bare {
        let mut config = Config::new();
        config.consume_fuel(true).epoch_interruption(true);
        let mut pool = PoolingAllocationConfig::new();
        pool.total_component_instances(64)
            .total_core_instances(1024)
            .total_memories(128)
            .total_tables(512)
            .total_stacks(64)
            .max_memory_size(256 * 1024 * 1024);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        config
            .cranelift_nan_canonicalization(true)
            .relaxed_simd_deterministic(true);
        let engine = Engine::new(&config).expect("an engine");
        let component =
            wasmtime::component::Component::from_binary(&engine, PATCHBOT.bytes).expect("patchbot");
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).expect("wasi");
        linker
            .define_unknown_imports_as_traps(&component)
            .expect("traps");
        let instance = linker
            .instantiate_pre(&component)
            .expect("a linked component");
        Bare { engine, instance }
    }

    async fn run(&self, place: &Path) {
        let mut wasi = WasiCtxBuilder::new();
        wasi.allow_blocking_current_thread(true);
        wasi.preopened_dir(place, "/input", FsPerms::ReadOnly)
            .expect("a preopen");
        wasi.preopened_dir(place, "/workspace", FsPerms::ReadOnly)
            .expect("a preopen");
        let host = Host {
            wasi: wasi.build(),
            table: ResourceTable::new(),
        };
        let mut store = Store::new(&self.engine, host);
        store.set_fuel(u64::MAX / 2).expect("fuel");
        store.set_epoch_deadline(u64::MAX / 2);
        let instance = self
            .instance
            .instantiate_async(&mut store)
            .await
            .expect("an instance");
        let lifecycle = instance
            .get_export_index(&mut store, None, "sentinel:agent/lifecycle@0.1.1")
            .expect("the lifecycle");
        for (name, arguments, results) in [
            ("initialize", vec![Val::List(Vec::new())], 1),
            ("execute", vec![task()], 1),
            ("cleanup", vec![], 0),
        ] {
            let index = instance
                .get_export_index(&mut store, Some(&lifecycle), name)
                .expect(name);
            let function = instance.get_func(&mut store, index).expect(name);
            let mut answers = vec![Val::Bool(false); results];
            function
                .call_async(&mut store, &arguments, &mut answers)
                .await
                .expect(name);
        }
    }
}

fn task() -> Val {
    let text = |text: &str| Val::String(text.into());
    let optimize = Val::Record(vec![("commit".into(), text(""))]);
    Val::Record(vec![
        ("id".into(), text("t0")),
        (
            "kind".into(),
            Val::Variant("optimize".into(), Some(Box::new(optimize))),
        ),
        ("attributes".into(), Val::List(Vec::new())),
    ])
}
