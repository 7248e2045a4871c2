//! The local forge: a real git repository, real git, and nobody's hooks.

use std::path::Path;
use std::process::Command;

use sentinel::change::text::ChangeText;
use sentinel::change::{ChangeState, Draft, Form, Publication, branch_name};
use sentinel::decision::{Question, ReadFacts, decide};
use sentinel::forge::local::Local;
use sentinel::forge::{Forge, ForgeError};
use sentinel::ids::{Branch, Digest, ForgeKind, IncidentId, ObjectId, Repository, TaskId};
use sentinel::patch::ScopedPatch;
use sentinel::patch::path::RepoPath;
use sentinel::policy::Policy;
use sentinel::proposal::{Action, Edit, EditContent, Proposal};
use sentinel::time::Timestamp;

struct Place {
    directory: tempfile::TempDir,
    forge: Local,
    repository: Repository,
}

fn git(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=Dana", "-c", "user.email=d@example.com"])
        .args(["-c", "core.hooksPath=/dev/null"])
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl Place {
    fn new() -> Place {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        git(root, &["init", "-q", "-b", "main"]);
        std::fs::create_dir(root.join("src")).unwrap();
        std::fs::write(root.join("src/a.rs"), "old\n").unwrap();
        std::fs::write(root.join("crlf.txt"), "a\r\nb\r\n").unwrap();
        std::fs::write(
            root.join(".gitattributes"),
            "*.rs filter=evil\n*.txt text eol=crlf\n",
        )
        .unwrap();
        std::os::unix::fs::symlink("/etc/passwd", root.join("link")).unwrap();
        git(root, &["-c", "core.autocrlf=false", "add", "-A"]);
        git(root, &["commit", "-q", "-m", "fix: begin"]);
        // Everything of this repository that git would execute.
        let touch = format!("touch {}/EXECUTED; cat", root.display());
        for key in [
            "filter.evil.smudge",
            "filter.evil.clean",
            "core.fsmonitor",
            "core.sshCommand",
        ] {
            git(root, &["config", key, &touch]);
        }
        git(root, &["config", "filter.evil.required", "true"]);
        for hook in [
            "reference-transaction",
            "post-checkout",
            "post-index-change",
            "pre-commit",
        ] {
            use std::os::unix::fs::PermissionsExt as _;
            let path = root.join(".git/hooks").join(hook);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, format!("#!/bin/sh\n{touch} >/dev/null\n")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let repository = Repository::new(ForgeKind::Local, "here".parse().unwrap());
        let repositories = [(repository.name.clone(), root.to_owned())].into();
        let forge = Local::new(repositories, Default::default());
        Place {
            directory,
            forge,
            repository,
        }
    }

    fn root(&self) -> &Path {
        self.directory.path()
    }

    fn main(&self) -> Branch {
        "main".parse().unwrap()
    }

    async fn head(&self) -> ObjectId {
        self.forge
            .branch_head(&self.repository, &self.main())
            .await
            .unwrap()
            .unwrap()
    }

    async fn publication(&self) -> Publication {
        let into = tempfile::tempdir().unwrap();
        let head = self.head().await;
        let tree = self
            .forge
            .checkout(&self.repository, &head, into.path())
            .await
            .unwrap();
        let proposal = Proposal {
            strategy: "test".into(),
            title: "test".into(),
            rationale: "test".into(),
            confidence: 1.0,
            actions: vec![Action::Change {
                edits: vec![Edit {
                    path: "src/a.rs".into(),
                    base: Some(Digest::of(b"old\n").hex()),
                    content: EditContent::Write(b"new\n".to_vec()),
                }],
            }],
            provenance: Vec::new(),
            attributes: Vec::new(),
        };
        let before = [(RepoPath::parse("src/a.rs").unwrap(), b"old\n".to_vec())].into();
        let rules = Policy::default().patch_rules().unwrap();
        let patch = ScopedPatch::check(&tree, &before, &proposal, &rules).unwrap();
        let question = Question::Read(ReadFacts {
            own_branch: false,
            runs_last_hour: 0,
        });
        let allowed = decide(&Policy::default(), &question, Timestamp(0));
        let draft = Draft {
            task: TaskId::derive(&["x"]),
            incident: IncidentId::derive(&self.repository, &"0".repeat(64).parse().unwrap()),
            repository: self.repository.clone(),
            target: self.main(),
            head,
            generation: 0,
            form: Form::PullRequest { draft: true },
            patch,
            text: ChangeText {
                title: "Format".into(),
                body: "body".into(),
                commit_message: "Format\n\nbody\n".into(),
            },
        };
        Publication::authorised(draft, &allowed).unwrap()
    }
}

#[tokio::test]
async fn nothing_of_the_repository_is_executed() {
    let place = Place::new();
    let publication = place.publication().await;
    place.forge.publish(&publication).await.unwrap();
    place
        .forge
        .recent_messages(&place.repository, publication.head(), 5)
        .await
        .unwrap();
    place
        .forge
        .find_change(&place.repository, publication.branch())
        .await
        .unwrap();
    assert!(!place.root().join("EXECUTED").exists());
}

/// A partial clone fetches what is missing by whatever its remote names, and a
/// signed commit is shown by whatever checks signatures.
#[tokio::test]
async fn not_even_what_git_would_fetch_or_verify_with() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let script = place.root().join("evil.sh");
    let touch = place.root().join("EXECUTED");
    std::fs::write(
        &script,
        format!("#!/bin/sh\ntouch {}\nexit 1\n", touch.display()),
    )
    .unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let url = format!("ext::{}", script.display());
    let program = script.display().to_string();
    for (key, value) in [
        ("core.repositoryformatversion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", url.as_str()),
        ("protocol.ext.allow", "always"),
        ("log.showSignature", "true"),
        ("gpg.program", program.as_str()),
    ] {
        git(place.root(), &["config", key, value]);
    }
    let publication = place.publication().await;
    let blob = git(place.root(), &["rev-parse", "main:crlf.txt"]);
    std::fs::remove_file(
        place
            .root()
            .join(".git/objects")
            .join(&blob[..2])
            .join(&blob[2..]),
    )
    .unwrap();
    let into = tempfile::tempdir().unwrap();
    let head = place.head().await;
    let missing = place
        .forge
        .checkout(&place.repository, &head, into.path())
        .await;
    assert!(missing.is_err(), "a blob is missing");
    let _ = place.forge.publish(&publication).await;
    let copy = tempfile::tempdir().unwrap();
    let _ = sentinel::forge::directory::snapshot(place.root(), copy.path()).await;
    assert!(!touch.exists());
}

#[tokio::test]
async fn a_checkout_is_the_tree_to_the_byte_and_follows_nothing() {
    let place = Place::new();
    let into = tempfile::tempdir().unwrap();
    let tree = place
        .forge
        .checkout(&place.repository, &place.head().await, into.path())
        .await
        .unwrap();
    assert_eq!(
        tree.id().unwrap().to_string(),
        git(place.root(), &["rev-parse", "HEAD^{tree}"])
    );
    assert_eq!(
        std::fs::read(into.path().join("crlf.txt")).unwrap(),
        b"a\nb\n",
        "no conversion ran"
    );
    assert!(into.path().join("link").symlink_metadata().is_err());
    assert!(tree.iter().any(|(path, _)| path == "link"), "it is listed");
}

#[tokio::test]
async fn a_change_is_a_branch_and_a_record_and_nothing_else() {
    let place = Place::new();
    let before = git(place.root(), &["status", "--porcelain", "--branch"]);
    let publication = place.publication().await;
    let change = place.forge.publish(&publication).await.unwrap();
    let branch = publication.branch();
    assert_eq!(
        git(place.root(), &["show", &format!("{branch}:src/a.rs")]),
        "new"
    );
    let tree = git(place.root(), &["rev-parse", &format!("{branch}^{{tree}}")]);
    assert_eq!(tree, publication.patch().result().as_str());
    let parents = git(
        place.root(),
        &["show", "-s", "--format=%P", branch.as_str()],
    );
    assert_eq!(parents, publication.head().as_str());
    let record = place
        .forge
        .record(&place.repository, branch)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((record.title.as_str(), record.draft), ("Format", true));
    assert_eq!(Some(record.commit), change.commit);
    assert_eq!(
        git(place.root(), &["status", "--porcelain", "--branch"]),
        before
    );
}

#[tokio::test]
async fn publishing_again_finds_what_is_there() {
    let place = Place::new();
    let publication = place.publication().await;
    let first = place.forge.publish(&publication).await.unwrap();
    let again = place.forge.publish(&publication).await.unwrap();
    assert_eq!(first.commit, again.commit);
    assert!(!first.found && again.found);
    let branches = git(place.root(), &["branch", "--list", "sentinel/*"]);
    assert_eq!(branches.lines().count(), 1);
}

#[tokio::test]
async fn a_branch_of_somebody_else_is_not_overwritten() {
    let place = Place::new();
    let publication = place.publication().await;
    git(
        place.root(),
        &["branch", publication.branch().as_str(), "main"],
    );
    let refused = place.forge.publish(&publication).await.unwrap_err();
    assert!(matches!(refused, ForgeError::Conflict { .. }), "{refused}");
}

#[tokio::test]
async fn what_people_do_to_a_branch_is_seen() {
    let place = Place::new();
    let publication = place.publication().await;
    let branch = publication.branch().clone();
    let state = async || {
        let seen = place
            .forge
            .find_change(&place.repository, &branch)
            .await
            .unwrap();
        seen.map(|seen| seen.state)
    };
    assert_eq!(state().await, None);
    place.forge.publish(&publication).await.unwrap();
    assert_eq!(state().await, Some(ChangeState::Open));
    git(
        place.root(),
        &["update-ref", "refs/heads/main", branch.as_str()],
    );
    assert_eq!(state().await, Some(ChangeState::Merged));
    git(
        place.root(),
        &["update-ref", "refs/heads/main", publication.head().as_str()],
    );
    git(
        place.root(),
        &["update-ref", "-d", &format!("refs/heads/{branch}")],
    );
    assert_eq!(
        state().await,
        Some(ChangeState::Closed),
        "deleting the branch is a no"
    );
}

#[tokio::test]
async fn errors_name_what_is_missing() {
    let place = Place::new();
    let other = Repository::new(ForgeKind::Local, "other".parse().unwrap());
    let error = place
        .forge
        .branch_head(&other, &place.main())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("[[local]]"), "{error}");
    let into = tempfile::tempdir().unwrap();
    let nowhere: ObjectId = "1".repeat(40).parse().unwrap();
    let error = place
        .forge
        .checkout(&place.repository, &nowhere, into.path())
        .await
        .unwrap_err();
    assert!(matches!(error, ForgeError::NotFound { .. }), "{error}");
}

