//! A GitLab that tests talk to over real HTTP: its state is described, its
//! answers are derived from that. A request it has no route for fails the test
//! when the double is dropped.

mod ci;
mod code;
mod notes;
mod requests;
mod routes;
mod webhook;
mod writes;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sentinel::forge::gitlab::Settings;
use sentinel::forge::web::{Secret, Timeouts};
use sentinel::ids::{ForgeKind, ObjectId, Repository};

use super::github::faults::{Fault as Trouble, Faults, Planned};
use super::github::objects::{Commit, Flat, Objects};
use super::github::state::Recorded;
use super::serve::{Serving, serve};
pub use webhook::Hook;

pub const TOKEN: &str = "glpat-doubleDoubleDouble";
pub const WEBHOOK_TOKEN: &str = "the double's secret token";
/// `whsec_` and 24 bytes in base64.
pub const SIGNING_TOKEN: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";

/// An answer given once instead of the right one, to a path that holds a text.
pub struct Fault {
    pub path: String,
    pub status: u16,
    pub header: Option<(String, String)>,
}

#[derive(Default)]
pub struct State {
    pub projects: BTreeMap<String, Project>,
    /// The paths that were asked for.
    pub requests: Vec<String>,
    /// The same requests, whole.
    pub recorded: Vec<Recorded>,
    pub unexpected: Vec<String>,
    pub faults: Vec<Fault>,
    pub planned: Faults,
    /// The token may only read.
    pub read_only_token: bool,
    /// Users by name.
    pub people: BTreeMap<String, u64>,
    next: u64,
}

/// The token's own user.
pub const ME: u64 = 4711;

/// The role Developer.
const DEVELOPER: u32 = 30;

#[derive(Default)]
pub struct Project {
    pub id: u64,
    /// Our role there.
    pub role: u32,
    pub merge_requests: Vec<MergeRequest>,
    pub notes: Vec<Note>,
    /// Roles of people, by their id.
    pub members: BTreeMap<u64, u32>,
    /// Merge requests that wait in a merge train.
    pub train: Vec<u64>,
    /// Branches that begin so are nobody's to push.
    pub protected: Vec<String>,
    /// What other systems wrote on commits.
    pub statuses: Vec<serde_json::Value>,
    /// Lines of descriptions and notes that GitLab carried out as us.
    pub quick_actions: Vec<String>,
    /// Commits hold a file that nobody asked for.
    pub spoils_commits: bool,
    pub objects: Objects,
    pub refs: BTreeMap<String, String>,
    pub files: BTreeMap<String, Option<(String, Vec<u8>)>>,
    pub pipelines: Vec<Pipeline>,
    /// `export-ignore`: what the archive lacks.
    pub not_exported: Vec<String>,
    /// Traces lie in an object storage behind a redirect.
    pub stored_elsewhere: bool,
    /// The listing names this directory wrongly.
    pub wrong_directory: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeRequest {
    pub iid: u64,
    pub title: String,
    pub description: String,
    pub source: String,
    pub source_project: u64,
    pub target: String,
    pub labels: Vec<String>,
    /// `opened`, `closed`, `merged`, `locked`.
    pub state: String,
    /// What it showed last.
    pub sha: String,
    pub removes_branch: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub id: u64,
    /// The merge request's number.
    pub on: u64,
    pub body: String,
    pub author: u64,
    pub system: bool,
    pub edited: bool,
}

/// The lines of a text that GitLab carries out: those that begin with a slash
/// and a word, outside of what its own expression takes for a code block.
pub fn quick_actions(text: &str) -> Vec<String> {
    let block = regex::Regex::new(r"(?ms)^```.+?\n```$").unwrap();
    let command = regex::Regex::new(r"(?m)^/[a-z_]+.*$").unwrap();
    let outside = block.replace_all(text, "");
    let found = command.find_iter(&outside);
    found.map(|line| line.as_str().to_owned()).collect()
}

#[derive(Clone)]
pub struct Pipeline {
    pub id: u64,
    pub status: String,
    pub branch: String,
    pub commit: String,
    pub tag: bool,
    pub source: String,
    /// Its number and the project it comes from.
    pub merge_request: Option<(u64, u64)>,
    pub jobs: Vec<Job>,
    pub created_at: String,
}

#[derive(Clone)]
pub struct Job {
    pub id: u64,
    pub name: String,
    pub status: String,
    pub allow_failure: bool,
    pub failure_reason: Option<String>,
    pub trace: String,
    /// The archive of what it uploaded.
    pub archive: Option<Vec<u8>>,
    /// Its part of the pipeline's test report.
    pub tests: Vec<serde_json::Value>,
    /// Seconds that it ran.
    pub seconds: f64,
}

impl State {
    pub fn next(&mut self) -> u64 {
        self.next += 1;
        self.next + 100
    }

