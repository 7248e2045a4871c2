//! Publishing: once, whatever happens on the way.

use std::fmt::Write as _;

use sentinel::change::{Change, ChangeState, Form};
use sentinel::forge::github::{CHECK_NAME, GitHub as Adapter};
use sentinel::forge::{Forge, ForgeError};
use serde_json::Value;

use super::{DRAFT, Wanted, branch, fix, id_of, widget};
use crate::doubles::github::{Effect, Fault, GitHub, Repository};

const MAKE_REF: &str = "POST /repos/*/*/git/refs";
const OPEN: &str = "POST /repos/*/*/pulls";

/// What every story ends with.
fn exactly_one(repository: &Repository) {
    assert_eq!(
        repository.own_branches().len(),
        1,
        "{:?}",
        repository.branches()
    );
    assert_eq!(repository.pulls().len(), 1);
}

fn nothing(repository: &Repository) {
    assert!(
        repository.own_branches().is_empty(),
        "{:?}",
        repository.branches()
    );
    assert!(repository.pulls().is_empty());
}

#[tokio::test]
async fn a_draft_pull_request_to_the_failing_branch() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let publication = fix(&repository);
    let change = github
        .forge()
        .publish(&publication)
        .await
        .expect("a change");

    exactly_one(&repository);
    let pull = &repository.pulls()[0];
    assert_eq!(
        (pull.base.as_str(), pull.head.as_str()),
        ("main", change.branch.as_str())
    );
    assert_eq!((pull.draft, pull.open), (true, true));
    assert_eq!(pull.title, publication.text().title);
    assert_eq!(pull.body, publication.text().body);
    let ours = change.branch.as_str();
    assert_eq!(
        change,
        Change {
            form: DRAFT,
            branch: publication.branch().clone(),
            number: Some(pull.number),
            url: Some(format!("{}/acme/widget/pull/{}", github.url(), pull.number)),
            commit: repository.head(ours),
            found: false,
        }
    );
    assert_eq!(
        repository.read(ours, "src/lib.rs").expect("a file"),
        b"pub fn one() -> u8 {\n    1\n}\n"
    );
    assert_eq!(repository.mode(ours, "run.sh").as_deref(), Some("100755"));
    assert_eq!(repository.message(ours), publication.text().commit_message);
    assert!(
        repository.is_verified(ours),
        "no author named, so GitHub signs"
    );
    assert_eq!(
        repository.head("main").as_ref(),
        Some(publication.head()),
        "main is untouched"
    );
    let writes: Vec<String> = github
        .writes()
        .iter()
        .map(|write| write.path.replace("/repos/acme/widget", ""))
        .collect();
    assert_eq!(
        writes,
        ["/git/trees", "/git/commits", "/git/refs", "/pulls"]
    );
}

#[tokio::test]
async fn files_made_deleted_emptied_and_large() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    repository
        .file("old.txt", "old\n")
        .file("gone/only.txt", "x\n")
        .file("emptied", "y\n");
    repository.commit("feat: more");
    let large = "0123456789abcde\n".repeat(4_000);
    let run = "#!/bin/sh\nset -eu\n";
    let wanted = Wanted {
        repository: &repository,
        target: "main",
        form: Form::PullRequest { draft: false },
        edits: &[
            ("old.txt", None),
            ("gone/only.txt", None),
            ("emptied", Some("")),
            (
                "new/dir/file.txt",
                Some("ünew \"quoted\"\r\n\ttext without end"),
            ),
            ("run.sh", Some(run)),
            ("large.txt", Some(&large)),
        ],
    };
    let publication = wanted.authorised();
    let change = github
        .forge()
        .publish(&publication)
        .await
        .expect("a change");
    assert_eq!(change.form, Form::PullRequest { draft: false });
    let ours = change.branch.as_str();
    assert_eq!(repository.read(ours, "old.txt"), None);
    assert_eq!(repository.read(ours, "emptied").expect("a file"), b"");
    assert_eq!(
        repository.read(ours, "run.sh").expect("a file"),
        run.as_bytes()
    );
    assert_eq!(repository.mode(ours, "run.sh").as_deref(), Some("100755"));
    assert_eq!(
        github.count("POST /repos/*/*/git/blobs"),
        1,
        "the empty file alone"
    );
}

