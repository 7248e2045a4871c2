//! Check runs.

use serde_json::{Value, json};

use super::super::server::Reply;
use super::super::state::State;
use super::{Asked, Caller, not_found, page};

pub fn list(state: &mut State, asked: &Asked, name: &str, at: &str) -> Reply {
    let url = state.url.clone();
    let wanted = asked.parameter("check_name").map(str::to_owned);
    let checks = state.repo(name).checks.iter();
    let of = checks.filter(|check| {
        let named = wanted
            .as_ref()
            .is_none_or(|wanted| check["name"] == **wanted);
        check["head_sha"] == at && named
    });
    let listed = of.cloned().map(counted).collect();
    page(asked, &url, Some("check_runs"), listed)
}

/// The newest status of each context.
pub fn statuses(state: &mut State, asked: &Asked, name: &str, at: &str) -> Reply {
    let url = state.url.clone();
    let all = state.repo(name).statuses.iter();
    let of: Vec<Value> = all.filter(|status| status["sha"] == at).cloned().collect();
    page(asked, &url, Some("statuses"), of)
}

fn known(state: &mut State, name: &str, id: &str) -> Option<Value> {
    let checks = state.repo(name).checks.iter();
    let id: u64 = id.parse().ok()?;
    let mut of = checks.filter(|check| check["id"] == id);
    of.next().cloned()
}

fn listed(check: &Value) -> Vec<Value> {
    let all = check["output"]["annotations"].as_array();
    all.cloned().unwrap_or_default()
}

/// Lists and answers say how many annotations there are, not which.
fn counted(mut check: Value) -> Value {
    check["output"]["annotations_count"] = listed(&check).len().into();
    // Another App's says so itself.
    if check["app"]["slug"].is_null() {
        check["app"] = json!({"slug": super::super::state::APP_SLUG});
    }
    check
}

/// Annotations are added to those that are there; the rest is replaced.
pub fn update(state: &mut State, caller: &Caller, asked: &Asked, name: &str, id: &str) -> Reply {
    if !caller.is_app() {
        return Reply::message(403, "You must authenticate via a GitHub App.");
    }
    let mut body = asked.body.clone();
    let checks = state.repo(name).checks.iter_mut();
    let Some(check) = checks
        .into_iter()
        .find(|check| check["id"].as_u64() == id.parse().ok())
    else {
        return not_found();
    };
    body["name"] = check["name"].clone();
    if let Some(why) = refusal(&body) {
        return Reply::message(422, &format!("Invalid request.\n\n{why}"));
    }
    let mut all = listed(check);
    all.extend(listed(&body));
    // What is not said again is taken for gone: nobody may rely on the other.
    check["actions"] = body["actions"].clone();
    check["output"] = body["output"].clone();
    check["output"]["annotations"] = json!(all);
    Reply::json(200, counted(check.clone()))
}

pub fn one(state: &mut State, name: &str, id: &str) -> Reply {
    match known(state, name, id) {
        Some(check) => Reply::json(200, counted(check)),
        None => not_found(),
    }
}

pub fn annotations(state: &mut State, asked: &Asked, name: &str, id: &str) -> Reply {
    let url = state.url.clone();
    match known(state, name, id) {
        Some(check) => page(asked, &url, None, listed(&check)),
        None => not_found(),
    }
}

pub fn create(state: &mut State, caller: &Caller, asked: &Asked, name: &str) -> Reply {
    if !caller.is_app() {
        return Reply::message(403, "You must authenticate via a GitHub App.");
    }
    let id = state.next();
    let url = state.url.clone();
    let repo = state.repo(name);
    let head = asked.body["head_sha"].as_str().unwrap_or_default();
    if repo.objects.get_commit(head).is_none() {
        return Reply::message(422, &format!("No commit found for SHA: {head}"));
    }
    if let Some(why) = refusal(&asked.body) {
        return Reply::message(422, &format!("Invalid request.\n\n{why}"));
    }
    let mut check = asked.body.clone();
    check["id"] = id.into();
    check["html_url"] = json!(format!("{url}/{name}/runs/{id}"));
    repo.checks.push(check.clone());
    Reply::json(201, counted(check))
}

/// What GitHub's description of the API demands of a check run.
fn refusal(body: &Value) -> Option<String> {
    let output = &body["output"];
    let long = |field: &str| {
        let text = output[field].as_str().unwrap_or_default();
        text.chars().count() > 65_535
    };
    if !body["name"].is_string() || !output["title"].is_string() || !output["summary"].is_string() {
        return Some("name, output.title and output.summary are required".into());
    }
    if long("summary") || long("text") {
        return Some("output is longer than 65535 characters".into());
    }
    let actions = body["actions"].as_array().cloned().unwrap_or_default();
    let fits = |action: &Value, field: &str, most: usize| {
        let text = action[field].as_str().unwrap_or_default();
        (1..=most).contains(&text.chars().count())
    };
    let good = |action: &Value| {
        fits(action, "label", 20)
            && fits(action, "description", 40)
            && fits(action, "identifier", 20)
    };
    if actions.len() > 3 || !actions.iter().all(good) {
        return Some("actions: at most 3, of 20, 40 and 20 characters".into());
    }
    let annotations = output["annotations"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    if annotations.len() > 50 {
        return Some("no more than 50 items are allowed".into());
    }
    let bad = annotations.iter().any(|annotation| {
        let line = |name: &str| annotation[name].as_u64().unwrap_or_default();
        let level = annotation["annotation_level"].as_str().unwrap_or_default();
        !annotation["path"].is_string()
            || !annotation["message"].is_string()
            || !["notice", "warning", "failure"].contains(&level)
            || line("start_line") == 0
            || line("end_line") < line("start_line")
    });
    bad.then(|| "an annotation is incomplete".into())
}
