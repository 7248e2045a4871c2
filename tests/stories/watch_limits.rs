//! How long, how often and how much a published change is looked at: each
//! limit is hit.

use serde_json::{Value, json};

use super::watch::{draft, pull};
use super::{DRAFTS, red_push};
use crate::doubles::github::{Fault, Repository};
use crate::world::{FORMAT_LOG, World};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// What the clock may have gone on meanwhile: the machine is busy.
const SLACK_MS: i64 = 2 * MINUTE_MS;

/// Milliseconds from now until the watch looks again.
fn pause(world: &World) -> i64 {
    let at: i64 = world
        .file()
        .query_row(
            "SELECT not_before FROM work WHERE stage = 'watch'",
            [],
            |row| row.get(0),
        )
        .expect("it is watched");
    at - sentinel::cli::compose::now().0
}

fn is_about(world: &World, expected: i64, name: &str) {
    let pause = pause(world);
    let fits = (expected - SLACK_MS..=expected).contains(&pause);
    assert!(fits, "{name}: {pause} ms, not {expected}");
}

/// The change is that much older.
fn age(world: &World, ms: i64) {
    let older = "UPDATE change SET intended_at = intended_at - ?";
    world.file().execute(older, [ms]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn looks_become_rarer_with_age() {
    let (world, _repository) = draft().await;
    is_about(&world, 2 * MINUTE_MS, "first look");
    for (older, expected, name) in [
        (0, 5 * MINUTE_MS, "within an hour"),
        (2 * HOUR_MS, 30 * MINUTE_MS, "within a day"),
        (2 * DAY_MS, 6 * HOUR_MS, "later"),
    ] {
        age(&world, older);
        world.later("watch").await;
        is_about(&world, expected, name);
    }
    world.end().await;
}

/// A forge that asks for weeks is asked again after an hour: nothing that it
/// limits lasts longer.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_forge_asks_for_is_believed_up_to_an_hour() {
    let (world, _repository) = draft().await;
    let weeks = u64::try_from(21 * DAY_MS / 1000).unwrap();
    let fault = Fault::secondary_limit(403, Some(weeks));
    world.github.fault("GET /repos/*/*/pulls/**", 100, fault);
    world.later("watch").await;
    is_about(&world, HOUR_MS, "retry-after");
    world.end().await;
}

/// A change that can never be closed is let go a week after its expiry.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_cannot_be_closed_is_let_go() {
    let world = World::with(&format!("[policy]\nchange_expiry_days = 2\n{DRAFTS}")).await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    assert!(world.waits("watch"));
    let broken = Fault::status(500);
    world
        .github
        .fault("* /repos/*/*/pulls/**", u32::MAX, broken);
    age(&world, 8 * DAY_MS);
    world.later("watch").await;
    assert!(world.waits("watch"), "somebody may mend it yet");
    age(&world, 2 * DAY_MS);
    world.later("watch").await;
    assert!(!world.waits("watch"), "two days and a week are over");
    assert!(!world.kinds().await.contains(&"work.failed".to_owned()));
    assert!(pull(&repository).open, "nothing was done to it");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merged_change_is_looked_after_for_two_weeks() {
    let (world, repository) = draft().await;
    repository.land(pull(&repository).number);
    world.later("watch").await;
    assert_eq!(world.outcomes().await, ["merged"]);
    is_about(&world, 12 * HOUR_MS, "merged");
    let merged = |days: i64| {
        let older = "UPDATE outcome SET at = at - ? WHERE kind = 'merged'";
        world.file().execute(older, [days * DAY_MS]).unwrap();
    };
    merged(13);
    world.later("watch").await;
    is_about(&world, 12 * HOUR_MS, "after thirteen days");
    merged(2);
    world.later("watch").await;
    assert!(!world.waits("watch"));
    assert_eq!(world.outcomes().await, ["merged"]);
    world.end().await;
}

/// A run of our branch with so many red jobs beside the one that failed, which
/// all passed at the commit the change is built on.
async fn many_red(repository: &Repository, jobs: usize) {
    let names: Vec<String> = (0..jobs).map(|job| format!("job-{job:02}")).collect();
    let mut base = repository.failed_run("main").workflow("More");
    base = base.conclusion("success");
    for name in &names {
        base = base.passed_job(name);
    }
    base.finish();
    let head = pull(repository).head;
    let mut run = repository.failed_run(&head).workflow("More");
    for name in &names {
        run = run.job(name, FORMAT_LOG);
    }
    run.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_red_checks_few_are_told_and_fewer_read() {
    let (world, repository) = draft().await;
    let base = repository.failed_run("main").conclusion("success");
    base.passed_job("fmt").finish();
    many_red(&repository, 30).await;
    let head = pull(&repository).head;
    repository.failed_run(&head).job("fmt", FORMAT_LOG).finish();
    world.github.forget_requests();
    world.later("watch").await;
    assert_eq!(world.outcomes().await, ["disproved"]);
    let read = world.github.count("GET /repos/*/*/actions/jobs/*/logs");
    assert_eq!(read, 3, "logs that are read for a diagnosis");
    let ledger = world.ledger().await;
    let edited = ledger.iter().find(|entry| entry.kind == "change.edited");
    let facts: Value = serde_json::from_str(&edited.expect("it is closed").body).unwrap();
    let why = facts["facts"]["why"].as_str().unwrap();
    assert_eq!(
        why.split("; ").count(),
        20,
        "checks that are looked into: {why}"
    );
    assert_eq!(facts["facts"]["done"], json!(true));
    world.end().await;
}
