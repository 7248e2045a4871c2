//! Downloading logs.

use std::time::Duration;

use sentinel::event::PipelineFailed;
use sentinel::forge::{Ci as _, Downloaded, ForgeError, Job, MAX_LOG_BYTES};

use super::widget;
use crate::doubles::github::{Fault, GitHub, Log};

async fn failed_job(github: &GitHub, log: impl Into<Log>) -> (PipelineFailed, Job) {
    let repository = widget(github);
    let run = repository.failed_run("main").job("lint", log).finish();
    let event = github.event(&run);
    let mut jobs = github.forge().failed_jobs(&event).await.expect("jobs");
    (event, jobs.remove(0))
}

async fn download(
    github: &GitHub,
    log: impl Into<Log>,
) -> (Result<Downloaded, ForgeError>, Vec<u8>) {
    let (event, job) = failed_job(github, log).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("log");
    let answer = github.forge().download_log(&event, &job, &file).await;
    (answer, std::fs::read(&file).unwrap_or_default())
}

#[tokio::test]
async fn a_log_arrives_as_it_is_and_the_credential_stays_home() {
    let github = GitHub::start().await;
    let text = "\u{feff}2026-01-01T00:00:00.1Z ##[group]Run x\r\nünïcode \u{1b}[31mred\u{1b}[0m\n";
    let (answer, bytes) = download(&github, text).await;
    let length = text.len() as u64;
    assert_eq!(
        answer.expect("a log"),
        Downloaded {
            bytes: length,
            truncated: false
        }
    );
    assert_eq!(bytes, text.as_bytes());
    // The double fails the test if a credential comes along; it did see one before.
    let requests = github.requests();
    let storage = requests
        .iter()
        .find(|request| request.path.starts_with("/storage"));
    assert!(!storage.expect("the second request").authorised);
}

#[tokio::test]
async fn an_empty_log_is_a_log() {
    let github = GitHub::start().await;
    let (answer, bytes) = download(&github, "").await;
    assert_eq!(answer.expect("a log").bytes, 0);
    assert!(bytes.is_empty());
}

#[tokio::test]
async fn a_log_that_is_not_there_yet_is_worth_another_try() {
    let github = GitHub::start().await;
    let (event, job) = failed_job(&github, Log::NotYet(1, "late\n".into())).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("log");
    let forge = github.forge();
    let error = forge
        .download_log(&event, &job, &file)
        .await
        .expect_err("not yet");
    assert!(error.is_transient(), "{error}");
    assert!(
        error
            .retry_after()
            .is_some_and(|wait| wait <= Duration::from_secs(10))
    );
    forge.download_log(&event, &job, &file).await.expect("now");
    assert_eq!(std::fs::read(&file).expect("a file"), b"late\n");
}

#[tokio::test]
async fn a_log_that_is_gone_is_not_found() {
    let github = GitHub::start().await;
    let (answer, _) = download(&github, Log::Gone).await;
    let error = answer.expect_err("gone");
    assert!(matches!(error, ForgeError::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn redirects_lead_only_to_https_and_end() {
    for to in [
        "http://example.com/log",
        "ftp://127.0.0.1/log",
        "file:///etc/passwd",
        "/relative",
        "http://127.0.0.1.example.com/log",
        "",
    ] {
        let github = GitHub::start().await;
        let (answer, bytes) = download(&github, Log::Redirect(to.into())).await;
        let error = answer.expect_err(to);
        assert!(
            matches!(error, ForgeError::Unexpected { .. }),
            "{to}: {error}"
        );
        assert!(bytes.is_empty());
    }
    let github = GitHub::start().await;
    let (answer, _) = download(&github, Log::Hops(2)).await;
    assert_eq!(answer.expect("after two hops").bytes, 15);
    let (answer, _) = download(&GitHub::start().await, Log::Hops(30)).await;
    assert!(
        answer
            .expect_err("a loop")
            .to_string()
            .contains("redirects")
    );
}

#[tokio::test]
async fn a_log_that_breaks_off_is_worth_another_try_and_names_no_address() {
    let storage = "GET /storage/**";
    for fault in [
        Fault::Truncated,
        Fault::Stalled,
        Fault::Reset,
        Fault::status(503),
        Fault::status(403),
        Fault::Slow(Duration::from_secs(20)),
    ] {
        let github = GitHub::start().await;
        github.fault(storage, 1, fault.clone());
        let (answer, _) = download(&github, "a line\n".repeat(10_000)).await;
        let error = answer.expect_err("cut off");
        assert!(error.is_transient(), "{fault:?}: {error}");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("storage-signature"), "{shown}");
    }
}

#[tokio::test]
async fn a_log_without_end_is_cut_at_the_limit() {
    let github = GitHub::start().await;
    let (event, job) = failed_job(&github, Log::Generated(MAX_LOG_BYTES + 1_000_000)).await;
    let nowhere = std::path::Path::new("/dev/null");
    let answer = github.forge().download_log(&event, &job, nowhere).await;
    let cut = Downloaded {
        bytes: MAX_LOG_BYTES,
        truncated: true,
    };
    assert_eq!(answer.expect("the head of a log"), cut);
}

#[tokio::test]
async fn a_job_of_no_number_is_refused() {
    let github = GitHub::start().await;
    let (event, mut job) = failed_job(&github, "x").await;
    job.id = "1/../../../../user".into();
    let folder = tempfile::tempdir().expect("a folder");
    let answer = github
        .forge()
        .download_log(&event, &job, &folder.path().join("log"))
        .await;
    assert!(matches!(answer, Err(ForgeError::Unexpected { .. })));
}

/// Memory is a process's, so this one has a process of its own.
const ALONE: &str = "SENTINEL_TEST_ALONE";

#[test]
fn two_hundred_megabytes_take_no_memory() {
    if std::env::var_os(ALONE).is_some() {
        return download_alone();
    }
    let child = std::process::Command::new(std::env::current_exe().expect("this binary"))
        .args([
            "--exact",
            "github_forge::logs::two_hundred_megabytes_take_no_memory",
            "--nocapture",
        ])
        .env(ALONE, "1")
        .output()
        .expect("a process");
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(
        child.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&child.stderr)
    );
    assert!(said.contains("grew by"), "{said}");
}

fn download_alone() {
    const BYTES: u64 = 200 * 1024 * 1024;
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let github = GitHub::start().await;
        let (event, job) = failed_job(&github, Log::Generated(BYTES)).await;
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("log");
        let before = peak_memory();
        let start = std::time::Instant::now();
        let answer = github.forge().download_log(&event, &job, &file).await;
        let grown = peak_memory() - before;
        println!("grew by {grown} kB in {:?}", start.elapsed());
        assert_eq!(
            answer.expect("a log"),
            Downloaded {
                bytes: BYTES,
                truncated: false
            }
        );
        assert_eq!(std::fs::metadata(&file).expect("a file").len(), BYTES);
        assert!(grown < 32 * 1024, "memory grew by {grown} kB");
    });
}

/// The most this process ever had, in kB.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .expect("a peak");
    let digits: String = line.chars().filter(char::is_ascii_digit).collect();
    digits.parse().expect("a number")
}
