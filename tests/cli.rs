//! The program as people run it.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::world::{FORMAT_LOG, FORMATTED, UNFORMATTED};

fn sentinel(arguments: &[&str]) -> Output {
    sentinel_in(Path::new("."), arguments, b"")
}

fn sentinel_in(directory: &Path, arguments: &[&str], input: &[u8]) -> Output {
    use std::io::Write as _;
    let mut child = Command::new(env!("CARGO_BIN_EXE_sentinel"))
        .args(arguments)
        .current_dir(directory)
        .env_remove("SENTINEL_CONFIG")
        // The compiled agents, once for all tests; not the user's own cache.
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A directory with the unformatted file and its log.
fn broken() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(place.path().join("repo/src")).unwrap();
    std::fs::write(place.path().join("repo/src/lib.rs"), UNFORMATTED).unwrap();
    std::fs::write(place.path().join("ci.log"), FORMAT_LOG).unwrap();
    place
}

#[test]
fn the_demo_ends_with_a_proven_pull_request() {
    let output = sentinel(&["demo"]);
    let told = text(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", text(&output.stderr));
    if told.contains("no OS sandbox runs commands on this host") {
        let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!ci, "{told}");
        eprintln!("skipped: no OS sandbox, so nothing can be proven");
        return;
    }
    for words in [
        "rustfmt --check",
        "202 Accepted",
        "ran in the sandbox",
        "The pull request (ready for review: it is proven)",
        "proven by running the failed command",
        "+pub fn price(grams: u32, express: bool) -> u32 {",
        "It passes.",
    ] {
        assert!(told.contains(words), "{words}:\n{told}");
    }
}

#[test]
fn analyze_prints_one_object() {
    let place = broken();
    let analysis = json(&sentinel_in(
        place.path(),
        &["analyze", "ci.log", "--json"],
        b"",
    ));
    assert_eq!(analysis["lines"], FORMAT_LOG.lines().count());
    assert_eq!(analysis["bytes"], FORMAT_LOG.len());
    let failure = &analysis["failures"][0];
    assert_eq!(failure["class"], "format");
    assert_eq!(failure["tool"], "rustfmt");
    assert_eq!(failure["command"], "cargo fmt --check");
    let number = failure["key_lines"][0]["number"].as_u64().unwrap() as usize;
    assert!(
        FORMAT_LOG
            .lines()
            .nth(number - 1)
            .unwrap()
            .contains("Diff in"),
        "1-based"
    );
    assert!(
        failure["location"]["path"]
            .as_str()
            .unwrap()
            .ends_with("src/lib.rs")
    );
    assert_eq!(failure["location"]["line"], 1);
    assert_eq!(failure["fingerprint"].as_str().unwrap().len(), 64);
    let mut keys: Vec<&String> = failure.as_object().unwrap().keys().collect();
    keys.sort();
    let expected = [
        "class",
        "command",
        "confidence",
        "fingerprint",
        "key_lines",
        "location",
        "severity",
        "tool",
    ];
    assert_eq!(keys, expected);
}

#[test]
fn analyze_reads_standard_input_too() {
    let piped = sentinel_in(
        Path::new("."),
        &["analyze", "-", "--json"],
        FORMAT_LOG.as_bytes(),
    );
    let piped = json(&piped);
    let place = broken();
    let file = json(&sentinel_in(
        place.path(),
        &["analyze", "ci.log", "--json"],
        b"",
    ));
    assert_eq!(piped, file);
    let nothing = json(&sentinel_in(
        Path::new("."),
        &["analyze", "-", "--json"],
        b"",
    ));
    assert_eq!(nothing["failures"].as_array().unwrap().len(), 0);
    assert_eq!(
        (&nothing["lines"], &nothing["bytes"]),
        (&0.into(), &0.into())
    );
}

#[test]
fn a_log_of_200_megabytes_is_read_to_its_end() {
    let place = tempfile::tempdir().unwrap();
    let mut log = std::fs::File::create(place.path().join("big.log")).unwrap();
    let bytes = 200 * 1024 * 1024;
    let mut generator = crate::log_generator::LogGenerator::new(7, bytes);
    let written = std::io::copy(&mut generator, &mut log).unwrap();
    let analysis = json(&sentinel_in(
        place.path(),
        &["analyze", "big.log", "--json"],
        b"",
    ));
    assert_eq!(analysis["bytes"], written);
    let number = &analysis["failures"][0]["key_lines"][0]["number"];
    let lines = analysis["lines"].as_u64().unwrap();
    assert!(
        number.as_u64().unwrap() > lines - 200,
        "the failure is near the end: {number}"
    );
}

