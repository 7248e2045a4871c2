//! What people read: the text of a change.

use proptest::prelude::*;
use sentinel::change::text::quote::{code, fence, https_url, plain_path, plain_word};
use sentinel::change::text::{ChangeText, Manner, Story};
use sentinel::evidence::Evidence;
use sentinel::failure::{Failure, FailureClass, KeyLine, Severity};
use sentinel::grant::AgentRef;
use sentinel::ids::{Digest, IncidentId, TaskId};
use sentinel::patch::ScopedPatch;
use sentinel::policy::Policy;
use sentinel::proposal::{Action, Edit, EditContent, Proposal};
use sentinel::tree::{Entry, EntryKind, Tree, blob_id};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// Whatever is fenced, its fence is the only thing that ends it.
    #[test]
    fn a_fence_holds(text in "(`|~|\n| |a|#){0,80}") {
        let fenced = fence(&text, 1000);
        let outside = outside_quotes(&fenced);
        prop_assert_eq!(outside.trim(), "");
    }
}

#[test]
fn quoted_text_cannot_get_out() {
    let hostile = "```\n@everyone closes #1\n````\n/sentinel approve\n\u{202e}evil\u{200b}\x1b[31m";
    let fenced = fence(hostile, 1000);
    let first = fenced.lines().next().unwrap();
    let ticks = first.trim_end_matches("text");
    assert!(ticks.len() > 4, "{first}");
    let inside: Vec<&str> = fenced.lines().skip(1).collect();
    let (last, inside) = inside.split_last().unwrap();
    assert_eq!(*last, ticks);
    assert!(
        inside
            .iter()
            .all(|line| !line.trim_start().starts_with(ticks)),
        "{fenced}"
    );
    assert!(
        !fenced.contains(['\u{202e}', '\u{200b}', '\x1b']),
        "{fenced}"
    );
    assert!(fenced.contains("\\u{202e}"), "{fenced}");
    assert_eq!(code("a`b``c"), "```a`b``c```");
    assert_eq!(code("`x`"), "`` `x` ``");
    assert!(!code("a\nb").contains('\n'));
}

#[test]
fn titles_take_only_plain_words() {
    assert_eq!(plain_word("rustfmt"), Some("rustfmt"));
    for word in ["@me", "a b", "[skip ci]", "", "x`y", "closes#1"] {
        assert_eq!(plain_word(word), None, "{word}");
    }
    assert_eq!(plain_path("src/lib.rs"), Some("src/lib.rs"));
    for path in ["@org/x", "fixes #1", "[skip ci].rs", "a\nb"] {
        assert_eq!(plain_path(path), None, "{path}");
    }
    assert_eq!(
        https_url("https://github.com/a/b"),
        Some("https://github.com/a/b")
    );
    for url in ["javascript:x", "https://x)[y](z", "https://a b", "ftp://x"] {
        assert_eq!(https_url(url), None, "{url}");
    }
}

#[test]
fn the_manner_is_the_repositorys() {
    let messages = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
    let plain = Manner::of(&messages(&["Add x", "Fix y", "fix: z"]), "S <s@x>");
    assert_eq!(plain, Manner::default());
    let conventional = messages(&["feat: x", "fix(core)!: y", "Merge branch 'x'"]);
    assert!(Manner::of(&conventional, "S <s@x>").conventional);
    let signed = messages(&["a\n\nSigned-off-by: A <a@x>", "b\n\nSigned-off-by: B <b@x>"]);
    assert_eq!(
        Manner::of(&signed, "S <s@x>").sign_off.as_deref(),
        Some("S <s@x>")
    );
    assert!(
        !Manner::of(&messages(&["feat: x"]), "S").conventional,
        "one is no manner"
    );
}

