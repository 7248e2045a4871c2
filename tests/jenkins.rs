//! Jenkins: a CI system whose code lives on a forge.

use proptest::prelude::*;
use sentinel::delivery::jenkins::{Basic, Headers, Secrets, verify};
use sentinel::delivery::sign;
use sentinel::event::jenkins::{Mapping, normalise};
use sentinel::event::{Event, Malformed, Normalised, NotForUs};
use sentinel::task::{TaskKind, TaskState};
use serde_json::{Value, json};

use crate::client::{get, post};
use crate::doubles::jenkins::{API_TOKEN, Jenkins, USER, notification};
use crate::gitlab::{anything, mutated};
use crate::stories::attached::{SARIF, beside, failures};
use crate::world::World;

const JOB: &str = "job/tools/job/widget";

/// A formatter that failed, under Jenkins' timestamper and with a note hidden
/// in the console.
const LOG: [&str; 3] = [
    "Started by an SCM change\n[2026-01-05T10:00:00.000Z] + cargo fmt --check\n",
    "[2026-01-05T10:00:01.000Z] Diff in /var/jenkins/workspace/widget/src/lib.rs:1:\n\
     [2026-01-05T10:00:01.000Z]  //! One.\n[2026-01-05T10:00:01.000Z]  \n\
     [2026-01-05T10:00:01.000Z] -pub fn one( )->u8{1}\n",
    "[2026-01-05T10:00:01.000Z] +pub fn one() -> u8 {\n[2026-01-05T10:00:01.000Z] +    1\n\
     [2026-01-05T10:00:01.000Z] +}\n[2026-01-05T10:00:01.000Z]  \n\
     [2026-01-05T10:00:02.000Z] script returned exit code 1\nFinished: FAILURE\n",
];

async fn world(jenkins: &Jenkins) -> (World, tempfile::TempDir) {
    let place = tempfile::tempdir().unwrap();
    let secret = |name: &str, text: &str| {
        let path = place.path().join(name);
        std::fs::write(&path, text).unwrap();
        format!("{{ file = {path:?} }}")
    };
    let more = format!(
        "[[jenkins]]\nurl = \"{}/\"\njob = \"tools/widget\"\nrepository = \"github:Acme/Widget\"\n\
         user = {USER:?}\ntoken = {}\n[jenkins_webhook]\npath_secret = {}\nuser = \"ci\"\n\
         password = {}\nhmac_secret = {}\n[publish]\nunproven = \"draft\"\n",
        jenkins.url(),
        secret("token", API_TOKEN),
        secret("path", "in-the-address"),
        secret("password", "hunter2"),
        secret("hmac", "signs"),
    );
    (World::with(&more).await, place)
}

