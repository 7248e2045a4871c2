//! Publishing on GitLab: once, whatever happens on the way.

mod interrupted;
mod landing;
mod notes;
mod people;
mod refused;
mod watched;

use sentinel::change::{Change, ChangeState, Form, Publication};
use sentinel::forge::{Forge as _, ForgeError};
use sentinel::tree::{Entry, EntryKind, Tree};

use super::widget;
use crate::doubles::gitlab::{GitLab, ProjectHandle};
use crate::github_forge::DRAFT;
use crate::publications::{Edits, Place, allowed, patch_of};
use crate::world::FORMATTED;

const COMMIT: &str = "POST /api/v4/projects/*/repository/commits";
const OPEN: &str = "POST /api/v4/projects/*/merge_requests";

/// A publication that was allowed.
pub struct Wanted<'a> {
    pub project: &'a ProjectHandle<'a>,
    pub target: &'a str,
    pub form: Form,
    pub edits: Edits<'a>,
    pub body: &'a str,
}

impl Wanted<'_> {
    pub fn authorised(&self) -> Publication {
        let head = self
            .project
            .with(|project| project.refs[self.target].clone());
        let read = |path: &str| self.project.read(self.target, path);
        let place = Place {
            repository: self.project.id(),
            target: self.target.parse().unwrap(),
            form: self.form,
            head: head.parse().unwrap(),
        };
        allowed(
            place,
            patch_of(&self.tree(&head), &read, self.edits),
            self.body,
        )
    }

    fn tree(&self, head: &str) -> Tree {
        let flat = self.project.with(|project| project.objects.flat(head));
        let mut tree = Tree::default();
        for (path, (mode, id)) in flat.unwrap() {
            let entry = Entry {
                kind: EntryKind::from_mode(&mode).unwrap(),
                id: id.parse().unwrap(),
                size: None,
            };
            tree.insert(path, entry).unwrap();
        }
        tree
    }
}

const BODY: &str = "What failed, and why this mends it.\n";

/// The formatter's fix of [`widget`], on a branch.
fn fix_on(project: &ProjectHandle<'_>, target: &str, form: Form) -> Publication {
    let edits: Edits<'_> = &[("src/lib.rs", Some(FORMATTED))];
    let wanted = Wanted {
        project,
        target,
        form,
        edits,
        body: BODY,
    };
    wanted.authorised()
}

fn fix(project: &ProjectHandle<'_>) -> Publication {
    fix_on(project, "main", DRAFT)
}

/// What every such story ends with.
fn exactly_one(project: &ProjectHandle<'_>) {
    let own = project.own_branches();
    assert_eq!(own.len(), 1, "{own:?}");
    assert_eq!(project.requests().len(), 1, "{:?}", project.requests());
}

fn nothing(project: &ProjectHandle<'_>) {
    let own = project.own_branches();
    assert!(own.is_empty(), "{own:?}");
    assert!(project.requests().is_empty(), "{:?}", project.requests());
}

#[tokio::test]
async fn a_draft_merge_request_to_the_failing_branch() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    let publication = fix(&project);
    let change = gitlab.forge().publish(&publication).await.unwrap();
    exactly_one(&project);
    let request = &project.requests()[0];
    assert_eq!(request.target, "main");
    assert_eq!(request.source, change.branch.as_str());
    assert_eq!(request.title, "Draft: style: what the formatter asks for");
    assert_eq!(request.description, BODY);
    assert_eq!(request.labels, ["sentinel"]);
    assert!(request.removes_branch);
    assert_eq!(
        change,
        Change {
            form: DRAFT,
            branch: publication.branch().clone(),
            number: Some(request.iid),
            url: Some(format!(
                "https://gitlab.example.com/-/merge_requests/{}",
                request.iid
            )),
            commit: Some(request.sha.parse().unwrap()),
            found: false,
        }
    );
    let ours = change.branch.as_str();
    let fixed = project.read(ours, "src/lib.rs").unwrap();
    assert_eq!(fixed, FORMATTED.as_bytes());
    let commit = project.with(|project| {
        let commit = project.objects.get_commit(&request.sha).unwrap();
        (commit.parents.clone(), commit.message.clone())
    });
    let expected = publication.text().commit_message.clone();
    assert_eq!(commit, (vec![publication.head().to_string()], expected));
    let writes = gitlab.writes();
    let writes: Vec<&str> = writes
        .iter()
        .map(|write| write.path.rsplit("widget/").next().unwrap())
        .collect();
    assert_eq!(writes, ["repository/commits", "merge_requests"]);
}

#[tokio::test]
async fn a_proven_change_is_no_draft() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    let form = Form::PullRequest { draft: false };
    let publication = fix_on(&project, "main", form);
    let change = gitlab.forge().publish(&publication).await.unwrap();
    assert_eq!(change.form, form);
    assert!(!project.requests()[0].title.starts_with("Draft"));
}

