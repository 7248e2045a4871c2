//! A thousand tasks alive at once, and what each of them costs.

use criterion::Criterion;
use sentinel::agents::PATCHBOT;
use sentinel::grant::Limits;
use sentinel::sandbox::{Sandbox, Size};

const TASKS: u32 = 1_000;

/// Not a time: memory, printed beside the times.
pub fn figures(_: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let size = Size {
        tasks: TASKS,
        threads: 2,
    };
    let sandbox = Sandbox::sized(&Limits::default(), size).expect("a sandbox");
    let patchbot = sandbox.load(PATCHBOT.bytes).expect("patchbot");
    let before = resident();
    let live: Vec<_> = (0..TASKS)
        .map(|_| {
            let started = runtime.block_on(sandbox.start(super::start::job(&sandbox, &patchbot)));
            started.unwrap_or_else(|report| panic!("{:?}", report.outcome))
        })
        .collect();
    let each = resident().saturating_sub(before) / u64::from(TASKS);
    println!(
        "{} live instances of PatchBot ({}): {} KiB of memory each",
        live.len(),
        if sandbox.has_pool() {
            "pooled"
        } else {
            "on demand"
        },
        each / 1024
    );
    for task in live {
        let report = runtime.block_on(task.finish());
        assert!(report.trail.is_some());
    }
    let after = resident().saturating_sub(before);
    println!(
        "after all of them ended: {} KiB more than before",
        after / 1024
    );
}

/// Memory of this process that is in RAM, in bytes (proc(5), `statm`).
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * 4096
}
