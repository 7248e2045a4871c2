//! What goes wrong on the way.

use std::time::Duration;

use sentinel::task::{TaskKind, TaskState};

use super::{DRAFTS, red_push};
use crate::doubles::github::Fault;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_never_started_is_reported() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    let run = repository
        .failed_run("main")
        .conclusion("startup_failure")
        .finish();
    world.fails(&run).await;
    assert_eq!(world.kinds().await, ["delivery.accepted", "run.reported"]);
    assert!(world.tasks().await.is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forge_that_stumbles_is_asked_again() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world.github.fault(
        "GET /repos/*/*/actions/runs/*/attempts/*/jobs",
        1,
        Fault::status(502),
    );
    world.fails(&red_push(&repository)).await;
    assert!(
        repository.pulls().is_empty(),
        "it waits before it asks again"
    );
    tokio::time::sleep(Duration::from_millis(1100)).await;
    world.settle().await;
    world.repair_is(TaskState::Published).await;
    assert_eq!(repository.pulls().len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_permission_is_named_to_whoever_asks() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world.github.grant("contents", Some("read"));
    world.fails(&red_push(&repository)).await;
    let task = world.repair_is(TaskState::Failed).await;
    let note = task.record.note.unwrap();
    assert!(note.contains("contents"), "{note}");
    assert!(world.kinds().await.contains(&"work.failed".to_owned()));
    assert!(repository.own_branches().is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_without_a_repair_is_an_honest_end() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    let log = "2026-01-05T10:00:00.0000000Z ##[group]Run npm ci\n\
               2026-01-05T10:00:00.0000000Z ##[endgroup]\n\
               2026-01-05T10:00:01.0000000Z npm ERR! code ENOTFOUND\n\
               2026-01-05T10:00:01.0000000Z npm ERR! network request to the registry failed, \
               reason: getaddrinfo ENOTFOUND registry.example.com\n\
               2026-01-05T10:00:02.0000000Z ##[error]Process completed with exit code 1.\n";
    let run = repository.failed_run("main").job("test", log).finish();
    world.fails(&run).await;
    assert!(world.github.writes().is_empty());
    let tasks = world.tasks().await;
    let repairs = tasks.iter().filter(|task| task.kind == TaskKind::Repair);
    assert!(repairs.clone().count() > 0, "it is listed");
    for task in repairs {
        assert!(
            matches!(task.state, TaskState::Reported | TaskState::Abstained),
            "{:?} {:?}",
            task.state,
            task.record.note
        );
        assert!(task.record.note.is_some());
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_noise_is_read_without_harm() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    let noise: Vec<u8> = (0..200_000u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let run = repository
        .failed_run("main")
        .job("noise", String::from_utf8_lossy(&noise).into_owned())
        .finish();
    world.fails(&run).await;
    assert!(world.github.writes().is_empty());
    let analysis = world.tasks().await;
    assert!(
        analysis.iter().all(|task| task.state != TaskState::Failed),
        "{analysis:#?}"
    );
    world.end().await;
}
