//! A model where there is no server: `sentinel fix` with a configuration.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::story::{RIGHT, TEST, WRONG, commands, edit, failing};
use crate::doubles::web::Server;

/// The operator's file: a model, what it may cost, and who may ask it.
fn configuration(place: &Path, server: &Server, day: u64) -> String {
    format!(
        "data_dir = {data:?}\n[models.default]\nprovider = \"openai\"\nmodel = \"small-1\"\n\
         base_url = \"http://{address}/v1\"\nmax_tokens = 256\n[models.default.budget]\n\
         day_tokens = {day}\n[agents.patchbot.grant]\ninput = true\nworkspace = true\n\
         history = true\nrunner = true\nmodel = {{ tokens = 500000 }}\n",
        data = place.join("data"),
        address = server.address,
    )
}

fn fix(place: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sentinel"))
        .args(["fix", "--json", "--repo"])
        .arg(place.join("repository"))
        .arg("--log")
        .arg(place.join("build.log"))
        .arg("--config")
        .arg(place.join("sentinel.toml"))
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .output()
        .unwrap()
}

fn told(output: &Output) -> Value {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_without_a_server_has_the_same_model_under_the_same_budget() {
    if commands().is_none() {
        return;
    }
    let server = Server::start(|seen| edit("calc.py", "a - b", "a + b").to(seen)).await;
    let place = tempfile::tempdir().unwrap();
    let repository = place.path().join("repository");
    std::fs::create_dir(&repository).unwrap();
    std::fs::write(repository.join("calc.py"), WRONG).unwrap();
    std::fs::write(repository.join("test_calc.py"), TEST).unwrap();
    std::fs::write(place.path().join("build.log"), failing(WRONG)).unwrap();
    let configured = |day: u64| {
        let text = configuration(place.path(), &server, day);
        std::fs::write(place.path().join("sentinel.toml"), text).unwrap();
    };

    configured(1_000_000);
    let fixes = told(&fix(place.path()));
    let proposal = &fixes["proposals"][0];
    let patch = proposal["patch"].as_str().unwrap();
    assert!(patch.contains("+    return a + b"), "{fixes}");
    assert!(RIGHT.contains("return a + b"));
    assert_eq!(proposal["from_model"], json!(true), "{fixes}");
    assert_eq!(proposal["evidence"]["kind"], json!("proven"), "{fixes}");

    // What the first asked for is kept, and counts when it is asked again.
    let asked = server.seen().len();
    configured(120);
    let fixes = told(&fix(place.path()));
    let why = fixes["abstained"].as_str().unwrap_or_default();
    assert!(why.contains("models.default.budget.day_tokens"), "{fixes}");
    assert_eq!(server.seen().len(), asked, "nothing more was asked");

    // Without a place for its budget no model is asked at all.
    let text = std::fs::read_to_string(place.path().join("sentinel.toml")).unwrap();
    let (_, rest) = text.split_once('\n').unwrap();
    std::fs::write(place.path().join("sentinel.toml"), rest).unwrap();
    let refused = fix(place.path());
    let complaint = String::from_utf8_lossy(&refused.stderr);
    assert!(
        !refused.status.success() && complaint.contains("set data_dir"),
        "{complaint}"
    );
    assert_eq!(server.seen().len(), asked);
}
