//! Listing a tree and writing its files.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sentinel::forge::{Forge, ForgeError};
use sentinel::ids::ObjectId;
use sentinel::tree::{EntryKind, Tree};

use super::{files_below, id_of, widget};
use crate::doubles::github::dsl::many_files;
use crate::doubles::github::{Fault, GitHub, Repository};

const BLOBS: &str = "GET /repos/*/*/git/blobs/*";
const TARBALL: &str = "GET /repos/*/*/tarball/*";

type Files = BTreeMap<String, Vec<u8>>;

async fn checkout(
    github: &GitHub,
    repository: &Repository,
    commit: &ObjectId,
) -> Result<(Tree, Files), ForgeError> {
    let folder = tempfile::tempdir().expect("a folder");
    let into = folder.path().join("tree");
    std::fs::create_dir(&into).expect("an empty folder");
    let tree = github
        .forge()
        .checkout(&repository.id(), commit, &into)
        .await?;
    // Nothing beside the tree's own directory either.
    let beside = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(beside, 1, "something escaped");
    Ok((tree, files_below(&into)))
}

fn with_many(github: &GitHub, count: usize) -> (Repository, Files) {
    let repository = github.repository("acme/large");
    let files = many_files(count);
    for (path, bytes) in &files {
        repository.file(path, bytes);
    }
    (repository, files)
}

#[tokio::test]
async fn a_small_tree_is_read_blob_by_blob() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    repository
        .symlink("link", "../../etc/passwd")
        .submodule("vendored", &"12".repeat(20));
    let commit = repository.commit("chore: odd entries");
    let (tree, files) = checkout(&github, &repository, &commit)
        .await
        .expect("a tree");
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(names, ["README.md", "run.sh", "src/lib.rs"]);
    let kinds: Vec<(&str, EntryKind)> = tree
        .iter()
        .map(|(path, entry)| (path, entry.kind))
        .collect();
    assert_eq!(
        kinds,
        [
            ("README.md", EntryKind::File),
            ("link", EntryKind::Symlink),
            ("run.sh", EntryKind::Executable),
            ("src/lib.rs", EntryKind::File),
            ("vendored", EntryKind::Submodule),
        ]
    );
    assert_eq!(
        tree.iter().next().expect("an entry").1.id,
        id_of("# Widget\n")
    );
    assert_eq!((github.count(BLOBS), github.count(TARBALL)), (3, 0));
    assert!(github.writes().is_empty());
}

#[tokio::test]
async fn a_large_tree_is_one_tarball() {
    let github = GitHub::start().await;
    let (repository, mut files) = with_many(&github, 300);
    let long = format!(
        "{}/{}.txt",
        "deep/".repeat(30).trim_end_matches('/'),
        "name".repeat(40)
    );
    repository
        .file(&long, "far down\n")
        .symlink("link", "src")
        .executable("x", "#!\n");
    let commit = repository.commit("feat: much");
    let (tree, written) = checkout(&github, &repository, &commit)
        .await
        .expect("a tree");
    files.insert(long.clone(), b"far down\n".to_vec());
    files.insert("x".into(), b"#!\n".to_vec());
    assert_eq!(tree.len(), 303);
    assert_eq!(written, files);
    assert_eq!((github.count(BLOBS), github.count(TARBALL)), (0, 1));
}

#[tokio::test]
async fn what_the_tarball_leaves_out_or_changes_is_fetched_by_its_id() {
    let github = GitHub::start().await;
    let (repository, files) = with_many(&github, 100);
    let commit = repository.commit("feat: much");
    let odd: Vec<String> = files.keys().take(3).cloned().collect();
    repository.configure(|repo| {
        repo.tarball.left_out.insert(odd[0].clone());
        repo.tarball.left_out.insert(odd[1].clone());
        repo.tarball
            .changed
            .insert(odd[2].clone(), b"$Format:%H$ replaced".to_vec());
    });
    let (_, written) = checkout(&github, &repository, &commit)
        .await
        .expect("a tree");
    assert_eq!(written, files);
    assert_eq!((github.count(BLOBS), github.count(TARBALL)), (3, 1));
}

#[tokio::test]
async fn too_much_left_out_is_said_and_not_fetched() {
    let github = GitHub::start().await;
    let (repository, files) = with_many(&github, 600);
    let commit = repository.commit("feat: much");
    repository.configure(|repo| repo.tarball.left_out = files.keys().cloned().collect());
    let error = checkout(&github, &repository, &commit)
        .await
        .expect_err("too many");
    assert!(matches!(error, ForgeError::TooLarge { .. }), "{error}");
    assert_eq!(github.count(BLOBS), 0);
}

#[tokio::test]
async fn a_hostile_tarball_writes_nothing_but_the_tree() {
    let github = GitHub::start().await;
    let (repository, files) = with_many(&github, 60);
    let commit = repository.commit("feat: much");
    repository.configure(|repo| repo.tarball.hostile = true);
    let (_, written) = checkout(&github, &repository, &commit)
        .await
        .expect("a tree");
    assert_eq!(written, files);
}

