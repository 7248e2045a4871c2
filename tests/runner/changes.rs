//! What a command sees of the tree, and what becomes of what it changes.

use std::time::Duration;

use sentinel::ids::Digest;
use sentinel::proposal::{Edit, EditContent};
use sentinel::runner::{Order, RunError, Runner, Settings, Stop, Tier, Why};
use sentinel::tree::EntryKind;

use super::{limits, order, run, settings, shell, source, source_of, text, working};

/// Every tier that works here.
fn runners() -> Vec<Runner> {
    let working = |tier| working(settings(tier));
    Tier::ALL.into_iter().filter_map(working).collect()
}

fn written(edit: &Edit) -> (&str, String) {
    match &edit.content {
        EditContent::Write(bytes) => (&edit.path, text(bytes)),
        EditContent::Delete => (&edit.path, "deleted".to_owned()),
    }
}

#[test]
fn a_command_sees_the_tree_with_the_edits_in_it() {
    let source = source_of(&[
        ("a.txt", EntryKind::File, b"old\n"),
        ("gone.txt", EntryKind::File, b"gone\n"),
        (
            "bin/tool",
            EntryKind::Executable,
            b"#!/bin/sh\ncat a.txt link new/b.txt\n",
        ),
        ("link", EntryKind::Symlink, b"a.txt"),
    ]);
    let edits = [
        Edit {
            path: "a.txt".into(),
            base: Some(Digest::of(b"old\n").hex()),
            content: EditContent::Write(b"edited\n".to_vec()),
        },
        Edit {
            path: "new/b.txt".into(),
            base: None,
            content: EditContent::Write(b"new\n".to_vec()),
        },
        Edit {
            path: "gone.txt".into(),
            base: Some(Digest::of(b"gone\n").hex()),
            content: EditContent::Delete,
        },
    ];
    for runner in runners() {
        let order = shell("bin/tool && test ! -e gone.txt && exit 4");
        let ran = runner
            .run(&order, &source, &edits, &Stop::default())
            .unwrap();
        assert_eq!(ran.exit, Some(4), "{}", text(&ran.stderr.text()));
        assert_eq!(text(&ran.stdout.text()), "edited\nedited\nnew\n");
        assert_eq!(ran.edits, [], "what it was given is no change of its own");
    }
}

#[test]
fn what_it_writes_becomes_edits_of_the_workspace() {
    let source = source(&[
        ("a.txt", "one\n"),
        ("b.txt", "two\n"),
        ("same.txt", "same\n"),
        (".gitignore", "*.log\nbuild/\n!kept.log\n"),
    ]);
    let script = "echo changed > a.txt; rm b.txt; echo same > same.txt; mkdir -p new build target; \
                  echo n > new/c.txt; echo x > x.log; echo y > kept.log; echo z > build/z; \
                  echo t > target/t; printf 'a\\0b' > bin.dat; echo e >&2";
    for runner in runners() {
        let ran = run(&runner, &shell(script), &source).unwrap();
        let mut edits: Vec<_> = ran.edits.iter().map(written).collect();
        edits.sort();
        let expected = [
            ("a.txt", "changed\n"),
            ("b.txt", "deleted"),
            ("kept.log", "y\n"),
            ("new/c.txt", "n\n"),
        ];
        let expected = expected.map(|(path, text)| (path, text.to_owned()));
        assert_eq!(edits, expected);
        let of = |path: &str| ran.edits.iter().find(|edit| edit.path == path).unwrap();
        assert_eq!(of("a.txt").base, Some(Digest::of(b"one\n").hex()));
        assert_eq!(of("new/c.txt").base, None);
        assert_eq!(ran.notes.len(), 1, "{:?}", ran.notes);
        assert!(ran.notes[0].contains("bin.dat"), "{:?}", ran.notes);
        assert_eq!(text(&ran.stderr.text()), "e\n");
    }
}

