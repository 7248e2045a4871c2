//! Runs, jobs, branches, commits and pull requests, read.

use sentinel::change::ChangeState;
use sentinel::event::{Conclusion, Trigger};
use sentinel::forge::{Ci as _, Forge, ForgeError, MAX_JOBS};
use sentinel::time::Timestamp;

use super::{branch, fix, widget};
use crate::doubles::github::{Fault, GitHub};

#[tokio::test]
async fn the_failed_jobs_of_the_attempt_with_their_failed_steps() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let run = repository
        .failed_run("main")
        .attempt(2)
        .passed_job("build")
        .job("lint", "bad\n")
        .any_job("slow", "timed_out", &[("Set up job", "success")], "…\n")
        .any_job("stopped", "cancelled", &[], "")
        .any_job("left out", "skipped", &[], "")
        .finish();
    let jobs = github
        .forge()
        .failed_jobs(&github.event(&run))
        .await
        .expect("jobs");
    let names: Vec<&str> = jobs.iter().map(|job| job.name.as_str()).collect();
    assert_eq!(names, ["lint", "slow"]);
    assert_eq!(jobs[0].failed_steps, ["Run lint"]);
    assert!(jobs[1].failed_steps.is_empty());
    let path = format!("/repos/acme/widget/actions/runs/{}/attempts/2/jobs", run.id);
    assert!(github.requests().iter().any(|request| request.path == path));
}

#[tokio::test]
async fn jobs_are_read_page_by_page_and_not_for_ever() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let mut run = repository.failed_run("main");
    for at in 0..230 {
        run = match at % 3 {
            0 => run.job(&format!("matrix {at}"), "bad\n"),
            _ => run.passed_job(&format!("matrix {at}")),
        };
    }
    let run = run.finish();
    let jobs = github
        .forge()
        .failed_jobs(&github.event(&run))
        .await
        .expect("jobs");
    assert_eq!(jobs.len(), MAX_JOBS);
    assert_eq!(
        github.count("GET /repos/*/*/actions/runs/*/attempts/*/jobs"),
        3
    );
}

#[tokio::test]
async fn a_run_that_never_started_has_no_jobs() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let run = repository
        .failed_run("main")
        .conclusion("startup_failure")
        .finish();
    let event = github.event(&run);
    assert_eq!(event.conclusion, Conclusion::StartupFailure);
    assert!(
        github
            .forge()
            .failed_jobs(&event)
            .await
            .expect("jobs")
            .is_empty()
    );
}

#[tokio::test]
async fn a_run_that_is_gone_is_not_found() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let run = repository.failed_run("main").finish();
    let mut event = github.event(&run);
    event.run.run += 1;
    let error = github.forge().failed_jobs(&event).await.expect_err("gone");
    assert!(matches!(error, ForgeError::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn polling_finds_what_the_webhook_would_have_said() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let old = repository
        .failed_run("main")
        .created_at("2026-01-01T00:00:00Z")
        .finish();
    let red = repository.failed_run("main").job("lint", "bad\n").finish();
    repository.failed_run("main").conclusion("success").finish();
    repository
        .failed_run("main")
        .conclusion("cancelled")
        .finish();
    let pull = repository
        .failed_run("main")
        .pull_request(7)
        .conclusion("timed_out")
        .finish();
    let fork = repository
        .failed_run("main")
        .forked_from("stranger/widget")
        .finish();
    repository.commit_on("sentinel/i000000000000-abcdef", "ours");
    repository
        .failed_run("sentinel/i000000000000-abcdef")
        .finish();

    let since = Timestamp(jiff::Timestamp::now().as_millisecond() - 60_000);
    let ended = github
        .forge()
        .ended_runs(&repository.id(), since)
        .await
        .expect("runs");
    let mut runs = ended.failed;
    runs.reverse();
    let mut expected = [&red, &pull, &fork].map(|run| github.event(run));
    // A payload names the installation and the default branch, a list does not.
    for event in &mut expected {
        event.installation = None;
        let pull = matches!(event.trigger, Trigger::PullRequest { number: Some(_) });
        event.base = event.base.take().filter(|_| pull);
    }
    assert_eq!(ended.passed.len(), 1, "the green one is told as well");
    assert_eq!(runs, expected);
    assert_eq!(runs[1].trigger, Trigger::PullRequest { number: Some(7) });
    assert!(runs[2].fork);
    assert!(!runs.iter().any(|run| run.run.run == old.id));
}

#[tokio::test]
async fn polling_survives_a_run_that_makes_no_sense() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    repository.failed_run("main").finish();
    repository.configure(|repo| {
        repo.runs[0].branch = "not..a branch".into();
    });
    let red = repository.failed_run("main").finish();
    for _ in 0..150 {
        repository.failed_run("main").conclusion("success").finish();
    }
    let runs = github
        .forge()
        .ended_runs(&repository.id(), Timestamp(0))
        .await
        .expect("runs");
    assert_eq!((runs.failed.len(), runs.passed.len()), (1, 150));
    assert_eq!(runs.failed[0].run.run, red.id);
    assert_eq!(github.count("GET /repos/*/*/actions/runs"), 2);
}