#[tokio::test]
async fn what_does_not_fit_one_request_is_made_blob_by_blob() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let line = "a line of text that is long\n";
    let text = line.repeat(200);
    let longer = format!("{text}{}", "x".repeat(1_100_000));
    let wanted = Wanted {
        repository: &repository,
        target: "main",
        form: DRAFT,
        edits: &[
            ("a.txt", Some(&longer)),
            ("b.txt", Some(&longer)),
            ("c.txt", Some(&text)),
        ],
    };
    let change = github
        .forge()
        .publish(&wanted.authorised())
        .await
        .expect("a change");
    let ours = change.branch.as_str();
    for (path, content) in [("a.txt", &longer), ("b.txt", &longer), ("c.txt", &text)] {
        assert_eq!(
            repository.read(ours, path).expect("a file"),
            content.as_bytes()
        );
    }
    assert_eq!(
        github.count("POST /repos/*/*/git/blobs"),
        1,
        "the same bytes are one blob"
    );
}

#[tokio::test]
async fn publishing_again_finds_what_is_there() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let publication = fix(&repository);
    let first = github
        .forge()
        .publish(&publication)
        .await
        .expect("a change");
    github.forget_requests();
    let again = github
        .forge()
        .publish(&publication)
        .await
        .expect("the same change");
    assert_eq!(
        again,
        Change {
            found: true,
            ..first.clone()
        }
    );
    assert!(github.writes().is_empty());

    // Also when a person has answered meanwhile: it is not proposed again.
    repository.close(first.number.expect("a number"));
    let closed = github
        .forge()
        .publish(&publication)
        .await
        .expect("the same change");
    assert_eq!((closed.number, closed.found), (first.number, true));
    repository.point(first.branch.as_str(), None);
    let gone = github
        .forge()
        .publish(&publication)
        .await
        .expect("the same change");
    assert_eq!((gone.number, gone.found), (first.number, true));
    assert!(github.writes().is_empty());
    let seen = github
        .forge()
        .find_change(&repository.id(), publication.branch())
        .await;
    assert_eq!(
        seen.expect("an answer").expect("a change").state,
        ChangeState::Closed
    );
}

/// The heart of it: after every single request the connection breaks, before
/// or after the effect, and the publication is tried again.
#[tokio::test]
async fn cut_off_anywhere_and_tried_again_there_is_one_of_each() {
    let requests = {
        let github = GitHub::start().await;
        let repository = widget(&github);
        github
            .forge()
            .publish(&fix(&repository))
            .await
            .expect("a change");
        github.requests().len()
    };
    assert!(requests >= 8, "{requests} requests");
    for at in 0..requests as u32 {
        for fault in [
            Fault::Reset,
            Fault::ResetAfter,
            Fault::LostAnswer,
            Fault::Truncated,
        ] {
            let github = GitHub::start().await;
            let repository = widget(&github);
            let publication = fix(&repository);
            github.fault_after("* /**", at, 1, fault.clone());
            let error = github
                .forge()
                .publish(&publication)
                .await
                .expect_err("cut off");
            assert!(error.is_transient(), "{at} {fault:?}: {error}");
            // Another process, as after a crash: it remembers nothing.
            let change = github
                .forge()
                .publish(&publication)
                .await
                .expect("the second try");
            exactly_one(&repository);
            assert_eq!(
                change.number,
                Some(repository.pulls()[0].number),
                "{at} {fault:?}"
            );
            assert_eq!(change.commit, repository.head(change.branch.as_str()));
            assert!(github.count(OPEN) <= 2 && github.count(MAKE_REF) <= 2);
        }
    }
}

#[tokio::test]
async fn two_hosts_at_once_publish_one_change() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let publication = fix(&repository);
    let (one, two) = (github.forge(), github.forge());
    // The first is held with its ref made; the second must find and use it.
    let mut held = github.hold(MAKE_REF, Effect::First);
    let first = one.publish(&publication);
    let second = async {
        held.arrived().await;
        let change = two.publish(&publication).await;
        held.release();
        change
    };
    let (first, second) = tokio::join!(first, second);
    let (first, second) = (first.expect("a change"), second.expect("a change"));
    exactly_one(&repository);
    assert_eq!(first.number, second.number);
    assert!(first.found && !second.found);
}

#[tokio::test]
async fn a_ref_lost_in_a_race_is_looked_at() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let publication = fix(&repository);
    let (one, two) = (github.forge(), github.forge());
    let mut held = github.hold(MAKE_REF, Effect::OnRelease);
    let first = one.publish(&publication);
    let second = async {
        held.arrived().await;
        let change = two.publish(&publication).await;
        held.release();
        change
    };
    let (first, second) = tokio::join!(first, second);
    let (first, second) = (first.expect("a change"), second.expect("a change"));
    exactly_one(&repository);
    assert_eq!((first.number, first.commit), (second.number, second.commit));
}

