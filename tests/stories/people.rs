//! What people do: close, label, merge, reject, cancel, approve.

use sentinel::change::IGNORE_LABEL;
use sentinel::task::{TaskKind, TaskState};

use super::{DRAFTS, branch_of, red_push};
use crate::doubles::github::Repository;
use crate::world::{FORMAT_LOG, UNFORMATTED, World};

/// The same cause at a new commit.
async fn fails_again(world: &World, repository: &Repository) {
    repository
        .file("NEWS.md", format!("{}\n", repository.pulls().len()))
        .commit("News");
    world
        .fails(
            &repository
                .failed_run("main")
                .job("fmt", FORMAT_LOG)
                .finish(),
        )
        .await;
}

async fn newest_is_refused_with(world: &World, code: &str) {
    let refused = world
        .ledger()
        .await
        .into_iter()
        .rev()
        .find(|e| e.kind == "task.decided");
    let refused = refused.expect("a decision against");
    assert!(refused.body.contains(code), "{}", refused.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_change_is_not_doubled() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    fails_again(&world, &repository).await;
    assert_eq!(repository.pulls().len(), 1);
    newest_is_refused_with(&world, "SNTL_OPEN_CHANGE").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_closed_is_not_proposed_again() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    repository.close(repository.pulls()[0].number);
    fails_again(&world, &repository).await;
    assert_eq!(repository.pulls().len(), 1);
    newest_is_refused_with(&world, "SNTL_CLOSED_BY_PERSON").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_label_says_no_for_good() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    let number = repository.pulls()[0].number;
    repository.label(number, IGNORE_LABEL);
    repository.merge(number);
    // Even after a merge: the failure is to be left alone.
    repository
        .file("src/lib.rs", UNFORMATTED)
        .commit("Break it again");
    world
        .fails(
            &repository
                .failed_run("main")
                .job("fmt", FORMAT_LOG)
                .finish(),
        )
        .await;
    assert_eq!(repository.pulls().len(), 1);
    newest_is_refused_with(&world, "SNTL_IGNORED").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_that_comes_back_after_a_merge_gets_a_new_change() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    let first = world.repair().await;
    repository.merge(repository.pulls()[0].number);
    repository
        .file("src/lib.rs", UNFORMATTED)
        .commit("Break it again");
    world
        .fails(
            &repository
                .failed_run("main")
                .job("fmt", FORMAT_LOG)
                .finish(),
        )
        .await;
    let heads: Vec<String> = repository
        .pulls()
        .into_iter()
        .map(|pull| pull.head)
        .collect();
    assert_eq!(heads.len(), 2);
    assert!(heads.contains(&branch_of(&first, 0).to_string()));
    assert!(heads.contains(&branch_of(&first, 1).to_string()));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_patch_goes_nowhere() {
    let world = World::new().await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    let task = world.repair_is(TaskState::Held).await;
    let output = world.sentinel(&["reject", task.id.as_str(), "--reason", "not now"]);
    assert!(output.status.success());
    world.settle().await;
    world.repair_is(TaskState::Rejected).await;
    assert!(world.github.writes().is_empty());
    // Too late.
    let output = world.sentinel(&["approve", task.id.as_str()]);
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("rejected cannot become approved"), "{said}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_of_another_tree_is_refused() {
    let world = World::new().await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    let task = world.repair_is(TaskState::Held).await;
    let other = "0".repeat(40);
    let output = world.sentinel(&["approve", task.id.as_str(), "--tree", &other]);
    assert!(!output.status.success());
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("not in the one you named")
    );
    world.repair_is(TaskState::Held).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_is_void_when_the_branch_moved() {
    let world = World::new().await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    let task = world.repair_is(TaskState::Held).await;
    repository
        .file("src/lib.rs", "//! By hand.\n")
        .commit("By hand");
    world.approve(&task.id).await;
    world.repair_is(TaskState::Refused).await;
    assert!(world.github.writes().is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_task_does_not_run() {
    let world = World::new().await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    let task = world.repair_is(TaskState::Held).await;
    assert!(
        world
            .sentinel(&["task", "cancel", task.id.as_str()])
            .status
            .success()
    );
    world.settle().await;
    world.repair_is(TaskState::Cancelled).await;
    let output = world.sentinel(&["task", "list"]);
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains("cancelled")
    );
    assert!(
        world
            .tasks()
            .await
            .iter()
            .any(|task| task.kind == TaskKind::Analyze)
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_under_another_policy_waits_for_another() {
    let world = World::new().await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    let task = world.repair_is(TaskState::Held).await;
    // Somebody edited the policy; the server still has the old one.
    let config = std::fs::read_to_string(world.config_file()).unwrap();
    std::fs::write(
        world.config_file(),
        format!("{config}[policy]\nmax_files = 7\n"),
    )
    .unwrap();
    world.approve(&task.id).await;
    let held = world.repair_is(TaskState::Held).await;
    assert!(held.record.approval.is_none());
    assert!(world.github.writes().is_empty());
    std::fs::write(world.config_file(), config).unwrap();
    world.approve(&task.id).await;
    world.repair_is(TaskState::Published).await;
    world.end().await;
}
