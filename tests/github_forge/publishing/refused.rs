//! What is not published, and why.

use super::*;

#[tokio::test]
async fn a_branch_that_a_person_pushed_to_is_a_conflict() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let publication = fix(&repository);
    let change = github
        .forge()
        .publish(&publication)
        .await
        .expect("a change");
    repository
        .file("mine.txt", "a person's\n")
        .commit_on(change.branch.as_str(), "my turn");
    github.forget_requests();
    let error = github
        .forge()
        .publish(&publication)
        .await
        .expect_err("a person's branch");
    assert!(matches!(error, ForgeError::Conflict { .. }), "{error}");
    assert!(github.writes().is_empty());
}

#[tokio::test]
async fn a_branch_of_our_name_with_other_work_is_a_conflict() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let publication = fix(&repository);
    repository
        .file("x", "other\n")
        .commit_on(publication.branch().as_str(), "other work");
    let error = github
        .forge()
        .publish(&publication)
        .await
        .expect_err("another's branch");
    assert!(matches!(error, ForgeError::Conflict { .. }), "{error}");
    assert!(github.writes().is_empty());
}

#[tokio::test]
async fn another_tree_than_decided_upon_is_never_referenced() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let other = id_of("another tree");
    github.fault(
        "POST /repos/*/*/git/trees",
        1,
        Fault::Answer {
            status: 201,
            headers: Vec::new(),
            body: format!(r#"{{"sha":"{other}"}}"#),
        },
    );
    let error = github
        .forge()
        .publish(&fix(&repository))
        .await
        .expect_err("another tree");
    assert!(matches!(error, ForgeError::Conflict { .. }), "{error}");
    nothing(&repository);
    assert_eq!(github.count("POST /repos/*/*/git/commits"), 0);
}

#[tokio::test]
async fn a_target_that_is_gone_is_a_conflict() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let main = repository.head("main").expect("a head");
    repository.point("feature", Some(&main));
    let wanted = Wanted {
        repository: &repository,
        target: "feature",
        form: DRAFT,
        edits: &[("README.md", Some("# The widget\n"))],
    };
    let publication = wanted.authorised();
    repository.point("feature", None);
    let error = github
        .forge()
        .publish(&publication)
        .await
        .expect_err("no target");
    assert!(matches!(error, ForgeError::Conflict { .. }), "{error}");
}

#[tokio::test]
async fn where_there_are_no_drafts_nothing_is_left_behind() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    repository.configure(|repo| repo.no_drafts = true);
    let error = github
        .forge()
        .publish(&fix(&repository))
        .await
        .expect_err("no drafts");
    assert!(matches!(error, ForgeError::Denied { .. }), "{error}");
    assert!(error.to_string().contains("draft"), "{error}");
    nothing(&repository);
}

#[tokio::test]
async fn a_rule_against_our_branches_is_named() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    repository.configure(|repo| repo.locked = true);
    let error = github
        .forge()
        .publish(&fix(&repository))
        .await
        .expect_err("a rule");
    assert!(matches!(error, ForgeError::Denied { .. }), "{error}");
    assert!(error.to_string().contains("Settings, Rules"), "{error}");
}

#[tokio::test]
async fn workflow_files_are_refused_with_the_permission_named() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let wanted = Wanted {
        repository: &repository,
        target: "main",
        form: DRAFT,
        edits: &[(".github/workflows/ci.yml", Some("on: push\n"))],
    };
    let publication = wanted.authorised();
    let app = github.forge();
    let person = Adapter::new(github.token()).expect("settings");
    for forge in [app, person] {
        let error = forge.publish(&publication).await.expect_err("refused");
        assert!(matches!(error, ForgeError::Denied { .. }), "{error}");
        assert!(error.to_string().contains("`workflows: write`"), "{error}");
    }
    nothing(&repository);
}

#[tokio::test]
async fn a_write_that_github_hides_is_a_missing_permission() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    github.fault(OPEN, 1, Fault::status(404));
    let error = github
        .forge()
        .publish(&fix(&repository))
        .await
        .expect_err("hidden");
    assert!(matches!(error, ForgeError::Denied { .. }), "{error}");
    assert!(
        error.to_string().contains("`pull_requests: write`"),
        "{error}"
    );
}

#[tokio::test]
async fn a_missing_write_permission_is_named_and_nothing_is_left() {
    for permission in ["contents", "pull_requests"] {
        let github = GitHub::start().await;
        let repository = widget(&github);
        github.grant(permission, Some("read"));
        let error = github
            .forge()
            .publish(&fix(&repository))
            .await
            .expect_err("refused");
        assert!(matches!(error, ForgeError::Denied { .. }), "{error}");
        assert!(
            error
                .to_string()
                .contains(&format!("`{permission}: write`")),
            "{error}"
        );
        assert!(repository.pulls().is_empty());
    }
}
