//! What holds for any log and any tree.

use patchbot::repair;
use patchbot::workspace::InMemory;
use proptest::collection::vec;
use proptest::prelude::*;
use sentinel_sdk::{Action, EditContent, Output, Provider, RepairTask};
use sha2::{Digest, Sha256};
use similar::{ChangeTag, TextDiff};

fn task() -> RepairTask {
    RepairTask {
        failures: Vec::new(),
        provider: Provider::Auto,
        log: "log.txt".into(),
        commit: String::new(),
        command: None,
    }
}

fn answer(log: &[u8], files: &[(String, Vec<u8>)]) -> Output {
    let files = files
        .iter()
        .map(|(path, bytes)| (path.clone(), Some(bytes.clone())));
    repair(&task(), log, &InMemory::new(files)).unwrap()
}

/// The new content of each file, after a look at what each edit replaces.
fn edits(output: &Output, files: &[(String, Vec<u8>)]) -> Vec<(String, Vec<u8>)> {
    let Output::Proposals(proposals) = output else {
        return Vec::new();
    };
    let mut edits = Vec::new();
    for action in proposals.iter().flat_map(|proposal| &proposal.actions) {
        let Action::Change(change) = action else {
            panic!("{action:?}")
        };
        for edit in &change.edits {
            let (_, before) = files.iter().find(|(path, _)| *path == edit.path).unwrap();
            let digest: String = Sha256::digest(before)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            assert_eq!(edit.base.as_ref(), Some(&digest));
            let EditContent::Write(after) = &edit.content else {
                panic!("{edit:?}")
            };
            assert_ne!(after, before);
            edits.push((edit.path.clone(), after.clone()));
        }
    }
    edits
}

/// Pieces that logs with diffs are made of, so that random logs get far.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let fixed = |text: &'static str| Just(text.as_bytes().to_vec());
    prop_oneof![
        fixed("##[group]Run black --check --diff ."),
        fixed("##[group]Run cargo fmt --check"),
        fixed("##[group]Run pre-commit run -a --show-diff-on-failure"),
        fixed("##[group]Run flake8"),
        fixed("##[group]Run ruff check ."),
        fixed("##[group]Run cargo clippy"),
        fixed("##[group]Run eslint --max-warnings 0 ."),
        fixed("##[group]Run tsc"),
        fixed("##[group]Run go build"),
        fixed("##[group]Run markdownlint ."),
        fixed("##[group]Run hadolint Dockerfile"),
        fixed("error[E0425]: cannot find value `x` in this scope"),
        fixed(" --> b.rs:1:1"),
        fixed(" --> a.py:1:1"),
        fixed("  |"),
        fixed("1 |     let x = 1;"),
        fixed("1 +     let x = 1;"),
        fixed("1 - x"),
        fixed("  |     ++++"),
        fixed("  |     ^^^^ help: remove this `mut`"),
        fixed("  |     ^ help: add `;` here"),
        fixed("help: consider importing this struct"),
        fixed("error: could not compile `x` (lib) due to 1 previous error"),
        fixed("error: `x` should be `y`"),
        fixed("  ╭▸ a.py:1:1"),
        fixed("a.py:1:2: E225 missing whitespace around operator"),
        fixed("a.py:1:1: E231 missing whitespace after ','"),
        fixed("a.py:1:1: E302 expected 2 blank lines, found 0"),
        fixed("a.py:2:1: E303 too many blank lines (3)"),
        fixed("a.py:1:80: E501 line too long (90 > 79 characters)"),
        fixed("a.py:1:1: F541 f-string is missing placeholders"),
        fixed("a.py:1:18446744073709551615: E201 x"),
        fixed("a.py:18446744073709551615:1: E305 expected 2 blank lines"),
        fixed("a.js"),
        fixed("  1:1  error  Missing semicolon  semi"),
        fixed("  1:3  error  Strings must use singlequote  quotes"),
        fixed("a.ts(1,1): error TS2551: Property 'x' does not exist. Did you mean 'y'?"),
        fixed("a.go:1:1: \"os\" imported and not used"),
        fixed("README.md:1 error MD022/blanks-around-headings x [Expected: 1; Actual: 0; Above]"),
        fixed("Dockerfile:1 DL3025 warning: x"),
        fixed("##[endgroup]"),
        fixed("##[error]Process completed with exit code 1."),
        fixed("--- a.py\t2026-01-02 03:04:05.678901+00:00"),
        fixed("+++ a.py\t2026-01-02 03:04:05.678901+00:00"),
        fixed("Diff in /w/b.rs:1:"),
        fixed("Diff in b.rs:18446744073709551615:"),
        fixed("Diff in c.lua:"),
        fixed("1   1    | x"),
        fixed("2        |-y"),
        fixed("diff --git a/a.py b/a.py"),
        fixed("index 1234567..89abcde 100644"),
        fixed("--- a/a.py"),
        fixed("+++ b/a.py"),
        fixed("All changes made by hooks:"),
        fixed("black....................................................................Failed"),
        fixed("- hook id: black"),
        fixed("- hook id: trailing-whitespace"),
        fixed("- files were modified by this hook"),
        fixed("Fixing a.py"),
        fixed("\\ No newline at end of file"),
        fixed("./a.py:1:2: W291 trailing whitespace"),
        fixed("a.py:4294967296:2: W292 no newline at end of file"),
        fixed("##[group]Run ruff check; codespell; eslint .; shellcheck a.sh"),
        fixed("F401 [*] x"),
        fixed(" --> a.py:1:1"),
        fixed("help: y"),
        fixed("Found 1 error."),
        fixed("/w/a.py"),
        fixed("In a.py line 1:"),
        fixed("^-- SC2086 (info): z"),
        fixed("Did you mean:"),
        "[ 1-3]{1,2} [-+|]( [xy ]{0,2})?".prop_map(String::into_bytes),
        "a.py:[0-3]: [xyé]{1,2} ==> [xy, ]{0,3}".prop_map(String::into_bytes),
        "  [0-3]:[0-3]  error  (Replace|Insert|Delete) `[xy·⏎`]{0,3}`( with `[xy·⏎`]{0,3}`)?  prettier/prettier"
            .prop_map(String::into_bytes),
        "@@ -[0-4](,[0-4])? \\+[0-4](,[0-4])? @@".prop_map(String::into_bytes),
        "@@ -[0-9]{1,25},[0-9]{1,25} \\+[0-9]{1,25} @@".prop_map(String::into_bytes),
        "[-+ ][xy ]{0,2}".prop_map(String::into_bytes),
        "[-+ ][xy ]{0,2}".prop_map(String::into_bytes),
        "[-+ ][xy ]{0,2}".prop_map(String::into_bytes),
        vec(any::<u8>(), 0..40),
    ]
}

