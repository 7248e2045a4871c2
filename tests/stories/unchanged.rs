//! What passes and fails on the same code, and what fails elsewhere too.

use sentinel::task::TaskState;
use serde_json::Value;

use super::{DRAFTS, red_push};
use crate::doubles::github::{Repository, Run};
use crate::world::{FORMAT_LOG, FORMATTED, World};

/// A log whose test failed by itself.
pub(super) const TEST_LOG: &str = "2026-01-05T10:00:00.0000000Z ##[group]Run cargo test\n\
    2026-01-05T10:00:00.0000000Z cargo test\n\
    2026-01-05T10:00:00.0000000Z ##[endgroup]\n\
    2026-01-05T10:00:01.0000000Z test basket::prices_add_up ... FAILED\n\
    2026-01-05T10:00:01.0000000Z thread 'basket::prices_add_up' panicked at src/basket.rs:7:5:\n\
    2026-01-05T10:00:01.0000000Z assertion `left == right` failed\n\
    2026-01-05T10:00:01.0000000Z test result: FAILED. 0 passed; 1 failed; 0 ignored\n\
    2026-01-05T10:00:02.0000000Z ##[error]Process completed with exit code 101.\n";

fn green(repository: &Repository, branch: &str) -> Run {
    repository
        .failed_run(branch)
        .conclusion("success")
        .passed_job("fmt")
        .passed_job("test")
        .finish()
}

