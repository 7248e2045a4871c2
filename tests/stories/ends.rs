//! How a published change ends, and looks at it that are cut off.

use sentinel::change::Outcome;
use sentinel::store::outcome;

use super::watch::{CLOSE, GRAPHQL, SAY, approved, draft, green, pull, red};
use super::{DRAFTS, branch_of, red_push};
use crate::doubles::github::Fault;
use crate::world::{FORMAT_LOG, FORMATTED, UNFORMATTED, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_went_green_by_itself_closes_it_and_may_fail_again() {
    let (world, repository) = draft().await;
    let first = world.repair().await;
    repository.file("src/lib.rs", FORMATTED).commit("By hand");
    let green = repository.failed_run("main").conclusion("success");
    // The green run of the target wakes whoever watches.
    world.fails(&green.passed_job("fmt").finish()).await;
    let closed = pull(&repository);
    assert!(!closed.open);
    assert_eq!(world.outcomes().await, ["superseded"]);
    let [said] = repository.comments(closed.number).try_into().unwrap();
    let said = said["body"].as_str().unwrap();
    assert!(said.contains("a later run of the branch passed"), "{said}");

    repository.file("src/lib.rs", UNFORMATTED).commit("Again");
    world.fails(&red_push(&repository)).await;
    assert_eq!(repository.pulls().len(), 2, "nobody said no");
    assert_eq!(pull(&repository).head, branch_of(&first, 1).to_string());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_that_no_longer_applies_is_withdrawn() {
    let (world, repository) = draft().await;
    let number = pull(&repository).number;
    repository
        .file("src/lib.rs", "//! Rewritten.\n")
        .commit("Rewrite");
    world.later("watch").await;
    assert!(
        pull(&repository).open,
        "GitHub has not said whether it merges"
    );
    repository.configure(|repo| repo.mergeable.insert(number, true).map_or((), drop));
    world.later("watch").await;
    assert!(pull(&repository).open, "it merges");
    repository.configure(|repo| repo.mergeable.insert(number, false).map_or((), drop));
    world.later("watch").await;
    assert!(!pull(&repository).open);
    assert_eq!(world.outcomes().await, ["superseded"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_takes_up_expires() {
    let world = World::with(&format!("[policy]\nchange_expiry_days = 2\n{DRAFTS}")).await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    let older = |days: i64| {
        let ms = days * 24 * 3_600_000;
        let age = "UPDATE change SET intended_at = intended_at - ?";
        world.file().execute(age, [ms]).unwrap();
    };
    older(1);
    world.later("watch").await;
    assert!(pull(&repository).open);
    older(2);
    world.later("watch").await;
    let closed = pull(&repository);
    assert!(!closed.open);
    assert_eq!(world.outcomes().await, ["expired"]);
    let [said] = repository.comments(closed.number).try_into().unwrap();
    assert!(said["body"].as_str().unwrap().contains("for 2 days"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_ends_the_incident_until_it_shows_again() {
    let (world, repository) = draft().await;
    let task = world.repair().await;
    let incident = task.incident.clone().unwrap();
    let number = pull(&repository).number;
    repository.land(number);
    let told = world.github.pull_closed("acme/widget", number);
    world.told(told.clone()).await;
    world.told(told).await;
    assert_eq!(world.outcomes().await, ["merged"]);
    let shown = world.sentinel(&["incident", "show", incident.as_str()]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("over: repaired"), "{shown}");
    assert!(shown.contains("its change: merged"), "{shown}");
    repository.file("src/lib.rs", UNFORMATTED).commit("Again");
    world.fails(&red_push(&repository)).await;
    let shown = world.sentinel(&["incident", "show", incident.as_str()]);
    assert!(!String::from_utf8(shown.stdout).unwrap().contains("over:"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merged_change_that_is_taken_back_is_found_by_its_words_and_by_its_files() {
    let says = "Revert \"Format src/lib.rs\"\n\nThis reverts commit ";
    for (content, words) in [("//! Another.\n", true), (UNFORMATTED, false)] {
        let (world, repository) = draft().await;
        repository.land(pull(&repository).number);
        world.later("watch").await;
        assert_eq!(world.outcomes().await, ["merged"]);
        let landed = repository.head("main").unwrap();
        let message = match words {
            true => format!("{says}{landed}."),
            false => "Undo".to_owned(),
        };
        repository.file("src/lib.rs", content).commit(&message);
        world.later("watch").await;
        assert_eq!(world.outcomes().await, ["merged", "reverted"]);
        assert!(!world.waits("watch"));
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_closes_is_theirs() {
    let (world, repository) = draft().await;
    repository.close(pull(&repository).number);
    world.later("watch").await;
    assert_eq!(world.outcomes().await, ["closed"]);
    assert!(!world.waits("watch"));
    assert!(world.github.writes().is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_is_cut_off_is_carried_on() {
    // Each write took effect, and the answer never came.
    for route in [GRAPHQL] {
        let (world, repository) = approved().await;
        green(&repository);
        world.github.fault(route, 1, Fault::LostAnswer);
        world.later("watch").await;
        let kinds = world.kinds().await;
        assert_eq!(kinds.last().unwrap(), "change.edit_intended");
        assert_eq!(world.outcomes().await, ["ci_passed"]);
        world.later("watch").await;
        assert_eq!(world.outcomes().await, ["ci_passed", "ready"]);
        assert_eq!(world.github.count(route), 1, "it looks first");
        world.end().await;
    }
    for route in [SAY, CLOSE] {
        let (world, repository) = draft().await;
        red(&repository, "fmt", FORMAT_LOG);
        world.github.fault(route, 1, Fault::LostAnswer);
        world.later("watch").await;
        assert!(world.outcomes().await.is_empty());
        world.later("watch").await;
        assert_eq!(world.outcomes().await, ["disproved"], "{route}");
        let closed = pull(&repository);
        assert!(!closed.open);
        assert_eq!(repository.comments(closed.number).len(), 1, "{route}");
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_merges_between_intent_and_outcome_has_the_last_word() {
    let (world, repository) = draft().await;
    red(&repository, "fmt", FORMAT_LOG);
    world.github.fault(SAY, 1, Fault::status(502));
    world.later("watch").await;
    repository.land(pull(&repository).number);
    world.later("watch").await;
    assert_eq!(world.outcomes().await, ["merged"]);
    assert!(repository.comments(pull(&repository).number).is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forge_that_does_not_answer_is_asked_again_for_as_long_as_it_takes() {
    let (world, repository) = approved().await;
    green(&repository);
    world.github.grant("actions", None);
    world.github.revoke_tokens();
    for _ in 0..40 {
        world.later("watch").await;
    }
    assert!(
        world.waits("watch"),
        "more often than any other stage tries"
    );
    assert!(!world.kinds().await.contains(&"work.failed".to_owned()));
    world.github.grant("actions", Some("read"));
    world.later("watch").await;
    assert!(!pull(&repository).draft);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn observing_touches_no_change() {
    let (world, repository) = draft().await;
    red(&repository, "fmt", FORMAT_LOG);
    let mut pipeline = sentinel::cli::compose::pipeline(
        &sentinel::config::Config::load(&world.config_file()).unwrap(),
        world.store.clone(),
        world.pipeline.agents.clone(),
    )
    .unwrap()
    .pipeline;
    pipeline.policy.observe_only = true;
    let ready = "UPDATE work SET not_before = 0, due = 0 WHERE stage = 'watch'";
    world.file().execute(ready, []).unwrap();
    let pipeline = std::sync::Arc::new(pipeline);
    sentinel::pipeline::drain(&pipeline).await.unwrap();
    assert!(world.github.writes().is_empty());
    assert!(pull(&repository).open);
    world.end().await;
}

#[test]
fn every_outcome_has_a_name_of_its_own() {
    for outcome in Outcome::ALL {
        assert_eq!(Outcome::parse(outcome.as_str()), Some(*outcome));
    }
    let ends = Outcome::ALL.iter().filter(|outcome| outcome.is_ours());
    assert!(ends.clone().all(|outcome| outcome.is_end()));
    assert_eq!(ends.count(), 3);
    assert!(outcome::IncidentEnd::Flaky.as_str() != outcome::IncidentEnd::Repaired.as_str());
}
