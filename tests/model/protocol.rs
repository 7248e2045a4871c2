//! Both protocols as they are spoken when all is well.

use sentinel::effect::Role;
use sentinel::model::{LimitKey, Model, Provider};
use sentinel::spending::Tokens;
use serde_json::{Value, json};

use super::{BOTH, KEY, ask, message, option, settings};
use crate::doubles::model::{Said, cut, saying};
use crate::doubles::web::{Reply, Server};

#[tokio::test]
async fn an_answer_is_the_same_wherever_it_is_cut() {
    let said = Said::text("Größe: 1 µm — \"ja\"\n\ndata: [DONE] 🙂");
    for provider in BOTH {
        let body = match provider {
            Provider::OpenAi => said.openai(),
            Provider::Anthropic => said.anthropic(false),
        };
        for every in [1, 2, 3, 7, 64, 100_000] {
            // Each kind of line end, and a mark at the beginning.
            let ending = ["\n", "\r\n", "\r"][every % 3];
            let body = body.replace("\r\n", "\n").replace('\n', ending);
            let body = format!("\u{feff}{body}");
            let server = Server::start(move |_| cut(&body, every)).await;
            let answered = ask(settings(provider, &server), &[]).await.unwrap();
            assert_eq!(answered.text, said.text, "{provider:?} every {every}");
            assert_eq!(answered.stop, "stop");
            let tokens = Tokens {
                input: 100,
                output: 20,
            };
            assert_eq!(answered.tokens, Some(tokens));
            assert_eq!(answered.tries, 1);
        }
    }
}

/// An event's data may stand in several lines, beside fields of other names.
#[tokio::test]
async fn fields_are_told_apart() {
    let body = "id: 7\ndatabase: x\ndata:{\"choices\":[{\"delta\":\ndata: {\"content\":\"ab\"},\n\
                data\ndata:\"finish_reason\":\"stop\"}]}\nretry: 1\n\ndata: [DONE]\n\n";
    let server = Server::start(move |_| cut(body, 5)).await;
    let answered = ask(settings(Provider::OpenAi, &server), &[]).await.unwrap();
    assert_eq!((answered.text.as_str(), answered.tokens), ("ab", None));
}

#[tokio::test]
async fn what_is_asked_is_what_the_protocol_says() {
    let schema = r#"{"type":"object"}"#;
    let options = [
        option("json-schema", schema),
        option("max-tokens", "64"),
        option("x", "y"),
    ];
    for provider in BOTH {
        let server = saying(vec![Said::text("{}")]).await;
        ask(settings(provider, &server), &options).await.unwrap();
        let seen = server.seen().remove(0);
        let body: Value = serde_json::from_str(&seen.body).unwrap();
        assert_eq!(seen.header("accept-encoding").unwrap(), "identity");
        assert_eq!(body["model"], "small-1");
        assert_eq!(body["stream"], true);
        assert_eq!(body["temperature"], 0.0);
        assert_eq!(body["max_tokens"], 64);
        assert!(!seen.body.contains(KEY));
        match provider {
            Provider::OpenAi => {
                assert_eq!(seen.target(), "/v1/chat/completions");
                assert_eq!(
                    seen.header("authorization").unwrap(),
                    format!("Bearer {KEY}")
                );
                assert_eq!(body["messages"][0]["role"], "system");
                assert_eq!(body["stream_options"]["include_usage"], true);
                let format = &body["response_format"];
                assert_eq!(format["type"], "json_schema");
                assert_eq!(format["json_schema"]["schema"], json!({ "type": "object" }));
            }
            Provider::Anthropic => {
                assert_eq!(seen.target(), "/v1/messages");
                assert_eq!(seen.header("x-api-key").unwrap(), KEY);
                assert_eq!(seen.header("anthropic-version").unwrap(), "2023-06-01");
                assert_eq!(body["system"], "Be short.");
                assert_eq!(body["messages"].as_array().unwrap().len(), 1);
                assert_eq!(body["tool_choice"]["name"], "answer");
                assert_eq!(
                    body["tools"][0]["input_schema"],
                    json!({ "type": "object" })
                );
            }
        }
    }
}

