//! Reading a log in the sandbox, against the same code compiled natively, over
//! sizes: twice the log shall take twice the time.

use std::fs::File;
use std::io::copy;
use std::path::Path;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use sentinel::grant::Limits;
use sentinel::ids::TaskId;
use sentinel::pipeline::{Agents, LogInput, RedactedLog};
use sentinel::sandbox::Input;
use tokio::runtime::Runtime;

use crate::log_generator::LogGenerator;

/// Sizes of logs, in MiB.
const SIZES: [u64; 3] = [16, 64, 256];

pub fn figures(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let place = tempfile::tempdir().expect("a directory");
    let agents = Agents::new(&Limits::default(), sentinel::cli::compose::now).expect("agents");
    runtime.block_on(agents.warm()).expect("components");
    for megabytes in SIZES {
        let bytes = megabytes << 20;
        let log = place.path().join(format!("{megabytes}.log"));
        let mut file = File::create(&log).expect("a file");
        copy(&mut LogGenerator::new(1, bytes), &mut file).expect("a log");
        let mut group = criterion.benchmark_group(format!("analyze {megabytes} MiB"));
        group.throughput(Throughput::Bytes(bytes)).sample_size(10);
        native(&mut group, &log);
        sandboxed(&mut group, &log, &agents, &runtime);
        group.finish();
    }
}

fn native(group: &mut BenchmarkGroup<WallTime>, log: &Path) {
    group.bench_function("native (baseline)", |bencher| {
        bencher.iter(|| {
            let provider = sentinel_sdk::Provider::Github;
            log_analyzer::analyze(File::open(log).expect("the log"), provider).expect("an analysis")
        });
    });
}

fn sandboxed(group: &mut BenchmarkGroup<WallTime>, log: &Path, agents: &Agents, runtime: &Runtime) {
    let read = async |redacted: &RedactedLog| {
        let input = LogInput::of(redacted).expect("the log");
        let task = TaskId::derive(&["bench"]);
        let report = agents.read_log(task, &input, Input::GitHub).await;
        report.outcome.expect("failures")
    };
    let redacted = RedactedLog::read(log).expect("the log");
    group.bench_function("in the sandbox", |bencher| {
        bencher.to_async(runtime).iter(|| read(&redacted));
    });
    group.bench_function("redacted, then in the sandbox", |bencher| {
        bencher.to_async(runtime).iter(async || {
            let redacted = RedactedLog::read(log).expect("the log");
            read(&redacted).await
        });
    });
}
