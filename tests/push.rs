//! What a push changed: from trees, from a directory and its history, from
//! each forge alike.

use std::path::Path;
use std::process::Command;

use sentinel::forge::checkout;
use sentinel::forge::directory::{pushed, snapshot};
use sentinel::forge::local::Local;
use sentinel::forge::{Forge as _, ForgeError};
use sentinel::ids::{ForgeKind, ObjectId, Repository};
use sentinel::push::{
    Changed, MAX_ALL_LINES_BYTES, MAX_CHANGED, MAX_COMPARED_BYTES, MAX_LINES_BYTES, MAX_TOLD, Push,
    Since, Status,
};
use sentinel::sandbox::Recording;
use sentinel::store::recording;
use sentinel::task::TaskState;

use crate::doubles::github::Fault;
use crate::world::World;

fn git(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=Dana", "-c", "user.email=d@example.com"])
        .args(["-c", "core.hooksPath=/dev/null"])
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let place = root.join(path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, text).unwrap();
    }
}

fn commit(root: &Path, files: &[(&str, &str)]) -> ObjectId {
    write(root, files);
    git(root, &["add", "-A"]);
    git(root, &["commit", "-q", "-m", "next"]);
    git(root, &["rev-parse", "HEAD"]).parse().unwrap()
}

fn told(push: &Push) -> Vec<(&str, Status)> {
    let told = push.changed.iter();
    told.map(|changed| (changed.path.as_str(), changed.status))
        .collect()
}

async fn of(directory: &Path) -> Push {
    let copy = tempfile::tempdir().unwrap();
    let tree = snapshot(directory, copy.path()).await.unwrap();
    let files = checkout::files(copy.path()).unwrap();
    pushed(directory, &tree, files).await.unwrap()
}

#[tokio::test]
async fn a_directory_tells_of_its_newest_commit_and_of_what_is_not_committed() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path();
    write(root, &[("a.py", "1\n")]);
    let push = of(root).await;
    assert_eq!((push.base, push.changed.len()), (None, 0), "no repository");

    git(root, &["init", "-q", "-b", "main"]);
    assert_eq!(of(root).await.base, None, "no commit");
    let first = commit(root, &[("sub/b.py", "1\n"), ("gone.py", "1\n")]);
    assert_eq!(of(root).await.base, None, "nothing came before");
    write(root, &[("a.py", "2\n")]);
    let push = of(root).await;
    assert_eq!(push.base.as_ref(), Some(&first));
    assert_eq!(told(&push), [("a.py", Status::Modified)]);

    std::fs::remove_file(root.join("gone.py")).unwrap();
    let second = commit(root, &[("sub/b.py", "2\n")]);
    let push = of(root).await;
    assert_eq!((push.base, push.head), (Some(first.clone()), Some(second)));
    assert_eq!(push.commits, Some(1));
    write(root, &[("new.py", "1\n")]);
    let push = of(root).await;
    assert_eq!((&push.head, push.commits), (&None, None), "not committed");
    assert_eq!(
        told(&push),
        [
            ("a.py", Status::Modified),
            ("gone.py", Status::Removed),
            ("new.py", Status::Added),
            ("sub/b.py", Status::Modified),
        ]
    );
    let push = of(&root.join("sub")).await;
    assert_eq!(told(&push), [("b.py", Status::Modified)], "paths as shown");
}

