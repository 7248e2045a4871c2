//! What the adapter reads of a GitLab, and how it takes refusals.

use std::time::Duration;

use sentinel::event::PipelineFailed;
use sentinel::forge::{Ci as _, Forge as _, ForgeError, MAX_JOBS};
use sentinel::patch::path::RepoPath;

use super::{red, widget};
use crate::doubles::gitlab::{GitLab, Pipeline, ProjectHandle};

fn event(project: &ProjectHandle<'_>, pipeline: &Pipeline) -> PipelineFailed {
    let run = serde_json::json!({
        "run": {"repository": project.id(), "run": pipeline.id, "attempt": 1},
        "conclusion": "failure", "commit": pipeline.commit, "branch": "main",
        "trigger": {"kind": "push"}, "fork": false, "by_bot": false, "workflow": "pipeline",
        "url": null, "installation": null,
    });
    serde_json::from_value(run).unwrap()
}

#[tokio::test]
async fn hundreds_of_jobs_are_paged_and_bounded() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    let mut pipeline = project.failed_pipeline();
    for number in 0..250 {
        let mut job = project.job(&format!("job {number}"), "script_failure", "x\n");
        job.allow_failure = number < 100;
        pipeline.jobs.push(job);
    }
    project.ran(&pipeline);
    let jobs = gitlab
        .forge()
        .failed_jobs(&event(&project, &pipeline))
        .await
        .unwrap();
    assert_eq!(jobs.len(), MAX_JOBS);
    // The first that may not fail: later ones fail for what it did.
    assert_eq!(jobs[0].name, "job 100");
}

#[tokio::test]
async fn a_trace_is_streamed_from_wherever_it_lies() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    let mut pipeline = project.failed_pipeline();
    let text = "section_start:1:x\r\u{1b}[0Kone\n".repeat(100_000);
    pipeline.jobs = vec![
        project.job("long", "script_failure", &text),
        project.job("erased", "script_failure", ""),
    ];
    project.ran(&pipeline);
    let forge = gitlab.forge();
    let run = event(&project, &pipeline);
    let jobs = forge.failed_jobs(&run).await.unwrap();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("log");
    for elsewhere in [false, true] {
        project.with(|project| project.stored_elsewhere = elsewhere);
        let kept = forge.download_log(&run, &jobs[0], &file).await.unwrap();
        assert_eq!((kept.bytes, kept.truncated), (text.len() as u64, false));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }
    let empty = forge.download_log(&run, &jobs[1], &file).await.unwrap_err();
    assert!(matches!(empty, ForgeError::NotFound { .. }), "{empty}");
}

#[tokio::test]
async fn a_tree_is_written_as_its_blobs_say() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    for number in 0..230 {
        project.file(
            &format!("src/deep/part{}/f{number}.txt", number % 7),
            format!("{number}\n"),
        );
    }
    project.file("hidden.txt", "not in the archive\n");
    project.entry("run.sh", "100755", b"#!/bin/sh\n");
    project.entry("link", "120000", b"/etc/passwd");
    let commit = project.commit("Many");
    project.with(|project| project.not_exported.push("hidden.txt".into()));
    let into = tempfile::tempdir().unwrap();
    let tree = gitlab
        .forge()
        .checkout(&project.id(), &commit, into.path())
        .await
        .unwrap();
    let expected = project.with(|project| {
        project
            .objects
            .get_commit(commit.as_str())
            .unwrap()
            .tree
            .clone()
    });
    assert_eq!(tree.id().unwrap().as_str(), expected);
    let hidden = std::fs::read_to_string(into.path().join("hidden.txt")).unwrap();
    assert_eq!(hidden, "not in the archive\n");
    assert!(!into.path().join("link").exists() && into.path().join("run.sh").exists());
    assert!(tree.get(&RepoPath::parse("link").unwrap()).is_some());
    let requests = gitlab.state().requests.clone();
    assert!(
        requests
            .iter()
            .filter(|path| path.ends_with("/tree"))
            .count()
            >= 3
    );
    assert_eq!(
        requests
            .iter()
            .filter(|path| path.contains("/blobs/"))
            .count(),
        1
    );
}

#[tokio::test]
async fn a_listing_that_contradicts_itself_is_refused() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    let commit = project.with(|project| project.refs["main"].parse().unwrap());
    project.with(|project| project.wrong_directory = Some("src".into()));
    let into = tempfile::tempdir().unwrap();
    let refused = gitlab
        .forge()
        .checkout(&project.id(), &commit, into.path())
        .await
        .unwrap_err();
    assert!(matches!(refused, ForgeError::Unsupported(_)), "{refused}");
    assert!(refused.to_string().contains("\"src\""), "{refused}");
}

#[tokio::test]
async fn branches_and_messages() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    let second = project.commit("fix: again");
    let forge = gitlab.forge();
    let head = |branch: &str| {
        let branch = branch.parse().unwrap();
        let (forge, id) = (&forge, project.id());
        async move { forge.branch_head(&id, &branch).await }
    };
    assert_eq!(head("main").await.unwrap(), Some(second.clone()));
    assert_eq!(head("feature/gone").await.unwrap(), None);
    let messages = forge
        .recent_messages(&project.id(), &second, 10)
        .await
        .unwrap();
    assert_eq!(messages, ["fix: again", "Begin"]);
    // A project that we may not see is not one without branches.
    let other = sentinel::ids::Repository::new(
        sentinel::ids::ForgeKind::GitLab,
        "acme/none".parse().unwrap(),
    );
    let unseen = forge
        .branch_head(&other, &"main".parse().unwrap())
        .await
        .unwrap_err();
    assert!(matches!(unseen, ForgeError::NotFound { .. }), "{unseen}");
    assert!(forge.check_access(&project.id()).await.is_ok());
}

#[tokio::test]
async fn refusals_are_sorted() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    let pipeline = red(&project);
    let run = event(&project, &pipeline);
    let denied = gitlab
        .forge_with("glpat-other")
        .failed_jobs(&run)
        .await
        .unwrap_err();
    assert!(denied.to_string().contains("read_api"), "{denied}");
    gitlab.fault("/jobs", 429, Some(("retry-after", "7")));
    let limited = gitlab.forge().failed_jobs(&run).await.unwrap_err();
    assert_eq!(
        limited.retry_after(),
        Some(Duration::from_secs(7)),
        "{limited}"
    );
    gitlab.fault("/jobs", 502, None);
    let broken = gitlab.forge().failed_jobs(&run).await.unwrap_err();
    assert!(broken.is_transient(), "{broken}");
    gitlab.fault("/jobs", 302, Some(("location", "http://169.254.169.254/")));
    let led = gitlab.forge().failed_jobs(&run).await.unwrap_err();
    assert!(matches!(led, ForgeError::Unexpected { .. }), "{led}");
    assert!(!led.to_string().contains("169.254"), "{led}");
}
