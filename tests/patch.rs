//! What a patch may be, and that git agrees with us about what it is.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use sentinel::ids::Digest;
use sentinel::patch::path::{PathRefusal, RepoPath};
use sentinel::patch::{Refusal, ScopedPatch};
use sentinel::policy::{PatchRules, Policy};
use sentinel::proposal::{Action, Edit, EditContent, Proposal};
use sentinel::tree::{Entry, EntryKind, Tree, blob_id};

pub(crate) type Files = BTreeMap<String, (EntryKind, Vec<u8>)>;

fn rules() -> PatchRules {
    Policy::default().patch_rules().unwrap()
}

fn tree(files: &Files) -> Tree {
    let mut tree = Tree::default();
    for (path, (kind, bytes)) in files {
        let entry = Entry {
            kind: *kind,
            id: blob_id(bytes),
            size: Some(bytes.len() as u64),
        };
        tree.insert(path.clone(), entry).unwrap();
    }
    tree
}

fn proposal(edits: Vec<Edit>) -> Proposal {
    Proposal {
        strategy: "test".into(),
        title: "test".into(),
        rationale: "test".into(),
        confidence: 1.0,
        actions: vec![Action::Change { edits }],
        provenance: Vec::new(),
        attributes: Vec::new(),
    }
}

/// An edit of a file as it is.
pub(crate) fn write(files: &Files, path: &str, new: &[u8]) -> Edit {
    Edit {
        path: path.into(),
        base: files.get(path).map(|(_, old)| Digest::of(old).hex()),
        content: EditContent::Write(new.to_vec()),
    }
}

pub(crate) fn check(files: &Files, edits: Vec<Edit>) -> Result<ScopedPatch, Refusal> {
    let before = files
        .iter()
        .filter_map(|(path, (_, bytes))| Some((RepoPath::parse(path).ok()?, bytes.clone())))
        .collect();
    ScopedPatch::check(&tree(files), &before, &proposal(edits), &rules())
}

pub(crate) fn files(list: &[(&str, &str)]) -> Files {
    let file = |(path, text): &(&str, &str)| {
        (
            (*path).to_owned(),
            (EntryKind::File, text.as_bytes().to_vec()),
        )
    };
    list.iter().map(file).collect()
}

#[test]
fn paths_that_lead_elsewhere_are_refused() {
    use PathRefusal::*;
    for (path, expected) in [
        ("", Empty),
        ("/etc/passwd", Absolute),
        ("../x", Dots),
        ("a/../b", Dots),
        ("a/./b", Dots),
        ("a//b", Dots),
        ("a/", Dots),
        ("...", Dots),
        ("a\\b", ForeignSeparator),
        ("C:x", ForeignSeparator),
        ("a/b:stream", ForeignSeparator),
        (".git/config", Git),
        (".GIT/hooks/pre-commit", Git),
        ("sub/.Git/config", Git),
        (".gitmodules", Git),
        (".gitattributes", Git),
        ("git~1/config", Git),
        ("GITMOD~1", Git),
        (".g\u{200c}it/config", Invisible),
        ("a\nb", Invisible),
        ("a\u{202e}txt.rs", Invisible),
        ("a.", TrailingDotOrSpace),
        ("a /b", TrailingDotOrSpace),
        ("con", Device),
        ("aux.rs", Device),
        ("src/COM1.txt", Device),
    ] {
        assert_eq!(RepoPath::parse(path), Err(expected), "{path:?}");
    }
    for path in [
        "src/lib.rs",
        ".github/workflows/ci.yml",
        "a b/c",
        "ä/ö.rs",
        "x..y",
        "@scope/#1",
    ] {
        assert!(RepoPath::parse(path).is_ok(), "{path:?}");
    }
}