async fn tell(world: &World, body: &Value) -> (u16, String) {
    let path = "/webhooks/jenkins/in-the-address";
    post(world.address, path, &[], body.to_string().into_bytes()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_red_build_becomes_a_pull_request_where_its_code_lives() {
    let jenkins = Jenkins::start();
    let (world, _place) = world(&jenkins).await;
    let repository = world.widget();
    let commit = repository.head("main").unwrap().to_string();
    jenkins.build("/job/tools/job/widget/12", &LOG);
    let (status, text) = tell(
        &world,
        &notification(JOB, 12, "FINALIZED", "FAILURE", &commit),
    )
    .await;
    assert_eq!(status, 202, "{text}");
    world.settle().await;
    world.repair_is(TaskState::Published).await;
    let [pull] = repository.pulls().try_into().expect("one pull request");
    assert_eq!(pull.title, "Format src/lib.rs with rustfmt");
    // In pieces, from the configured address, and never the payload's log.
    let logs = || {
        let asked = jenkins.state().requests.clone().into_iter();
        asked.filter(|path| path.contains("logText")).count()
    };
    assert_eq!(logs(), 3);
    let tasks = world.tasks().await;
    let read = tasks
        .iter()
        .find(|task| task.kind == TaskKind::Analyze)
        .unwrap();
    assert_eq!(read.job, "1");
    // The same build again, in whatever phase: nothing happens twice.
    for phase in ["COMPLETED", "FINALIZED"] {
        tell(&world, &notification(JOB, 12, phase, "FAILURE", &commit)).await;
    }
    world.settle().await;
    assert_eq!(repository.pulls().len(), 1);
    assert_eq!(logs(), 3);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_jenkins_has_its_log_in_one_text() {
    let jenkins = Jenkins::start();
    let (world, _place) = world(&jenkins).await;
    let repository = world.widget();
    let commit = repository.head("main").unwrap().to_string();
    jenkins.build("/job/tools/job/widget/3", &LOG);
    jenkins.console_only("/job/tools/job/widget/3");
    let environment = json!({
        "JOB_NAME": "tools/widget", "BUILD_NUMBER": "3", "RESULT": "FAILURE",
        "BUILD_URL": "http://jenkins.internal:8080/job/tools/job/widget/3/",
        "GIT_URL": "git@github.com:acme/widget.git", "GIT_BRANCH": "main", "GIT_COMMIT": commit,
    });
    assert_eq!(tell(&world, &environment).await.0, 202);
    world.settle().await;
    world.repair_is(TaskState::Published).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_leads_nowhere() {
    let jenkins = Jenkins::start();
    let (world, _place) = world(&jenkins).await;
    let commit = world.widget().head("main").unwrap().to_string();
    let elsewhere = Jenkins::start();
    jenkins.state().fault = Some((302, "location".into(), elsewhere.url().into()));
    tell(
        &world,
        &notification(JOB, 1, "FINALIZED", "FAILURE", &commit),
    )
    .await;
    world.settle().await;
    let [task] = world.tasks().await.try_into().expect("it is listed");
    assert_eq!(task.state, TaskState::Failed);
    assert!(elsewhere.state().requests.is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_three_proofs_will_do_and_a_wrong_one_never() {
    let jenkins = Jenkins::start();
    let (world, _place) = world(&jenkins).await;
    let body = notification(JOB, 1, "STARTED", "", &"1".repeat(40)).to_string();
    let signature = sign(b"signs", body.as_bytes());
    let right = "Basic Y2k6aHVudGVyMg==";
    let wrong = "Basic Y2k6aHVudGVyMw==";
    let (plain, address) = ("/webhooks/jenkins", "/webhooks/jenkins/in-the-address");
    for (path, headers, status) in [
        (address, vec![], 204),
        (plain, vec![("authorization", right)], 204),
        (
            plain,
            vec![("x-hub-signature-256", signature.as_str())],
            204,
        ),
        (plain, vec![], 401),
        ("/webhooks/jenkins/guess", vec![], 401),
        (plain, vec![("authorization", wrong)], 401),
        (plain, vec![("authorization", "Bearer x")], 401),
        (plain, vec![("x-hub-signature-256", "sha256=00")], 401),
        // One that is right does not save one that is not.
        (address, vec![("authorization", wrong)], 401),
        (
            "/webhooks/jenkins/guess",
            vec![("authorization", right)],
            401,
        ),
    ] {
        let answered = post(world.address, path, &headers, body.clone().into()).await;
        assert_eq!(answered.0, status, "{path} {headers:?}: {}", answered.1);
    }
    assert_eq!(get(world.address, plain).await.0, 405);
    world.end().await;
    let bare = World::new().await;
    let answered = post(bare.address, address, &[], body.into()).await;
    assert_eq!(answered.0, 503, "{}", answered.1);
    bare.end().await;
}

fn mappings() -> Vec<Mapping> {
    let of = |server: &str, job: &str, repository: &str| Mapping {
        server: server.into(),
        job: job.into(),
        repository: repository.parse().unwrap(),
    };
    vec![
        of(
            "https://ci.example/jenkins",
            "tools/widget",
            "github:acme/widget",
        ),
        of("https://ci.example", "both", "github:acme/one"),
        of("https://old.example", "both", "github:acme/two"),
        of("https://ci.example", "many/*", "gitlab:acme/tools/many"),
    ]
}

fn read(body: &Value) -> Result<Normalised, Malformed> {
    let secrets = Secrets {
        path: Some(b"s".to_vec()),
        ..Secrets::default()
    };
    let headers = Headers {
        path: Some("s"),
        ..Headers::default()
    };
    let delivery = verify(&secrets, headers, body.to_string().into_bytes()).unwrap();
    normalise(&delivery, &mappings())
}

fn finalized() -> Value {
    notification(JOB, 12, "FINALIZED", "FAILURE", &"1".repeat(40))
}

fn edited(place: &str, value: Value) -> Value {
    let mut body = finalized();
    *body.pointer_mut(place).unwrap() = value;
    body
}

fn run(body: &Value) -> sentinel::event::PipelineFailed {
    match read(body) {
        Ok(Normalised::Event(event)) => match *event {
            Event::PipelineFailed(run) => run,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_build_is_known_by_its_job_and_number() {
    let failed = run(&finalized());
    assert_eq!(
        failed.run.to_string(),
        "github:acme/widget https://ci.example/jenkins job tools/widget run 12 attempt 1"
    );
    assert_eq!(failed.branch.as_str(), "main");
    // The address people get is the configured one, not the payload's.
    assert_eq!(
        failed.url.unwrap(),
        "https://ci.example/jenkins/job/tools/job/widget/12/"
    );
    let json = serde_json::to_string(&failed.run).unwrap();
    assert_eq!(
        serde_json::from_str::<sentinel::ids::RunKey>(&json).unwrap(),
        failed.run
    );
}

#[test]
fn branches_of_one_job_and_jobs_of_one_name() {
    let mut body = edited("/url", json!("job/many/job/feature%252Fx/"));
    body["build"]["scm"]["url"] = json!("https://gitlab.example/acme/tools/many.git");
    let failed = run(&body);
    assert_eq!(failed.workflow, "many/feature%2Fx");
    assert!(
        failed
            .url
            .unwrap()
            .ends_with("/job/many/job/feature%252Fx/12/")
    );
    body["url"] = json!("job/many/job/PR-7/");
    assert!(run(&body).fork, "whose it is, Jenkins does not say");

    let mut body = edited("/url", json!("job/both/"));
    body["build"]["scm"] = json!({"branch": "origin/main", "commit": "1".repeat(40)});
    body["build"]["full_url"] = json!("https://old.example/job/both/12/");
    assert_eq!(run(&body).run.repository.to_string(), "github:acme/two");
    // An address that none of them has chooses none.
    body["build"]["full_url"] = json!("https://old.example.evil/job/both/12/");
    assert_eq!(read(&body), Ok(Normalised::NotForUs(NotForUs::NoSuchJob)));
}

#[test]
fn what_is_not_for_us_has_a_name() {
    let cases = [
        (
            edited("/build/phase", json!("COMPLETED")),
            NotForUs::NotCompleted,
        ),
        (
            edited("/build/phase", json!("FINISHED")),
            NotForUs::NotCompleted,
        ),
        (
            edited("/build/status", json!("UNSTABLE")),
            NotForUs::NotFailed,
        ),
        (
            edited("/build/status", json!("ABORTED")),
            NotForUs::NotFailed,
        ),
        (edited("/url", json!("job/other/")), NotForUs::NoSuchJob),
        (
            edited("/url", json!("job/tools/job/widget/job/deeper/")),
            NotForUs::NoSuchJob,
        ),
        (
            edited("/build/scm/url", json!("https://x/acme/library.git")),
            NotForUs::OtherRepository,
        ),
        (
            edited("/build/scm/url", json!("https://x/evilacme/widget")),
            NotForUs::OtherRepository,
        ),
        (edited("/build/scm/commit", json!(null)), NotForUs::NoCommit),
        (
            edited("/build/scm/branch", json!("detached")),
            NotForUs::NoBranch,
        ),
        (
            edited("/build/scm/branch", json!("origin/sentinel/i1")),
            NotForUs::OwnBranch,
        ),
    ];
    for (body, why) in cases {
        assert_eq!(read(&body), Ok(Normalised::NotForUs(why)), "{body}");
    }
    let passed = read(&edited("/build/status", json!("SUCCESS")));
    assert!(
        matches!(passed, Ok(Normalised::Event(event)) if matches!(*event, Event::PipelinePassed(_)))
    );
    for (body, said) in [
        (json!({}), "Notification plugin"),
        (edited("/url", json!("view/all/")), "job/NAME"),
        (edited("/build/scm/commit", json!("HEAD")), "git object id"),
        (
            edited("/build/number", json!(-1)),
            "not JSON of the expected form",
        ),
    ] {
        let refused = read(&body).unwrap_err().to_string();
        assert!(refused.contains(said), "{refused}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_notification_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), anything()), 1..4),
        job in "(job/[^/]{0,12}/?){0,4}|\\PC{0,30}",
    ) {
        let mut body = edited("/url", json!(job));
        for (place, value) in changes {
            body = mutated(body, place, value);
        }
        let _ = read(&body);
    }

    #[test]
    fn nothing_but_a_secret_verifies(
        path in prop::option::of("\\PC{0,20}"),
        authorization in prop::option::of("(Basic )?[A-Za-z0-9+/=]{0,30}|\\PC{0,20}"),
        signature in prop::option::of("sha256=[0-9a-f]{64}|\\PC{0,20}"),
    ) {
        let secrets = Secrets {
            path: Some(b"the secret of the address".to_vec()),
            basic: Some(Basic { user: "ci".into(), password: b"the password of ci".to_vec() }),
            hmac: Some(b"the key".to_vec()),
        };
        let headers = Headers {
            path: path.as_deref(),
            authorization: authorization.as_deref().map(str::as_bytes),
            signature: signature.as_deref().map(str::as_bytes),
        };
        for secrets in [secrets, Secrets::default()] {
            let verified = verify(&secrets, headers, b"[]".to_vec());
            prop_assert!(verified.is_err());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_build_archived_and_jenkins_read_of_its_tests() {
    let jenkins = Jenkins::start();
    let (world, _place) = world(&jenkins).await;
    let commit = world.widget().head("main").unwrap().to_string();
    let mute = "+ check\nscript returned exit code 1\nFinished: FAILURE\n";
    jenkins.build(
        "/job/tools/job/widget/11",
        &["+ check\nFinished: SUCCESS\n"],
    );
    jenkins.edit("/job/tools/job/widget/11", |build| {
        build.result = Some("SUCCESS".into());
    });
    jenkins.build("/job/tools/job/widget/12", &[mute]);
    jenkins.edit("/job/tools/job/widget/12", |build| {
        build.artifacts = vec![
            ("out/lint.sarif".into(), SARIF.into()),
            ("out/ship.iso".into(), "never fetched".into()),
        ];
        build.tests = Some(json!({"suites": [{"name": "ship", "cases": [
            {"className": "Hull", "name": "keeps_water_out", "status": "REGRESSION",
             "errorDetails": "water came in", "errorStackTrace": "hull.py:12"},
            {"className": "Hull", "name": "floats", "status": "PASSED"},
        ]}]}));
    });
    let body = notification(JOB, 12, "FINALIZED", "FAILURE", &commit);
    assert_eq!(tell(&world, &body).await.0, 202);
    world.settle().await;
    let said = failures(&world).await.join("\n");
    assert!(said.contains("the keel is bent"), "{said}");
    assert!(said.contains("keeps_water_out"), "{said}");
    let told = beside(&world).await;
    let passing = told["passing"][0]["runs"][0].as_str().unwrap();
    assert!(passing.contains(" run 11 "), "{told}");
    let asked = jenkins.state().requests.clone();
    assert!(!asked.iter().any(|path| path.contains("ship.iso")));
    world.end().await;
}