#[test]
fn fix_prints_a_patch_that_git_takes() {
    let place = broken();
    let arguments = [
        "fix",
        "--repo",
        "repo",
        "--log",
        "ci.log",
        "--command",
        "cargo fmt --check",
        "--json",
    ];
    let fixes = json(&sentinel_in(place.path(), &arguments, b""));
    assert_eq!(fixes["abstained"], Value::Null);
    let proposal = &fixes["proposals"][0];
    assert_eq!(proposal["strategy"], "printed-diff");
    // The directory is no crate: the command fails here for another cause.
    assert_eq!(proposal["evidence"]["kind"], "not_run");
    let reason = proposal["evidence"]["reason"].as_str().unwrap();
    assert!(
        reason.contains("another cause") || reason.contains("no OS sandbox"),
        "{reason}"
    );
    let source = place.path().join("repo/src/lib.rs");
    assert_eq!(
        std::fs::read_to_string(&source).unwrap(),
        UNFORMATTED,
        "only --apply writes"
    );
    std::fs::write(
        place.path().join("x.patch"),
        proposal["patch"].as_str().unwrap(),
    )
    .unwrap();
    let applied = Command::new("git")
        .args(["apply", "../x.patch"])
        .current_dir(place.path().join("repo"))
        .status()
        .unwrap();
    assert!(applied.success());
    assert_eq!(std::fs::read_to_string(&source).unwrap(), FORMATTED);
}

#[test]
fn fix_applies_what_it_proposes_once() {
    let place = broken();
    let arguments = ["fix", "--repo", "repo", "--log", "ci.log", "--apply"];
    let first = sentinel_in(place.path(), &arguments, b"");
    assert!(
        text(&first.stdout).contains("Written: src/lib.rs"),
        "{}",
        text(&first.stdout)
    );
    assert_eq!(
        std::fs::read_to_string(place.path().join("repo/src/lib.rs")).unwrap(),
        FORMATTED
    );
    let again = sentinel_in(place.path(), &arguments, b"");
    assert!(again.status.success());
    assert!(
        text(&again.stdout).contains("No fix is proposed"),
        "{}",
        text(&again.stdout)
    );
}

#[test]
fn fix_shows_agents_what_git_knows_and_not_what_is_ignored() {
    let place = broken();
    let repo = place.path().join("repo");
    let git = |arguments: &[&str]| {
        assert!(
            Command::new("git")
                .args(arguments)
                .current_dir(&repo)
                .status()
                .unwrap()
                .success()
        );
    };
    git(&["init", "-q"]);
    // The file the log names is ignored: for agents it is not there.
    std::fs::write(repo.join(".gitignore"), "src/\n").unwrap();
    let fixes = json(&sentinel_in(
        place.path(),
        &["fix", "--repo", "repo", "--log", "ci.log", "--json"],
        b"",
    ));
    assert_eq!(fixes["proposals"].as_array().unwrap().len(), 0);
    assert!(fixes["abstained"].is_string());
    std::fs::remove_file(repo.join(".gitignore")).unwrap();
    let fixes = json(&sentinel_in(
        place.path(),
        &["fix", "--repo", "repo", "--log", "ci.log", "--json"],
        b"",
    ));
    assert_eq!(fixes["proposals"].as_array().unwrap().len(), 1);
}

#[test]
fn fix_names_the_permission_that_a_log_lacks() {
    let place = tempfile::tempdir().unwrap();
    std::fs::create_dir(place.path().join("repo")).unwrap();
    let log = "##[group]Run git push\ngit push\n##[endgroup]\n\
               remote: Permission to acme/widget.git denied to github-actions[bot].\n\
               fatal: unable to access 'https://github.com/acme/widget/': The requested URL \
               returned error: 403\n##[error]Process completed with exit code 128.\n";
    std::fs::write(place.path().join("ci.log"), log).unwrap();
    let output = sentinel_in(
        place.path(),
        &["fix", "--repo", "repo", "--log", "ci.log"],
        b"",
    );
    let told = text(&output.stdout);
    assert!(told.contains("no patch may supply one"), "{told}");
    assert!(told.contains("`contents: write` is missing"), "{told}");
    assert!(
        told.contains(" | remote: Permission to acme/widget.git"),
        "{told}"
    );
    assert!(
        !told.contains("--command"),
        "nothing would come of it: {told}"
    );
}