/// An edit's base is of the workspace, also where the run began with another
/// edit of the same file.
#[test]
fn a_tool_that_goes_on_from_an_edit_tells_the_whole_change() {
    let source = source(&[("a.txt", "one\n"), ("b.txt", "two\n")]);
    let edit = |path: &str, old: &str| Edit {
        path: path.into(),
        base: Some(Digest::of(old.as_bytes()).hex()),
        content: EditContent::Write(b"agent\n".to_vec()),
    };
    let edits = [edit("a.txt", "one\n"), edit("b.txt", "two\n")];
    for runner in runners() {
        let order = shell("echo tool >> a.txt; echo two > b.txt");
        let ran = runner
            .run(&order, &source, &edits, &Stop::default())
            .unwrap();
        assert_eq!(ran.edits.len(), 1, "{:?}", ran.edits);
        assert_eq!(
            written(&ran.edits[0]),
            ("a.txt", "agent\ntool\n".to_owned())
        );
        assert_eq!(ran.edits[0].base, Some(Digest::of(b"one\n").hex()));
        assert!(
            ran.notes[0].contains("again what the workspace has"),
            "{:?}",
            ran.notes
        );
    }
}

#[test]
fn edits_that_do_not_fit_are_refused_before_anything_runs() {
    let source = source_of(&[
        ("a.txt", EntryKind::File, b"one\n"),
        ("link", EntryKind::Symlink, b"/etc/passwd"),
        ("dir/x", EntryKind::File, b"x\n"),
    ]);
    let runner = super::runner(settings(Tier::Landlock));
    let write = |path: &str, base: Option<&[u8]>| Edit {
        path: path.into(),
        base: base.map(|bytes| Digest::of(bytes).hex()),
        content: EditContent::Write(b"z\n".to_vec()),
    };
    let refused = [
        write("../out.txt", None),
        write("/etc/x", None),
        write(".git/hooks/post-checkout", None),
        write("a.txt", None),
        write("a.txt", Some(b"another\n")),
        write("none.txt", Some(b"one\n")),
        write("link", Some(b"/etc/passwd")),
        write("link/x", None),
        write("a.txt/x", None),
        write("dir", None),
    ];
    for edit in refused {
        let edits = [edit];
        let tier = Tier::Landlock;
        let ran = runner.run_in(tier, &shell("true"), &source, &edits, &Stop::default());
        assert!(matches!(ran, Err(RunError::Edit(_))), "{edits:?}: {ran:?}");
    }
    let twice = [write("n.txt", None), write("n.txt", None)];
    let ran = runner.run_in(
        Tier::Landlock,
        &shell("true"),
        &source,
        &twice,
        &Stop::default(),
    );
    assert!(matches!(ran, Err(RunError::Edit(_))), "{ran:?}");
}

#[test]
fn directory_and_environment_are_the_commands_own() {
    let source = source(&[("sub/dir/f.txt", "f\n")]);
    for runner in runners() {
        let order = Order {
            directory: "sub/dir".into(),
            env: [("GREETING".to_owned(), "hello \u{e4}".to_owned())].into(),
            ..shell("cat f.txt; echo $GREETING; echo $CI; cat")
        };
        let ran = run(&runner, &order, &source).unwrap();
        assert_eq!(
            text(&ran.stdout.text()),
            "f\nhello \u{e4}\ntrue\n",
            "no input either"
        );
        let missing = Order {
            directory: "not/there".into(),
            ..order.clone()
        };
        let error = run(&runner, &missing, &source).unwrap_err();
        assert!(matches!(error, RunError::Unstartable(_)), "{error}");
        let error = run(&runner, &super::order(&["no-such-tool"]), &source).unwrap_err();
        assert!(error.to_string().contains("no-such-tool"), "{error}");
    }
}

/// Where the copy lies is nobody's business, and differs from run to run.
#[test]
fn what_is_printed_names_files_as_it_is_told_to() {
    let source = source(&[("f.txt", "f\n")]);
    for runner in runners() {
        for shown_as in ["", "/home/runner/work/widget/widget/"] {
            let order = Order {
                shown_as: shown_as.into(),
                ..shell("echo \"$PWD/f.txt:1 $PWD/f.txt\"; echo \"x$PWD/f.txt\" >&2")
            };
            let ran = run(&runner, &order, &source).unwrap();
            let expected = format!("{shown_as}f.txt:1 {shown_as}f.txt\n");
            assert_eq!(text(&ran.stdout.text()), expected);
            // In the middle of a word it is none.
            let stderr = text(&ran.stderr.text());
            assert!(stderr.starts_with("x/"), "{stderr}");
        }
    }
}

