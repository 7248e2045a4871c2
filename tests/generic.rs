//! Whatever else runs CI: `POST /webhooks/generic` and `sentinel ingest`.

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get;
use proptest::prelude::*;
use sentinel::delivery::{Headers, sign, verify};
use sentinel::event::generic::{Origins, normalise, parse};
use sentinel::event::{Event, Normalised, NotForUs};
use sentinel::task::TaskState;
use serde_json::{Value, json};

use crate::client::post;
use crate::doubles::serve::{Serving, serve};
use crate::gitlab::{anything, mutated};
use crate::redaction::way::nowhere;
use crate::stories::attached::{JUNIT, SARIF, beside, failures};
use crate::world::{FORMAT_LOG, World};

const PATH: &str = "/webhooks/generic";
const SECRET: &str = "the generic secret";

async fn world(origins: &[&str]) -> (World, tempfile::TempDir) {
    let place = tempfile::tempdir().unwrap();
    let secret = place.path().join("generic");
    std::fs::write(&secret, SECRET).unwrap();
    let more = format!(
        "[generic]\nwebhook_secret = {{ file = {secret:?} }}\nlog_origins_inside = {origins:?}\n\
         [publish]\nunproven = \"draft\"\n"
    );
    (World::with(&more).await, place)
}

fn told(commit: &str) -> Value {
    json!({
        "repository": "github:Acme/Widget", "run": 7, "branch": "main", "commit": commit,
        "job": "fmt", "command": "cargo fmt --check", "provider": "github", "log": FORMAT_LOG,
    })
}

async fn send(world: &World, body: &Value) -> (u16, String) {
    let body = body.to_string().into_bytes();
    let signature = sign(SECRET.as_bytes(), &body);
    let headers = [
        ("x-hub-signature-256", signature.as_str()),
        ("x-github-event", "run_failed"),
        ("x-github-delivery", "1"),
    ];
    post(world.address, PATH, &headers, body).await
}

