//! Who may do what, what they wrote, and our answers.

use sentinel::change::Notice;
use sentinel::change::talk::{Permission, Reply};

use super::*;
use crate::doubles::gitlab::Note;

const DANA: u64 = 5;

fn red(gitlab: &GitLab) -> (ProjectHandle<'_>, u64) {
    let project = widget(gitlab);
    project.fork_branch("feature", "main");
    let id = project.with(|project| project.id);
    gitlab.state().people.insert("user5".into(), DANA);
    let number = project.request("feature", id);
    (project, number)
}

#[tokio::test]
async fn a_role_is_asked_at_that_moment() {
    let gitlab = GitLab::start();
    let (project, _) = red(&gitlab);
    let (forge, id) = (gitlab.forge(), project.id());
    for (role, expected) in [
        (None, Permission::None),
        (Some(5), Permission::None),
        (Some(10), Permission::Read),
        (Some(15), Permission::Read),
        (Some(20), Permission::Triage),
        (Some(30), Permission::Write),
        (Some(40), Permission::Maintain),
        (Some(50), Permission::Admin),
    ] {
        project.with(|project| match role {
            Some(role) => project.members.insert(DANA, role),
            None => project.members.remove(&DANA),
        });
        assert_eq!(forge.permission(&id, "user5").await.unwrap(), expected);
    }
    for nobody in ["", "user6", "user5/../x", "a b"] {
        let permission = forge.permission(&id, nobody).await.unwrap();
        assert_eq!(permission, Permission::None, "{nobody:?}");
    }
}

#[tokio::test]
async fn a_note_is_read_as_it_stands_now() {
    let gitlab = GitLab::start();
    let (project, number) = red(&gitlab);
    let note = |id, author, system, edited| Note {
        id,
        on: number,
        body: "/sentinel apply".into(),
        author,
        system,
        edited,
    };
    project.with(|project| {
        project.notes.push(note(1, DANA, false, false));
        project.notes.push(note(2, DANA, false, true));
        project.notes.push(note(3, 77, false, false));
        project.notes.push(note(4, DANA, true, false));
    });
    let (forge, id) = (gitlab.forge(), project.id());
    for (at, by_person, edited) in [
        (1, true, false),
        (2, true, true),
        (3, false, false),
        (4, false, false),
    ] {
        let seen = forge.comment(&id, number, at).await.unwrap().unwrap();
        assert_eq!((seen.by_person, seen.edited), (by_person, edited), "{at}");
        assert_eq!(seen.body, "/sentinel apply");
    }
    assert_eq!(forge.comment(&id, number, 9).await.unwrap(), None);
    assert_eq!(forge.comment(&id, 999, 1).await.unwrap(), None);
}

#[tokio::test]
async fn an_answer_is_given_once() {
    let gitlab = GitLab::start();
    let (project, number) = red(&gitlab);
    let reply = Reply {
        repository: project.id(),
        change: number,
        to: "note 1".into(),
        text: "Done.\n/merge".into(),
    };
    gitlab.forge().reply(&reply).await.unwrap();
    gitlab.forge().reply(&reply).await.unwrap();
    let [note] = project
        .with(|project| project.notes.clone())
        .try_into()
        .unwrap();
    assert!(note.body.starts_with("Done."), "{}", note.body);
    let actions = project.with(|project| project.quick_actions.clone());
    assert!(actions.is_empty(), "{actions:?}");
}

#[tokio::test]
async fn merge_requests_and_branches_are_seen() {
    let gitlab = GitLab::start();
    let (project, number) = red(&gitlab);
    let (forge, id) = (gitlab.forge(), project.id());
    let seen = forge.pull(&id, number).await.unwrap().unwrap();
    assert!(seen.open && seen.here);
    assert_eq!(seen.branch.as_str(), "feature");
    assert_eq!(seen.author.as_deref(), Some("dana"));
    assert_eq!(forge.pull(&id, 9999).await.unwrap(), None);
    let theirs = project.request("feature", 999_999);
    let found = forge.pull_of_fork(&id, &seen.branch, &seen.head).await;
    assert_eq!(found.unwrap().unwrap().number, theirs);
    let main = "main".parse().unwrap();
    assert!(forge.is_protected(&id, &main).await.unwrap());
    assert!(!forge.is_protected(&id, &seen.branch).await.unwrap());
    let gone = "gone".parse().unwrap();
    assert!(forge.is_protected(&id, &gone).await.unwrap());
}

#[tokio::test]
async fn a_change_of_ours_is_closed_and_nobody_elses() {
    let gitlab = GitLab::start();
    let (project, _) = red(&gitlab);
    let publication = fix(&project);
    gitlab.forge().publish(&publication).await.unwrap();
    for _ in 0..2 {
        let forge = gitlab.forge();
        forge
            .close(&project.id(), publication.branch())
            .await
            .unwrap();
    }
    let states: Vec<String> = project.requests().into_iter().map(|r| r.state).collect();
    assert_eq!(states, ["opened", "closed"]);
    assert_eq!(gitlab.writes().len(), 3);
}

#[tokio::test]
async fn why_there_is_no_patch_is_said_until_there_is_one() {
    let gitlab = GitLab::start();
    let (project, _) = red(&gitlab);
    let publication = fix_on(&project, "feature", Form::CheckRun);
    let notice = Notice {
        repository: project.id(),
        head: publication.head().clone(),
        title: "No patch".into(),
        summary: "The network failed.".into(),
        offered: Vec::new(),
    };
    let notes = || project.with(|project| project.notes.clone());
    gitlab.forge().show(&notice).await.unwrap();
    gitlab.forge().show(&notice).await.unwrap();
    assert_eq!(notes().len(), 1);
    assert!(notes()[0].body.contains("The network failed."));
    gitlab.forge().publish(&publication).await.unwrap();
    gitlab.forge().show(&notice).await.unwrap();
    let [note] = notes().try_into().unwrap();
    assert!(note.body.contains("+pub fn one() -> u8 {"), "{}", note.body);
}

#[tokio::test]
async fn a_forks_merge_request_gets_a_note_and_nothing_is_pushed() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    project.fork_branch("theirs", "main");
    let number = project.request("theirs", 999_999);
    let form = Form::Suggestion { pull: number };
    let publication = fix_on(&project, "theirs", form);
    let change = gitlab.forge().publish(&publication).await.unwrap();
    assert_eq!((change.form, change.number), (form, Some(number)));
    let [note] = project
        .with(|project| project.notes.clone())
        .try_into()
        .unwrap();
    assert_eq!(note.on, number);
    project.with(|project| project.merge_requests[0].state = "closed".into());
    let error = gitlab.forge().publish(&publication).await.unwrap_err();
    assert!(matches!(error, ForgeError::Moved { .. }), "{error}");
    assert!(project.own_branches().is_empty());
}
