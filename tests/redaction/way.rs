//! By construction: what is stored, mounted, told and logged has no secrets.

use std::io::Write;
use std::sync::{Arc, Mutex};

use sentinel::cli::trace::WithoutSecrets;
use sentinel::redact::MARK;
use sentinel::store::delivery;
use sentinel::task::TaskState;
use serde_json::Value;

use crate::world::{FORMAT_LOG, World};

const TOKEN: &str = "ghp_q7ZpX2vK9sLw4TbN8mRdC1yHf6JgAeU3oViQ";

/// A log whose failure is found, with secrets around it.
fn log() -> String {
    let mut lines: Vec<String> = FORMAT_LOG.lines().map(str::to_owned).collect();
    lines.insert(
        1,
        format!("2031-01-02T03:04:05.1234567Z remote: https://x:{TOKEN}@example.org"),
    );
    lines.insert(
        2,
        "2031-01-02T03:04:05.1234567Z DB_PASSWORD=hunter22hunter22".into(),
    );
    lines.join("\n") + "\n"
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_stored_without_its_secrets_and_the_ledger_counts_them() {
    let world = World::with("[publish]\nunproven = \"draft\"").await;
    let repository = world.widget();
    let run = repository.failed_run("main").job("fmt", log()).finish();
    world.fails(&run).await;
    world.repair_is(TaskState::Published).await;

    let entries = world.ledger().await;
    let fetched = entries
        .iter()
        .find(|entry| entry.kind == "run.fetched")
        .unwrap();
    let body: Value = serde_json::from_str(&fetched.body).unwrap();
    let counts = &body["facts"]["logs"][0]["redacted"];
    assert_eq!(
        *counts,
        serde_json::json!({ "address": 1, "name": 1 }),
        "{body}"
    );

    let subject = fetched.subject.clone();
    let logs = world
        .store
        .read(move |c| delivery::logs(c, &subject))
        .await
        .unwrap();
    let stored = world.store.blobs().get(&logs[0].digest).unwrap();
    let stored = String::from_utf8(stored).unwrap();
    assert_eq!(stored.lines().count(), log().lines().count());
    assert!(stored.contains(MARK));
    nowhere(&world.data(), &[TOKEN, "hunter22hunter22"]);
    world.end().await;
}

/// Not one file under a directory has one of the texts in it.
pub fn nowhere(place: &std::path::Path, texts: &[&str]) {
    for entry in std::fs::read_dir(place).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            nowhere(&path, texts);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for text in texts {
            let found = memchr::memmem::find(&bytes, text.as_bytes());
            assert!(found.is_none(), "{text} is in {}", path.display());
        }
    }
}

/// What a subscriber wrote.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn no_line_of_the_programs_own_log_has_a_secret() {
    for colours in [false, true] {
        let written = Written::default();
        let into = written.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(colours)
            .with_writer(WithoutSecrets(move || into.clone()))
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(
                url = format!("https://bob:{TOKEN}@example.org/"),
                "not fetched"
            );
            tracing::warn!(token = "q7ZpX2vK9sLw4TbN8mRd", "refused");
            tracing::warn!("the forge said: Authorization: Bearer q7ZpX2vK9sLw4TbN8mRd");
        });
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 3, "{text}");
        assert_eq!(text.matches(MARK).count(), 3, "{text}");
        assert!(
            !text.contains("q7Zp") && text.contains("not fetched"),
            "{text}"
        );
    }
}
