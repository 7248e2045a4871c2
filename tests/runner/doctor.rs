//! `sentinel doctor` and `[runner]` of the configuration.

use std::process::Command;

use sentinel::config::Config;
use sentinel::runner::{Settings, Tier};
use serde_json::Value;

use super::working;

/// What doctor says of the runner with this configuration.
fn doctor(runner: &str) -> Vec<Value> {
    let place = tempfile::tempdir().unwrap();
    let config = place.path().join("sentinel.toml");
    let data = place.path().join("data");
    std::fs::write(&config, format!("data_dir = {data:?}\n{runner}")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_sentinel"))
        .args(["doctor", "--json", "--config"])
        .arg(&config)
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .output()
        .unwrap();
    let checks: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let of_runner = checks.into_iter().filter(|check| check["name"] == "runner");
    of_runner.collect()
}

#[test]
fn doctor_tells_the_tier_by_running_in_it() {
    for tier in Tier::ALL {
        let only = Settings {
            tiers: vec![tier],
            ..Settings::default()
        };
        if working(only).is_some() {
            let name = tier.as_str();
            let checks = doctor(&format!("[runner]\ntiers = [{name:?}]\n"));
            let found = checks[0]["found"].as_str().unwrap();
            assert!(
                found.contains(&format!("commands run in {name}")),
                "{checks:?}"
            );
        }
    }
}

/// A tier that is not there is told of with what would get it, and stops
/// nothing.
#[test]
fn doctor_tells_what_would_get_a_better_tier() {
    let checks =
        doctor("[runner]\ntiers = [\"bubblewrap\"]\nbubblewrap = \"/nonexistent/bwrap\"\n");
    let [none, why] = &checks[..] else {
        panic!("{checks:?}");
    };
    assert!(
        none["found"].as_str().unwrap().contains("not validated"),
        "{none}"
    );
    assert_eq!(
        (&none["ok"], &none["optional"]),
        (&false.into(), &true.into())
    );
    assert!(
        why["remedy"]
            .as_str()
            .unwrap()
            .contains("apt-get install bubblewrap"),
        "{why}"
    );
}

#[test]
fn what_makes_no_sense_is_refused_when_it_is_read() {
    let refused = [
        ("[runner]\nuser = 0", "root"),
        ("[runner]\nat_once = 0", "at_once"),
        ("[runner.limits]\nwall_seconds = 0", "wall_seconds"),
        ("[runner]\ntiers = [\"docker\"]", "unknown variant"),
        ("[runner.limits]\nwall_second = 1", "wall_seconds"),
        (
            "[[repositories.widget.commands]]\nname = \"a\"\nrun = [\"a\"]",
            "repositories.\"widget\"",
        ),
        (
            "[[repositories.\"local:widget\".commands]]\nname = \"a\"\nrun = []",
            "names no program",
        ),
    ];
    for (text, words) in refused {
        let error = Config::parse(text).unwrap_err().to_string();
        assert!(error.contains(words), "{text}: {error}");
    }
    let text = "[[repositories.\"local:widget\".commands]]\nname = \"a\"\nrun = [\"a\", \"b\"]";
    let config = Config::parse(text).unwrap();
    assert_eq!(
        config.repositories["local:widget"].commands[0].run,
        ["a", "b"]
    );
}

#[test]
fn what_prepares_and_what_it_runs_in_is_checked_when_it_is_read() {
    let section = |body: &str| {
        Config::parse(&format!(
            "data_dir = \"/x\"\n[repositories.\"github:o/n\"]\n{body}\n"
        ))
    };
    let digest = "a".repeat(64);
    let config = section(&format!(
        "prepare = [[\"npm\", \"ci\"]]\nimage = \"docker.io/library/node@sha256:{digest}\""
    ));
    let config = config.unwrap();
    let read = &config.repositories["github:o/n"];
    assert_eq!(read.prepare.as_ref().unwrap()[0], ["npm", "ci"]);
    assert!(read.image.as_ref().unwrap().to_string().ends_with(&digest));
    let refused = |body: &str| section(body).unwrap_err().to_string();
    assert!(refused("image = \"node:22\"").contains("NAME@sha256:"));
    assert!(refused("prepare = [[]]").contains("it names no program"));
    let tier = Config::parse("[runner]\ntiers = [\"container\"]\n").unwrap_err();
    assert!(tier.to_string().contains("takes an image"), "{tier}");
}

#[test]
fn doctor_tells_which_registries_are_reached() {
    let checks = doctor(
        "[runner]\nregistries = [\"pypi.org\"]\nregistries_inside = [\"http://npm.corp:4873\"]\n",
    );
    let told = checks.iter().any(|check| {
        check["found"] == "prepare steps and lock files reach pypi.org, http://npm.corp:4873"
    });
    assert!(told, "{checks:?}");
}
