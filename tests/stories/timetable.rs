//! ConfigOptimizer looks at a repository on its timetable; what does a person
//! get, and what becomes of a no?

mod against;
mod linted;
mod trouble;

use sentinel::change::Outcome;
use sentinel::evidence::Evidence;
use sentinel::pipeline::schedule;
use sentinel::store::{TaskRow, look, outcome};
use sentinel::task::{TaskKind, TaskState};

use crate::doubles::github::{Pull, Repository};
use crate::world::World;

pub(super) const CI: &str = ".github/workflows/ci.yml";

/// A workflow that says all but how long its job may run.
pub(super) const WORKFLOW: &str = "\
name: ci
on: [push]
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: cargo test
";

pub(super) const WEEKLY: &str =
    "[repositories.\"github:acme/widget\"]\noptimize = { every = \"7d\" }\n";

/// Passed runs of five minutes, in the last days.
pub(super) fn ran(repository: &Repository, times: i64) {
    for hour in 1..=times {
        let at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(hour);
        repository
            .failed_run("main")
            .conclusion("success")
            .created_at(&at.to_string())
            .passed_job("test")
            .took(2, 300)
            .finish();
    }
}

/// A repository on the timetable whose workflow lacks a time-out, and a GitHub
/// that lets Sentinel change workflows.
pub(super) async fn scheduled() -> (World, Repository) {
    let (world, repository) = unlooked(WEEKLY).await;
    schedule(&world.pipeline).await.unwrap();
    (world, repository)
}

pub(super) async fn unlooked(configuration: &str) -> (World, Repository) {
    let world = World::with(configuration).await;
    world.github.grant("workflows", Some("write"));
    let repository = world.github.repository("acme/widget");
    repository.file(CI, WORKFLOW).file("src/lib.rs", "");
    repository.commit("Begin");
    ran(&repository, 25);
    (world, repository)
}

/// One look later.
pub(super) async fn looked() -> (World, Repository) {
    let (world, repository) = scheduled().await;
    world.later("look").await;
    (world, repository)
}

/// Changes that came of looks, oldest first.
pub(super) async fn changes(world: &World) -> Vec<TaskRow> {
    let mut all = world.tasks().await;
    all.retain(|task| task.kind == TaskKind::Optimize && task.incident.is_some());
    all.sort_by_key(|task| task.created_at);
    all
}

pub(super) async fn change(world: &World) -> TaskRow {
    let all = changes(world).await;
    let [one] = all.try_into().expect("one change");
    one
}

/// The looks themselves, oldest first.
pub(super) async fn looks(world: &World) -> Vec<TaskRow> {
    let mut all = world.tasks().await;
    all.retain(|task| task.kind == TaskKind::Optimize && task.incident.is_none());
    all.sort_by_key(|task| task.created_at);
    all
}

pub(super) fn pull(repository: &Repository) -> Pull {
    let [pull] = repository.pulls().try_into().expect("one pull request");
    pull
}

pub(super) async fn outcomes(world: &World, task: &TaskRow) -> Vec<Outcome> {
    let id = task.id.clone();
    let rows = world
        .store
        .read(move |connection| outcome::of_task(connection, &id))
        .await
        .unwrap();
    rows.into_iter().map(|row| row.outcome).collect()
}

