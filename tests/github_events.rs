//! What GitHub tells besides failed runs, and what it failed to tell.

use proptest::prelude::*;
use sentinel::delivery::{Headers, sign, verify};
use sentinel::event::command::Order;
use sentinel::event::{
    Event, InstallationChange, Malformed, Normalised, NotForUs, Trigger, github,
};
use sentinel::forge::Ci as _;
use sentinel::pipeline::recover_once;
use sentinel::task::{TaskKind, TaskState};
use serde_json::{Value, json};

use crate::client::post;
use crate::doubles::github::{Fault, Webhook};
use crate::gitlab::{anything, mutated};
use crate::stories::red_push;
use crate::world::{FORMAT_LOG, World};

const DRAFTS: &str = "[publish]\nunproven = \"draft\"";

async fn send(world: &World, webhook: &Webhook) -> (u16, String) {
    let headers: Vec<(&str, &str)> = webhook
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    post(
        world.address,
        "/webhooks/github",
        &headers,
        webhook.body.clone(),
    )
    .await
}

async fn tell(world: &World, event: &str, id: &str, body: &Value) -> (u16, String) {
    send(
        world,
        &Webhook::signed(event, id, body.to_string().into_bytes()),
    )
    .await
}

fn repository() -> Value {
    json!({"full_name": "acme/widget"})
}

fn check(check_run: Value) -> Value {
    json!({"action": "completed", "check_run": check_run, "repository": repository()})
}

fn job() -> Value {
    json!({
        "action": "completed", "repository": repository(),
        "workflow_job": {"id": 9, "run_id": 3, "name": "fmt", "head_sha": "1".repeat(40),
                         "conclusion": "failure"},
    })
}

fn closed(merged: bool) -> Value {
    json!({
        "action": "closed", "repository": repository(),
        "pull_request": {"number": 4, "merged": merged, "closed_at": "2026-01-02T03:04:05Z",
            "head": {"ref": "sentinel/i0123456789ab-abcdef", "repo": repository()}},
    })
}

fn comment(text: &str) -> Value {
    json!({
        "action": "created", "repository": repository(),
        "issue": {"number": 4, "pull_request": {"url": "x"}},
        "comment": {"id": 77, "body": text, "user": {"login": "dana", "type": "User"},
                    "author_association": "OWNER", "performed_via_github_app": null},
    })
}

/// A button of our check run is pressed.
fn pressed(identifier: &str) -> Value {
    json!({
        "action": "requested_action", "requested_action": {"identifier": identifier},
        "check_run": {"id": 6, "name": "Sentinel", "head_sha": "1".repeat(40), "conclusion": "neutral",
            "app": {"slug": "sentinel"}, "check_suite": {"head_branch": "feature"},
            "pull_requests": [{"number": 12, "head": {"sha": "1".repeat(40)}}]},
        "repository": repository(), "sender": {"login": "dana", "type": "User"},
    })
}

const BUTTON: &str = "apply-0123456789ab";

fn installation(action: &str) -> Value {
    json!({"action": action, "installation": {"id": 2, "account": {"login": "acme"}},
           "repositories": []})
}

