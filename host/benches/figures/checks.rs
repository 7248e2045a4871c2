//! What a capability costs: the decision when something is opened, and the
//! check at every call after that, against bare wasmtime with stock WASI.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;
use sentinel::failure::Attribute;
use sentinel::grant::{Effect, Given, Grant, Limits};
use sentinel::ids::TaskId;
use sentinel::pipeline::{Asked, grant};
use sentinel::sandbox::{Component, Input, Job, Mounts, Sandbox, TaskInput};
use sentinel::task::TaskKind;
use sentinel::time::Timestamp;
use wasmtime::component::{InstancePre, Linker, ResourceTable, Val};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

use crate::http_guest::GUEST;

pub fn figures(criterion: &mut Criterion) {
    decisions(criterion);
    calls(criterion);
}

/// A grant of the size people write.
fn granted() -> Given {
    toml::from_str(
        "workspace = { allow = [\"src/**\", \"tests/**\", \"*.toml\"], deny = [\"**/.env\", \"**/*.pem\"] }\n\
         http = { hosts = [\"registry.npmjs.org\", \"pypi.org\", \"*.crates.io\", \"index.example.org\",\n\
         \"*.mirror.example.org\", \"api.example.com:8443\", \"http://plain.example.com\", \"api.example.com\"] }",
    )
    .expect("a grant")
}

fn decisions(criterion: &mut Criterion) {
    let sandbox = Sandbox::new(&Limits::default()).expect("a sandbox");
    let component = sandbox.load(&GUEST).expect("the guest");
    let mut grant = base(&component);
    grant.permissions = granted().permissions();
    let host = Effect::Request {
        host: "api.example.com",
        port: 443,
        tls: true,
    };
    let address = Effect::Connect {
        address: [93, 184, 216, 34].into(),
        inside: false,
    };
    let mut group = criterion.benchmark_group("deciding one effect");
    for (name, effect) in [
        ("a path, five globs", Effect::Read("src/pipeline/agents.rs")),
        ("a host, the last of eight", host),
        ("an address", address),
    ] {
        assert!(grant.authorise(effect).is_ok(), "{name}");
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(&grant).authorise(black_box(effect)).is_ok());
        });
    }
    group.finish();
}

fn base(component: &Component) -> Grant {
    let limits = Limits {
        fuel: u64::MAX / 4,
        wall_ms: 3_600_000,
        host_calls: u64::MAX,
        ..Limits::default()
    };
    grant(&Asked {
        inspection: component.inspection(),
        granted: &granted().permissions(),
        kind: TaskKind::Repair,
        ceiling: &limits,
        task: TaskId::derive(&["bench"]),
        repository: None,
        commit: None,
        now: Timestamp(0),
    })
}

/// One call from the guest: `resolution` of a clock costs the check of the
/// counters, `check-write` of a stream the look-up of its handle too.
fn calls(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let sandbox = Sandbox::new(&Limits::default()).expect("a sandbox");
    let component = sandbox.load(&GUEST).expect("the guest");
    let bare = Bare::new();
    for (name, order) in [("a call", "looks"), ("a call with a handle", "checks")] {
        let mut group = criterion.benchmark_group(name);
        group.bench_function("bare wasmtime, stock WASI (baseline)", |bencher| {
            bencher.iter_custom(|calls| runtime.block_on(bare.run(&format!("{order} {calls}"))));
        });
        group.bench_function("sentinel", |bencher| {
            bencher.iter_custom(|calls| {
                runtime.block_on(ours(&sandbox, &component, &format!("{order} {calls}")))
            });
        });
        group.finish();
    }
}

/// The time of a run with so many calls, its start included: criterion asks
/// for so many that the start is lost in them.
async fn ours(sandbox: &Sandbox, component: &Component, orders: &str) -> Duration {
    let task = TaskInput::Repair {
        failures: Vec::new(),
        provider: Input::Auto,
        log: "job.log".into(),
        commit: String::new(),
        command: None,
    };
    let settings = vec![Attribute {
        key: "execute".into(),
        value: orders.into(),
    }];
    let job = Job {
        settings,
        ..Job::new(component.clone(), base(component), Mounts::default(), task)
    };
    let started = Instant::now();
    let report = sandbox.run(job).await;
    let took = started.elapsed();
    assert!(report.outcome.is_ok(), "{:?}", report.outcome);
    took
}

struct Host {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    web: NoWeb,
    table: ResourceTable,
}

/// The guest imports http, and this one never asks.
struct NoWeb;

type Finished = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Sent = wasmtime_wasi_http::Result<(http::Response<WasiBody>, Finished)>;

impl WasiHttpHooks for NoWeb {
    fn send_request(
        &mut self,
        _: http::Request<WasiBody>,
        _: Option<RequestOptions>,
        _: Finished,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        Box::new(async { Err(Error::HttpRequestDenied) })
    }
}

impl WasiHttpView for Host {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.web,
        }
    }
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

/// Wasmtime with the same engine settings and stock WASI.
struct Bare {
    engine: Engine,
    instance: InstancePre<Host>,
}

impl Bare {
    fn new() -> Bare {
        let mut config = Config::new();
        config.consume_fuel(true).epoch_interruption(true);
        config
            .cranelift_nan_canonicalization(true)
            .relaxed_simd_deterministic(true);
        let engine = Engine::new(&config).expect("an engine");
        let component =
            wasmtime::component::Component::from_binary(&engine, &GUEST).expect("the guest");
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).expect("wasi");
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker).expect("http");
        linker
            .instance("sentinel:agent/history@0.1.1")
            .expect("an interface")
            .func_new("list", |_, _, _, _| wasmtime::bail!("nobody asks"))
            .expect("a function");
        let instance = linker
            .instantiate_pre(&component)
            .expect("a linked component");
        Bare { engine, instance }
    }

    async fn run(&self, orders: &str) -> Duration {
        let host = Host {
            wasi: WasiCtx::builder().build(),
            http: WasiHttpCtx::new(),
            web: NoWeb,
            table: ResourceTable::new(),
        };
        let started = Instant::now();
        let mut store = Store::new(&self.engine, host);
        store.set_fuel(u64::MAX / 2).expect("fuel");
        store.set_epoch_deadline(u64::MAX / 2);
        let instance = self.instance.instantiate_async(&mut store).await;
        let instance = instance.expect("an instance");
        let lifecycle = "sentinel:agent/lifecycle@0.1.1";
        let lifecycle = instance
            .get_export_index(&mut store, None, lifecycle)
            .expect("the lifecycle");
        let calls = [("initialize", settings(orders)), ("execute", task())];
        for (name, argument) in calls {
            let index = instance
                .get_export_index(&mut store, Some(&lifecycle), name)
                .expect(name);
            let function = instance.get_func(&mut store, index).expect(name);
            let mut answer = [Val::Bool(false)];
            function
                .call_async(&mut store, &[argument], &mut answer)
                .await
                .expect(name);
            assert!(matches!(answer, [Val::Result(Ok(_))]), "{name}: {answer:?}");
        }
        started.elapsed()
    }
}

fn text(text: &str) -> Val {
    Val::String(text.into())
}

fn settings(orders: &str) -> Val {
    let setting = vec![
        ("key".into(), text("execute")),
        ("value".into(), text(orders)),
    ];
    Val::List(vec![Val::Record(setting)])
}

fn task() -> Val {
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
