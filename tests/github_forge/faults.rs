//! Failures that pass, and how long to wait.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sentinel::forge::github::GitHub as Adapter;
use sentinel::forge::{Forge, ForgeError};

use super::{branch, fix, widget};
use crate::doubles::github::{Fault, GitHub};

const READ: &str = "GET /repos/*/*/git/ref/heads/main";

async fn after(fault: Fault) -> ForgeError {
    let github = GitHub::start().await;
    let repository = widget(&github);
    github.fault(READ, 1, fault);
    let forge = Adapter::new(github.token()).expect("settings");
    let answer = forge.branch_head(&repository.id(), &branch("main")).await;
    assert_eq!(github.count(READ), 1, "tried once, no retry of our own");
    // And it passes (for another process, which knows of no limit).
    let forge = Adapter::new(github.token()).expect("settings");
    forge
        .branch_head(&repository.id(), &branch("main"))
        .await
        .expect("the second try");
    answer.expect_err("a fault")
}

fn seconds(error: &ForgeError) -> Option<u64> {
    assert!(error.is_transient(), "{error}");
    error.retry_after().map(|wait| wait.as_secs())
}

#[tokio::test]
async fn limits_say_when_to_come_back() {
    assert_eq!(
        seconds(&after(Fault::secondary_limit(403, Some(17))).await),
        Some(17)
    );
    assert_eq!(
        seconds(&after(Fault::secondary_limit(429, Some(90))).await),
        Some(90)
    );
    assert_eq!(
        seconds(&after(Fault::secondary_limit(403, None)).await),
        Some(60)
    );
    assert_eq!(
        seconds(&after(Fault::secondary_limit(429, None)).await),
        Some(60)
    );
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock")
        .as_secs();
    let wait = seconds(&after(Fault::primary_limit(now + 600)).await).expect("a time");
    assert!((590..=600).contains(&wait), "{wait}");
    assert_eq!(
        seconds(&after(Fault::primary_limit(now - 5)).await),
        Some(1)
    );
    assert_eq!(
        seconds(&after(Fault::primary_limit(u64::MAX)).await),
        Some(60)
    );
    assert_eq!(
        seconds(&after(Fault::secondary_limit(403, Some(9_999_999))).await),
        Some(3600)
    );
}

#[tokio::test]
async fn servers_and_connections_that_fail_are_worth_another_try() {
    for status in [500, 502, 503, 504, 408] {
        assert_eq!(seconds(&after(Fault::status(status)).await), None);
    }
    for fault in [
        Fault::Reset,
        Fault::Truncated,
        Fault::Stalled,
        Fault::Slow(Duration::from_secs(30)),
    ] {
        assert_eq!(seconds(&after(fault).await), None);
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_worth_another_try() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let forge = github.forge();
    drop(github);
    // The double's thread ends a moment after it was told.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let error = forge
        .branch_head(&repository.id(), &branch("main"))
        .await
        .expect_err("gone");
    assert!(error.is_transient(), "{error}");
}

#[tokio::test]
async fn a_limit_on_signing_in_is_a_limit_too() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    github.fault(
        "POST /app/installations/*/access_tokens",
        1,
        Fault::secondary_limit(429, Some(30)),
    );
    let error = github
        .forge()
        .check_access(&repository.id())
        .await
        .expect_err("limited");
    assert_eq!(seconds(&error), Some(30));
    github
        .forge()
        .check_access(&repository.id())
        .await
        .expect("the second try");
}

#[tokio::test]
async fn while_limited_nothing_is_sent_and_then_all_is_well() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    github
        .repository("other/thing")
        .file("a", "b")
        .commit("feat: c");
    github.fault(READ, 1, Fault::secondary_limit(403, Some(1)));
    let forge = github.forge();
    let (id, main) = (repository.id(), branch("main"));
    assert_eq!(
        seconds(&forge.branch_head(&id, &main).await.expect_err("limited")),
        Some(1)
    );
    let before = github.requests().len();
    let error = forge.check_access(&id).await.expect_err("silence");
    assert!(
        error
            .retry_after()
            .is_some_and(|wait| wait <= Duration::from_secs(1))
    );
    assert_eq!(github.requests().len(), before, "{error}");
    // The limit is this owner's.
    let other = github.repository("other/thing").id();
    forge.check_access(&other).await.expect("another owner");
    tokio::time::sleep(Duration::from_millis(1_050)).await;
    forge.branch_head(&id, &main).await.expect("a head");
}

#[tokio::test]
async fn a_limit_while_publishing_leaves_what_the_next_try_finds() {
    for route in [
        "POST /repos/*/*/git/trees",
        "POST /repos/*/*/git/refs",
        "POST /repos/*/*/pulls",
    ] {
        let github = GitHub::start().await;
        let repository = widget(&github);
        let publication = fix(&repository);
        github.fault(route, 1, Fault::secondary_limit(403, Some(5)));
        let error = github
            .forge()
            .publish(&publication)
            .await
            .expect_err("limited");
        assert_eq!(seconds(&error), Some(5));
        github
            .forge()
            .publish(&publication)
            .await
            .expect("the second try");
        assert_eq!(
            (repository.own_branches().len(), repository.pulls().len()),
            (1, 1)
        );
    }
}

#[tokio::test]
async fn an_answer_without_end_is_refused() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    github.fault(
        READ,
        1,
        Fault::Answer {
            status: 200,
            headers: Vec::new(),
            body: "[".repeat(20 * 1024 * 1024),
        },
    );
    let error = github
        .forge()
        .branch_head(&repository.id(), &branch("main"))
        .await
        .expect_err("too much");
    assert!(matches!(error, ForgeError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn answers_that_make_no_sense_are_said_to() {
    for body in [
        "",
        "no JSON",
        "[]",
        "{}",
        r#"{"object":{"type":"tag","sha":"12"}}"#,
        "\u{0}\u{1}",
    ] {
        let github = GitHub::start().await;
        let repository = widget(&github);
        let body = body.to_owned();
        github.fault(
            READ,
            1,
            Fault::Answer {
                status: 200,
                headers: Vec::new(),
                body,
            },
        );
        let error = github
            .forge()
            .branch_head(&repository.id(), &branch("main"))
            .await
            .expect_err("nonsense");
        assert!(matches!(error, ForgeError::Unexpected { .. }), "{error}");
    }
    // Deep nesting must not end the process.
    let github = GitHub::start().await;
    let repository = widget(&github);
    let body = "[".repeat(1_000_000);
    github.fault(
        READ,
        1,
        Fault::Answer {
            status: 200,
            headers: Vec::new(),
            body,
        },
    );
    github
        .forge()
        .branch_head(&repository.id(), &branch("main"))
        .await
        .expect_err("nonsense");
}

#[tokio::test]
async fn a_repository_that_moved_is_not_followed_with_the_credential() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    github.fault(
        READ,
        1,
        Fault::Answer {
            status: 301,
            headers: vec![("location", "https://example.com/steal".into())],
            body: "{}".into(),
        },
    );
    let error = github
        .forge()
        .branch_head(&repository.id(), &branch("main"))
        .await
        .expect_err("moved");
    assert!(error.to_string().contains("renamed"), "{error}");
}
