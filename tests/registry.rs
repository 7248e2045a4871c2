//! Which component of a name is given tasks: registered, held, approved.

use std::process::Output;

use sentinel::grant::Limits;
use sentinel::pipeline::register::{Registered, approve, register};
use sentinel::sandbox::{Inspection, LoadError, embed, inspect};
use sentinel::store::{LedgerEntry, Registration, Store, agent};
use sentinel::time::Timestamp;

use crate::sandbox::PROBE;

const MANIFEST: &str = include_str!("guests/probe/manifest.toml");

/// The probe without its manifest: a component to embed others in.
fn bare() -> Vec<u8> {
    // The section's name is in the binary once; another name hides it.
    let mut bytes = PROBE.clone();
    let name = b"sentinel:manifest";
    let at = bytes.windows(name.len()).position(|window| window == name);
    bytes[at.expect("the probe has a manifest")] = b'S';
    bytes
}

fn with(manifest: &str) -> (Inspection, Vec<u8>) {
    let bytes = embed(&bare(), manifest.as_bytes()).unwrap();
    let inspection = inspect(&bytes, Limits::default().component_bytes).unwrap();
    (inspection, bytes)
}

fn refused(bytes: &[u8]) -> LoadError {
    inspect(bytes, Limits::default().component_bytes).unwrap_err()
}

#[test]
fn imports_are_held_against_the_manifest_without_running_anything() {
    assert_eq!(refused(&bare()), LoadError::NoManifest);
    let start = MANIFEST.find("[capabilities.workspace]").unwrap();
    let end = MANIFEST.find("[config").unwrap();
    let without = format!("{}{}", &MANIFEST[..start], &MANIFEST[end..]);
    let bytes = embed(&bare(), without.as_bytes()).unwrap();
    match refused(&bytes) {
        LoadError::NotRequested { import, capability } => {
            assert!(import.starts_with("sentinel:agent/workspace@"));
            assert_eq!(capability.as_str(), "workspace");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_manifests_are_none() {
    let (_, once) = with(MANIFEST);
    assert!(matches!(
        embed(&once, MANIFEST.as_bytes()),
        Err(LoadError::Manifests { count: 2 })
    ));
    // Somebody else's tool may append a second one all the same.
    let mut twice = once.clone();
    let section = &once[bare().len()..];
    twice.extend_from_slice(section);
    assert_eq!(refused(&twice), LoadError::Manifests { count: 2 });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_asks_for_more_waits_for_a_person() {
    let place = tempfile::tempdir().unwrap();
    let store = Store::open(place.path()).unwrap();
    let put = async |manifest: &str, at: i64| {
        let (inspection, bytes) = with(manifest);
        let registered = register(&store, &inspection, &bytes, Timestamp(at)).await;
        (inspection.agent, registered.unwrap())
    };
    let (first, registered) = put(MANIFEST, 1).await;
    assert_eq!(registered, Registered::Active);

    let same = MANIFEST.replace("0.1.0", "0.1.1");
    let (second, registered) = put(&same, 2).await;
    assert_eq!(registered, Registered::Active, "it asks for no more");

    let more =
        same.replace("0.1.1", "0.2.0") + "\n[capabilities.model]\nreason = \"to be clever\"\n";
    let (third, registered) = put(&more, 3).await;
    let Registered::Held { asks, active } = registered else {
        panic!("{registered:?}")
    };
    assert_eq!(asks, ["model: to be clever"]);
    assert_eq!(active.agent, second, "the former one goes on");

    let wrong = approve(&store, "probe", Some(&first.digest), "dana", Timestamp(4)).await;
    assert!(
        wrong
            .unwrap_err()
            .to_string()
            .contains("not the one you named")
    );
    let approved = approve(&store, "probe", Some(&third.digest), "dana", Timestamp(5)).await;
    assert_eq!(approved.unwrap().agent, third);
    let again = approve(&store, "probe", None, "dana", Timestamp(6)).await;
    assert!(again.is_err(), "nothing is held any more");

    let rows = store.read(agent::list).await.unwrap();
    let states: Vec<_> = rows
        .iter()
        .map(|row| (&row.agent.version[..], row.state))
        .collect();
    assert_eq!(
        states,
        [
            ("0.2.0", Registration::Active),
            ("0.1.1", Registration::Former),
            ("0.1.0", Registration::Former),
        ]
    );
    // What it asked for, and who agreed, is in the ledger.
    let ledger = store
        .read(|connection| LedgerEntry::list(connection, None))
        .await
        .unwrap();
    let kinds: Vec<&str> = ledger.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "agent.registered",
            "agent.registered",
            "agent.held",
            "agent.approved"
        ]
    );
    assert!(ledger[2].body.contains("to be clever") && ledger[3].body.contains("dana"));
}

fn sentinel(arguments: &[&str]) -> Output {
    std::process::Command::new(env!("CARGO_BIN_EXE_sentinel"))
        .args(arguments)
        .env_remove("SENTINEL_CONFIG")
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .output()
        .unwrap()
}

fn told(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_author_packs_inspects_runs_and_registers() {
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("bare.wasm"), bare()).unwrap();
    std::fs::write(path("manifest.toml"), MANIFEST).unwrap();
    std::fs::write(path("ci.log"), crate::world::FORMAT_LOG).unwrap();
    std::fs::create_dir(path("repo")).unwrap();
    std::fs::write(place.path().join("repo/a.txt"), "what is there").unwrap();

    let output = sentinel(&["agent", "inspect", &path("bare.wasm")]);
    assert!(
        told(&output).contains("sentinel agent pack"),
        "{}",
        told(&output)
    );
    let (bare, manifest, packed) = (path("bare.wasm"), path("manifest.toml"), path("p.wasm"));
    let pack = [
        "agent",
        "pack",
        &bare,
        "--manifest",
        &manifest,
        "-o",
        &packed,
    ];
    let output = sentinel(&pack);
    assert!(output.status.success(), "{}", told(&output));
    let output = sentinel(&["agent", "inspect", &packed]);
    assert!(told(&output).contains("asks    workspace: reads what it is told to"));

    let (log, repo) = (path("ci.log"), path("repo"));
    let run = |order: &str| {
        let set = format!("execute={order}");
        let arguments = [
            "agent",
            "run",
            &packed,
            "--kind",
            "repair",
            "--log",
            &log,
            "--repo",
            &repo,
            "--set",
            &set,
            "--suggest-grants",
        ];
        sentinel(&arguments)
    };
    let said = told(&run("read /workspace/a.txt"));
    assert!(said.contains("read: what is there"), "{said}");
    assert!(
        said.contains("workspace = { allow = [\"a.txt\"] }"),
        "{said}"
    );
    assert!(said.contains("granted and not used: input"), "{said}");
    let output = run("panic on purpose");
    assert!(!output.status.success());
    assert!(
        told(&output).contains("trap in execute"),
        "{}",
        told(&output)
    );

    let data = path("data");
    Store::open(place.path().join("data").as_path()).unwrap();
    let output = sentinel(&["agent", "add", &packed, "--data-dir", &data]);
    assert!(
        told(&output).contains("probe@0.1.0 is active"),
        "{}",
        told(&output)
    );
    let output = sentinel(&["agent", "list", "--data-dir", &data]);
    assert!(
        told(&output).contains("active  probe@0.1.0"),
        "{}",
        told(&output)
    );
}
