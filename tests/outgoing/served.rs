//! The whole way: a section of the configuration, a webhook, a guest that asks
//! the web with the operator's secret, and a data directory without it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sentinel::cli::compose;
use sentinel::config::Config;
use sentinel::sandbox::embed;
use sentinel::store::{LedgerEntry, Store};

use crate::doubles::github::GitHub;
use crate::doubles::web::{Reply, Server};
use crate::http_guest::GUEST;
use crate::world::{FORMAT_LOG, UNFORMATTED, configuration};

/// Long, because the machine may be busy; nothing waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(120);

const SECRET: &str = "n0b0dy-may-see-this";

/// The guest with another manifest than its own.
fn component(hosts: &str) -> Vec<u8> {
    let mut bytes = GUEST.clone();
    let name = b"sentinel:manifest";
    let at = bytes.windows(name.len()).position(|window| window == name);
    bytes[at.expect("it has a manifest")] = b'S';
    let manifest = format!(
        "manifest = 1\nname = \"http-probe\"\nversion = \"0.1.0\"\nkinds = [\"repair\"]\n\
         [capabilities.http]\nreason = \"asks\"\nhosts = [\"{hosts}\"]\n\
         [capabilities.history]\nreason = \"looks\"\n\
         [config.execute]\ndescription = \"orders\"\n"
    );
    embed(&bytes, manifest.as_bytes()).expect("it takes a manifest")
}

struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(config: &Path, log: &Path) -> (Serving, std::net::SocketAddr) {
    let mut process = Command::new(env!("CARGO_BIN_EXE_sentinel"))
        .args(["serve", "--config"])
        .arg(config)
        .env("RUST_LOG", "trace")
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(log).unwrap())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let stdout = process.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    let address = line.trim().rsplit("http://").next().unwrap().parse();
    let address = address.unwrap_or_else(|_| panic!("{line:?}"));
    (Serving(process), address)
}

/// What the repair's run left in the ledger.
async fn run(data: &Path) -> String {
    let started = Instant::now();
    loop {
        let store = Store::open(data).unwrap();
        let entries = store
            .read_now(|connection| LedgerEntry::list(connection, None))
            .unwrap();
        let run = entries
            .iter()
            .find(|entry| entry.kind == "task.run" && entry.body.contains("http-probe"));
        if let Some(run) = run {
            return run.body.clone();
        }
        let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind.as_str()).collect();
        assert!(started.elapsed() < PATIENCE, "no run: {kinds:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(self::files(&path)),
            false => files.push(path),
        }
    }
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configured_agent_asks_with_a_secret_that_nobody_keeps() {
    let web = Server::start(|seen| Reply::ok(&seen.header("x-key").unwrap_or_default())).await;
    let host = format!("http://127.0.0.1:{}", web.address.port());
    let github = GitHub::start().await;
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    std::fs::write(at("probe.wasm"), component(&host)).unwrap();
    std::fs::create_dir(at("secrets")).unwrap();
    std::fs::write(at("secrets/key"), format!("{SECRET}\n")).unwrap();
    let more = format!(
        "[agents.http-probe]\ncomponent = {:?}\n\
         settings = {{ execute = \"send GET {host}/x\\nhistory 5\" }}\n\
         [agents.http-probe.grant]\nhistory = true\nhttp = {{ inside = [\"{host}\"] }}\n\
         [[agents.http-probe.credentials]]\nhost = \"{host}\"\nheader = \"x-key\"\n\
         value = {{ file = {:?} }}\n[roles]\nrepair = \"http-probe\"",
        at("probe.wasm"),
        at("secrets/key"),
    );
    let config = configuration(&github, place.path(), &more);
    std::fs::write(at("sentinel.toml"), config).unwrap();
    let repository = github.repository("acme/widget");
    repository.file("src/lib.rs", UNFORMATTED).commit("Begin");
    let failed = repository
        .failed_run("main")
        .job("fmt", FORMAT_LOG)
        .finish();
    let (_serving, address) = serve(&at("sentinel.toml"), &at("log"));
    let webhook = github.webhook(&failed);
    let headers = webhook
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let headers: Vec<(&str, &str)> = headers.collect();
    let answer = crate::client::post(address, "/webhooks/github", &headers, webhook.body).await;
    assert_eq!(answer.0, 202, "{}", answer.1);
    let ran = run(&at("data")).await;
    assert!(
        ran.contains(&format!("200 {}", "*".repeat(SECRET.len()))),
        "{ran}"
    );
    assert!(ran.contains("Ok([])"), "history is there, and empty: {ran}");
    assert_eq!(web.seen()[0].header("x-key").as_deref(), Some(SECRET));
    let kept = files(&at("data"));
    assert!(kept.len() > 5, "{kept:?}");
    for file in kept.iter().chain([&at("log")]) {
        let bytes = std::fs::read(file).unwrap();
        let found = bytes
            .windows(SECRET.len())
            .any(|window| window == SECRET.as_bytes());
        assert!(!found, "the secret lies in {}", file.display());
    }
}

/// What a server says before it listens.
async fn refused(more: &str) -> String {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("probe.wasm"), &*GUEST).unwrap();
    let more = more.replace("HERE", place.path().to_str().unwrap());
    let config = Config::parse(&more).unwrap_or_else(|error| panic!("{error}\n{more}"));
    let data = place.path().join("data");
    let store = Store::open(&data).unwrap();
    match compose::serving(&config, &store, &data).await {
        Ok(_) => "no error".into(),
        Err(error) => format!("{error:#}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_refuses_agents_that_cannot_work() {
    let probe = "component = \"HERE/probe.wasm\"";
    let role = "[roles]\nrepair = \"http-probe\"";
    for (more, expected) in [
        (format!("[agents.http-probe]\n{probe}\n{role}"), "no error"),
        (
            format!("[agents.other]\n{probe}\n[roles]\nrepair = \"other\""),
            "name the section [agents.http-probe]",
        ),
        (
            format!("[agents.http-probe]\ncomponent = \"HERE/none.wasm\"\n{role}"),
            "agents.http-probe.component",
        ),
        (
            format!("[agents.http-probe]\n{probe}\nsettings = {{ excute = \"x\" }}\n{role}"),
            "has no setting `excute`",
        ),
        (
            format!("[agents.http-probe]\n{probe}\n[roles]\nanalyze = \"http-probe\""),
            "does not do tasks of the kind analyze",
        ),
        (
            format!(
                "[agents.http-probe]\n{probe}\ngrant = {{ http = {{ hosts = [\"a.test\"] }} }}\n\
                 [[agents.http-probe.credentials]]\nhost = \"a.test\"\nheader = \"x-key\"\n\
                 value = {{ env = \"SENTINEL_TEST_UNSET\" }}\n{role}"
            ),
            "SENTINEL_TEST_UNSET is not set",
        ),
        (
            format!(
                "[agents.http-probe]\n{probe}\ngrant = {{ http = {{ hosts = [\"a.test\"] }} }}\n\
                 [[agents.http-probe.credentials]]\nhost = \"a.test\"\nheader = \"host\"\n\
                 value = {{ file = \"HERE/probe.wasm\" }}\n{role}"
            ),
            "agents.http-probe.credentials: a.test",
        ),
    ] {
        let error = refused(&more).await;
        assert!(error.contains(expected), "{more}: {error}");
    }
}