fn any_log() -> impl Strategy<Value = Vec<u8>> {
    vec(piece(), 0..40).prop_map(|lines| lines.join(&b'\n'))
}

fn any_tree() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let content = prop_oneof![
        "([xy ]{0,2}\n){0,6}[xy ]{0,2}".prop_map(String::into_bytes),
        "([xy ]{0,2}\r\n){0,6}".prop_map(String::into_bytes),
        vec(any::<u8>(), 0..60),
    ];
    let path = prop_oneof![Just("a.py"), Just("b.rs"), Just("c.lua"), Just("d/a.py")];
    proptest::collection::btree_map(path.prop_map(str::to_owned), content, 0..4)
        .prop_map(|files| files.into_iter().collect())
}

/// A file, and the same file as a formatter would have it.
fn formatted() -> impl Strategy<Value = (String, String)> {
    let line = prop_oneof![
        3 => "[ab ]{0,3}",
        1 => "[-+@ ]{1,4}[ab]",
        1 => Just("}".to_owned()),
        1 => Just(String::new()),
    ];
    let lines = vec((line.clone(), 0..8u8, line), 1..40);
    (lines, any::<bool>(), any::<bool>()).prop_map(|(lines, old_end, new_end)| {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for (line, fate, other) in lines {
            match fate {
                0 => old.push(line),
                1 => new.push(line),
                2 => {
                    old.push(line);
                    new.push(other);
                }
                _ => {
                    old.push(line.clone());
                    new.push(line);
                }
            }
        }
        let end = |lines: Vec<String>, end| {
            let mut text = lines.join("\n");
            if end && !text.is_empty() {
                text.push('\n');
            }
            text
        };
        (end(old, old_end), end(new, new_end))
    })
}

