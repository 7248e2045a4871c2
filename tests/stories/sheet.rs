//! The one check run of a red pull request's commit, where there is no patch.

use sentinel::task::TaskState;

use super::commands::Red;
use crate::world::{FORMAT_LOG, World};

/// The log is about a file that says something else.
async fn nothing_sure(more: &str) -> (World, crate::doubles::github::Repository) {
    let world = World::with(more).await;
    let repository = world.widget();
    repository
        .file("src/lib.rs", "//! Something else.\n")
        .commit_on("feature", "Other");
    let number = repository.opened("feature", "dana");
    let run = repository
        .failed_run("feature")
        .pull_request(number)
        .job("fmt", FORMAT_LOG)
        .finish();
    world.fails(&run).await;
    (world, repository)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abstention_is_told_on_the_pull_request() {
    let (world, repository) = nothing_sure("").await;
    let task = world.repair_is(TaskState::Abstained).await;
    let [check] = repository.checks().try_into().expect("one check run");
    assert_eq!(check["output"]["title"], "Looked at one failure; no patch");
    let summary = check["output"]["summary"].as_str().unwrap();
    assert!(summary.contains("**abstained**"), "{summary}");
    let why = task.record.note.unwrap();
    assert!(summary.contains(why.lines().next().unwrap()), "{summary}");
    assert!(world.kinds().await.contains(&"check.shown".to_owned()));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_observes_tells_nothing() {
    let (world, repository) = nothing_sure("[policy]\nobserve_only = true").await;
    world.repair_is(TaskState::Abstained).await;
    assert!(repository.checks().is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_head_gets_a_check_of_its_own_and_the_same_one_none() {
    let red = Red::new().await;
    red.says("wanda", "/sentinel retry").await;
    assert_eq!(red.repository.checks().len(), 1, "updated in place");
    red.repository
        .file("NEWS.md", "1\n")
        .commit_on("feature", "News");
    red.fails().await;
    let heads: Vec<String> = red
        .repository
        .checks()
        .iter()
        .map(|check| check["head_sha"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(heads.len(), 2);
    assert_eq!(
        heads[1],
        red.repository.head("feature").unwrap().to_string()
    );
    red.world.end().await;
}
