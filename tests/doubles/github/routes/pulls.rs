//! Pull requests and what people write on them.

use serde_json::{Value, json};

use super::super::server::Reply;
use super::super::state::{Pull, State, own_user};
use super::{Asked, Caller, not_found, page, unknown};

pub fn answer(state: &mut State, asked: &Asked, name: &str, rest: &[&str]) -> Reply {
    match (asked.method.as_str(), rest) {
        ("GET", ["pulls"]) => list(state, asked, name),
        ("POST", ["pulls"]) => create(state, &asked.body, name),
        ("GET", ["pulls", number]) => one(state, name, number),
        ("PATCH", ["pulls", number]) => change(state, asked, name, number),
        ("GET", ["pulls", number, "files"]) => files(state, asked, name, number),
        ("GET", ["pulls", number, "reviews"]) => reviews(state, asked, name, number),
        ("POST", ["pulls", number, "reviews"]) => review(state, asked, name, number),
        ("GET", ["issues", "comments", id]) => one_comment(state, name, id),
        ("POST", ["issues", number, "labels"]) => label(state, &asked.body, name, number),
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

/// A draft becomes ready for review.
pub fn ready(state: &mut State, caller: &Caller, body: &Value) -> Reply {
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
        author: None,
        fork: None,
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
    let body = &asked.body["body"];
    let comment = comment_json(&state.url, name, (id, on), own_user(), body);
    state.repo(name).comments.push((on, comment.clone()));
    Reply::json(201, comment)
}

/// A comment as it is on its first day.
pub fn comment_json(
    url: &str,
    name: &str,
    (id, on): (u64, u64),
    user: Value,
    body: &Value,
) -> Value {
    let at = "2026-01-03T00:00:00Z";
    json!({"id": id, "body": body, "user": user, "created_at": at, "updated_at": at,
           "issue_url": format!("{url}/repos/{name}/issues/{on}"),
           "performed_via_github_app": null})
}

fn one_comment(state: &mut State, name: &str, id: &str) -> Reply {
    let mut all = state.repo(name).comments.iter();
    match all.find(|(_, comment)| comment["id"].as_u64() == id.parse().ok()) {
        Some((_, comment)) => Reply::json(200, comment.clone()),
        None => not_found(),
    }
}

fn pull_of<'s>(state: &'s mut State, name: &str, number: &str) -> Option<&'s mut Pull> {
    let pulls = state.repo(name).pulls.iter_mut();
    pulls
        .into_iter()
        .find(|pull| pull.number.to_string() == number)
}

fn label(state: &mut State, body: &Value, name: &str, number: &str) -> Reply {
    let labels: Vec<String> = serde_json::from_value(body["labels"].clone()).unwrap_or_default();
    match pull_of(state, name, number) {
        Some(pull) => {
            pull.labels.extend(labels);
            let all = pull.labels.iter().map(|label| json!({"name": label}));
            Reply::json(200, json!(all.collect::<Vec<_>>()))
        }
        None => not_found(),
    }
}

fn files(state: &mut State, asked: &Asked, name: &str, number: &str) -> Reply {
    let url = state.url.clone();
    let number: u64 = number.parse().unwrap_or_default();
    let files = state.repo(name).diffs.get(&number).cloned();
    page(asked, &url, None, files.unwrap_or_default())
}

fn reviews(state: &mut State, asked: &Asked, name: &str, number: &str) -> Reply {
    let url = state.url.clone();
    let all = state.repo(name).reviews.iter();
    let of = all.filter(|(on, _)| on.to_string() == number);
    // A list shows no comments.
    let listed = of.map(|(_, review)| {
        let mut review = review.clone();
        review["comments"].take();
        review
    });
    let listed = listed.collect();
    page(asked, &url, None, listed)
}

fn review(state: &mut State, asked: &Asked, name: &str, number: &str) -> Reply {
    let (id, url) = (state.next(), state.url.clone());
    let head = match pull_of(state, name, number) {
        Some(pull) => pull.head_sha.clone(),
        None => return not_found(),
    };
    let body = &asked.body;
    if body["commit_id"] != head.as_str() || body["event"] != "COMMENT" {
        return custom("commit_id is not part of the pull request".into());
    }
    let on: u64 = number.parse().unwrap_or_default();
    let repo = state.repo(name);
    let shown = repo.diffs.get(&on).cloned().unwrap_or_default();
    let comments = body["comments"].as_array().cloned().unwrap_or_default();
    if !comments.iter().all(|comment| is_in(&shown, comment)) {
        return custom("Line must be part of the diff".into());
    }
    let review = json!({
        "id": id, "user": own_user(), "body": body["body"], "comments": comments,
        "html_url": format!("{url}/{name}/pull/{on}#pullrequestreview-{id}"),
    });
    repo.reviews.push((on, review.clone()));
    Reply::json(200, review)
}

/// Whether the lines that a comment is about are among those that a hunk shows.
fn is_in(shown: &[Value], comment: &Value) -> bool {
    let line = |name: &str| comment[name].as_u64();
    let (Some(last), first) = (line("line"), line("start_line")) else {
        return false;
    };
    let first = first.unwrap_or(last);
    let mut files = shown.iter();
    let file = files.find(|file| file["filename"] == comment["path"]);
    let patch = file.and_then(|file| file["patch"].as_str());
    let mut hunks = patch.unwrap_or_default().lines().filter_map(|line| {
        let new = line.strip_prefix("@@ -")?.split(" +").nth(1)?;
        let (start, count) = new.split(" @@").next()?.split_once(',')?;
        Some((start.parse::<u64>().ok()?, count.parse::<u64>().ok()?))
    });
    hunks.any(|(start, count)| start <= first && last < start + count)
}
