//! The world a story is told in: a GitHub, a Sentinel with its own store, and
//! words for what people do.
//!
//! Every story ends with [`World::end`], which checks what must hold whatever
//! happened: the ledger's chain is whole and no secret is in it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::{Arc, LazyLock};

use sentinel::cli::compose;
use sentinel::config::Config;
use sentinel::grant::Limits;
use sentinel::ids::TaskId;
use sentinel::pipeline::{Agents, Pipeline, drain};
use sentinel::store::{LedgerEntry, Store, TaskRow, task, verify_chain};
use sentinel::task::{TaskKind, TaskState};

use crate::doubles::github::{
    APP_ID, APP_KEY_PKCS1, GitHub, Repository, Run, WEBHOOK_SECRET, Webhook,
};

/// Compiled once for all stories.
pub static AGENTS: LazyLock<Arc<Agents>> = LazyLock::new(|| {
    Arc::new(Agents::new(&Limits::default(), sentinel::cli::compose::now).expect("the agents run"))
});

/// What `rustfmt --check` prints about [`UNFORMATTED`], with GitHub's frame
/// around it.
pub const FORMAT_LOG: &str = include_str!("logs/rustfmt.log");
pub const UNFORMATTED: &str = "//! One.\n\npub fn one( )->u8{1}\n";
pub const FORMATTED: &str = "//! One.\n\npub fn one() -> u8 {\n    1\n}\n";

pub struct World {
    pub github: GitHub,
    pub store: Store,
    pub pipeline: Arc<Pipeline>,
    /// The adapter that the pipeline has.
    pub adapter: Arc<sentinel::forge::github::GitHub>,
    pub address: SocketAddr,
    place: tempfile::TempDir,
}

/// A configuration for a GitHub double.
pub fn configuration(github: &GitHub, place: &std::path::Path, more: &str) -> String {
    std::fs::write(place.join("app.pem"), APP_KEY_PKCS1).unwrap();
    std::fs::write(place.join("secret"), WEBHOOK_SECRET).unwrap();
    format!(
        "data_dir = {:?}\n[server]\nlisten = \"127.0.0.1:0\"\n[github]\napi = {:?}\n\
         app_id = {APP_ID}\nprivate_key = {{ file = {:?} }}\nwebhook_secret = {{ file = {:?} }}\n\
         {more}\n",
        place.join("data"),
        github.url(),
        place.join("app.pem"),
        place.join("secret"),
    )
}

impl World {
    pub async fn new() -> World {
        World::with("").await
    }

    /// With more lines for the configuration.
    pub async fn with(more: &str) -> World {
        World::of(AGENTS.clone(), more).await
    }

    /// With other agents.
    pub async fn of(agents: Arc<Agents>, more: &str) -> World {
        World::made(|_| agents, more).await
    }

