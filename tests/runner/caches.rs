//! Build caches between the runs of one repair: filled by the failed command on
//! the tree as it failed, found by every later run, changed by none.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use sentinel::command::Listed;
use sentinel::ids::{Digest, Repository};
use sentinel::pipeline::{Bench, Commands, Scene};
use sentinel::proposal::{Edit, EditContent};
use sentinel::runner::{Around, Caches, Keeping, Ran, Runner, Settings, Source, Stop, Tier};
use sentinel::sandbox::Workspace;

use super::{run, runner, settings, shell, source, text, working};

/// What a compiler does, in short: it looks what is in its cache and puts
/// something there. Go's is in the home.
const LOOK: &str = "cache=~/.cache/go-build; mkdir -p $cache; cat $cache/made 2>/dev/null\n\
                    cat word >> $cache/made; exit 3\n";

fn edit(path: &str, from: &str, to: &str) -> Edit {
    Edit {
        path: path.to_owned(),
        base: Some(Digest::of(from.as_bytes()).hex()),
        content: EditContent::Write(to.as_bytes().to_vec()),
    }
}

fn widget() -> Repository {
    "github:acme/widget".parse().unwrap()
}

/// A host whose operator lists these scripts; the first is the failed one.
fn commands(runner: Runner, settings: &Settings, scripts: &[&str]) -> Commands {
    let listed = scripts.iter().map(|script| Listed {
        name: "look".into(),
        run: ["sh", script].map(str::to_owned).to_vec(),
        directory: String::new(),
        env: BTreeMap::new(),
    });
    let listed = BTreeMap::from([(widget(), listed.collect())]);
    Commands::new(Arc::new(runner), settings, listed)
}

async fn bench(commands: &Commands, source: Source) -> Bench {
    let scene = Scene {
        workspace: Some(Workspace {
            tree: source.tree,
            files: source.files,
        }),
        ..Scene::default()
    };
    commands.whole(Some(&widget()), &scene).await.unwrap()
}

/// What the failed command finds in its cache, with these edits.
async fn finds(commands: &Commands, bench: &Bench, edits: &[Edit]) -> String {
    let command = bench.blamed().unwrap();
    let ran = commands.execute(bench, command, edits).await.unwrap();
    assert_eq!(ran.exit, Some(3), "{ran:?}");
    text(&ran.stdout.text())
}

fn looking() -> Source {
    source(&[("look.sh", LOOK), ("word", "tree\n"), ("a.h", "\n")])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_first_run_left_every_later_one_finds_and_none_changes() {
    let settings = settings(Tier::Bubblewrap);
    let Some(working) = working(settings.clone()) else {
        return;
    };
    let commands = commands(working, &settings, &["look.sh"]);
    let first = bench(&commands, looking()).await;
    assert_eq!(finds(&commands, &first, &[]).await, "");
    assert_eq!(finds(&commands, &first, &[]).await, "tree\n");
    // A patch puts something there, and nobody ever finds it.
    let evil = [edit("word", "tree\n", "evil\n")];
    assert_eq!(finds(&commands, &first, &evil).await, "tree\n");
    assert_eq!(finds(&commands, &first, &evil).await, "tree\n");
    assert_eq!(finds(&commands, &first, &[]).await, "tree\n");
    // Another repair of the same tree begins with nothing.
    let second = bench(&commands, looking()).await;
    assert_eq!(finds(&commands, &second, &[]).await, "");
    // A header goes into builds by ways that are in no cache's key.
    let header = [edit("a.h", "\n", "#define A 1\n")];
    assert_eq!(finds(&commands, &second, &header).await, "");
    assert_eq!(finds(&commands, &second, &[]).await, "tree\n");
}

/// A run with a patch fills nothing, nor one of another command.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_failed_command_on_the_tree_as_it_failed_fills_it() {
    let settings = settings(Tier::Bubblewrap);
    let Some(working) = working(settings.clone()) else {
        return;
    };
    let commands = commands(working, &settings, &["look.sh", "./look.sh"]);
    let bench = bench(&commands, looking()).await;
    let evil = [edit("word", "tree\n", "evil\n")];
    assert_eq!(finds(&commands, &bench, &evil).await, "");
    let shown = bench.shown();
    let other = shown
        .iter()
        .find(|one| one.argv[1] == "./look.sh")
        .expect("it is listed");
    let other = sentinel::command::Command {
        id: other.id.clone(),
        argv: other.argv.clone(),
        directory: String::new(),
        env: BTreeMap::new(),
        origin: String::new(),
    };
    let ran = commands.execute(&bench, &other, &[]).await.unwrap();
    assert_eq!(text(&ran.stdout.text()), "");
    assert_eq!(finds(&commands, &bench, &[]).await, "", "still nothing");
    assert_eq!(finds(&commands, &bench, &[]).await, "tree\n");
}

