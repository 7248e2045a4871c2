//! A red pull request gets a check with the patch, and people say in comments
//! what is to become of it.

use sentinel::change::Form;
use sentinel::cli::compose::now;
use sentinel::pipeline::people::{Wish, approve};
use sentinel::store::TaskRow;
use sentinel::task::{TaskKind, TaskState};
use sentinel::time::Timestamp;

use crate::doubles::github::{Effect, Fault, Repository, Webhook};
use crate::world::{FORMAT_LOG, FORMATTED, World};

/// A red pull request of Dana's, whose patch is offered; Wanda may write.
pub struct Red {
    pub world: World,
    pub repository: Repository,
    pub number: u64,
}

impl Red {
    pub async fn new() -> Red {
        Red::with("").await
    }

    pub async fn with(more: &str) -> Red {
        let world = World::with(more).await;
        let repository = world.widget();
        repository
            .person("dana", "read")
            .person("wanda", "write")
            .person("rita", "triage");
        repository.point("feature", repository.head("main").as_ref());
        let number = repository.opened("feature", "dana");
        let red = Red {
            world,
            repository,
            number,
        };
        red.fails().await;
        red.world.repair_is(TaskState::Offered).await;
        red
    }

    /// Its branch fails where it is now.
    pub async fn fails(&self) {
        let run = self
            .repository
            .failed_run("feature")
            .pull_request(self.number)
            .job("fmt", FORMAT_LOG)
            .finish();
        self.world.fails(&run).await;
    }

    pub async fn says(&self, login: &str, text: &str) {
        let webhook = self.repository.comment(self.number, login, text);
        assert_eq!(tell(&self.world, &webhook).await, 202);
        self.world.settle().await;
    }

    /// Our answers so far.
    pub fn answers(&self) -> Vec<String> {
        answers(&self.repository, self.number)
    }

    pub async fn is(&self, state: TaskState) -> TaskRow {
        self.world.repair_is(state).await
    }

    /// Nothing was landed.
    pub fn untouched(&self) {
        assert_eq!(
            self.repository.head("feature"),
            self.repository.head("main")
        );
        assert!(self.repository.own_branches().is_empty());
    }

    /// The newest repair.
    pub async fn newest(&self) -> TaskRow {
        let tasks = self.world.tasks().await.into_iter();
        let mut repairs: Vec<TaskRow> =
            tasks.filter(|task| task.kind == TaskKind::Repair).collect();
        repairs.sort_by_key(|task| task.created_at);
        repairs.pop().expect("a repair")
    }

    pub async fn commanded(&self) -> String {
        let entries = self.world.ledger().await;
        let decided = entries.iter().rev();
        let mut decided = decided.filter(|entry| entry.kind == "command.decided");
        decided.next().expect("a decided command").body.clone()
    }
}

pub fn answers(repository: &Repository, number: u64) -> Vec<String> {
    let ours = repository.comments(number).into_iter();
    let ours = ours.filter(|comment| comment["user"]["type"] == "Bot");
    ours.map(|comment| comment["body"].as_str().unwrap().to_owned())
        .collect()
}

pub async fn tell(world: &World, webhook: &Webhook) -> u16 {
    let headers: Vec<(&str, &str)> = webhook
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let path = "/webhooks/github";
    crate::client::post(world.address, path, &headers, webhook.body.clone())
        .await
        .0
}

