//! Stories from a red pipeline on GitLab to what people get.

use sentinel::change::IGNORE_LABEL;
use sentinel::task::{TaskKind, TaskState};

use super::{TRACE, red, tell, widget, world};
use crate::doubles::gitlab::{GitLab, Pipeline, ProjectHandle};
use crate::world::{FORMATTED, World};

/// The same cause at a new commit of `main`.
async fn fails_again(world: &World, gitlab: &GitLab, project: &ProjectHandle<'_>) {
    let news = format!("{}\n", project.with(|project| project.pipelines.len()));
    project.file("NEWS.md", news);
    project.commit("News");
    tell(world, gitlab, project, &red(project)).await;
}

/// A red pipeline of a merge request.
pub fn red_request(project: &ProjectHandle<'_>, number: u64, source: u64) -> Pipeline {
    let mut pipeline = project.failed_pipeline();
    pipeline.branch = "feature".into();
    pipeline.commit = project.with(|project| project.refs["feature"].clone());
    pipeline.source = "merge_request_event".into();
    pipeline.merge_request = Some((number, source));
    pipeline.jobs = vec![project.job("fmt", "script_failure", &TRACE)];
    project.ran(&pipeline);
    pipeline
}

async fn newest_is_refused_with(world: &World, code: &str) {
    let ledger = world.ledger().await;
    let mut newest = ledger.iter().rev();
    let refused = newest.find(|entry| entry.kind == "task.decided").unwrap();
    assert!(refused.body.contains(code), "{}", refused.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_red_branch_becomes_a_merge_request() {
    let gitlab = GitLab::start();
    let (world, _place) = world(&gitlab).await;
    let project = widget(&gitlab);
    tell(&world, &gitlab, &project, &red(&project)).await;
    let task = world.repair_is(TaskState::Published).await;
    let [request] = project.requests().try_into().expect("one merge request");
    assert_eq!(request.title, "Draft: Format src/lib.rs with rustfmt");
    assert_eq!(request.target, "main");
    assert!(
        request
            .description
            .contains("Diff in /builds/acme/tools/widget")
    );
    let fixed = project.read(&request.source, "src/lib.rs").unwrap();
    assert_eq!(fixed, FORMATTED.as_bytes());
    let change = task.record.change.unwrap();
    assert_eq!(change.number, Some(request.iid));
    assert_eq!(
        world.kinds().await,
        [
            "delivery.accepted",
            "run.fetched",
            "task.run",
            "task.queued",
            "run.analyzed",
            "task.run",
            "task.proposed",
            "change.intended",
            "change.published",
        ]
    );
    let actions = project.with(|project| project.quick_actions.clone());
    assert!(actions.is_empty(), "{actions:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_merge_request_is_not_doubled_and_a_closed_one_not_repeated() {
    let gitlab = GitLab::start();
    let (world, _place) = world(&gitlab).await;
    let project = widget(&gitlab);
    tell(&world, &gitlab, &project, &red(&project)).await;
    fails_again(&world, &gitlab, &project).await;
    newest_is_refused_with(&world, "SNTL_OPEN_CHANGE").await;
    project.with(|project| project.merge_requests[0].state = "closed".into());
    fails_again(&world, &gitlab, &project).await;
    newest_is_refused_with(&world, "SNTL_CLOSED_BY_PERSON").await;
    project.with(|project| project.merge_requests[0].labels.push(IGNORE_LABEL.into()));
    fails_again(&world, &gitlab, &project).await;
    newest_is_refused_with(&world, "SNTL_IGNORED").await;
    assert_eq!(project.requests().len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_red_merge_request_gets_one_note_that_is_kept_up_to_date() {
    let gitlab = GitLab::start();
    let (world, _place) = world(&gitlab).await;
    let project = widget(&gitlab);
    project.fork_branch("feature", "main");
    let id = project.with(|project| project.id);
    let number = project.request("feature", id);
    for news in ["1\n", "2\n"] {
        project.file("NEWS.md", news);
        project.commit_on("feature", "News");
        let pipeline = red_request(&project, number, id);
        tell(&world, &gitlab, &project, &pipeline).await;
    }
    let tasks = world.tasks().await;
    let repairs = tasks.iter().filter(|task| task.kind == TaskKind::Repair);
    let states: Vec<TaskState> = repairs.map(|task| task.state).collect();
    assert_eq!(states.len(), 2, "{states:?}");
    assert!(states.contains(&TaskState::Offered), "{states:?}");
    let notes = project.with(|project| project.notes.clone());
    let [note] = notes.try_into().expect("one note");
    assert_eq!(note.on, number);
    assert!(note.body.contains("+pub fn one() -> u8 {"), "{}", note.body);
    let head = project.with(|project| project.refs["feature"].clone());
    assert!(note.body.contains(&head), "{}", note.body);
    assert!(project.own_branches().is_empty());
    let methods: Vec<String> = gitlab
        .writes()
        .into_iter()
        .map(|write| write.method)
        .collect();
    assert_eq!(methods, ["POST", "PUT"]);
    world.end().await;
}

/// Its author takes the patch, or does not: nothing of a fork's is pushed.
#[tokio::test(flavor = "multi_thread")]
async fn a_fork_gets_a_note_and_nothing_is_pushed() {
    let gitlab = GitLab::start();
    let (world, _place) = world(&gitlab).await;
    let project = widget(&gitlab);
    project.fork_branch("feature", "main");
    let number = project.request("feature", 999_999);
    let pipeline = red_request(&project, number, 999_999);
    tell(&world, &gitlab, &project, &pipeline).await;
    let notes = project.with(|project| project.notes.clone());
    let [note] = notes.try_into().expect("one note");
    assert_eq!(note.on, number);
    assert_eq!(gitlab.writes().len(), 1, "{:?}", gitlab.writes());
    assert!(project.own_branches().is_empty());
    world.end().await;
}
