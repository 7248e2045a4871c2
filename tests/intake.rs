//! Webhooks: what is taken, what is refused, and in which words.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use sentinel::delivery::{Headers, Refusal, sign, verify};
use sentinel::event::{Normalised, github};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::client::{get, post};
use crate::doubles::github::Webhook;
use crate::stories;
use crate::world::World;

const PATH: &str = "/webhooks/github";

async fn send(world: &World, webhook: &Webhook) -> (u16, String) {
    let headers: Vec<(&str, &str)> = webhook
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    post(world.address, PATH, &headers, webhook.body.clone()).await
}

/// A signed webhook of a failed run.
fn good(world: &World) -> Webhook {
    let repository = world.widget();
    world.github.webhook(&stories::red_push(&repository))
}

fn without(mut webhook: Webhook, header: &str) -> Webhook {
    webhook.headers.retain(|(name, _)| name != header);
    webhook
}

fn with(mut webhook: Webhook, header: &str, value: &str) -> Webhook {
    webhook.headers.retain(|(name, _)| name != header);
    webhook.headers.push((header.into(), value.into()));
    webhook
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_is_refused_and_nothing_is_stored() {
    let world = World::new().await;
    let good = good(&world);
    let signature = "x-hub-signature-256";
    let mut other = good.clone();
    other.body.push(b' ');
    for (webhook, status, said) in [
        (without(good.clone(), signature), 401, "missing"),
        (
            with(good.clone(), signature, "sha256=xyz"),
            401,
            "64 hexadecimal digits",
        ),
        (
            with(good.clone(), signature, "sha1=00"),
            401,
            "64 hexadecimal digits",
        ),
        (
            with(good.clone(), signature, &sign(b"guess", &good.body)),
            401,
            "does not fit",
        ),
        (other, 401, "does not fit"),
        (
            without(good.clone(), "x-github-event"),
            400,
            "X-GitHub-Event",
        ),
        (
            without(good.clone(), "x-github-delivery"),
            400,
            "X-GitHub-Delivery",
        ),
        (
            with(good.clone(), "x-github-delivery", &"d".repeat(200)),
            400,
            "X-GitHub-Delivery",
        ),
    ] {
        let (answered, text) = send(&world, &webhook).await;
        assert_eq!(answered, status, "{text}");
        assert!(text.contains(said), "{text}");
    }
    assert!(world.ledger().await.is_empty());
    let (_, metrics) = get(world.address, "/metrics").await;
    assert!(
        metrics.contains("{provider=\"github\",outcome=\"refused\"} 8"),
        "{metrics}"
    );
    assert_eq!(send(&world, &good).await.0, 202);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_makes_no_sense_is_refused() {
    let world = World::new().await;
    let body: Value = serde_json::from_slice(&good(&world).body).unwrap();
    let signed = |event: &str, body: Vec<u8>| Webhook::signed(event, "d-1", body);
    let edit = |path: &str, value: Value| {
        let mut body = body.clone();
        *body.pointer_mut(path).unwrap() = value;
        signed("workflow_run", body.to_string().into_bytes())
    };
    let whole = body.to_string().into_bytes();
    for (webhook, said) in [
        (signed("workflow_run", Vec::new()), "not JSON"),
        (
            signed("workflow_run", whole[..whole.len() / 2].to_vec()),
            "not JSON",
        ),
        (signed("workflow_run", vec![0xff, 0xfe, b'{']), "not JSON"),
        (
            signed("workflow_run", b"{\"action\":\"completed\"}".to_vec()),
            "no `workflow_run`",
        ),
        (signed("issue_comment", whole.clone()), "event header says"),
        (
            edit("/repository/full_name", json!("../../etc")),
            "repository name",
        ),
        (edit("/repository/full_name", json!("widget")), "owner/name"),
        (
            edit("/workflow_run/head_sha", json!("main; rm -rf /")),
            "git object id",
        ),
        (
            edit("/workflow_run/head_branch", json!("a..b")),
            "branch name",
        ),
        (
            edit("/workflow_run/head_branch", json!("-x")),
            "branch name",
        ),
        (
            edit("/workflow_run/id", json!(-1)),
            "not JSON of the expected form",
        ),
        (
            edit("/workflow_run/run_attempt", json!("x")),
            "not JSON of the expected form",
        ),
    ] {
        let (status, text) = send(&world, &webhook).await;
        assert_eq!(status, 400, "{text}");
        assert!(text.contains(said), "{said}: {text}");
        assert!(text.len() < 1000, "an error is no echo: {}", text.len());
    }
    assert!(world.ledger().await.is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit_is_refused() {
    let world = World::new().await;
    // The server answers before it has read a body it will not take, so the
    // body is not even sent.
    let mut stream = tokio::net::TcpStream::connect(world.address).await.unwrap();
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: x\r\nx-hub-signature-256: sha256={}\r\n\
         content-length: {}\r\n\r\n",
        "0".repeat(64),
        30 << 20
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
    assert_eq!(send(&world, &good(&world)).await.0, 202, "others go on");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_of_large_bodies_keep_nobody_out() {
    let world = World::new().await;
    let mut idle = Vec::new();
    for _ in 0..40 {
        let mut stream = tokio::net::TcpStream::connect(world.address).await.unwrap();
        let head = format!(
            "POST {PATH} HTTP/1.1\r\nhost: x\r\nx-hub-signature-256: sha256={}\r\n\
             content-length: {}\r\n\r\n{{",
            "0".repeat(64),
            25 << 20
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        idle.push(stream);
    }
    assert_eq!(send(&world, &good(&world)).await.0, 202);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_id_hides_no_other_delivery() {
    let world = World::new().await;
    let repository = world.widget();
    let one = with(
        world.github.webhook(&stories::red_push(&repository)),
        "x-github-delivery",
        "d",
    );
    let two = with(
        world.github.webhook(&stories::red_push(&repository)),
        "x-github-delivery",
        "d",
    );
    for webhook in [&one, &two] {
        let (status, text) = send(&world, webhook).await;
        assert!(status == 202 && text.contains("accepted"), "{text}");
    }
    // Replayed with fresh ids, a signed body stores nothing.
    for id in ["e", "f", "g"] {
        let (_, text) = send(&world, &with(one.clone(), "x-github-delivery", id)).await;
        assert!(text.contains("duplicate"), "{text}");
    }
    let count = world.store.read(|connection| {
        Ok(
            connection.query_row("SELECT count(*) FROM delivery", [], |row| {
                row.get::<_, i64>(0)
            })?,
        )
    });
    assert_eq!(count.await.unwrap(), 2);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_for_us_is_counted_and_not_stored() {
    let world = World::new().await;
    let body: Value = serde_json::from_slice(&good(&world).body).unwrap();
    let edit = |path: &str, value: &str| {
        let mut body = body.clone();
        *body.pointer_mut(path).unwrap() = json!(value);
        Webhook::signed("workflow_run", "d-1", body.to_string().into_bytes())
    };
    for (webhook, label) in [
        (edit("/action", "in_progress"), "not_completed"),
        (edit("/workflow_run/conclusion", "neutral"), "not_failed"),
        (edit("/workflow_run/conclusion", "cancelled"), "not_failed"),
        (
            Webhook::signed("ping", "d-1", b"{\"zen\":\"x\"}".to_vec()),
            "ping",
        ),
        (
            Webhook::signed("star", "d-1", b"{}".to_vec()),
            "unknown_event",
        ),
    ] {
        assert_eq!(
            send(&world, &webhook).await,
            (204, String::new()),
            "{label}"
        );
        let (_, metrics) = get(world.address, "/metrics").await;
        assert!(
            metrics.contains(&format!("outcome=\"{label}\"")),
            "{metrics}"
        );
    }
    assert!(world.ledger().await.is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_refuses_what_it_does_not_take() {
    let world = World::new().await;
    let body = b"{}".to_vec();
    // No secret is configured for local repositories here, and whoever does not
    // even sign does not learn that.
    let signature = format!("sha256={}", "0".repeat(64));
    let signed = [("x-hub-signature-256", signature.as_str())];
    let local = "/webhooks/local";
    assert_eq!(
        post(world.address, local, &signed, body.clone()).await.0,
        503
    );
    assert_eq!(post(world.address, local, &[], body.clone()).await.0, 401);
    assert_eq!(
        post(world.address, "/webhooks/gitea", &[], body.clone())
            .await
            .0,
        404
    );
    assert_eq!(
        post(world.address, "/metrics", &[], body.clone()).await.0,
        405
    );
    assert_eq!(post(world.address, "/healthz", &[], body).await.0, 405);
    assert_eq!(get(world.address, PATH).await.0, 405);
    assert_eq!(get(world.address, "/webhooks/local").await.0, 405);
    assert_eq!(get(world.address, "/").await.0, 404);
    assert_eq!(get(world.address, "/healthz").await, (200, "ok\n".into()));
    world.end().await;
}

#[test]
fn the_signature_is_the_published_one() {
    // The example of GitHub's documentation, "Validating webhook deliveries".
    let secret = b"It's a Secret to Everybody";
    let expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert_eq!(sign(secret, b"Hello, World!"), expected);
    let headers = Headers {
        signature: Some(expected.as_bytes()),
        event: Some("ping"),
        delivery: Some("1"),
    };
    assert!(verify(secret, headers, b"Hello, World!".to_vec()).is_ok());
    let wrong = verify(secret, headers, b"Hello, World".to_vec());
    assert!(matches!(wrong, Err(Refusal::SignatureWrong)));
}

/// Where `tests/run` puts the payloads GitHub publishes as examples.
fn payloads() -> Option<PathBuf> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../target/test-data/webhooks-examples/package/api.github.com/index.json");
    match place.is_file() {
        true => Some(place),
        false if std::env::var_os("CI").is_some() => {
            panic!("{} is missing; tests/run fetches it", place.display())
        }
        false => {
            eprintln!(
                "skipped: {} is missing; tests/run fetches it",
                place.display()
            );
            None
        }
    }
}

fn normalised(event: &str, body: &[u8]) -> Result<Normalised, sentinel::event::Malformed> {
    let signature = sign(b"s", body);
    let headers = Headers {
        signature: Some(signature.as_bytes()),
        event: Some(event),
        delivery: Some("1"),
    };
    github::normalise(&verify(b"s", headers, body.to_vec()).unwrap())
}

/// What the examples of each event come to: those that are acted on, in all.
const ACTED_ON: [(&str, usize); 6] = [
    ("workflow_run", 2),
    ("workflow_job", 1),
    ("check_run", 2),
    ("pull_request", 0),
    ("issue_comment", 0),
    ("installation", 7),
];

#[test]
fn every_published_example_is_understood() {
    let Some(place) = payloads() else { return };
    let events: Vec<Value> = serde_json::from_slice(&std::fs::read(place).unwrap()).unwrap();
    let (mut examples, mut runs) = (0, 0);
    let mut acted_on = std::collections::BTreeMap::new();
    for event in &events {
        let name = event["name"].as_str().unwrap();
        for body in event["examples"].as_array().unwrap() {
            let read = normalised(name, body.to_string().as_bytes());
            let read = read.unwrap_or_else(|error| panic!("{name}: {error}: {body}"));
            let acted = usize::from(matches!(read, Normalised::Event(_)));
            *acted_on.entry(name.to_owned()).or_insert(0) += acted;
            examples += 1;
            if name == "workflow_run" {
                runs += red(body.clone());
            }
        }
    }
    assert!(
        examples > 200 && runs > 0,
        "{examples} examples, {runs} runs that completed"
    );
    for (name, expected) in ACTED_ON {
        assert_eq!(acted_on[name], expected, "{name}: {acted_on:?}");
    }
}

/// None of the examples failed: made red, each completed one is an event.
fn red(mut body: Value) -> usize {
    if body["action"] != "completed" {
        return 0;
    }
    for conclusion in ["failure", "timed_out", "startup_failure"] {
        body["workflow_run"]["conclusion"] = json!(conclusion);
        let read = normalised("workflow_run", body.to_string().as_bytes());
        assert!(matches!(read, Ok(Normalised::Event(_))), "{read:?}");
    }
    1
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// Whatever is signed, reading it ends in a value.
    #[test]
    fn no_body_panics(event in "[a-z_]{1,16}|workflow_run", body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = normalised(&event, &body);
        let _ = sentinel::event::local::parse(&body);
    }

    #[test]
    fn no_json_panics(
        action in "completed|[a-z]{0,8}", conclusion in "failure|\\PC{0,8}",
        name in "acme/widget|\\PC{0,20}", branch in "\\PC{0,20}", sha in "[0-9a-f]{38,41}",
    ) {
        let body = json!({
            "action": action,
            "repository": {"full_name": name},
            "workflow_run": {"id": 1, "run_attempt": 1, "name": branch, "event": branch,
                "conclusion": conclusion, "head_sha": sha, "head_branch": branch},
        });
        let _ = normalised("workflow_run", body.to_string().as_bytes());
    }
}
