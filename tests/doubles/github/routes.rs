//! Which request is which, and who may make it.

mod actions;
mod app;
mod checks;
mod git;
mod graphql;
mod hooks;
mod people;
mod pulls;
mod write;

pub use pulls::comment_json;

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::http::header::{ACCEPT, AUTHORIZATION};
use axum::http::request::Parts;
use serde_json::{Value, json};

use super::Hub;
use super::server::Reply;
use super::state::State;
use super::storage;

/// A request, parsed.
pub struct Asked {
    pub method: String,
    pub path: String,
    pub query: String,
    pub parameters: BTreeMap<String, String>,
    pub body: Value,
    pub accept: String,
    pub bearer: Option<String>,
}

impl Asked {
    pub fn new(parts: &Parts, body: &Bytes) -> Asked {
        let header = |name| {
            let value = parts.headers.get(name)?;
            Some(value.to_str().ok()?.to_owned())
        };
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let parameters = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (name.to_owned(), decoded(value))
        });
        Asked {
            method: parts.method.to_string(),
            path: decoded(parts.uri.path()),
            parameters: parameters.collect(),
            query: query.clone(),
            body: serde_json::from_slice(body).unwrap_or(Value::Null),
            accept: header(ACCEPT).unwrap_or_default(),
            bearer: header(AUTHORIZATION)
                .map(|value| value.trim_start_matches("Bearer ").to_owned()),
        }
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    fn number(&self, name: &str, default: usize) -> usize {
        self.parameter(name)
            .and_then(|value| value.parse().ok())
            .unwrap_or(default)
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = (byte == b'%')
            .then(|| after.get(..2))
            .flatten()
            .and_then(|digits| hex::decode(digits).ok());
        match code {
            Some(code) => {
                bytes.extend(code);
                rest = &after[2..];
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A page of a list with GitHub's `Link` header.
pub fn page(asked: &Asked, url: &str, wrap: Option<&str>, all: Vec<Value>) -> Reply {
    let per_page = asked.number("per_page", 30).clamp(1, 100);
    let page = asked.number("page", 1).max(1);
    let total = all.len();
    let items: Vec<Value> = all
        .into_iter()
        .skip((page - 1) * per_page)
        .take(per_page)
        .collect();
    let body = match wrap {
        Some(name) => json!({"total_count": total, name: items}),
        None => json!(items),
    };
    let reply = Reply::json(200, body);
    match page * per_page < total {
        true => {
            let next = page + 1;
            let link = format!("<{url}{}?page={next}>; rel=\"next\"", asked.path);
            reply.header("link", link)
        }
        false => reply,
    }
}

pub fn not_found() -> Reply {
    Reply::message(404, "Not Found")
}

/// Who is asking.
pub enum Caller {
    App,
    Installation {
        repositories: Vec<String>,
        permissions: BTreeMap<String, String>,
    },
    Person {
        workflow: bool,
    },
}

impl Caller {
    fn of(state: &State, asked: &Asked) -> Option<Caller> {
        let bearer = asked.bearer.as_deref()?;
        if let Some(workflow) = state.personal.get(bearer) {
            let workflow = *workflow;
            return Some(Caller::Person { workflow });
        }
        if let Some(token) = state.issued.get(bearer).filter(|token| !token.revoked) {
            return Some(Caller::Installation {
                repositories: token.repositories.clone(),
                permissions: token.permissions.clone(),
            });
        }
        app::is_signed(bearer).then_some(Caller::App)
    }

    pub fn is_app(&self) -> bool {
        !matches!(self, Caller::Person { .. })
    }

    pub fn may(&self, permission: &str, level: &str) -> bool {
        match self {
            Caller::App => false,
            Caller::Person { workflow } => *workflow || permission != "workflows",
            Caller::Installation { permissions, .. } => permissions
                .get(permission)
                .is_some_and(|granted| granted == level || granted == "write"),
        }
    }

    pub fn sees(&self, repository: &str) -> bool {
        match self {
            Caller::App => false,
            Caller::Person { .. } => true,
            Caller::Installation { repositories, .. } => {
                repositories.iter().any(|name| name == repository)
            }
        }
    }
}

/// The answer to a request, and its effect.
pub fn answer(hub: &Hub, asked: &Asked) -> Reply {
    let mut state = hub.state();
    let segments: Vec<&str> = asked.path.trim_start_matches('/').split('/').collect();
    if let ["storage", rest @ ..] = segments.as_slice() {
        return storage::answer(&mut state, asked, rest);
    }
    let Some(caller) = Caller::of(&state, asked) else {
        return match asked.bearer {
            Some(_) => Reply::message(401, "Bad credentials"),
            None => Reply::message(401, "Requires authentication"),
        };
    };
    match segments.as_slice() {
        ["app"] => match caller {
            Caller::App => Reply::json(
                200,
                json!({"id": super::state::APP_ID,
                                                   "slug": super::state::APP_SLUG}),
            ),
            Caller::Installation { .. } | Caller::Person { .. } => {
                Reply::message(401, "A JSON web token could not be decoded")
            }
        },
        ["user"] => Reply::json(200, super::state::own_user()),
        ["graphql"] => graphql::answer(&mut state, &caller, asked),
        ["app", "installations", id, "access_tokens"] => {
            app::access_token(&mut state, &caller, id, &asked.body)
        }
        ["app", "hook", "deliveries", rest @ ..] => match caller {
            Caller::App => hooks::deliveries(&mut state, asked, rest),
            Caller::Installation { .. } | Caller::Person { .. } => {
                Reply::message(401, "A JSON web token could not be decoded")
            }
        },
        ["repos", owner, name, "installation"] => {
            app::installation(&state, &caller, &format!("{owner}/{name}"))
        }
        ["repos", owner, name, rest @ ..] => {
            let repository = format!("{owner}/{name}");
            let known = state.repositories.contains_key(&repository);
            match known && caller.sees(&repository) {
                true => in_repository(&mut state, &caller, asked, &repository, rest),
                false => not_found(),
            }
        }
        _ => unknown(&mut state, asked),
    }
}

fn unknown(state: &mut State, asked: &Asked) -> Reply {
    let request = format!("{} {}", asked.method, asked.path);
    state.unexpected.push(request);
    not_found()
}

/// What a route needs: the first segment says it all.
fn needed(method: &str, rest: &[&str]) -> (&'static str, &'static str) {
    let level = if method == "GET" { "read" } else { "write" };
    match rest {
        [] => ("metadata", "read"),
        ["actions", ..] => ("actions", level),
        ["commits", _, "check-runs"] | ["check-runs", ..] => ("checks", level),
        ["commits", _, "status"] => ("statuses", level),
        ["collaborators", ..] => ("metadata", "read"),
        // Of pull requests either permission will do.
        ["pulls", ..] | ["issues", ..] => ("pull_requests", level),
        ["hooks", ..] => ("repository_hooks", level),
        _ => ("contents", level),
    }
}

fn in_repository(
    state: &mut State,
    caller: &Caller,
    asked: &Asked,
    name: &str,
    rest: &[&str],
) -> Reply {
    let (permission, level) = needed(&asked.method, rest);
    if !caller.may(permission, level) {
        return Reply::message(403, "Resource not accessible by integration").header(
            "x-accepted-github-permissions",
            format!("{permission}={level}"),
        );
    }
    let method = asked.method.as_str();
    match (method, rest) {
        ("GET", []) => Reply::json(200, json!({"full_name": name, "default_branch": "main"})),
        (_, ["actions", rest @ ..]) => actions::answer(state, asked, name, rest),
        ("GET", ["git", rest @ ..]) => git::answer(state, asked, name, rest),
        ("GET", ["commits"]) => git::commits(state, asked, name),
        ("GET", ["commits", at]) => git::commit(state, name, at),
        ("GET", ["compare", range]) => git::compare(state, name, range),
        ("GET", ["tarball", at]) => Reply::redirect(storage::tarball_address(&state.url, name, at)),
        (_, ["git", rest @ ..]) => write::answer(state, caller, asked, name, rest),
        ("GET", ["commits", at, "check-runs"]) => checks::list(state, asked, name, at),
        ("GET", ["commits", at, "status"]) => checks::statuses(state, asked, name, at),
        ("GET", ["check-runs", id]) => checks::one(state, name, id),
        ("GET", ["check-runs", id, "annotations"]) => checks::annotations(state, asked, name, id),
        ("GET", ["hooks"]) => hooks::list(),
        (_, ["hooks", "7", "deliveries", rest @ ..]) => hooks::deliveries(state, asked, rest),
        ("PATCH", ["check-runs", id]) => checks::update(state, caller, asked, name, id),
        ("GET", ["collaborators", user, "permission"]) => people::permission(state, name, user),
        ("GET", ["branches", branch @ ..]) => people::branch(state, name, &branch.join("/")),
        ("POST", ["check-runs"]) => checks::create(state, caller, asked, name),
        (_, ["pulls", ..] | ["issues", ..]) => pulls::answer(state, asked, name, rest),
        _ => unknown(state, asked),
    }
}