#[tokio::test]
async fn the_local_forge_compares_with_the_parent_a_commit_and_a_branch() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path();
    git(root, &["init", "-q", "-b", "main"]);
    let first = commit(root, &[("a", "1"), ("b", "1")]);
    git(root, &["branch", "topic"]);
    commit(root, &[("main-only", "1")]);
    git(root, &["checkout", "-q", "topic"]);
    let second = commit(root, &[("a", "2")]);
    let third = commit(root, &[("b", "2")]);
    let name: sentinel::ids::RepositoryName = "widget".parse().unwrap();
    let forge = Local::new([(name.clone(), root.to_owned())].into(), Default::default());
    let repository = Repository::new(ForgeKind::Local, name);
    let since = async |since: Since, head: &ObjectId| {
        forge.changed(&repository, &since, head).await.unwrap()
    };

    let push = since(Since::Parent, &third).await;
    assert_eq!(push.base, Some(second));
    assert_eq!(told(&push), [("b", Status::Modified)]);
    for base in [
        Since::Green(first.clone()),
        Since::Branch("main".parse().unwrap()),
    ] {
        let push = since(base, &third).await;
        assert_eq!((push.base, push.commits), (Some(first.clone()), Some(2)));
        assert_eq!(push.changed.len(), 2);
    }
    let push = since(Since::Parent, &first).await;
    assert_eq!(push.base, None, "the first commit begins it");
    let stranger: ObjectId = "1".repeat(40).parse().unwrap();
    let asked = forge.changed(&repository, &Since::Parent, &stranger).await;
    assert!(
        !matches!(asked, Ok(push) if push.base.is_some()),
        "an unknown commit has no past"
    );
}

#[tokio::test]
async fn the_lines_of_what_was_modified_are_told_and_of_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path();
    git(root, &["init", "-q", "-b", "main"]);
    commit(
        root,
        &[
            ("a.py", "one\ntwo\nthree\n"),
            ("b.bin", "\0"),
            ("c.py", "1\n"),
        ],
    );
    let head = commit(
        root,
        &[
            ("a.py", "one\n2\nthree\n"),
            ("b.bin", "\0\0"),
            ("d.py", "1\n"),
        ],
    );
    let lines = |push: &Push, path: &str| {
        let found = push.changed.iter().find(|changed| changed.path == path);
        found.and_then(|changed| changed.lines.clone())
    };
    let name: sentinel::ids::RepositoryName = "widget".parse().unwrap();
    let forge = Local::new([(name.clone(), root.to_owned())].into(), Default::default());
    let repository = Repository::new(ForgeKind::Local, name);
    let forges = forge
        .changed(&repository, &Since::Parent, &head)
        .await
        .unwrap();
    for push in [of(root).await, forges] {
        let told = lines(&push, "a.py");
        assert_eq!(told.as_deref(), Some("@@ -2,1 +2,1 @@\n-two\n+2\n"));
        assert_eq!((lines(&push, "b.bin"), lines(&push, "d.py")), (None, None));
    }
    write(root, &[("c.py", "2\n")]);
    let told = lines(&of(root).await, "c.py");
    assert_eq!(
        told.as_deref(),
        Some("@@ -1,1 +1,1 @@\n-1\n+2\n"),
        "not committed"
    );
}

#[test]
fn no_more_lines_are_told_than_a_slip_of_a_name_takes() {
    let changed = |number: usize, lines: usize| Changed {
        lines: Some("+".repeat(lines)),
        ..Changed::of(format!("{number:06}"), Status::Modified)
    };
    let told = |all: Vec<Changed>| {
        let push = Push::of(None, None, all, false);
        push.changed
            .iter()
            .filter(|changed| changed.lines.is_some())
            .count()
    };
    assert_eq!(told(vec![changed(1, MAX_LINES_BYTES)]), 1);
    assert_eq!(told(vec![changed(1, MAX_LINES_BYTES + 1)]), 0);
    let many = MAX_ALL_LINES_BYTES / MAX_LINES_BYTES;
    assert_eq!(
        told(
            (0..many + 1)
                .map(|at| changed(at, MAX_LINES_BYTES))
                .collect()
        ),
        many
    );
    assert_eq!(
        told((0..MAX_TOLD + 1).map(|at| changed(at, 1)).collect()),
        MAX_TOLD
    );
    let path = || "000001".to_owned();
    let large = vec![b'a'; MAX_COMPARED_BYTES + 1];
    let push = Push::of(
        None,
        None,
        vec![Changed::of(path(), Status::Modified)],
        false,
    );
    let push = push.telling(&[(path(), large, b"b".to_vec())]);
    assert_eq!(push.changed[0].lines, None);
}

