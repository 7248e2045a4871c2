//! The limits of `sentinel eval fix`, each by its name: cases, cases at a time,
//! bytes and files of a case and of a package, and the time of a download.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use sentinel::ids::Digest;
use serde_json::Value;

/// As `MAX_CASES`, `MAX_JOBS`, `MAX_CASE_BYTES` and both `MAX_FILES` say.
const CASES: usize = 2_000;
const JOBS: usize = 32;
const CASE_BYTES: usize = 256 * 1024;
const TREE_FILES: usize = 2_000;
const PACKAGE_FILES: usize = 20_000;
const UNPACKED_BYTES: u64 = 256 * 1024 * 1024;

const CASE: &str = "class = \"lint\"\ntool = \"sh\"\nrun = \"echo bad; exit 1\"\nsays = \"bad\"\n\
                    outcome = \"abstained\"\nwhy = \"it is only counted\"\n";

fn write(place: &Path, text: impl AsRef<[u8]>) {
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(place, text).unwrap();
}

/// A set with one case.
fn set(case: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(&dir.path().join("suite.toml"), "[tools]\n");
    write(&dir.path().join("one/case.toml"), case);
    write(&dir.path().join("one/tree/a.txt"), "bad\n");
    dir
}

fn eval(dir: &Path, more: &[&str]) -> Output {
    with_path(dir, more, &std::env::var("PATH").unwrap())
}

fn with_path(dir: &Path, more: &[&str], path: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sentinel"))
        .args(["eval", "fix"])
        .arg(dir)
        .arg("--cache")
        .arg(dir.join("cache"))
        .args(["--check", "--json"])
        .args(more)
        .env("PATH", path)
        .env_remove("SENTINEL_CONFIG")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What became of the only case.
fn verdict(output: &Output) -> (String, String) {
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
        panic!("{}", said(output));
    });
    let one = &report["cases"][0];
    let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
    (text("verdict"), text("why"))
}

#[test]
fn cases_of_one_run() {
    let dir = set(CASE);
    for case in 0..CASES {
        write(&dir.path().join(format!("more-{case}/case.toml")), CASE);
        fs::create_dir(dir.path().join(format!("more-{case}/tree"))).unwrap();
    }
    let output = eval(dir.path(), &[]);
    assert!(!output.status.success());
    let told = said(&output);
    assert!(
        told.contains("2001 cases; one run takes at most 2000"),
        "{told}"
    );
}

#[test]
fn cases_at_a_time() {
    let dir = set(CASE);
    let output = eval(dir.path(), &["--jobs", &(JOBS + 1).to_string()]);
    assert!(!output.status.success());
    assert!(
        said(&output).contains("33 is not in 1..=32"),
        "{}",
        said(&output)
    );
    assert!(!eval(dir.path(), &["--jobs", "0"]).status.success());
}

#[test]
fn bytes_of_a_case() {
    let padded = |bytes: usize| {
        let comment = "#".repeat(bytes - CASE.len() - 1);
        eval(set(&format!("{CASE}{comment}\n")).path(), &[])
    };
    let output = padded(CASE_BYTES + 1);
    assert!(!output.status.success());
    let told = said(&output);
    assert!(
        told.contains("case.toml is larger than 262144 bytes"),
        "{told}"
    );
    assert!(!said(&padded(CASE_BYTES)).contains("larger than"));
}

#[test]
fn files_of_a_tree() {
    let dir = set(CASE);
    for file in 0..TREE_FILES {
        write(
            &dir.path().join(format!("one/tree/{}/{file}", file % 10)),
            "",
        );
    }
    let (verdict, why) = verdict(&eval(dir.path(), &[]));
    assert_eq!(verdict, "unusable", "{why}");
    assert!(why.contains("has more than 2000 files"), "{why}");
}

/// A package that is in the cache already, so that nothing is downloaded.
fn package(archive: &[u8]) -> (String, String) {
    let sha256 = Digest::of(archive).hex();
    let case = format!(
        "{CASE}[package]\nurl = \"https://packages.example/one.tar.gz\"\nsha256 = \"{sha256}\"\n"
    );
    (case, sha256)
}

fn unpacked(archive: &[u8]) -> (String, String) {
    let (case, sha256) = package(archive);
    let dir = set(&case);
    write(&dir.path().join(format!("cache/package-{sha256}")), archive);
    verdict(&eval(dir.path(), &[]))
}

fn archive(files: impl Iterator<Item = (String, u64)>) -> Vec<u8> {
    let compressed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(compressed);
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes);
        header.set_mode(0o644);
        header.set_cksum();
        let zeros = std::io::Read::take(std::io::repeat(0), bytes);
        tar.append_data(&mut header, path, zeros).unwrap();
    }
    let mut compressed = tar.into_inner().unwrap();
    compressed.flush().unwrap();
    compressed.finish().unwrap()
}

#[test]
fn files_of_a_package() {
    let files = (0..=PACKAGE_FILES).map(|file| (format!("one/{}/{file}", file % 100), 0));
    let (verdict, why) = unpacked(&archive(files));
    assert_eq!(verdict, "unusable", "{why}");
    assert!(why.contains("more than 20000 files"), "{why}");
}

/// A bomb: little to download, much to write.
#[test]
fn bytes_of_a_package() {
    let bomb = archive([("one/zeros".to_owned(), UNPACKED_BYTES + 1)].into_iter());
    assert!(bomb.len() < 2 * 1024 * 1024, "{}", bomb.len());
    let (verdict, why) = unpacked(&bomb);
    assert_eq!(verdict, "unusable", "{why}");
    assert!(why.contains("or 268435456 bytes"), "{why}");
}

#[test]
fn another_package_than_the_cases_is_not_taken() {
    let (case, sha256) = package(b"the right one");
    let dir = set(&case);
    let cached = dir.path().join(format!("cache/package-{sha256}"));
    write(&cached, "another one");
    let (verdict, why) = verdict(&eval(dir.path(), &[]));
    assert_eq!(verdict, "unusable", "{why}");
    assert!(why.contains("and the case says"), "{why}");
    assert!(
        !cached.exists(),
        "it is not there to be taken the next time"
    );
}

/// What downloads is told how much and how long; what it says is passed on.
#[test]
fn bytes_and_seconds_of_a_download() {
    let (case, _) = package(b"never comes");
    let dir = set(&case);
    let tools = dir.path().join("tools");
    let curl = tools.join("curl");
    let told = dir.path().join("told");
    write(
        &curl,
        format!(
            "#!/bin/sh\necho \"$@\" > {told:?}\necho 'Maximum file size exceeded' >&2\nexit 63\n"
        ),
    );
    fs::set_permissions(&curl, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    let (verdict, why) = verdict(&with_path(dir.path(), &[], &path));
    assert_eq!(verdict, "unusable", "{why}");
    assert!(why.contains("Maximum file size exceeded"), "{why}");
    let told = fs::read_to_string(told).unwrap();
    for words in [
        "--max-filesize 33554432 ",
        "--max-time 300 ",
        "--proto =https --proto-redir =https ",
        "-- https://packages.example/one.tar.gz",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
}

/// A case whose command prints without end is ended, and does not count.
#[test]
fn output_of_a_case() {
    let endless = CASE.replace("echo bad; exit 1", "yes bad");
    let (verdict, why) = verdict(&eval(set(&endless).path(), &[]));
    assert_eq!(verdict, "dishonest", "{why}");
    assert!(why.contains("ended by its output limit"), "{why}");
}