#[tokio::test(flavor = "multi_thread")]
async fn another_ci_systems_check_run_is_read_from_what_stands_on_it() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    let output = json!({"title": "fmt failed", "summary": "1 job failed", "text": FORMAT_LOG});
    let run = repository.check_run("main", "failure", output);
    let (status, text) = tell(&world, "check_run", "d", &check(run.clone())).await;
    assert_eq!(status, 202, "{text}");
    world.settle().await;
    world.repair_is(TaskState::Published).await;
    assert_eq!(repository.pulls().len(), 1);
    assert!(
        tell(&world, "check_run", "e", &check(run))
            .await
            .1
            .contains("duplicate")
    );

    // One that says nothing is reported as that.
    let silent = repository.check_run("main", "timed_out", json!({"title": null}));
    assert_eq!(tell(&world, "check_run", "f", &check(silent)).await.0, 202);
    world.settle().await;
    let tasks = world.tasks().await;
    let ended = tasks
        .iter()
        .find(|task| task.kind == TaskKind::Analyze && task.state == TaskState::Failed);
    let note = ended.unwrap().record.note.clone().unwrap();
    assert!(note.contains("buildkite/widget"), "{note}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn annotations_are_read_as_a_compiler_prints_them() {
    let world = World::new().await;
    let repository = world.widget();
    let annotation = |line: u64| {
        json!({"path": "src/lib.rs", "start_line": line, "annotation_level": "failure",
               "title": "E0308", "message": "mismatched\ntypes", "raw_details": "expected u8"})
    };
    let many: Vec<Value> = (1..=120).map(annotation).collect();
    let run = repository.check_run(
        "main",
        "failure",
        json!({"title": "lint", "annotations": many}),
    );
    let Ok(Normalised::Event(event)) = read("check_run", &check(run)) else {
        panic!();
    };
    let Event::PipelineFailed(event) = *event else {
        panic!();
    };
    let [job] = world
        .adapter
        .failed_jobs(&event)
        .await
        .unwrap()
        .try_into()
        .expect("one job");
    let file = tempfile::NamedTempFile::new().unwrap();
    world
        .adapter
        .download_log(&event, &job, file.path())
        .await
        .unwrap();
    let text = std::fs::read_to_string(file.path()).unwrap();
    let first = "lint\nsrc/lib.rs:1: error: E0308: mismatched types\nexpected u8\n";
    assert!(text.starts_with(first), "{text}");
    assert_eq!(text.lines().count(), 1 + 2 * 120);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_job_is_written_down_and_its_run_is_read_once() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    assert_eq!(tell(&world, "workflow_job", "a", &job()).await.0, 202);
    assert!(
        tell(&world, "workflow_job", "b", &job())
            .await
            .1
            .contains("duplicate")
    );
    world.settle().await;
    assert_eq!(
        world.kinds().await,
        ["job.failed"],
        "nothing starts before the run is over"
    );
    world.fails(&red_push(&repository)).await;
    let kinds = world.kinds().await;
    assert_eq!(
        kinds.iter().filter(|kind| *kind == "run.fetched").count(),
        1
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_became_of_our_change_is_written_down() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    let [pull] = repository.pulls().try_into().expect("one pull request");
    let mut body = closed(true);
    body["pull_request"]["number"] = pull.number.into();
    body["pull_request"]["head"]["ref"] = pull.head.as_str().into();
    let outcome = async || {
        let read = world.store.read(|connection| {
            Ok(
                connection.query_row("SELECT outcome FROM change", [], |row| {
                    row.get::<_, Option<String>>(0)
                })?,
            )
        });
        read.await.unwrap()
    };
    assert_eq!(outcome().await, None);
    assert_eq!(tell(&world, "pull_request", "a", &body).await.0, 202);
    assert_eq!(outcome().await.as_deref(), Some("merged"));
    let entries = world.ledger().await.len();
    // Replayed with another id.
    assert!(
        tell(&world, "pull_request", "b", &body)
            .await
            .1
            .contains("duplicate")
    );
    assert_eq!(world.ledger().await.len(), entries);
    // Opened again and closed by a person: that is another end.
    body["pull_request"]["merged"] = json!(false);
    body["pull_request"]["closed_at"] = json!("2026-02-02T00:00:00Z");
    assert_eq!(tell(&world, "pull_request", "c", &body).await.0, 202);
    assert_eq!(outcome().await.as_deref(), Some("closed"));
    // What became of it is counted beside.
    let mut kinds = world.kinds().await;
    kinds.retain(|kind| kind != "change.outcome");
    assert!(
        kinds.ends_with(&["change.merged".into(), "change.closed".into()]),
        "{kinds:?}"
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_and_installations_are_received() {
    let world = World::new().await;
    let command = comment("/sentinel approve 1234\nthank you");
    assert_eq!(tell(&world, "issue_comment", "a", &command).await.0, 202);
    assert!(
        tell(&world, "issue_comment", "b", &command)
            .await
            .1
            .contains("duplicate")
    );
    assert_eq!(
        tell(&world, "installation", "c", &installation("suspend"))
            .await
            .0,
        202
    );
    assert_eq!(
        world.kinds().await,
        ["command.received", "installation.changed"]
    );
    let told = world.ledger().await.remove(0).body;
    for fact in [
        "\"word\":\"approve\"",
        "\"rest\":\"1234\"",
        "\"claimed_author\":\"dana\"",
        "not asked yet",
    ] {
        assert!(told.contains(fact), "{told}");
    }
    // The payload's word on who may what is not even kept.
    assert!(!told.contains("OWNER"), "{told}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_green_run_is_kept_beside_the_red_one() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    world.fails(&red_push(&repository)).await;
    let green = repository.failed_run("main").conclusion("success").finish();
    assert_eq!(world.deliver(&green).await, 202);
    let (id, commit) = (repository.id(), repository.head("main").unwrap());
    let ended = world
        .store
        .read(move |connection| sentinel::store::ended::at(connection, &id, &commit));
    let passed: Vec<bool> = ended
        .await
        .unwrap()
        .iter()
        .map(|run| run.passed())
        .collect();
    assert_eq!(passed, [false, true]);
    world.end().await;
}

async fn recover(world: &World) -> usize {
    recover_once(&world.pipeline, &world.adapter, &[])
        .await
        .unwrap()
}

/// Waits until the double has made that many attempts to deliver.
async fn attempted(world: &World, count: usize) {
    for _ in 0..500 {
        if world.github.attempts() >= count {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("no attempt came");
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_that_did_not_arrive_are_asked_for_again() {
    let world = World::with(DRAFTS).await;
    world.github.delivers_to(world.address);
    let repository = world.widget();
    let lost = world.github.webhook(&red_push(&repository));
    world.github.lost(&lost, 20);
    // Arrived at the second attempt; of no interest; too old; still under way.
    let arrived = world.github.webhook(&red_push(&repository));
    world.github.lost(&arrived, 30);
    world.github.attempted(&arrived, 29, Some(202));
    world
        .github
        .lost(&Webhook::signed("star", "s", b"{}".to_vec()), 20);
    world.github.lost(
        &Webhook::signed("workflow_run", "o", b"{}".to_vec()),
        4 * 24 * 60,
    );
    world
        .github
        .lost(&Webhook::signed("workflow_run", "y", b"{}".to_vec()), 0);
    let before = world.github.attempts();

    assert_eq!(recover(&world).await, 1);
    attempted(&world, before + 1).await;
    world.settle().await;
    world.repair_is(TaskState::Published).await;
    assert_eq!(recover(&world).await, 0, "it arrived");
    let kinds = world.kinds().await;
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| *kind == "delivery.requested")
            .count(),
        1
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_without_github_hearing_of_it_is_not_asked_for() {
    let world = World::new().await;
    let webhook = world.github.webhook(&red_push(&world.widget()));
    assert_eq!(send(&world, &webhook).await.0, 202);
    world.github.lost(&webhook, 20);
    assert_eq!(recover(&world).await, 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn recovery_is_bounded() {
    let world = World::new().await;
    let hopeless = Webhook::signed("workflow_run", "hopeless", b"{}".to_vec());
    for minutes in 20..25 {
        world.github.lost(&hopeless, minutes);
    }
    assert_eq!(recover(&world).await, 0, "five attempts were enough");
    for number in 0..260 {
        let webhook = Webhook::signed("workflow_run", &format!("w{number}"), b"{}".to_vec());
        world.github.lost(&webhook, 30 + number);
    }
    assert_eq!(
        recover(&world).await,
        50,
        "the next round asks for the others"
    );
    assert!(
        world.github.count("GET /app/hook/deliveries") >= 3,
        "pages are followed"
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_gone_keeps_no_other_back() {
    let world = World::new().await;
    world.widget();
    for id in ["gone", "there"] {
        world
            .github
            .lost(&Webhook::signed("workflow_run", id, b"{}".to_vec()), 20);
    }
    let route = "POST /app/hook/deliveries/*/attempts";
    world.github.fault(route, 1, Fault::status(404));
    assert_eq!(recover(&world).await, 1);
    // A repository that the token may not look into, beside one that it may.
    world.github.repository("acme/other");
    let route = "GET /repos/acme/other/hooks";
    world.github.fault(route, 1, Fault::status(404));
    let adapter = sentinel::forge::github::GitHub::new(world.github.token()).unwrap();
    let names = ["acme/other", "acme/widget"].map(|name| name.parse().unwrap());
    assert!(
        recover_once(&world.pipeline, &adapter, &names)
            .await
            .unwrap()
            >= 1
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_token_the_repositorys_own_webhook_is_asked() {
    let world = World::new().await;
    let repository = world.widget();
    let lost = world.github.webhook(&red_push(&repository));
    world.github.lost(&lost, 20);
    let settings = world.github.token();
    let adapter = sentinel::forge::github::GitHub::new(settings).unwrap();
    let names = ["acme/widget".parse().unwrap()];
    assert_eq!(
        recover_once(&world.pipeline, &adapter, &names)
            .await
            .unwrap(),
        1
    );
    let route = "POST /repos/acme/widget/hooks/7/deliveries/*/attempts";
    assert_eq!(world.github.count(route), 1);
    world.end().await;
}

fn read(event: &str, body: &Value) -> Result<Normalised, Malformed> {
    let body = body.to_string().into_bytes();
    let signature = sign(b"s", &body);
    let headers = Headers {
        signature: Some(signature.as_bytes()),
        event: Some(event),
        delivery: Some("1"),
    };
    github::normalise(&verify(b"s", headers, body).unwrap())
}

fn edited(mut body: Value, place: &str, value: Value) -> Value {
    let (parent, key) = place.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[key] = value;
    body
}

fn red_check() -> Value {
    check(json!({
        "id": 5, "name": "buildkite", "conclusion": "failure", "head_sha": "1".repeat(40),
        "app": {"slug": "buildkite"}, "check_suite": {"head_branch": "main"},
        "pull_requests": [],
    }))
}

#[test]
fn what_is_not_for_us_has_a_name() {
    let suite = json!({"action": "completed", "check_suite": {}, "repository": repository()});
    let run =
        |place: &str, value: Value| edited(red_check(), &format!("/check_run/{place}"), value);
    let cases = [
        ("check_suite", suite, NotForUs::ToldOtherwise),
        (
            "check_run",
            edited(red_check(), "/action", json!("created")),
            NotForUs::NotCompleted,
        ),
        (
            "check_run",
            run("app/slug", json!("github-actions")),
            NotForUs::ToldOtherwise,
        ),
        (
            "check_run",
            run("name", json!("Sentinel")),
            NotForUs::OwnCheck,
        ),
        (
            "check_run",
            run("conclusion", json!("neutral")),
            NotForUs::NotFailed,
        ),
        (
            "check_run",
            run("check_suite/head_branch", json!(null)),
            NotForUs::NoBranch,
        ),
        ("check_run", pressed("apply"), NotForUs::UnknownButton),
        (
            "check_run",
            pressed("apply-0123456789AB"),
            NotForUs::UnknownButton,
        ),
        (
            "check_run",
            pressed("apply-0123456789ab0"),
            NotForUs::UnknownButton,
        ),
        (
            "check_run",
            edited(pressed(BUTTON), "/requested_action", json!(null)),
            NotForUs::UnknownButton,
        ),
        (
            "check_run",
            edited(pressed(BUTTON), "/check_run/name", json!("buildkite")),
            NotForUs::UnknownButton,
        ),
        (
            "check_run",
            edited(pressed(BUTTON), "/sender/type", json!("Bot")),
            NotForUs::ByBot,
        ),
        (
            "check_run",
            edited(pressed(BUTTON), "/sender", json!(null)),
            NotForUs::ByBot,
        ),
        (
            "check_run",
            edited(pressed(BUTTON), "/check_run/pull_requests", json!([])),
            NotForUs::NotOnChange,
        ),
        (
            "workflow_job",
            edited(job(), "/action", json!("queued")),
            NotForUs::NotCompleted,
        ),
        (
            "workflow_job",
            edited(job(), "/workflow_job/conclusion", json!("success")),
            NotForUs::NotFailed,
        ),
        (
            "pull_request",
            edited(closed(true), "/action", json!("opened")),
            NotForUs::ChangeGoesOn,
        ),
        (
            "pull_request",
            edited(closed(true), "/pull_request/head/ref", json!("feature")),
            NotForUs::NotOurChange,
        ),
        (
            "pull_request",
            edited(
                closed(true),
                "/pull_request/head/repo",
                json!({"full_name": "eve/widget"}),
            ),
            NotForUs::NotOurChange,
        ),
        (
            "pull_request",
            edited(closed(true), "/pull_request/head/repo", json!(null)),
            NotForUs::NotOurChange,
        ),
        (
            "issue_comment",
            comment("> /sentinel approve"),
            NotForUs::NoCommand,
        ),
        (
            "issue_comment",
            comment("```\n/sentinel approve\n```"),
            NotForUs::NoCommand,
        ),
        ("issue_comment", comment("/sentinel"), NotForUs::NoCommand),
        (
            "issue_comment",
            comment("/sentinel $(x)"),
            NotForUs::NoCommand,
        ),
        (
            "issue_comment",
            edited(comment("/sentinel go"), "/action", json!("edited")),
            NotForUs::NotNewComment,
        ),
        (
            "issue_comment",
            edited(comment("/sentinel go"), "/issue/pull_request", json!(null)),
            NotForUs::NotOnChange,
        ),
        (
            "issue_comment",
            edited(comment("/sentinel go"), "/comment/user/type", json!("Bot")),
            NotForUs::ByBot,
        ),
        (
            "issue_comment",
            edited(comment("/sentinel go"), "/comment/user", json!(null)),
            NotForUs::ByBot,
        ),
        (
            "issue_comment",
            edited(
                comment("/sentinel go"),
                "/comment/performed_via_github_app",
                json!({"id": 1}),
            ),
            NotForUs::ByBot,
        ),
        (
            "installation",
            installation("renamed"),
            NotForUs::UnknownEvent,
        ),
    ];
    for (event, body, why) in cases {
        assert_eq!(
            read(event, &body),
            Ok(Normalised::NotForUs(why)),
            "{event} {body}"
        );
    }
}

#[test]
fn a_signed_body_is_read_only_as_what_it_is() {
    let review = edited(closed(true), "/review", json!({"state": "approved"}));
    let run = json!({"action": "completed", "workflow_run": {}, "repository": repository()});
    for (event, body) in [
        ("pull_request", comment("/sentinel approve")),
        ("pull_request", review),
        ("issue_comment", closed(true)),
        ("check_suite", check(json!({"check_suite": {}}))),
        ("workflow_job", run.clone()),
        ("star", run),
        ("installation", closed(true)),
        ("installation_repositories", installation("created")),
    ] {
        let refused = read(event, &body);
        assert!(
            matches!(refused, Err(Malformed::EventMismatch { .. })),
            "{event}: {refused:?}"
        );
    }
}

#[test]
fn what_each_event_means() {
    let event = |name: &str, body: &Value| match read(name, body) {
        Ok(Normalised::Event(event)) => *event,
        other => panic!("{other:?}"),
    };
    let Event::PipelineFailed(run) = event("check_run", &red_check()) else {
        panic!();
    };
    assert_eq!(
        run.run.to_string(),
        "github:acme/widget check run 5 attempt 1"
    );
    assert_eq!(run.trigger, Trigger::Push);
    let of_pull = json!([{"number": 12, "head": {"sha": "1".repeat(40)}}]);
    let tested = edited(red_check(), "/check_run/pull_requests", of_pull);
    let Event::PipelineFailed(run) = event("check_run", &tested) else {
        panic!();
    };
    assert_eq!(run.trigger, Trigger::PullRequest { number: Some(12) });
    let green = edited(red_check(), "/check_run/conclusion", json!("success"));
    assert!(matches!(
        event("check_run", &green),
        Event::PipelinePassed(_)
    ));
    let Event::CommandIssued(button) = event("check_run", &pressed(BUTTON)) else {
        panic!();
    };
    assert_eq!((button.change, button.rest.as_str()), (12, "0123456789ab"));
    assert_eq!(button.word.order(), Some(Order::Approve));
    assert_eq!(button.claimed_author, "dana");
    // The same bytes are the same press, any others another one.
    let key = |body: &Value| event("check_run", body).key();
    assert_eq!(key(&pressed(BUTTON)), key(&pressed(BUTTON)));
    let later = edited(pressed(BUTTON), "/repository/pushed_at", json!(2));
    assert_ne!(key(&pressed(BUTTON)), key(&later));
    assert!(matches!(
        event("pull_request", &closed(false)),
        Event::ChangeClosed(_)
    ));
    let mut added = installation("added");
    added["repositories_added"] = json!([]);
    let Event::InstallationChanged(changed) = event("installation_repositories", &added) else {
        panic!();
    };
    assert_eq!(changed.change, InstallationChange::RepositoriesAdded);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_event_panics(
        which in 0usize..6,
        changes in prop::collection::vec((any::<prop::sample::Index>(), anything()), 1..4),
        identifier in "apply-[0-9a-f]{10,14}|\\PC{0,30}",
        text in "/sentinel\\PC{0,80}|\\PC{0,40}",
    ) {
        let all = [
            ("check_run", red_check()), ("workflow_job", job()), ("pull_request", closed(true)),
            ("issue_comment", comment(&text)), ("installation", installation("created")),
            ("check_run", pressed(&identifier)),
        ];
        let (event, mut body) = all[which].clone();
        for (place, value) in changes {
            body = mutated(body, place, value);
        }
        let _ = read(event, &body);
    }
}
