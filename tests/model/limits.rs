//! A server that does not stop, or does not go on.

use std::time::{Duration, Instant};

use sentinel::model::{Model, ModelError, Provider, Settings, Times};

use super::{ask, message, settings};
use crate::doubles::model::events;
use crate::doubles::web::{Reply, Server};

const EVENT: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n";

fn head() -> Vec<u8> {
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n".to_vec()
}

async fn fails(reply: impl Fn() -> Reply + Send + Sync + 'static, times: Times) -> ModelError {
    let server = Server::start(move |_| reply()).await;
    let settings = Settings {
        times,
        ..settings(Provider::OpenAi, &server)
    };
    ask(settings, &[]).await.unwrap_err()
}

fn patient() -> Times {
    Times {
        connect: Duration::from_secs(5),
        idle: Duration::from_secs(30),
        total: Duration::from_secs(60),
        backoff: Duration::from_millis(5),
    }
}

#[tokio::test]
async fn tokens_are_counted_whatever_the_server_says() {
    let error = fails(|| events(&EVENT.repeat(10_000)), patient()).await;
    let limit = 256;
    let unit = "tokens";
    assert_eq!(error, ModelError::TooLong { limit, unit });
}

#[tokio::test]
async fn the_text_is_bounded_in_bytes() {
    let long = EVENT.replace("\"x\"", &format!("{:?}", "y".repeat(100_000)));
    let server = Server::start(move |_| events(&long)).await;
    let model = Model::new(settings(Provider::OpenAi, &server)).unwrap();
    let messages = [message(sentinel::effect::Role::User, "x")];
    let asked = model.ask(&messages, &[], 1_000).unwrap();
    let (limit, unit) = (1_000, "bytes");
    let error = model.complete(&asked).await.unwrap_err();
    assert_eq!(error, ModelError::TooLong { limit, unit });
}

/// Comments keep a connection alive, but not for ever; one line without an end
/// is held no longer than the limit.
#[tokio::test]
async fn bytes_on_the_wire_are_bounded() {
    for body in [
        ": busy\n".repeat(1_000_000),
        format!("data: {}", "z".repeat(4_000_000)),
    ] {
        let reply = move || Reply::Bytes([head(), body.clone().into_bytes()].concat());
        let error = fails(reply, patient()).await;
        let wire = matches!(
            error,
            ModelError::TooLong {
                unit: "bytes on the wire",
                ..
            }
        );
        assert!(wire, "{error}");
    }
}

#[tokio::test]
async fn silence_ends_early_and_a_trickle_in_the_end() {
    let begun = Instant::now();
    let short = Times {
        idle: Duration::from_millis(300),
        ..patient()
    };
    let error = fails(|| Reply::Silence, short).await;
    assert!(matches!(error, ModelError::Idle(_)), "{error}");
    let error = fails(|| Reply::Drip(head(), Vec::new()), short).await;
    assert!(matches!(error, ModelError::Idle(_)), "{error}");
    // A server that always says a little more.
    let slow = Times {
        total: Duration::from_secs(1),
        ..patient()
    };
    let error = fails(|| Reply::Drip(head(), b": still here\n".to_vec()), slow).await;
    assert!(matches!(error, ModelError::Late(_)), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(40));
}

/// Who waits for a turn has not asked.
#[tokio::test]
async fn requests_take_turns() {
    let server = Server::start(|_| Reply::Silence).await;
    let settings = Settings {
        at_once: 1,
        times: Times {
            total: Duration::from_secs(1),
            ..patient()
        },
        ..settings(Provider::OpenAi, &server)
    };
    let model = Model::new(settings).unwrap();
    let messages = [message(sentinel::effect::Role::User, "x")];
    let asked = model.ask(&messages, &[], 1_000).unwrap();
    let (one, two) = tokio::join!(model.complete(&asked), model.complete(&asked));
    assert_eq!(
        [one.unwrap_err(), two.unwrap_err()],
        [ModelError::Late(1), ModelError::Late(1)]
    );
    assert_eq!(server.seen().len(), 1);
}

/// Whoever stops waiting hangs up, and the next one has its turn.
#[tokio::test]
async fn who_goes_away_frees_the_turn() {
    let silent = Server::start(|_| Reply::Silence).await;
    let mut settings = settings(Provider::OpenAi, &silent);
    settings.at_once = 1;
    let model = Model::new(settings).unwrap();
    let messages = [message(sentinel::effect::Role::User, "x")];
    let asked = model.ask(&messages, &[], 1_000).unwrap();
    for _ in 0..2 {
        let gone = tokio::time::timeout(Duration::from_secs(2), model.complete(&asked)).await;
        assert!(gone.is_err());
    }
    assert_eq!(silent.seen().len(), 2);
}