#[test]
fn no_more_paths_are_told_than_anyone_reads() {
    let changed = |number: usize| Changed::of(format!("{number:06}"), Status::Added);
    let many = (0..MAX_CHANGED + 1).map(changed).collect();
    let push = Push::of(None, None, many, false);
    assert_eq!((push.changed.len(), push.truncated), (MAX_CHANGED, true));
    let all = (0..MAX_CHANGED).map(changed).collect();
    assert!(!Push::of(None, None, all, false).truncated);
    let cut = Push::of(None, None, vec![changed(1)], true);
    assert!(cut.truncated, "the forge listed only some");
}

#[test]
fn what_the_agent_reads_is_json_with_these_words() {
    let of = |path: &str, status| Changed::of(path, status);
    let push = Push {
        commits: Some(1),
        base_passed: true,
        ..Push::of(
            Some("1".repeat(40).parse().unwrap()),
            None,
            vec![of("b", Status::Removed), of("a", Status::Added)],
            false,
        )
    };
    insta::assert_snapshot!(String::from_utf8(push.to_bytes()).unwrap());
}

#[tokio::test]
async fn a_forge_that_refuses_says_what() {
    let forge = Local::new(Default::default(), Default::default());
    let repository = Repository::new(ForgeKind::Local, "widget".parse().unwrap());
    let head: ObjectId = "1".repeat(40).parse().unwrap();
    let asked = forge.changed(&repository, &Since::Parent, &head).await;
    assert!(matches!(asked, Err(ForgeError::NotFound { .. })));
}

#[tokio::test]
async fn github_lists_what_differs_from_the_parent_a_commit_and_a_branch() {
    let github = crate::doubles::github::GitHub::start().await;
    let repository = github.repository("acme/widget");
    let first = repository.file("a", "1").file("b", "1").commit("begin");
    repository.point("topic", Some(&first));
    repository.file("main-only", "1").commit("elsewhere");
    repository.file("a", "2");
    let second = repository.commit_on("topic", "one");
    repository.remove("b").file("c", "1");
    let third = repository.commit_on("topic", "two");
    let forge = github.forge();
    let since = async |since: Since, head: &ObjectId| {
        let id = repository.id();
        forge.changed(&id, &since, head).await.unwrap()
    };

    let push = since(Since::Parent, &third).await;
    assert_eq!((push.base, push.commits), (Some(second), Some(1)));
    assert_eq!(
        told(&Push::of(None, None, push.changed, false)),
        [("b", Status::Removed), ("c", Status::Added)]
    );
    let push = since(Since::Green(first.clone()), &third).await;
    let hunks: Vec<_> = push
        .changed
        .iter()
        .map(|changed| changed.lines.as_deref())
        .collect();
    assert_eq!(hunks, [Some("@@"), None, None], "of what was modified");
    for base in [
        Since::Green(first.clone()),
        Since::Branch("main".parse().unwrap()),
    ] {
        let push = since(base, &third).await;
        assert_eq!((push.base, push.commits), (Some(first.clone()), Some(2)));
        assert_eq!(push.changed.len(), 3);
    }
    assert_eq!(since(Since::Parent, &first).await.base, None);
    let gone = Since::Branch("gone".parse().unwrap());
    let asked = forge.changed(&repository.id(), &gone, &third).await;
    assert!(matches!(asked, Err(ForgeError::NotFound { .. })));
}

#[tokio::test]
async fn gitlab_lists_what_differs_from_the_parent_and_a_commit() {
    let gitlab = crate::doubles::gitlab::GitLab::start();
    let project = gitlab.project("acme/tools/widget");
    let first = project.file("a", "1").file("b", "1").commit("begin");
    let second = project.file("a", "2").commit("one");
    let third = project.file("c", "1").commit("two");
    let forge = gitlab.forge();
    let since = async |since: Since, head: &ObjectId| {
        let id = project.id();
        forge.changed(&id, &since, head).await.unwrap()
    };

    let push = since(Since::Parent, &third).await;
    assert_eq!((push.base, push.commits), (Some(second), Some(1)));
    assert_eq!(push.changed.len(), 1);
    let push = since(Since::Green(first.clone()), &third).await;
    assert_eq!((&push.base, push.commits), (&Some(first.clone()), Some(2)));
    assert_eq!(told(&push), [("a", Status::Modified), ("c", Status::Added)]);
    let hunks: Vec<_> = push
        .changed
        .iter()
        .map(|changed| changed.lines.as_deref())
        .collect();
    assert_eq!(hunks, [Some("@@"), None], "of what was modified");
    assert_eq!(since(Since::Parent, &first).await.base, None);
}

