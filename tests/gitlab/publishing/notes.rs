//! The patch as a note, for a merge request that is its author's.

use super::*;
use crate::doubles::gitlab::{ME, Note};

fn red<'a>(gitlab: &'a GitLab) -> (ProjectHandle<'a>, u64) {
    let project = widget(gitlab);
    project.fork_branch("feature", "main");
    let id = project.with(|project| project.id);
    let number = project.request("feature", id);
    (project, number)
}

fn notes(project: &ProjectHandle<'_>) -> Vec<Note> {
    project.with(|project| project.notes.clone())
}

#[tokio::test]
async fn a_note_shows_the_patch_and_nothing_is_pushed() {
    let gitlab = GitLab::start();
    let (project, number) = red(&gitlab);
    let publication = fix_on(&project, "feature", Form::CheckRun);
    let change = gitlab.forge().publish(&publication).await.unwrap();
    let [note] = notes(&project).try_into().unwrap();
    assert_eq!((note.on, note.author), (number, ME));
    for part in ["```diff\n", "+pub fn one() -> u8 {", BODY] {
        assert!(note.body.contains(part), "{}", note.body);
    }
    assert!(note.body.contains(publication.head().as_str()));
    assert_eq!(
        (change.form, change.number),
        (Form::CheckRun, Some(note.id))
    );
    assert_eq!(change.commit, None);
    assert!(change.url.unwrap().ends_with(&format!("#note_{}", note.id)));
    assert!(project.own_branches().is_empty());
    let writes = gitlab.writes();
    assert_eq!(writes.len(), 1, "{writes:?}");
    // The same again writes nothing.
    let again = gitlab.forge().publish(&publication).await.unwrap();
    assert!(again.found);
    assert_eq!(gitlab.writes().len(), 1);
}

#[tokio::test]
async fn another_commit_brings_the_note_up_to_date() {
    let gitlab = GitLab::start();
    let (project, _) = red(&gitlab);
    let first = fix_on(&project, "feature", Form::CheckRun);
    let before = gitlab.forge().publish(&first).await.unwrap();
    project.file("README.md", "# Another\n");
    project.commit_on("feature", "Go on");
    let second = fix_on(&project, "feature", Form::CheckRun);
    let after = gitlab.forge().publish(&second).await.unwrap();
    assert_eq!(after.number, before.number);
    let [note] = notes(&project).try_into().unwrap();
    assert!(note.body.contains(second.head().as_str()), "{}", note.body);
    assert!(!note.body.contains(first.head().as_str()), "{}", note.body);
}

#[tokio::test]
async fn a_note_of_somebody_else_is_never_ours_whatever_it_says() {
    let gitlab = GitLab::start();
    let (project, number) = red(&gitlab);
    let publication = fix_on(&project, "feature", Form::CheckRun);
    let body = format!("<!-- sentinel: patch {} -->\nMine.", publication.head());
    let stranger = |id, author, system| Note {
        id,
        on: number,
        body: body.clone(),
        author,
        system,
        edited: false,
    };
    project.with(|project| {
        project.notes.push(stranger(1, 5, false));
        project.notes.push(stranger(2, ME, true));
        // A quotation of ours does not begin with the mark.
        project.notes.push(Note {
            body: format!("> {body}"),
            ..stranger(3, ME, false)
        });
    });
    let change = gitlab.forge().publish(&publication).await.unwrap();
    assert!(!change.found);
    let notes = notes(&project);
    assert_eq!(notes.len(), 4);
    assert!(notes[..3].iter().all(|note| note.body.ends_with("Mine.")));
}

#[tokio::test]
async fn a_note_is_found_behind_hundreds_of_others() {
    let gitlab = GitLab::start();
    let (project, number) = red(&gitlab);
    let chatter = |id| Note {
        id,
        on: number,
        body: "Nice.".into(),
        author: 5,
        system: false,
        edited: false,
    };
    project.with(|project| project.notes.extend((0..250).map(chatter)));
    let publication = fix_on(&project, "feature", Form::CheckRun);
    gitlab.forge().publish(&publication).await.unwrap();
    let again = gitlab.forge().publish(&publication).await.unwrap();
    assert!(again.found);
    assert_eq!(notes(&project).len(), 251);
}

#[tokio::test]
async fn a_merge_request_that_ended_gets_no_note() {
    let gitlab = GitLab::start();
    let (project, _) = red(&gitlab);
    project.with(|project| project.merge_requests[0].state = "merged".into());
    let publication = fix_on(&project, "feature", Form::CheckRun);
    let error = gitlab.forge().publish(&publication).await.unwrap_err();
    assert!(matches!(error, ForgeError::Conflict { .. }), "{error}");
    assert!(error.to_string().contains("feature"), "{error}");
    assert!(notes(&project).is_empty());
}

#[tokio::test]
async fn a_patch_that_cannot_be_shown_honestly_is_not_shown() {
    let gitlab = GitLab::start();
    let (project, _) = red(&gitlab);
    let secret = format!("token = \"ghp_{}\"\n", "a1B2".repeat(9));
    project.file("config.txt", format!("{secret}x  =  1\n"));
    project.commit_on("feature", "Configure");
    let fixed = format!("{secret}x = 1\n");
    let wanted = Wanted {
        project: &project,
        target: "feature",
        form: Form::CheckRun,
        edits: &[("config.txt", Some(&fixed))],
        body: BODY,
    };
    gitlab.forge().publish(&wanted.authorised()).await.unwrap();
    let [note] = notes(&project).try_into().unwrap();
    assert!(note.body.contains("looks like a secret"), "{}", note.body);
    assert!(!note.body.contains("ghp_"), "{}", note.body);
}
