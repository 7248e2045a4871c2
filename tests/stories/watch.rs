//! A change is published; what becomes of it?

use sentinel::change::IGNORE_LABEL;
use sentinel::evidence::Evidence;
use sentinel::store::LedgerEntry;
use sentinel::task::TaskState;
use serde_json::{Value, json};

use super::{DRAFTS, red_push};
use crate::doubles::github::{Pull, Repository, Run};
use crate::world::{FORMAT_LOG, World};

pub(super) const GRAPHQL: &str = "POST /graphql";
pub(super) const CLOSE: &str = "PATCH /repos/*/*/pulls/*";
pub(super) const SAY: &str = "POST /repos/*/*/issues/*/comments";

/// A draft that a person approved, which nobody looked at since.
pub async fn approved() -> (World, Repository) {
    let world = World::new().await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    let task = world.repair_is(TaskState::Held).await;
    world.approve(&task.id).await;
    world.repair_is(TaskState::Published).await;
    world.github.forget_requests();
    (world, repository)
}

/// A draft that nobody was asked about.
pub async fn draft() -> (World, Repository) {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    world.repair_is(TaskState::Published).await;
    world.github.forget_requests();
    (world, repository)
}

pub fn pull(repository: &Repository) -> Pull {
    repository
        .pulls()
        .into_iter()
        .next_back()
        .expect("a pull request")
}

/// CI on our branch, whose job of the same name passes.
pub fn green(repository: &Repository) -> Run {
    repository
        .failed_run(&pull(repository).head)
        .event("pull_request")
        .conclusion("success")
        .passed_job("fmt")
        .finish()
}

pub fn red(repository: &Repository, job: &str, log: &str) -> Run {
    repository
        .failed_run(&pull(repository).head)
        .event("pull_request")
        .job(job, log)
        .finish()
}

