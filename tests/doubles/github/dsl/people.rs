//! How a test says what people do around pull requests.

use serde_json::{Value, json};

use super::super::routes::comment_json;
use super::super::state::Pull;
use super::super::webhook::Webhook;
use super::Repository;

impl Repository {
    /// What somebody may do: `read`, `triage`, `write`, `maintain`, `admin`.
    pub fn person(&self, login: &str, role: &str) -> &Repository {
        self.configure(|repo| {
            repo.people.insert(login.to_owned(), role.to_owned());
        })
    }

    pub fn protect(&self, branch: &str) -> &Repository {
        self.configure(|repo| {
            repo.protected.insert(branch.to_owned());
        })
    }

    /// A pull request that a person opened from a branch of the repository.
    pub fn opened(&self, branch: &str, author: &str) -> u64 {
        self.open(branch, author, None)
    }

    /// One from a fork, whose branch points where ours of that name does. Its
    /// diff shows these hunks of `src/lib.rs`.
    pub fn opened_from_fork(&self, fork: &str, branch: &str, hunks: &str) -> u64 {
        let author = fork.split('/').next().unwrap_or_default();
        let number = self.open(branch, author, Some(fork));
        let file = json!({"filename": "src/lib.rs", "status": "modified", "patch": hunks});
        self.configure(|repo| {
            repo.diffs.insert(number, vec![file]);
        });
        number
    }

    fn open(&self, branch: &str, author: &str, fork: Option<&str>) -> u64 {
        let number = self.hub.state().next();
        let head_sha = self.head(branch).expect("a branch").to_string();
        let pull = Pull {
            number,
            title: "A change".into(),
            body: String::new(),
            head: branch.to_owned(),
            base: "main".into(),
            head_sha,
            draft: false,
            open: true,
            merged: false,
            labels: Vec::new(),
            author: Some(author.to_owned()),
            fork: fork.map(str::to_owned),
        };
        self.configure(|repo| repo.pulls.push(pull));
        number
    }

    /// A person's comment under a pull request, and the webhook that tells of
    /// it.
    pub fn comment(&self, number: u64, login: &str, text: &str) -> Webhook {
        let user = json!({"login": login, "type": "User"});
        self.comment_of(number, user, text)
    }

    pub fn comment_of(&self, number: u64, user: Value, text: &str) -> Webhook {
        let (id, url) = {
            let mut state = self.hub.state();
            (state.next(), state.url.clone())
        };
        let name = self.full_name();
        let comment = comment_json(&url, name, (id, number), user, &json!(text));
        self.configure(|repo| repo.comments.push((number, comment.clone())));
        let body = json!({
            "action": "created",
            "issue": {"number": number, "pull_request": {"url": "x"}},
            "comment": comment,
            "repository": {"full_name": name, "default_branch": "main"},
            "sender": comment["user"],
        });
        let delivery = format!("00000000-0000-4000-9000-{id:012}");
        Webhook::signed("issue_comment", &delivery, body.to_string().into_bytes())
    }

    /// Somebody presses a button of a check run, as it shows them now: the
    /// webhook that tells of it.
    pub fn press(&self, check: &Value, button: usize, login: &str, pulls: &[u64]) -> Webhook {
        let id = self.hub.state().next();
        let head = check["head_sha"].as_str().expect("a commit");
        let pulls: Vec<Value> = pulls
            .iter()
            .map(|number| json!({"number": number, "head": {"ref": "feature", "sha": head}}))
            .collect();
        let body = json!({
            "action": "requested_action",
            "requested_action": {"identifier": check["actions"][button]["identifier"]},
            "check_run": {
                "id": check["id"], "name": check["name"], "head_sha": head,
                "external_id": check["external_id"], "status": "completed",
                "conclusion": "neutral", "app": {"slug": super::super::state::APP_SLUG},
                "check_suite": {"head_branch": "feature"}, "pull_requests": pulls,
            },
            "repository": {"full_name": self.full_name(), "default_branch": "main"},
            "sender": {"login": login, "type": "User"},
        });
        let delivery = format!("00000000-0000-4000-9100-{id:012}");
        Webhook::signed("check_run", &delivery, body.to_string().into_bytes())
    }

    /// Changes the newest comment of a pull request as the API shows it.
    pub fn edit_comment(&self, number: u64, edit: impl FnOnce(&mut Value)) {
        self.configure(|repo| {
            let mut all = repo.comments.iter_mut().rev();
            let (_, comment) = all.find(|(on, _)| *on == number).expect("a comment");
            edit(comment);
        });
    }

    pub fn reviews(&self, number: u64) -> Vec<Value> {
        let mut found = Vec::new();
        self.configure(|repo| {
            let of = repo.reviews.iter().filter(|(on, _)| *on == number);
            found.extend(of.map(|(_, review)| review.clone()));
        });
        found
    }
}
