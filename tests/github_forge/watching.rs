//! A pull request that is there: how it stands, what CI says of its commit, and
//! what is done to it.

use sentinel::change::{Change, ChangeEdit, ChangeState, CheckState, CiVerdict, Remark, Required};
use sentinel::forge::{Ci as _, Forge as _, ForgeError};
use sentinel::ids::{RunKey, Source};
use serde_json::json;

use super::{fix, widget};
use crate::doubles::github::{Fault, GitHub, Repository};

const JOBS: &str = "GET /repos/*/*/actions/runs/*/attempts/*/jobs";

async fn published(github: &GitHub) -> (Repository, Change) {
    let repository = widget(github);
    let change = github.forge().publish(&fix(&repository)).await;
    (repository.clone(), change.expect("a pull request"))
}

fn remark() -> Remark {
    Remark {
        key: "t1 close".into(),
        text: "It is closed.".into(),
    }
}

fn close() -> ChangeEdit {
    ChangeEdit::Close { remark: remark() }
}

fn ready() -> ChangeEdit {
    ChangeEdit::ReadyForReview { remark: remark() }
}

#[tokio::test]
async fn how_it_stands() {
    let github = GitHub::start().await;
    let (repository, change) = published(&github).await;
    let forge = github.forge();
    let stands = async || forge.standing(&repository.id(), &change).await.unwrap();
    let open = stands().await;
    assert_eq!((open.state, open.draft), (ChangeState::Open, true));
    assert_eq!(open.head, change.commit);
    assert_eq!((open.landed, open.applies), (None, None));
    let number = change.number.unwrap();
    repository.configure(|repo| {
        repo.mergeable.insert(number, false);
    });
    assert_eq!(stands().await.applies, Some(false));
    repository.land(number);
    let merged = stands().await;
    assert_eq!(merged.state, ChangeState::Merged);
    assert_eq!(merged.landed, change.commit);
}

#[tokio::test]
async fn a_number_that_is_not_ours_is_left_alone() {
    let github = GitHub::start().await;
    let (repository, change) = published(&github).await;
    let other = Change {
        branch: "sentinel/other".parse().unwrap(),
        ..change
    };
    let refused = github
        .forge()
        .set_change(&repository.id(), &other, &close())
        .await;
    assert!(
        matches!(refused, Err(ForgeError::Conflict { .. })),
        "{refused:?}"
    );
    assert!(repository.pulls()[0].open);
}

/// Our branch goes with the pull request that we close, and nothing of a
/// person's.
#[tokio::test]
async fn a_closed_ones_branch_goes_if_it_is_as_we_made_it() {
    for pushed in [false, true] {
        let github = GitHub::start().await;
        let (repository, change) = published(&github).await;
        if pushed {
            repository.file("MINE.md", "mine\n");
            repository.commit_on(change.branch.as_str(), "Mine");
        }
        let head = repository.head(change.branch.as_str());
        let forge = github.forge();
        for _ in 0..2 {
            let closed = forge.set_change(&repository.id(), &change, &close()).await;
            closed.unwrap();
        }
        assert!(!repository.pulls()[0].open);
        let left = repository.head(change.branch.as_str());
        assert_eq!(left, head.filter(|_| pushed), "pushed: {pushed}");
        let standing = forge.standing(&repository.id(), &change).await.unwrap();
        assert_eq!(standing.state, ChangeState::Closed);
    }
}

/// A branch that cannot be taken away is no reason not to close.
#[tokio::test]
async fn a_closed_ones_branch_may_stay() {
    let github = GitHub::start().await;
    let (repository, change) = published(&github).await;
    let refused = r#"{"data": {"updateRefs": null}, "errors": [{"message": "a rule"}]}"#;
    let fault = Fault::Answer {
        status: 200,
        headers: Vec::new(),
        body: refused.into(),
    };
    github.fault("POST /graphql", 2, fault);
    let forge = github.forge();
    let closed = forge.set_change(&repository.id(), &change, &close()).await;
    closed.unwrap();
    assert!(!repository.pulls()[0].open);
    assert!(repository.head(change.branch.as_str()).is_some());
}

#[tokio::test]
async fn what_is_so_already_is_left_as_it_is() {
    let github = GitHub::start().await;
    let (repository, change) = published(&github).await;
    let forge = github.forge();
    let set = async |edit: &ChangeEdit| {
        let set = forge.set_change(&repository.id(), &change, edit).await;
        set.unwrap();
    };
    set(&ready()).await;
    set(&ready()).await;
    assert_eq!(github.count("POST /graphql"), 1);
    set(&close()).await;
    set(&close()).await;
    assert_eq!(github.count("PATCH /repos/*/*/pulls/*"), 1);
    // Both edits have the same remark here, and it stands once.
    let number = change.number.unwrap();
    assert_eq!(repository.comments(number).len(), 1);
    assert!(!repository.pulls()[0].open);
}