/// The last entry of a kind, as JSON.
async fn last(world: &World, kind: &str) -> Value {
    let mut entries = world.ledger().await.into_iter();
    let entry = entries.rfind(|entry| entry.kind == kind);
    let entry = entry.unwrap_or_else(|| panic!("no {kind}"));
    serde_json::from_str(&entry.body).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passed_when_it_was_tried_again_gets_no_patch() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    let red = red_push(&repository);
    assert_eq!(world.deliver(&red).await, 202);
    // Somebody pressed "re-run" before the log was read.
    let again = repository
        .failed_run("main")
        .conclusion("success")
        .passed_job("fmt")
        .attempt(2)
        .of_run(red.id)
        .finish();
    world.fails(&again).await;
    let task = world.repair_is(TaskState::Reported).await;
    let note = task.record.note.unwrap();
    assert!(note.contains("attempt 2"), "the evidence is named: {note}");
    assert!(world.github.writes().is_empty());
    let told = last(&world, "task.reported").await;
    assert_eq!(
        told["facts"]["decision"]["reason_codes"],
        serde_json::json!(["SNTL_FLAKY"])
    );
    assert_eq!(told["facts"]["seen"]["passed"]["when"], "later");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_patch_is_not_published_once_the_job_passed_by_itself() {
    let world = World::new().await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    let task = world.repair_is(TaskState::Held).await;
    world.fails(&green(&repository, "main")).await;
    world.approve(&task.id).await;
    let task = world.repair_is(TaskState::Reported).await;
    assert!(task.record.note.unwrap().contains("passed later"));
    assert!(world.github.writes().is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_job_of_the_workflow_that_passed_says_nothing() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    assert_eq!(world.deliver(&red_push(&repository)).await, 202);
    // A timetable runs the workflow without that job.
    let other = repository
        .failed_run("main")
        .conclusion("success")
        .event("schedule")
        .passed_job("nightly")
        .finish();
    world.fails(&other).await;
    world.repair_is(TaskState::Published).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_formatter_that_was_content_before_is_a_new_version_and_repaired() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world.fails(&green(&repository, "main")).await;
    world.fails(&red_push(&repository)).await;
    world.repair_is(TaskState::Published).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_that_was_green_on_the_same_code_is_flaky() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world.fails(&green(&repository, "main")).await;
    let red = repository.failed_run("main").job("test", TEST_LOG).finish();
    world.fails(&red).await;
    let task = world.repair_is(TaskState::Reported).await;
    assert!(task.record.note.unwrap().contains("passed before"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_that_came_and_went_twice_is_flaky_the_third_time() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    for text in ["one", "two"] {
        repository.file("README.md", text).commit(text);
        let red = repository.failed_run("main").job("test", TEST_LOG).finish();
        world.fails(&red).await;
        world.fails(&green(&repository, "main")).await;
    }
    repository.file("README.md", "three").commit("three");
    let red = repository.failed_run("main").job("test", TEST_LOG).finish();
    world.fails(&red).await;
    let told = last(&world, "task.reported").await;
    assert_eq!(told["facts"]["seen"]["flaked"]["commits"], 2);
    assert_eq!(
        told["facts"]["decision"]["reason_codes"],
        serde_json::json!(["SNTL_FLAKY"])
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_went_green_needs_no_repair_any_more() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    assert_eq!(world.deliver(&red_push(&repository)).await, 202);
    repository
        .file("src/lib.rs", FORMATTED)
        .commit("formatted by hand");
    world.fails(&green(&repository, "main")).await;
    let task = world.repair_is(TaskState::Reported).await;
    assert!(
        task.record
            .note
            .unwrap()
            .contains("a later run of the branch passed")
    );
    assert!(repository.pulls().is_empty());
    world.end().await;
}

/// A branch off `main` with a commit of its own.
fn topic(repository: &Repository) {
    let main = repository.head("main").unwrap();
    repository.point("topic", Some(&main));
    repository.file("topic.txt", "mine\n");
    repository.commit_on("topic", "A topic");
}

fn red_pull(repository: &Repository) -> Run {
    repository
        .failed_run("topic")
        .pull_request(7)
        .job("fmt", FORMAT_LOG)
        .finish()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_main_had_before_is_not_the_pull_requests_fault() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    topic(&repository);
    world.fails(&red_pull(&repository)).await;
    let tasks = world.tasks().await;
    let of = |branch: &str| {
        let mut repairs = tasks.iter().filter(|task| task.incident.is_some());
        let found = repairs.find(|task| task.record.target.as_str() == branch);
        found.unwrap_or_else(|| panic!("no repair of {branch}"))
    };
    // One incident: main's own task has the change, the topic gets a report.
    assert_eq!(of("main").state, TaskState::Published);
    let topic = of("topic");
    assert_eq!(topic.state, TaskState::Reported, "{:?}", topic.record.note);
    assert_eq!(topic.incident, of("main").incident);
    let note = topic.record.note.as_deref().unwrap();
    assert!(note.contains("main fails alike"), "{note}");
    // Their head says whose fault it is, and shows no patch.
    let [check] = repository.checks().try_into().expect("one check");
    let told = check["output"].to_string();
    assert!(told.contains("main fails alike"), "{told}");
    assert!(
        check["output"]["annotations"]
            .as_array()
            .is_none_or(Vec::is_empty)
    );
    let told = last(&world, "task.reported").await;
    assert_eq!(told["facts"]["seen"]["base"]["branch"], "main");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_to_a_topic_asks_the_forge_what_it_is_built_on() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    topic(&repository);
    let red = repository
        .failed_run("topic")
        .job("fmt", FORMAT_LOG)
        .finish();
    world.fails(&red).await;
    assert_eq!(world.github.count("GET /repos/acme/widget/compare/*"), 1);
    assert_eq!(repository.pulls().len(), 1, "main's own");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_main_broke_later_is_no_excuse() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    topic(&repository);
    // main moves on after the branch was made, and fails there.
    repository.file("later.txt", "later\n").commit("Later");
    world.fails(&red_push(&repository)).await;
    let red = repository
        .failed_run("topic")
        .job("fmt", FORMAT_LOG)
        .finish();
    world.fails(&red).await;
    assert_eq!(repository.pulls().len(), 2, "each has its own");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_main_repaired_and_a_topic_broke_again_is_the_topics() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    repository.file("README.md", "# Mended\n").commit("Mended");
    world.fails(&green(&repository, "main")).await;
    topic(&repository);
    let red = repository
        .failed_run("topic")
        .job("fmt", FORMAT_LOG)
        .finish();
    world.fails(&red).await;
    assert_eq!(repository.pulls().len(), 2);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_branch_is_repaired_whatever_main_does() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    let main = repository.head("main").unwrap();
    repository.point("release/1.0", Some(&main));
    let red = repository
        .failed_run("release/1.0")
        .job("fmt", FORMAT_LOG)
        .finish();
    world.fails(&red).await;
    let bases: Vec<String> = repository
        .pulls()
        .into_iter()
        .map(|pull| pull.base)
        .collect();
    assert_eq!(bases, ["main", "release/1.0"]);
    let text = &repository.pulls()[1].body;
    assert!(
        text.contains("Other branches fail alike: `main`."),
        "{text}"
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn polling_knows_of_green_runs_without_asking_more() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    red_push(&repository);
    green(&repository, "main");
    let names = vec!["acme/widget".parse().unwrap()];
    let github = std::sync::Arc::new(world.github.forge());
    let every = std::time::Duration::from_secs(3600);
    let one_round = tokio::time::sleep(std::time::Duration::from_millis(500));
    sentinel::pipeline::poll(world.pipeline.clone(), github, names, every, one_round).await;
    assert_eq!(world.github.count("GET /repos/*/*/actions/runs"), 1);
    assert!(world.kinds().await.contains(&"run.passed".to_owned()));
    world.settle().await;
    world.repair_is(TaskState::Reported).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_is_shown_with_its_urgency_and_its_tasks() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    let task = world.repair().await;
    let id = task.incident.clone().unwrap();
    let shown = world.sentinel(&["incident", "show", id.as_str(), "--json"]);
    assert!(
        shown.status.success(),
        "{}",
        String::from_utf8_lossy(&shown.stderr)
    );
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown["incident"]["class"], "format");
    assert_eq!(shown["reach"]["jobs"], 1);
    assert_eq!(shown["outage"], false);
    assert_eq!(shown["tasks"][0]["id"], task.id.as_str());
    let urgency = shown["incident"]["urgency"].as_u64().unwrap();
    assert!(urgency >= 30, "a red main is urgent: {urgency}");
    assert_eq!(u64::from(task.record.urgency.points()), urgency);
    let text = world.sentinel(&["incident", "show", id.as_str()]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("on 1 branches"), "{text}");
    let list = world.sentinel(&["incident", "list"]);
    let list = String::from_utf8(list.stdout).unwrap();
    assert!(list.contains(id.as_str()), "{list}");
    world.end().await;
}
