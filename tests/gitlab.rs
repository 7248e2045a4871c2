//! Stories from a failed GitLab pipeline to what people get, and what the
//! adapter reads.

mod commands;
mod events;
mod intake;
mod landing;
mod publishing;
mod reading;
mod timetable;

pub use intake::{anything, mutated};

use std::sync::LazyLock;

use sentinel::store::ended;
use sentinel::task::{TaskKind, TaskState};

use crate::client::post;
use crate::doubles::gitlab::{GitLab, Hook, Pipeline, ProjectHandle};
use crate::stories::attached::{SARIF, beside, failures};
use crate::world::{UNFORMATTED, World};

/// What GitLab's runner prints around a failing formatter: section markers, a
/// carriage return after each, colours.
static TRACE: LazyLock<String> = LazyLock::new(|| {
    let path = "/builds/acme/tools/widget/src/lib.rs";
    [
        "\u{1b}[0KRunning with gitlab-runner 17.5.0\u{1b}[0;m\n",
        "section_start:1700000000:step_script\r\u{1b}[0K\u{1b}[0K\u{1b}[36;1mExecuting \"step_script\" stage of the job script\u{1b}[0;m\n",
        "\u{1b}[32;1m$ cargo fmt --check\u{1b}[0;m\n",
        &format!("Diff in {path}:1:\n"),
        " //! One.\n \n-pub fn one( )->u8{1}\n+pub fn one() -> u8 {\n+    1\n+}\n \n",
        "section_end:1700000003:step_script\r\u{1b}[0K",
        "\u{1b}[31;1mERROR: Job failed: exit code 1\u{1b}[0;m\n",
    ]
    .concat()
});

const DRAFTS: &str = "[publish]\nunproven = \"draft\"\n";

/// A world with a GitLab in its configuration.
pub async fn world(gitlab: &GitLab) -> (World, tempfile::TempDir) {
    let place = tempfile::tempdir().unwrap();
    let world = World::with(&format!("{}{DRAFTS}", gitlab.configuration(place.path()))).await;
    (world, place)
}

pub fn widget(gitlab: &GitLab) -> ProjectHandle<'_> {
    let project = gitlab.project("acme/tools/widget");
    project
        .file("src/lib.rs", UNFORMATTED)
        .file("README.md", "# Widget\n");
    project.commit("Begin");
    project
}

/// A red pipeline whose formatter failed.
pub fn red(project: &ProjectHandle<'_>) -> Pipeline {
    let mut pipeline = project.failed_pipeline();
    pipeline.jobs = vec![project.job("fmt", "script_failure", &TRACE)];
    project.ran(&pipeline);
    pipeline
}

pub async fn send(world: &World, hook: &Hook) -> (u16, String) {
    let headers: Vec<(&str, &str)> = hook
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    post(
        world.address,
        "/webhooks/gitlab",
        &headers,
        hook.body.clone(),
    )
    .await
}