fn black_log(old: &str, new: &str) -> String {
    const STAMP: &str = "2026-01-02 03:04:05.678901+00:00";
    let name = format!("src/a.py\t{STAMP}");
    let diff = TextDiff::from_lines(old, new);
    let diff = diff
        .unified_diff()
        .context_radius(3)
        .header(&name, &name)
        .to_string();
    format!(
        "##[group]Run black --check --diff .\n##[endgroup]\n{diff}would reformat src/a.py\n\
         ##[error]Process completed with exit code 1.\n"
    )
}

/// What rustfmt prints, made as rustfmt makes it: three lines of context, a
/// new hunk after three equal lines.
fn rustfmt_log(old: &str, new: &str) -> String {
    const CONTEXT: usize = 3;
    let mut log = String::from("##[group]Run cargo fmt --check\n##[endgroup]\n");
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split('\n').collect(), new.split('\n').collect());
    let diff = TextDiff::configure().diff_slices(&old, &new);
    let (mut number, mut since, mut before) = (1, CONTEXT + 1, Vec::new());
    for change in diff.iter_all_changes() {
        let line = change.value();
        if change.tag() == ChangeTag::Equal {
            if since < CONTEXT {
                log += &format!(" {line}\n");
            } else {
                before.push(line);
                before.drain(..before.len().saturating_sub(CONTEXT));
            }
            since += 1;
            number += 1;
            continue;
        }
        if since >= CONTEXT {
            log += &format!("Diff in /w/src/a.rs:{}:\n", number - before.len());
        }
        for line in before.drain(..) {
            log += &format!(" {line}\n");
        }
        let removed = change.tag() == ChangeTag::Delete;
        log += &format!("{}{line}\n", if removed { '-' } else { '+' });
        number += usize::from(removed);
        since = 0;
    }
    log + "##[error]Process completed with exit code 1.\n"
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_log_makes_it_panic_or_edit_other_bytes(log in any_log(), files in any_tree()) {
        edits(&answer(&log, &files), &files);
    }

    #[test]
    fn a_unified_diff_gives_what_it_was_made_from((old, new) in formatted()) {
        prop_assume!(old != new);
        let files = [("src/a.py".to_owned(), old.clone().into_bytes())];
        let output = answer(black_log(&old, &new).as_bytes(), &files);
        for (_, after) in edits(&output, &files) {
            prop_assert_eq!(String::from_utf8(after).unwrap(), new.clone());
        }
        let empty = old.is_empty() || new.is_empty();
        prop_assert!(matches!(output, Output::Proposals(_)) || empty, "{output:?}");
    }

    #[test]
    fn carriage_returns_stay((old, new) in formatted()) {
        let pairs = |text: &str| text.replace('\n', "\r\n").into_bytes();
        prop_assume!(old != new && old.contains('\n'));
        let files = [("src/a.py".to_owned(), pairs(&old))];
        for (_, after) in edits(&answer(black_log(&old, &new).as_bytes(), &files), &files) {
            prop_assert_eq!(after, pairs(&new));
        }
    }

    #[test]
    fn what_rustfmt_prints_gives_what_it_was_made_from((old, new) in formatted()) {
        prop_assume!(old != new);
        let files = [("src/a.rs".to_owned(), old.clone().into_bytes())];
        let output = answer(rustfmt_log(&old, &new).as_bytes(), &files);
        let after = edits(&output, &files);
        prop_assert!(after.len() == 1, "{output:?}");
        prop_assert_eq!(&String::from_utf8_lossy(&after[0].1), &new);
    }

    #[test]
    fn a_file_that_changed_since_is_left_alone((old, new) in formatted(), at in 0usize..200, byte in "[ab}\n]") {
        prop_assume!(old != new);
        let mut other = old.clone();
        other.insert_str(at.min(old.len()), &byte);
        let files = [("src/a.py".to_owned(), other.clone().into_bytes())];
        let output = answer(black_log(&old, &new).as_bytes(), &files);
        // A hunk may still fit, then everything outside of hunks has to stay:
        // applying is a bijection on lines, so the lengths add up.
        for (_, after) in edits(&output, &files) {
            prop_assert_eq!(after.len() as i64 - other.len() as i64, new.len() as i64 - old.len() as i64);
        }
    }
}
