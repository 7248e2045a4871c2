//! What GitLab's route takes and what it refuses.

use proptest::prelude::*;
use sentinel::delivery::Refusal;
use sentinel::delivery::gitlab::{Headers, Secrets, SigningKey, verify};
use sentinel::event::gitlab::normalise;
use sentinel::time::Timestamp;
use serde_json::{Value, json};

use super::{red, send, widget, world};
use crate::client::{get, post};
use crate::doubles::gitlab::{GitLab, Hook, SIGNING_TOKEN, WEBHOOK_TOKEN};

const PATH: &str = "/webhooks/gitlab";

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_proven_is_refused_and_nothing_is_stored() {
    let gitlab = GitLab::start();
    let (world, _place) = world(&gitlab).await;
    let project = widget(&gitlab);
    let body = gitlab.pipeline_body(&project, &red(&project));
    let token = Hook::with_token("Pipeline Hook", "k", &body);
    let signed = Hook::signed("Pipeline Hook", "k", now(), &body);
    let mut changed = signed.clone();
    changed.body.push(b' ');
    let mut other_job = body.clone();
    other_job["object_kind"] = json!("note");
    for (hook, status, said) in [
        (
            token.clone().without("x-gitlab-token"),
            401,
            "X-Gitlab-Token",
        ),
        (
            token.clone().with("x-gitlab-token", "guess"),
            401,
            "not right",
        ),
        (token.clone().with("x-gitlab-token", ""), 401, "not right"),
        (
            token.clone().without("x-gitlab-event"),
            400,
            "X-Gitlab-Event",
        ),
        (changed, 401, "webhook-signature"),
        (
            signed.clone().with("webhook-id", "other"),
            401,
            "webhook-signature",
        ),
        (signed.clone().without("webhook-id"), 401, "webhook-id"),
        (
            signed.clone().without("webhook-timestamp"),
            401,
            "webhook-timestamp",
        ),
        (
            signed.clone().with("webhook-timestamp", "soon"),
            401,
            "seconds",
        ),
        (
            signed.clone().with("webhook-signature", "v1,AAAA"),
            401,
            "not right",
        ),
        (
            signed.clone().with("webhook-signature", "v2,AAAA"),
            401,
            "not right",
        ),
        // A right token does not save a wrong signature.
        (
            token.clone().with("webhook-signature", "v1,AAAA"),
            401,
            "webhook-id",
        ),
        (
            Hook::signed("Pipeline Hook", "k", now() - 400, &body),
            401,
            "5 minutes",
        ),
        (
            Hook::signed("Pipeline Hook", "k", now() + 400, &body),
            401,
            "5 minutes",
        ),
        (
            token.clone().with("x-gitlab-event", "Note Hook"),
            400,
            "event header",
        ),
        (
            Hook::with_token("Pipeline Hook", "k", &other_job),
            400,
            "event header",
        ),
    ] {
        let (answered, text) = send(&world, &hook).await;
        assert_eq!(answered, status, "{said}: {text}");
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(world.ledger().await.is_empty());
    assert_eq!(send(&world, &signed).await.0, 202);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_signed_is_known_again() {
    let gitlab = GitLab::start();
    let (world, _place) = world(&gitlab).await;
    let project = widget(&gitlab);
    let first = gitlab.pipeline_body(&project, &red(&project));
    let second = gitlab.pipeline_body(&project, &red(&project));
    let told = async |hook: Hook| send(&world, &hook).await.1;
    let told_first = told(Hook::signed("Pipeline Hook", "k", now(), &first)).await;
    assert!(told_first.contains("accepted"), "{told_first}");
    let again = told(Hook::signed("Pipeline Hook", "k", now(), &second)).await;
    assert!(again.contains("duplicate"), "a signed id is proof: {again}");
    // With the plain token the key is the sender's to choose: what the body is
    // about decides.
    let unsigned = told(Hook::with_token("Pipeline Hook", "k", &second)).await;
    assert!(unsigned.contains("accepted"), "{unsigned}");
    let replayed = told(Hook::with_token("Pipeline Hook", "k2", &second)).await;
    assert!(replayed.contains("duplicate"), "{replayed}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_route_refuses_what_it_does_not_take() {
    let gitlab = GitLab::start();
    let (world, _place) = world(&gitlab).await;
    assert_eq!(get(world.address, PATH).await.0, 405);
    assert_eq!(post(world.address, PATH, &[], b"{}".to_vec()).await.0, 401);
    let large = [("x-gitlab-token", "x"), ("content-length", "31457280")];
    // The body is never sent: the head alone is refused.
    let head: String = large
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(world.address).await.unwrap();
    let head = format!("POST {PATH} HTTP/1.1\r\nhost: x\r\n{head}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
    world.end().await;
    // Without [gitlab] nobody is let in.
    let world = crate::world::World::new().await;
    let token = [
        ("x-gitlab-token", WEBHOOK_TOKEN),
        ("x-gitlab-event", "Pipeline Hook"),
    ];
    assert_eq!(
        post(world.address, PATH, &token, b"{}".to_vec()).await.0,
        503
    );
    world.end().await;
}

const NOW: Timestamp = Timestamp(1_700_000_000_000);

fn secrets() -> Secrets {
    Secrets {
        token: Some(WEBHOOK_TOKEN.into()),
        signing: Some(SigningKey::parse(SIGNING_TOKEN).unwrap()),
    }
}

fn signed<'a>(signature: &'a str, timestamp: &'a str) -> Headers<'a> {
    Headers {
        signature: Some(signature),
        timestamp: Some(timestamp),
        webhook_id: Some("msg_1"),
        event: Some("Pipeline Hook"),
        ..Headers::default()
    }
}

#[test]
fn the_signature_is_that_of_the_standard() {
    // The example of the Standard Webhooks libraries.
    let key = SigningKey::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let body = br#"{"test": 2432232314}"#;
    let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    assert_eq!(
        key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body),
        expected
    );
    assert!(SigningKey::parse("whsec_").is_err());
    assert!(SigningKey::parse("not base64!").is_err());
}

#[test]
fn any_of_several_signatures_will_do_within_the_tolerance() {
    let key = SigningKey::parse(SIGNING_TOKEN).unwrap();
    let old = SigningKey::parse("whsec_b2xkLW9sZC1vbGQtb2xkLW9sZA==").unwrap();
    let check = |age: i64, order: fn(&str, &str) -> String| {
        let timestamp = (NOW.0 / 1000 - age).to_string();
        let of = |key: &SigningKey| key.sign("msg_1", &timestamp, b"{}");
        let signature = order(&of(&old), &of(&key));
        verify(
            &secrets(),
            signed(&signature, &timestamp),
            b"{}".to_vec(),
            NOW,
        )
        .map(drop)
    };
    let both = |old: &str, new: &str| format!("v1a,{} {old} {new}", "A".repeat(86));
    assert_eq!(check(0, both), Ok(()));
    assert_eq!(check(0, |old, new| format!("{new} {old}")), Ok(()));
    assert_eq!(check(300, both), Ok(()));
    assert_eq!(check(-300, both), Ok(()));
    assert_eq!(check(301, both), Err(Refusal::TooOld { minutes: 5 }));
    assert_eq!(check(-301, both), Err(Refusal::TooOld { minutes: 5 }));
    let wrong = Err(Refusal::ProofWrong {
        header: "webhook-signature",
    });
    assert_eq!(check(0, |old, _| old.to_owned()), wrong);
    // Who sends hundreds is not helped by the right one among them.
    assert_eq!(
        check(0, |old, new| format!(
            "{}{new}",
            format!("{old} ").repeat(100)
        )),
        wrong
    );
    // A stranger does not learn our clock.
    assert_eq!(check(9_999, |old, _| old.to_owned()), wrong);
}

/// A hook of every kind that is acted on.
pub fn bodies() -> Vec<(&'static str, Value)> {
    vec![
        ("Pipeline Hook", super::events::pipeline()),
        ("Job Hook", super::events::job()),
        ("Merge Request Hook", super::events::merge_request()),
        ("Note Hook", super::events::note()),
    ]
}

/// Every place in a body.
fn places(body: &Value, at: &str, into: &mut Vec<String>) {
    into.push(at.to_owned());
    match body {
        Value::Object(map) => map
            .iter()
            .for_each(|(key, value)| places(value, &format!("{at}/{key}"), into)),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(index, value)| places(value, &format!("{at}/{index}"), into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Anything that JSON can hold, hostile texts among it.
pub fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,40}".prop_map(Value::from),
        prop_oneof![
            "\\.\\./.*",
            "/sentinel [a-z]{0,40}",
            "sentinel/.*",
            "[0-9a-f]{39,41}"
        ]
        .prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[[[{}]]]])),
    ]
}