#[test]
fn what_is_not_what_the_agent_read_is_refused() {
    let mut files = files(&[("a.rs", "old\n"), ("B.rs", "b\n"), ("dir/c.rs", "c\n")]);
    files.insert("link".into(), (EntryKind::Symlink, b"a.rs".to_vec()));
    files.insert("bin".into(), (EntryKind::File, vec![0, 1]));
    files.insert("masked".into(), (EntryKind::File, b"token: abc\n".to_vec()));
    let lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n".to_vec();
    files.insert("big".into(), (EntryKind::File, lfs));
    let edit = |path: &str, new: &str| write(&files, path, new.as_bytes());
    let stale = Edit {
        base: Some(Digest::of(b"else").hex()),
        ..edit("a.rs", "new\n")
    };
    let missing = Edit {
        base: Some(Digest::of(b"x").hex()),
        ..edit("no.rs", "new\n")
    };
    let over = Edit {
        base: None,
        ..edit("a.rs", "new\n")
    };
    let refused = |edits: Vec<Edit>| check(&files, edits).expect_err("refused");

    assert_eq!(refused(vec![]), Refusal::Nothing);
    assert!(matches!(refused(vec![stale]), Refusal::StaleBase { .. }));
    assert!(matches!(refused(vec![missing]), Refusal::Missing { .. }));
    assert!(matches!(refused(vec![over]), Refusal::Exists { .. }));
    assert!(matches!(
        refused(vec![edit("a.rs", "old\n")]),
        Refusal::Unchanged { .. }
    ));
    assert!(matches!(
        refused(vec![edit("link", "x")]),
        Refusal::NotAFile { .. }
    ));
    assert!(matches!(
        refused(vec![edit("bin", "x")]),
        Refusal::Binary { .. }
    ));
    assert!(matches!(
        refused(vec![edit("a.rs", "a\0b")]),
        Refusal::Binary { .. }
    ));
    assert!(matches!(
        refused(vec![edit("big", "x")]),
        Refusal::Lfs { .. }
    ));
    assert!(matches!(
        refused(vec![edit("masked", "token: ***\n")]),
        Refusal::RedactionMark { .. }
    ));
    assert!(matches!(
        refused(vec![edit("b.rs", "x")]),
        Refusal::CaseClash { .. }
    ));
    assert!(matches!(
        refused(vec![edit("a.rs/x", "x")]),
        Refusal::FileAndDirectory { .. }
    ));
    assert!(matches!(
        refused(vec![edit("dir", "x")]),
        Refusal::FileAndDirectory { .. }
    ));
    assert!(matches!(
        refused(vec![edit("../x", "x")]),
        Refusal::Path { .. }
    ));
    let twice = vec![edit("a.rs", "x\n"), edit("A.rs", "y\n")];
    assert!(matches!(refused(twice), Refusal::Twice { .. }));
}

#[test]
fn a_patch_over_a_limit_is_refused_and_names_it() {
    let old: String = (0..3000).map(|n| format!("line {n}\n")).collect();
    let new: String = (0..3000).map(|n| format!("other {n}\n")).collect();
    let files = files(&[("a", &old)]);
    let lines = check(&files, vec![write(&files, "a", new.as_bytes())]).unwrap_err();
    assert!(lines.to_string().contains("policy.max_lines"), "{lines}");
    let bytes = vec![b'x'; 5 * 1024 * 1024];
    let bytes = check(&files, vec![write(&files, "b", &bytes)]).unwrap_err();
    assert!(bytes.to_string().contains("policy.max_bytes"), "{bytes}");
    let many = (0..101)
        .map(|n| write(&files, &format!("n{n}"), b"x\n"))
        .collect();
    let many = check(&files, many).unwrap_err();
    assert!(many.to_string().contains("policy.max_files"), "{many}");
}

#[test]
fn protected_paths_are_recognised_in_any_case() {
    for path in [
        ".github/workflows/ci.yml",
        ".GitHub/x",
        "docs/CODEOWNERS",
        "AGENTS.md",
        "Jenkinsfile",
    ] {
        let none = Files::new();
        let patch = check(&none, vec![write(&none, path, b"x\n")]).unwrap();
        assert!(patch.touches_protected(), "{path}");
    }
    let none = Files::new();
    assert!(
        !check(&none, vec![write(&none, "src/x.rs", b"x\n")])
            .unwrap()
            .touches_protected()
    );
}

