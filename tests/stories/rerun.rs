//! A job failed by chance, or because of a server: it is run again.

use sentinel::task::TaskState;
use serde_json::Value;

use crate::doubles::github::{Fault, Repository, Run};
use crate::world::World;

const RERUN: &str = "POST /repos/*/*/actions/runs/*/rerun-failed-jobs";
pub const AUTO: &str = "[policy]\nrerun = \"auto\"";

/// A registry that does not answer.
const DOWN: &str = "2026-01-05T10:00:00.0000000Z ##[group]Run npm ci\n\
    2026-01-05T10:00:00.0000000Z npm ci\n\
    2026-01-05T10:00:00.0000000Z ##[endgroup]\n\
    2026-01-05T10:00:01.0000000Z npm ERR! code ENOTFOUND\n\
    2026-01-05T10:00:01.0000000Z npm ERR! network request to the registry failed, \
    reason: getaddrinfo ENOTFOUND registry.example.com\n\
    2026-01-05T10:00:02.0000000Z ##[error]Process completed with exit code 1.\n";

pub const WORKFLOW: &str = "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      \
                        - run: npm ci\n";

pub async fn world(more: &str, workflow: &str) -> (World, Repository, Run) {
    let world = World::with(more).await;
    world.github.grant("actions", Some("write"));
    let repository = world.widget();
    if !workflow.is_empty() {
        repository
            .file(".github/workflows/ci.yml", workflow)
            .commit("CI");
    }
    let run = repository.failed_run("main").job("test", DOWN).finish();
    world.fails(&run).await;
    (world, repository, run)
}

async fn note(world: &World, state: TaskState) -> String {
    let task = world.repair_is(state).await;
    task.record.note.unwrap_or_default()
}

