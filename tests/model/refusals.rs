//! What goes wrong, told so that somebody can mend it, and tried again only
//! where that is safe.

use std::sync::atomic::{AtomicUsize, Ordering};

use sentinel::config::Config;
use sentinel::effect::Role;
use sentinel::model::{MAX_MESSAGES, MAX_PROMPT_BYTES, MAX_SCHEMA_BYTES, Model, ModelError};
use sentinel::model::{Provider, Settings};

use super::{BOTH, KEY, ask, message, option, settings};
use crate::doubles::model::{Said, events, saying};
use crate::doubles::web::{Reply, Server};

/// What asking comes to where every answer is this one, and how often it was
/// asked.
async fn told(
    provider: Provider,
    reply: impl Fn() -> Reply + Send + Sync + 'static,
) -> (String, usize) {
    let server = Server::start(move |_| reply()).await;
    let error = ask(settings(provider, &server), &[]).await.unwrap_err();
    let text = error.to_string();
    assert!(!text.contains(KEY), "{text}");
    (text, server.seen().len())
}

#[tokio::test]
async fn each_refusal_says_what_to_do_and_is_not_repeated() {
    #[rustfmt::skip]
    let table: &[(u16, &str, &str)] = &[
        (401, "{}", "see the model's `key`"),
        (403, "{}", "see the model's `key`"),
        (404, r#"{"error":{"code":"model_not_found"}}"#, "model_not_found"),
        (400, r#"{"error":{"type":"invalid_request_error"}}"#, "invalid_request_error"),
        // The server's own words may hold anything.
        (400, r#"{"error":{"message":"your key the-operators-very-own-key-0451","code":"X Y"}}"#, "without a code"),
        (413, "not json", "without a code"),
        (302, "{}", "its final address as base_url"),
        (204, "{}", "without a code"),
    ];
    for (status, body, expected) in table.iter().copied() {
        for provider in BOTH {
            let reply = move || Reply::with(status, &[("location", "/elsewhere")], body);
            let (text, asked) = told(provider, reply).await;
            assert!(text.contains(expected), "{status}: {text}");
            assert_eq!(asked, 1, "{status}");
        }
    }
}

#[tokio::test]
async fn a_busy_server_is_tried_again_when_it_says() {
    for (status, headers) in [
        (429, [("retry-after", "0")]),
        (529, [("x", "y")]),
        (503, [("x", "y")]),
    ] {
        let count = AtomicUsize::new(0);
        let server = Server::start(move |seen| match count.fetch_add(1, Ordering::SeqCst) {
            0 => Reply::with(status, &headers, "{}"),
            _ => Said::text("yes").to(seen),
        });
        let server = server.await;
        let answered = ask(settings(Provider::OpenAi, &server), &[]).await.unwrap();
        assert_eq!(
            (answered.text.as_str(), answered.tries),
            ("yes", 2),
            "{status}"
        );
    }
    // Not for ever, and not where it asks for an hour.
    let (text, asked) = told(Provider::Anthropic, || Reply::with(500, &[], "{}")).await;
    assert_eq!(asked, 4);
    assert!(text.contains("out of order (status 500)"), "{text}");
    let hour = || Reply::with(429, &[("retry-after", "3600")], "{}");
    let (text, asked) = told(Provider::OpenAi, hour).await;
    assert_eq!(asked, 1);
    assert!(text.contains("asks to wait 3600 s"), "{text}");
}

/// What a server answers, each time.
type Answering = Box<dyn Fn() -> Reply + Send + Sync>;

#[tokio::test]
async fn an_answer_that_breaks_the_protocol_is_none() {
    let half = Said::text("half of it").openai();
    let half = half[..half.len() / 2].to_owned();
    let tool = r#"data: {"choices":[{"delta":{"tool_calls":[{"function":{"name":"bash"}}]}}]}"#;
    let error = r#"data: {"error":{"type":"overloaded_error","message":"no"}}"#;
    #[rustfmt::skip]
    let table: Vec<(Answering, &str)> = vec![
        (Box::new(move || events(&half)), "breaks off"),
        (Box::new(|| events("")), "breaks off"),
        (Box::new(|| events("data: {not json}\n\n")), "an event is no JSON"),
        (Box::new(|| events("data: [DONE]\n\n")), "breaks off"),
        (Box::new(move || events(&format!("{tool}\n\n"))), "call a tool"),
        (Box::new(move || events(&format!("{error}\n\n"))), "overloaded_error"),
        (Box::new(|| Reply::ok("hello")), "neither an event stream nor JSON"),
        (Box::new(|| Reply::with(200, &[("content-type", "application/json")], "[")), "no JSON"),
        (Box::new(|| Reply::with(200, &[("content-type", "application/json")], "{}")), "without choices"),
        (Box::new(|| Reply::with(200, &[("content-type", "text/event-stream"), ("content-encoding", "gzip")], "")), "compressed"),
        (Box::new(|| Reply::Bytes(b"SSH-2.0-OpenSSH\r\n".to_vec())), "no HTTP/1.1 answer"),
        (Box::new(|| Reply::Bytes(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 99\r\n\r\ndata: ".to_vec())), "breaks off"),
        (Box::new(|| Reply::Bytes(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: \xff\xfe\n\n".to_vec())), "no UTF-8"),
    ];
    for (reply, expected) in table {
        let (text, asked) = told(Provider::OpenAi, reply).await;
        assert!(text.contains(expected), "{expected}: {text}");
        assert_eq!(asked, 1, "what was begun to be answered is not asked again");
    }
}

#[tokio::test]
async fn an_anthropic_tool_that_nobody_offered_is_none() {
    let bash =
        r#"data: {"type":"content_block_start","content_block":{"type":"tool_use","name":"bash"}}"#;
    for options in [vec![], vec![option("json-schema", "{}")]] {
        let server = Server::start(move |_| events(&format!("{bash}\n\n"))).await;
        let asked = ask(settings(Provider::Anthropic, &server), &options).await;
        assert_eq!(asked.unwrap_err(), ModelError::Tool);
    }
}

#[tokio::test]
async fn what_was_asked_for_as_json_is_json() {
    for provider in BOTH {
        for text in ["Sure! {\"a\": 1}", "[1]", "{\"a\": }", ""] {
            let server = saying(vec![Said::text(text)]).await;
            let asked = ask(settings(provider, &server), &[option("json-schema", "{}")]).await;
            assert_eq!(asked.unwrap_err(), ModelError::NotJson, "{text}");
        }
    }
}

#[tokio::test]
async fn a_request_that_is_none_is_not_sent() {
    let server = saying(Vec::new()).await;
    let model = Model::new(settings(Provider::OpenAi, &server)).unwrap();
    let one = [message(Role::User, "x")];
    let many = vec![message(Role::User, "x"); MAX_MESSAGES + 1];
    let long = [message(Role::User, &"x".repeat(MAX_PROMPT_BYTES + 1))];
    let told = |messages: &[_], key: &str, value: &str| {
        let asked = model.ask(messages, &[option(key, value)], 10);
        asked.unwrap_err().to_string()
    };
    assert!(told(&[], "x", "").contains("1 to 64 messages, not 0"));
    assert!(told(&many, "x", "").contains("not 65"));
    assert!(told(&long, "x", "").contains("shorten it"));
    assert!(told(&one, "max-tokens", "0").contains("max-tokens"));
    assert!(told(&one, "max-tokens", "-1").contains("no number above 0"));
    assert!(told(&one, "temperature", "NaN").contains("from 0 to 2"));
    assert!(told(&one, "json-schema", "[]").contains("no JSON object"));
    let deep = "x".repeat(MAX_SCHEMA_BYTES + 1);
    assert!(told(&one, "json-schema", &deep).contains("65536"));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_model_is_reached_only_where_the_operator_says() {
    let server = saying(Vec::new()).await;
    let at = |base_url: &str, inside: bool| {
        let settings = Settings {
            base_url: base_url.to_owned(),
            inside,
            ..settings(Provider::OpenAi, &server)
        };
        Model::new(settings).err().map(|error| error.to_string())
    };
    for good in [
        "https://api.example.com/v1",
        "http://localhost:1/v1",
        "http://10.1.2.3/v1",
    ] {
        assert_eq!(at(good, false), None, "{good}");
    }
    #[rustfmt::skip]
    let table = [
        ("http://api.example.com", false, "without TLS"),
        ("http://8.8.8.8/v1", true, "no model is at such an address"),
        ("http://169.254.169.254/v1", true, "no model is at such an address"),
        ("https://[fd00:ec2::254]/v1", true, "no model is at such an address"),
        ("https://user:pw@api.example.com", false, "use `key`"),
        ("https://api.example.com/v1?a=b", false, "it has a query"),
        ("ftp://api.example.com", false, "neither https://"),
        ("api.example.com", false, "begins with neither"),
    ];
    for (bad, inside, expected) in table {
        let told = at(bad, inside).unwrap_or_else(|| panic!("{bad} passes"));
        assert!(told.contains(expected), "{bad}: {told}");
    }
    // A name that leads to this machine and was not said to (written so it is
    // any name): the resolver's word is not the operator's.
    let settings = Settings {
        base_url: "https://LOCALHOST:1/v1".into(),
        ..settings(Provider::OpenAi, &server)
    };
    let error = ask(settings, &[]).await.unwrap_err();
    assert!(matches!(error, ModelError::Address(_)), "{error}");
}

#[tokio::test]
async fn nobody_there_is_tried_a_few_times() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let server = saying(Vec::new()).await;
    let settings = Settings {
        base_url: format!("http://{address}/v1"),
        ..settings(Provider::OpenAi, &server)
    };
    let error = ask(settings, &[]).await.unwrap_err();
    assert!(
        error.to_string().contains("`sentinel doctor` tries it"),
        "{error}"
    );
}

const SECTION: &str =
    "[models.default]\nprovider = \"openai\"\nbase_url = \"https://x.example/v1\"\nmodel = \"m\"\n";

#[test]
fn a_configuration_says_what_is_wrong_with_it() {
    let told = |text: &str| Config::parse(text).err().map(|error| error.to_string());
    assert_eq!(told(SECTION), None);
    let granted = "[agents.patchbot]\ngrant = { model = true }\n";
    assert_eq!(told(&format!("{granted}{SECTION}")), None);
    #[rustfmt::skip]
    let table = [
        (granted.to_owned(), "[models.default]"),
        (format!("[agents.patchbot]\nmodel = \"defualt\"\n{SECTION}"), "did you mean `default`?"),
        (SECTION.replace("default", "\"Big Model\""), "lower-case"),
        (SECTION.replace("openai", "openia"), "openai"),
        (format!("{SECTION}key = \"sk-123\"\n"), "key"),
        (format!("{SECTION}price = {{ input = -1 }}\n"), "price"),
        (format!("{SECTION}price = {{ input = nan }}\n"), "price"),
        (format!("{SECTION}budget = {{ day_money = -1 }}\n"), "day_money"),
        (format!("{SECTION}budget = {{ daily = 1 }}\n"), "unknown field"),
    ];
    for (text, expected) in table {
        let told = told(&text).unwrap_or_else(|| panic!("{text} passes"));
        assert!(told.contains(expected), "{expected}: {told}");
    }
}

/// A model alone does nothing: an agent has to be granted it.
#[tokio::test(flavor = "multi_thread")]
async fn doctor_says_when_a_model_is_never_asked() {
    let server = saying(vec![Said::text("Yes.")]).await;
    let section = |name: &str| {
        format!(
            "[models.{name}]\nprovider = \"openai\"\nbase_url = \"http://{}/v1\"\nmodel = \"m\"\n",
            server.address
        )
    };
    let granted = "[agents.patchbot]\ngrant = { input = true, model = true }\n";
    let other = granted.replace("grant", "model = \"b\"\ngrant");
    let not = |name: &str| format!("{name}: no agent is granted it, so it is never asked");
    for (agents, names, told) in [
        ("", &["default"][..], &["default"][..]),
        (
            "[agents.patchbot]\ngrant = { input = true }\n",
            &["default"],
            &["default"],
        ),
        (granted, &["default"], &[]),
        (granted, &["default", "b"], &["b"]),
        (&other, &["default", "b"], &["default"]),
    ] {
        let place = tempfile::tempdir().unwrap();
        let config = place.path().join("sentinel.toml");
        let sections: String = names.iter().map(|name| section(name)).collect();
        std::fs::write(&config, format!("{agents}{sections}")).unwrap();
        let output = tokio::task::spawn_blocking(move || {
            std::process::Command::new(env!("CARGO_BIN_EXE_sentinel"))
                .args(["doctor", "--json", "--config"])
                .arg(&config)
                .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
                .output()
                .unwrap()
        });
        let output = String::from_utf8(output.await.unwrap().stdout).unwrap();
        for name in names {
            let is_told = output.contains(&not(name));
            assert_eq!(is_told, told.contains(name), "{agents}{name}: {output}");
        }
    }
}

/// `sentinel doctor` asks each model once.
#[tokio::test(flavor = "multi_thread")]
async fn doctor_asks_every_model() {
    let server = saying(vec![Said::text("Yes.")]).await;
    let place = tempfile::tempdir().unwrap();
    let key = place.path().join("key");
    std::fs::write(&key, KEY).unwrap();
    let section = |name: &str, path: &str| {
        format!(
            "[models.{name}]\nprovider = \"openai\"\nbase_url = \"http://{}{path}\"\n\
             model = \"m\"\nkey = {{ file = {key:?} }}\ntotal_seconds = 60\n",
            server.address
        )
    };
    let config = place.path().join("sentinel.toml");
    let text = format!("{}{}", section("a", "/v1"), section("b", "/v2"));
    std::fs::write(&config, text).unwrap();
    let output = tokio::task::spawn_blocking(move || {
        std::process::Command::new(env!("CARGO_BIN_EXE_sentinel"))
            .args(["doctor", "--json", "--config"])
            .arg(&config)
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .output()
            .unwrap()
    });
    let output = String::from_utf8(output.await.unwrap().stdout).unwrap();
    assert!(output.contains("a: m answers as openai does"), "{output}");
    assert!(output.contains("100 and 20 tokens"), "{output}");
    assert!(
        output.contains("b: the model's server refuses the request (status 400"),
        "{output}"
    );
    assert!(!output.contains(KEY), "{output}");
}
