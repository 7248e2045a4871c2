//! What the double knows. Answers are derived from it; nothing is canned.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::objects::{Commit, Flat, Id, Objects};

pub const APP_ID: u64 = 4_242;
pub const APP_SLUG: &str = "sentinel-test";

pub struct State {
    pub url: String,
    pub repositories: BTreeMap<String, Repo>,
    /// Personal tokens, and whether each may touch workflow files.
    pub personal: BTreeMap<String, bool>,
    pub issued: BTreeMap<String, Issued>,
    /// How long issued tokens live, in seconds.
    pub token_life: i64,
    /// What the App's installation was granted; a missing name is not.
    pub granted: BTreeMap<String, String>,
    pub suspended: bool,
    /// Attempts to deliver webhooks, oldest first.
    pub attempts: Vec<Attempt>,
    /// Where webhooks go; what is asked for again is sent there.
    pub hook: Option<std::net::SocketAddr>,
    /// To be sent as soon as the request is answered.
    pub outbox: Vec<Attempt>,
    pub requests: Vec<Recorded>,
    pub unexpected: Vec<String>,
    next: u64,
}

/// One attempt to deliver a webhook.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub id: u64,
    pub webhook: super::Webhook,
    pub at: String,
    /// None where nobody answered.
    pub status: Option<u16>,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub method: String,
    /// Without the query.
    pub path: String,
    pub query: String,
    /// Null where there was none or it is no JSON.
    pub body: Value,
    pub authorised: bool,
    /// What was answered; none while it is held or where the connection was cut.
    pub status: Option<u16>,
}

impl Recorded {
    pub fn is_write(&self) -> bool {
        self.method != "GET" && !self.path.ends_with("/access_tokens")
    }
}

#[derive(Debug, Clone)]
pub struct Issued {
    pub repositories: Vec<String>,
    pub permissions: BTreeMap<String, String>,
    pub revoked: bool,
}

#[derive(Default)]
pub struct Repo {
    pub objects: Objects,
    /// Branch names without `refs/heads/`.
    pub refs: BTreeMap<String, Id>,
    pub staged: BTreeMap<String, Option<(String, Vec<u8>)>>,
    pub runs: Vec<Run>,
    pub artifacts: Vec<Artifact>,
    pub pulls: Vec<Pull>,
    pub comments: Vec<(u64, Value)>,
    /// Reviews with their comments, by the pull request's number.
    pub reviews: Vec<(u64, Value)>,
    /// What `GET /pulls/N/files` shows.
    pub diffs: BTreeMap<u64, Vec<Value>>,
    /// Roles of people; who is not here has none.
    pub people: BTreeMap<String, String>,
    pub protected: BTreeSet<String>,
    pub checks: Vec<Value>,
    pub app_not_installed: bool,
    pub no_drafts: bool,
    /// GitHub cuts a recursive listing here.
    pub listing_limit: Option<usize>,
    pub tarball: Tarball,
    /// Answers with JSON where the bytes were asked for.
    pub json_only: bool,
    /// A rule forbids new branches.
    pub locked: bool,
    /// What GitHub says of merging a pull request; null where nothing is here.
    pub mergeable: BTreeMap<u64, bool>,
    /// What merging made on the target, by pull request.
    pub landed: BTreeMap<u64, Id>,
    /// Statuses of commits, as the API shows them, with their `sha`.
    pub statuses: Vec<Value>,
}

/// How the tarball differs from the tree.
#[derive(Default, Clone)]
pub struct Tarball {
    pub left_out: BTreeSet<String>,
    pub changed: BTreeMap<String, Vec<u8>>,
    pub hostile: bool,
    /// A few megabytes that become gigabytes.
    pub bomb: bool,
    pub broken: bool,
}

#[derive(Debug, Clone)]
pub struct Run {
    pub id: u64,
    pub attempt: u32,
    pub workflow: String,
    /// Empty while it is not over.
    pub conclusion: String,
    pub event: String,
    pub branch: String,
    pub commit: Id,
    pub head_repository: String,
    pub actor_type: String,
    pub pulls: Vec<u64>,
    pub created_at: String,
    pub jobs: Vec<JobState>,
}

/// What a run uploaded.
#[derive(Debug, Clone)]
pub struct Artifact {
    pub id: u64,
    pub run: u64,
    pub name: String,
    pub zip: Vec<u8>,
    /// What the list says of its size, where that is not true.
    pub claimed: Option<u64>,
    pub expired: bool,
    pub created_at: String,
}

#[derive(Debug, Clone)]
pub struct JobState {
    pub id: u64,
    pub name: String,
    pub conclusion: String,
    pub steps: Vec<(String, String)>,
    pub log: Log,
    /// Seconds that it waited, and that it ran.
    pub queued: u32,
    pub seconds: u32,
}

#[derive(Debug, Clone)]
pub enum Log {
    Text(String),
    /// That many bytes of generated lines.
    Generated(u64),
    /// 404 that many times, then the text.
    NotYet(u32, String),
    Gone,
    /// A redirect to there instead of our own storage.
    Redirect(String),
    /// A chain of that many redirects.
    Hops(u32),
}

