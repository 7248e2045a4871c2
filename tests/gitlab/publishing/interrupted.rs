//! Publications that are cut off, and hosts that race.

use super::*;
use crate::doubles::github::{Effect, Fault, Held};

/// After every single request the connection breaks, before or after the
/// effect, and the publication is tried again by a process that remembers
/// nothing.
async fn cut_off_anywhere(form: Form, least: usize, ends: impl Fn(&ProjectHandle<'_>)) {
    let set = |gitlab: &GitLab| {
        let project = widget(gitlab);
        project.fork_branch("feature", "main");
        let (id, path) = (project.with(|project| project.id), project.path.clone());
        let target = match form {
            Form::CheckRun => {
                project.request("feature", id);
                "feature"
            }
            Form::PullRequest { .. } | Form::Commit | Form::Suggestion { .. } => "main",
        };
        (path, fix_on(&project, target, form))
    };
    let requests = {
        let gitlab = GitLab::start();
        let (_, publication) = set(&gitlab);
        gitlab.forge().publish(&publication).await.unwrap();
        gitlab.state().recorded.len()
    };
    assert!(requests >= least, "{requests} requests");
    for at in 0..requests as u32 {
        for fault in [
            Fault::Reset,
            Fault::ResetAfter,
            Fault::LostAnswer,
            Fault::Truncated,
        ] {
            let gitlab = GitLab::start();
            let (path, publication) = set(&gitlab);
            gitlab.trouble("* /**", at, fault.clone());
            let error = gitlab.forge().publish(&publication).await.unwrap_err();
            assert!(error.is_transient(), "{at} {fault:?}: {error}");
            let change = gitlab.forge().publish(&publication).await.unwrap();
            let project = gitlab.project(&path);
            ends(&project);
            assert!(change.number.is_some(), "{at} {fault:?}");
        }
    }
}

#[tokio::test]
async fn a_merge_request_cut_off_anywhere_is_one() {
    cut_off_anywhere(DRAFT, 5, |project| {
        exactly_one(project);
        let ours = &project.own_branches()[0];
        let fixed = project.read(ours, "src/lib.rs").unwrap();
        assert_eq!(fixed, FORMATTED.as_bytes());
    })
    .await;
}

#[tokio::test]
async fn a_note_cut_off_anywhere_is_one() {
    cut_off_anywhere(Form::CheckRun, 4, |project| {
        assert_eq!(project.with(|project| project.notes.len()), 1);
        assert!(project.own_branches().is_empty());
    })
    .await;
}

/// Of two hosts one makes the branch, and one opens the merge request.
#[tokio::test]
async fn two_hosts_at_once_publish_one_change() {
    for route in [COMMIT, OPEN] {
        for effect in [Effect::First, Effect::OnRelease] {
            let gitlab = GitLab::start();
            let project = widget(&gitlab);
            let publication = fix(&project);
            let (mut held, fault) = Held::new(effect);
            gitlab.trouble(route, 0, fault);
            let (one, two) = (gitlab.forge(), gitlab.forge());
            let first = one.publish(&publication);
            let second = async {
                held.arrived().await;
                let change = two.publish(&publication).await;
                held.release();
                change
            };
            let (first, second) = tokio::join!(first, second);
            let (first, second) = (first.unwrap(), second.unwrap());
            exactly_one(&project);
            assert_eq!((first.number, first.commit), (second.number, second.commit));
        }
    }
}