#[tokio::test]
async fn what_the_api_leaves_out_or_nulls_is_no_reason_to_miss_a_run() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let run = repository.failed_run("main").finish();
    let body: serde_json::Value = serde_json::from_slice(&github.webhook(&run).body).expect("JSON");
    let mut bare = body["workflow_run"].clone();
    bare["pull_requests"] = serde_json::Value::Null;
    bare["name"] = serde_json::Value::Null;
    let bare = bare.as_object_mut().expect("an object");
    for name in ["run_attempt", "actor", "triggering_actor"] {
        bare.remove(name);
    }
    let body = serde_json::json!({"total_count": 1, "workflow_runs": [bare]}).to_string();
    let fault = Fault::Answer {
        status: 200,
        headers: Vec::new(),
        body,
    };
    github.fault("GET /repos/*/*/actions/runs", 1, fault);
    let runs = github
        .forge()
        .ended_runs(&repository.id(), Timestamp(0))
        .await
        .expect("runs");
    assert_eq!(runs.failed[0].run, github.event(&run).run);
}

#[tokio::test]
async fn a_branch_is_found_whatever_its_name() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let main = repository.head("main").expect("a head");
    let forge = github.forge();
    for name in ["release/1.x", "a+b", "50%", "ümlaut", "what#now", "q&a=b"] {
        repository.point(name, Some(&main));
        let head = forge
            .branch_head(&repository.id(), &branch(name))
            .await
            .expect("an answer");
        assert_eq!(head, Some(main.clone()), "{name}");
    }
    let gone = forge
        .branch_head(&repository.id(), &branch("release"))
        .await;
    assert_eq!(gone.expect("an answer"), None, "a prefix is no branch");
    let empty = github.repository("acme/empty");
    let head = forge.branch_head(&empty.id(), &branch("main")).await;
    assert_eq!(head.expect("an answer"), None);
}

#[tokio::test]
async fn the_newest_messages_first() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    for at in 0..5 {
        repository
            .file("count", format!("{at}"))
            .commit(&format!("fix: number {at}"));
    }
    let head = repository.head("main").expect("a head");
    let forge = github.forge();
    let messages = forge
        .recent_messages(&repository.id(), &head, 3)
        .await
        .expect("messages");
    assert_eq!(
        messages,
        ["fix: number 4", "fix: number 3", "fix: number 2"]
    );
    let none = forge
        .recent_messages(&repository.id(), &head, 0)
        .await
        .expect("messages");
    assert!(none.is_empty());
}

#[tokio::test]
async fn what_people_did_with_a_change() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let forge = github.forge();
    let publication = fix(&repository);
    let (id, ours) = (repository.id(), publication.branch());
    let seen = async || forge.find_change(&id, ours).await.expect("an answer");

    assert_eq!(seen().await, None);
    let change = forge.publish(&publication).await.expect("a change");
    let number = change.number.expect("a number");
    let open = seen().await.expect("a change");
    assert_eq!((open.state, open.ignored), (ChangeState::Open, false));
    assert_eq!((open.number, open.url), (Some(number), change.url));

    repository.label(number, "Sentinel:Ignore");
    repository.close(number);
    let closed = seen().await.expect("a change");
    assert_eq!((closed.state, closed.ignored), (ChangeState::Closed, true));

    repository.merge(number);
    assert_eq!(seen().await.expect("a change").state, ChangeState::Merged);
    // Merged, its branch deleted, as people do.
    repository.point(ours.as_str(), None);
    assert_eq!(seen().await.expect("a change").state, ChangeState::Merged);
}