    fn me(&self) -> serde_json::Value {
        serde_json::json!({"id": ME, "username": "project_1_bot"})
    }
}

pub struct GitLab {
    state: Arc<Mutex<State>>,
    serving: Serving,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl GitLab {
    pub fn start() -> GitLab {
        let state = Arc::new(Mutex::new(State::default()));
        let serving = serve(routes::router(state.clone()));
        GitLab { state, serving }
    }

    pub fn url(&self) -> &str {
        &self.serving.url
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// The adapter under test, with time-outs that tests can wait for.
    pub fn forge(&self) -> sentinel::forge::gitlab::GitLab {
        self.forge_with(TOKEN)
    }

    pub fn forge_with(&self, token: &str) -> sentinel::forge::gitlab::GitLab {
        let settings = Settings {
            url: self.url().to_owned(),
            token: Secret::new(token),
            timeouts: Timeouts {
                read: Duration::from_secs(2),
                answer: Duration::from_secs(4),
                ..Timeouts::default()
            },
        };
        sentinel::forge::gitlab::GitLab::new(settings).expect("settings of the double")
    }

    /// Lines for `sentinel.toml`; the secrets are written beside it.
    pub fn configuration(&self, place: &std::path::Path) -> String {
        let secret = |name: &str, text: &str| {
            let path = place.join(name);
            std::fs::write(&path, text).unwrap();
            format!("{{ file = {path:?} }}")
        };
        format!(
            "[gitlab]\nurl = {:?}\ntoken = {}\nwebhook_token = {}\nwebhook_signing_token = {}\n",
            self.url(),
            secret("gitlab-token", TOKEN),
            secret("gitlab-webhook", WEBHOOK_TOKEN),
            secret("gitlab-signing", SIGNING_TOKEN),
        )
    }

    pub fn project(&self, path: &str) -> ProjectHandle<'_> {
        let mut state = self.state();
        let id = state.next();
        state
            .projects
            .entry(path.to_owned())
            .or_insert_with(|| Project {
                id,
                role: DEVELOPER,
                ..Project::default()
            });
        drop(state);
        ProjectHandle {
            gitlab: self,
            path: path.to_owned(),
        }
    }

    pub fn fault(&self, path: &str, status: u16, header: Option<(&str, &str)>) {
        let header = header.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let path = path.to_owned();
        self.state().faults.push(Fault {
            path,
            status,
            header,
        });
    }
}

impl GitLab {
    /// A fault for one request of a route, after `skip` of them have passed:
    /// `POST /api/v4/projects/*/repository/commits`.
    pub fn trouble(&self, route: &str, skip: u32, fault: Trouble) {
        self.state().planned.plan(Planned {
            route: route.to_owned(),
            skip,
            times: 1,
            fault,
        });
    }

    /// Requests that change something.
    pub fn writes(&self) -> Vec<Recorded> {
        let recorded = self.state().recorded.clone();
        let writes = |request: &Recorded| !matches!(request.method.as_str(), "GET" | "HEAD");
        recorded.into_iter().filter(writes).collect()
    }
}

impl Drop for GitLab {
    fn drop(&mut self) {
        super::recorded::record("gitlab", &self.state().recorded);
        let unexpected = std::mem::take(&mut self.state().unexpected);
        if !unexpected.is_empty() && !std::thread::panicking() {
            panic!("the GitLab double was asked what it does not know: {unexpected:#?}");
        }
    }
}

pub struct ProjectHandle<'a> {
    gitlab: &'a GitLab,
    pub path: String,
}

impl ProjectHandle<'_> {
    pub fn with<T>(&self, act: impl FnOnce(&mut Project) -> T) -> T {
        act(self.gitlab.state().projects.get_mut(&self.path).unwrap())
    }