#[test]
fn a_stored_patch_is_the_one_that_was_checked() {
    let files = files(&[("a.rs", "old\n")]);
    let patch = check(&files, vec![write(&files, "a.rs", b"new\n")]).unwrap();
    let bytes = patch.to_bytes();
    let digest = Digest::of(&bytes);
    assert_eq!(ScopedPatch::from_bytes(&bytes, &digest).unwrap(), patch);
    let tampered = String::from_utf8(bytes).unwrap().replace("new", "bad");
    assert!(ScopedPatch::from_bytes(tampered.as_bytes(), &digest).is_err());
}

fn git(directory: &Path, arguments: &[&str], input: &[u8]) -> String {
    use std::io::Write as _;
    let mut child = Command::new("git")
        .args(["-c", "core.autocrlf=false", "-c", "core.safecrlf=false"])
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success(),
        "git {arguments:?}: {stderr}\n{}",
        String::from_utf8_lossy(input)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn put(root: &Path, files: &Files) {
    use std::os::unix::fs::PermissionsExt as _;
    for (path, (kind, bytes)) in files {
        let place = root.join(path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(&place, bytes).unwrap();
        let mode = if *kind == EntryKind::Executable {
            0o755
        } else {
            0o644
        };
        std::fs::set_permissions(&place, std::fs::Permissions::from_mode(mode)).unwrap();
    }
}

fn texts() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        4 => "[a-c]{0,3}",
        1 => "[ \t]{0,2}x\r?",
        1 => Just("\r".to_owned()),
        1 => Just("-- ä".to_owned()),
        1 => Just("+++ b/x".to_owned()),
    ];
    (prop::collection::vec(line, 0..12), any::<bool>()).prop_map(|(lines, end)| {
        let end = if end && !lines.is_empty() { "\n" } else { "" };
        format!("{}{end}", lines.join("\n"))
    })
}

fn names() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "a",
        "a.b",
        "a-b",
        "b/c",
        "b.c",
        "b/d/e",
        "b0",
        "with space",
        "q\"uote",
        "ü",
        "z/y/x/w",
    ])
    .prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..Default::default() })]

    /// The tree ids we compute are git's, and our diff makes git write the
    /// very tree that the patch is known by.
    #[test]
    fn git_agrees(
        before in prop::collection::btree_map(names(), (any::<bool>(), texts()), 1..7),
        after in prop::collection::btree_map(names(), prop::option::of(texts()), 1..4),
    ) {
        let kind = |executable| if executable { EntryKind::Executable } else { EntryKind::File };
        let files: Files = before
            .into_iter()
            .map(|(path, (mode, text))| (path, (kind(mode), text.into_bytes())))
            .collect();
        let edits: Vec<Edit> = after
            .iter()
            .filter_map(|(path, text)| match text {
                Some(text) => Some(write(&files, path, text.as_bytes())),
                None => files.get(path).map(|(_, old)| Edit {
                    path: path.clone(),
                    base: Some(Digest::of(old).hex()),
                    content: EditContent::Delete,
                }),
            })
            .collect();
        let directory = tempfile::tempdir().unwrap();
        git(directory.path(), &["init", "-q"], b"");
        put(directory.path(), &files);
        git(directory.path(), &["add", "-A"], b"");
        let base = git(directory.path(), &["write-tree"], b"");
        prop_assert_eq!(tree(&files).id().unwrap().to_string(), base);
        let Ok(patch) = check(&files, edits) else { return Ok(()) };
        git(directory.path(), &["apply", "--index", "--whitespace=nowarn", "-"],
            patch.unified_diff().as_bytes());
        let result = git(directory.path(), &["write-tree"], b"");
        prop_assert_eq!(patch.result().to_string(), result);
    }

    /// Nothing that parses leads out of the tree, and parsing never panics.
    #[test]
    fn no_path_leads_out(text in "\\PC{0,40}|[./a\\\\:~ ]{0,12}|[\u{0}-\u{ff}]{0,12}") {
        if let Ok(path) = RepoPath::parse(&text) {
            prop_assert!(path.as_str().split('/').all(|part| !part.is_empty() && part != "." && part != ".."));
            prop_assert!(!path.folded().split('/').any(|part| part == ".git"));
        }
    }
}
