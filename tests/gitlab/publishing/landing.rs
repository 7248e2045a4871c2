//! A commit on a merge request's own branch, because a person asked for it.

use super::*;
use crate::doubles::github::Fault;

/// A merge request from `feature`, one commit ahead of `main`.
fn red(gitlab: &GitLab) -> (ProjectHandle<'_>, u64) {
    let project = widget(gitlab);
    project.fork_branch("feature", "main");
    project.file("README.md", "# Another\n");
    project.commit_on("feature", "Work");
    let id = project.with(|project| project.id);
    let number = project.request("feature", id);
    (project, number)
}

fn commit(project: &ProjectHandle<'_>) -> Publication {
    fix_on(project, "feature", Form::Commit)
}

fn head(project: &ProjectHandle<'_>) -> String {
    project.with(|project| project.refs["feature"].clone())
}

#[tokio::test]
async fn the_patch_lands_on_the_branch_it_was_made_for() {
    let gitlab = GitLab::start();
    let (project, _) = red(&gitlab);
    let publication = commit(&project);
    let change = gitlab.forge().publish(&publication).await.unwrap();
    assert_eq!((change.form, change.found), (Form::Commit, false));
    assert_eq!(change.commit.unwrap().as_str(), head(&project));
    let fixed = project.read("feature", "src/lib.rs").unwrap();
    assert_eq!(fixed, FORMATTED.as_bytes());
    assert!(project.own_branches().is_empty());
    let [write] = gitlab.writes().try_into().unwrap();
    let action = &write.body["actions"][0];
    assert!(action["last_commit_id"].is_string(), "{action}");
    assert_eq!(write.body.get("start_sha"), None);
    // The same again finds it.
    let again = gitlab.forge().publish(&publication).await.unwrap();
    assert!(again.found);
    assert_eq!(gitlab.writes().len(), 1);
}

#[tokio::test]
async fn a_branch_that_moved_is_left_alone() {
    let gitlab = GitLab::start();
    let (project, _) = red(&gitlab);
    let publication = commit(&project);
    project.file("NEWS.md", "1\n");
    project.commit_on("feature", "Go on");
    let before = head(&project);
    let error = gitlab.forge().publish(&publication).await.unwrap_err();
    assert!(matches!(error, ForgeError::Moved { .. }), "{error}");
    project.with(|project| project.refs.remove("feature"));
    let error = gitlab.forge().publish(&publication).await.unwrap_err();
    assert!(matches!(error, ForgeError::Moved { .. }), "{error}");
    assert!(gitlab.writes().is_empty());
    assert!(!before.is_empty());
}

/// Between the look at the branch and the commit, somebody pushes.
#[tokio::test]
async fn a_file_that_changed_at_the_last_moment_is_refused_by_gitlab() {
    let gitlab = GitLab::start();
    let (project, _) = red(&gitlab);
    let publication = commit(&project);
    let (mut held, fault) =
        crate::doubles::github::Held::new(crate::doubles::github::Effect::OnRelease);
    gitlab.trouble(COMMIT, 0, fault);
    let forge = gitlab.forge();
    let landing = forge.publish(&publication);
    let push = async {
        held.arrived().await;
        project.file("src/lib.rs", "//! Theirs.\n");
        project.commit_on("feature", "Theirs");
        held.release();
    };
    let (landed, ()) = tokio::join!(landing, push);
    let error = landed.unwrap_err();
    assert!(matches!(error, ForgeError::Moved { .. }), "{error}");
    let theirs = project.read("feature", "src/lib.rs").unwrap();
    assert_eq!(theirs, b"//! Theirs.\n");
}

#[tokio::test]
async fn nothing_is_pushed_to_a_member_of_a_merge_train() {
    let gitlab = GitLab::start();
    let (project, number) = red(&gitlab);
    project.with(|project| project.train.push(number));
    let error = gitlab.forge().publish(&commit(&project)).await.unwrap_err();
    assert!(matches!(error, ForgeError::Conflict { .. }), "{error}");
    assert!(error.to_string().contains("merge train"), "{error}");
    assert!(gitlab.writes().is_empty());
}

#[tokio::test]
async fn a_commit_cut_off_anywhere_is_one() {
    let requests = {
        let gitlab = GitLab::start();
        let (project, _) = red(&gitlab);
        gitlab.forge().publish(&commit(&project)).await.unwrap();
        gitlab.state().recorded.len()
    };
    for at in 0..requests as u32 {
        for fault in [Fault::Reset, Fault::ResetAfter, Fault::LostAnswer] {
            let gitlab = GitLab::start();
            let (project, _) = red(&gitlab);
            let publication = commit(&project);
            gitlab.trouble("* /**", at, fault.clone());
            let error = gitlab.forge().publish(&publication).await.unwrap_err();
            assert!(error.is_transient(), "{at} {fault:?}: {error}");
            let change = gitlab.forge().publish(&publication).await.unwrap();
            assert_eq!(change.commit.unwrap().as_str(), head(&project));
            let parent = project.with(|project| {
                let id = project.refs["feature"].clone();
                project.objects.get_commit(&id).unwrap().parents.clone()
            });
            assert_eq!(parent, [publication.head().to_string()], "{at} {fault:?}");
        }
    }
}