#[tokio::test]
async fn graphql_refuses_with_200_and_is_heard() {
    let github = GitHub::start().await;
    let (repository, change) = published(&github).await;
    // The permission goes between the look and the deed.
    let body = json!({"data": null, "errors": [
        {"type": "FORBIDDEN", "message": "Resource not accessible by integration"}]});
    let fault = crate::doubles::github::Fault::Answer {
        status: 200,
        headers: Vec::new(),
        body: body.to_string(),
    };
    github.fault("POST /graphql", 1, fault);
    let refused = github
        .forge()
        .set_change(&repository.id(), &change, &ready())
        .await
        .unwrap_err();
    let said = refused.to_string();
    assert!(said.contains("pull_requests: write"), "{said}");
    assert!(repository.pulls()[0].draft);
}

#[tokio::test]
async fn jobs_that_may_fail_and_checks_of_ours_say_nothing() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let run = repository.failed_run("main").conclusion("success");
    run.passed_job("test").job("nightly", "").finish();
    let commit = repository.head("main").unwrap();
    let forge = github.forge();
    // Ours, one of Actions' App, and one of another.
    for (name, app) in [
        ("Sentinel", "us"),
        ("forged", "github-actions"),
        ("ci", "buildkite"),
    ] {
        repository.check_run("main", "failure", json!({}));
        repository.configure(|repo| {
            let check = repo.checks.last_mut().unwrap();
            check["name"] = json!(name);
            check["app"]["slug"] = json!(app);
        });
    }
    let state = forge.ci_state(&repository.id(), &commit).await.unwrap();
    let seen: Vec<(&str, CheckState)> = state
        .checks
        .iter()
        .map(|check| (check.name.as_str(), check.state))
        .collect();
    let expected = [
        ("test", CheckState::Passed),
        ("nightly", CheckState::Skipped),
        ("ci", CheckState::Failed),
    ];
    assert_eq!(seen, expected);
    let required = Required {
        source: Source::Forge,
        workflow: "CI".into(),
        job: "test".into(),
    };
    let CiVerdict::Red(red) = state.verdict(&required) else {
        panic!("{state:?}")
    };
    assert_eq!(red.len(), 1);
    // A run of another commit is no word on this one.
    repository.file("NEWS.md", "news\n").commit("News");
    let later = repository.head("main").unwrap();
    let state = forge.ci_state(&repository.id(), &later).await.unwrap();
    assert_eq!(state.verdict(&required), CiVerdict::Waiting);
}

#[tokio::test]
async fn so_many_runs_of_one_commit_are_looked_into() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    for _ in 0..25 {
        let run = repository.failed_run("main").conclusion("success");
        run.passed_job("test").finish();
    }
    let commit = repository.head("main").unwrap();
    let state = github.forge().ci_state(&repository.id(), &commit).await;
    assert_eq!(state.unwrap().checks.len(), 20);
    assert_eq!(github.count(JOBS), 20);
}

#[tokio::test]
async fn a_run_that_is_not_over_is_not_run_again() {
    let github = GitHub::start().await;
    github.grant("actions", Some("write"));
    let repository = widget(&github);
    let run = repository.failed_run("main").conclusion("").finish();
    let key = RunKey {
        repository: repository.id(),
        source: Source::Forge,
        run: run.id,
        attempt: 1,
    };
    let forge = github.forge();
    let now = forge.run_now(&key).await.unwrap();
    assert_eq!((now.attempt, now.state), (1, CheckState::Waiting));
    let refused = forge.rerun(&key).await.unwrap_err();
    assert!(refused.is_transient(), "{refused}");
    repository.ends(&run, "failure");
    assert_eq!(forge.rerun(&key).await.unwrap(), 2);
    // Asked again for the same attempt, it is found.
    assert_eq!(forge.rerun(&key).await.unwrap(), 2);
    assert_eq!(
        github.count("POST /repos/*/*/actions/runs/*/rerun-failed-jobs"),
        1
    );
    // What another CI system ran is its own to run.
    let other = RunKey {
        source: Source::CheckRun,
        ..key
    };
    let refused = forge.rerun(&other).await.unwrap_err();
    assert!(matches!(refused, ForgeError::Unsupported(_)), "{refused}");
}