/// What people read, without what differs each time.
fn told(text: &str, task: &TaskRow) -> String {
    let record = &task.record;
    let known = [
        (task.id.as_str(), "TASK"),
        (task.incident.as_ref().unwrap().as_str(), "INCIDENT"),
        (record.result_tree.as_ref().unwrap().as_str(), "TREE"),
        (record.head.as_str(), "COMMIT"),
    ];
    known.iter().fold(text.to_owned(), |text, (value, name)| {
        text.replace(value, name)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_timetable_to_a_pull_request_that_says_why() {
    let (world, repository) = scheduled().await;
    assert!(world.waits("look"), "planned when the server starts");
    assert!(changes(&world).await.is_empty(), "and not before its time");
    world.later("look").await;

    let held = change(&world).await;
    assert_eq!(held.state, TaskState::Held, "{:?}", held.record.note);
    let note = held.record.note.clone().unwrap();
    assert!(note.contains("protected path"), "{note}");
    assert!(
        note.contains(&format!("sentinel approve {}", held.id)),
        "{note}"
    );
    assert!(world.github.writes().is_empty(), "nothing is pushed unseen");
    let Some(Evidence::NotRun { reason }) = &held.record.evidence else {
        panic!("{:?}", held.record.evidence);
    };
    assert!(reason.contains("commands are not run"), "{reason}");

    world.approve(&held.id).await;
    let task = change(&world).await;
    assert_eq!(task.state, TaskState::Published, "{:?}", task.record.note);
    let pull = pull(&repository);
    assert!(pull.open && !pull.draft);
    assert_eq!(
        (pull.base.as_str(), pull.title.as_str()),
        ("main", "Give the jobs of ci.yml a time-out")
    );
    let changed = repository.read(&pull.head, CI).unwrap();
    let changed = String::from_utf8(changed).unwrap();
    let expected = WORKFLOW.replace("  test:\n", "  test:\n    timeout-minutes: 10\n");
    assert_eq!(changed, expected);
    insta::assert_snapshot!("advice_pull_request", told(&pull.body, &task));
    insta::assert_snapshot!(
        "advice_commit",
        told(&repository.message(&pull.head), &task)
    );
    let kinds = world.kinds().await;
    let way = [
        "task.run",
        "task.proposed",
        "look.ended",
        "task.held",
        "task.approved",
        "change.intended",
        "change.published",
    ];
    assert_eq!(kinds, way);

    // The workflow's own token is made for that alone.
    let permissions = world.github.issued_permissions();
    let with = permissions
        .iter()
        .filter(|granted| granted["permissions"]["workflows"] == "write");
    assert_eq!((with.count(), permissions.len()), (1, 2), "{permissions:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_looked_at_is_on_record_and_can_be_replayed() {
    let (world, _) = looked().await;
    let [look] = looks(&world).await.try_into().expect("one look");
    assert_eq!(look.state, TaskState::Analyzed);
    let note = look.record.note.clone().unwrap();
    assert_eq!(
        note,
        "25 runs of 14 days looked at: 1 change proposed, 0 left out"
    );
    let change = change(&world).await;
    for id in [look.id.as_str(), change.id.as_str()] {
        let replayed = world.sentinel(&["task", "replay", id]);
        let said = String::from_utf8_lossy(&replayed.stdout).into_owned();
        assert!(replayed.status.success(), "{id}: {said}");
    }
    let shown = world.sentinel(&["task", "show", change.id.as_str()]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("+    timeout-minutes: 10"), "{shown}");
    // Nothing failed: no failure is listed.
    let listed = world.sentinel(&["incident", "list"]);
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(
        !listed.contains(change.incident.unwrap().as_str()),
        "{listed}"
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_looked_at_again_after_its_time_and_a_restart_changes_nothing() {
    let (world, repository) = looked().await;
    const DAY_MS: i64 = 24 * 3_600_000;
    let last = |connection: &rusqlite::Connection| {
        look::last(connection, &"github:acme/widget".parse().unwrap())
    };
    let row = world.store.read(last).await.unwrap().unwrap();
    let wait = row.due_at.0 - row.looked_at.0;
    assert!((7 * DAY_MS..8 * DAY_MS).contains(&wait), "{wait}");
    let planned = || -> i64 {
        let query = "SELECT not_before FROM work WHERE stage = 'look'";
        world.file().query_row(query, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(planned(), row.due_at.0);
    schedule(&world.pipeline).await.unwrap();
    assert_eq!(planned(), row.due_at.0);
    world.settle().await;
    assert_eq!(looks(&world).await.len(), 1);

    // The next look finds what waits, and says it once.
    world.later("look").await;
    assert_eq!(looks(&world).await.len(), 2);
    let held = change(&world).await;
    assert_eq!(held.state, TaskState::Held);

    // What is open is not opened again either.
    world.approve(&held.id).await;
    world.later("look").await;
    assert_eq!(change(&world).await.state, TaskState::Published);
    assert_eq!(repository.pulls().len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_change_gives_way_to_one_for_what_the_file_is_now() {
    let (world, repository) = looked().await;
    let before = change(&world).await;
    repository.file(CI, WORKFLOW.replace("cargo test", "cargo test --locked"));
    repository.commit("Lock");
    world.later("look").await;
    let all = changes(&world).await;
    let old = all.iter().find(|task| task.id == before.id).unwrap();
    let [new] = all
        .iter()
        .filter(|task| task.id != before.id)
        .collect::<Vec<_>>()[..]
    else {
        panic!("{all:?}");
    };
    assert_eq!(
        (old.state, new.state),
        (TaskState::Cancelled, TaskState::Held)
    );
    assert_eq!(old.incident, new.incident);
    assert!(
        old.record
            .note
            .as_deref()
            .unwrap()
            .contains(new.id.as_str())
    );
    world.approve(&new.id).await;
    assert_eq!(repository.pulls().len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_went_on_elsewhere_takes_the_change_as_it_was_approved() {
    let (world, repository) = looked().await;
    let held = change(&world).await;
    repository.file("src/lib.rs", "//! More.\n");
    let newest = repository.commit("Go on");
    world.approve(&held.id).await;
    let task = change(&world).await;
    assert_eq!(task.state, TaskState::Published, "{:?}", task.record.note);
    assert_ne!(task.record.head, newest);
    // Exactly what was approved, on the commit that was looked at.
    let head = pull(&repository).head;
    assert_eq!(repository.read(&head, "src/lib.rs").unwrap(), b"");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_a_file_that_went_on_is_refused() {
    let (world, repository) = looked().await;
    let held = change(&world).await;
    repository.file(CI, WORKFLOW.replace("cargo test", "cargo test --locked"));
    repository.commit("Lock");
    world.approve(&held.id).await;
    let task = change(&world).await;
    assert_eq!(task.state, TaskState::Refused);
    let note = task.record.note.unwrap();
    assert!(note.contains("no longer points"), "{note}");
    assert!(repository.pulls().is_empty() && repository.own_branches().is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_approved_by_its_tree_under_any_pull_request() {
    let (world, repository) = looked().await;
    let held = change(&world).await;
    repository.person("dana", "read").person("wanda", "write");
    repository.point("feature", repository.head("main").as_ref());
    let number = repository.opened("feature", "dana");
    let tree = held.record.result_tree.clone().unwrap();
    let order = format!("/sentinel approve {tree}");
    // Who may not write here approves nothing.
    world.told(repository.comment(number, "dana", &order)).await;
    assert_eq!(change(&world).await.state, TaskState::Held);
    world
        .told(repository.comment(number, "wanda", &order))
        .await;
    let task = change(&world).await;
    assert_eq!(task.state, TaskState::Published, "{:?}", task.record.note);
    let ours = repository
        .pulls()
        .into_iter()
        .find(|pull| pull.number != number)
        .unwrap();
    assert!(
        ours.body.contains("Approved for publication by `wanda`."),
        "{}",
        ours.body
    );
    assert_eq!(repository.head("feature"), repository.head("main"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merged_change_is_followed_to_its_end_and_not_made_twice() {
    let (world, repository) = looked().await;
    let task = change(&world).await;
    world.approve(&task.id).await;
    let open = pull(&repository);
    repository.file(CI, repository.read(&open.head, CI).unwrap());
    repository.commit("Merge");
    repository.merge(open.number);
    world.later("watch").await;
    assert_eq!(outcomes(&world, &task).await, [Outcome::Merged]);
    world.later("look").await;
    assert_eq!(
        changes(&world).await.len(),
        1,
        "the file has a time-out now"
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_most_three_changes_of_a_repository_wait_at_once() {
    let (world, repository) = unlooked(WEEKLY).await;
    // One file can be told of its runs; the others lack permissions of their own.
    for name in ["a", "b", "c", "d"] {
        let open = WORKFLOW.replace("permissions:\n  contents: read\n", "");
        repository.file(&format!(".github/workflows/{name}.yml"), open);
    }
    repository.commit("More workflows");
    schedule(&world.pipeline).await.unwrap();
    world.later("look").await;
    assert_eq!(changes(&world).await.len(), 3);
    let [look] = looks(&world).await.try_into().unwrap();
    let note = look.record.note.unwrap();
    assert!(note.contains("3 changes proposed, 2 left out"), "{note}");
    let ended = world
        .ledger()
        .await
        .into_iter()
        .find(|entry| entry.kind == "look.ended");
    let ended = ended.unwrap().body;
    assert!(
        ended.contains("3 changes wait or are open already"),
        "{ended}"
    );
    world.end().await;
}