/// What was built from other sources than the tree's, or not to its end, is no
/// cache of the tree's.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_changes_the_tree_or_is_ended_leaves_nothing() {
    let settings = settings(Tier::Bubblewrap);
    let Some(working) = working(settings.clone()) else {
        return;
    };
    let commands = commands(working, &settings, &["look.sh"]);
    let changing = format!("echo more >> word\n{LOOK}");
    let files = source(&[("look.sh", changing.as_str()), ("word", "tree\n")]);
    let bench = bench(&commands, files).await;
    for _ in 0..2 {
        assert_eq!(finds(&commands, &bench, &[]).await, "");
    }
    let place = tempfile::tempdir().unwrap();
    let mut short = settings.clone();
    short.limits.wall_seconds = 1;
    let runner = runner(short);
    let ran = keeping(
        &runner,
        place.path(),
        1024,
        "mkdir -p ~/.cache/go-build; sleep 60",
    );
    assert!(ran.killed.is_some() && ran.caches.is_none(), "{ran:?}");
}

fn keeping(runner: &Runner, place: &Path, bytes: u64, script: &str) -> Ran {
    let caches = Caches::Keep {
        into: Keeping {
            path: place.join("caches"),
            bytes,
        },
        by_time: true,
    };
    with(runner, caches, script, &looking(), &[])
}