#[test]
fn fix_stays_inside_the_directory() {
    let place = broken();
    let repo = place.path().join("repo");
    // The file the log names lies behind a link that leads out.
    std::fs::rename(repo.join("src"), place.path().join("victim")).unwrap();
    std::os::unix::fs::symlink("../victim", repo.join("src")).unwrap();
    for index in [false, true] {
        if index {
            let git = |arguments: &[&str]| {
                assert!(
                    Command::new("git")
                        .args(arguments)
                        .current_dir(&repo)
                        .status()
                        .unwrap()
                        .success()
                );
            };
            git(&["init", "-q"]);
            std::fs::write(repo.join(".gitignore"), "src\n").unwrap();
            let blob = Command::new("git")
                .args(["hash-object", "-w", "../victim/lib.rs"])
                .current_dir(&repo)
                .output()
                .unwrap();
            let blob = text(&blob.stdout);
            let entry = format!("100644,{},src/lib.rs", blob.trim());
            git(&["update-index", "--add", "--cacheinfo", &entry]);
        }
        let arguments = ["fix", "--repo", "repo", "--log", "ci.log", "--apply"];
        sentinel_in(place.path(), &arguments, b"");
        let victim = std::fs::read_to_string(place.path().join("victim/lib.rs")).unwrap();
        assert_eq!(victim, UNFORMATTED, "index: {index}");
    }
}

#[test]
fn a_log_may_be_a_link() {
    let place = broken();
    std::os::unix::fs::symlink("ci.log", place.path().join("latest.log")).unwrap();
    let analysis = json(&sentinel_in(
        place.path(),
        &["analyze", "latest.log", "--json"],
        b"",
    ));
    assert_eq!(analysis["failures"][0]["tool"], "rustfmt");
}

#[test]
fn optimize_finds_an_unpinned_action() {
    let place = tempfile::tempdir().unwrap();
    let workflows = place.path().join(".github/workflows");
    std::fs::create_dir_all(&workflows).unwrap();
    let workflow = "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: acme/thing@v1\n";
    std::fs::write(workflows.join("ci.yml"), workflow).unwrap();
    let repo = place.path().to_str().unwrap();
    let found = json(&sentinel(&["optimize", "--repo", repo, "--json"]));
    let findings = found["findings"].as_array().unwrap();
    assert!(
        findings
            .iter()
            .any(|finding| finding["location"]["line"] == 6),
        "{findings:#?}"
    );
}

#[test]
fn errors_say_what_to_do() {
    let place = broken();
    for (arguments, said) in [
        (
            &["analyze", "no-such.log"][..],
            "cannot read the log no-such.log",
        ),
        (&["analyze", "repo"], "is not a file"),
        (
            &["fix", "--repo", "nowhere", "--log", "ci.log"],
            "is not a directory",
        ),
        (&["serve"], "doctor --example"),
        (&["serve", "--config", "ci.log"], "ci.log"),
        (&["task", "list"], "sentinel.toml"),
        (&["task", "show", "xyz"], "is not a task id"),
        (&["task", "list", "--data-dir", "repo"], "there is no store"),
        (&["frobnicate"], "unrecognized subcommand"),
    ] {
        let output = sentinel_in(place.path(), arguments, b"");
        let stderr = text(&output.stderr);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(stderr.contains(said), "{arguments:?}: {stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
    }
}

#[test]
fn a_configuration_with_a_mistake_is_refused_with_its_line() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("sentinel.toml");
    for (config, said) in [
        ("[policy]\nmax_fils = 3\n", "did you mean `max_files`?"),
        ("[policy]\nmax_fils = 3\n", "line 2"),
        ("[policy]\nmin_confidence = 2.0\n", "from 0 to 1"),
        ("[policy]\nprotected_paths = [\"a[\"]\n", "protected_paths"),
        ("[publish]\nunproven = \"maybe\"\n", "unproven"),
        ("[server]\nworkers = 0\n", "server.workers"),
        ("data_dir = ", "line 1"),
    ] {
        std::fs::write(&file, config).unwrap();
        let output = sentinel(&["doctor", "--config", file.to_str().unwrap()]);
        assert!(!output.status.success());
        let told = text(&output.stdout);
        assert!(told.contains(said), "{config}: {told}");
    }
}

#[test]
fn doctor_is_content_with_the_example_it_prints() {
    let example = sentinel(&["doctor", "--example"]);
    let config = sentinel::config::Config::parse(&text(&example.stdout)).unwrap();
    assert!(config.github.is_some());
    let healthy = sentinel(&["doctor", "--json"]);
    let checks = json(&healthy);
    let sandbox = checks
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["name"] == "sandbox");
    assert_eq!(sandbox.unwrap()["ok"], true);
}

#[test]
fn two_servers_do_not_share_a_data_directory() {
    let place = tempfile::tempdir().unwrap();
    let config = place.path().join("sentinel.toml");
    std::fs::write(
        &config,
        format!("data_dir = {:?}\n", place.path().join("data")),
    )
    .unwrap();
    let _lock = sentinel::store::ServerLock::take(&place.path().join("data")).unwrap();
    let output = sentinel(&["serve", "--config", config.to_str().unwrap()]);
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("another sentinel server"));
}
