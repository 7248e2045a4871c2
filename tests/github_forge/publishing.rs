//! Publishing: once, whatever happens on the way.

mod checks;
mod interrupted;
mod landing;
mod refused;

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
        [
            "/git/trees".to_owned(),
            "/git/commits".into(),
            "/git/refs".into(),
            "/pulls".into(),
            format!("/issues/{}/labels", pull.number),
        ]
    );
    assert_eq!(pull.labels, [sentinel::change::LABEL]);
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
