//! What became of proposals decides what the next one's word is worth.

use sentinel::confidence::Lesson;
use sentinel::store::lesson;
use sentinel::task::TaskState;
use serde_json::Value;

use super::{DRAFTS, red_push};
use crate::doubles::github::Repository;
use crate::world::World;

/// Lessons of the strategy that mends [`red_push`], as other repositories had
/// them.
fn taught(world: &World, repository: &str, lesson: Lesson, times: usize) {
    let file = world.file();
    file.pragma_update(None, "foreign_keys", false).unwrap();
    for nth in 0..times {
        file.execute(
            "INSERT INTO lesson VALUES (?, 'printed-diff', 'patchbot', ?, 0.9, ?, ?)",
            rusqlite::params![
                format!("{repository}{lesson:?}{nth}"),
                repository,
                lesson.as_str(),
                nth as i64
            ],
        )
        .unwrap();
    }
}

async fn again(world: &World, repository: &Repository) {
    repository.file("NEWS.md", "news\n").commit("News");
    world.fails(&red_push(repository)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strategy_that_people_turn_down_is_believed_less() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    taught(&world, "github:acme/widget", Lesson::Closed, 30);
    world.fails(&red_push(&repository)).await;
    let task = world.repair_is(TaskState::Refused).await;
    let note = task.record.note.unwrap();
    assert!(note.contains("below policy.min_confidence"), "{note}");
    assert!(task.record.confidence.unwrap() >= 0.7, "what it said stays");
    assert!(repository.pulls().is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_repository_alone_does_not_decide_for_others() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    let id = repository.id();
    taught(&world, "github:mallory/grudge", Lesson::Rejected, 500);
    let record = world
        .store
        .read(move |connection| lesson::record(connection, "patchbot", "printed-diff", &id))
        .await
        .unwrap();
    assert_eq!(record.elsewhere.badly, 20, "the newest, and no more");
    assert_eq!(record.here.count(), 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn praise_that_is_made_up_gets_nothing_past_the_threshold() {
    let world = World::with(&format!("[policy]\nmin_confidence = 1.0\n{DRAFTS}")).await;
    let repository = world.widget();
    taught(&world, "github:mallory/praise", Lesson::Merged, 500);
    world.fails(&red_push(&repository)).await;
    world.repair_is(TaskState::Refused).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_read_what_a_strategys_word_is_worth() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    taught(&world, "github:acme/other", Lesson::Merged, 3);
    world.fails(&red_push(&repository)).await;
    let [pull] = repository.pulls().try_into().expect("one pull request");
    let said = "(0 of 0 went well here, 3 of 3 elsewhere)";
    assert!(pull.body.contains(said), "{}", pull.body);

    repository.close(pull.number);
    let told = world.github.pull_closed("acme/widget", pull.number);
    world.told(told).await;
    let shown = world.sentinel(&["outcomes", "--json", "--repository", "github:acme/widget"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown[0]["strategy"], "printed-diff");
    assert_eq!(shown[0]["lessons"], serde_json::json!({"closed": 1}));
    let (stated, worth) = (&shown[0]["stated"], &shown[0]["calibrated"]);
    assert!(worth.as_f64() < stated.as_f64(), "{shown}");
    let text = world.sentinel(&["outcomes"]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("1 proposals: 1 closed"), "{text}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_patch_teaches_too() {
    let world = World::new().await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    let task = world.repair_is(TaskState::Held).await;
    let output = world.sentinel(&["reject", task.id.as_str()]);
    assert!(output.status.success());
    let shown = world.sentinel(&["outcomes", "--json"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown[0]["lessons"], serde_json::json!({"rejected": 1}));
    again(&world, &repository).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_else_is_red_in_the_run_is_said() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    let run = repository
        .failed_run("main")
        .job("fmt", crate::world::FORMAT_LOG);
    world
        .fails(&run.job("test", super::unchanged::TEST_LOG).finish())
        .await;
    let [pull] = repository.pulls().try_into().expect("one pull request");
    let said = "The same run failed for 1 other cause, which this does not touch";
    assert!(pull.body.contains(said), "{}", pull.body);
    world.end().await;
}