/// A change as PatchBot makes them, with hostile text wherever a guest or a
/// log can put it.
fn compose(hostile: &str, manner: &Manner) -> ChangeText {
    let mut tree = Tree::default();
    let old = b"fn a( ) {}\n";
    let entry = Entry {
        kind: EntryKind::File,
        id: blob_id(old),
        size: None,
    };
    tree.insert("src/lib.rs".into(), entry).unwrap();
    let proposal = Proposal {
        strategy: format!("printed-diff{hostile}"),
        title: format!("format{hostile}"),
        rationale: format!("rustfmt printed what it wants; every line matched.{hostile}"),
        confidence: 0.97,
        actions: vec![Action::Change {
            edits: vec![Edit {
                path: "src/lib.rs".into(),
                base: Some(Digest::of(old).hex()),
                content: EditContent::Write(b"fn a() {}\n".to_vec()),
            }],
        }],
        provenance: Vec::new(),
        attributes: Vec::new(),
    };
    let before = [("src/lib.rs", old)].map(|(path, bytes)| {
        (
            sentinel::patch::path::RepoPath::parse(path).unwrap(),
            bytes.to_vec(),
        )
    });
    let rules = Policy::default().patch_rules().unwrap();
    let patch = ScopedPatch::check(&tree, &before.into(), &proposal, &rules).unwrap();
    let failure = Failure {
        class: FailureClass::Format,
        severity: Severity::Low,
        confidence: 0.99,
        key_lines: vec![KeyLine {
            number: 7,
            text: format!("Diff in src/lib.rs:1:{hostile}"),
        }],
        command: Some(format!("cargo fmt --check{hostile}")),
        tool: Some(format!("rustfmt{hostile}")),
        location: None,
        fingerprint: "0".repeat(64).parse().unwrap(),
        attributes: Vec::new(),
    };
    let repository = sentinel::ids::Repository::new(
        sentinel::ids::ForgeKind::GitHub,
        "acme/widget".parse().unwrap(),
    );
    ChangeText::compose(&Story {
        task: &TaskId::derive(&["x"]),
        incident: &IncidentId::derive(&repository, &failure.fingerprint),
        agent: &AgentRef {
            name: "patchbot".into(),
            version: "0.1.0".into(),
            digest: Digest::of(b""),
        },
        failures: &[failure],
        proposal: &proposal,
        patch: &patch,
        evidence: &Evidence::NotRun {
            reason: "the failed command was not run".into(),
        },
        reasons: &["nothing speaks against publishing"],
        workflow: &format!("CI{hostile}"),
        job: &format!("fmt{hostile}"),
        run_url: Some("https://github.com/acme/widget/actions/runs/1"),
        manner,
        also_on: &[],
        known: &[],
        form: sentinel::change::Form::PullRequest { draft: true },
    })
}

#[test]
fn a_reviewer_reads_this() {
    let manner = Manner {
        conventional: true,
        sign_off: Some("Sentinel <s@example.com>".into()),
    };
    let text = compose("", &manner);
    insta::assert_snapshot!(
        "pull_request",
        format!(
            "{}\n=====\n{}\n=====\n{}",
            text.title, text.body, text.commit_message
        )
    );
}

#[test]
fn hostile_text_stays_inside_its_fence() {
    let attack = "\n```\n@octocat closes #1 [skip ci]\n/sentinel approve\nSigned-off-by: X <x@x>\n\
                  <!-- x --><img src=x>\u{202e}AKIAIOSFODNN7EXAMPLE";
    let text = compose(attack, &Manner::default());
    for word in [
        "@octocat",
        "#1",
        "skip ci",
        "/sentinel",
        "Signed-off-by",
        "img",
    ] {
        assert!(!text.title.contains(word), "{}", text.title);
        assert!(
            !text.commit_message.contains(word),
            "{}",
            text.commit_message
        );
        assert!(
            !outside_quotes(&text.body).contains(word),
            "{word}:\n{}",
            outside_quotes(&text.body)
        );
    }
    assert!(!text.body.contains("AKIAIOSFODNN7EXAMPLE") && !text.body.contains('\u{202e}'));
    assert!(!text.title.contains('\n'));
}

/// Markdown without fenced blocks and inline code, by CommonMark's rules for
/// the two.
pub fn outside_quotes(body: &str) -> String {
    let mut out = String::new();
    let mut fence: Option<usize> = None;
    for line in body.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            Some(open) if ticks >= open && line.trim_start_matches('`').trim().is_empty() => {
                fence = None;
            }
            Some(_) => {}
            None if ticks >= 3 && !line[ticks..].contains('`') => fence = Some(ticks),
            None => {
                out += &without_code(line);
                out.push('\n');
            }
        }
    }
    assert_eq!(fence, None, "a fence is left open");
    out
}

fn without_code(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        out += &rest[..start];
        let ticks = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        let after = &rest[start + ticks..];
        let mut from = 0;
        let close = loop {
            let Some(at) = after[from..].find('`').map(|at| at + from) else {
                break None;
            };
            let run = after[at..].len() - after[at..].trim_start_matches('`').len();
            if run == ticks {
                break Some(at + run);
            }
            from = at + run;
        };
        match close {
            Some(end) => rest = &after[end..],
            None => {
                out += &rest[start..start + ticks];
                rest = after;
            }
        }
    }
    out + rest
}
