//! `sentinel fix --run URL`: a person copies an address from the browser.

use std::process::{Command, Output};

use proptest::prelude::*;
use sentinel::ids::ForgeKind;
use sentinel::ids::run_url::{NoRun, Place, RunUrl};
use serde_json::Value;

use crate::doubles::github::PERSONAL_TOKEN;
use crate::doubles::gitlab::{GitLab, TOKEN};
use crate::gitlab::{red, widget};
use crate::stories::red_push;
use crate::world::{FORMATTED, UNFORMATTED, World};

/// The program with these variables, and none of the machine's own that it
/// would read.
fn fix(url: &str, variables: &[(&str, &str)], more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sentinel"));
    command.args(["fix", "--run", url]).args(more);
    for name in [
        "SENTINEL_CONFIG",
        "GH_TOKEN",
        "GITHUB_TOKEN",
        "GITHUB_API_URL",
        "GITHUB_ACTIONS",
        "GITLAB_TOKEN",
        "CI_SERVER_URL",
    ] {
        command.env_remove(name);
    }
    command
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn patch(output: &Output) -> String {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let fixes: Value = serde_json::from_slice(&output.stdout).unwrap();
    fixes["proposals"][0]["patch"].as_str().unwrap().to_owned()
}

fn refused(output: &Output, why: &str) {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{complaint}");
    assert!(complaint.contains(why), "{complaint}");
}

const WANTED: &str = "+pub fn one() -> u8 {";

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_github_is_repaired_by_its_address() {
    let world = World::new().await;
    let repository = world.widget();
    let run = red_push(&repository);
    let api = world.github.url().to_owned();
    let address = format!("{api}/acme/widget/actions/runs/{}", run.id);
    let known = [
        ("GITHUB_API_URL", api.as_str()),
        ("GH_TOKEN", PERSONAL_TOKEN),
    ];
    assert!(patch(&fix(&address, &known, &["--json"])).contains(WANTED));

    // By its job, through a configuration, into files.
    let job = run_job(&address, &world).await;
    let config = world.config_file();
    let place = tempfile::tempdir().unwrap();
    std::fs::create_dir(place.path().join("src")).unwrap();
    let file = place.path().join("src/lib.rs");
    std::fs::write(&file, UNFORMATTED).unwrap();
    let (diff, page) = (place.path().join("fix.patch"), place.path().join("page.md"));
    let more = [
        "--config",
        config.to_str().unwrap(),
        "--apply",
        "--repo",
        place.path().to_str().unwrap(),
        "--patch",
        diff.to_str().unwrap(),
        "--summary",
        page.to_str().unwrap(),
    ];
    let output = fix(&job, &[], &more);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    assert_eq!(std::fs::read_to_string(file).unwrap(), FORMATTED);
    assert!(std::fs::read_to_string(diff).unwrap().contains(WANTED));
    let page = std::fs::read_to_string(page).unwrap();
    assert!(
        page.contains("**Proposal**") && page.contains(WANTED),
        "{page}"
    );
    assert!(world.github.writes().is_empty(), "nothing is published");
    world.end().await;
}

/// The address of the run's only job.
async fn run_job(address: &str, world: &World) -> String {
    let jobs = world.github.requests();
    let logs = jobs.iter().find(|request| request.path.ends_with("/logs"));
    let path = &logs.expect("its log was asked for").path;
    let job = path.split('/').rev().nth(1).unwrap();
    format!("{address}/job/{job}?pr=1#step:3:1")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_of_gitlab_is_repaired_by_its_address() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    let pipeline = red(&project);
    let known = [("CI_SERVER_URL", gitlab.url()), ("GITLAB_TOKEN", TOKEN)];
    let base = format!("{}/acme/tools/widget/-", gitlab.url());
    let job = pipeline.jobs[0].id;
    for address in [
        format!("{base}/pipelines/{}", pipeline.id),
        format!("{base}/jobs/{job}"),
    ] {
        assert!(patch(&fix(&address, &known, &["--json"])).contains(WANTED));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_said_and_how_to_read_it() {
    let world = World::new().await;
    let repository = world.widget();
    let run = red_push(&repository);
    let api = world.github.url().to_owned();
    let address = format!("{api}/acme/widget/actions/runs/{}", run.id);
    let here = ("GITHUB_API_URL", api.as_str());
    refused(&fix(&address, &[here], &[]), "GH_TOKEN or GITHUB_TOKEN");
    refused(&fix("https://github.com/acme", &[], &[]), "names no run");
    let known = [here, ("GH_TOKEN", PERSONAL_TOKEN)];
    let unknown = format!("{api}/acme/widget/actions/runs/1");
    refused(&fix(&unknown, &known, &[]), "not found");
    let other = format!("{address}/job/1");
    refused(&fix(&other, &known, &[]), "no failed job");
    // Both are too much, none is too little.
    refused(&fix(&address, &known, &["--log", "ci.log"]), "--log");
    world.end().await;
}

/// A token goes to the server it is for, and to none that only an address
/// names.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_not_sent_where_an_address_leads() {
    let world = World::new().await;
    let elsewhere = World::new().await;
    let repository = elsewhere.widget();
    let run = red_push(&repository);
    let stranger = format!(
        "{}/acme/widget/actions/runs/{}",
        elsewhere.github.url(),
        run.id
    );
    let known = [
        ("GITHUB_API_URL", world.github.url()),
        ("GH_TOKEN", PERSONAL_TOKEN),
        ("GITLAB_TOKEN", TOKEN),
    ];
    let before = elsewhere.github.requests().len();
    refused(&fix(&stranger, &known, &[]), "no GitHub that is configured");
    let config = world.config_file();
    let more = ["--config", config.to_str().unwrap()];
    refused(
        &fix(&stranger, &known, &more),
        "no GitHub that is configured",
    );
    let gitlab = format!("{}/acme/widget/-/jobs/1", elsewhere.github.url());
    refused(&fix(&gitlab, &known, &[]), "no GitLab that is configured");
    assert_eq!(elsewhere.github.requests().len(), before);
    world.end().await;
    elsewhere.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_takes_nothing_we_print_for_a_command() {
    let world = World::new().await;
    let repository = world.widget();
    let run = red_push(&repository);
    let address = format!("{}/acme/widget/actions/runs/{}", world.github.url(), run.id);
    let known = [
        ("GITHUB_API_URL", world.github.url()),
        ("GH_TOKEN", PERSONAL_TOKEN),
        ("GITHUB_ACTIONS", "true"),
    ];
    let output = fix(&address, &known, &[]);
    let told = String::from_utf8(output.stdout).unwrap();
    let word = told
        .lines()
        .next()
        .unwrap()
        .strip_prefix("::stop-commands::");
    let word = word.expect("commands stop before anything else is said");
    assert_eq!(word.len(), 32);
    assert_eq!(told.lines().last(), Some(format!("::{word}::").as_str()));
    assert!(
        !fix(&address, &known, &[])
            .stdout
            .starts_with(&told.as_bytes()[..40])
    );
    world.end().await;
}

#[test]
fn addresses_are_read() {
    let read = |text: &str| {
        let url = RunUrl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let RunUrl {
            origin,
            repository,
            place,
        } = url;
        (origin, repository.forge, repository.name.to_string(), place)
    };
    let github = |place| {
        let origin = "https://github.com".to_owned();
        (origin, ForgeKind::GitHub, "acme/widget".to_owned(), place)
    };
    let base = "https://github.com/acme/widget/actions/runs/12";
    assert_eq!(read(base), github(Place::Run(12)));
    assert_eq!(read(&format!("{base}/attempts/2")), github(Place::Run(12)));
    let job = github(Place::JobOfRun { run: 12, job: 34 });
    assert_eq!(read(&format!("{base}/job/34?pr=5#step:1:2")), job);
    assert_eq!(read(&format!("{base}/attempts/2/job/34")), job);
    let gitlab = "https://GitLab.example:8443/group/sub/widget/-/";
    let origin = "https://gitlab.example:8443".to_owned();
    let at = |place| {
        (
            origin.clone(),
            ForgeKind::GitLab,
            "group/sub/widget".to_owned(),
            place,
        )
    };
    assert_eq!(read(&format!("{gitlab}pipelines/5")), at(Place::Run(5)));
    assert_eq!(read(&format!("{gitlab}jobs/6")), at(Place::Job(6)));
}

#[test]
fn what_is_no_address_of_a_run_is_refused() {
    for (text, why) in [
        ("", NoRun::NoAddress),
        ("12", NoRun::NotHttps),
        ("github.com/acme/widget/actions/runs/12", NoRun::NoAddress),
        (
            "http://github.com/acme/widget/actions/runs/12",
            NoRun::NotHttps,
        ),
        (
            "https://me:it@github.com/acme/widget/actions/runs/12",
            NoRun::UserInfo,
        ),
        ("https://github.com/acme/widget", NoRun::NotARun),
        (
            "https://github.com/acme/widget/actions/runs/x",
            NoRun::NotARun,
        ),
        (
            "https://github.com/acme/..%2f..%2fx/actions/runs/1",
            NoRun::NotARun,
        ),
        ("https://gitlab.com/-/pipelines/5", NoRun::NotARun),
    ] {
        let read = RunUrl::parse(text);
        assert!(read.is_err(), "{text}: {read:?}");
        if !["", "12", "github.com/acme/widget/actions/runs/12"].contains(&text) {
            assert_eq!(read, Err(why), "{text}");
        }
    }
}

proptest! {
    /// Whatever is pasted, nothing panics, and what is read is what stood there.
    #[test]
    fn any_text_is_an_address_or_is_refused(text in "\\PC{0,300}") {
        if let Ok(url) = RunUrl::parse(&text) {
            prop_assert!(text.to_ascii_lowercase().starts_with(&url.origin));
        }
    }
}
