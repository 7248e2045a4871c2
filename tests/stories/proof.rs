//! The failed command is run again, here, before anything is published.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use sentinel::cli::compose::now;
use sentinel::evidence::Evidence;
use sentinel::grant::Limits;
use sentinel::pipeline::{Agents, Commands, World as Outside};
use sentinel::runner::{Runner, Settings};
use sentinel::task::TaskState;

use super::red_push;
use crate::doubles::github::Repository;
use crate::world::{FORMATTED, UNFORMATTED, World};

/// What runs commands on this machine; none where no OS sandbox works, which
/// under CI is a failure.
pub fn commands() -> Option<Commands> {
    let settings = Settings::default();
    let program = PathBuf::from(env!("CARGO_BIN_EXE_sentinel"));
    let runner = Arc::new(Runner::new(settings.clone(), program));
    if runner.probe().tier.is_none() {
        let reasons = runner.probe().reasons();
        assert!(
            !std::env::var("CI").is_ok_and(|ci| ci == "true"),
            "{reasons}"
        );
        eprintln!("skipped: {reasons}");
        return None;
    }
    Some(Commands::new(runner, &settings, BTreeMap::new()))
}

/// Agents of a host that runs commands.
static PROVING: LazyLock<Option<Arc<Agents>>> = LazyLock::new(|| {
    let agents = Agents::new(&Limits::default(), now).expect("the agents run");
    Some(Arc::new(agents.reaching(Outside {
        store: None,
        web: None,
        sites: BTreeMap::new(),
        commands: Some(Arc::new(commands()?)),
        models: None,
        clock: now,
    })))
});

async fn proving() -> Option<World> {
    Some(World::of(PROVING.clone()?, "").await)
}

const MANIFEST: &str = "[package]\nname = \"widget\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";

/// A crate, so that `cargo fmt --check` does what the log says it did.
fn widget(world: &World, source: &str) -> Repository {
    let repository = world.github.repository("acme/widget");
    repository
        .file("Cargo.toml", MANIFEST)
        .file("src/lib.rs", source);
    repository.commit("Begin");
    repository
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proven_repair_is_published_without_waiting_and_not_as_a_draft() {
    let Some(world) = proving().await else { return };
    let repository = widget(&world, UNFORMATTED);
    world.fails(&red_push(&repository)).await;

    let task = world.repair_is(TaskState::Published).await;
    let Some(Evidence::Proven(proven)) = &task.record.evidence else {
        panic!("{:?}", task.record)
    };
    assert_eq!(proven.command, "cargo fmt --check");
    assert_eq!(proven.before, Some(1));
    assert!(proven.derived, "rustfmt itself comes to the same tree");
    let [pull] = repository.pulls().try_into().expect("one pull request");
    assert!(!pull.draft);
    assert!(
        pull.body
            .contains("Proven: the failed command fails without this patch")
    );
    let written = repository.read(&pull.head, "src/lib.rs");
    assert_eq!(written.unwrap(), FORMATTED.as_bytes());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_here_is_not_proven_and_waits() {
    let Some(world) = proving().await else { return };
    // Excluded here by the project's own configuration: the command passes.
    let repository = world.github.repository("acme/widget");
    repository
        .file("Cargo.toml", MANIFEST)
        .file("rustfmt.toml", "disable_all_formatting = true\n")
        .file("src/lib.rs", UNFORMATTED);
    repository.commit("Begin");
    world.fails(&red_push(&repository)).await;

    let task = world.repair_is(TaskState::Held).await;
    let Some(Evidence::NotRun { reason }) = &task.record.evidence else {
        panic!("{:?}", task.record)
    };
    assert!(reason.contains("passes here without the patch"), "{reason}");
    assert!(world.github.writes().is_empty());
    world.end().await;
}

/// The log shows one line of its step; mending that one breaks the next.
#[tokio::test(flavor = "multi_thread")]
async fn a_patch_that_breaks_another_line_of_the_step_goes_nowhere() {
    let Some(world) = proving().await else { return };
    let repository = world.github.repository("acme/widget");
    let step = |check: &str| {
        format!(
            "on: push\njobs:\n  fmt:\n    steps:\n      - run: |\n          cargo fmt --check\n\
             \x20         {check}\n"
        )
    };
    repository
        .file("Cargo.toml", MANIFEST)
        .file("src/lib.rs", UNFORMATTED)
        .file(
            ".github/workflows/ci.yml",
            step("test \"$(wc -l < src/lib.rs)\" -lt 4"),
        );
    repository.commit("Begin");
    world.fails(&red_push(&repository)).await;
    let task = world.repair().await;
    assert_ne!(task.state, TaskState::Published, "{:?}", task.record);
    assert!(
        !task
            .record
            .evidence
            .as_ref()
            .is_some_and(Evidence::is_proven),
        "{:?}",
        task.record
    );
    assert!(world.github.writes().is_empty());
    world.end().await;

    // Where the other line passes too, all of it is what was proven.
    let world = proving().await.expect("it was there before");
    let repository = world.github.repository("acme/widget");
    repository
        .file("Cargo.toml", MANIFEST)
        .file("src/lib.rs", UNFORMATTED)
        .file(".github/workflows/ci.yml", step("test -s src/lib.rs"));
    repository.commit("Begin");
    world.fails(&red_push(&repository)).await;
    let task = world.repair_is(TaskState::Published).await;
    let Some(Evidence::Proven(proven)) = &task.record.evidence else {
        panic!("{:?}", task.record)
    };
    assert_eq!(proven.command, "cargo fmt --check\ntest -s src/lib.rs");
    world.end().await;
}

/// The log shows one of two places; mending that one leaves the command red.
#[tokio::test(flavor = "multi_thread")]
async fn a_patch_that_does_not_mend_goes_nowhere_alone() {
    let Some(world) = proving().await else { return };
    let more = format!("{UNFORMATTED}\npub fn two( )->u8{{2}}\n");
    let repository = widget(&world, &more);
    world.fails(&red_push(&repository)).await;

    // The tool's own fix mode mends both, and that is what is proposed.
    let task = world.repair_is(TaskState::Published).await;
    assert!(
        task.record
            .evidence
            .as_ref()
            .is_some_and(Evidence::is_proven)
    );
    let [pull] = repository.pulls().try_into().expect("one pull request");
    let written = repository.read(&pull.head, "src/lib.rs").unwrap();
    let written = String::from_utf8(written).unwrap();
    assert!(written.contains("pub fn two() -> u8 {"), "{written}");
    world.end().await;
}