#[tokio::test]
async fn files_made_deleted_and_emptied() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    project
        .file("old.txt", "old\n")
        .file("gone/only.txt", "x\n")
        .file("emptied", "y\n")
        .entry("run.sh", "100755", b"#!/bin/sh\n");
    project.commit("More");
    // The file changed on main after the failing branch left it: GitLab would
    // compare a guard of the file with main.
    project.fork_branch("release", "main");
    project.file("run.sh", "#!/bin/sh\n# main\n");
    project.commit("Go on");
    let publication = Wanted {
        project: &project,
        target: "release",
        form: DRAFT,
        edits: &[
            ("old.txt", None),
            ("gone/only.txt", None),
            ("emptied", Some("")),
            (
                "new/dir/file.txt",
                Some("ünew \"quoted\"\r\n\ttext without end"),
            ),
            ("run.sh", Some("#!/bin/sh\nset -eu\n")),
        ],
        body: BODY,
    };
    let publication = publication.authorised();
    let change = gitlab.forge().publish(&publication).await.unwrap();
    let ours = change.branch.as_str();
    assert_eq!(project.read(ours, "old.txt"), None);
    assert_eq!(project.read(ours, "emptied").unwrap(), b"");
    let head = change.commit.unwrap();
    let mode = project.with(|project| {
        project.objects.flat(head.as_str()).unwrap()["run.sh"]
            .0
            .clone()
    });
    assert_eq!(mode, "100755");
    assert_eq!(project.requests()[0].target, "release");
}

#[tokio::test]
async fn publishing_again_finds_what_is_there() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    let publication = fix(&project);
    let first = gitlab.forge().publish(&publication).await.unwrap();
    let writes = gitlab.writes().len();
    let again = gitlab.forge().publish(&publication).await.unwrap();
    assert_eq!(
        again,
        Change {
            found: true,
            ..first.clone()
        }
    );
    // Also when a person has answered meanwhile: it is not proposed again.
    for state in ["closed", "merged", "locked"] {
        project.with(|project| project.merge_requests[0].state = state.into());
        let found = gitlab.forge().publish(&publication).await.unwrap();
        assert_eq!((found.number, found.found), (first.number, true), "{state}");
    }
    project.with(|project| {
        project.merge_requests[0].state = "merged".into();
        project.refs.remove(first.branch.as_str());
    });
    let gone = gitlab.forge().publish(&publication).await.unwrap();
    assert_eq!((gone.number, gone.found), (first.number, true));
    assert_eq!(gitlab.writes().len(), writes);
}

#[tokio::test]
async fn what_became_of_a_change_is_seen() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    let publication = fix(&project);
    let seen = async || {
        let (forge, id) = (gitlab.forge(), project.id());
        forge.find_change(&id, publication.branch()).await.unwrap()
    };
    assert_eq!(seen().await, None);
    gitlab.forge().publish(&publication).await.unwrap();
    for (state, expected) in [
        ("opened", ChangeState::Open),
        ("locked", ChangeState::Open),
        ("closed", ChangeState::Closed),
        ("merged", ChangeState::Merged),
    ] {
        project.with(|project| project.merge_requests[0].state = state.into());
        assert_eq!(seen().await.unwrap().state, expected);
    }
    assert!(!seen().await.unwrap().ignored);
    project.with(|project| {
        let labels = &mut project.merge_requests[0].labels;
        labels.push("Sentinel:Ignore".into());
    });
    assert!(seen().await.unwrap().ignored);
}

#[tokio::test]
async fn a_forks_merge_request_with_our_branchs_name_is_not_ours() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    let publication = fix(&project);
    project.request(publication.branch().as_str(), 999_999);
    let forge = gitlab.forge();
    let seen = forge.find_change(&project.id(), publication.branch()).await;
    assert_eq!(seen.unwrap(), None);
}

/// GitLab takes the first line of three backticks for the end of any code
/// block, and carries out what follows: a log could merge its own change.
#[tokio::test]
async fn no_line_of_a_log_becomes_a_quick_action() {
    let gitlab = GitLab::start();
    let project = widget(&gitlab);
    let body = "### What failed\n\n````text\n```\n/merge\r/approve\n/close now\n````\n/assign me\n";
    let taken = crate::doubles::gitlab::quick_actions(body);
    assert!(taken.len() > 1, "the double would take {taken:?}");
    let wanted = Wanted {
        project: &project,
        target: "main",
        form: DRAFT,
        edits: &[("src/lib.rs", Some(FORMATTED))],
        body,
    };
    gitlab.forge().publish(&wanted.authorised()).await.unwrap();
    assert!(project.requests()[0].description.contains(" /merge"));
    project.fork_branch("feature", "main");
    project.request("feature", project.with(|project| project.id));
    let noted = Wanted {
        target: "feature",
        form: Form::CheckRun,
        ..wanted
    };
    gitlab.forge().publish(&noted.authorised()).await.unwrap();
    let actions = project.with(|project| project.quick_actions.clone());
    assert!(actions.is_empty(), "{actions:?}");
}