#[tokio::test]
async fn a_branch_that_a_person_pushed_to_is_a_conflict() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let publication = fix(&repository);
    let change = github
        .forge()
        .publish(&publication)
        .await
        .expect("a change");
    repository
        .file("mine.txt", "a person's\n")
        .commit_on(change.branch.as_str(), "my turn");
    github.forget_requests();
    let error = github
        .forge()
        .publish(&publication)
        .await
        .expect_err("a person's branch");
    assert!(matches!(error, ForgeError::Conflict { .. }), "{error}");
    assert!(github.writes().is_empty());
}

#[tokio::test]
async fn a_branch_of_our_name_with_other_work_is_a_conflict() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let publication = fix(&repository);
    repository
        .file("x", "other\n")
        .commit_on(publication.branch().as_str(), "other work");
    let error = github
        .forge()
        .publish(&publication)
        .await
        .expect_err("another's branch");
    assert!(matches!(error, ForgeError::Conflict { .. }), "{error}");
    assert!(github.writes().is_empty());
}

#[tokio::test]
async fn another_tree_than_decided_upon_is_never_referenced() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let other = id_of("another tree");
    github.fault(
        "POST /repos/*/*/git/trees",
        1,
        Fault::Answer {
            status: 201,
            headers: Vec::new(),
            body: format!(r#"{{"sha":"{other}"}}"#),
        },
    );
    let error = github
        .forge()
        .publish(&fix(&repository))
        .await
        .expect_err("another tree");
    assert!(matches!(error, ForgeError::Conflict { .. }), "{error}");
    nothing(&repository);
    assert_eq!(github.count("POST /repos/*/*/git/commits"), 0);
}

#[tokio::test]
async fn a_target_that_is_gone_is_a_conflict() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let main = repository.head("main").expect("a head");
    repository.point("feature", Some(&main));
    let wanted = Wanted {
        repository: &repository,
        target: "feature",
        form: DRAFT,
        edits: &[("README.md", Some("# The widget\n"))],
    };
    let publication = wanted.authorised();
    repository.point("feature", None);
    let error = github
        .forge()
        .publish(&publication)
        .await
        .expect_err("no target");
    assert!(matches!(error, ForgeError::Conflict { .. }), "{error}");
}

#[tokio::test]
async fn where_there_are_no_drafts_nothing_is_left_behind() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    repository.configure(|repo| repo.no_drafts = true);
    let error = github
        .forge()
        .publish(&fix(&repository))
        .await
        .expect_err("no drafts");
    assert!(matches!(error, ForgeError::Denied { .. }), "{error}");
    assert!(error.to_string().contains("draft"), "{error}");
    nothing(&repository);
}

#[tokio::test]
async fn a_rule_against_our_branches_is_named() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    repository.configure(|repo| repo.locked = true);
    let error = github
        .forge()
        .publish(&fix(&repository))
        .await
        .expect_err("a rule");
    assert!(matches!(error, ForgeError::Denied { .. }), "{error}");
    assert!(error.to_string().contains("Settings, Rules"), "{error}");
}

#[tokio::test]
async fn workflow_files_are_refused_with_the_permission_named() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let wanted = Wanted {
        repository: &repository,
        target: "main",
        form: DRAFT,
        edits: &[(".github/workflows/ci.yml", Some("on: push\n"))],
    };
    let publication = wanted.authorised();
    let app = github.forge();
    let person = Adapter::new(github.token()).expect("settings");
    for forge in [app, person] {
        let error = forge.publish(&publication).await.expect_err("refused");
        assert!(matches!(error, ForgeError::Denied { .. }), "{error}");
        assert!(error.to_string().contains("`workflows: write`"), "{error}");
    }
    nothing(&repository);
}

#[tokio::test]
async fn a_missing_write_permission_is_named_and_nothing_is_left() {
    for permission in ["contents", "pull_requests"] {
        let github = GitHub::start().await;
        let repository = widget(&github);
        github.grant(permission, Some("read"));
        let error = github
            .forge()
            .publish(&fix(&repository))
            .await
            .expect_err("refused");
        assert!(matches!(error, ForgeError::Denied { .. }), "{error}");
        assert!(
            error
                .to_string()
                .contains(&format!("`{permission}: write`")),
            "{error}"
        );
        assert!(repository.pulls().is_empty());
    }
}

fn check_of(repository: &Repository) -> sentinel::change::Publication {
    let wanted = Wanted {
        repository,
        target: "main",
        form: Form::CheckRun,
        edits: &[
            ("src/lib.rs", Some("pub fn one() -> u8 {\n    1\n}\n")),
            ("new.txt", Some("new\n")),
        ],
    };
    wanted.authorised()
}

