//! The GitHub adapter against a GitHub that nobody here wrote, behind GitHub's
//! own OpenAPI description: it signs in as an App and publishes, and no request
//! of it is wrong. What that server lacks (runs, logs, deliveries) is judged by
//! what the doubles were asked (`tests/judge`).

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use sentinel::change::{ChangeState, Form, Publication};
use sentinel::forge::Forge as _;
use sentinel::forge::github::{Auth, GitHub, Secret, Settings};
use sentinel::ids::{Branch, ForgeKind, Repository};
use sentinel::tree::Tree;
use serde_json::Value;

use crate::doubles::github::{APP_ID, APP_KEY_PKCS1};
use crate::github_forge::DRAFT;
use crate::publications::{Place, allowed, patch_of};
use crate::world::FORMATTED;

fn test_data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/test-data")
}

/// The server and its judge. Its own standard input ends it.
struct Emulated {
    process: Child,
    url: String,
    _place: tempfile::TempDir,
}

impl Drop for Emulated {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

impl Emulated {
    /// None where the tools are not installed, which is a failure under CI.
    fn start() -> Option<Emulated> {
        let (judge, emulate) = (test_data().join("judge"), test_data().join("emulate"));
        let validator = judge.join("node_modules/openapi-request-validator");
        let server = emulate.join("node_modules/emulate");
        if !validator.is_dir() || !server.is_dir() {
            let missing = "skipped: the emulated GitHub is not installed; run tests/run";
            assert!(
                std::env::var_os("CI").is_none_or(|ci| ci != "true"),
                "{missing}"
            );
            eprintln!("{missing}");
            return None;
        }
        let place = tempfile::tempdir().unwrap();
        let key = place.path().join("app.pem");
        std::fs::write(&key, APP_KEY_PKCS1).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/judge/emulated.mjs");
        let mut process = Command::new("node")
            .arg(script)
            .args([&judge, &emulate, &key])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node");
        let mut line = String::new();
        let out = process.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line:?}"));
        Some(Emulated {
            process,
            url: said["url"].as_str().unwrap().to_owned(),
            _place: place,
        })
    }

    fn forge(&self) -> GitHub {
        let auth = Auth::App {
            id: APP_ID,
            private_key_pem: Secret::new(APP_KEY_PKCS1),
        };
        GitHub::new(Settings::new(auth).at(&self.url)).unwrap()
    }

    async fn judged(&self) -> Value {
        let address = self.url.strip_prefix("http://").unwrap();
        let body = crate::client::get(address.parse().unwrap(), "/-/judged").await;
        serde_json::from_str(&body.1).unwrap_or_else(|_| panic!("{}", body.1))
    }
}

fn widget() -> Repository {
    Repository::new(ForgeKind::GitHub, "acme/widget".parse().unwrap())
}

/// The formatter's fix at a head, allowed.
fn fix(tree: &Tree, checkout: &Path, head: &str, form: Form) -> Publication {
    let patch = patch_of(
        tree,
        &|path| std::fs::read(checkout.join(path)).ok(),
        &[("src/lib.rs", Some(FORMATTED))],
    );
    let place = Place {
        repository: widget(),
        target: "main".parse().unwrap(),
        head: head.parse().unwrap(),
        form,
    };
    allowed(place, patch, "What failed.\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_independent_github_takes_every_request() {
    let Some(emulated) = tokio::task::spawn_blocking(Emulated::start).await.unwrap() else {
        return;
    };
    let (forge, repository) = (emulated.forge(), widget());
    let main: Branch = "main".parse().unwrap();
    forge.check_access(&repository).await.unwrap();
    let named = forge.default_branch(&repository).await.unwrap();
    assert_eq!(named.as_ref(), Some(&main));
    let head = forge.branch_head(&repository, &main).await.unwrap();
    let head = head.expect("a branch");
    let place = tempfile::tempdir().unwrap();
    let tree = forge
        .checkout(&repository, &head, place.path())
        .await
        .unwrap();
    let messages = forge.recent_messages(&repository, &head, 5).await.unwrap();
    assert_eq!(messages.first().map(String::as_str), Some("Add src/lib.rs"));

    let publication = fix(&tree, place.path(), head.as_str(), DRAFT);
    let change = forge.publish(&publication).await.unwrap();
    assert!(!change.found && change.commit.is_some());
    let seen = forge.find_change(&repository, publication.branch()).await;
    assert_eq!(seen.unwrap().unwrap().state, ChangeState::Open);
    // Another process finds what is there.
    let again = emulated.forge().publish(&publication).await.unwrap();
    assert_eq!((again.found, again.number), (true, change.number));

    let shown = fix(&tree, place.path(), head.as_str(), Form::CheckRun);
    let check = forge.publish(&shown).await.unwrap();
    let again = emulated.forge().publish(&shown).await.unwrap();
    assert_eq!((again.found, again.number), (true, check.number));

    let judged = emulated.judged().await;
    assert_eq!(judged["wrong"], serde_json::json!([]), "{judged:#}");
    let kinds = judged["kinds"].as_array().unwrap();
    for kind in [
        "POST /app/installations/{installation_id}/access_tokens",
        "POST /repos/{owner}/{repo}/git/trees",
        "POST /repos/{owner}/{repo}/git/commits",
        "POST /repos/{owner}/{repo}/git/refs",
        "POST /repos/{owner}/{repo}/pulls",
        "POST /repos/{owner}/{repo}/check-runs",
    ] {
        assert!(
            kinds.iter().any(|known| known == kind),
            "{kind}: {kinds:#?}"
        );
    }
}

/// The judge itself: it says no to what GitHub does not describe.
#[tokio::test(flavor = "multi_thread")]
async fn the_judge_says_no_to_a_wrong_request() {
    let Some(emulated) = tokio::task::spawn_blocking(Emulated::start).await.unwrap() else {
        return;
    };
    let address = emulated.url.strip_prefix("http://").unwrap();
    let address = address.parse().unwrap();
    crate::client::get(address, "/repos/acme/widget/pulls?state=some&colour=red").await;
    crate::client::get(address, "/repos/acme/widget/pull-requests").await;
    let body = r#"{"head_sha":"x","colour":"red"}"#.as_bytes().to_vec();
    let path = "/repos/acme/widget/check-runs";
    crate::client::post(address, path, &[], body).await;
    let judged = emulated.judged().await;
    let wrong = judged["wrong"].to_string();
    for part in [
        "query state",
        "query colour: nobody describes",
        "no operation GET",
        "required property 'name'",
        "body.colour: nobody describes",
    ] {
        assert!(wrong.contains(part), "{part}: {wrong}");
    }
}
