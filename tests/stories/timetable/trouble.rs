//! A forge that does not answer, permissions that are missing, nothing to
//! propose, and a server that stops in between.

use sentinel::ids::Repository as Named;
use sentinel::pipeline::schedule;
use sentinel::store::{ServerLock, look};
use sentinel::task::TaskState;

use super::{CI, WEEKLY, WORKFLOW, change, changes, looked, looks, ran, scheduled, unlooked};
use crate::doubles::github::Fault;
use crate::world::World;

const RUNS: &str = "GET /repos/*/*/actions/runs";
const JOBS: &str = "GET /repos/*/*/actions/runs/*/attempts/*/jobs";

fn widget() -> Named {
    "github:acme/widget".parse().unwrap()
}

async fn trouble(world: &World) -> Option<String> {
    let last = |connection: &rusqlite::Connection| look::last(connection, &widget());
    world
        .store
        .read(last)
        .await
        .unwrap()
        .and_then(|row| row.trouble)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_to_propose_is_a_look_and_no_more() {
    let (world, repository) = unlooked(WEEKLY).await;
    repository.file(
        CI,
        WORKFLOW.replace("  test:\n", "  test:\n    timeout-minutes: 30\n"),
    );
    repository.commit("A time-out");
    schedule(&world.pipeline).await.unwrap();
    world.later("look").await;
    let [look] = looks(&world).await.try_into().unwrap();
    assert_eq!(look.state, TaskState::Analyzed);
    let note = look.record.note.unwrap();
    assert!(
        note.contains("Every job of 1 workflow has timeout-minutes"),
        "{note}"
    );
    assert!(changes(&world).await.is_empty());
    assert!(world.github.writes().is_empty());
    assert_eq!(world.kinds().await, ["task.run", "look.ended"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_may_not_be_read_is_said_and_waits_for_the_next_turn() {
    for status in [403, 404] {
        let (world, _) = scheduled().await;
        world.github.fault(RUNS, 9, Fault::status(status));
        world.later("look").await;
        assert_eq!(world.kinds().await, ["look.failed"]);
        assert_eq!(world.github.count(RUNS), 1, "not at once again");
        let why = trouble(&world).await.expect("it is kept");
        assert!(why.contains("listing the runs"), "{why}");
        let failed = world.ledger().await.remove(0).body;
        assert!(
            failed.contains("sentinel optimize --of github:acme/widget --now"),
            "{failed}"
        );
        assert!(world.waits("look"), "its next turn stands");
        world.settle().await;
        assert_eq!(world.github.count(RUNS), 1);
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forge_that_stumbles_is_asked_again_a_few_times() {
    let (world, _) = scheduled().await;
    world.github.fault(JOBS, 2, Fault::status(502));
    world.later("look").await;
    assert!(world.kinds().await.is_empty(), "nothing is half done");
    world.later("look").await;
    world.later("look").await;
    assert_eq!(change(&world).await.state, TaskState::Held);
    assert_eq!(trouble(&world).await, None);
    world.end().await;

    let (world, _) = scheduled().await;
    world.github.fault(RUNS, 99, Fault::status(502));
    for _ in 0..9 {
        let ready = "UPDATE work SET not_before = 0 WHERE stage = 'look' AND attempts > 0 OR attempts = 0 AND due < 9e15";
        let given_up = trouble(&world).await.is_some();
        if !given_up {
            world.file().execute(ready, []).unwrap();
            world.settle().await;
        }
    }
    assert_eq!(world.github.count(RUNS), 5);
    assert_eq!(world.kinds().await, ["look.failed"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_requests_are_made_than_the_timetable_allows() {
    let plan =
        "[repositories.\"github:acme/widget\"]\noptimize = { every = \"1d\", requests = 50 }\n";
    let (world, repository) = unlooked(plan).await;
    ran(&repository, 100);
    schedule(&world.pipeline).await.unwrap();
    world.later("look").await;
    // A fifth is for commits, a tenth for actions.
    assert!(
        world.github.count(JOBS) <= 35,
        "{}",
        world.github.count(JOBS)
    );
    assert!(world.github.count(JOBS) >= 30);
    assert_eq!(change(&world).await.state, TaskState::Held);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_permission_to_change_workflows_it_is_said_which() {
    let (world, repository) = looked().await;
    world.github.grant("workflows", None);
    let task = change(&world).await;
    world.approve(&task.id).await;
    let task = change(&world).await;
    assert_eq!(task.state, TaskState::Failed);
    let note = task.record.note.unwrap();
    assert!(note.contains("`workflows: write`"), "{note}");
    assert!(repository.own_branches().is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_it_does_nothing_twice() {
    let (world, repository) = looked().await;
    let lock = ServerLock::take(&world.data()).unwrap();
    let task = change(&world).await;
    // The answers are lost, as if the server had stopped before it stored them.
    for route in ["POST /repos/*/*/git/refs", "POST /repos/*/*/pulls"] {
        world.github.fault(route, 1, Fault::LostAnswer);
    }
    world.approve(&task.id).await;
    for _ in 0..3 {
        world.store.take_over(&lock).await.unwrap();
        schedule(&world.pipeline).await.unwrap();
        world.later("publish").await;
    }
    assert_eq!(change(&world).await.state, TaskState::Published);
    assert_eq!(
        (repository.pulls().len(), repository.own_branches().len()),
        (1, 1)
    );
    // A look that a dead server had claimed is taken up, once.
    let claimed = "UPDATE work SET leased = 1, not_before = 0 WHERE stage = 'look'";
    world.file().execute(claimed, []).unwrap();
    world.settle().await;
    assert_eq!(looks(&world).await.len(), 1);
    world.store.take_over(&lock).await.unwrap();
    world.settle().await;
    assert_eq!(
        (looks(&world).await.len(), changes(&world).await.len()),
        (2, 1)
    );
    assert_eq!(repository.pulls().len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn repositories_are_looked_at_one_at_a_time() {
    let both =
        format!("{WEEKLY}[repositories.\"github:acme/other\"]\noptimize = {{ every = \"7d\" }}\n");
    let (world, _) = unlooked(&both).await;
    let other = world.github.repository("acme/other");
    other.file(CI, WORKFLOW).commit("Begin");
    schedule(&world.pipeline).await.unwrap();
    // Another worker has the first.
    let claimed =
        "UPDATE work SET leased = 1 WHERE stage = 'look' AND id = (SELECT min(id) FROM work)";
    world.file().execute(claimed, []).unwrap();
    world.later("look").await;
    assert!(looks(&world).await.is_empty());
    world
        .file()
        .execute("UPDATE work SET leased = 0", [])
        .unwrap();
    world.later("look").await;
    world.later("look").await;
    let looked: std::collections::BTreeSet<String> = looks(&world)
        .await
        .iter()
        .map(|task| task.repository.to_string())
        .collect();
    assert_eq!(looked.len(), 2);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_was_taken_off_the_timetable_is_left_alone() {
    let (world, _) = unlooked("").await;
    let plan =
        |tx: &mut sentinel::store::Tx<'_>| tx.plan_look(&widget(), sentinel::time::Timestamp(0));
    world.store.write(plan).await.unwrap();
    world.settle().await;
    assert!(!world.waits("look"));
    assert!(looks(&world).await.is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_can_have_it_look_now() {
    let (world, _) = scheduled().await;
    let of = ["optimize", "--of", "github:acme/widget", "--now"];
    let asked = world.sentinel(&of);
    assert!(
        asked.status.success(),
        "{}",
        String::from_utf8_lossy(&asked.stderr)
    );
    // A restart does not put it off again.
    schedule(&world.pipeline).await.unwrap();
    world.settle().await;
    assert_eq!(looks(&world).await.len(), 1);
    let other = world.sentinel(&["optimize", "--of", "github:acme/other", "--now"]);
    assert!(!other.status.success());
    let said = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(said.contains("not on the timetable"), "{said}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_starts_plans_the_looks() {
    let (world, _) = unlooked(WEEKLY).await;
    let mut server = std::process::Command::new(env!("CARGO_BIN_EXE_sentinel"))
        .arg("serve")
        .env("SENTINEL_CONFIG", world.config_file())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut reader = std::io::BufReader::new(server.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut reader, &mut said).unwrap();
    assert!(said.starts_with("listening on"), "{said}");
    assert!(world.waits("look"));
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(
        looks(&world).await.is_empty(),
        "within the hour, not at once"
    );
    world.end().await;
}
