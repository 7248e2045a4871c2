//! Whose results of a prepare step a run gets: nobody's install script leaves
//! something in the way of somebody else's.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use sentinel::command::Listed;
use sentinel::ids::Repository;
use sentinel::pipeline::{Commands, Preparing, Scene};
use sentinel::runner::{Layers, PreparedLimits, Runner, Source, Tier};
use sentinel::sandbox::Workspace;

use super::{runner, settings, source, text, working};

fn repository(name: &str) -> Repository {
    format!("github:acme/{name}").parse().unwrap()
}

/// A host whose operator lists what prepares and what is run then.
fn commands(runner: Runner, place: &Path) -> Commands {
    let settings = settings(Tier::Bubblewrap);
    let listed = Listed {
        name: "look".into(),
        run: ["sh", "-c", "cat ~/installed; exit 3"]
            .map(str::to_owned)
            .to_vec(),
        directory: String::new(),
        env: BTreeMap::new(),
    };
    let both = ["widget", "gadget"].map(repository);
    let prepare = vec![vec!["sh".to_owned(), "install.sh".to_owned()]];
    let layers = Layers::open(place.to_owned(), PreparedLimits::default()).unwrap();
    let listed = both.clone().map(|name| (name, vec![listed.clone()])).into();
    let prepare = both.map(|name| (name, prepare.clone())).into();
    Commands::new(Arc::new(runner), &settings, listed)
        .preparing(Preparing::new(layers, &settings, prepare))
}

/// What the listed command finds on a tree with this install script and lock.
async fn finds(commands: &Commands, name: &str, trusted: bool, files: [&str; 2]) -> String {
    let Source { tree, files } =
        source(&[("install.sh", files[0]), ("package-lock.json", files[1])]);
    let scene = Scene {
        workspace: Some(Workspace { tree, files }),
        trusted,
        ..Scene::default()
    };
    let bench = commands
        .whole(Some(&repository(name)), &scene)
        .await
        .unwrap();
    let command = bench.blamed().unwrap().clone();
    let ran = commands.execute(&bench, &command, &[]).await.unwrap();
    assert_eq!(ran.exit, Some(3), "{ran:?}");
    text(&ran.stdout.text())
}

fn kept(place: &Path) -> usize {
    std::fs::read_dir(place).unwrap().count()
}

const GOOD: &str = "echo good > ~/installed\n";
const EVIL: &str = "echo evil > ~/installed\n";
const LOCK: &str = "{\"lockfileVersion\": 3}\n";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_pull_request_installs_reaches_no_other_run() {
    let Some(working) = working(settings(Tier::Bubblewrap)) else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let commands = commands(working, place.path());
    // The pull request comes first, with the very lock file of the default
    // branch.
    assert_eq!(
        finds(&commands, "widget", false, [EVIL, LOCK]).await,
        "evil\n"
    );
    assert_eq!(
        finds(&commands, "widget", true, [GOOD, LOCK]).await,
        "good\n"
    );
    // Not even where both trees are the same: what counts is who made them.
    assert_eq!(
        finds(&commands, "widget", false, [GOOD, LOCK]).await,
        "good\n"
    );
    assert_eq!(kept(place.path()), 3);
    // Nor another pull request, nor another repository.
    let mine = "echo mine > ~/installed\n";
    assert_eq!(
        finds(&commands, "widget", false, [mine, LOCK]).await,
        "mine\n"
    );
    assert_eq!(
        finds(&commands, "gadget", true, [EVIL, LOCK]).await,
        "evil\n"
    );
    assert_eq!(
        finds(&commands, "widget", true, [GOOD, LOCK]).await,
        "good\n"
    );
    assert_eq!(kept(place.path()), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn trusted_trees_share_by_their_manifests() {
    let Some(working) = working(settings(Tier::Bubblewrap)) else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let commands = commands(working, place.path());
    let counting = "echo one > ~/installed\n";
    assert_eq!(
        finds(&commands, "widget", true, [counting, LOCK]).await,
        "one\n"
    );
    // Another commit with the same manifests: nothing is installed again.
    let later = "echo two > ~/installed\n";
    assert_eq!(
        finds(&commands, "widget", true, [later, LOCK]).await,
        "one\n"
    );
    assert_eq!(kept(place.path()), 1);
    let changed = "{\"lockfileVersion\": 2}\n";
    assert_eq!(
        finds(&commands, "widget", true, [later, changed]).await,
        "two\n"
    );
    assert_eq!(kept(place.path()), 2);
}

/// A step that fails leaves nothing; the command runs all the same, and its
/// report says why there was nothing.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_prepared_is_told() {
    let Some(working) = working(settings(Tier::Bubblewrap)) else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let commands = commands(working, place.path());
    let Source { tree, files } = source(&[("install.sh", "echo no such package; exit 7\n")]);
    let scene = Scene {
        workspace: Some(Workspace { tree, files }),
        ..Scene::default()
    };
    let bench = commands
        .whole(Some(&repository("widget")), &scene)
        .await
        .unwrap();
    let command = bench.blamed().unwrap().clone();
    let ran = commands.execute(&bench, &command, &[]).await.unwrap();
    assert_eq!(text(&ran.stdout.text()), "");
    let note = ran.notes.join("\n");
    assert!(
        note.contains("what prepares failed (exit code 7): no such package"),
        "{note}"
    );
    assert_eq!(kept(place.path()), 0);
}

/// Without a place to keep anything nothing is prepared.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_prepared_where_nobody_asked_for_it() {
    if working(settings(Tier::Bubblewrap)).is_none() {
        return;
    }
    let plain = runner(settings(Tier::Bubblewrap));
    let commands = Commands::new(
        Arc::new(plain),
        &settings(Tier::Bubblewrap),
        BTreeMap::new(),
    );
    let Source { tree, files } = source(&[("package-lock.json", LOCK)]);
    let scene = Scene {
        workspace: Some(Workspace { tree, files }),
        stated: Some("ls -A ~".to_owned()),
        ..Scene::default()
    };
    let bench = commands.whole(None, &scene).await.unwrap();
    let command = bench.blamed().unwrap().clone();
    let ran = commands.execute(&bench, &command, &[]).await.unwrap();
    assert_eq!(ran.notes, Vec::<String>::new());
    assert_eq!((ran.exit, ran.layer), (Some(0), None));
}