async fn tell(world: &World, gitlab: &GitLab, project: &ProjectHandle<'_>, pipeline: &Pipeline) {
    let body = gitlab.pipeline_body(project, pipeline);
    let hook = Hook::with_token("Pipeline Hook", &format!("p{}", pipeline.id), &body);
    let (status, text) = send(world, &hook).await;
    assert_eq!(status, 202, "{text}");
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_that_failed_is_reported_and_no_agent_guesses() {
    let gitlab = GitLab::start();
    let (world, _place) = world(&gitlab).await;
    let project = widget(&gitlab);
    let mut pipeline = project.failed_pipeline();
    pipeline.jobs = vec![
        project.job("fmt", "runner_system_failure", &TRACE),
        project.job("test", "stuck_or_timeout_failure", &TRACE),
    ];
    project.ran(&pipeline);
    tell(&world, &gitlab, &project, &pipeline).await;
    assert_eq!(world.kinds().await, ["delivery.accepted", "run.reported"]);
    let [task] = world.tasks().await.try_into().expect("it is listed");
    assert_eq!(task.state, TaskState::Reported);
    let note = task.record.note.unwrap();
    assert!(
        note.contains("runner_system_failure: the runner failed"),
        "{note}"
    );
    assert!(note.contains("no runner took the job"), "{note}");
    let requests = gitlab.state().requests.clone();
    assert!(
        !requests.iter().any(|path| path.ends_with("/trace")),
        "{requests:?}"
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_may_fail_are_left_out_and_the_others_are_read() {
    let gitlab = GitLab::start();
    let (world, _place) = world(&gitlab).await;
    let project = widget(&gitlab);
    let mut pipeline = project.failed_pipeline();
    let mut allowed = project.job("canary", "script_failure", "error: of no interest\n");
    allowed.allow_failure = true;
    pipeline.jobs = vec![
        allowed,
        project.job("fmt", "script_failure", &TRACE),
        project.job(
            "deploy",
            "runner_system_failure",
            "ERROR: Job failed (system failure)\n",
        ),
    ];
    project.ran(&pipeline);
    tell(&world, &gitlab, &project, &pipeline).await;
    world.repair_is(TaskState::Published).await;
    let read = world.tasks().await;
    let read = read.iter().filter(|task| task.kind == TaskKind::Analyze);
    assert_eq!(read.count(), 1);
    let ledger = world.ledger().await;
    let fetched = ledger
        .iter()
        .find(|entry| entry.kind == "run.fetched")
        .unwrap();
    assert!(
        fetched
            .body
            .contains("\"failure_reason\":\"script_failure\""),
        "{}",
        fetched.body
    );
    assert!(
        fetched.body.contains("runner_system_failure"),
        "{}",
        fetched.body
    );
    assert!(!fetched.body.contains("canary"), "{}", fetched.body);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_told_twice_is_read_once_and_a_retried_one_again() {
    let gitlab = GitLab::start();
    let (world, _place) = world(&gitlab).await;
    let project = widget(&gitlab);
    let mut pipeline = red(&project);
    tell(&world, &gitlab, &project, &pipeline).await;
    let entries = world.ledger().await.len();
    tell(&world, &gitlab, &project, &pipeline).await;
    assert_eq!(world.ledger().await.len(), entries);
    // Trying a job again keeps the pipeline's number and makes a new job.
    pipeline.jobs = vec![project.job("fmt", "script_failure", &TRACE)];
    project.ran(&pipeline);
    tell(&world, &gitlab, &project, &pipeline).await;
    let kinds = world.kinds().await;
    assert_eq!(
        kinds.iter().filter(|kind| *kind == "run.fetched").count(),
        2
    );
    // The same cause at the same commit is one repair.
    world.repair_is(TaskState::Published).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn red_and_green_at_one_commit_can_be_asked_for() {
    let gitlab = GitLab::start();
    let (world, _place) = world(&gitlab).await;
    let project = widget(&gitlab);
    let mut pipeline = red(&project);
    tell(&world, &gitlab, &project, &pipeline).await;
    pipeline.status = "success".into();
    pipeline.jobs = vec![project.job("fmt", "", "ok\n")];
    tell(&world, &gitlab, &project, &pipeline).await;
    let (repository, commit) = (project.id(), pipeline.commit.parse().unwrap());
    let ended = world
        .store
        .read(move |connection| ended::at(connection, &repository, &commit))
        .await
        .unwrap();
    let passed: Vec<bool> = ended
        .iter()
        .map(sentinel::incident::Ended::passed)
        .collect();
    assert_eq!(passed, [false, true], "{ended:?}");
    assert!(world.kinds().await.contains(&"run.passed".to_owned()));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_of_a_pipelines_jobs_are_read() {
    let gitlab = GitLab::start();
    let (world, _place) = world(&gitlab).await;
    let project = widget(&gitlab);
    let mut pipeline = project.failed_pipeline();
    let mut lint = project.job(
        "lint",
        "script_failure",
        "$ check\nERROR: Job failed: exit code 1\n",
    );
    let sarif: &[(&str, &[u8])] = &[("gl/lint.sarif", SARIF.as_bytes())];
    lint.archive = Some(crate::doubles::zip::zip(sarif));
    let mut test = project.job(
        "test",
        "script_failure",
        "$ check\nERROR: Job failed: exit code 1\n",
    );
    test.tests = vec![
        serde_json::json!({"status": "failed", "name": "keeps_water_out", "classname": "Hull",
                           "file": "tests/hull.py", "stack_trace": "hull.py:12: <water> & more",
                           "system_output": "water came in"}),
        serde_json::json!({"status": "success", "name": "floats"}),
    ];
    pipeline.jobs = vec![lint, test];
    project.ran(&pipeline);
    tell(&world, &gitlab, &project, &pipeline).await;
    let said = failures(&world).await.join("\n");
    assert!(said.contains("the keel is bent"), "{said}");
    assert!(said.contains("keeps_water_out"), "{said}");
    let told = beside(&world).await;
    let of = |at: usize| told["reports"][at]["job"].as_str().unwrap().to_owned();
    let jobs: Vec<String> = pipeline.jobs.iter().map(|job| job.id.to_string()).collect();
    assert_eq!([of(0), of(1)].as_slice(), jobs, "each with its own job");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_that_passed_lies_beside_the_one_that_failed() {
    let gitlab = GitLab::start();
    let (world, _place) = world(&gitlab).await;
    let project = widget(&gitlab);
    let mut green = project.failed_pipeline();
    green.status = "success".into();
    let mut job = project.job("fmt", "", "$ cargo fmt --check\nJob succeeded\n");
    job.status = "success".into();
    green.jobs = vec![job];
    project.ran(&green);
    tell(&world, &gitlab, &project, &red(&project)).await;
    let told = beside(&world).await;
    let expected = format!("gitlab:acme/tools/widget run {} attempt 1", green.id);
    assert_eq!(told["passing"][0]["runs"], serde_json::json!([expected]));
    world.end().await;
}