/// The beginning and the end of a long output, and how it ended.
#[test]
fn output_is_kept_from_both_ends() {
    for runner in runners() {
        let script = "echo begin; yes | head -c 300000; echo end; kill -9 $$";
        let ran = run(&runner, &shell(script), &source(&[])).unwrap();
        let told = text(&ran.stdout.text());
        assert!(told.starts_with("begin\ny\n"), "{}", &told[..20]);
        assert!(told.ends_with("y\nend\n"), "{}", &told[told.len() - 20..]);
        assert!(told.contains("bytes left out]"));
        assert!(told.len() < 70_000, "{}", told.len());
        assert_eq!(ran.stdout.printed, 300_010);
        assert_eq!((ran.exit, ran.signal, ran.killed), (None, Some(9), None));
    }
}

/// What a limit ended has repaired nothing.
#[test]
fn a_command_that_is_ended_has_no_edits() {
    for tier in Tier::ALL {
        let mut short = settings(tier);
        short.limits.wall_seconds = 1;
        let Some(runner) = working(short) else {
            continue;
        };
        let ran = run(&runner, &shell("echo x > a.txt; sleep 60"), &source(&[])).unwrap();
        assert_eq!((ran.killed, ran.exit), (Some(Why::Time), None));
        assert_eq!(ran.edits, []);
        assert!(ran.duration < Duration::from_secs(5), "{:?}", ran.duration);
    }
}

/// Nobody waits any more: everything ends at once.
#[test]
fn a_run_can_be_stopped() {
    for runner in runners() {
        let stop = Stop::default();
        let other = stop.clone();
        let stopper = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(500));
            other.now();
        });
        let started = std::time::Instant::now();
        let script = "setsid sleep 4242 & sleep 4242";
        let ran = runner
            .run(&shell(script), &source(&[]), &[], &stop)
            .unwrap();
        stopper.join().unwrap();
        assert_eq!(ran.killed, Some(Why::Cancelled));
        assert!(
            started.elapsed() < Duration::from_secs(8),
            "{:?}",
            started.elapsed()
        );
        let left = std::process::Command::new("pgrep")
            .args(["-f", "sleep 4242"])
            .output();
        if let Ok(left) = left {
            assert_eq!(text(&left.stdout), "", "{:?}", runner.probe().tier);
        }
    }
}

#[test]
fn a_tree_larger_than_the_copy_is_not_laid_down() {
    let large = vec![b'x'; limits().scratch_bytes as usize + 1];
    let source = source_of(&[("large", EntryKind::File, &large)]);
    for runner in runners() {
        let error = run(&runner, &shell("true"), &source).unwrap_err();
        assert!(matches!(error, RunError::TooLarge { .. }), "{error}");
    }
}

/// Paths that git refuses are not laid down; what a forge lists may have them.
#[test]
fn names_that_git_refuses_are_left_out() {
    let source = source_of(&[
        (".git/config", EntryKind::File, b"[core]\n"),
        ("../../escaped", EntryKind::File, b"x\n"),
        ("a/./b", EntryKind::File, b"x\n"),
        ("fine", EntryKind::File, b"x\n"),
    ]);
    for runner in runners() {
        let ran = run(&runner, &order(&["ls", "-A"]), &source).unwrap();
        assert_eq!(text(&ran.stdout.text()), ".git\nfine\n");
        let ran = run(&runner, &order(&["git", "ls-files"]), &source).unwrap();
        assert_eq!(text(&ran.stdout.text()), "fine\n", "and that .git is ours");
    }
}

/// A run as root becomes somebody else; one as somebody stays it.
#[test]
fn a_command_never_is_root() {
    for runner in runners() {
        let ran = run(&runner, &order(&["id", "-u"]), &source(&[])).unwrap();
        assert_ne!(text(&ran.stdout.text()), "0\n");
    }
    let root = Settings {
        user: 0,
        ..Settings::default()
    };
    assert!(root.validate().is_err());
}
