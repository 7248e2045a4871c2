//! Logs of the same job that passed lie beside the one that failed.

use sentinel::failure::Failure;
use sentinel::store::{failure, task};
use sentinel::task::TaskKind;
use serde_json::Value;

use super::DRAFTS;
use crate::doubles::github::{Fault, Log, Repository, Run};
use crate::world::World;

/// A job that complains of the same things on every run, and once of one more.
fn nightly(run: u32, news: &str, code: u8) -> String {
    let end = match code {
        0 => "Post job cleanup.\nCleaning up orphan processes\n".to_owned(),
        code => format!("##[error]Process completed with exit code {code}.\n"),
    };
    format!(
        "##[group]Run ./nightly\n./nightly\nshell: sh\n##[endgroup]\nrun {run} begins\n\
         error: cannot reach the lighthouse, going on without it\n\
         src/mast.c:{run}:3: error: known since years, ignored\n\
         ERROR: 0 of 12 sails furled\n{news}took {run}ms\n{end}"
    )
}

const NEWS: &str = "the crane reports a bent hook\n";

fn green(repository: &Repository, branch: &str, log: impl Into<Log>) -> Run {
    repository
        .failed_run(branch)
        .conclusion("success")
        .any_job("nightly", "success", &[("Run it", "success")], log)
        .finish()
}

fn red(repository: &Repository, branch: &str) -> Run {
    repository
        .failed_run(branch)
        .job("nightly", nightly(12, NEWS, 1))
        .finish()
}

/// What the analyser thought the cause of the newest run is.
async fn cause(world: &World) -> Failure {
    let found = world.store.read(|connection| {
        let tasks = task::list(connection, 100)?;
        let task = tasks.into_iter().find(|task| task.kind == TaskKind::Repair);
        let task = task.expect("a repair");
        let incident = task.incident.as_ref().expect("an incident");
        failure::of_incident(connection, &task.run, incident)
    });
    found.await.unwrap().remove(0).failure
}

async fn beside(world: &World) -> Value {
    let mut entries = world.ledger().await.into_iter();
    let analyzed = entries.rfind(|entry| entry.kind == "run.analyzed");
    let body: Value = serde_json::from_str(&analyzed.unwrap().body).unwrap();
    body["facts"]["beside"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_passing_log_says_too_is_not_the_cause() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    // Told by a webhook: nobody has to be asked which run passed.
    world
        .fails(&green(&repository, "main", nightly(7, "", 0)))
        .await;
    world.fails(&red(&repository, "main")).await;
    let line = &cause(&world).await.key_lines[0];
    assert_eq!(line.text, NEWS.trim());
    let told = beside(&world).await;
    assert_eq!(told["passing"][0]["runs"].as_array().unwrap().len(), 1);
    assert_eq!(world.github.count("GET /repos/*/*/actions/runs"), 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_one_it_is_read_as_ever() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world.fails(&red(&repository, "main")).await;
    let line = &cause(&world).await.key_lines[0];
    assert_ne!(line.text, NEWS.trim(), "nothing tells it from the noise");
    assert_eq!(beside(&world).await["passing"], serde_json::json!([]));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ci_system_is_asked_where_nobody_told() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    for run in 1..6 {
        green(&repository, "main", nightly(run, "", 0));
    }
    // Others that do not count: a workflow of another name, a fork's `main`.
    let other = repository.failed_run("main").conclusion("success");
    other.workflow("Docs").passed_job("nightly").finish();
    let fork = repository.failed_run("main").conclusion("success");
    let log = nightly(9, NEWS, 0);
    fork.forked_from("stranger/widget")
        .any_job("nightly", "success", &[], log)
        .finish();
    world.fails(&red(&repository, "main")).await;
    assert_eq!(cause(&world).await.key_lines[0].text, NEWS.trim());
    let told = beside(&world).await;
    assert_eq!(told["passing"][0]["runs"].as_array().unwrap().len(), 3);
    // Read once: the next failure finds them in the store.
    let logs = world.github.count("GET /repos/*/*/actions/jobs/*/logs");
    world.fails(&red(&repository, "main")).await;
    let more = world.github.count("GET /repos/*/*/actions/jobs/*/logs");
    assert_eq!(more, logs + 1, "only the new one");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_branch_is_compared_with_what_it_is_to_be_merged_into() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world
        .fails(&green(&repository, "main", nightly(7, "", 0)))
        .await;
    let main = repository.head("main").unwrap();
    repository.point("topic", Some(&main));
    world.fails(&red(&repository, "topic")).await;
    assert_eq!(cause(&world).await.key_lines[0].text, NEWS.trim());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forks_own_green_runs_excuse_nothing() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    let stranger =
        |builder: crate::doubles::github::RunBuilder| builder.forked_from("stranger/widget");
    let main = repository.head("main").unwrap();
    repository.point("patch-1", Some(&main));
    let green = stranger(repository.failed_run("patch-1").conclusion("success"));
    let log = nightly(8, NEWS, 0);
    let green = green.any_job("nightly", "success", &[], log).finish();
    world.fails(&green).await;
    let red = stranger(repository.failed_run("patch-1"));
    world
        .fails(&red.job("nightly", nightly(12, NEWS, 1)).finish())
        .await;
    assert_eq!(beside(&world).await["passing"], serde_json::json!([]));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_cannot_be_had_is_no_error() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world.fails(&green(&repository, "main", Log::Gone)).await;
    world.fails(&red(&repository, "main")).await;
    assert!(cause(&world).await.confidence > 0.0);
    // Trouble that passes is not waited for either.
    world
        .fails(&green(&repository, "main", nightly(7, "", 0)))
        .await;
    let route = "GET /repos/*/*/actions/runs/*/attempts/*/jobs";
    world.github.fault_after(route, 1, 9, Fault::status(502));
    world.fails(&red(&repository, "main")).await;
    let kinds = world.kinds().await;
    assert_eq!(
        kinds.iter().filter(|kind| *kind == "run.analyzed").count(),
        2
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forks_branch_called_main_is_not_main() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    let green = repository.failed_run("main").conclusion("success");
    let log = nightly(8, NEWS, 0);
    let green = green
        .forked_from("stranger/widget")
        .any_job("nightly", "success", &[], log)
        .finish();
    world.fails(&green).await;
    world.fails(&red(&repository, "main")).await;
    assert_eq!(beside(&world).await["passing"], serde_json::json!([]));
    world.end().await;
}
