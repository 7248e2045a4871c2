//! Pull requests and what people write on them.

use serde_json::{Value, json};

use super::super::server::Reply;
use super::super::state::{Pull, State};
use super::{Asked, Caller, not_found, page, unknown};

pub fn answer(state: &mut State, asked: &Asked, name: &str, rest: &[&str]) -> Reply {
    match (asked.method.as_str(), rest) {
        ("GET", ["pulls"]) => list(state, asked, name),
        ("POST", ["pulls"]) => create(state, &asked.body, name),
        ("GET", ["pulls", number]) => one(state, name, number),
        ("PATCH", ["pulls", number]) => change(state, asked, name, number),
        ("GET", ["issues", number, "comments"]) => comments(state, asked, name, number),
        ("POST", ["issues", number, "comments"]) => comment(state, asked, name, number),
        _ => unknown(state, asked),
    }
}

fn list(state: &mut State, asked: &Asked, name: &str) -> Reply {
    let url = state.url.clone();
    let owner = name.split('/').next().unwrap_or_default();
    let wanted = asked.parameter("head").map(str::to_owned);
    let by_state = asked.parameter("state").unwrap_or("open").to_owned();
    let repo = state.repo(name);
    let matches = |pull: &&Pull| {
        let head = wanted
            .as_ref()
            .is_none_or(|head| *head == format!("{owner}:{}", pull.head));
        head && match by_state.as_str() {
            "all" => true,
            "closed" => !pull.open,
            _ => pull.open,
        }
    };
    let pulls = repo.pulls.iter().rev().filter(matches);
    let listed = pulls.map(|pull| repo.pull_json(&url, name, pull)).collect();
    page(asked, &url, None, listed)
}

fn one(state: &mut State, name: &str, number: &str) -> Reply {
    let url = state.url.clone();
    let repo = state.repo(name);
    let found = repo
        .pulls
        .iter()
        .find(|pull| pull.number.to_string() == number);
    match found {
        Some(pull) => Reply::json(200, repo.pull_json(&url, name, pull)),
        None => not_found(),
    }
}

fn change(state: &mut State, asked: &Asked, name: &str, number: &str) -> Reply {
    let repo = state.repo(name);
    let heads: Vec<_> = repo.pulls.iter().map(|pull| repo.head_of(pull)).collect();
    let mut pulls = repo.pulls.iter_mut().zip(heads);
    let found = pulls.find(|(pull, _)| pull.number.to_string() == number);
    let Some((pull, head)) = found else {
        return not_found();
    };
    match asked.body["state"].as_str() {
        Some("closed") if !pull.merged => {
            pull.head_sha = head;
            pull.open = false;
        }
        Some("open") if !pull.merged => pull.open = true,
        _ => return invalid(json!({"field": "state", "code": "invalid"})),
    }
    one(state, name, number)
}

/// The one mutation that REST has no route for.
pub fn graphql(state: &mut State, caller: &Caller, body: &Value) -> Reply {
    let refused = |kind: &str, message: &str| {
        Reply::json(
            200,
            json!({"data": null, "errors": [{"type": kind, "message": message}]}),
        )
    };
    let query = body["query"].as_str().unwrap_or_default();
    if !query.contains("markPullRequestReadyForReview(input: {pullRequestId: $id})") {
        return refused("undefinedField", "no such field");
    }
    let id = body["variables"]["id"].as_str().unwrap_or_default();
    let named = id.strip_prefix("PR_").and_then(|id| id.split_once('#'));
    let Some((name, number)) = named.filter(|(name, _)| state.repositories.contains_key(*name))
    else {
        return refused("NOT_FOUND", "Could not resolve to a node");
    };
    if !caller.sees(name) || !caller.may("pull_requests", "write") {
        return refused("FORBIDDEN", "Resource not accessible by integration");
    }
    let mut pulls = state.repo(name).pulls.iter_mut();
    match pulls.find(|pull| pull.number.to_string() == number) {
        Some(pull) => {
            pull.draft = false;
            let done =
                json!({"markPullRequestReadyForReview": {"pullRequest": {"isDraft": false}}});
            Reply::json(200, json!({"data": done}))
        }
        None => refused("NOT_FOUND", "Could not resolve to a node"),
    }
}

fn invalid(error: Value) -> Reply {
    Reply::json(
        422,
        json!({"message": "Validation Failed", "errors": [error]}),
    )
}

fn custom(message: String) -> Reply {
    invalid(json!({"resource": "PullRequest", "code": "custom", "message": message}))
}

fn bad_field(field: &str) -> Reply {
    invalid(json!({"resource": "PullRequest", "field": field, "code": "invalid"}))
}

fn create(state: &mut State, body: &Value, name: &str) -> Reply {
    let number = state.next();
    let url = state.url.clone();
    let owner = name.split('/').next().unwrap_or_default().to_owned();
    let repo = state.repo(name);
    let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    let (head, base, title) = (text("head"), text("base"), text("title"));
    if title.is_empty() || title.chars().count() > 256 {
        return custom("title is too long (maximum is 256 characters)".into());
    }
    if text("body").chars().count() > 65_536 {
        return custom("body is too long (maximum is 65536 characters)".into());
    }
    let Some(head_sha) = repo.refs.get(&head).cloned() else {
        return bad_field("head");
    };
    let Some(base_sha) = repo.refs.get(&base) else {
        return bad_field("base");
    };
    if repo.objects.descends(base_sha, &head_sha) {
        return custom(format!("No commits between {base} and {head}"));
    }
    if repo.pulls.iter().any(|pull| pull.open && pull.head == head) {
        return custom(format!("A pull request already exists for {owner}:{head}."));
    }
    let draft = body["draft"] == true;
    if draft && repo.no_drafts {
        return Reply::message(
            422,
            "Draft pull requests are not supported in this repository.",
        );
    }
    let pull = Pull {
        number,
        title,
        body: text("body"),
        head,
        base,
        head_sha,
        draft,
        open: true,
        merged: false,
        labels: Vec::new(),
    };
    repo.pulls.push(pull.clone());
    Reply::json(201, repo.pull_json(&url, name, &pull))
}

fn comments(state: &mut State, asked: &Asked, name: &str, number: &str) -> Reply {
    let url = state.url.clone();
    let all = state.repo(name).comments.iter();
    let of = all.filter(|(on, _)| on.to_string() == number);
    let listed = of.map(|(_, comment)| comment.clone()).collect();
    page(asked, &url, None, listed)
}

fn comment(state: &mut State, asked: &Asked, name: &str, number: &str) -> Reply {
    let id = state.next();
    let Ok(on) = number.parse() else {
        return not_found();
    };
    let comment = json!({"id": id, "body": asked.body["body"]});
    state.repo(name).comments.push((on, comment.clone()));
    Reply::json(201, comment)
}