fn with(runner: &Runner, caches: Caches, script: &str, source: &Source, edits: &[Edit]) -> Ran {
    let order = sentinel::runner::Order {
        around: Around {
            caches: Some(caches),
            ..Around::default()
        },
        ..shell(script)
    };
    runner.run(&order, source, edits, &Stop::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_over_its_limit_is_not_kept_and_the_report_says_so() {
    let mut settings = settings(Tier::Bubblewrap);
    settings.limits.cache_bytes = 4;
    let Some(working) = working(settings.clone()) else {
        return;
    };
    let commands = commands(working, &settings, &["look.sh"]);
    let bench = bench(&commands, looking()).await;
    let command = bench.blamed().unwrap();
    for _ in 0..2 {
        let ran = commands.execute(&bench, command, &[]).await.unwrap();
        assert_eq!(
            (ran.exit, text(&ran.stdout.text())),
            (Some(3), String::new())
        );
        let note = ran.notes.join("\n");
        let told = "it left more than 4 bytes (runner.limits.cache_bytes)";
        assert!(note.contains(told), "{note}");
    }
    // Whatever is asked for, it has to fit into the copy beside the rest.
    settings.limits.cache_bytes = u64::MAX;
    let quarter = settings.limits.scratch_bytes / 4;
    assert_eq!(settings.limits.kept_caches(), quarter);
    settings.limits.cache_bytes = 0;
    assert!(settings.validate().unwrap_err().contains("cache_bytes"));
}

/// A way there that is a link, and what is no cache of a build tool's.
#[test]
fn nothing_else_is_kept() {
    let Some(runner) = working(settings(Tier::Bubblewrap)) else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let lay = |by_time| Caches::Lay {
        path: place.path().join("caches"),
        by_time,
    };
    // Cargo's mark, and no manifest of the tree's beside it.
    let make = "mkdir -p ~/elsewhere/go-build target; echo evil > ~/elsewhere/go-build/made; \
                echo evil > target/made; echo mark > target/CACHEDIR.TAG; \
                ln -s ~/elsewhere ~/.cache";
    let ran = keeping(&runner, place.path(), 1024, make);
    assert_eq!(ran.caches, Some(0), "{ran:?}");
    let look = "ls -d ~/.cache ~/elsewhere target";
    let found = with(&runner, lay(true), look, &looking(), &[]);
    assert_eq!(text(&found.stdout.text()), "", "{found:?}");
}

const MAIN: &str = "fn main() {\n    println!(\"{} {}\", one::ONE, 1);\n}\n";

fn workspace() -> Source {
    let package = |name: &str, more: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n{more}")
    };
    let depends = "[dependencies]\none = { path = \"one\" }\n[workspace]\n";
    source(&[
        ("Cargo.toml", &package("main", depends)),
        ("src/main.rs", MAIN),
        ("one/Cargo.toml", &package("one", "")),
        ("one/src/lib.rs", "pub const ONE: u8 = 1;\n"),
        (".gitignore", "target\nCargo.lock\n"),
    ])
}

/// Cargo knows what is stale by times: what an edit made is newer than all that
/// was built, so an edit is never run without having been compiled.
#[test]
fn cargos_is_laid_for_trials_and_sees_every_edit() {
    let mut roomy = settings(Tier::Bubblewrap);
    roomy.limits.memory_bytes = 4 * 1024 * 1024 * 1024;
    roomy.limits.wall_seconds = 120;
    roomy.limits.scratch_bytes = 512 * 1024 * 1024;
    let Some(runner) = working(roomy) else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let caches = Caches::Keep {
        into: Keeping {
            path: place.path().join("caches"),
            bytes: 128 * 1024 * 1024,
        },
        by_time: true,
    };
    let build = "cargo run 2>&1";
    let first = with(&runner, caches, build, &workspace(), &[]);
    let said = text(&first.stdout.text());
    assert!(
        said.contains("Compiling one") && said.ends_with("1 1\n"),
        "{said}"
    );
    assert!(first.caches.is_some_and(|bytes| bytes > 0), "{first:?}");
    let second = |by_time: bool, edits: &[Edit]| {
        let lay = Caches::Lay {
            path: place.path().join("caches"),
            by_time,
        };
        let ran = with(&runner, lay, build, &workspace(), edits);
        assert_eq!(ran.edits, [], "what was laid is no change");
        text(&ran.stdout.text())
    };
    let same = second(true, &[]);
    assert!(
        !same.contains("Compiling") && same.ends_with("1 1\n"),
        "{same}"
    );
    let edited = second(
        true,
        &[edit("src/main.rs", MAIN, &MAIN.replace(", 1)", ", 2)"))],
    );
    assert!(!edited.contains("Compiling one"), "{edited}");
    assert!(
        edited.contains("Compiling main") && edited.ends_with("1 2\n"),
        "{edited}"
    );
    let below = edit(
        "one/src/lib.rs",
        "pub const ONE: u8 = 1;\n",
        "pub const ONE: u8 = 3;\n",
    );
    let below = second(true, &[below]);
    assert!(below.ends_with("3 1\n"), "{below}");
    // Nothing is decided on it.
    let decides = second(false, &[]);
    assert!(decides.contains("Compiling one"), "{decides}");
}

/// Go remembers which tests passed by the files that they themselves opened;
/// what they call may open others. Compiled packages are found, results not.
#[test]
fn gos_results_of_tests_are_not_remembered() {
    if !super::tools::is_here("go") {
        return;
    }
    let mut roomy = settings(Tier::Bubblewrap);
    roomy.limits.memory_bytes = 4 * 1024 * 1024 * 1024;
    roomy.limits.wall_seconds = 240;
    roomy.limits.cpu_seconds = 400;
    roomy.limits.scratch_bytes = 1024 * 1024 * 1024;
    roomy.limits.processes = 256;
    let Some(runner) = working(roomy) else {
        return;
    };
    let source = source(&[
        ("go.mod", "module example.com/one\n\ngo 1.16\n"),
        (
            "one_test.go",
            "package one\n\nimport (\n\t\"os/exec\"\n\t\"testing\"\n)\n\n\
             func TestOne(t *testing.T) {\n\tif err := exec.Command(\"./check.sh\").Run(); err != nil {\n\
             \t\tt.Fatal(err)\n\t}\n}\n",
        ),
        ("word", "good\n"),
    ]);
    let place = tempfile::tempdir().unwrap();
    let caches = Caches::Keep {
        into: Keeping {
            path: place.path().join("caches"),
            bytes: 256 * 1024 * 1024,
        },
        by_time: true,
    };
    let test = "printf '#!/bin/sh\\ngrep good word\\n' > /tmp/check.sh; chmod 755 /tmp/check.sh; \
                ln -s /tmp/check.sh check.sh; GO111MODULE=on go test ./... 2>&1; code=$?; \
                rm check.sh; exit $code";
    let first = with(&runner, caches, test, &source, &[]);
    assert_eq!(first.exit, Some(0), "{}", text(&first.stdout.text()));
    let again = |edits: &[Edit]| {
        let lay = Caches::Lay {
            path: place.path().join("caches"),
            by_time: false,
        };
        with(&runner, lay, test, &source, edits)
    };
    let same = again(&[]);
    let said = text(&same.stdout.text());
    assert!(same.exit == Some(0) && !said.contains("(cached)"), "{said}");
    let half = first.duration / 2;
    assert!(
        same.duration < half,
        "{:?} {:?}",
        first.duration,
        same.duration
    );
    let broken = again(&[edit("word", "good\n", "bad\n")]);
    assert_eq!(broken.exit, Some(1), "{}", text(&broken.stdout.text()));
}

#[test]
fn the_landlock_tier_keeps_none() {
    let Some(runner) = working(settings(Tier::Landlock)) else {
        return;
    };
    let order = sentinel::runner::Order {
        around: Around {
            caches: Some(Caches::Lay {
                path: "/nonexistent".into(),
                by_time: false,
            }),
            ..Around::default()
        },
        ..shell("true")
    };
    let error = run(&runner, &order, &source(&[])).unwrap_err();
    assert!(error.to_string().contains("landlock tier"), "{error}");
}
