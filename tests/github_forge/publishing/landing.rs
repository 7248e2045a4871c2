//! A commit on a pull request's own branch.

use super::*;

fn commit_to<'a>(
    repository: &'a Repository,
    edits: super::super::Edits<'a>,
) -> sentinel::change::Publication {
    let wanted = Wanted {
        repository,
        target: "feature",
        form: Form::Commit,
        edits,
    };
    wanted.authorised()
}

fn feature(github: &GitHub) -> Repository {
    let repository = widget(github);
    repository.point("feature", repository.head("main").as_ref());
    repository
}

const EDIT: super::super::Edits<'_> = &[
    ("src/lib.rs", Some("pub fn one() -> u8 {\n    1\n}\n")),
    ("README.md", None),
    ("new.txt", Some("new\n")),
];

#[tokio::test]
async fn it_lands_on_the_head_it_was_made_for_and_github_signs() {
    let github = GitHub::start().await;
    let repository = feature(&github);
    let publication = commit_to(&repository, EDIT);
    let change = github.forge().publish(&publication).await.expect("landed");
    assert_eq!(change.commit, repository.head("feature"));
    assert!(!change.found && repository.is_verified("feature"));
    assert_eq!(repository.read("feature", "README.md"), None);
    assert_eq!(
        repository.read("feature", "new.txt").expect("a file"),
        b"new\n"
    );
    assert!(repository.message("feature").contains("\n\nBy Sentinel."));
    assert_eq!(repository.head("main").as_ref(), Some(publication.head()));

    github.forget_requests();
    let again = github.forge().publish(&publication).await.expect("found");
    assert_eq!(
        again,
        Change {
            found: true,
            ..change
        }
    );
    assert!(github.writes().is_empty());
}

#[tokio::test]
async fn an_executable_file_keeps_its_mode() {
    let github = GitHub::start().await;
    let repository = feature(&github);
    let publication = commit_to(&repository, &[("run.sh", Some("#!/bin/sh\nset -eu\n"))]);
    github.forge().publish(&publication).await.expect("landed");
    assert_eq!(
        repository.mode("feature", "run.sh").as_deref(),
        Some("100755")
    );
    assert_eq!(github.count("POST /graphql"), 0);
    repository.file("a", "a\n").commit_on("feature", "More");
    let error = github
        .forge()
        .publish(&publication)
        .await
        .expect_err("moved");
    assert!(matches!(error, ForgeError::Moved { .. }), "{error}");
}

#[tokio::test]
async fn a_branch_that_moved_before_or_meanwhile_is_left_alone() {
    let github = GitHub::start().await;
    let repository = feature(&github);
    for edits in [EDIT, &[("run.sh", Some("#!/bin/sh\nset -eu\n"))]] {
        let publication = commit_to(&repository, edits);
        // Pushed between the look and the write.
        let route = match edits.len() {
            1 => "PATCH /repos/*/*/git/refs/**",
            _ => "POST /graphql",
        };
        let mut held = github.hold(route, Effect::OnRelease);
        let forge = github.forge();
        let landing = tokio::spawn(async move { forge.publish(&publication).await });
        held.arrived().await;
        let theirs = repository.file("b", route).commit_on("feature", "Theirs");
        held.release();
        let error = landing.await.expect("no panic").expect_err("moved");
        assert!(matches!(error, ForgeError::Moved { .. }), "{error}");
        assert_eq!(repository.head("feature"), Some(theirs));
    }
    let publication = commit_to(&repository, EDIT);
    repository.point("feature", None);
    let error = github
        .forge()
        .publish(&publication)
        .await
        .expect_err("gone");
    assert!(matches!(error, ForgeError::Moved { .. }), "{error}");
}

#[tokio::test]
async fn cut_off_after_it_landed_it_is_found() {
    for fault in [Fault::LostAnswer, Fault::ResetAfter, Fault::Truncated] {
        let github = GitHub::start().await;
        let repository = feature(&github);
        let publication = commit_to(&repository, EDIT);
        github.fault("POST /graphql", 1, fault);
        github
            .forge()
            .publish(&publication)
            .await
            .expect_err("cut off");
        let landed = repository.head("feature");
        let change = github.forge().publish(&publication).await.expect("found");
        assert!(change.found);
        assert_eq!(change.commit, landed);
        assert_eq!(repository.head("feature"), landed);
    }
}

#[tokio::test]
async fn without_the_right_to_push_it_says_which() {
    let github = GitHub::start().await;
    let repository = feature(&github);
    let publication = commit_to(&repository, EDIT);
    let body =
        r#"{"data":{"createCommitOnBranch":null},"errors":[{"type":"FORBIDDEN","message":"no"}]}"#;
    let fault = Fault::Answer {
        status: 200,
        headers: Vec::new(),
        body: body.into(),
    };
    github.fault("POST /graphql", 1, fault);
    let error = github
        .forge()
        .publish(&publication)
        .await
        .expect_err("refused");
    assert!(error.to_string().contains("contents: write"), "{error}");
}
