//! Which request is which.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State as Shared};
use axum::http::request::Parts;
use axum::response::Response;
use sentinel::ids::address::decoded;
use serde_json::{Value, json};

use super::super::github::server::{Reply, give};
use super::super::github::state::Recorded;
use super::{Project, State, TOKEN, ci, code, lock, notes, requests, writes};

/// Larger than anything the adapter may send.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

pub fn router(state: Arc<Mutex<State>>) -> Router {
    Router::new().fallback(handle).with_state(state)
}

/// GitLab's error form.
pub fn refused(status: u16, message: impl Into<Value>) -> Reply {
    Reply::json(status, json!({"message": message.into()}))
}

pub fn not_found() -> Reply {
    refused(404, "404 Not Found")
}

pub fn text(bytes: Vec<u8>) -> Reply {
    Reply::bytes("text/plain", bytes)
}

/// A request, parsed; its path still encoded.
pub struct Asked {
    pub method: String,
    pub path: String,
    pub query: BTreeMap<String, String>,
    pub raw_query: String,
    pub host: String,
    pub token: Option<String>,
    pub body: Value,
}

impl Asked {
    fn new(parts: &Parts, body: &Bytes) -> Asked {
        let header = |name: &str| {
            let value = parts.headers.get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let raw_query = parts.uri.query().unwrap_or_default().to_owned();
        let pairs = raw_query.split('&').filter_map(|pair| pair.split_once('='));
        let plain = |text: &str| decoded(text).unwrap_or_default();
        Asked {
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: pairs
                .map(|(name, value)| (plain(name), plain(value)))
                .collect(),
            raw_query: raw_query.clone(),
            host: header("host").unwrap_or_default(),
            token: header("private-token"),
            body: serde_json::from_slice(body).unwrap_or(Value::Null),
        }
    }

    pub fn number(&self, name: &str, default: usize) -> usize {
        let value = self.query.get(name).and_then(|value| value.parse().ok());
        value.unwrap_or(default)
    }

    pub fn is(&self, name: &str, value: &str) -> bool {
        self.query.get(name).is_none_or(|asked| asked == value)
    }
}

/// A page of a list, with the number of the next.
pub fn page(asked: &Asked, all: Vec<Value>) -> Reply {
    let per_page = asked.number("per_page", 20).clamp(1, 100);
    let page = asked.number("page", 1).max(1);
    let more = page * per_page < all.len();
    let items: Vec<Value> = all
        .into_iter()
        .skip((page - 1) * per_page)
        .take(per_page)
        .collect();
    let next = match more {
        true => (page + 1).to_string(),
        false => String::new(),
    };
    Reply::json(200, json!(items)).header("x-next-page", next)
}

async fn handle(Shared(state): Shared<Arc<Mutex<State>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY_BYTES).await.unwrap_or_default();
    let asked = Asked::new(&parts, &body);
    let (number, fault) = {
        let mut state = lock(&state);
        let number = record(&mut state, &asked);
        (number, state.planned.take(&asked.method, &asked.path))
    };
    let answer = || {
        let mut state = lock(&state);
        let reply = answer(&mut state, &asked);
        state.recorded[number].status = Some(reply.status);
        reply
    };
    give(fault, answer).await
}

fn record(state: &mut State, asked: &Asked) -> usize {
    state.requests.push(asked.path.clone());
    state.recorded.push(Recorded {
        method: asked.method.clone(),
        path: asked.path.clone(),
        query: asked.raw_query.clone(),
        body: asked.body.clone(),
        authorised: asked.token.is_some(),
        status: None,
    });
    state.recorded.len() - 1
}

