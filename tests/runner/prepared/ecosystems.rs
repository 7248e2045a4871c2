//! Package managers against a small registry on loopback: what they fetch in
//! the prepare step works offline after it. None needs the internet.

use std::io::{Cursor, Write as _};
use std::process::Command;

use sentinel::command::{Situation, as_one, derive};
use sentinel::runner::{Layers, Order, PreparedLimits, Runner, Settings, Verdict};

use super::super::registries::double::Registry;
use super::super::registries::within::reaching;
use super::super::{order, run, shell, source, working};
use super::{on, prepare, said};

/// Room for interpreters and their environments.
fn roomy(settings: Settings) -> Settings {
    Settings {
        limits: sentinel::runner::Limits {
            wall_seconds: 120,
            ..Default::default()
        },
        ..settings
    }
}

fn layers(place: &std::path::Path) -> Layers {
    Layers::open(place.to_owned(), PreparedLimits::default()).unwrap()
}

/// Whether a program is here; under CI it has to be.
fn is_here(program: &str) -> bool {
    let here = Command::new(program).arg("--version").output().is_ok();
    assert!(here || !super::super::in_ci(), "{program} is not here");
    if !here {
        eprintln!("skipped: {program} is not here");
    }
    here
}

/// What the host derives from a workflow's steps.
fn derived(workflow: &str, line: &str) -> Order {
    let files = [(
        ".github/workflows/ci.yml".to_owned(),
        workflow.as_bytes().to_vec(),
    )];
    let derived = derive(&Situation {
        files: &files,
        printed: &[line.to_owned()],
        ..Situation::default()
    });
    assert!(!derived.prepare.is_empty(), "{derived:?}");
    let argv = as_one(&derived.prepare).unwrap();
    let argv: Vec<&str> = argv.iter().map(String::as_str).collect();
    order(&argv)
}

