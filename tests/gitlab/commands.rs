//! What people say on GitLab, from the hook to what becomes of it.

use sentinel::change::Form;
use sentinel::task::{TaskKind, TaskState};
use serde_json::json;

use super::landing::red_request;
use super::{events, red, send, tell, widget, world};
use crate::doubles::gitlab::{GitLab, Hook, ME, Note, ProjectHandle};
use crate::world::{FORMATTED, World};

/// Somebody, and roles they may have.
const DANA: u64 = 5;
const REPORTER: u32 = 20;
const DEVELOPER: u32 = 30;

/// Dana comments on a merge request, and the hook tells of it.
async fn says(world: &World, project: &ProjectHandle<'_>, on: u64, text: &str) {
    let id = project.with(|project| {
        let id = 9_000 + project.notes.len() as u64;
        project.notes.push(Note {
            id,
            on,
            body: text.to_owned(),
            author: DANA,
            system: false,
            edited: false,
        });
        id
    });
    let mut body = events::note();
    body["user"]["username"] = json!("user5");
    body["object_attributes"]["id"] = json!(id);
    body["object_attributes"]["note"] = json!(text);
    body["merge_request"]["iid"] = json!(on);
    let hook = Hook::with_token("Note Hook", &format!("n{id}"), &body);
    let (status, text) = send(world, &hook).await;
    assert_eq!(status, 202, "{text}");
    world.settle().await;
}

fn is_a(gitlab: &GitLab, project: &ProjectHandle<'_>, role: u32) {
    gitlab.state().people.insert("user5".into(), DANA);
    project.with(|project| project.members.insert(DANA, role));
}

/// What we wrote on a merge request, oldest first.
fn ours(project: &ProjectHandle<'_>, on: u64) -> Vec<String> {
    let notes = project.with(|project| project.notes.clone());
    let ours = notes.into_iter().filter(|note| note.author == ME);
    ours.filter(|note| note.on == on)
        .map(|note| note.body)
        .collect()
}

fn head(project: &ProjectHandle<'_>, branch: &str) -> String {
    project.with(|project| project.refs[branch].clone())
}

/// A merge request of somebody's, red, whose patch is offered in a note.
async fn offered(world: &World, gitlab: &GitLab, project: &ProjectHandle<'_>) -> u64 {
    project.fork_branch("feature", "main");
    let id = project.with(|project| project.id);
    let number = project.request("feature", id);
    tell(world, gitlab, project, &red_request(project, number, id)).await;
    world.repair_is(TaskState::Offered).await;
    number
}

#[tokio::test(flavor = "multi_thread")]
async fn apply_lands_the_offered_patch_as_one_commit() {
    let gitlab = GitLab::start();
    let (world, _place) = world(&gitlab).await;
    let project = widget(&gitlab);
    is_a(&gitlab, &project, REPORTER);
    let number = offered(&world, &gitlab, &project).await;
    let before = head(&project, "feature");
    let tree = world.repair().await.record.result_tree.expect("a patch");

    says(&world, &project, number, "/sentinel apply").await;
    world.repair_is(TaskState::Offered).await;
    assert_eq!(
        head(&project, "feature"),
        before,
        "who may not write lands nothing"
    );
    let [_, refused] = ours(&project, number).try_into().expect("one answer");
    assert!(refused.contains("permission"), "{refused}");

    is_a(&gitlab, &project, DEVELOPER);
    says(&world, &project, number, "/sentinel apply\nlooks right").await;
    let task = world.repair_is(TaskState::Published).await;
    assert_eq!(task.record.change.expect("a change").form, Form::Commit);
    let commit = project.with(|project| {
        let head = &project.refs["feature"];
        project.objects.get_commit(head).cloned().expect("a commit")
    });
    assert_eq!(
        (commit.tree, commit.parents.clone()),
        (tree.to_string(), vec![before])
    );
    let fixed = project.read("feature", "src/lib.rs").unwrap();
    assert_eq!(fixed, FORMATTED.as_bytes());
    assert!(project.own_branches().is_empty());
    let answers = ours(&project, number);
    assert_eq!(answers.len(), 3, "the note, and two answers: {answers:?}");
    assert!(answers[2].contains(&tree.as_str()[..12]), "{}", answers[2]);

    // Said again it lands nothing more.
    says(&world, &project, number, "/sentinel apply").await;
    let now = project.with(|project| {
        let head = &project.refs["feature"];
        project.objects.get_commit(head).cloned().expect("a commit")
    });
    assert_eq!(now.parents, commit.parents);
    let actions = project.with(|project| project.quick_actions.clone());
    assert_eq!(
        actions,
        Vec::<String>::new(),
        "nothing of ours is carried out"
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reject_ends_an_offered_patch_and_it_is_not_offered_again() {
    let gitlab = GitLab::start();
    let (world, _place) = world(&gitlab).await;
    let project = widget(&gitlab);
    is_a(&gitlab, &project, DEVELOPER);
    let number = offered(&world, &gitlab, &project).await;
    let before = head(&project, "feature");
    says(&world, &project, number, "/sentinel reject").await;
    world.repair_is(TaskState::Rejected).await;
    assert_eq!(head(&project, "feature"), before);
    assert_eq!(ours(&project, number).len(), 2);

    project.file("NEWS.md", "news\n");
    project.commit_on("feature", "News");
    let id = project.with(|project| project.id);
    tell(
        &world,
        &gitlab,
        &project,
        &red_request(&project, number, id),
    )
    .await;
    let tasks = world.tasks().await;
    let repairs = tasks.iter().filter(|task| task.kind == TaskKind::Repair);
    let offered = repairs.filter(|task| task.state == TaskState::Offered);
    assert_eq!(offered.count(), 0, "{tasks:#?}");
    says(&world, &project, number, "/sentinel apply").await;
    assert_ne!(head(&project, "feature"), before);
    let parents = project.with(|project| {
        let head = &project.refs["feature"];
        project.objects.get_commit(head).unwrap().message.clone()
    });
    assert_eq!(parents, "News", "what was rejected is not landed");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reject_closes_a_merge_request_of_ours() {
    let gitlab = GitLab::start();
    let (world, _place) = world(&gitlab).await;
    let project = widget(&gitlab);
    is_a(&gitlab, &project, DEVELOPER);
    tell(&world, &gitlab, &project, &red(&project)).await;
    world.repair_is(TaskState::Published).await;
    let [request] = project.requests().try_into().expect("one merge request");
    says(&world, &project, request.iid, "/sentinel reject").await;
    let [closed] = project.requests().try_into().expect("one merge request");
    assert_eq!(closed.state, "closed");
    let answers = ours(&project, request.iid);
    assert!(!answers.is_empty(), "it is answered");

    project.file("NEWS.md", "news\n");
    project.commit("News");
    tell(&world, &gitlab, &project, &red(&project)).await;
    assert_eq!(project.requests().len(), 1, "not again for this failure");
    world.end().await;
}