fn answer(state: &mut State, asked: &Asked) -> Reply {
    let mut faults = state.faults.iter();
    if let Some(at) = faults.position(|fault| asked.path.contains(&fault.path)) {
        let fault = state.faults.remove(at);
        let reply = refused(fault.status, "a fault");
        return match fault.header {
            Some((name, value)) => reply.header(&name, value),
            None => reply,
        };
    }
    if let Some(job) = asked.path.strip_prefix("/storage/") {
        return ci::storage(state, asked, job);
    }
    if asked.token.as_deref() != Some(TOKEN) {
        return refused(401, "401 Unauthorized");
    }
    let reads = matches!(asked.method.as_str(), "GET" | "HEAD");
    if !reads && state.read_only_token {
        return Reply::json(
            403,
            json!({"error": "insufficient_scope", "scope": "api",
                   "error_description": "The request requires higher privileges than provided by \
                                         the access token."}),
        );
    }
    let parts: Vec<String> = asked
        .path
        .split('/')
        .skip(1)
        .map(|part| decoded(part).unwrap_or_default())
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let found = match parts.as_slice() {
        ["api", "v4", "user"] => Some(Reply::json(200, json!(state.me()))),
        ["api", "v4", "users"] => Some(notes::users(state, asked)),
        ["api", "v4", "users", id] => Some(notes::user(state, id)),
        ["api", "v4", "projects", project, rest @ ..] => {
            let me = state.me();
            let fresh = state.next();
            match state.projects.get_mut(*project) {
                None => Some(not_found()),
                Some(project) => in_project(project, asked, rest, fresh, &me),
            }
        }
        _ => None,
    };
    found.unwrap_or_else(|| {
        let request = format!("{} {}", asked.method, asked.path);
        state.unexpected.push(request);
        not_found()
    })
}

/// None where there is no such route. `fresh` is a number nobody has yet.
fn in_project(
    project: &mut Project,
    asked: &Asked,
    rest: &[&str],
    fresh: u64,
    me: &Value,
) -> Option<Reply> {
    let guest = project.role < 30 && !matches!(asked.method.as_str(), "GET" | "HEAD");
    if guest {
        return Some(refused(403, "403 Forbidden"));
    }
    Some(match (asked.method.as_str(), rest) {
        ("GET", []) => Reply::json(200, json!({"id": project.id, "default_branch": "main"})),
        ("GET", ["pipelines"]) => ci::pipelines(project, asked),
        ("GET", ["pipelines", id]) => ci::run(project, id),
        ("POST", ["pipelines", id, "retry"]) => ci::retry_all(project, id, fresh),
        ("GET", ["pipelines", id, "jobs"]) => ci::jobs(project, asked, id),
        ("GET", ["pipelines", id, "test_report"]) => ci::test_report(project, id),
        ("GET", ["jobs", id]) => ci::job(project, id),
        ("GET", ["jobs", id, "artifacts"]) => ci::artifacts(project, id),
        ("GET", ["jobs", id, "trace"]) => ci::trace(project, asked, id),
        ("GET", ["repository", "merge_base"]) => code::merge_base(project, asked),
        ("GET", ["repository", "compare"]) => code::compare(project, asked),
        ("GET", ["repository", "tree"]) => code::tree(project, asked),
        ("GET", ["repository", "archive.tar.gz"]) => code::archive(project, asked),
        ("GET", ["repository", "blobs", id, "raw"]) => code::blob(project, id),
        ("GET", ["repository", "branches", branch]) => code::branch(project, branch),
        ("DELETE", ["repository", "branches", branch]) => code::delete_branch(project, branch),
        ("GET", ["repository", "commits"]) => code::commits(project, asked),
        ("POST", ["repository", "commits"]) => writes::commit(project, asked, fresh),
        ("GET", ["repository", "commits", id]) => code::commit(project, id),
        ("GET", ["repository", "commits", id, "statuses"]) => ci::statuses(project, asked, id),
        ("GET", ["repository", "commits", id, "merge_requests"]) => {
            requests::of_commit(project, asked, id)
        }
        ("HEAD", ["repository", "files", path]) => code::file(project, asked, path),
        ("GET", ["merge_trains", "merge_requests", iid]) => requests::train(project, iid),
        (_, ["merge_requests", iid, "notes", rest @ ..]) => {
            return notes::answer(project, asked, iid, rest, fresh, me);
        }
        (_, ["merge_requests", rest @ ..]) => {
            return requests::answer(project, asked, rest, fresh);
        }
        ("GET", ["members", "all", user]) => notes::member(project, user),
        _ => return None,
    })
}
