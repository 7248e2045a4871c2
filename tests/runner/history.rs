//! The copy as a git repository: what git says of it, and what it does not do.

use sentinel::ids::Digest;
use sentinel::proposal::{Edit, EditContent};
use sentinel::runner::{Ran, Runner, Stop, Tier};
use sentinel::tree::EntryKind;

use super::{run, settings, shell, source, source_of, text, working};

fn runners() -> Vec<Runner> {
    let working = |tier| working(settings(tier));
    Tier::ALL.into_iter().filter_map(working).collect()
}

fn said(ran: &Ran) -> String {
    assert_eq!(text(&ran.stderr.text()), "", "{ran:?}");
    text(&ran.stdout.text())
}

#[test]
fn git_knows_every_file_of_the_copy() {
    let source = source_of(&[
        ("a.txt", EntryKind::File, b"one\n"),
        ("bin/tool", EntryKind::Executable, b"#!/bin/sh\n"),
        ("bin.txt", EntryKind::File, b"beside a directory\n"),
        ("empty", EntryKind::File, b""),
        ("link", EntryKind::Symlink, b"a.txt"),
        ("same.txt", EntryKind::File, b"one\n"),
        ("sub/deep/\u{e4}.txt", EntryKind::File, b"two\n"),
    ]);
    let tree = source.tree.id().unwrap();
    let script = "git -c core.quotePath=false ls-files && git status --porcelain && \
                  git diff --exit-code && git fsck --full --strict --no-progress && \
                  git log --all --format='%T %an %aI' && git stash list && git remote";
    for runner in runners() {
        let ran = run(&runner, &shell(script), &source).unwrap();
        let expected = format!(
            "a.txt\nbin.txt\nbin/tool\nempty\nlink\nsame.txt\nsub/deep/\u{e4}.txt\n\
             {tree} sentinel 2020-01-01T00:00:00Z\n"
        );
        assert_eq!(said(&ran).replace("+00:00", "Z"), expected);
        assert_eq!((ran.exit, ran.edits), (Some(0), vec![]));
    }
}

/// What a patch makes of the tree is what git compares with: CI would see it
/// committed.
#[test]
fn git_diff_shows_what_a_generator_changes_in_the_patched_tree() {
    let source = source(&[("in.txt", "1\n"), ("out.txt", "made of 1\n")]);
    let generate = "echo \"made of $(cat in.txt)\" > out.txt && git diff --exit-code";
    let edit = |path: &str, old: &str, new: &str| Edit {
        path: path.into(),
        base: Some(Digest::of(old.as_bytes()).hex()),
        content: EditContent::Write(new.into()),
    };
    for runner in runners() {
        let with = |edits: &[Edit]| {
            let order = shell(generate);
            runner
                .run(&order, &source, edits, &Stop::default())
                .unwrap()
        };
        assert_eq!(with(&[]).exit, Some(0));
        let input = edit("in.txt", "1\n", "2\n");
        let stale = with(std::slice::from_ref(&input));
        assert_eq!(stale.exit, Some(1));
        let printed = text(&stale.stdout.text());
        assert!(
            printed.contains("diff --git a/out.txt b/out.txt"),
            "{printed}"
        );
        assert!(printed.contains("-made of 1\n+made of 2\n"), "{printed}");
        assert_eq!(stale.edits.len(), 1, "{:?}", stale.edits);
        assert_eq!(stale.edits[0].path, "out.txt");
        let mended = with(&[input, edit("out.txt", "made of 1\n", "made of 2\n")]);
        assert_eq!((mended.exit, mended.edits), (Some(0), vec![]));
    }
}

