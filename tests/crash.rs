//! The server is killed (SIGKILL) at every boundary and started again: always
//! exactly one pull request, and nothing that was accepted is lost.

mod stages;

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use sentinel::store::{LedgerEntry, Store, verify_chain};

use crate::doubles::github::{Effect, GitHub, Held, Recorded, Repository, Run};
use crate::world::{FORMAT_LOG, UNFORMATTED, configuration};

/// Long, because the machine may be busy; nothing waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(120);

struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    fn start(config: &Path) -> Server {
        let mut process = Command::new(env!("CARGO_BIN_EXE_sentinel"))
            .args(["serve", "--config"])
            .arg(config)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().rsplit("http://").next().unwrap().parse();
        Server {
            process,
            address: address.unwrap_or_else(|_| panic!("{line:?}")),
        }
    }

    /// SIGKILL: no destructor, no flush, no goodbye.
    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

struct Scene {
    github: GitHub,
    place: tempfile::TempDir,
    repository: Repository,
    run: Run,
}

impl Scene {
    async fn set() -> Scene {
        let github = GitHub::start().await;
        let place = tempfile::tempdir().unwrap();
        let text = configuration(&github, place.path(), "[publish]\nunproven = \"draft\"");
        std::fs::write(place.path().join("sentinel.toml"), text).unwrap();
        let repository = github.repository("acme/widget");
        repository.file("src/lib.rs", UNFORMATTED).commit("Begin");
        let run = repository
            .failed_run("main")
            .job("fmt", FORMAT_LOG)
            .finish();
        Scene {
            github,
            place,
            repository,
            run,
        }
    }

    /// Waits on a thread of its own: starting takes seconds on a busy machine,
    /// and the other scenes of this thread have requests under way.
    async fn serve(&self) -> Server {
        let config = self.place.path().join("sentinel.toml");
        tokio::task::spawn_blocking(move || Server::start(&config))
            .await
            .unwrap()
    }

    async fn deliver(&self, server: &Server) {
        let webhook = self.github.webhook(&self.run);
        let headers: Vec<(&str, &str)> = webhook
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let answer =
            crate::client::post(server.address, "/webhooks/github", &headers, webhook.body).await;
        assert_eq!(answer.0, 202, "{}", answer.1);
    }

    fn ledger(&self) -> Vec<LedgerEntry> {
        let store = Store::open(&self.place.path().join("data")).unwrap();
        store
            .read_now(|connection| LedgerEntry::list(connection, None))
            .unwrap()
    }

    fn has(&self, kind: &str) -> bool {
        self.ledger().iter().any(|entry| entry.kind == kind)
    }

    async fn wait_for(&self, kind: &str) {
        let started = Instant::now();
        while !self.has(kind) {
            let kinds: Vec<String> = self.ledger().into_iter().map(|e| e.kind).collect();
            assert!(
                started.elapsed() < PATIENCE,
                "{kind} does not come: {kinds:?}"
            );
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// What every such story ends with.
    fn ends_well(&self, told: &str) {
        assert_eq!(self.repository.own_branches().len(), 1, "{told}");
        assert_eq!(self.repository.pulls().len(), 1, "{told}");
        let entries = self.ledger();
        verify_chain(&entries).unwrap();
        let count = |kind: &str| entries.iter().filter(|entry| entry.kind == kind).count();
        assert_eq!(count("delivery.accepted"), 1, "{told}");
        assert_eq!(count("change.published"), 1, "{told}");
        assert_eq!(count("work.failed"), 0, "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_stage_boundary() {
    for kind in [
        "delivery.accepted",
        "run.fetched",
        "run.analyzed",
        "task.proposed",
        "change.intended",
        "change.published",
    ] {
        let scene = Scene::set().await;
        let mut server = scene.serve().await;
        scene.deliver(&server).await;
        scene.wait_for(kind).await;
        server.kill();
        let _again = scene.serve().await;
        scene.wait_for("change.published").await;
        scene.ends_well(kind);
    }
}

/// Every request of a whole story is a point at which the server is killed:
/// reads before they are answered, writes both before and after they took
/// effect.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_request() {
    let told = Scene::set().await;
    let server = told.serve().await;
    told.deliver(&server).await;
    told.wait_for("change.published").await;
    let requests = told.github.requests();
    drop(server);
    assert!(requests.len() > 8, "{requests:#?}");
    let mut kills = Vec::new();
    for (nth, request) in requests.iter().enumerate() {
        kills.push((nth, Effect::OnRelease));
        // `First`: the effect has happened, the answer never comes.
        kills.extend(request.is_write().then_some((nth, Effect::First)));
    }
    let requests = &requests;
    // Each waits much of its time; a few at once use the waits of the others.
    futures_util::stream::iter(kills)
        .map(|(nth, effect)| killed_at(requests, nth, effect))
        .buffer_unordered(4)
        .collect::<()>()
        .await;
}

async fn killed_at(requests: &[Recorded], nth: usize, effect: Effect) {
    let request = &requests[nth];
    let scene = Scene::set().await;
    let mut held = hold(&scene.github, &requests[..nth], request, effect);
    let mut server = scene.serve().await;
    scene.deliver(&server).await;
    held.arrived().await;
    server.kill();
    held.cut();
    let _again = scene.serve().await;
    scene.wait_for("change.published").await;
    scene.ends_well(&format!("{} {} {effect:?}", request.method, request.path));
}

/// Holds the request that comes after these, in a scene like the one in which
/// they were recorded.
fn hold(github: &GitHub, before: &[Recorded], request: &Recorded, effect: Effect) -> Held {
    let (held, fault) = Held::new(effect);
    let same = |other: &&Recorded| other.method == request.method && other.path == request.path;
    let skip = before.iter().filter(same).count() as u32;
    let route = format!("{} {}", request.method, request.path);
    github.fault_after(&route, skip, 1, fault);
    held
}