async fn of_kind(world: &World, kind: &str) -> Vec<Value> {
    let of = |entry: &LedgerEntry| entry.kind == kind;
    let entries = world.ledger().await.into_iter().filter(of);
    entries
        .map(|entry| serde_json::from_str(&entry.body).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn green_ci_makes_an_approved_draft_ready_for_review() {
    let (world, repository) = approved().await;
    assert!(world.waits("watch"));
    let run = green(&repository);
    // The webhook of our own branch's run wakes whoever watches.
    world.fails(&run).await;
    let ready = pull(&repository);
    assert!(ready.open && !ready.draft);
    let [said] = repository.comments(ready.number).try_into().unwrap();
    let said = said["body"].as_str().unwrap();
    assert!(said.contains("the forge's CI is green at"), "{said}");
    assert_eq!(world.outcomes().await, ["ci_passed", "ready"]);
    let task = world.repair().await;
    let Some(Evidence::ForgeCi(ci)) = &task.record.evidence else {
        panic!("{:?}", task.record.evidence)
    };
    assert_eq!(ci.job, "fmt");
    assert!(ci.run.contains(&run.id.to_string()), "{}", ci.run);
    assert_eq!(Some(&ci.commit), repository.head(&ready.head).as_ref());
    let kinds = world.kinds().await;
    let tail = &kinds[kinds.len() - 4..];
    let expected = [
        "change.checked",
        "change.outcome",
        "change.edit_intended",
        "change.edited",
    ];
    assert_eq!(tail, expected);

    // Told again, and looked at again: nothing more is done.
    world.fails(&run).await;
    world.later("watch").await;
    assert_eq!(world.github.count(GRAPHQL), 1);
    assert_eq!(world.outcomes().await, ["ci_passed", "ready"]);
    let shown = world.sentinel(&["task", "show", task.id.as_str()]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("its change: ready"), "{shown}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_log_printed_stays_a_draft_however_green_it_is() {
    let (world, repository) = draft().await;
    green(&repository);
    world.later("watch").await;
    assert!(pull(&repository).draft);
    assert_eq!(world.github.count(GRAPHQL), 0);
    let [passed] = of_kind(&world, "change.outcome").await.try_into().unwrap();
    let codes = &passed["facts"]["more"]["decision"]["reason_codes"];
    assert_eq!(*codes, json!(["SNTL_FROM_LOG"]));
    let why = passed["facts"]["why"].as_str().unwrap();
    assert!(why.contains("stays a draft for a person"), "{why}");
    assert!(!why.contains("sentinel approve"), "{why}");
    assert_eq!(world.outcomes().await, ["ci_passed"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn green_says_nothing_unless_the_job_that_failed_ran() {
    let (world, repository) = approved().await;
    let head = pull(&repository).head;
    // Another workflow has a job of that name, and another job passes.
    let other = repository.failed_run(&head).workflow("Nightly");
    other.conclusion("success").passed_job("fmt").finish();
    let same = repository.failed_run(&head).conclusion("success");
    same.passed_job("docs").finish();
    // Anybody may write a check run or a status of that name.
    repository.check_run(&head, "success", json!({}));
    repository.configure(|repo| repo.checks.last_mut().unwrap()["name"] = json!("fmt"));
    world.github.grant("statuses", Some("read"));
    let commit = repository.head(&head).unwrap();
    repository.status(&commit, "fmt", "success");
    world.later("watch").await;
    assert!(pull(&repository).draft);
    assert!(world.outcomes().await.is_empty());
    // A skipped job has not run either.
    let skipped = repository.failed_run(&head).conclusion("success");
    let none: &[(&str, &str)] = &[];
    skipped.any_job("fmt", "skipped", none, "").finish();
    world.later("watch").await;
    assert!(pull(&repository).draft);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_not_ready_before_all_of_it_is_over() {
    let (world, repository) = approved().await;
    green(&repository);
    let head = pull(&repository).head;
    let running = repository.failed_run(&head).workflow("Docs");
    let running = running.conclusion("").job("docs", "").finish();
    world.later("watch").await;
    assert!(pull(&repository).draft);
    repository.ends(&running, "success");
    // A status that is pending counts where it may be seen.
    let commit = repository.head(&head).unwrap();
    repository.status(&commit, "coverage", "pending");
    world.github.grant("statuses", Some("read"));
    world.later("watch").await;
    assert!(pull(&repository).draft);
    repository.configure(|repo| repo.statuses[0]["state"] = json!("success"));
    world.later("watch").await;
    assert!(!pull(&repository).draft);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn red_ci_closes_it_with_a_diagnosis_and_it_is_not_proposed_again() {
    let (world, repository) = draft().await;
    red(&repository, "fmt", FORMAT_LOG);
    world.later("watch").await;
    let closed = pull(&repository);
    assert!(!closed.open && closed.draft);
    let [said] = repository.comments(closed.number).try_into().unwrap();
    let said = said["body"].as_str().unwrap();
    assert!(
        said.contains("`fmt` still fails for the same reason"),
        "{said}"
    );
    assert_eq!(world.outcomes().await, ["disproved"]);

    // The webhook of its end is ours, not a person's.
    let told = world.github.pull_closed("acme/widget", closed.number);
    world.told(told).await;
    assert_eq!(world.outcomes().await, ["disproved"]);
    world.later("watch").await;
    assert!(!world.waits("watch"), "its watch ends with it");

    repository.file("NEWS.md", "news\n").commit("News");
    world.fails(&red_push(&repository)).await;
    assert_eq!(repository.pulls().len(), 1);
    let decided = of_kind(&world, "task.decided").await;
    let codes = &decided.last().unwrap()["facts"]["decision"]["reason_codes"];
    assert_eq!(*codes, json!(["SNTL_WITHDRAWN"]));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_red_before_does_not_speak_against_it() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    let before = repository.failed_run("main").job("fmt", FORMAT_LOG);
    let before = before.job("docs", "a link is broken\n").finish();
    world.fails(&before).await;
    assert!(pull(&repository).draft);
    let head = pull(&repository).head;
    let run = repository.failed_run(&head).passed_job("fmt");
    run.job("docs", "a link is broken\n").finish();
    world.later("watch").await;
    let draft = pull(&repository);
    assert!(draft.open && draft.draft);
    let drafts = of_kind(&world, "change.outcome").await;
    assert_eq!(drafts[0]["facts"]["outcome"], "ci_red_before");
    let why = drafts[0]["facts"]["why"].as_str().unwrap();
    assert_eq!(why, "`docs` failed without it too");
    assert_eq!(world.github.count(CLOSE), 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_breaks_closes_it_and_what_nobody_knows_does_not() {
    for (before, open) in [(Some("success"), false), (None, true)] {
        let (world, repository) = draft().await;
        if let Some(before) = before {
            let base = repository.failed_run("main").workflow("Docs");
            base.conclusion(before).passed_job("docs").finish();
        }
        let head = pull(&repository).head;
        let run = repository.failed_run(&head).workflow("Docs");
        run.job("docs", FORMAT_LOG).finish();
        green(&repository);
        world.later("watch").await;
        assert_eq!(pull(&repository).open, open, "{before:?}");
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_a_person_pushed_to_is_theirs() {
    let (world, repository) = approved().await;
    let head = pull(&repository).head;
    repository.file("src/lib.rs", "//! Mine.\n");
    repository.commit_on(&head, "Better");
    green(&repository);
    red(&repository, "fmt", FORMAT_LOG);
    world.later("watch").await;
    assert_eq!(world.outcomes().await, ["taken_over"]);
    assert!(pull(&repository).open && pull(&repository).draft);
    assert!(world.github.writes().is_empty());
    repository.land(pull(&repository).number);
    world.later("watch").await;
    assert_eq!(world.outcomes().await, ["taken_over", "merged"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_label_keeps_a_draft_a_draft() {
    let (world, repository) = approved().await;
    repository.label(pull(&repository).number, IGNORE_LABEL);
    green(&repository);
    world.later("watch").await;
    assert!(pull(&repository).draft);
    let [passed] = of_kind(&world, "change.outcome").await.try_into().unwrap();
    let codes = &passed["facts"]["more"]["decision"]["reason_codes"];
    assert_eq!(*codes, json!(["SNTL_IGNORED"]));
    world.end().await;
}