/// A wheel with one module in it.
fn wheel(name: &str, version: &str, module: &str) -> Vec<u8> {
    let info = format!("{name}-{version}.dist-info");
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let files = [
        (format!("{name}.py"), module.to_owned()),
        (
            format!("{info}/METADATA"),
            format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"),
        ),
        (
            format!("{info}/WHEEL"),
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
                .to_owned(),
        ),
        (
            format!("{info}/RECORD"),
            format!("{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"),
        ),
    ];
    for (path, text) in files {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(path, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn python_index(registry: &Registry) {
    let file = "greeter-1.0-py3-none-any.whl";
    registry.file(
        &format!("/files/{file}"),
        &wheel("greeter", "1.0", "def greet(): return 'hello'\n"),
    );
    let page =
        format!("<!DOCTYPE html><html><body><a href=\"/files/{file}\">{file}</a></body></html>");
    registry.file("/simple/greeter/", page.as_bytes());
}

#[test]
fn pip_installs_with_a_network_and_tests_run_without() {
    if !is_here("python3") {
        return;
    }
    let registry = Registry::start(&[]);
    python_index(&registry);
    let mut settings = roomy(reaching(&registry));
    settings.env = [
        (
            "PIP_INDEX_URL".to_owned(),
            format!("{}/simple/", registry.url()),
        ),
        ("PIP_TRUSTED_HOST".to_owned(), "localhost".to_owned()),
    ]
    .into();
    let Some(runner) = working(settings) else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let layers = layers(place.path());
    let workflow = "jobs: { test: { steps: [{ run: pip install -r requirements.txt }, { run: python -m unittest }] } }";
    let source = source(&[
        ("requirements.txt", "greeter==1.0\n"),
        (
            "test_it.py",
            "import unittest, greeter\nclass T(unittest.TestCase):\n    def test_it(self): self.assertEqual(greeter.greet(), 'hello')\n",
        ),
    ]);
    let test = || shell("python -m unittest");
    let without = run(&runner, &test(), &source).unwrap();
    assert_ne!(without.exit, Some(0), "{}", said(&without));
    let key = prepare(
        &runner,
        &layers,
        derived(workflow, "python -m unittest"),
        true,
        &source,
    );
    let key = key.expect("it is installed");
    let asked = registry.asked();
    let ran = run(&runner, &on(&layers, &key, test()), &source).unwrap();
    assert_eq!(ran.exit, Some(0), "{}", said(&ran));
    assert!(said(&ran).contains("Ran 1 test"), "{}", said(&ran));
    assert_eq!(registry.asked(), asked, "nothing was asked for after it");
    assert_eq!(ran.edits, []);
}

fn npm_registry(registry: &Registry) {
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(
        Vec::new(),
        Default::default(),
    ));
    let files = [
        (
            "package/package.json",
            "{\"name\":\"greeter\",\"version\":\"1.0.0\",\"main\":\"i.js\",\"bin\":{\"greet\":\"i.js\"}}",
        ),
        (
            "package/i.js",
            "#!/usr/bin/env node\nconsole.log('hello')\n",
        ),
    ];
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o755);
        header.set_cksum();
        tar.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    let tarball = tar.into_inner().unwrap().finish().unwrap();
    registry.file("/greeter/-/greeter-1.0.0.tgz", &tarball);
    let url = format!("{}/greeter/-/greeter-1.0.0.tgz", registry.url());
    let document = serde_json::json!({
        "name": "greeter", "dist-tags": { "latest": "1.0.0" },
        "versions": { "1.0.0": { "name": "greeter", "version": "1.0.0", "bin": { "greet": "i.js" }, "dist": { "tarball": url } } },
    });
    registry.file("/greeter", document.to_string().as_bytes());
}

fn npm(registry: &Registry) -> Option<Runner> {
    npm_registry(registry);
    let mut settings = roomy(reaching(registry));
    settings.env = [
        (
            "npm_config_registry".to_owned(),
            format!("{}/", registry.url()),
        ),
        ("npm_config_fetch_retries".to_owned(), "0".to_owned()),
        ("npm_config_audit".to_owned(), "false".to_owned()),
    ]
    .into();
    working(settings)
}

const PACKAGE: &str = "{\"name\":\"x\",\"version\":\"1.0.0\",\"scripts\":{\"test\":\"greet\"},\"dependencies\":{\"greeter\":\"^1.0.0\"}}\n";

#[test]
fn npm_installs_with_a_network_and_scripts_run_without() {
    if !is_here("npm") {
        return;
    }
    let registry = Registry::start(&[]);
    let Some(runner) = npm(&registry) else { return };
    let place = tempfile::tempdir().unwrap();
    let layers = layers(place.path());
    let source = source(&[("package.json", PACKAGE)]);
    let workflow = "jobs: { test: { steps: [{ run: npm install }, { run: npm test }] } }";
    let key = prepare(
        &runner,
        &layers,
        derived(workflow, "npm test"),
        true,
        &source,
    );
    let key = key.expect("it is installed");
    let ran = run(&runner, &on(&layers, &key, shell("npm test")), &source).unwrap();
    assert_eq!(ran.exit, Some(0), "{}", said(&ran));
    assert!(said(&ran).contains("hello"), "{}", said(&ran));
    assert_eq!(
        ran.edits,
        [],
        "node_modules and the lock file were prepared"
    );
}

/// The same lock file whoever makes it, and a registry that is not listed is
/// asked for nothing.
#[test]
fn npm_makes_a_lock_file_from_listed_registries_only() {
    if !is_here("npm") {
        return;
    }
    let (registry, other) = (Registry::start(&[]), Registry::start(&[]));
    npm_registry(&other);
    let Some(runner) = npm(&registry) else { return };
    let source = source(&[("package.json", PACKAGE)]);
    let make = |registry: &str| {
        let flag = format!("--registry={registry}/");
        let command = [
            "npm",
            "install",
            "--package-lock-only",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            &flag,
        ];
        let order = super::super::registries::within::networked(order(&command));
        run(&runner, &order, &source).unwrap()
    };
    let (one, again) = (make(&registry.url()), make(&registry.url()));
    assert_eq!(one.exit, Some(0), "{}", said(&one));
    assert_eq!(one.edits.len(), 1, "{:?}", one.notes);
    assert_eq!(one.edits[0].path, "package-lock.json");
    assert_eq!(one.edits, again.edits);
    let elsewhere = make(&other.url());
    assert_ne!(elsewhere.exit, Some(0));
    assert_eq!(other.connections(), 0);
    let refused = elsewhere
        .contacts
        .iter()
        .any(|one| one.verdict == Verdict::NotListed);
    assert!(refused, "{:?}", elsewhere.contacts);
}

/// A sparse index (RFC 2789) with one crate in it.
#[test]
fn cargo_fetches_with_a_network_and_builds_without() {
    use sha2::Digest as _;
    if !is_here("cargo") {
        return;
    }
    let registry = Registry::start(&[]);
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(
        Vec::new(),
        Default::default(),
    ));
    for (path, text) in [
        (
            "greeter-1.0.0/Cargo.toml",
            "[package]\nname = \"greeter\"\nversion = \"1.0.0\"\nedition = \"2021\"\n",
        ),
        (
            "greeter-1.0.0/src/lib.rs",
            "pub fn greet() -> &'static str { \"hello\" }\n",
        ),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    let bytes = tar.into_inner().unwrap().finish().unwrap();
    let checksum = hex::encode(sha2::Sha256::digest(&bytes));
    registry.file("/dl/greeter/1.0.0/download", &bytes);
    let config = format!("{{\"dl\":\"{}/dl\",\"api\":null}}", registry.url());
    registry.file("/index/config.json", config.as_bytes());
    let line = serde_json::json!({ "name": "greeter", "vers": "1.0.0", "deps": [], "cksum": checksum, "features": {}, "yanked": false });
    registry.file("/index/gr/ee/greeter", format!("{line}\n").as_bytes());
    let Some(runner) = working(roomy(reaching(&registry))) else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let layers = layers(place.path());
    let source = source(&[
        (
            "Cargo.toml",
            "[package]\nname = \"x\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\ngreeter = \"1\"\n",
        ),
        (
            "src/lib.rs",
            "#[test]\nfn t() { assert_eq!(greeter::greet(), \"hello\"); }\n",
        ),
        (".gitignore", "Cargo.lock\n"),
        // Cargo reads no variables for this.
        (
            ".cargo/config.toml",
            &format!(
                "[source.crates-io]\nreplace-with = \"mirror\"\n[source.mirror]\nregistry = \"sparse+{}/index/\"\n",
                registry.url()
            ),
        ),
    ]);
    let key = prepare(&runner, &layers, order(&["cargo", "fetch"]), true, &source);
    let key = key.expect("it is fetched");
    let ran = run(
        &runner,
        &on(&layers, &key, order(&["cargo", "test", "--quiet"])),
        &source,
    )
    .unwrap();
    assert_eq!(ran.exit, Some(0), "{}", said(&ran));
    assert!(said(&ran).contains("1 passed"), "{}", said(&ran));
}