const GOLDEN_LOG: &str = include_str!("logs/golden.log");
const TEST: &str = "from pathlib import Path\n\nfrom shop import page\n\n\ndef test_page():\n    want = (Path(__file__).parent / \"golden\" / \"page.txt\").read_text()\n    assert page(\"Ada\") == want\n";

/// A repository whose golden file fits, and then a push of one file.
fn pushes(world: &World, path: &str, text: &str) -> crate::doubles::github::Run {
    let repository = world.github.repository("acme/widget");
    repository
        .file(
            "shop.py",
            "def page(name):\n    return f\"Menu\\nHello {name}\\n\"\n",
        )
        .file("tests/test_page.py", TEST)
        .file("tests/golden/page.txt", "Menu\nHello Ada\n");
    repository.commit("Begin");
    repository.file(path, text).commit("Next");
    repository
        .failed_run("main")
        .job("test", GOLDEN_LOG)
        .finish()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_a_push_made_stale_waits_for_a_person_and_replays() {
    let world = World::with("[publish]\nunproven = \"draft\"").await;
    let source = "def page(name):\n    return f\"Menu\\nHello, {name}!\\n\"\n";
    let run = pushes(&world, "shop.py", source);
    world.fails(&run).await;
    // Drafts are let out at once here, and this is not.
    let task = world.repair_is(TaskState::Held).await;
    let held = world.ledger().await;
    let held = held.iter().find(|entry| entry.kind == "task.held").unwrap();
    for reason in ["SNTL_CHANGES_EXPECTATION", "SNTL_AGENT_ASKS"] {
        assert!(held.body.contains(reason), "{}", held.body);
    }
    let id = task.id.clone();
    let found = world
        .store
        .read(move |connection| recording::find(connection, &id));
    let digest = found.await.unwrap().expect("it was recorded").digest;
    let bytes = world.store.blobs().get(&digest).unwrap();
    let recorded = Recording::from_bytes(&bytes).unwrap();
    let names: Vec<&str> = recorded
        .inputs
        .iter()
        .map(|input| input.path.as_str())
        .collect();
    assert_eq!(names, ["job.log", "push.json"]);
    let replayed = world.sentinel(&["task", "replay", task.id.as_str()]);
    assert!(replayed.status.success(), "{replayed:?}");
    world.approve(&task.id).await;
    let head = world.github.repository("acme/widget").own_branches();
    assert_eq!(head.len(), 1, "a person said yes");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_changed_no_source_makes_no_record_stale() {
    let world = World::with("[publish]\nunproven = \"draft\"").await;
    let run = pushes(&world, "README.md", "# Shop\n");
    world.fails(&run).await;
    let task = world.repair_is(TaskState::Abstained).await;
    let note = task.record.note.unwrap_or_default();
    assert!(note.contains("changed no source"), "{note}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forge_that_cannot_compare_holds_up_no_repair() {
    let world = World::with("[publish]\nunproven = \"draft\"").await;
    let source = "def page(name):\n    return f\"Menu\\nHello, {name}!\\n\"\n";
    let run = pushes(&world, "shop.py", source);
    let route = "GET /repos/acme/widget/compare/*";
    world.github.fault(route, 9, Fault::status(404));
    world.fails(&run).await;
    let task = world.repair_is(TaskState::Abstained).await;
    let note = task.record.note.unwrap_or_default();
    assert!(note.contains("is not known"), "{note}");
    world.end().await;
}