#[test]
fn a_branch_derives_from_incident_target_and_generation() {
    let repository = Repository::new(ForgeKind::Local, "here".parse().unwrap());
    let incident = IncidentId::derive(&repository, &"0".repeat(64).parse().unwrap());
    let branch =
        |target: &str, generation| branch_name(&incident, &target.parse().unwrap(), generation);
    assert_eq!(branch("main", 0), branch("main", 0));
    assert_ne!(branch("main", 0), branch("main", 1));
    assert_ne!(branch("main", 0), branch("release", 0));
    assert!(branch("main", 0).as_str().starts_with("sentinel/i"));
}

#[tokio::test]
async fn a_change_is_made_ready_and_closed_in_its_record() {
    use sentinel::change::{ChangeEdit, ChangeState, Remark};
    let place = Place::new();
    let publication = place.publication().await;
    let change = place.forge.publish(&publication).await.unwrap();
    let remark = Remark {
        key: "t1".into(),
        text: "Why.".into(),
    };
    let standing = async || {
        let asked = place.forge.standing(&place.repository, &change).await;
        asked.unwrap()
    };
    assert!(standing().await.draft);
    for edit in [
        ChangeEdit::ReadyForReview {
            remark: remark.clone(),
        },
        ChangeEdit::Close { remark },
    ] {
        for _ in 0..2 {
            let set = place
                .forge
                .set_change(&place.repository, &change, &edit)
                .await;
            set.unwrap();
        }
    }
    let closed = standing().await;
    assert_eq!((closed.state, closed.draft), (ChangeState::Closed, false));
    assert_eq!(closed.head, change.commit);
    let record = place
        .forge
        .record(&place.repository, &change.branch)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(record.remarks, ["Why.", "Why."], "each once");
}
