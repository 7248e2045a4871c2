//! How a test says what is there.

mod people;
mod run;

use std::collections::BTreeMap;
use std::sync::Arc;

use sentinel::ids::{ForgeKind, ObjectId, Repository as Named, RepositoryName};
use serde_json::Value;

use super::Hub;
use super::objects::Id;
use super::state::{self, Changes, Pull, Repo};
pub use run::RunBuilder;

/// A repository of the double. Files are staged and then committed.
#[derive(Clone)]
pub struct Repository {
    hub: Arc<Hub>,
    name: String,
}

/// A workflow run that ended.
#[derive(Debug, Clone)]
pub struct Run {
    pub id: u64,
    pub attempt: u32,
    pub repository: String,
    pub branch: String,
    pub commit: Id,
}

impl Repository {
    pub(super) fn new(hub: Arc<Hub>, name: &str) -> Repository {
        let name = name.to_owned();
        Repository { hub, name }
    }

    pub fn full_name(&self) -> &str {
        &self.name
    }

    /// As the adapter names it.
    pub fn id(&self) -> Named {
        let name: RepositoryName = self.name.parse().expect("a repository name");
        Named::new(ForgeKind::GitHub, name)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Repo) -> T) -> T {
        act(self.hub.state().repo(&self.name))
    }

    fn stage(&self, path: &str, change: Option<(&str, Vec<u8>)>) -> &Repository {
        let change = change.map(|(mode, bytes)| (mode.to_owned(), bytes));
        self.with(|repo| repo.staged.insert(path.to_owned(), change));
        self
    }

    pub fn file(&self, path: &str, content: impl AsRef<[u8]>) -> &Repository {
        self.stage(path, Some(("100644", content.as_ref().to_vec())))
    }

    pub fn executable(&self, path: &str, content: impl AsRef<[u8]>) -> &Repository {
        self.stage(path, Some(("100755", content.as_ref().to_vec())))
    }

    pub fn symlink(&self, path: &str, target: &str) -> &Repository {
        self.stage(path, Some(("120000", target.as_bytes().to_vec())))
    }

    /// A submodule at a commit of elsewhere.
    pub fn submodule(&self, path: &str, commit: &str) -> &Repository {
        self.stage(path, Some(("160000", commit.as_bytes().to_vec())))
    }

    pub fn remove(&self, path: &str) -> &Repository {
        self.stage(path, None)
    }

    /// Commits what is staged on `main`.
    pub fn commit(&self, message: &str) -> ObjectId {
        self.commit_on("main", message)
    }

    /// Commits what is staged on a branch, as a person would push it.
    pub fn commit_on(&self, branch: &str, message: &str) -> ObjectId {
        let staged: Changes = self.with(|repo| std::mem::take(&mut repo.staged));
        let id = self.hub.state().push(&self.name, branch, message, staged);
        id.parse().expect("an object id")
    }

    /// A branch at a commit; without one it goes.
    pub fn point(&self, branch: &str, at: Option<&ObjectId>) -> &Repository {
        self.with(|repo| match at {
            Some(id) => repo.refs.insert(branch.to_owned(), id.to_string()),
            None => repo.refs.remove(branch),
        });
        self
    }

    pub fn head(&self, branch: &str) -> Option<ObjectId> {
        let id = self.with(|repo| repo.refs.get(branch).cloned());
        id.map(|id| id.parse().expect("an object id"))
    }

    /// All branches.
    pub fn branches(&self) -> Vec<String> {
        self.with(|repo| repo.refs.keys().cloned().collect())
    }

    /// Branches that Sentinel made.
    pub fn own_branches(&self) -> Vec<String> {
        let all = self.branches().into_iter();
        all.filter(|branch| branch.starts_with("sentinel/"))
            .collect()
    }

    /// A file as it is on a branch (or at a commit's id).
    pub fn read(&self, at: &str, path: &str) -> Option<Vec<u8>> {
        self.with(|repo| {
            let id = repo.refs.get(at).cloned().unwrap_or_else(|| at.to_owned());
            let flat = repo.objects.flat(&id)?;
            let (_, blob) = flat.get(path)?;
            repo.objects.get_blob(blob).map(<[u8]>::to_vec)
        })
    }

    /// Every entry of a branch's tree, directories left out.
    pub fn listing(&self, branch: &str) -> super::objects::Flat {
        self.with(|repo| {
            let flat = repo.objects.flat(&repo.refs[branch]);
            flat.expect("a tree")
        })
    }

    /// The mode of a file on a branch.
    pub fn mode(&self, at: &str, path: &str) -> Option<String> {
        self.with(|repo| {
            let id = repo.refs.get(at)?;
            let flat = repo.objects.flat(id)?;
            flat.get(path).map(|(mode, _)| mode.clone())
        })
    }

    /// Whether GitHub signed the branch's last commit.
    pub fn is_verified(&self, branch: &str) -> bool {
        self.with(|repo| {
            let id = &repo.refs[branch];
            repo.objects
                .get_commit(id)
                .is_some_and(|commit| commit.verified)
        })
    }

    pub fn message(&self, branch: &str) -> String {
        self.with(|repo| {
            let commit = repo.objects.get_commit(&repo.refs[branch]);
            commit.expect("a commit").message.clone()
        })
    }

    pub fn pulls(&self) -> Vec<Pull> {
        self.with(|repo| repo.pulls.clone())
    }

    /// Changes a pull request as a person would.
    pub fn edit_pull(&self, number: u64, edit: impl FnOnce(&mut Pull)) {
        self.with(|repo| {
            let head = repo.pulls.iter().find(|pull| pull.number == number);
            let sha = head.map(|pull| repo.head_of(pull)).expect("a pull request");
            let pulls = repo.pulls.iter_mut();
            let pull = pulls.into_iter().find(|pull| pull.number == number);
            let pull = pull.expect("a pull request");
            pull.head_sha = sha;
            edit(pull);
        });
    }

    pub fn close(&self, number: u64) {
        self.edit_pull(number, |pull| pull.open = false);
    }

    pub fn merge(&self, number: u64) {
        self.edit_pull(number, |pull| {
            pull.open = false;
            pull.merged = true;
        });
    }

    pub fn label(&self, number: u64, label: &str) {
        self.edit_pull(number, |pull| pull.labels.push(label.to_owned()));
    }

    pub fn comments(&self, number: u64) -> Vec<Value> {
        self.with(|repo| {
            let all = repo.comments.iter();
            let of = all.filter(|(on, _)| *on == number);
            of.map(|(_, comment)| comment.clone()).collect()
        })
    }

    pub fn checks(&self) -> Vec<Value> {
        self.with(|repo| repo.checks.clone())
    }

    /// A check run of another CI system on a branch's head: its JSON, as the API
    /// and webhooks show it.
    pub fn check_run(&self, branch: &str, conclusion: &str, output: Value) -> Value {
        let mut state = self.hub.state();
        let id = 50_000_000 + state.next();
        let repo = state.repo(&self.name);
        let check = serde_json::json!({
            "id": id, "name": "buildkite/widget", "status": "completed",
            "conclusion": conclusion, "head_sha": repo.refs[branch], "output": output,
            "html_url": "https://ci.example/1", "pull_requests": [],
            "app": {"id": 72, "slug": "buildkite"},
            "check_suite": {"id": 5, "head_branch": branch},
        });
        repo.checks.push(check.clone());
        check
    }

    /// An artifact of a run: a zip of files.
    pub fn artifact(&self, run: &Run, name: &str, files: &[(&str, &[u8])]) {
        self.raw_artifact(run, name, crate::doubles::zip::zip(files));
    }

    /// An artifact of any bytes.
    pub fn raw_artifact(&self, run: &Run, name: &str, zip: Vec<u8>) {
        let mut state = self.hub.state();
        let id = 60_000_000 + state.next();
        state.repo(&self.name).artifacts.push(state::Artifact {
            id,
            run: run.id,
            name: name.to_owned(),
            zip,
            claimed: None,
            expired: false,
            created_at: jiff::Timestamp::now()
                .strftime("%Y-%m-%dT%H:%M:%SZ")
                .to_string(),
        });
    }

    /// Ends the newest attempt of a run: its jobs that were red end like it.
    pub fn ends(&self, run: &Run, conclusion: &str) -> Run {
        self.with(|repo| {
            let of_run = repo.runs.iter_mut().filter(|known| known.id == run.id);
            let newest = of_run.max_by_key(|known| known.attempt).expect("a run");
            newest.conclusion = conclusion.to_owned();
            for job in &mut newest.jobs {
                if job.conclusion == "failure" {
                    job.conclusion = conclusion.to_owned();
                }
            }
            Run {
                attempt: newest.attempt,
                ..run.clone()
            }
        })
    }

    /// A status of a commit, as another service sets it.
    pub fn status(&self, commit: &ObjectId, context: &str, state: &str) {
        let status =
            serde_json::json!({"sha": commit.as_str(), "context": context, "state": state});
        self.with(|repo| repo.statuses.push(status));
    }

    /// Merges a pull request as a person would: its head becomes the target's.
    pub fn land(&self, number: u64) {
        self.with(|repo| {
            let of = |pull: &&Pull| pull.number == number;
            let pull = repo.pulls.iter().find(of).expect("a pull request").clone();
            let head = repo.head_of(&pull);
            repo.refs.insert(pull.base.clone(), head.clone());
            repo.landed.insert(number, head);
        });
        self.merge(number);
    }

    /// Anything of the repository that has no word of its own here.
    pub fn configure(&self, act: impl FnOnce(&mut Repo)) -> &Repository {
        self.with(act);
        self
    }

    /// A run that ended red on a branch's head.
    pub fn failed_run(&self, branch: &str) -> RunBuilder {
        let mut state = self.hub.state();
        let id = 30_000_000 + state.next();
        let commit = state.repo(&self.name).refs[branch].clone();
        let created_at = jiff::Timestamp::now();
        let run = state::Run {
            id,
            attempt: 1,
            workflow: "CI".into(),
            conclusion: "failure".into(),
            event: "push".into(),
            branch: branch.to_owned(),
            commit,
            head_repository: self.name.clone(),
            actor_type: "User".into(),
            pulls: Vec::new(),
            created_at: created_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            jobs: Vec::new(),
        };
        let repository = self.clone();
        RunBuilder { repository, run }
    }
}

/// Repositories with nothing in particular in them.
pub fn many_files(count: usize) -> BTreeMap<String, Vec<u8>> {
    let file = |at: usize| {
        let path = format!("src/part{}/file{at}.txt", at % 7);
        (path, format!("this is file {at}\n").into_bytes())
    };
    (0..count).map(file).collect()
}
