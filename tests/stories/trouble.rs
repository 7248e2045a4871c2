//! What goes wrong on the way.

use std::time::Duration;

use sentinel::task::{TaskKind, TaskState};

use super::{DRAFTS, red_push};
use crate::doubles::github::{Fault, Log};
use crate::world::{FORMAT_LOG, World};

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
    let [task] = world.tasks().await.try_into().expect("it is listed");
    assert_eq!(task.state, TaskState::Reported);
    assert!(task.record.note.unwrap().contains("without a failed job"));
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

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_cannot_be_read_is_listed_with_the_reason() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world.github.grant("actions", None);
    world.fails(&red_push(&repository)).await;
    let [task] = world.tasks().await.try_into().expect("it is listed");
    assert_eq!(task.state, TaskState::Failed);
    let note = task.record.note.unwrap();
    assert!(note.contains("actions"), "{note}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_fails_in_a_loop_is_read_so_often() {
    let world = World::with("[policy]\nmax_runs_per_hour = 1").await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    world.fails(&red_push(&repository)).await;
    let refused = world
        .tasks()
        .await
        .into_iter()
        .filter(|t| t.state == TaskState::Refused);
    let [task] = refused
        .collect::<Vec<_>>()
        .try_into()
        .expect("one is refused");
    assert!(task.record.note.unwrap().contains("max_runs_per_hour"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn polling_finds_what_no_webhook_told() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    red_push(&repository);
    for _ in 0..2 {
        let one_round = tokio::time::sleep(Duration::from_millis(500));
        let names = vec!["acme/widget".parse().unwrap()];
        let github = std::sync::Arc::new(world.github.forge());
        let every = Duration::from_secs(3600);
        sentinel::pipeline::poll(world.pipeline.clone(), github, names, every, one_round).await;
        world.settle().await;
    }
    world.repair_is(TaskState::Published).await;
    assert_eq!(repository.pulls().len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_given_up_is_taken_up_when_it_is_told_again() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world.github.grant("actions", None);
    let run = red_push(&repository);
    world.fails(&run).await;
    assert!(world.kinds().await.contains(&"work.failed".to_owned()));
    world.github.grant("actions", Some("read"));
    world.fails(&run).await;
    world.repair_is(TaskState::Published).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_job_without_a_log_does_not_hide_the_others() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    let run = repository
        .failed_run("main")
        .job("died", Log::Gone)
        .job("fmt", FORMAT_LOG)
        .finish();
    world.fails(&run).await;
    let fetched = world
        .ledger()
        .await
        .into_iter()
        .find(|e| e.kind == "run.fetched");
    assert!(
        fetched.unwrap().body.contains("\"job\":\"died\""),
        "what was not read is told"
    );
    world.repair_is(TaskState::Published).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn polling_does_not_revive_what_was_given_up() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    red_push(&repository);
    world.github.grant("contents", None);
    let round = async || {
        let github = std::sync::Arc::new(world.github.forge());
        let names = vec!["acme/widget".parse().unwrap()];
        let one_round = tokio::time::sleep(Duration::from_millis(500));
        let every = Duration::from_secs(3600);
        sentinel::pipeline::poll(world.pipeline.clone(), github, names, every, one_round).await;
        world.settle().await;
        world.ledger().await.len()
    };
    let first = round().await;
    assert!(first > 1, "it was found");
    assert_eq!(round().await, first, "every round sees the same runs");
    world.end().await;
}
