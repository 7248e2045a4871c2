//! Git objects and refs, read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::objects::Item;
use super::super::server::Reply;
use super::super::state::{APP_SLUG, Repo, State};
use super::{Asked, not_found, page, unknown};

pub fn answer(state: &mut State, asked: &Asked, name: &str, rest: &[&str]) -> Reply {
    let repo = state.repo(name);
    match rest {
        ["commits", id] => match commit_json(repo, id) {
            Some(json) => Reply::json(200, json),
            None => not_found(),
        },
        ["trees", id] => tree(repo, asked, id),
        ["blobs", id] => blob(repo, asked, id),
        ["ref", "heads", branch @ ..] => reference(repo, &branch.join("/")),
        _ => unknown(state, asked),
    }
}

pub fn reference_json(branch: &str, id: &str) -> Value {
    json!({"ref": format!("refs/heads/{branch}"), "object": {"type": "commit", "sha": id}})
}

fn reference(repo: &Repo, branch: &str) -> Reply {
    if repo.refs.is_empty() {
        return Reply::message(409, "Git Repository is empty.");
    }
    match repo.refs.get(branch) {
        Some(id) => Reply::json(200, reference_json(branch, id)),
        None => not_found(),
    }
}

pub fn commit_json(repo: &Repo, id: &str) -> Option<Value> {
    let commit = repo.objects.get_commit(id)?;
    let parents: Vec<Value> = commit.parents.iter().map(|id| json!({"sha": id})).collect();
    let bot = commit.author.starts_with(APP_SLUG);
    let who = json!({"name": commit.author, "date": "2026-01-01T00:00:00Z"});
    Some(json!({
        "sha": id,
        "tree": {"sha": commit.tree},
        "parents": parents,
        "message": commit.message,
        "author": who,
        "committer": who,
        "verification": {"verified": commit.verified && bot},
    }))
}

fn tree(repo: &Repo, asked: &Asked, id: &str) -> Reply {
    let recursive = asked.parameter("recursive").is_some();
    let items: Option<Vec<(String, Item)>> = match recursive {
        true => repo.objects.list(id),
        false => repo.objects.get_tree(id).map(|items| {
            let items = items.iter().cloned();
            items.map(|item| (item.name.clone(), item)).collect()
        }),
    };
    let Some(mut items) = items else {
        return not_found();
    };
    let limit = repo
        .listing_limit
        .filter(|limit| recursive && items.len() > *limit);
    if let Some(limit) = limit {
        items.truncate(limit);
    }
    let listed: Vec<Value> = items
        .iter()
        .map(|(path, item)| item_json(repo, path, item))
        .collect();
    Reply::json(
        200,
        json!({"sha": id, "tree": listed, "truncated": limit.is_some()}),
    )
}

fn item_json(repo: &Repo, path: &str, item: &Item) -> Value {
    let mut json = json!({"path": path, "mode": item.mode, "type": item.kind(), "sha": item.id});
    if let Some(bytes) = repo.objects.get_blob(&item.id) {
        json["size"] = bytes.len().into();
    }
    json
}

fn blob(repo: &Repo, asked: &Asked, id: &str) -> Reply {
    let Some(bytes) = repo.objects.get_blob(id) else {
        return not_found();
    };
    match asked.accept.contains("raw") && !repo.json_only {
        true => Reply::bytes("application/vnd.github.raw+json", bytes.to_vec()),
        false => Reply::json(
            200,
            json!({"sha": id, "size": bytes.len(), "encoding": "base64",
                   "content": STANDARD.encode(bytes)}),
        ),
    }
}

/// The commits reachable from `sha`, first parents only.
pub fn commits(state: &mut State, asked: &Asked, name: &str) -> Reply {
    let url = state.url.clone();
    let repo = state.repo(name);
    let from = asked.parameter("sha").unwrap_or("main").to_owned();
    let mut next = repo.refs.get(&from).cloned().or(Some(from));
    let mut listed = Vec::new();
    while let Some(id) = next {
        let Some(commit) = repo.objects.get_commit(&id) else {
            return not_found();
        };
        let parents: Vec<Value> = commit.parents.iter().map(|id| json!({"sha": id})).collect();
        listed.push(json!({"sha": id, "commit": {"message": commit.message}, "parents": parents}));
        next = commit.parents.first().cloned();
    }
    page(asked, &url, None, listed)
}

/// A commit by its id, a branch or a tag, with what it changed.
pub fn commit(state: &mut State, name: &str, at: &str) -> Reply {
    let repo = state.repo(name);
    let id = repo.refs.get(at).map_or(at, String::as_str).to_owned();
    let objects = &repo.objects;
    let Some(commit) = objects.get_commit(&id) else {
        return Reply::message(422, &format!("No commit found for SHA: {at}"));
    };
    let parent = commit.parents.first();
    let changed = parent.map(|parent| objects.differences(parent, &id));
    let files = changed.unwrap_or_default().into_iter();
    let files: Vec<Value> = files
        .map(|(path, status)| json!({"filename": path, "status": status}))
        .collect();
    Reply::json(200, json!({"sha": id, "files": files}))
}

/// How the second of two commits lies to the first.
pub fn compare(state: &mut State, name: &str, range: &str) -> Reply {
    let repo = state.repo(name);
    let (base, head) = range.split_once("...").expect("two commits");
    let known = |id: &str| repo.objects.get_commit(id).is_some();
    if !known(base) || !known(head) {
        return not_found();
    }
    let status = match (
        repo.objects.descends(head, base),
        repo.objects.descends(base, head),
    ) {
        _ if base == head => "identical",
        (true, _) => "ahead",
        (false, true) => "behind",
        (false, false) => "diverged",
    };
    let objects = &repo.objects;
    let merge_base = objects.parted(base, head);
    let from = merge_base.as_deref().unwrap_or(base);
    let files: Vec<Value> = objects
        .differences(from, head)
        .into_iter()
        .map(|(path, status)| json!({"filename": path, "status": status, "patch": "@@"}))
        .collect();
    Reply::json(
        200,
        json!({"status": status, "commits": [], "merge_base_commit": {"sha": from},
               "total_commits": objects.first_parents(head, from), "files": files}),
    )
}
