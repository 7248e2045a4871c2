//! A linter of workflows in the place of a proof: its word is the evidence, and
//! what it finds for the first time ends the change.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use sentinel::cli::compose::now;
use sentinel::evidence::Evidence;
use sentinel::grant::Limits;
use sentinel::pipeline::{Agents, Commands, World as Outside, schedule};
use sentinel::runner::{Runner, Settings};
use sentinel::task::TaskState;

use super::{CI, WEEKLY, WORKFLOW, change, changes, looks, pull, ran};
use crate::world::World;

/// A host that finds a linter of this text among its tools; none where no OS
/// sandbox works.
async fn with_linter(script: &str) -> Option<(World, tempfile::TempDir)> {
    crate::stories::proof::commands()?;
    let tools = tempfile::tempdir().unwrap();
    let linter = tools.path().join("actionlint");
    std::fs::write(&linter, script).unwrap();
    for place in [tools.path(), linter.as_path()] {
        std::fs::set_permissions(place, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let settings = Settings {
        path: Some(format!("{}:/usr/bin:/bin", tools.path().display())),
        ..Settings::default()
    };
    let program = PathBuf::from(env!("CARGO_BIN_EXE_sentinel"));
    let runner = Arc::new(Runner::new(settings.clone(), program));
    let commands = Commands::new(runner, &settings, BTreeMap::new());
    let agents = Agents::new(&Limits::default(), now).expect("the agents run");
    let agents = agents.reaching(Outside {
        store: None,
        web: None,
        sites: BTreeMap::new(),
        commands: Some(Arc::new(commands)),
        models: None,
        clock: now,
    });
    let world = World::of(Arc::new(agents), WEEKLY).await;
    world.github.grant("workflows", Some("write"));
    let repository = world.github.repository("acme/widget");
    repository.file(CI, WORKFLOW);
    repository.commit("Begin");
    ran(&repository, 25);
    schedule(&world.pipeline).await.unwrap();
    world.later("look").await;
    Some((world, tools))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_linter_passes_says_so() {
    // It complains of what was there before, too: that is not new.
    let script = "#!/bin/sh\necho \"$5:6:5: something old [rule]\"\nexit 1\n";
    let Some((world, _tools)) = with_linter(script).await else {
        return;
    };
    let held = change(&world).await;
    let Some(Evidence::Lint { linter, .. }) = &held.record.evidence else {
        panic!("{:?}", held.record.evidence);
    };
    assert_eq!(linter, "actionlint");
    // A linter's word is no proof: a person is asked all the same.
    assert_eq!(held.state, TaskState::Held);
    world.approve(&held.id).await;
    let body = pull(&world.github.repository("acme/widget")).body;
    assert!(
        body.contains("actionlint finds nothing with this patch"),
        "{body}"
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_linter_finds_anew_is_not_proposed() {
    let script = "#!/bin/sh\ngrep -q timeout-minutes \"$5\" || exit 0\n\
                  echo \"$5:6:5: something new [rule]\"\nexit 1\n";
    let Some((world, _tools)) = with_linter(script).await else {
        return;
    };
    assert!(changes(&world).await.is_empty());
    let [look] = looks(&world).await.try_into().unwrap();
    let ended = world
        .ledger()
        .await
        .into_iter()
        .find(|entry| entry.kind == "look.ended");
    let ended = ended.unwrap().body;
    assert!(ended.contains("something new"), "{ended}");
    assert!(look.record.note.unwrap().contains("actionlint finds in it"));
    world.end().await;
}