impl From<&str> for Log {
    fn from(text: &str) -> Log {
        Log::Text(text.to_owned())
    }
}

impl From<String> for Log {
    fn from(text: String) -> Log {
        Log::Text(text)
    }
}

#[derive(Debug, Clone)]
pub struct Pull {
    pub number: u64,
    pub title: String,
    pub body: String,
    pub head: String,
    pub base: String,
    /// Kept when the branch goes.
    pub head_sha: Id,
    pub draft: bool,
    pub open: bool,
    pub merged: bool,
    pub labels: Vec<String>,
    /// A person; none where we opened it.
    pub author: Option<String>,
    /// The fork its branch is in.
    pub fork: Option<String>,
}

impl State {
    pub fn new(url: String) -> State {
        let granted = [
            ("metadata", "read"),
            ("actions", "read"),
            ("contents", "write"),
            ("pull_requests", "write"),
            ("checks", "write"),
            ("issues", "write"),
        ];
        State {
            url,
            repositories: BTreeMap::new(),
            personal: BTreeMap::new(),
            issued: BTreeMap::new(),
            token_life: 3600,
            granted: granted
                .map(|(name, level)| (name.into(), level.into()))
                .into(),
            suspended: false,
            attempts: Vec::new(),
            hook: None,
            outbox: Vec::new(),
            requests: Vec::new(),
            unexpected: Vec::new(),
            next: 1_000,
        }
    }

    /// Numbers that never repeat: ids, seconds.
    pub fn next(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub fn repo(&mut self, name: &str) -> &mut Repo {
        self.repositories
            .get_mut(name)
            .unwrap_or_else(|| panic!("no repository {name}"))
    }

    /// Commits files on a branch as a person would push them.
    pub fn push(&mut self, name: &str, branch: &str, message: &str, changes: Changes) -> Id {
        let time = 1_700_000_000 + self.next();
        let repo = self.repo(name);
        let parent = repo.refs.get(branch).cloned();
        let mut flat = match &parent {
            Some(parent) => repo.objects.flat(parent).expect("a tree"),
            None => Flat::new(),
        };
        for (path, change) in changes {
            flat.remove(&path);
            if let Some((mode, bytes)) = change {
                // A submodule's entry names a commit of another repository.
                let id = match mode.as_str() {
                    "160000" => String::from_utf8(bytes).expect("an id"),
                    _ => repo.objects.blob(bytes),
                };
                flat.insert(path, (mode, id));
            }
        }
        let tree = repo.objects.write(&flat);
        let id = repo.objects.commit(Commit {
            tree,
            parents: parent.into_iter().collect(),
            message: message.to_owned(),
            author: "person".into(),
            time,
            verified: false,
        });
        repo.refs.insert(branch.to_owned(), id.clone());
        id
    }
}

/// Paths to (mode, bytes), or to nothing where a file goes.
pub type Changes = BTreeMap<String, Option<(String, Vec<u8>)>>;

impl Repo {
    /// Where a pull request's branch points now, or pointed last.
    pub fn head_of(&self, pull: &Pull) -> Id {
        match self.refs.get(&pull.head) {
            Some(id) if pull.open && pull.fork.is_none() => id.clone(),
            _ => pull.head_sha.clone(),
        }
    }

    pub fn pull_json(&self, url: &str, name: &str, pull: &Pull) -> Value {
        let labels: Vec<Value> = pull
            .labels
            .iter()
            .map(|label| json!({"name": label}))
            .collect();
        let repo = json!({"full_name": name});
        let head = json!({"full_name": pull.fork.as_deref().unwrap_or(name)});
        let user = match &pull.author {
            Some(login) => json!({"login": login, "type": "User"}),
            None => own_user(),
        };
        json!({
            "id": pull.number + 7_000_000,
            "node_id": format!("PR_{name}#{}", pull.number),
            "mergeable": self.mergeable.get(&pull.number),
            "merge_commit_sha": self.landed.get(&pull.number),
            "number": pull.number,
            "html_url": format!("{url}/{name}/pull/{}", pull.number),
            "state": if pull.open { "open" } else { "closed" },
            "title": pull.title,
            "body": pull.body,
            "draft": pull.draft,
            "labels": labels,
            "merged_at": pull.merged.then_some("2026-01-02T00:00:00Z"),
            "closed_at": (!pull.open).then_some("2026-01-02T00:00:00Z"),
            "head": {"ref": pull.head, "sha": self.head_of(pull), "label": pull.head, "repo": head},
            "base": {"ref": pull.base, "sha": self.refs.get(&pull.base), "label": pull.base,
                     "repo": repo},
            "user": user,
        })
    }
}

/// Who the App is in what it writes.
pub fn own_user() -> Value {
    json!({"login": format!("{APP_SLUG}[bot]"), "type": "Bot"})
}
