//! Reading a log in the sandbox, against the same code compiled natively.

use std::fs::File;
use std::io::copy;

use criterion::{Criterion, Throughput};
use sentinel::grant::Limits;
use sentinel::ids::TaskId;
use sentinel::pipeline::{Agents, LogInput, RedactedLog};
use sentinel::sandbox::Input;

use crate::log_generator::LogGenerator;

const BYTES: u64 = 64 * 1024 * 1024;

pub fn figures(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let place = tempfile::tempdir().expect("a directory");
    let log = place.path().join("ci.log");
    copy(
        &mut LogGenerator::new(1, BYTES),
        &mut File::create(&log).expect("a file"),
    )
    .expect("a log");
    let agents = Agents::new(&Limits::default(), sentinel::cli::compose::now).expect("agents");
    runtime.block_on(agents.warm()).expect("components");
    let redacted = RedactedLog::read(&log).expect("the log");
    let mut group = criterion.benchmark_group("analyze 64 MiB");
    group.throughput(Throughput::Bytes(BYTES)).sample_size(10);
    group.bench_function("native (baseline)", |bencher| {
        bencher.iter(|| {
            let provider = sentinel_sdk::Provider::Github;
            log_analyzer::analyze(File::open(&log).expect("the log"), provider)
                .expect("an analysis")
        });
    });
    group.bench_function("in the sandbox", |bencher| {
        bencher.to_async(&runtime).iter(|| async {
            let input = LogInput::of(&redacted).expect("the log");
            let task = TaskId::derive(&["bench"]);
            let report = agents.read_log(task, &input, Input::GitHub).await;
            report.outcome.expect("failures")
        });
    });
    group.finish();
}
