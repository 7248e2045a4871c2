//! What GitLab refuses, and what we say of it.

use std::time::Duration;

use super::*;
use crate::doubles::github::Fault;

async fn refused(gitlab: &GitLab, publication: &Publication) -> ForgeError {
    gitlab.forge().publish(publication).await.unwrap_err()
}

fn says(error: &ForgeError, parts: &[&str]) {
    let text = error.to_string();
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
    assert!(!text.contains(crate::doubles::gitlab::TOKEN), "{text}");
}

#[tokio::test]
async fn a_token_that_may_only_read_is_told_its_scope() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    gitlab.state().read_only_token = true;
    let error = refused(&gitlab, &fix(&project)).await;
    assert!(matches!(error, ForgeError::Denied { .. }), "{error}");
    says(&error, &["lacks the scope `api`", "insufficient_scope"]);
    nothing(&project);
}

#[tokio::test]
async fn a_user_without_the_role_is_told_the_role() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    project.with(|project| project.role = 20);
    let error = refused(&gitlab, &fix(&project)).await;
    assert!(matches!(error, ForgeError::Denied { .. }), "{error}");
    says(&error, &["the role Developer", "Access tokens"]);
    nothing(&project);
}

#[tokio::test]
async fn a_protected_branch_is_named() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    project.with(|project| project.protected.push("sentinel/".into()));
    let error = refused(&gitlab, &fix(&project)).await;
    says(&error, &["not allowed to push", "`sentinel/*`"]);
    nothing(&project);
}

#[tokio::test]
async fn a_push_rule_has_its_own_words() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    let fault = Fault::Answer {
        status: 400,
        headers: Vec::new(),
        body: r#"{"message":"Commit message does not follow the pattern 'JIRA'"}"#.into(),
    };
    gitlab.trouble(COMMIT, 0, fault);
    let error = refused(&gitlab, &fix(&project)).await;
    assert!(matches!(error, ForgeError::Denied { .. }), "{error}");
    says(&error, &["JIRA", "push rule"]);
}

#[tokio::test]
async fn a_branch_whose_merge_request_may_not_be_is_taken_back() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    gitlab.trouble(OPEN, 0, Fault::status(403));
    let error = refused(&gitlab, &fix(&project)).await;
    assert!(matches!(error, ForgeError::Denied { .. }), "{error}");
    nothing(&project);
}

#[tokio::test]
async fn a_failing_commit_that_is_gone_is_a_conflict() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    let fault = Fault::Answer {
        status: 400,
        headers: Vec::new(),
        body: r#"{"message":"Cannot find start_sha 'abc'"}"#.into(),
    };
    gitlab.trouble(COMMIT, 0, fault);
    let error = refused(&gitlab, &fix(&project)).await;
    assert!(matches!(error, ForgeError::Conflict { .. }), "{error}");
    // The target went away before the merge request was opened.
    let publication = fix(&project);
    project.fork_branch("other", "main");
    project.with(|project| project.refs.remove("main"));
    let error = refused(&gitlab, &publication).await;
    assert!(matches!(error, ForgeError::Conflict { .. }), "{error}");
    says(&error, &["main is gone"]);
}

#[tokio::test]
async fn a_branch_that_holds_something_else_is_left_alone() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    let publication = fix(&project);
    project.fork_branch(publication.branch().as_str(), "main");
    let error = refused(&gitlab, &publication).await;
    assert!(matches!(error, ForgeError::Conflict { .. }), "{error}");
    assert_eq!(project.own_branches().len(), 1, "it is somebody's");
    assert!(gitlab.writes().is_empty());
}

/// The tree that GitLab built is compared before a merge request shows it.
#[tokio::test]
async fn another_tree_than_was_decided_upon_is_taken_back() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    project.with(|project| project.spoils_commits = true);
    let publication = fix(&project);
    let error = refused(&gitlab, &publication).await;
    says(&error, &[publication.patch().result().as_str()]);
    nothing(&project);
}

#[tokio::test]
async fn a_limit_silences_every_request_until_it_is_over() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    let publication = fix(&project);
    let limited = |seconds: Option<&str>| Fault::Answer {
        status: 429,
        headers: seconds
            .map(|seconds| ("retry-after", seconds.to_owned()))
            .into_iter()
            .collect(),
        body: "Retry later".into(),
    };
    gitlab.trouble(COMMIT, 0, limited(Some("7")));
    let forge = gitlab.forge();
    let error = forge.publish(&publication).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    let asked = gitlab.state().recorded.len();
    let silent = forge.publish(&publication).await.unwrap_err();
    says(&silent, &["not sent"]);
    assert_eq!(gitlab.state().recorded.len(), asked);
    // One that names no time is a minute at first.
    gitlab.trouble(COMMIT, 0, limited(None));
    let error = refused(&gitlab, &publication).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(60)));
}
