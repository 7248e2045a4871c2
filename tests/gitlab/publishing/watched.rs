//! A merge request that is there: how it stands, what its pipelines say, what
//! is done to it, and jobs run again.

use sentinel::change::{ChangeEdit, CheckState, Remark};
use sentinel::forge::Ci as _;
use sentinel::ids::{RunKey, Source};

use super::*;
use crate::doubles::gitlab::Pipeline;

fn key(project: &ProjectHandle<'_>, pipeline: &Pipeline) -> RunKey {
    let jobs = pipeline.jobs.iter();
    RunKey {
        repository: project.id(),
        source: Source::Forge,
        run: pipeline.id,
        attempt: jobs.map(|job| job.id).max().unwrap(),
    }
}

#[tokio::test]
async fn a_change_is_seen_as_it_stands() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    let publication = fix(&project);
    let change = gitlab.forge().publish(&publication).await.unwrap();
    let (forge, id) = (gitlab.forge(), project.id());
    let open = forge.standing(&id, &change).await.unwrap();
    assert_eq!((open.state, open.draft), (ChangeState::Open, true));
    assert_eq!((open.head, open.landed), (change.commit.clone(), None));
    assert_eq!(open.applies, Some(true));
    project.with(|project| {
        project.merge_requests[0].state = "merged".into();
        project.refs.remove(change.branch.as_str());
    });
    let merged = forge.standing(&id, &change).await.unwrap();
    assert_eq!((merged.state, merged.head), (ChangeState::Merged, None));
    assert!(merged.landed.is_some());
    // A number alone is no proof that it is ours.
    let theirs = Change {
        number: Some(project.request("main", 999_999)),
        ..change
    };
    let error = forge.standing(&id, &theirs).await.unwrap_err();
    assert!(matches!(error, ForgeError::Conflict { .. }), "{error}");
}

#[tokio::test]
async fn a_draft_becomes_ready_and_a_change_is_closed_with_a_remark_each_once() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    let publication = fix(&project);
    let change = gitlab.forge().publish(&publication).await.unwrap();
    let id = project.id();
    let title = || project.requests()[0].title.clone();
    let before = title();
    for _ in 0..2 {
        let remark = Remark {
            key: "green".into(),
            text: "Its pipeline passed.".into(),
        };
        let edit = ChangeEdit::ReadyForReview { remark };
        gitlab
            .forge()
            .set_change(&id, &change, &edit)
            .await
            .unwrap();
        assert_eq!(format!("Draft: {}", title()), before);
    }
    let remark = Remark {
        key: "overtaken".into(),
        text: "The branch passed.\n/close".into(),
    };
    let edit = ChangeEdit::Close { remark };
    for _ in 0..2 {
        gitlab
            .forge()
            .set_change(&id, &change, &edit)
            .await
            .unwrap();
    }
    assert_eq!(project.requests()[0].state, "closed");
    let notes = project.with(|project| project.notes.clone());
    let said: Vec<&str> = notes
        .iter()
        .filter_map(|note| note.body.lines().next())
        .collect();
    assert_eq!(said, ["Its pipeline passed.", "The branch passed."]);
    let actions = project.with(|project| project.quick_actions.clone());
    assert!(actions.is_empty(), "{actions:?}");
    // The commit and its request, two remarks, ready, the end.
    assert_eq!(gitlab.writes().len(), 6, "{:?}", gitlab.writes());
}

#[tokio::test]
async fn pipelines_of_a_commit_say_what_ran_and_statuses_prove_nothing() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    let mut pipeline = project.failed_pipeline();
    let mut passed = project.job("fmt", "", "ok\n");
    passed.status = "success".into();
    let mut allowed = project.job("canary", "script_failure", "x\n");
    allowed.allow_failure = true;
    pipeline.jobs = vec![
        passed,
        allowed,
        project.job("test", "script_failure", "x\n"),
    ];
    project.ran(&pipeline);
    let status = serde_json::json!({"id": 1, "name": "fmt", "status": "success"});
    project.with(|project| project.statuses.push(status));
    let commit = pipeline.commit.parse().unwrap();
    let state = gitlab
        .forge()
        .ci_state(&project.id(), &commit)
        .await
        .unwrap();
    let told = state.checks.iter().map(|check| {
        let workflow = check.workflow.as_deref();
        (
            check.name.as_str(),
            workflow,
            check.state,
            check.run.is_some(),
        )
    });
    let told: Vec<_> = told.collect();
    let pipeline_s = Some("pipeline");
    for expected in [
        ("fmt", pipeline_s, CheckState::Passed, true),
        ("canary", pipeline_s, CheckState::Skipped, true),
        ("test", pipeline_s, CheckState::Failed, true),
        ("fmt", None, CheckState::Passed, false),
    ] {
        assert!(told.contains(&expected), "{expected:?}: {told:#?}");
    }
    assert_eq!(told.len(), 4);
    // While it runs, none of its jobs counts.
    pipeline.status = "running".into();
    project.ran(&pipeline);
    let state = gitlab
        .forge()
        .ci_state(&project.id(), &commit)
        .await
        .unwrap();
    let waiting = |check: &&sentinel::change::Check| check.state == CheckState::Waiting;
    assert_eq!(state.checks.iter().filter(waiting).count(), 1);
}

#[tokio::test]
async fn failed_jobs_run_again_once() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    let mut pipeline = project.failed_pipeline();
    pipeline.jobs = vec![project.job("fmt", "runner_system_failure", "x\n")];
    project.ran(&pipeline);
    let run = key(&project, &pipeline);
    let before = gitlab.forge().run_now(&run).await.unwrap();
    assert_eq!(
        (before.attempt, before.state),
        (run.attempt, CheckState::Failed)
    );
    assert_eq!(before.trigger, "push");
    assert_eq!(before.definition.as_deref(), Some(".gitlab-ci.yml"));
    let again = gitlab.forge().rerun(&run).await.unwrap();
    assert!(again > run.attempt);
    // A try whose answer was lost finds what it began.
    assert_eq!(gitlab.forge().rerun(&run).await.unwrap(), again);
    assert_eq!(gitlab.writes().len(), 1);
    let now = gitlab.forge().run_now(&run).await.unwrap();
    assert_eq!((now.attempt, now.state), (again, CheckState::Waiting));
}