    pub fn id(&self) -> Repository {
        Repository::new(ForgeKind::GitLab, self.path.parse().unwrap())
    }

    pub fn file(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        self.entry(path, "100644", content.as_ref())
    }

    pub fn entry(&self, path: &str, mode: &str, content: &[u8]) -> &Self {
        let entry = Some((mode.to_owned(), content.to_vec()));
        self.with(|project| project.files.insert(path.to_owned(), entry));
        self
    }

    /// Commits all files on `main`.
    pub fn commit(&self, message: &str) -> ObjectId {
        self.commit_on("main", message)
    }

    /// The branch begins where another is.
    pub fn fork_branch(&self, branch: &str, from: &str) -> &Self {
        self.with(|project| {
            let head = project.refs[from].clone();
            project.refs.insert(branch.to_owned(), head);
        });
        self
    }

    /// A merge request of a person's; its number.
    pub fn request(&self, source: &str, source_project: u64) -> u64 {
        let iid = self.gitlab.state().next();
        self.with(|project| {
            let sha = project.refs.get(source).cloned();
            project.merge_requests.push(MergeRequest {
                iid,
                title: "A person's".into(),
                description: String::new(),
                source: source.to_owned(),
                source_project,
                target: "main".into(),
                labels: Vec::new(),
                state: "opened".into(),
                sha: sha.unwrap_or_else(|| "1".repeat(40)),
                removes_branch: false,
            });
        });
        iid
    }

    pub fn requests(&self) -> Vec<MergeRequest> {
        self.with(|project| project.merge_requests.clone())
    }

    /// A file's bytes at a branch.
    pub fn read(&self, branch: &str, path: &str) -> Option<Vec<u8>> {
        self.with(|project| {
            let flat = project.objects.flat(project.refs.get(branch)?)?;
            let (_, id) = flat.get(path)?;
            project.objects.get_blob(id).map(<[u8]>::to_vec)
        })
    }

    pub fn own_branches(&self) -> Vec<String> {
        let own = |name: &&String| name.starts_with("sentinel/");
        self.with(|project| project.refs.keys().filter(own).cloned().collect())
    }

    /// Commits all files on a branch.
    pub fn commit_on(&self, branch: &str, message: &str) -> ObjectId {
        let time = 1_700_000_000 + self.gitlab.state().next();
        self.with(|project| {
            let mut flat = Flat::new();
            for (path, entry) in project.files.clone() {
                if let Some((mode, bytes)) = entry {
                    let id = match mode.as_str() {
                        "160000" => String::from_utf8(bytes).unwrap(),
                        _ => project.objects.blob(bytes),
                    };
                    flat.insert(path, (mode, id));
                }
            }
            let tree = project.objects.write(&flat);
            let id = project.objects.commit(Commit {
                tree,
                parents: project.refs.get(branch).cloned().into_iter().collect(),
                message: message.to_owned(),
                author: "person".into(),
                time,
                verified: false,
            });
            project.refs.insert(branch.into(), id.clone());
            id.parse().unwrap()
        })
    }

    /// A pipeline on `main` that ended red, without jobs yet.
    pub fn failed_pipeline(&self) -> Pipeline {
        let id = self.gitlab.state().next();
        Pipeline {
            id,
            status: "failed".into(),
            branch: "main".into(),
            commit: self.with(|project| project.refs["main"].clone()),
            tag: false,
            source: "push".into(),
            merge_request: None,
            jobs: Vec::new(),
            created_at: jiff::Timestamp::now().to_string(),
        }
    }

    pub fn job(&self, name: &str, reason: &str, trace: &str) -> Job {
        Job {
            id: self.gitlab.state().next(),
            name: name.to_owned(),
            status: "failed".into(),
            allow_failure: false,
            failure_reason: Some(reason.to_owned()),
            trace: trace.to_owned(),
            archive: None,
            tests: Vec::new(),
            seconds: 30.5,
        }
    }

    /// The pipeline is there from now on.
    pub fn ran(&self, pipeline: &Pipeline) {
        self.with(|project| {
            project.pipelines.retain(|known| known.id != pipeline.id);
            project.pipelines.push(pipeline.clone());
        });
    }
}
