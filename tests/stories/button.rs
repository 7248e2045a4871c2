//! The check of a red pull request has a button that lands its patch; whoever
//! presses it is asked what whoever writes `/sentinel apply` is asked.

use sentinel::task::TaskState;
use serde_json::{Value, json};

use super::commands::{Red, tell};
use crate::doubles::github::{Fault, Webhook};
use crate::world::FORMATTED;

impl Red {
    fn check(&self) -> Value {
        let checks = self.repository.checks();
        checks.into_iter().next_back().expect("a check run")
    }

    fn pressed_by(&self, login: &str) -> Webhook {
        self.repository
            .press(&self.check(), 0, login, &[self.number])
    }

    async fn is_pressed_by(&self, login: &str) {
        assert_eq!(tell(&self.world, &self.pressed_by(login)).await, 202);
        self.world.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_button_lands_the_patch_of_its_check() {
    let red = Red::new().await;
    let tree = red.is(TaskState::Offered).await.record.result_tree.unwrap();
    let short = &tree.as_str()[..12];
    let buttons = json!([{
        "label": "Apply fix", "description": format!("Land the tree {short}"),
        "identifier": format!("apply-{short}"),
    }]);
    assert_eq!(red.check()["actions"], buttons);
    let head = red.repository.head("feature").unwrap();
    red.is_pressed_by("wanda").await;

    let task = red.is(TaskState::Published).await;
    let approval = task.record.approval.unwrap();
    assert_eq!(
        (approval.by.as_str(), &approval.tree, &approval.head),
        ("wanda", &tree, &head)
    );
    let landed = red.repository.read("feature", "src/lib.rs").unwrap();
    assert_eq!(landed, FORMATTED.as_bytes());
    let [answer] = red.answers().try_into().expect("one answer");
    let said = format!("`wanda` pressed the check's button. Approved: the tree `{tree}`");
    assert!(answer.starts_with(&said), "{answer}");
    let decided = red.commanded().await;
    assert!(decided.contains("\"decision\":\"ALLOW\""), "{decided}");
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_write_here_is_told_so_and_nothing_is_landed() {
    let red = Red::new().await;
    for (count, login) in ["dana", "rita", "mallory"].into_iter().enumerate() {
        red.is_pressed_by(login).await;
        let answers = red.answers();
        assert_eq!(answers.len(), count + 1);
        let said = format!("`{login}` pressed the check's button. Not done (`approve`)");
        assert!(answers[count].starts_with(&said), "{answers:?}");
        assert!(answers[count].contains("write permission"), "{answers:?}");
    }
    red.is(TaskState::Offered).await;
    red.untouched();
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_of_a_commit_that_is_gone_by_says_so() {
    let red = Red::new().await;
    let webhook = red.pressed_by("wanda");
    red.repository.file("README.md", "# Gone on\n");
    red.repository.commit_on("feature", "Go on");
    let newest = red.repository.head("feature");
    red.world.told(webhook).await;
    assert_eq!(red.repository.head("feature"), newest);
    let [answer] = red.answers().try_into().expect("one answer");
    assert!(
        answer.contains("no longer points at the failing commit"),
        "{answer}"
    );
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_acts_once_however_often_it_is_told() {
    let red = Red::new().await;
    let webhook = red.pressed_by("wanda");
    assert_eq!(tell(&red.world, &webhook).await, 202);
    red.world.settle().await;
    let landed = red.repository.head("feature");
    // A redelivery, and a stranger's replay with an id of their own.
    for id in [None, Some("11111111-2222-4333-8444-555555555555")] {
        let mut again = webhook.clone();
        if let Some(id) = id {
            let headers = again.headers.iter_mut();
            let mut ids =
                headers.filter(|(name, _)| name.eq_ignore_ascii_case("x-github-delivery"));
            ids.next().expect("an id").1 = id.into();
        }
        tell(&red.world, &again).await;
        red.world.settle().await;
    }
    assert_eq!(red.repository.head("feature"), landed);
    assert_eq!(red.answers().len(), 1);
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_press_does_not_land_what_was_said_no_to_since() {
    let red = Red::new().await;
    let webhook = red.pressed_by("dana");
    red.world.told(webhook.clone()).await;
    // Dana may write from now on; what she pressed when she might not stays so.
    red.repository.person("dana", "write");
    red.world.told(webhook).await;
    red.is(TaskState::Offered).await;
    red.untouched();
    red.says("wanda", "/sentinel reject").await;
    red.is_pressed_by("wanda").await;
    red.is(TaskState::Rejected).await;
    red.untouched();
    let last = red.answers().pop().unwrap();
    assert!(last.contains("there is nothing here"), "{last}");
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_only_looks_like_ours_has_no_button() {
    let red = Red::new().await;
    let (ours, head) = (red.check(), red.repository.head("feature"));
    for (field, value) in [
        ("app", json!({"slug": "mallory"})),
        ("external_id", json!("other")),
        ("name", json!("sentinel")),
        (
            "head_sha",
            json!(red.repository.commit("Other").to_string()),
        ),
    ] {
        let id = 9_000_000 + red.repository.checks().len() as u64;
        let mut check = ours.clone();
        check["id"] = id.into();
        check[field] = value;
        red.repository
            .configure(|repo| repo.checks.push(check.clone()));
        // Their payload says that it is ours all the same.
        check["name"] = json!("Sentinel");
        check["head_sha"] = ours["head_sha"].clone();
        let webhook = red.repository.press(&check, 0, "wanda", &[red.number]);
        red.world.told(webhook).await;
        red.is(TaskState::Offered).await;
        assert!(red.answers().is_empty(), "{field}");
        let decided = red.commanded().await;
        assert!(
            decided.contains("SNTL_COMMENT_CHANGED"),
            "{field}: {decided}"
        );
    }
    // And one that is gone.
    let mut gone = ours;
    gone["id"] = 1.into();
    red.world
        .told(red.repository.press(&gone, 0, "wanda", &[red.number]))
        .await;
    red.is(TaskState::Offered).await;
    assert_eq!(red.repository.head("feature"), head);
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_that_was_cut_off_is_carried_on() {
    let red = Red::new().await;
    let github = &red.world.github;
    github.fault("GET /repos/*/*/check-runs/*", 1, Fault::status(502));
    github.fault("POST /graphql", 1, Fault::ResetAfter);
    github.fault("POST /repos/*/*/issues/*/comments", 1, Fault::LostAnswer);
    assert_eq!(tell(&red.world, &red.pressed_by("wanda")).await, 202);
    red.world.settle().await;
    for _ in 0..3 {
        for stage in ["command", "publish"] {
            red.world.later(stage).await;
        }
    }
    red.is(TaskState::Published).await;
    assert_eq!(red.answers().len(), 1);
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_that_github_did_not_sign_is_turned_away() {
    let red = Red::new().await;
    let before = red.world.kinds().await.len();
    let mut forged = red.pressed_by("wanda");
    let last = forged.body.len() - 1;
    forged.body[last] = b' ';
    forged.body.push(b'}');
    assert_eq!(tell(&red.world, &forged).await, 401);
    let mut unsigned = red.pressed_by("wanda");
    unsigned
        .headers
        .retain(|(name, _)| !name.eq_ignore_ascii_case("x-hub-signature-256"));
    assert_eq!(tell(&red.world, &unsigned).await, 401);
    // Signed, and told as another event: it is read as nothing else.
    let mut other = red.pressed_by("wanda");
    for (name, value) in &mut other.headers {
        if name.eq_ignore_ascii_case("x-github-event") {
            *value = "issue_comment".into();
        }
    }
    assert_eq!(tell(&red.world, &other).await, 400);
    red.world.settle().await;
    assert_eq!(red.world.kinds().await.len(), before);
    red.is(TaskState::Offered).await;
    red.world.end().await;
}