#[tokio::test(flavor = "multi_thread")]
async fn apply_lands_the_patch_of_the_check_as_one_commit() {
    let red = Red::new().await;
    let [check] = red.repository.checks().try_into().expect("one check run");
    let summary = check["output"]["summary"].as_str().unwrap();
    assert!(summary.contains("`/sentinel apply` lands"), "{summary}");
    let offered = red.is(TaskState::Offered).await;
    let head = red.repository.head("feature").unwrap();

    red.says("wanda", "/sentinel apply\nlooks right").await;

    let landed = red.is(TaskState::Published).await;
    let change = landed.record.change.expect("a change");
    assert_eq!(change.form, Form::Commit);
    assert_eq!(change.commit, red.repository.head("feature"));
    let (repository, tree) = (&red.repository, offered.record.result_tree.unwrap());
    let mut made = None;
    repository.configure(|repo| {
        let id = &repo.refs["feature"];
        made = repo.objects.get_commit(id).cloned();
    });
    let made = made.unwrap();
    assert_eq!(
        (made.tree, made.parents),
        (tree.to_string(), vec![head.to_string()])
    );
    assert!(made.verified);
    let [answer] = red.answers().try_into().expect("one answer");
    assert!(answer.contains(tree.as_str()), "{answer}");
    assert!(red.repository.own_branches().is_empty());
    let approval = landed.record.approval.expect("an approval");
    assert_eq!((approval.by.as_str(), approval.tree), ("wanda", tree));
    let kinds = red.world.kinds().await;
    let story = [
        "task.proposed",
        "change.intended",
        "change.published",
        "command.received",
        "task.approved",
        "command.decided",
        "command.answered",
        "change.intended",
        "change.published",
    ];
    // The answer and the landing are two stages, in either order.
    let mut told: Vec<&str> = kinds.iter().map(String::as_str).collect();
    told.retain(|kind| story.contains(kind));
    let (mut told, mut story) = (told, story.to_vec());
    assert_eq!(told[..6], story[..6]);
    told.sort_unstable();
    story.sort_unstable();
    assert_eq!(told, story);
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn approve_takes_a_tree_by_its_first_digits() {
    let red = Red::new().await;
    let tree = red.is(TaskState::Offered).await.record.result_tree.unwrap();
    red.says(
        "wanda",
        &format!("/sentinel approve {}", &tree.as_str()[..12]),
    )
    .await;
    red.is(TaskState::Published).await;
    let written = red.repository.read("feature", "src/lib.rs").unwrap();
    assert_eq!(written, FORMATTED.as_bytes());
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_failure_stays_alone_until_somebody_retries() {
    let red = Red::new().await;
    red.says("wanda", "/sentinel reject").await;
    red.is(TaskState::Rejected).await;
    assert!(red.answers()[0].contains("not repaired again"));
    red.repository
        .file("NEWS.md", "1\n")
        .commit_on("feature", "News");
    red.fails().await;
    let refused = red.newest().await;
    assert_eq!(refused.state, TaskState::Refused);
    assert!(refused.record.note.unwrap().contains("a person rejected"));

    red.says("wanda", "/sentinel retry").await;
    let again = red.newest().await;
    assert_eq!(again.state, TaskState::Offered, "{:?}", again.record.note);
    assert_ne!(again.id, refused.id);
    assert!(red.answers()[1].contains(again.id.as_str()));
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_proposed_after_stop_until_retry() {
    let red = Red::new().await;
    red.says("wanda", "/sentinel stop").await;
    assert!(red.answers()[0].contains("until somebody writes"));
    // What is offered already cannot be landed either.
    red.says("wanda", "/sentinel apply").await;
    assert!(
        red.answers()[1].contains("stopped proposals"),
        "{:?}",
        red.answers()
    );
    red.untouched();
    red.repository
        .file("NEWS.md", "1\n")
        .commit_on("feature", "News");
    red.fails().await;
    let refused = red.newest().await;
    assert_eq!(refused.state, TaskState::Refused);
    assert!(refused.record.note.unwrap().contains("stopped proposals"));
    red.says("wanda", "/sentinel retry").await;
    assert_eq!(red.newest().await.state, TaskState::Offered);
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_tells_the_author_what_the_ledger_knows() {
    let red = Red::new().await;
    red.says("dana", "/sentinel explain").await;
    let task = red.is(TaskState::Offered).await;
    let [story] = red.answers().try_into().expect("one answer");
    let agent = task.record.agent.digest.hex();
    let tree = task.record.result_tree.unwrap();
    for part in [
        task.id.as_str(),
        "offered",
        "SNTL_WITHIN_POLICY",
        "patchbot",
        &agent,
        tree.as_str(),
        "task.proposed",
        "change.published",
        "Not proven",
    ] {
        assert!(story.contains(part), "{part} is not in {story}");
    }
    // Whoever neither made it nor may write is told nothing.
    red.says("rita", "/sentinel explain").await;
    assert!(red.answers()[1].contains("write permission"));
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rejecting_our_own_pull_request_closes_it() {
    let world = World::with(super::DRAFTS).await;
    let repository = world.widget();
    repository.person("wanda", "maintain");
    world.fails(&super::red_push(&repository)).await;
    let number = repository.pulls()[0].number;
    for _ in 0..2 {
        let webhook = repository.comment(number, "wanda", "/sentinel reject");
        assert_eq!(tell(&world, &webhook).await, 202);
        world.settle().await;
    }
    assert!(!repository.pulls()[0].open);
    let said = answers(&repository, number);
    assert!(said[0].contains("not repaired again"), "{said:?}");
    assert!(said[1].contains("closed"), "{said:?}");
    let kinds = world.kinds().await;
    assert!(kinds.contains(&"change.withdrawn".to_owned()), "{kinds:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_wishes_from_the_command_line() {
    let red = Red::new().await;
    let task = red.is(TaskState::Offered).await;
    let shown = red.world.sentinel(&["task", "show", task.id.as_str()]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("lands exactly this"), "{shown}");
    let retried = red.world.sentinel(&["task", "retry", task.id.as_str()]);
    assert!(retried.status.success());
    red.world.settle().await;
    let again = red.newest().await;
    assert_ne!(again.id, task.id);
    assert_eq!(again.state, TaskState::Offered);
    red.world.approve(&again.id).await;
    assert_eq!(red.newest().await.state, TaskState::Published);
    let written = red.repository.read("feature", "src/lib.rs").unwrap();
    assert_eq!(written, FORMATTED.as_bytes());
    let late = red.world.sentinel(&["task", "retry", again.id.as_str()]);
    assert!(!late.status.success(), "it is published");
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_told_twice_is_done_once() {
    let red = Red::new().await;
    let webhook = red
        .repository
        .comment(red.number, "wanda", "/sentinel apply");
    assert_eq!(tell(&red.world, &webhook).await, 202);
    red.world.settle().await;
    // With another id, as whoever replays it would send it.
    let replayed = Webhook::signed("issue_comment", "another id", webhook.body.clone());
    tell(&red.world, &replayed).await;
    tell(&red.world, &webhook).await;
    red.world.settle().await;
    assert_eq!(red.answers().len(), 1);
    assert_eq!(red.world.github.count("POST /graphql"), 1);
    let kinds = red.world.kinds().await;
    let decided = kinds.iter().filter(|kind| *kind == "command.decided");
    assert_eq!(decided.count(), 1);
    red.world.end().await;
}

/// Longer than the wait before a second try.
const BACKOFF: std::time::Duration = std::time::Duration::from_millis(1_300);

#[tokio::test(flavor = "multi_thread")]
async fn cut_off_between_effect_and_record_it_is_done_once() {
    let red = Red::new().await;
    let github = &red.world.github;
    github.fault("POST /repos/*/*/issues/*/comments", 1, Fault::LostAnswer);
    github.fault("POST /graphql", 1, Fault::ResetAfter);
    red.says("wanda", "/sentinel apply").await;
    red.is(TaskState::Publishing).await;
    let landed = red.repository.head("feature");
    tokio::time::sleep(BACKOFF).await;
    red.world.settle().await;
    let task = red.is(TaskState::Published).await;
    assert_eq!(task.record.change.unwrap().commit, landed);
    assert_eq!(red.repository.head("feature"), landed);
    assert_eq!(red.answers().len(), 1);
    let kinds = red.world.kinds().await;
    let answered = kinds.iter().filter(|kind| *kind == "command.answered");
    assert_eq!(answered.count(), 1);
    red.world.end().await;
}

/// Approved in the store, before any stage has run.
async fn approved_at(red: &Red, at: Timestamp) {
    let task = red.is(TaskState::Offered).await;
    let policy = red.world.pipeline.policy.clone();
    let by = "wanda".into();
    red.world
        .store
        .write(move |tx| approve(tx, &policy, &task.id, None, &Wish { by, at }))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_expires() {
    let red = Red::new().await;
    let eight_days = 8 * 24 * 3_600_000;
    approved_at(&red, now().plus_ms(-eight_days)).await;
    red.world.settle().await;
    let held = red.is(TaskState::Held).await;
    assert!(held.record.note.unwrap().contains("has expired"));
    assert!(held.record.approval.is_none());
    red.untouched();
    // Another one is good.
    red.says("wanda", "/sentinel apply").await;
    red.is(TaskState::Published).await;
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_push_voids_an_approval() {
    let red = Red::new().await;
    approved_at(&red, now()).await;
    let theirs = red
        .repository
        .file("b", "theirs\n")
        .commit_on("feature", "Theirs");
    red.world.settle().await;
    let task = red.is(TaskState::Refused).await;
    assert!(task.record.note.unwrap().contains("no longer points"));
    assert_eq!(red.repository.head("feature"), Some(theirs));
    red.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_at_the_last_moment_wins() {
    let red = Red::new().await;
    approved_at(&red, now()).await;
    let mut held = red.world.github.hold("POST /graphql", Effect::OnRelease);
    let pipeline = red.world.pipeline.clone();
    let landing = tokio::spawn(async move { sentinel::pipeline::drain(&pipeline).await });
    held.arrived().await;
    let theirs = red
        .repository
        .file("b", "theirs\n")
        .commit_on("feature", "Theirs");
    held.release();
    landing.await.unwrap().unwrap();
    let task = red.is(TaskState::Refused).await;
    assert!(task.record.note.unwrap().contains("no longer"));
    assert_eq!(red.repository.head("feature"), Some(theirs));
    red.world.end().await;
}
