//! Reports attached to a run are read with its logs.

use serde_json::{Value, json};

use super::DRAFTS;
use crate::doubles::github::{Repository, Run};
use crate::doubles::zip::{bomb, zip};
use crate::world::World;

/// A step that says nothing of what went wrong.
const MUTE: &str = "##[group]Run check\ncheck\nshell: sh\n##[endgroup]\n\
    ##[error]Process completed with exit code 1.\n";

pub const SARIF: &str = r#"{"version": "2.1.0", "runs": [{
  "tool": {"driver": {"name": "ShipLint"}},
  "results": [{"ruleId": "S4", "level": "error", "message": {"text": "the keel is bent"},
    "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/keel.c"},
      "region": {"startLine": 7}}}]}]}]}"#;

pub const JUNIT: &str = r#"<testsuite name="ship" tests="2" failures="1">
  <testcase classname="ship.Hull" name="keeps_water_out" file="tests/hull.py">
    <failure message="water came in">hull.py:12: AssertionError</failure>
  </testcase>
  <testcase classname="ship.Hull" name="floats"/>
</testsuite>"#;

fn red(repository: &Repository) -> Run {
    repository.failed_run("main").job("check", MUTE).finish()
}

/// What the ledger says lay beside the logs.
pub async fn beside(world: &World) -> Value {
    let mut entries = world.ledger().await.into_iter();
    let analyzed = entries.rfind(|entry| entry.kind == "run.analyzed");
    let body: Value = serde_json::from_str(&analyzed.unwrap().body).unwrap();
    body["facts"]["beside"].clone()
}

/// What was read as having failed, in one line each.
pub async fn failures(world: &World) -> Vec<String> {
    let mut tasks = world.tasks().await;
    tasks.retain(|task| task.incident.is_some());
    tasks.into_iter().map(|task| task.record.subject).collect()
}

fn why(told: &Value, name: &str) -> String {
    let left = told["left_out"].as_array().unwrap();
    let found = left.iter().find(|left| left["name"] == name);
    let found = found.unwrap_or_else(|| panic!("{name}: {told}"));
    found["why"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_report_says_is_read_where_the_log_is_mute() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    let run = red(&repository);
    let files: &[(&str, &[u8])] = &[
        ("out/lint.sarif", SARIF.as_bytes()),
        ("build/test-results/hull.xml", JUNIT.as_bytes()),
        ("notes.xml", b"<notes/>"),
    ];
    repository.artifact(&run, "test-results", files);
    repository.artifact(&run, "installer", &[("junit.xml", b"never looked at")]);
    world.fails(&run).await;
    let said = failures(&world).await.join("\n");
    assert!(said.contains("the keel is bent"), "{said}");
    assert!(said.contains("keeps_water_out"), "{said}");
    let told = beside(&world).await;
    assert_eq!(told["reports"].as_array().unwrap().len(), 2, "{told}");
    assert!(why(&told, "installer").contains("not called like reports"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_archives_cost_nothing_and_are_told() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    let run = red(&repository);
    repository.raw_artifact(&run, "report-broken", b"this is no zip".to_vec());
    repository.raw_artifact(&run, "report-bomb", bomb("junit.xml", 64));
    let names = [
        "../../escape/junit.xml",
        "/etc/junit.xml",
        "a\\..\\TEST-b.xml",
    ];
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, JUNIT.as_bytes())).collect();
    repository.raw_artifact(&run, "report-paths", zip(&files));
    let many: Vec<String> = (0..40).map(|at| format!("TEST-{at}.xml")).collect();
    let many: Vec<(&str, &[u8])> = many
        .iter()
        .map(|name| (name.as_str(), JUNIT.as_bytes()))
        .collect();
    repository.raw_artifact(&run, "report-many", zip(&many));
    // More entries than are believed: each is one signature in the list.
    repository.raw_artifact(&run, "report-list", b"PK\x01\x02".repeat(30_000));
    repository.artifact(&run, "report-large", &[("junit.xml", b"x")]);
    repository.configure(|repo| {
        let large = repo.artifacts.iter_mut();
        let large = large.into_iter().find(|one| one.name == "report-large");
        large.unwrap().claimed = Some(1 << 40);
    });
    world.fails(&run).await;
    let told = beside(&world).await;
    assert!(why(&told, "report-broken").contains("no zip"), "{told}");
    assert!(
        why(&told, "junit.xml").contains("over 4194304 bytes"),
        "{told}"
    );
    assert!(why(&told, "report-list").contains("more than 20000 files"));
    assert!(why(&told, "report-large").contains("over 33554432 bytes"));
    assert!(why(&told, "TEST-9.xml").contains("more reports than are read"));
    let read = told["reports"].as_array().unwrap();
    assert_eq!(read.len(), 16, "{told}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_list_of_bombs_only_so_many_are_opened() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    let run = red(&repository);
    let zeros = vec![0; 5 << 20];
    let names: Vec<String> = (0..40).map(|at| format!("TEST-{at:02}.xml")).collect();
    let bombs: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), zeros.as_slice()))
        .collect();
    repository.raw_artifact(&run, "reports", zip(&bombs));
    world.fails(&run).await;
    let told = beside(&world).await;
    assert!(
        why(&told, "TEST-31.xml").contains("over 4194304 bytes"),
        "{told}"
    );
    assert!(why(&told, "TEST-32.xml").contains("more reports than are read"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_attempts_reports_say_nothing_of_this_one() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    let first = red(&repository);
    repository.artifact(&first, "junit", &[("junit.xml", JUNIT.as_bytes())]);
    let again = repository
        .failed_run("main")
        .job("check", MUTE)
        .attempt(2)
        .of_run(first.id)
        .created_at("2100-01-01T00:00:00Z")
        .finish();
    world.fails(&again).await;
    let told = beside(&world).await;
    assert!(
        why(&told, "junit").contains("an earlier attempt's"),
        "{told}"
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_read_with_the_job_it_names() {
    let world = World::with(DRAFTS).await;
    let repository = world.widget();
    let run = repository
        .failed_run("main")
        .job("check", MUTE)
        .job("unit tests", MUTE)
        .finish();
    repository.artifact(
        &run,
        "reports",
        &[("junit-unit-tests.xml", JUNIT.as_bytes())],
    );
    world.fails(&run).await;
    let told = beside(&world).await;
    let tasks = world.tasks().await;
    let of_tests = tasks
        .iter()
        .find(|task| task.record.subject == "unit tests");
    assert_eq!(told["reports"][0]["job"], json!(of_tests.unwrap().job));
    world.end().await;
}

#[test]
fn which_files_are_reports() {
    use sentinel::forge::reports::Format;
    for (name, expected) in [
        ("lint.sarif", Some("sarif")),
        ("a/b/CodeQL.SARIF", Some("sarif")),
        ("x.sarif.json", Some("sarif")),
        ("junit.xml", Some("junit")),
        ("out/my-JUnit-report.xml", Some("junit")),
        ("TEST-ship.Hull.xml", Some("junit")),
        ("target/surefire-reports/ship.xml", Some("junit")),
        ("test-results.xml", Some("junit")),
        ("build\\test-results\\x.xml", Some("junit")),
        ("coverage.xml", None),
        ("junit.txt", None),
        ("sarif", None),
        ("", None),
    ] {
        assert_eq!(Format::of(name).map(Format::as_str), expected, "{name}");
    }
}
