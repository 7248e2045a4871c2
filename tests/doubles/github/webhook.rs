//! `workflow_run` as GitHub sends it: the same object that the REST list shows.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sentinel::delivery::{self, Headers};
use sentinel::event::{self, Event, Normalised, PipelineFailed};
use serde_json::{Value, json};
use sha2::Sha256;

use super::dsl::Run;
use super::state::{self, APP_SLUG};
use super::{GitHub, INSTALLATION, WEBHOOK_SECRET};

/// A signed request, ready to be sent to `POST /webhooks/github`.
#[derive(Debug, Clone)]
pub struct Webhook {
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Webhook {
    /// A body of any event, signed with the double's secret.
    pub fn signed(event: &str, delivery: &str, body: Vec<u8>) -> Webhook {
        let mut mac = Hmac::<Sha256>::new_from_slice(WEBHOOK_SECRET.as_bytes()).expect("a key");
        mac.update(&body);
        let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = vec![
            header("content-type", "application/json"),
            header("user-agent", "GitHub-Hookshot/044aadd"),
            header("x-github-delivery", delivery),
            header("x-github-event", event),
            header("x-github-hook-id", "292430182"),
            header("x-hub-signature-256", &signature),
        ];
        Webhook { headers, body }
    }

    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }
}

impl GitHub {
    /// The delivery GitHub sends when the run has ended. Each call is another
    /// delivery of the same run.
    pub fn webhook(&self, run: &Run) -> Webhook {
        let mut state = self.hub.state();
        let number = state.next();
        let url = state.url.clone();
        let name = run.repository.as_str();
        let known = state.repo(name).runs.iter();
        let known = known
            .clone()
            .find(|known| known.id == run.id && known.attempt == run.attempt);
        let json = run_json(&url, name, known.expect("a run of this double"));
        let body = json!({
            "action": "completed",
            "workflow": {"id": 1, "name": json["name"], "path": json["path"], "state": "active"},
            "repository": json["repository"],
            "sender": json["actor"],
            "installation": {"id": INSTALLATION, "node_id": "MDIzOk"},
            "workflow_run": json,
        });
        let delivery = format!("00000000-0000-4000-8000-{number:012}");
        Webhook::signed("workflow_run", &delivery, body.to_string().into_bytes())
    }

    /// What Sentinel's own reading makes of the run's webhook.
    pub fn event(&self, run: &Run) -> PipelineFailed {
        let webhook = self.webhook(run);
        let headers = Headers {
            signature: Some(webhook.header("x-hub-signature-256").as_bytes()),
            event: Some("workflow_run"),
            delivery: Some(webhook.header("x-github-delivery")),
        };
        let verified = delivery::verify(WEBHOOK_SECRET.as_bytes(), headers, webhook.body.clone())
            .expect("a signed delivery");
        match event::github::normalise(&verified).expect("a well-formed delivery") {
            Normalised::Event(event) => match *event {
                Event::PipelineFailed(failed) => failed,
                other => panic!("no failed run: {other:?}"),
            },
            other => panic!("no failed run: {other:?}"),
        }
    }
}

impl GitHub {
    /// `pull_request` closed, as GitHub sends it when somebody closed or merged
    /// one.
    pub fn pull_closed(&self, name: &str, number: u64) -> Webhook {
        let mut state = self.hub.state();
        let delivery = format!("00000000-0000-4000-8000-{:012}", state.next());
        let url = state.url.clone();
        let repo = state.repo(name);
        let pull = repo.pulls.iter().find(|pull| pull.number == number);
        let pull = pull.expect("a pull request");
        let mut json = repo.pull_json(&url, name, pull);
        json["merged"] = pull.merged.into();
        let body = json!({
            "action": "closed", "number": number, "pull_request": json,
            "repository": repository_json(&url, name),
            "installation": {"id": INSTALLATION, "node_id": "MDIzOk"},
        });
        Webhook::signed("pull_request", &delivery, body.to_string().into_bytes())
    }
}

fn repository_json(url: &str, name: &str) -> Value {
    let (owner, short) = name.split_once('/').expect("owner/name");
    json!({
        "id": 186_853_002,
        "name": short,
        "full_name": name,
        "private": false,
        "owner": {"login": owner, "id": 21_031_067, "type": "Organization"},
        "html_url": format!("{url}/{name}"),
        "fork": false,
        "default_branch": "main",
    })
}

/// A workflow run, in the REST list and in the webhook alike.
pub fn run_json(url: &str, name: &str, run: &state::Run) -> Value {
    let login = match run.actor_type.as_str() {
        "Bot" => format!("{APP_SLUG}[bot]"),
        _ => "person".into(),
    };
    let actor = json!({"login": login, "id": 21_031_067, "type": run.actor_type});
    let pulls: Vec<Value> = run
        .pulls
        .iter()
        .map(|number| {
            json!({"id": number + 1, "number": number,
                   "head": {"ref": run.branch, "sha": run.commit},
                   "base": {"ref": "main"}})
        })
        .collect();
    json!({
        "id": run.id,
        "name": run.workflow,
        "node_id": "WFR_kwLO",
        "head_branch": run.branch,
        "head_sha": run.commit,
        "path": ".github/workflows/ci.yml",
        "display_title": "a change",
        "run_number": 7,
        "event": run.event,
        "status": if run.conclusion.is_empty() { "in_progress" } else { "completed" },
        "conclusion": (!run.conclusion.is_empty()).then_some(&run.conclusion),
        "workflow_id": 1,
        "check_suite_id": 2,
        "url": format!("{url}/repos/{name}/actions/runs/{}", run.id),
        "html_url": format!("{url}/{name}/actions/runs/{}", run.id),
        "pull_requests": pulls,
        "created_at": run.created_at,
        "updated_at": run.created_at,
        "actor": actor,
        "run_attempt": run.attempt,
        "referenced_workflows": [],
        "run_started_at": run.created_at,
        "triggering_actor": actor,
        "jobs_url": format!("{url}/repos/{name}/actions/runs/{}/jobs", run.id),
        "logs_url": format!("{url}/repos/{name}/actions/runs/{}/logs", run.id),
        "head_commit": {"id": run.commit, "message": "a change", "timestamp": run.created_at},
        "repository": repository_json(url, name),
        "head_repository": repository_json(url, &run.head_repository),
    })
}