    /// With agents that need the store.
    pub async fn made(agents: impl FnOnce(&Store) -> Arc<Agents>, more: &str) -> World {
        let github = GitHub::start().await;
        let place = tempfile::tempdir().unwrap();
        let text = configuration(&github, place.path(), more);
        std::fs::write(place.path().join("sentinel.toml"), &text).unwrap();
        let config = Config::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let store = Store::open(&place.path().join("data")).unwrap();
        let agents = agents(&store);
        let composed = compose::pipeline(&config, store.clone(), agents).unwrap();
        let intake = Arc::new(compose::intake(&config, store.clone()).unwrap());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, sentinel::http::router(intake)).await });
        World {
            github,
            store,
            pipeline: Arc::new(composed.pipeline),
            adapter: composed.github.expect("a GitHub is configured"),
            address,
            place,
        }
    }

    /// `acme/widget` with one unformatted file on `main`.
    pub fn widget(&self) -> Repository {
        let repository = self.github.repository("acme/widget");
        repository
            .file("src/lib.rs", UNFORMATTED)
            .file("README.md", "# Widget\n");
        repository.commit("Begin");
        repository
    }

    /// Delivers the run's webhook; the status of the answer.
    pub async fn deliver(&self, run: &Run) -> u16 {
        let webhook = self.github.webhook(run);
        let headers: Vec<(&str, &str)> = webhook
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let path = "/webhooks/github";
        crate::client::post(self.address, path, &headers, webhook.body)
            .await
            .0
    }

    /// Delivers any webhook and works until nothing is ready.
    pub async fn told(&self, webhook: Webhook) {
        let headers: Vec<(&str, &str)> = webhook
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let path = "/webhooks/github";
        crate::client::post(self.address, path, &headers, webhook.body).await;
        self.settle().await;
    }

    /// The store's file, for what only time would change.
    pub fn file(&self) -> rusqlite::Connection {
        let file = rusqlite::Connection::open(self.data().join("sentinel.db")).unwrap();
        file.busy_timeout(std::time::Duration::from_secs(10))
            .unwrap();
        file
    }

    /// Lets time pass until stages that wait are ready, and works on.
    pub async fn later(&self, stage: &str) {
        let ready = "UPDATE work SET not_before = 0, due = 0 WHERE stage = ? AND dead = 0";
        self.file().execute(ready, [stage]).unwrap();
        self.settle().await;
    }

    /// Whether a stage waits in the queue.
    pub fn waits(&self, stage: &str) -> bool {
        let query = "SELECT count(*) FROM work WHERE stage = ? AND dead = 0";
        let count: i64 = self
            .file()
            .query_row(query, [stage], |row| row.get(0))
            .unwrap();
        count > 0
    }

    /// What became of the only repair's change.
    pub async fn outcomes(&self) -> Vec<String> {
        let id = self.repair().await.id;
        let outcomes = self
            .store
            .read(move |connection| sentinel::store::outcome::of_task(connection, &id))
            .await
            .unwrap();
        let names = outcomes.iter().map(|row| row.outcome.as_str().to_owned());
        names.collect()
    }

    /// Delivers it and works until nothing is ready.
    pub async fn fails(&self, run: &Run) {
        assert_eq!(self.deliver(run).await, 202);
        self.settle().await;
    }

    pub async fn settle(&self) {
        drain(&self.pipeline).await.unwrap();
    }

    pub async fn tasks(&self) -> Vec<TaskRow> {
        self.store
            .read(|connection| task::list(connection, 1000))
            .await
            .unwrap()
    }

    /// The only repair.
    pub async fn repair(&self) -> TaskRow {
        let mut repairs: Vec<TaskRow> = self.tasks().await;
        repairs.retain(|task| task.kind == TaskKind::Repair);
        assert_eq!(repairs.len(), 1, "{repairs:#?}");
        repairs.remove(0)
    }

    /// The only repair's state, with the note if it is another than expected.
    pub async fn repair_is(&self, state: TaskState) -> TaskRow {
        let task = self.repair().await;
        assert_eq!(task.state, state, "{:?}", task.record.note);
        task
    }

    pub async fn ledger(&self) -> Vec<LedgerEntry> {
        self.store
            .read(|connection| LedgerEntry::list(connection, None))
            .await
            .unwrap()
    }

    pub async fn kinds(&self) -> Vec<String> {
        self.ledger()
            .await
            .into_iter()
            .map(|entry| entry.kind)
            .collect()
    }

    pub fn config_file(&self) -> PathBuf {
        self.place.path().join("sentinel.toml")
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.place.path().join("data")
    }

    /// Runs the program as a person would.
    pub fn sentinel(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_sentinel"))
            .args(arguments)
            .env("SENTINEL_CONFIG", self.config_file())
            .env("USER", "dana")
            .output()
            .unwrap()
    }

    /// Approves a task and works on.
    pub async fn approve(&self, id: &TaskId) {
        let output = self.sentinel(&["approve", id.as_str()]);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        self.settle().await;
    }

    /// What must hold whatever happened.
    pub async fn end(self) {
        let entries = self.ledger().await;
        verify_chain(&entries).unwrap();
        for entry in &entries {
            for secret in [WEBHOOK_SECRET, "ghs_", "BEGIN RSA"] {
                assert!(!entry.body.contains(secret), "{}", entry.body);
            }
        }
    }
}
