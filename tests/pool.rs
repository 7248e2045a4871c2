//! Many tasks at once: they wait their turn, and every one gets it.

use std::sync::Arc;

use sentinel::grant::Limits;
use sentinel::sandbox::{Output, Place, Sandbox, Size, TaskError};

use crate::sandbox::{Bench, limits};

#[tokio::test(flavor = "multi_thread")]
async fn when_the_pool_is_full_tasks_wait_and_do_not_fail() {
    let bench = Arc::new(Bench::sized(
        limits(),
        Size {
            tasks: 2,
            threads: 2,
        },
    ));
    assert!(bench.sandbox.has_pool());
    assert_eq!(bench.probe.place(), Place::Pooled);
    let tasks: Vec<_> = (0..40)
        .map(|_| {
            let bench = bench.clone();
            tokio::spawn(async move { bench.run("execute", "allocate 8").await })
        })
        .collect();
    let mut waited = 0;
    for task in tasks {
        let report = task.await.unwrap();
        assert_eq!(
            report.outcome,
            Ok(Output::Abstained("allocated 8 MiB".into()))
        );
        waited += u64::from(report.usage.waited_ms > 0);
    }
    assert!(waited > 0, "somebody waited");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_nobody_waits_for_gives_its_slot_back() {
    let limits = Limits {
        fuel: u64::MAX / 2,
        wall_ms: 3_600_000,
        ..limits()
    };
    let bench = Arc::new(Bench::sized(
        limits,
        Size {
            tasks: 1,
            threads: 1,
        },
    ));
    let spinning = bench.clone();
    let spinner = tokio::spawn(async move { spinning.run("execute", "loop").await });
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    spinner.abort();
    // It would wait for an hour if the spinner were still there.
    assert_eq!(bench.says("read /input/job.log").await, "read: the log");
}

/// Slices of time that spinning guests get between the moment a task is ready
/// and the moment it begins; an epoch's yield ends one. Counted and not timed:
/// the machine is shared.
#[tokio::test(flavor = "multi_thread")]
async fn a_ready_task_begins_within_a_round_and_two_epochs() {
    const SPINNERS: u64 = 10;
    const THREADS: u64 = 2;
    let limits = Limits {
        fuel: u64::MAX / 2,
        wall_ms: 60_000,
        ..limits()
    };
    let bench = Arc::new(Bench::sized(
        limits,
        Size {
            tasks: 32,
            threads: THREADS as usize,
        },
    ));
    let spinners: Vec<_> = (0..SPINNERS)
        .map(|_| {
            let bench = bench.clone();
            tokio::spawn(async move { bench.run("execute", "loop").await })
        })
        .collect();
    let slices = || bench.sandbox.slices();
    while slices() < 4 * SPINNERS {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let allowed = (SPINNERS.div_ceil(THREADS) + 2) * THREADS;
    for _ in 0..10 {
        let ready = slices();
        let job = bench.job("execute", "read /input/job.log");
        let report = bench.sandbox.run(job).await;
        assert_eq!(
            report.outcome,
            Ok(Output::Abstained("read: the log".into()))
        );
        let passed = report.began - ready;
        assert!(passed <= allowed, "{passed} slices passed, {allowed} may");
    }
    assert!(
        spinners.iter().all(|spinner| !spinner.is_finished()),
        "they still spin"
    );
    for spinner in spinners {
        spinner.abort();
        let _ = spinner.await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_too_large_for_a_slot_runs_on_demand() {
    let limits = Limits {
        memory_bytes: 64 * 1024 * 1024,
        ..limits()
    };
    // A pool of slots smaller than the guest's tables would be refused by
    // wasmtime; the sandbox then takes the other engine.
    let sandbox = Sandbox::new(&Limits {
        table_elements: 1,
        ..limits.clone()
    })
    .unwrap();
    let component = sandbox.load(&crate::sandbox::PROBE).unwrap();
    assert_eq!(component.place(), Place::OnDemand);
    let bench = Bench::with(limits);
    let report = bench.run("execute", "loop").await;
    assert!(matches!(report.outcome, Err(TaskError::OutOfBudget { .. })));
}