/// Everything that git would execute, in a tree that hopes it will.
#[test]
fn nothing_of_the_tree_makes_git_execute() {
    let trap: &[u8] = b"#!/bin/sh\ntouch /tmp/trapped\n";
    let config: &[u8] = b"[core]\n\tfsmonitor = /tmp/trap\n\thooksPath = hooks\n\tpager = touch /tmp/trapped\n\
                          [filter \"x\"]\n\tclean = touch /tmp/trapped\n\tsmudge = touch /tmp/trapped\n\
                          [diff \"x\"]\n\ttextconv = touch /tmp/trapped\n";
    let source = source_of(&[
        (".git/config", EntryKind::File, config),
        (".git/hooks/post-index-change", EntryKind::Executable, trap),
        (".GIT/hooks/pre-commit", EntryKind::Executable, trap),
        ("sub/.git/config", EntryKind::File, config),
        (".gitconfig", EntryKind::File, config),
        ("hooks/pre-commit", EntryKind::Executable, trap),
        ("hooks/post-index-change", EntryKind::Executable, trap),
        (".gitattributes", EntryKind::File, b"* filter=x diff=x\n"),
        (".gitmodules", EntryKind::File, b"[submodule \"s\"]\n\tpath = s\n\turl = ext::sh -c touch% /tmp/trapped\n\tupdate = !touch /tmp/trapped\n"),
        ("a.txt", EntryKind::File, b"one\n"),
    ]);
    let script = "cp hooks/pre-commit /tmp/trap; echo two >> a.txt; git add -A; \
                  git diff --cached --stat >/dev/null; git -c commit.gpgSign=false commit -qm x; \
                  git checkout -q HEAD~1 2>/dev/null; git status >/dev/null; (cd sub 2>/dev/null && git status >/dev/null); \
                  git submodule update --init 2>/dev/null; \
                  git config --list --show-origin | grep -c fsmonitor; test ! -e /tmp/trapped && echo safe";
    for runner in runners() {
        let ran = run(&runner, &shell(script), &source).unwrap();
        assert_eq!(
            text(&ran.stdout.text()),
            "0\nsafe\n",
            "{}",
            text(&ran.stderr.text())
        );
        let told = ran.edits.iter().find(|edit| edit.path.contains(".git/"));
        assert_eq!(told, None, "what git keeps is nobody's change");
    }
}

#[test]
fn a_tree_too_large_for_it_has_no_history() {
    let scratch = settings(Tier::Bubblewrap).limits.scratch_bytes;
    let large = "x".repeat(usize::try_from(scratch / 4).unwrap());
    for runner in runners() {
        let fits = source(&[("large.txt", &large)]);
        let status = shell("git status --porcelain");
        assert_eq!(run(&runner, &status, &fits).unwrap().exit, Some(0));
        let over = source(&[("large.txt", &large), ("more.txt", "x")]);
        let ran = run(&runner, &status, &over).unwrap();
        assert_eq!(ran.exit, Some(128), "no repository");
    }
}

/// What it costs, beside the same run without it: `stories-* history
/// --nocapture` prints both. Git itself reads no file again.
#[test]
fn it_costs_a_fraction_of_the_run_also_for_many_files() {
    const FILES: usize = 3_000;
    let content = |number: usize| format!("{number}\n{}", "a line of it\n".repeat(800));
    let paths: Vec<(String, String)> = (0..FILES)
        .map(|number| (format!("src/{}/{number}.txt", number % 50), content(number)))
        .collect();
    let files: Vec<(&str, &str)> = paths
        .iter()
        .map(|(path, text)| (&**path, &**text))
        .collect();
    let source = source(&files);
    let took = |scratch_bytes: u64, script: &str| {
        let mut roomy = settings(Tier::Bubblewrap);
        roomy.limits.scratch_bytes = scratch_bytes;
        roomy.limits.memory_bytes = 1024 * 1024 * 1024;
        let runner = working(roomy)?;
        let started = std::time::Instant::now();
        let ran = run(&runner, &shell(script), &source).unwrap();
        Some((started.elapsed(), ran.duration, ran.exit))
    };
    // Over a quarter of the scratch space there is none.
    let Some((without, _, none)) = took(100_000_000, "git rev-parse 2>/dev/null || exit 7") else {
        return;
    };
    let (with, _, _) = took(1_000_000_000, "true").unwrap();
    let (_, diff, clean) = took(1_000_000_000, "git diff --exit-code").unwrap();
    println!("{FILES} files: {without:?} without, {with:?} with; git diff took {diff:?}");
    assert_eq!((none, clean), (Some(7), Some(0)));
    assert!(
        with < without * 4 + std::time::Duration::from_secs(2),
        "{with:?} {without:?}"
    );
}