/// The body with one place changed.
pub fn mutated(mut body: Value, place: prop::sample::Index, value: Value) -> Value {
    let mut all = Vec::new();
    places(&body, "", &mut all);
    let place = &all[place.index(all.len())];
    *body.pointer_mut(place).unwrap() = value;
    body
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// Whatever a verified body says, reading it ends in a value.
    #[test]
    fn no_hook_panics(
        which in 0usize..4,
        changes in prop::collection::vec((any::<prop::sample::Index>(), anything()), 1..4),
    ) {
        let (event, mut body) = bodies().swap_remove(which);
        for (place, value) in changes {
            body = mutated(body, place, value);
        }
        let headers = Headers {
            token: Some(WEBHOOK_TOKEN.as_bytes()),
            event: Some(event),
            ..Headers::default()
        };
        let delivery = verify(&secrets(), headers, body.to_string().into_bytes(), NOW).unwrap();
        let _ = normalise(&delivery);
    }

    /// What is not signed by the key is no delivery, so there is nothing to
    /// normalise.
    #[test]
    fn nothing_but_the_right_signature_verifies(
        signature in "(v1,)?[A-Za-z0-9+/= ]{0,60}|\\PC{0,40}",
        timestamp in "[0-9-]{0,20}|1700000000",
        token in prop::collection::vec(any::<u8>(), 0..40),
        body in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        prop_assert!(verify(&secrets(), signed(&signature, &timestamp), body.clone(), NOW).is_err());
        let headers = Headers { token: Some(&token), event: Some("Pipeline Hook"), ..Headers::default() };
        prop_assert!(verify(&secrets(), headers, body, NOW).is_err());
    }
}