async fn facts(world: &World, kind: &str) -> Vec<Value> {
    let entries = world.ledger().await.into_iter();
    let of = entries.filter(|entry| entry.kind == kind);
    of.map(|entry| serde_json::from_str(&entry.body).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_run_again_unless_the_policy_says_so() {
    let (world, _, _) = world("", WORKFLOW).await;
    let note = note(&world, TaskState::Reported).await;
    assert!(
        note.contains("running the job again may be enough"),
        "{note}"
    );
    assert!(!world.waits("rerun"));
    assert_eq!(world.github.count(RERUN), 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_when_it_is_run_again_is_flaky_and_over() {
    let (world, repository, run) = world(AUTO, WORKFLOW).await;
    let waiting = note(&world, TaskState::Held).await;
    assert!(waiting.contains("is to be run again at"), "{waiting}");
    assert_eq!(world.github.count(RERUN), 0, "not at once");
    world.later("rerun").await;
    assert_eq!(world.github.count(RERUN), 1);
    assert!(note(&world, TaskState::Held).await.contains("attempt 2"));
    world.later("rerun").await;
    note(&world, TaskState::Held).await;

    // The webhook of the attempt wakes whoever waits for it.
    let again = repository.ends(&run, "success");
    assert_eq!(again.attempt, 2);
    world.fails(&again).await;
    let said = note(&world, TaskState::Reported).await;
    assert!(said.contains("it depends on chance"), "{said}");
    assert!(!world.waits("rerun"));
    let incident = world.repair().await.incident.unwrap();
    let shown = world.sentinel(&["incident", "show", incident.as_str()]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("over: flaky"), "{shown}");
    let kinds = world.kinds().await;
    let told: Vec<&str> = kinds
        .iter()
        .map(String::as_str)
        .filter(|kind| kind.starts_with("rerun.") || *kind == "task.reported")
        .collect();
    let way = [
        "rerun.intended",
        "rerun.asked",
        "rerun.ended",
        "task.reported",
    ];
    assert_eq!(told, way);
    let intended = &facts(&world, "rerun.intended").await[0];
    assert_eq!(intended["facts"]["decision"]["decision"], "ALLOW");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_run_again_twice_and_not_a_third_time() {
    let (world, repository, run) = world(AUTO, WORKFLOW).await;
    world.later("rerun").await;
    let second = repository.ends(&run, "failure");
    world.fails(&second).await;
    let waiting = note(&world, TaskState::Held).await;
    assert!(waiting.contains("once more at"), "{waiting}");
    assert_eq!(world.github.count(RERUN), 1, "after a while");
    world.later("rerun").await;
    assert_eq!(world.github.count(RERUN), 2);
    let third = repository.ends(&run, "failure");
    assert_eq!(third.attempt, 3);
    world.fails(&third).await;
    let said = note(&world, TaskState::Reported).await;
    assert!(
        said.contains("run again 2 times it failed each time"),
        "{said}"
    );
    assert!(!world.waits("rerun"));
    // Another run of the same commit has no more of it.
    let other = repository.failed_run("main").job("test", DOWN).finish();
    world.fails(&other).await;
    world.later("rerun").await;
    assert_eq!(world.github.count(RERUN), 2);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_policy_asks_a_person_says_yes_once() {
    let (world, repository, run) = world("[policy]\nrerun = \"ask\"", WORKFLOW).await;
    world.later("rerun").await;
    let waiting = note(&world, TaskState::Held).await;
    assert!(waiting.contains("sentinel approve t"), "{waiting}");
    assert!(!world.waits("rerun"));
    assert_eq!(world.github.count(RERUN), 0);
    let task = world.repair().await;
    let shown = world.sentinel(&["task", "show", task.id.as_str()]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("lets its job run again"), "{shown}");
    world.approve(&task.id).await;
    assert_eq!(world.github.count(RERUN), 1);
    world.fails(&repository.ends(&run, "success")).await;
    note(&world, TaskState::Reported).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_may_also_say_no() {
    let (world, _, _) = world(AUTO, WORKFLOW).await;
    let task = world.repair_is(TaskState::Held).await;
    let output = world.sentinel(&["task", "cancel", task.id.as_str()]);
    assert!(output.status.success());
    world.later("rerun").await;
    note(&world, TaskState::Cancelled).await;
    assert_eq!(world.github.count(RERUN), 0);
    assert!(!world.waits("rerun"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_deploy_is_never_run_again() {
    let job = |more: &str| format!("{WORKFLOW}  more:\n    needs: test\n{more}");
    for (workflow, why) in [
        (
            job("    environment: production\n    steps: []\n"),
            "has an environment",
        ),
        (
            job("    environment:\n      name: ${{ inputs.where }}\n    steps: []\n"),
            "has an environment",
        ),
        (
            job("    uses: ./.github/workflows/ship.yml\n"),
            "is not looked into",
        ),
        (
            job("    name: Deploy it\n    steps: []\n"),
            "as if to deploy",
        ),
        ("jobs: [".to_owned(), "cannot be read"),
        (String::new(), "is not at its commit"),
    ] {
        let (world, _, _) = world(AUTO, &workflow).await;
        world.later("rerun").await;
        let said = note(&world, TaskState::Reported).await;
        assert!(said.contains(why), "{workflow}: {said}");
        assert!(said.contains("may deploy something"), "{said}");
        assert_eq!(world.github.count(RERUN), 0);
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_occasions_than_tests_are_not_repeated() {
    let world = World::with(AUTO).await;
    world.github.grant("actions", Some("write"));
    let repository = world.widget();
    repository
        .file(".github/workflows/ci.yml", WORKFLOW)
        .commit("CI");
    let run = repository.failed_run("main").event("workflow_dispatch");
    world.fails(&run.job("test", DOWN).finish()).await;
    world.later("rerun").await;
    let said = note(&world, TaskState::Reported).await;
    assert!(said.contains("started by `workflow_dispatch`"), "{said}");
    assert_eq!(world.github.count(RERUN), 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_moved_and_a_fork_are_left_alone() {
    let (world, repository, _) = world(AUTO, WORKFLOW).await;
    repository.file("NEWS.md", "news\n").commit("News");
    world.later("rerun").await;
    let said = note(&world, TaskState::Reported).await;
    assert!(
        said.contains("no longer points at the failing commit"),
        "{said}"
    );
    assert_eq!(world.github.count(RERUN), 0);
    world.end().await;

    let world = World::with(AUTO).await;
    let repository = world.widget();
    let run = repository.failed_run("main").forked_from("mallory/widget");
    world.fails(&run.job("test", DOWN).finish()).await;
    world.later("rerun").await;
    let said = note(&world, TaskState::Reported).await;
    assert!(said.contains("the run comes from a fork"), "{said}");
    assert_eq!(world.github.count(RERUN), 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_whose_answer_was_lost_is_found() {
    let (world, repository, run) = world(AUTO, WORKFLOW).await;
    world.github.fault(RERUN, 1, Fault::LostAnswer);
    world.later("rerun").await;
    let kinds = world.kinds().await;
    assert_eq!(kinds.last().unwrap(), "rerun.intended");
    world.later("rerun").await;
    assert_eq!(world.github.count(RERUN), 1, "it looks first");
    assert_eq!(facts(&world, "rerun.asked").await.len(), 1);
    world.fails(&repository.ends(&run, "success")).await;
    note(&world, TaskState::Reported).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_try_is_waited_for() {
    let (world, repository, run) = world(AUTO, WORKFLOW).await;
    // A person pressed the button before us.
    repository.configure(|repo| {
        let mut again = repo.runs.last().unwrap().clone();
        again.attempt = 2;
        again.conclusion.clear();
        repo.runs.push(again);
    });
    world.later("rerun").await;
    assert_eq!(world.github.count(RERUN), 0);
    world.fails(&repository.ends(&run, "success")).await;
    let said = note(&world, TaskState::Reported).await;
    assert!(said.contains("attempt 2"), "{said}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_permission_it_is_the_report_it_was() {
    let (world, _, _) = world(AUTO, WORKFLOW).await;
    world.github.grant("actions", Some("read"));
    world.github.revoke_tokens();
    world.later("rerun").await;
    let said = note(&world, TaskState::Reported).await;
    assert!(said.contains("actions: write"), "{said}");
    assert!(
        said.contains("running the job again may be enough"),
        "{said}"
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_never_ends_is_not_waited_for_for_ever() {
    let (world, _, _) = world(AUTO, WORKFLOW).await;
    world.later("rerun").await;
    let old = "UPDATE task SET record = json_set(record, '$.rerun.asked_at', 1)
               WHERE kind = 'repair'";
    world.file().execute(old, []).unwrap();
    world.later("rerun").await;
    let said = note(&world, TaskState::Reported).await;
    assert!(said.contains("did not end within a day"), "{said}");
    world.end().await;
}