#[tokio::test]
async fn what_the_operator_leaves_out_or_renames_is_not_sent() {
    let server = saying(vec![Said::text("x")]).await;
    let settings = sentinel::model::Settings {
        key: None,
        temperature: None,
        limit_key: LimitKey::MaxCompletionTokens,
        ..settings(Provider::OpenAi, &server)
    };
    // An agent asks for no more than the operator allows, and sets no
    // temperature where the model takes none.
    let options = [option("max-tokens", "100000"), option("temperature", "1")];
    ask(settings, &options).await.unwrap();
    let seen = server.seen().remove(0);
    let body: Value = serde_json::from_str(&seen.body).unwrap();
    assert_eq!(body["max_completion_tokens"], 256);
    assert!(body["max_tokens"].is_null() && body["temperature"].is_null());
    assert_eq!(seen.header("authorization"), None);
}

/// Some gateways do not stream, asked or not.
#[tokio::test]
async fn an_answer_may_come_whole() {
    let openai = json!({ "choices": [{ "message": { "content": "{\"a\":1}", "tool_calls": [] },
        "finish_reason": "stop" }], "usage": { "prompt_tokens": 3, "completion_tokens": 4 } });
    let anthropic = json!({ "content": [{ "type": "text", "text": "Here it is." },
        { "type": "tool_use", "name": "answer", "input": { "a": 1 } }],
        "stop_reason": "tool_use", "usage": { "input_tokens": 1, "cache_read_input_tokens": 2,
        "output_tokens": 4 } });
    for (provider, body) in BOTH.into_iter().zip([openai, anthropic]) {
        let server = Server::start(move |_| {
            Reply::with(
                200,
                &[("content-type", "application/json")],
                &body.to_string(),
            )
        });
        let server = server.await;
        let settings = sentinel::model::Settings {
            stream: false,
            ..settings(provider, &server)
        };
        let answered = ask(settings, &[option("json-schema", "{}")]).await.unwrap();
        assert_eq!(answered.text, r#"{"a":1}"#);
        assert_eq!(
            answered.tokens,
            Some(Tokens {
                input: 3,
                output: 4
            })
        );
        let body: Value = serde_json::from_str(&server.seen()[0].body).unwrap();
        assert_eq!(body["stream"], false);
    }
}

#[tokio::test]
async fn why_it_ended_is_told_in_our_words() {
    for provider in BOTH {
        let server = saying(vec![Said {
            stop: "length".into(),
            tokens: Some((1, 1)),
            ..Said::text("half of")
        }]);
        let server = server.await;
        // What was cut off is no JSON, and says so by its end.
        let answered = ask(settings(provider, &server), &[option("json-schema", "{}")]).await;
        assert_eq!(answered.unwrap().stop, "length");
    }
}

/// Neither what looks like a secret nor the key comes back.
#[tokio::test]
async fn no_secret_comes_back() {
    let token = concat!("ghp_", "x7Kq9ZtR2mVb4NcW8yLs3HdJ6fPgTe1AuQoI");
    for provider in BOTH {
        let server = saying(vec![Said::text(format!("use {token}, or {KEY} itself"))]).await;
        let answered = ask(settings(provider, &server), &[]).await.unwrap();
        assert_eq!(answered.text, "use [REDACTED], or [REDACTED] itself");
    }
}

/// What a request may cost at worst is never less than what it does.
#[tokio::test]
async fn the_worst_is_counted_in_bytes() {
    let server = saying(Vec::new()).await;
    let model = Model::new(settings(Provider::OpenAi, &server)).unwrap();
    let messages = [message(Role::User, "größer")];
    let worst = model.ask(&messages, &[], 10).unwrap().worst();
    assert!(worst.input >= 8 + 64, "{worst:?}");
    assert_eq!(worst.output, 256);
}
