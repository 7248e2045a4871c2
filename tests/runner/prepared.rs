//! What prepare steps leave: made once with a network, laid into offline runs,
//! and never in the way of the tree.

mod ecosystems;
mod keeping;

use std::path::Path;

use sentinel::ids::Digest;
use sentinel::runner::{Around, Keeping, Layers, Order, PreparedLimits, Ran, Runner, Source, Tier};

use super::{run, settings, shell, source, text, working};

fn limits() -> PreparedLimits {
    PreparedLimits {
        bytes: 1024 * 1024,
        layers: 3,
        layer_bytes: 512 * 1024,
    }
}

fn layers(place: &Path) -> Layers {
    Layers::open(place.join("prepared"), limits()).unwrap()
}

fn with(around: Around, order: Order) -> Order {
    Order { around, ..order }
}

/// Runs something and keeps what it leaves.
fn prepare(
    runner: &Runner,
    layers: &Layers,
    order: Order,
    network: bool,
    source: &Source,
) -> Option<Digest> {
    let key = Digest::of(format!("{:?}{network}", order.argv).as_bytes());
    let part = layers.begin(&key);
    let around = Around {
        network,
        keep: Some(Keeping {
            path: part.path().to_owned(),
            bytes: layers.layer_bytes(),
        }),
        ..Around::default()
    };
    let ran = run(runner, &with(around, order), source).unwrap();
    if ran.layer.is_none() {
        eprintln!(
            "{:?} {:?} {:?}\n{}{}",
            ran.exit,
            ran.notes,
            ran.contacts,
            text(&ran.stdout.text()),
            text(&ran.stderr.text())
        );
        return None;
    }
    layers.keep(part).unwrap();
    Some(key)
}

fn on(layers: &Layers, key: &Digest, order: Order) -> Order {
    let around = Around {
        prepared: Some(layers.get(key).expect("it was kept")),
        ..Around::default()
    };
    with(around, order)
}

fn said(ran: &Ran) -> String {
    let stderr = text(&ran.stderr.text());
    format!("{}{stderr}", text(&ran.stdout.text()))
}

#[test]
fn what_was_left_lies_in_every_later_run() {
    let Some(runner) = working(settings(Tier::Bubblewrap)) else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let layers = layers(place.path());
    let source = source(&[("a.txt", "tree\n"), ("pkg/own.txt", "own\n")]);
    let script = "mkdir -p pkg/empty ~/.local/bin lib __pycache__ target; echo changed > a.txt; \
                  echo new > pkg/new.txt; echo stale > __pycache__/a.pyc; echo stale > target/x; \
                  ln -s ../a.txt lib/link; ln -s /etc/passwd lib/out; mkfifo lib/pipe; \
                  printf '#!/bin/sh\\necho tool' > ~/.local/bin/tool; chmod 755 ~/.local/bin/tool; \
                  chmod 555 lib; touch -d 2001-01-01 pkg/new.txt";
    let key = prepare(&runner, &layers, shell(script), false, &source).unwrap();
    let look = "cat a.txt pkg/own.txt pkg/new.txt lib/link; tool; readlink lib/out; ls -d pkg/empty; \
                ls __pycache__ target lib/pipe 2>/dev/null; stat -c %Y pkg/new.txt; \
                git status --porcelain; echo more >> pkg/new.txt; rm lib/link; echo x > made.txt";
    let ran = run(&runner, &on(&layers, &key, shell(look)), &source).unwrap();
    assert_eq!(
        said(&ran),
        "tree\nown\nnew\ntree\ntool\n/etc/passwd\npkg/empty\n978307200\n?? lib/\n?? pkg/new.txt\n"
    );
    let edits: Vec<&str> = ran.edits.iter().map(|edit| edit.path.as_str()).collect();
    assert_eq!(edits, ["made.txt"], "what was prepared is no change");
    // The next one finds all of it as it was.
    let again = run(
        &runner,
        &on(&layers, &key, shell("cat pkg/new.txt lib/link")),
        &source,
    )
    .unwrap();
    assert_eq!(said(&again), "new\ntree\n");
}

/// A result of one tree laid into another, which has files and links in its
/// places.
#[test]
fn what_the_tree_has_stays_as_the_tree_has_it() {
    use sentinel::tree::EntryKind;
    let Some(runner) = working(settings(Tier::Bubblewrap)) else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let layers = layers(place.path());
    let script = "mkdir -p src deep/er; echo evil > src/main.py; echo evil > conf; echo x > deep/er/f; ln -s /tmp there";
    let key = prepare(
        &runner,
        &layers,
        shell(script),
        false,
        &source(&[("a", "a\n")]),
    )
    .unwrap();
    let other = super::source_of(&[
        ("src/main.py", EntryKind::File, b"good\n"),
        ("conf", EntryKind::Symlink, b"src/main.py"),
        ("deep", EntryKind::File, b"a file\n"),
        ("there/f", EntryKind::File, b"a directory\n"),
    ]);
    let look = shell("cat src/main.py conf deep there/f; git diff --exit-code");
    let ran = run(&runner, &on(&layers, &key, look), &other).unwrap();
    assert_eq!(said(&ran), "good\ngood\na file\na directory\n");
    assert_eq!((ran.exit, ran.edits), (Some(0), vec![]));
}

#[test]
fn what_fails_or_is_too_large_leaves_nothing() {
    let Some(runner) = working(settings(Tier::Bubblewrap)) else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let layers = layers(place.path());
    let source = source(&[]);
    let tried = |script: &str| prepare(&runner, &layers, shell(script), false, &source);
    assert_eq!(tried("echo x > ~/x; exit 1"), None);
    assert_eq!(
        tried("head -c 600000 /dev/zero > ~/x"),
        None,
        "over layer_bytes"
    );
    assert_eq!(tried("echo x > ~/x; kill -9 $$"), None);
    let files = || {
        std::fs::read_dir(place.path().join("prepared"))
            .unwrap()
            .count()
    };
    assert_eq!(files(), 0, "nothing half made either");
    assert!(tried("echo x > ~/x").is_some());
    assert_eq!(files(), 1);
}