#[tokio::test]
async fn a_check_run_shows_the_patch_and_touches_nothing() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let publication = check_of(&repository);
    let change = github
        .forge()
        .publish(&publication)
        .await
        .expect("a check run");
    let checks = repository.checks();
    assert_eq!(checks.len(), 1);
    let check = &checks[0];
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    assert_eq!(text(&check["name"]), CHECK_NAME);
    assert_eq!(text(&check["head_sha"]), publication.head().as_str());
    assert_eq!(text(&check["conclusion"]), "neutral");
    assert_eq!(text(&check["external_id"]), publication.incident().as_str());
    assert_eq!(text(&check["output"]["summary"]), publication.text().body);
    let patch = text(&check["output"]["text"]);
    assert!(
        patch.contains("+pub fn one() -> u8 {") && patch.starts_with("```diff\n"),
        "{patch}"
    );
    let annotations = check["output"]["annotations"].as_array().expect("a list");
    assert_eq!(annotations.len(), 1, "a new file has no lines yet");
    assert_eq!(
        (&annotations[0]["path"], &annotations[0]["start_line"]),
        (&"src/lib.rs".into(), &1.into())
    );
    assert_eq!(
        (change.number, change.commit.as_ref()),
        (check["id"].as_u64(), None)
    );
    nothing(&repository);

    let again = github
        .forge()
        .publish(&publication)
        .await
        .expect("the same");
    assert_eq!(
        again,
        Change {
            found: true,
            ..change
        }
    );
    assert_eq!(repository.checks().len(), 1);
}

#[tokio::test]
async fn a_check_run_cut_off_and_tried_again_is_one() {
    for fault in [
        Fault::Reset,
        Fault::ResetAfter,
        Fault::LostAnswer,
        Fault::Truncated,
    ] {
        let github = GitHub::start().await;
        let repository = widget(&github);
        let publication = check_of(&repository);
        github.fault("POST /repos/*/*/check-runs", 1, fault);
        github
            .forge()
            .publish(&publication)
            .await
            .expect_err("cut off");
        github
            .forge()
            .publish(&publication)
            .await
            .expect("the second try");
        assert_eq!(repository.checks().len(), 1);
    }
}

#[tokio::test]
async fn a_check_run_of_another_incident_is_not_ours() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let publication = check_of(&repository);
    github
        .forge()
        .publish(&publication)
        .await
        .expect("a check run");
    repository.configure(|repo| repo.checks[0]["external_id"] = "i000000000000".into());
    let change = github
        .forge()
        .publish(&publication)
        .await
        .expect("a check run");
    assert!(!change.found);
    assert_eq!(repository.checks().len(), 2);
}

#[tokio::test]
async fn a_person_cannot_make_check_runs_and_is_told_so() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let person = Adapter::new(github.token()).expect("settings");
    let error = person
        .publish(&check_of(&repository))
        .await
        .expect_err("refused");
    assert!(error.to_string().contains("GitHub App"), "{error}");
    person
        .publish(&fix(&repository))
        .await
        .expect("a pull request is fine");
    exactly_one(&repository);
}

#[tokio::test]
async fn a_patch_with_more_than_fits_a_check_run_is_bounded() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let (mut before, mut after) = (String::new(), String::new());
    for at in 0..2_000 {
        let _ = writeln!(before, "same {at}\nold {at} {}", "x".repeat(40));
        let _ = writeln!(after, "same {at}\nnew {at} {}", "y".repeat(40));
    }
    repository.file("long.txt", &before).commit("feat: long");
    let wanted = Wanted {
        repository: &repository,
        target: "main",
        form: Form::CheckRun,
        edits: &[("long.txt", Some(&after))],
    };
    github
        .forge()
        .publish(&wanted.authorised())
        .await
        .expect("within GitHub's limits");
    let output = repository.checks()[0]["output"].clone();
    assert_eq!(output["annotations"].as_array().expect("a list").len(), 50);
    assert!(
        output["text"]
            .as_str()
            .expect("text")
            .contains("sentinel task show")
    );
}

#[tokio::test]
async fn a_pull_request_of_a_fork_with_our_branchs_name_is_not_ours() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let publication = fix(&repository);
    let body = format!(
        r#"[{{"number":9,"state":"open","html_url":"x","head":{{"ref":"{}","sha":"{}","repo":{{"full_name":"stranger/widget"}}}}}}]"#,
        publication.branch(),
        publication.head()
    );
    let fault = Fault::Answer {
        status: 200,
        headers: Vec::new(),
        body,
    };
    github.fault("GET /repos/*/*/pulls", 1, fault);
    let seen = github
        .forge()
        .find_change(&repository.id(), &branch(publication.branch().as_str()))
        .await;
    assert_eq!(seen.expect("an answer"), None);
}
