//! A fork's red pull request gets a review that suggests the patch; nothing is
//! pushed.

use sentinel::change::Form;
use sentinel::task::TaskState;

use super::commands::tell;
use crate::doubles::github::{Fault, Repository};
use crate::world::{FORMAT_LOG, World};

const FORK: &str = "mallory/widget";

/// All of the file that fails.
const ALL: &str = "@@ -0,0 +1,3 @@\n+//! One.\n+\n+pub fn one( )->u8{1}";

/// The fork's branch is called like one of ours, where another commit is.
async fn fails(world: &World, repository: &Repository, hunks: &str) -> u64 {
    repository.point("patch", repository.head("main").as_ref());
    let number = repository.opened_from_fork(FORK, "patch", hunks);
    let run = repository
        .failed_run("patch")
        .forked_from(FORK)
        .job("fmt", FORMAT_LOG)
        .finish();
    world.fails(&run).await;
    number
}

fn nothing_is_pushed(world: &World, repository: &Repository) {
    assert!(repository.own_branches().is_empty());
    assert_eq!(repository.head("patch"), repository.head("main"));
    let writes = world.github.writes();
    assert!(
        writes.iter().all(|write| write.path.ends_with("/reviews")),
        "{writes:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_diff_shows_is_suggested_in_place() {
    let world = World::new().await;
    let repository = world.widget();
    let number = fails(&world, &repository, ALL).await;
    let task = world.repair_is(TaskState::Published).await;
    let change = task.record.change.expect("a change");
    assert_eq!(change.form, Form::Suggestion { pull: number });
    assert_eq!(change.commit, None);
    let [review] = repository.reviews(number).try_into().expect("one review");
    let [comment] = review["comments"]
        .as_array()
        .expect("comments")
        .clone()
        .try_into()
        .expect("one suggestion");
    assert_eq!(
        (&comment["line"], &comment["path"]),
        (&3.into(), &"src/lib.rs".into())
    );
    assert_eq!(
        comment["body"],
        "```suggestion\npub fn one() -> u8 {\n    1\n}\n```\n"
    );
    let body = review["body"].as_str().unwrap();
    assert!(
        body.contains("Nothing was pushed") && !body.contains("```diff"),
        "{body}"
    );
    nothing_is_pushed(&world, &repository);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_diff_does_not_show_comes_as_a_patch() {
    let world = World::new().await;
    let repository = world.widget();
    let number = fails(&world, &repository, "@@ -1,1 +1,2 @@\n //! One.\n+").await;
    world.repair_is(TaskState::Published).await;
    let [review] = repository.reviews(number).try_into().expect("one review");
    assert_eq!(review["comments"].as_array().map(Vec::len), Some(0));
    let body = review["body"].as_str().unwrap();
    assert!(
        body.contains("```diff") && body.contains("+pub fn one() -> u8 {"),
        "{body}"
    );
    nothing_is_pushed(&world, &repository);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_off_and_tried_again_it_is_one_review() {
    let world = World::new().await;
    let repository = world.widget();
    world
        .github
        .fault("POST /repos/*/*/pulls/*/reviews", 1, Fault::LostAnswer);
    let number = fails(&world, &repository, ALL).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_300)).await;
    world.settle().await;
    world.repair_is(TaskState::Published).await;
    assert_eq!(repository.reviews(number).len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_that_moved_on_gets_nothing() {
    let world = World::new().await;
    let repository = world.widget();
    repository.point("patch", repository.head("main").as_ref());
    let number = repository.opened_from_fork(FORK, "patch", ALL);
    let run = repository
        .failed_run("patch")
        .forked_from(FORK)
        .job("fmt", FORMAT_LOG)
        .finish();
    repository.edit_pull(number, |pull| pull.head_sha = "1".repeat(40));
    world.fails(&run).await;
    world.repair_is(TaskState::Refused).await;
    assert!(world.github.writes().is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_has_anything_landed_on_a_fork() {
    let world = World::new().await;
    let repository = world.widget();
    repository.person("wanda", "admin");
    let number = fails(&world, &repository, ALL).await;
    for order in ["apply", "retry", "stop", "reject"] {
        let webhook = repository.comment(number, "wanda", &format!("/sentinel {order}"));
        assert_eq!(tell(&world, &webhook).await, 202);
        world.settle().await;
    }
    let said = super::commands::answers(&repository, number);
    assert_eq!(said.len(), 4);
    assert!(
        said.iter().all(|text| text.contains("comes from a fork")),
        "{said:?}"
    );
    assert_eq!(repository.head("patch"), repository.head("main"));
    // What was done is told nevertheless.
    let webhook = repository.comment(number, "mallory", "/sentinel explain");
    assert_eq!(tell(&world, &webhook).await, 202);
    world.settle().await;
    let said = super::commands::answers(&repository, number);
    assert!(said[4].contains("task.proposed"), "{said:?}");
    world.end().await;
}
