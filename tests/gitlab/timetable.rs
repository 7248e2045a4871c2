//! ConfigOptimizer's look at a GitLab project, on its timetable.

use sentinel::pipeline::schedule;
use sentinel::store::TaskRow;
use sentinel::task::{TaskKind, TaskState};

use crate::doubles::gitlab::{GitLab, ProjectHandle};
use crate::world::World;

const FILE: &str = ".gitlab-ci.yml";
const JOBS: &str = "stages: [test]\n\ntest:\n  stage: test\n  script:\n    - make test\n";
const WEEKLY: &str =
    "[repositories.\"gitlab:acme/tools/widget\"]\noptimize = { every = \"1w\", days = 30 }\n";

/// Green pipelines whose job took five minutes.
fn ran(project: &ProjectHandle<'_>, times: i64) {
    for hour in 1..=times {
        let mut pipeline = project.failed_pipeline();
        pipeline.status = "success".into();
        let at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(hour);
        pipeline.created_at = at.to_string();
        let mut job = project.job("test", "", "all is well");
        (job.status, job.failure_reason, job.seconds) = ("success".into(), None, 300.25);
        pipeline.jobs = vec![job];
        project.ran(&pipeline);
    }
}

async fn looked(gitlab: &GitLab) -> (World, tempfile::TempDir, ProjectHandle<'_>) {
    let place = tempfile::tempdir().unwrap();
    let world = World::with(&format!("{}{WEEKLY}", gitlab.configuration(place.path()))).await;
    let project = gitlab.project("acme/tools/widget");
    project.file(FILE, JOBS).file("README.md", "# Widget\n");
    project.commit("Begin");
    ran(&project, 25);
    schedule(&world.pipeline).await.unwrap();
    world.later("look").await;
    (world, place, project)
}

async fn change(world: &World) -> TaskRow {
    let mut all = world.tasks().await;
    all.retain(|task| task.kind == TaskKind::Optimize && task.incident.is_some());
    let [one] = all.try_into().expect("one change");
    one
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_timetable_to_a_merge_request_that_says_why() {
    let gitlab = GitLab::start();
    let (world, _place, project) = looked(&gitlab).await;
    let held = change(&world).await;
    assert_eq!(held.state, TaskState::Held, "{:?}", held.record.note);
    assert!(gitlab.writes().is_empty(), "nothing is pushed unseen");

    world.approve(&held.id).await;
    let task = change(&world).await;
    assert_eq!(task.state, TaskState::Published, "{:?}", task.record.note);
    let [request] = project.requests().try_into().expect("one merge request");
    assert_eq!(request.title, "Give the jobs of .gitlab-ci.yml a time-out");
    assert_eq!(request.target, "main");
    let said = &request.description;
    for part in [
        "Measured over 25 runs of this file in the last 30 days",
        "| before, measured | 125 |",
        "no linter of this configuration",
        "### How to say no",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let changed = project.read(&request.source, FILE).unwrap();
    let expected = JOBS.replace("test:\n  stage", "test:\n  timeout: 10 minutes\n  stage");
    assert_eq!(String::from_utf8(changed).unwrap(), expected);
    let actions = project.with(|project| project.quick_actions.clone());
    assert!(actions.is_empty(), "{actions:?}");

    // It is there once, however often it is looked at.
    world.later("look").await;
    assert_eq!(project.requests().len(), 1);
    assert_eq!(change(&world).await.state, TaskState::Published);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_request_that_a_person_closed_is_not_opened_again() {
    let gitlab = GitLab::start();
    let (world, _place, project) = looked(&gitlab).await;
    world.approve(&change(&world).await.id).await;
    project.with(|project| project.merge_requests[0].state = "closed".into());
    world.later("watch").await;
    world.later("look").await;
    assert_eq!(project.requests().len(), 1);
    change(&world).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pipelines_that_may_not_be_read_are_said_and_wait_for_the_next_turn() {
    for status in [403, 404] {
        let gitlab = GitLab::start();
        gitlab.fault("/pipelines", status, None);
        let (world, _place, _project) = looked(&gitlab).await;
        assert_eq!(world.kinds().await, ["look.failed"]);
        let told = world.ledger().await.remove(0).body;
        assert!(told.contains("listing the pipelines"), "{told}");
        assert!(world.waits("look"));
        world.end().await;
    }
}