fn head(world: &World) -> String {
    world.widget().head("main").unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_told_is_kept_without_its_secrets() {
    let (world, _place) = world(&[]).await;
    let token = "ghp_q7ZpX2vK9sLw4TbN8mRdC1yHf6JgAeU3oViQ";
    let mut body = told(&head(&world));
    let log = format!("{FORMAT_LOG}Cookie: session={token}\n");
    body["log"] = Value::String(log);
    let (status, text) = send(&world, &body).await;
    assert_eq!(status, 202, "{text}");
    // Neither in the delivery that was just stored, nor in what came of it.
    nowhere(&world.data(), &[token]);
    world.settle().await;
    world.repair_is(TaskState::Published).await;
    nowhere(&world.data(), &[token]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_told_becomes_a_pull_request() {
    let (world, _place) = world(&[]).await;
    let commit = head(&world);
    let (status, text) = send(&world, &told(&commit)).await;
    assert_eq!(status, 202, "{text}");
    world.settle().await;
    world.repair_is(TaskState::Published).await;
    // The same run of another job is another; the same job again is not.
    let mut other = told(&commit);
    other["job"] = json!("fmt on windows");
    assert!(send(&world, &other).await.1.contains("accepted"));
    assert!(send(&world, &told(&commit)).await.1.contains("duplicate"));
    world.settle().await;
    assert_eq!(world.github.repository("acme/widget").pulls().len(), 1);
    world.end().await;
}

/// Serves a log, a redirect to it, and a redirect to somewhere else.
fn artifacts(elsewhere: &str) -> Serving {
    let to = |place: String| {
        get(move || async move { (StatusCode::FOUND, [(header::LOCATION, place)]) })
    };
    let elsewhere = format!("{elsewhere}/log");
    serve(
        Router::new()
            .route("/log", get(|| async { FORMAT_LOG }))
            .route("/out", to(elsewhere))
            .route("/gone", get(|| async { StatusCode::NOT_FOUND })),
    )
}

async fn at(world: &World, url: String) -> (u16, String) {
    let mut body = told(&head(world));
    body.as_object_mut().unwrap().remove("log");
    body["log_url"] = json!(url);
    let answer = send(world, &body).await;
    world.settle().await;
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_fetched_from_where_the_operator_allows() {
    let other = artifacts("http://127.0.0.1:1");
    let served = artifacts(&other.url);
    let (world, _place) = world(&[&served.url]).await;
    // Not listed: other ports, names in front, other schemes, this machine.
    for url in [
        format!("{}/log", other.url),
        format!("http://{}@evil.example/", &served.url["http://".len()..]),
        "https://127.0.0.1/log".into(),
        "file:///etc/passwd".into(),
        "http://169.254.169.254/latest/meta-data".into(),
        "//no-scheme/log".into(),
    ] {
        let (status, text) = at(&world, url.clone()).await;
        assert_eq!(status, 400, "{url}: {text}");
        assert!(text.contains("generic.log_origins"), "{text}");
    }
    assert_eq!(at(&world, format!("{}/log", served.url)).await.0, 202);
    world.repair_is(TaskState::Published).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_to_elsewhere_is_not_followed() {
    let other = artifacts("http://127.0.0.1:1");
    let served = artifacts(&other.url);
    let (world, _place) = world(&[&served.url]).await;
    assert_eq!(at(&world, format!("{}/out", served.url)).await.0, 202);
    let [task] = world.tasks().await.try_into().expect("it is listed");
    assert_eq!(task.state, TaskState::Failed);
    assert!(task.record.note.unwrap().contains("redirect"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_route_refuses_what_it_does_not_take() {
    let (world, _place) = world(&[]).await;
    let good = told(&"1".repeat(40));
    for (place, value, said) in [
        ("/repository", json!("acme/widget"), "with its forge"),
        ("/repository", json!("github:widget"), "with its forge"),
        ("/repository", json!("gitea:a/b"), "with its forge"),
        ("/commit", json!("main"), "git object id"),
        ("/branch", json!("a..b"), "branch name"),
        ("/job", json!("a\nb"), "job's name"),
        ("/job", json!(""), "job's name"),
        ("/log", json!(null), "either `log` or `log_url`"),
        (
            "/provider",
            json!("travis"),
            "not JSON of the expected form",
        ),
        ("/run", json!("1"), "not JSON of the expected form"),
    ] {
        let mut body = good.clone();
        *body.pointer_mut(place).unwrap() = value;
        let (status, text) = send(&world, &body).await;
        assert_eq!(status, 400, "{text}");
        assert!(text.contains(said), "{said}: {text}");
    }
    let mut both = good.clone();
    both["log_url"] = json!("https://x/");
    assert!(send(&world, &both).await.1.contains("either"));
    let mut unknown = good.clone();
    unknown["cmd"] = json!("x");
    assert!(
        send(&world, &unknown)
            .await
            .1
            .contains("unknown field `cmd`")
    );
    let body = good.to_string().into_bytes();
    let wrong = sign(b"guess", &body);
    let signed = [("x-hub-signature-256", wrong.as_str())];
    assert_eq!(post(world.address, PATH, &[], body.clone()).await.0, 401);
    assert_eq!(
        post(world.address, PATH, &signed, body.clone()).await.0,
        401
    );
    assert_eq!(crate::client::get(world.address, PATH).await.0, 405);
    assert!(world.ledger().await.is_empty());
    world.end().await;
    let bare = World::new().await;
    assert_eq!(post(bare.address, PATH, &signed, body).await.0, 503);
    bare.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_at_hand_is_ingested_while_a_server_runs() {
    let (world, place) = world(&[]).await;
    let commit = head(&world);
    let log = place.path().join("ci.log");
    std::fs::write(&log, FORMAT_LOG).unwrap();
    let ingest = |more: &[&str]| {
        let log = log.to_str().unwrap();
        let usual = [
            "ingest",
            "--log",
            log,
            "--repository",
            "github:acme/widget",
            "--branch",
            "main",
            "--commit",
            &commit,
            "--run",
            "5",
            "--provider",
            "github",
        ];
        world.sentinel(&[&usual[..], more].concat())
    };
    let told = ingest(&["--job", "fmt", "--json"]);
    assert!(
        told.status.success(),
        "{}",
        String::from_utf8_lossy(&told.stderr)
    );
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(
        told,
        json!({"run": "github:acme/widget job fmt run 5 attempt 1", "new": true})
    );
    world.settle().await;
    world.repair_is(TaskState::Published).await;
    let again = ingest(&["--job", "fmt"]);
    assert!(String::from_utf8_lossy(&again.stdout).contains("told before"));
    for (more, said) in [
        (&["--branch", "sentinel/i1"][..], "would be a loop"),
        (&["--repository", "gitlab:acme/widget"], "[gitlab]"),
        (&["--repository", "local:widget"], "[[local]]"),
        (&["--repository", "widget"], "with its forge"),
        (&["--log", "/nowhere/ci.log"], "cannot read the log"),
        (&["--commit", "main"], "git object id"),
    ] {
        let usual = [
            "--repository",
            "github:acme/widget",
            "--branch",
            "main",
            "--commit",
            &commit,
        ];
        // The last of two is what counts.
        let mut arguments = vec!["ingest", "--log", log.to_str().unwrap()];
        for pair in usual.chunks(2).filter(|pair| pair[0] != more[0]) {
            arguments.extend(pair);
        }
        if more[0] == "--log" {
            arguments.drain(1..3);
        }
        arguments.extend(more);
        let refused = world.sentinel(&arguments);
        let text = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(
            !refused.status.success() && text.contains(said),
            "{said}: {text}"
        );
    }
    world.end().await;
}

#[test]
fn origins_are_compared_whole() {
    let origins = |texts: &[&str]| {
        let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
        Origins::parse(&texts, &[])
    };
    let allowed = origins(&["https://Logs.example", "http://10.0.0.1:8080/"]).unwrap();
    for (url, expected) in [
        ("https://logs.example/a", true),
        ("https://LOGS.example:443/a?b", true),
        ("http://logs.example/a", false),
        ("https://logs.example:8443/a", false),
        ("https://logs.example.evil/a", false),
        ("https://x@logs.example/a", false),
        ("http://10.0.0.1:8080/a", true),
        ("http://10.0.0.1/a", false),
    ] {
        assert_eq!(allowed.allow(&url.parse().unwrap()), expected, "{url}");
    }
    for bad in [
        "logs.example",
        "https://a/b",
        "https://a/?b",
        "ftp://a",
        "https://u@a",
        "",
    ] {
        assert_eq!(origins(&[bad]).err().as_deref(), Some(bad));
    }
}

fn read(body: &Value) -> Result<Normalised, sentinel::event::Malformed> {
    let body = body.to_string().into_bytes();
    let signature = sign(b"s", &body);
    let headers = Headers {
        signature: Some(signature.as_bytes()),
        event: Some("run_failed"),
        delivery: Some("1"),
    };
    normalise(&verify(b"s", headers, body).unwrap(), &Origins::default())
}

#[test]
fn what_a_told_run_means() {
    let Ok(Normalised::Event(event)) = read(&told(&"1".repeat(40))) else {
        panic!();
    };
    let Event::PipelineFailed(run) = *event else {
        panic!();
    };
    assert_eq!(
        run.run.to_string(),
        "github:acme/widget job fmt run 7 attempt 1"
    );
    assert_eq!(run.command.as_deref(), Some("cargo fmt --check"));
    let mut own = told(&"1".repeat(40));
    own["branch"] = json!("sentinel/i1");
    assert_eq!(read(&own), Ok(Normalised::NotForUs(NotForUs::OwnBranch)));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_told_run_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), anything()), 1..4),
        bytes in prop::collection::vec(any::<u8>(), 0..100),
        url in "https?://\\PC{0,30}|\\PC{0,30}",
    ) {
        let mut body = told(&"1".repeat(40));
        body["log_url"] = json!(url);
        for (place, value) in changes {
            body = mutated(body, place, value);
        }
        let _ = read(&body);
        let _ = parse(&bytes);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_come_along_with_the_word_of_a_run() {
    let (world, place) = world(&[]).await;
    let commit = head(&world);
    let mut body = told(&commit);
    body["log"] = json!("$ check\nexit code 1\n");
    body["reports"] = json!([
        {"name": "out/lint.sarif", "content": SARIF},
        {"name": "ship.iso", "content": "whatever"},
    ]);
    let (status, text) = send(&world, &body).await;
    assert_eq!(status, 202, "{text}");
    world.settle().await;
    let said = failures(&world).await.join("\n");
    assert!(said.contains("the keel is bent"), "{said}");
    let read = beside(&world).await;
    assert_eq!(read["left_out"][0]["name"], "ship.iso");

    let file = |name: &str, text: &str| {
        let file = place.path().join(name);
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let log = file("ci.log", "$ check\nexit code 1\n");
    let (junit, other) = (file("junit.xml", JUNIT), file("notes.txt", "x"));
    let ingest = |report: &str| {
        world.sentinel(&[
            "ingest",
            "--log",
            &log,
            "--repository",
            "github:acme/widget",
            "--branch",
            "main",
            "--commit",
            &commit,
            "--report",
            report,
        ])
    };
    let taken = ingest(&junit);
    assert!(
        taken.status.success(),
        "{}",
        String::from_utf8_lossy(&taken.stderr)
    );
    world.settle().await;
    let said = failures(&world).await.join("\n");
    assert!(said.contains("keeps_water_out"), "{said}");
    let refused = ingest(&other);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("*.sarif"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listed_name_that_leads_inside_is_not_followed() {
    let served = artifacts("http://127.0.0.1:1");
    let port = served.url.rsplit(':').next().unwrap();
    // Listed as public, by name and by address; both lead to this machine.
    for origin in [format!("http://localhost:{port}"), served.url.clone()] {
        let place = tempfile::tempdir().unwrap();
        let secret = place.path().join("generic");
        std::fs::write(&secret, SECRET).unwrap();
        let world = World::with(&format!(
            "[generic]\nwebhook_secret = {{ file = {secret:?} }}\nlog_origins = [{origin:?}]\n"
        ))
        .await;
        let (status, text) = at(&world, format!("{origin}/log")).await;
        assert_eq!(status, 202, "{text}");
        let [task] = world.tasks().await.try_into().expect("it is listed");
        assert_eq!(task.state, TaskState::Failed);
        let note = task.record.note.unwrap();
        assert!(note.contains("log_origins_inside"), "{note}");
        world.end().await;
    }
    // The same name, said to be the operator's own.
    let (world, _place) = world(&[&format!("http://localhost:{port}")]).await;
    assert_eq!(
        at(&world, format!("http://localhost:{port}/log")).await.0,
        202
    );
    let [_, _] = world.tasks().await.try_into().expect("it was read");
    world.end().await;
}
