//! Stories from a failed job to what became of it, told to a GitHub.

pub mod attached;
mod button;
pub mod commands;
mod diagnosis;
mod ends;
mod forks;
mod landing;
mod outages;
mod outcomes;
mod passing;
mod people;
pub mod proof;
mod refusals;
pub mod rerun;
mod sheet;
mod timetable;
mod trouble;
mod unchanged;
pub mod watch;
mod watch_limits;

use sentinel::ids::{Branch, IncidentId};
use sentinel::store::TaskRow;
use sentinel::task::TaskState;

use crate::doubles::github::{Repository, Run};
use crate::world::{FORMAT_LOG, FORMATTED, UNFORMATTED, World};

/// Publish drafts at once, without waiting for a person.
const DRAFTS: &str = "[publish]\nunproven = \"draft\"";

/// A push to `main` whose formatter fails.
pub fn red_push(repository: &Repository) -> Run {
    repository
        .failed_run("main")
        .job("fmt", FORMAT_LOG)
        .finish()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_red_push_waits_for_a_person_and_becomes_a_draft() {
    let world = World::new().await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;

    // Pushing is executing: nothing is pushed until somebody looked.
    let task = world.repair_is(TaskState::Held).await;
    assert!(
        task.record
            .note
            .as_deref()
            .unwrap()
            .contains("sentinel approve t")
    );
    assert_eq!(world.github.writes().len(), 0);

    let shown = world.sentinel(&["task", "show", task.id.as_str()]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("+pub fn one() -> u8 {"), "{shown}");
    world.approve(&task.id).await;

    let analysis = world
        .ledger()
        .await
        .into_iter()
        .find(|entry| entry.kind == "task.run");
    let told = analysis.unwrap().body;
    assert!(told.contains("\"messages\":[\"info: "), "{told}");
    world.repair_is(TaskState::Published).await;
    let [pull] = repository.pulls().try_into().expect("one pull request");
    assert!(pull.draft && pull.open);
    assert_eq!(pull.base, "main");
    assert_eq!(pull.title, "Format src/lib.rs with rustfmt");
    assert!(
        pull.body
            .contains("Diff in /home/runner/work/widget/widget/src/lib.rs:1:")
    );
    assert_eq!(
        repository.read(&pull.head, "src/lib.rs").unwrap(),
        FORMATTED.as_bytes()
    );
    assert_eq!(
        repository.read(&pull.head, "README.md").unwrap(),
        b"# Widget\n"
    );
    assert_eq!(
        world.kinds().await,
        [
            "delivery.accepted",
            "run.fetched",
            "task.run",
            "task.queued",
            "run.analyzed",
            "task.run",
            "task.proposed",
            "task.held",
            "task.approved",
            "change.intended",
            "change.published",
        ]
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_can_be_published_at_once() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    world.repair_is(TaskState::Published).await;
    assert_eq!(repository.pulls().len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn however_often_a_run_is_told_it_is_one_change() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    let run = red_push(&repository);
    world.fails(&run).await;
    // GitHub redelivers with another id too when a person asks for it.
    world.fails(&run).await;
    world.fails(&run).await;
    // A second attempt at the same commit is another run, not another cause.
    let again = repository
        .failed_run("main")
        .job("fmt", FORMAT_LOG)
        .attempt(2)
        .finish();
    world.fails(&again).await;
    assert_eq!(repository.pulls().len(), 1);
    assert_eq!(repository.own_branches().len(), 1);
    world.repair_is(TaskState::Published).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_cause_in_many_jobs_is_one_change() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    let run = repository
        .failed_run("main")
        .job("fmt (stable)", FORMAT_LOG)
        .job("fmt (beta)", FORMAT_LOG)
        .job("fmt (nightly)", FORMAT_LOG)
        .finish();
    world.fails(&run).await;
    world.repair_is(TaskState::Published).await;
    assert_eq!(repository.pulls().len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_title_is_in_the_repositorys_manner() {
    let world = World::with(DRAFTS).await;
    let repository = world.github.repository("acme/widget");
    let sign = "\n\nSigned-off-by: Dana <dana@example.com>";
    repository
        .file("src/lib.rs", UNFORMATTED)
        .commit(&format!("feat: begin{sign}"));
    repository
        .file("README.md", "# W\n")
        .commit(&format!("docs: say what it is{sign}"));
    world.fails(&red_push(&repository)).await;
    let [pull] = repository.pulls().try_into().expect("one pull request");
    assert_eq!(pull.title, "style: format src/lib.rs with rustfmt");
    assert!(
        repository
            .message(&pull.head)
            .contains("\nSigned-off-by: Sentinel <")
    );
    world.end().await;
}

/// The branch of a task's change.
fn branch_of(task: &TaskRow, generation: u32) -> Branch {
    let incident: &IncidentId = task.incident.as_ref().expect("a repair has an incident");
    sentinel::change::branch_name(incident, &task.record.target, generation)
}
