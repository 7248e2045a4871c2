//! Commands that are not obeyed.

use sentinel::task::TaskState;
use serde_json::json;

use super::commands::{Red, tell};
use crate::doubles::github::Webhook;

#[tokio::test(flavor = "multi_thread")]
async fn who_may_only_read_has_nothing_done() {
    let red = Red::new().await;
    for (at, who) in ["dana", "rita", "a-stranger"].into_iter().enumerate() {
        for order in ["apply", "retry", "stop", "reject"] {
            red.says(who, &format!("/sentinel {order}")).await;
        }
        assert_eq!(red.answers().len(), 4 * (at + 1));
        assert!(red.answers()[at].contains("write permission"));
        assert!(red.commanded().await.contains("SNTL_NO_PERMISSION"));
    }
    red.is(TaskState::Offered).await;
    red.untouched();
    red.world.end().await;
}

/// Not even written down as commands.
#[tokio::test(flavor = "multi_thread")]
async fn bots_and_quotes_are_not_heard() {
    let red = Red::new().await;
    let before = red.world.github.requests().len();
    let bot = json!({"login": "helper[bot]", "type": "Bot"});
    let by_bot = red
        .repository
        .comment_of(red.number, bot, "/sentinel apply");
    assert_eq!(tell(&red.world, &by_bot).await, 204);
    for text in [
        "> /sentinel apply",
        "please\n/sentinel apply",
        " /sentinel apply",
        "```\n/sentinel apply\n```",
    ] {
        let quoted = red.repository.comment(red.number, "wanda", text);
        assert_eq!(tell(&red.world, &quoted).await, 204, "{text}");
    }
    red.world.settle().await;
    assert_eq!(red.world.github.requests().len(), before);
    red.untouched();
    red.world.end().await;
}

