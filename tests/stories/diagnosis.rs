//! Failures that no patch mends: what is missing is named to whoever has to
//! give it.

use std::sync::Arc;

use sentinel::cli::compose::now;
use sentinel::grant::Limits;
use sentinel::pipeline::{Agents, Roles, Setup};
use sentinel::sandbox::Size;
use sentinel::store::TaskRow;
use sentinel::task::TaskState;

use super::DRAFTS;
use crate::doubles::github::Repository;
use crate::sandbox::PROBE;
use crate::world::World;

/// A step that comments with a token that may only read.
const DENIED: &str = "2026-01-05T10:00:00.0000000Z ##[group]Run gh pr comment 7 --body-file size.md\n\
    2026-01-05T10:00:00.0000000Z gh pr comment 7 --body-file size.md\n\
    2026-01-05T10:00:00.0000000Z shell: /usr/bin/bash -e {0}\n\
    2026-01-05T10:00:00.0000000Z ##[endgroup]\n\
    2026-01-05T10:00:01.0000000Z gh: Resource not accessible by integration (HTTP 403) \
    https://api.github.com/repos/acme/widget/issues/7/comments\n\
    2026-01-05T10:00:01.0000000Z ##[error]Process completed with exit code 1.\n";

async fn denied(world: &World) -> (Repository, TaskRow) {
    let repository = world.widget();
    repository
        .file("size.md", "1 kB\n")
        .commit_on("feature", "Size");
    let number = repository.opened("feature", "dana");
    let run = repository
        .failed_run("feature")
        .pull_request(number)
        .job("size", DENIED)
        .finish();
    world.fails(&run).await;
    let task = world.repair_is(TaskState::Reported).await;
    (repository, task)
}

fn agents(execute: &str) -> Arc<Agents> {
    let roles = Roles {
        repair: Setup {
            component: PROBE.clone().into(),
            settings: [("execute".to_owned(), execute.to_owned())].into(),
            ..Setup::embedded(sentinel::agents::PATCHBOT)
        },
        ..Roles::default()
    };
    let agents = Agents::with(&Limits::default(), Size::default(), roles, None, now);
    Arc::new(agents.expect("the agents run"))
}

const NO_PATCH: &str = "a credential or a permission is missing; no patch may supply one";

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_permission_of_a_job_is_named_on_its_pull_request() {
    let world = World::with(DRAFTS).await;
    let (repository, task) = denied(&world).await;
    let note = task.record.note.clone().unwrap();
    assert!(note.starts_with(NO_PATCH), "{note}");
    assert!(note.contains("`pull-requests: write` or `issues: write` is missing"));
    let [check] = repository.checks().try_into().expect("one check run");
    let summary = check["output"]["summary"].as_str().unwrap();
    for told in [
        "`pull-requests: write`",
        "`permissions:`",
        "Resource not accessible",
    ] {
        assert!(summary.contains(told), "{summary}");
    }
    assert!(repository.pulls().iter().all(|pull| pull.head == "feature"));
    assert!(repository.own_branches().is_empty());

    let shown = world.sentinel(&["task", "show", task.id.as_str()]);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("\n  `pull-requests: write` or"), "{shown}");
    let listed = world.sentinel(&["task", "list"]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert_eq!(listed.lines().count(), 2, "a line each: {listed}");
    // It was a run as any other: recorded, and the same when it is run again.
    let replayed = world.sentinel(&["task", "replay", task.id.as_str()]);
    assert!(replayed.status.success(), "{replayed:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobodys_patch_is_taken_for_what_no_patch_mends() {
    for (execute, why) in [
        ("propose 3", "it proposes a file"),
        ("panic no", "it fails"),
    ] {
        let world = World::of(agents(execute), DRAFTS).await;
        let (repository, task) = denied(&world).await;
        assert_eq!(task.record.note.as_deref(), Some(NO_PATCH), "{why}");
        assert!(task.record.patch.is_none(), "{why}");
        assert!(repository.own_branches().is_empty(), "{why}");
        world.end().await;
    }
}
