//! Where changes land, and where they never do.

use sentinel::task::TaskState;

use super::{DRAFTS, red_push};
use crate::doubles::github::Repository;
use crate::world::{FORMAT_LOG, World};

/// A branch where `main` is.
fn branch_off(repository: &Repository, branch: &str) {
    repository.point(branch, repository.head("main").as_ref());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_red_pull_request_gets_a_check_with_the_patch_and_no_push() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    branch_off(&repository, "feature");
    let run = repository
        .failed_run("feature")
        .event("pull_request")
        .pull_request(7)
        .job("fmt", FORMAT_LOG)
        .finish();
    world.fails(&run).await;
    world.repair_is(TaskState::Offered).await;
    assert!(repository.own_branches().is_empty() && repository.pulls().is_empty());
    let [check] = repository.checks().try_into().expect("one check run");
    let text = check.to_string();
    assert!(
        text.contains("+pub fn one() -> u8 {") || text.contains("Format src/lib.rs"),
        "{text}"
    );
    world.end().await;
}

/// Stories in which nothing may be written anywhere.
async fn nothing_is_written(world: &World, state: TaskState, code: &str) {
    let task = world.repair_is(state).await;
    assert!(
        world.github.writes().is_empty(),
        "{:?}",
        world.github.writes()
    );
    let entries = world.ledger().await;
    let mut of_task = entries
        .iter()
        .filter(|entry| entry.subject == task.id.as_str());
    assert!(
        of_task.any(|entry| entry.body.contains(code)),
        "{entries:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forks_run_is_read_and_nothing_is_pushed() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    let run = repository
        .failed_run("main")
        .event("pull_request")
        .forked_from("mallory/widget")
        .job("fmt", FORMAT_LOG)
        .finish();
    world.fails(&run).await;
    nothing_is_written(&world, TaskState::Refused, "SNTL_FORK").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_bots_and_merge_queues_keep_their_branches() {
    for (branch, event, code) in [
        ("dependabot/cargo/serde-2", "push", "SNTL_BOT_BRANCH"),
        (
            "gh-readonly-queue/main/pr-1",
            "merge_group",
            "SNTL_MERGE_QUEUE",
        ),
    ] {
        let world = World::with(DRAFTS).await;
        let repository = world.widget();
        branch_off(&repository, branch);
        let run = repository
            .failed_run(branch)
            .event(event)
            .job("fmt", FORMAT_LOG)
            .finish();
        world.fails(&run).await;
        nothing_is_written(&world, TaskState::Refused, code).await;
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_on_our_own_branch_is_never_read() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    let ours = repository.own_branches().remove(0);
    let run = repository.failed_run(&ours).job("fmt", FORMAT_LOG).finish();
    assert_eq!(world.deliver(&run).await, 202, "its change is looked at");
    let tasks = world.tasks().await.len();
    let branches = repository.own_branches();
    world.settle().await;
    assert_eq!(world.tasks().await.len(), tasks, "no loop");
    // Red as it is, it is closed and its branch goes: none comes.
    let left = repository.own_branches();
    assert!(left.iter().all(|branch| branches.contains(branch)));
    assert!(world.kinds().await.contains(&"change.checked".to_owned()));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forks_branch_may_be_called_like_ours() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    branch_off(&repository, "sentinel/x");
    let run = repository
        .failed_run("sentinel/x")
        .forked_from("mallory/widget")
        .job("fmt", FORMAT_LOG)
        .finish();
    world.fails(&run).await;
    nothing_is_written(&world, TaskState::Refused, "SNTL_FORK").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_moved_is_left_to_its_next_run() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    let run = red_push(&repository);
    repository
        .file("src/lib.rs", "//! Fixed by hand.\n")
        .commit("Format");
    world.fails(&run).await;
    nothing_is_written_but(&world, "SNTL_BRANCH_MOVED").await;
    world.end().await;
}

async fn nothing_is_written_but(world: &World, code: &str) {
    let task = world.repair_is(TaskState::Refused).await;
    assert!(world.github.writes().is_empty());
    let entries = world.ledger().await;
    let said = |entry: &&sentinel::store::LedgerEntry| {
        entry.subject == task.id.as_str() && entry.body.contains(code)
    };
    assert!(entries.iter().any(|entry| said(&entry)), "{entries:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn observing_records_everything_and_publishes_nothing() {
    let world = World::with("[policy]\nobserve_only = true").await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    nothing_is_written_but(&world, "SNTL_OBSERVE_ONLY").await;
    assert!(world.kinds().await.contains(&"task.proposed".to_owned()));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_has_so_many_changes_an_hour() {
    let world = World::with(&format!("[policy]\nmax_changes_per_hour = 1\n{DRAFTS}")).await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    branch_off(&repository, "release");
    let run = repository
        .failed_run("release")
        .job("fmt", FORMAT_LOG)
        .finish();
    world.fails(&run).await;
    assert_eq!(repository.pulls().len(), 1);
    let limited = world
        .ledger()
        .await
        .iter()
        .any(|e| e.body.contains("SNTL_RATE_LIMITED"));
    assert!(limited, "{:#?}", world.kinds().await);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_branches_with_one_cause_get_a_change_each() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    branch_off(&repository, "release");
    let run = repository
        .failed_run("release")
        .job("fmt", FORMAT_LOG)
        .finish();
    world.fails(&run).await;
    let mut bases: Vec<String> = repository
        .pulls()
        .into_iter()
        .map(|pull| pull.base)
        .collect();
    bases.sort();
    assert_eq!(bases, ["main", "release"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_path_waits_for_a_person_even_where_drafts_do_not() {
    let more = format!("[policy]\nprotected_paths = [\"SRC/**\"]\n{DRAFTS}");
    let world = World::with(&more).await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    let task = world.repair_is(TaskState::Held).await;
    assert!(task.record.note.unwrap().contains("protected path"));
    world.end().await;
}