/// The payload is true when it is sent; the forge is asked what is true now.
#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_stand_any_more_is_ignored() {
    type Edit = fn(&mut serde_json::Value);
    let edits: [(Edit, &str); 5] = [
        (
            |comment| comment["updated_at"] = "2026-01-04T00:00:00Z".into(),
            "SNTL_COMMENT_CHANGED",
        ),
        (
            |comment| comment["body"] = "/sentinel explain".into(),
            "SNTL_COMMENT_CHANGED",
        ),
        (
            |comment| comment["user"]["login"] = "dana".into(),
            "SNTL_COMMENT_CHANGED",
        ),
        (
            |comment| comment["issue_url"] = "https://x/issues/1".into(),
            "SNTL_COMMENT_CHANGED",
        ),
        (
            |comment| comment["user"]["type"] = "Bot".into(),
            "SNTL_COMMAND_BY_BOT",
        ),
    ];
    let red = Red::new().await;
    for (edit, code) in edits {
        let webhook = red
            .repository
            .comment(red.number, "wanda", "/sentinel apply");
        red.repository.edit_comment(red.number, edit);
        assert_eq!(tell(&red.world, &webhook).await, 202);
        red.world.settle().await;
        assert!(red.commanded().await.contains(code), "{code}");
    }
    let gone = red
        .repository
        .comment(red.number, "wanda", "/sentinel stop");
    red.repository.configure(|repo| {
        repo.comments.pop();
    });
    assert_eq!(tell(&red.world, &gone).await, 202);
    red.world.settle().await;
    assert!(red.commanded().await.contains("SNTL_COMMENT_CHANGED"));
    // The bot's own comment is no answer of ours.
    let ours = red.answers();
    assert!(
        ours.iter().all(|body| body == "/sentinel apply"),
        "{ours:?}"
    );
    red.is(TaskState::Offered).await;
    red.untouched();
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_for_another_head_is_not_landed() {
    let red = Red::new().await;
    let theirs = red
        .repository
        .file("b", "theirs\n")
        .commit_on("feature", "Theirs");
    red.says("wanda", "/sentinel apply").await;
    red.says("wanda", "/sentinel retry").await;
    for answer in red.answers() {
        assert!(answer.contains("no longer points"), "{answer}");
    }
    assert!(red.commanded().await.contains("SNTL_BRANCH_MOVED"));
    assert_eq!(red.repository.head("feature"), Some(theirs));
    red.is(TaskState::Offered).await;
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tree_is_not_approved() {
    let red = Red::new().await;
    let tree = red.is(TaskState::Offered).await.record.result_tree.unwrap();
    let other = "0".repeat(40);
    for named in [&other, &tree.as_str()[..11], "", "HEAD~1 please"] {
        red.says("wanda", &format!("/sentinel approve {named}"))
            .await;
        assert!(red.commanded().await.contains("SNTL_TREE_MISMATCH"));
    }
    assert!(red.answers()[0].contains("at least 12 digits"));
    red.is(TaskState::Offered).await;
    red.untouched();
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_branch_is_never_written_to() {
    let red = Red::new().await;
    red.repository.protect("feature");
    red.says("wanda", "/sentinel apply").await;
    assert!(red.commanded().await.contains("SNTL_PROTECTED_BRANCH"));
    // Nor by way of the command line, which asks nobody first.
    let task = red.is(TaskState::Offered).await;
    red.world.approve(&task.id).await;
    red.is(TaskState::Refused).await;
    red.untouched();
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_pull_request_takes_no_commands() {
    let red = Red::new().await;
    red.repository.close(red.number);
    red.says("wanda", "/sentinel apply").await;
    assert!(red.commanded().await.contains("SNTL_CHANGE_ENDED"));
    red.untouched();
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_publication_would_be_refused_for_is_said_at_once() {
    // The check was the hour's one change.
    let red = Red::with("[policy]\nmax_changes_per_hour = 1").await;
    red.says("wanda", "/sentinel apply").await;
    let [answer] = red.answers().try_into().expect("one answer");
    assert!(answer.starts_with("Not done (`apply`)"), "{answer}");
    assert!(answer.contains("policy.max_changes_per_hour"), "{answer}");
    red.is(TaskState::Offered).await;
    red.untouched();
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_word_gets_help_once() {
    let red = Red::new().await;
    for text in ["/sentinel aply", "/sentinel merge", "/sentinel help"] {
        red.says("a-stranger", text).await;
        assert!(red.commanded().await.contains("SNTL_UNKNOWN_COMMAND"));
    }
    let [answer] = red.answers().try_into().expect("one answer");
    for order in ["apply", "approve", "reject", "retry", "stop", "explain"] {
        assert!(answer.contains(&format!("`/sentinel {order}`")), "{answer}");
    }
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_commands_is_not_answered() {
    for limit in ["max_commands_per_person = 2", "max_commands_per_hour = 2"] {
        let red = Red::with(&format!("[policy]\n{limit}")).await;
        for _ in 0..4 {
            red.says("a-stranger", "/sentinel explain").await;
        }
        assert_eq!(red.answers().len(), 2, "{limit}");
        assert!(red.commanded().await.contains("SNTL_COMMANDS_RATE_LIMITED"));
        // One person's flood is not another's.
        red.says("wanda", "/sentinel explain").await;
        let heard = usize::from(limit.contains("person"));
        assert_eq!(red.answers().len(), 2 + heard, "{limit}");
        red.world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_is_tried_again_so_often_a_day() {
    let red = Red::with("[policy]\nmax_retries_per_day = 1").await;
    red.says("wanda", "/sentinel retry").await;
    let again = red.newest().await;
    assert_eq!(again.state, TaskState::Offered, "{:?}", again.record.note);
    red.says("wanda", "/sentinel retry").await;
    assert_eq!(red.newest().await.id, again.id);
    assert!(red.commanded().await.contains("SNTL_RETRIES_EXHAUSTED"));
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn our_marker_in_a_strangers_comment_is_no_answer() {
    let red = Red::new().await;
    let webhook = red
        .repository
        .comment(red.number, "wanda", "/sentinel explain");
    let id = red.repository.comments(red.number)[0]["id"].clone();
    let reply = sentinel::change::talk::Reply {
        repository: red.repository.id(),
        change: red.number,
        to: format!("{} comment {id}", red.repository.id()),
        text: "x".into(),
    };
    red.repository.comment(red.number, "mallory", &reply.body());
    assert_eq!(tell(&red.world, &webhook).await, 202);
    red.world.settle().await;
    let [answer] = red.answers().try_into().expect("our own answer");
    assert!(answer.ends_with(&reply.marker()), "{answer}");
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_about_nothing_says_so() {
    let world = crate::world::World::new().await;
    let repository = world.widget();
    repository.person("wanda", "admin");
    repository.point("feature", repository.head("main").as_ref());
    let number = repository.opened("feature", "dana");
    for order in ["apply", "approve 123456789012", "reject", "retry"] {
        let webhook: Webhook = repository.comment(number, "wanda", &format!("/sentinel {order}"));
        assert_eq!(tell(&world, &webhook).await, 202);
    }
    world.settle().await;
    let said = super::commands::answers(&repository, number);
    assert_eq!(said.len(), 4);
    assert!(
        said.iter()
            .all(|text| text.contains("there is nothing here")),
        "{said:?}"
    );
    world.end().await;
}
