//! One failure of a service in many repositories.

use sentinel::store::TaskRow;
use sentinel::task::{TaskKind, TaskState};

use super::{DRAFTS, red_push};
use crate::doubles::github::{Repository, Run};
use crate::world::{FORMAT_LOG, UNFORMATTED, World};

/// A registry that does not answer.
const DOWN: &str = "2026-01-05T10:00:00.0000000Z ##[group]Run npm ci\n\
    2026-01-05T10:00:00.0000000Z npm ci\n\
    2026-01-05T10:00:00.0000000Z ##[endgroup]\n\
    2026-01-05T10:00:01.0000000Z npm ERR! code ENOTFOUND\n\
    2026-01-05T10:00:01.0000000Z npm ERR! network request to the registry failed, \
    reason: getaddrinfo ENOTFOUND registry.example.com\n\
    2026-01-05T10:00:02.0000000Z ##[error]Process completed with exit code 1.\n";

fn repository(world: &World, name: &str) -> Repository {
    let repository = world.github.repository(&format!("acme/{name}"));
    repository.file("src/lib.rs", UNFORMATTED).commit("Begin");
    repository
}

fn red(repository: &Repository, log: &str) -> Run {
    repository.failed_run("main").job("test", log).finish()
}

async fn repairs(world: &World) -> Vec<TaskRow> {
    let mut tasks = world.tasks().await;
    tasks.retain(|task| task.kind == TaskKind::Repair);
    tasks.sort_by_key(|task| task.repository.to_string());
    tasks
}

async fn states(world: &World) -> Vec<TaskState> {
    repairs(world).await.iter().map(|task| task.state).collect()
}

async fn a_registry_goes_down(world: &World) -> Vec<Repository> {
    let all: Vec<Repository> = ["a", "b", "c", "d"]
        .iter()
        .map(|name| repository(world, name))
        .collect();
    for repository in &all {
        world.fails(&red(repository, DOWN)).await;
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn one_network_failure_in_many_repositories_is_held_as_an_outage() {
    use TaskState::*;
    let world = World::with(DRAFTS).await;
    a_registry_goes_down(&world).await;
    // The third makes it one.
    assert_eq!(states(&world).await, [Reported, Reported, Held, Held]);
    let tasks = repairs(&world).await;
    let note = tasks[2].record.note.as_deref().unwrap();
    assert!(note.contains("3 of 3 red repositories"), "{note}");
    assert!(note.contains("held until"), "{note}");
    let held = world.ledger().await;
    let held = held.iter().filter(|entry| entry.kind == "task.held");
    assert!(held.clone().all(|entry| entry.body.contains("SNTL_OUTAGE")));
    assert_eq!(held.count(), 2);
    let incident = tasks[3].incident.clone().unwrap();
    let shown = world.sentinel(&["incident", "show", incident.as_str()]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.contains("an outage: 4 of 4 red repositories"),
        "{shown}"
    );
    let shown = world.sentinel(&["task", "show", tasks[3].id.as_str()]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("goes on by itself"), "{shown}");
    // Nobody can approve what has no patch.
    let refused = world.sentinel(&["approve", tasks[3].id.as_str()]);
    assert!(!refused.status.success());
    assert!(world.github.writes().is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_task_goes_on_when_its_branch_goes_green() {
    use TaskState::*;
    let world = World::with(DRAFTS).await;
    let all = a_registry_goes_down(&world).await;
    let green = all[3]
        .failed_run("main")
        .conclusion("success")
        .passed_job("test")
        .finish();
    world.fails(&green).await;
    // The same code passed: it was the registry, and the report says so.
    assert_eq!(states(&world).await, [Reported, Reported, Held, Reported]);
    let tasks = repairs(&world).await;
    let note = tasks[3].record.note.as_deref().unwrap();
    assert!(note.contains("passed later"), "{note}");
    assert!(tasks[3].record.waits.is_none());
    assert!(tasks[2].record.waits.is_some(), "the others wait on");
    world.end().await;
}

/// Lets forty minutes pass: everything that was stored was stored earlier.
async fn time_passes(world: &World) {
    let place = world.config_file().with_file_name("data");
    let file = rusqlite::Connection::open(place.join("sentinel.db")).unwrap();
    file.busy_timeout(std::time::Duration::from_secs(10))
        .unwrap();
    for (table, column) in [
        ("run", "received_at"),
        ("incident", "last_seen"),
        ("work", "not_before"),
        ("work", "due"),
    ] {
        let earlier = format!("UPDATE {table} SET {column} = {column} - 2400000");
        file.execute(&earlier, []).unwrap();
    }
    drop(file);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_window_is_over_they_go_on_by_themselves() {
    let world = World::with(DRAFTS).await;
    a_registry_goes_down(&world).await;
    time_passes(&world).await;
    assert!(
        states(&world)
            .await
            .iter()
            .all(|state| *state == TaskState::Reported)
    );
    let kinds = world.kinds().await;
    assert_eq!(
        kinds.iter().filter(|kind| *kind == "task.released").count(),
        2
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lint_in_many_repositories_is_repaired_in_each() {
    let world = World::with(DRAFTS).await;
    for name in ["a", "b", "c", "d"] {
        let repository = repository(&world, name);
        let log = FORMAT_LOG.replace("widget", name);
        world.fails(&red(&repository, &log)).await;
    }
    let states = states(&world).await;
    assert_eq!(states, [TaskState::Published; 4]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn few_among_many_red_repositories_are_no_outage() {
    let world = World::with(&format!("{DRAFTS}\n[policy]\noutage_percent = 60\n")).await;
    for name in ["x", "y", "z"] {
        let repository = repository(&world, name);
        world.fails(&red(&repository, FORMAT_LOG)).await;
    }
    for name in ["a", "b", "c"] {
        let repository = repository(&world, name);
        world.fails(&red(&repository, DOWN)).await;
    }
    assert!(!states(&world).await.contains(&TaskState::Held));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_red_default_branch_is_worked_on_before_what_waited_longer() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    let main = repository.head("main").unwrap();
    for at in 0..3 {
        let name = format!("topic-{at}");
        repository.point(&name, Some(&main));
        let run = repository
            .failed_run(&name)
            .job("fmt", "all is well\n")
            .finish();
        assert_eq!(world.deliver(&run).await, 202);
    }
    assert_eq!(world.deliver(&red_push(&repository)).await, 202);
    world.settle().await;
    let entries = world.ledger().await.into_iter();
    let fetched = entries.filter(|entry| entry.kind == "run.fetched");
    let first = fetched.map(|entry| entry.body).next().unwrap();
    assert!(first.contains("\"branch\":\"main\""), "{first}");
    world.end().await;
}