#[tokio::test]
async fn a_tarball_that_never_ends_is_too_large() {
    let github = GitHub::start().await;
    let (repository, _) = with_many(&github, 60);
    let commit = repository.commit("feat: much");
    repository.configure(|repo| repo.tarball.bomb = true);
    let error = checkout(&github, &repository, &commit)
        .await
        .expect_err("a bomb");
    assert!(matches!(error, ForgeError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_broken_tarball_is_worth_another_try() {
    let github = GitHub::start().await;
    let (repository, files) = with_many(&github, 60);
    let commit = repository.commit("feat: much");
    repository.configure(|repo| repo.tarball.broken = true);
    let error = checkout(&github, &repository, &commit)
        .await
        .expect_err("no gzip");
    assert!(error.is_transient(), "{error}");
    repository.configure(|repo| repo.tarball.broken = false);
    for fault in [Fault::Truncated, Fault::Reset, Fault::status(502)] {
        github.fault("GET /storage/**", 1, fault);
        let error = checkout(&github, &repository, &commit)
            .await
            .expect_err("a fault");
        assert!(error.is_transient(), "{error}");
        assert!(!error.to_string().contains("storage-signature"), "{error}");
    }
    let (_, written) = checkout(&github, &repository, &commit)
        .await
        .expect("a tree");
    assert_eq!(written, files);
}

#[tokio::test]
async fn a_cut_listing_is_walked() {
    let github = GitHub::start().await;
    let (repository, files) = with_many(&github, 80);
    repository.file("a", "1").file("z", "2");
    let commit = repository.commit("feat: much");
    repository.configure(|repo| repo.listing_limit = Some(20));
    let (tree, written) = checkout(&github, &repository, &commit)
        .await
        .expect("a tree");
    assert_eq!(tree.len(), files.len() + 2);
    assert_eq!(written.len(), files.len() + 2);
    assert!(github.count("GET /repos/*/*/git/trees/*") > 7);
}

#[tokio::test]
async fn a_listing_that_is_not_the_commits_is_refused() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let commit = repository.head("main").expect("a head");
    let other = id_of("other");
    github.fault("GET /repos/*/*/git/trees/*", 1, Fault::Answer {
        status: 200,
        headers: Vec::new(),
        body: format!(
            r#"{{"tree":[{{"path":"a","mode":"100644","type":"blob","sha":"{other}","size":5}}],"truncated":false}}"#
        ),
    });
    let error = checkout(&github, &repository, &commit)
        .await
        .expect_err("another tree");
    assert!(matches!(error, ForgeError::Unsupported(_)), "{error}");
    assert_eq!(github.count(BLOBS), 0);
}

#[tokio::test]
async fn a_server_that_answers_with_json_all_the_same_will_do() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    repository.configure(|repo| repo.json_only = true);
    let commit = repository.head("main").expect("a head");
    let (_, files) = checkout(&github, &repository, &commit)
        .await
        .expect("a tree");
    assert_eq!(files["README.md"], b"# Widget\n");
}

#[tokio::test]
async fn a_blob_with_other_bytes_is_refused() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let commit = repository.head("main").expect("a head");
    github.fault(
        BLOBS,
        1,
        Fault::Answer {
            status: 200,
            headers: Vec::new(),
            body: "evil".into(),
        },
    );
    let error = checkout(&github, &repository, &commit)
        .await
        .expect_err("other bytes");
    assert!(matches!(error, ForgeError::Unexpected { .. }), "{error}");
}

#[tokio::test]
async fn names_that_git_refuses_are_listed_and_not_written() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    repository
        .file(".git/config", "[core]\n")
        .file("a/../b", "x")
        .file("..", "y");
    let commit = repository.commit("feat: odd names");
    let (tree, files) = checkout(&github, &repository, &commit)
        .await
        .expect("a tree");
    assert_eq!(tree.len(), 6);
    assert_eq!(files.len(), 3);
}

#[tokio::test]
async fn a_commit_that_is_not_there_is_not_found() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let error = checkout(&github, &repository, &id_of("no commit"))
        .await
        .expect_err("missing");
    assert!(matches!(error, ForgeError::NotFound { .. }), "{error}");
}

/// Any files come back as they went in, from blobs and from a tarball alike.
#[test]
fn any_tree_comes_back() {
    let part = "[a-zA-Z0-9 _\\-ü#%+]{1,20}";
    let path = prop::collection::vec(part, 1..5).prop_map(|parts| parts.join("/"));
    let file = prop::collection::vec(any::<u8>(), 0..300);
    let trees = prop::collection::btree_map(path, file, 1..40);
    let mut runner = TestRunner::new(Config::with_cases(24));
    let outcome = runner.run(&trees, |files| {
        let apart = |path: &String| {
            !files
                .keys()
                .any(|other| other.starts_with(&format!("{path}/")))
        };
        let files: Files = files
            .iter()
            .filter(|(path, _)| apart(path))
            .map(|(path, bytes)| (path.clone(), bytes.clone()))
            .collect();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let written = runtime.block_on(async {
            let github = GitHub::start().await;
            let repository = github.repository("acme/any");
            for (path, bytes) in &files {
                repository.file(path, bytes);
            }
            let commit = repository.commit("feat: anything");
            checkout(&github, &repository, &commit)
                .await
                .map(|(_, written)| written)
        });
        prop_assert_eq!(written.expect("a tree"), files);
        Ok(())
    });
    outcome.expect("every tree");
}
