//! The mutations that REST has no routes for, or weaker ones.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::objects::Commit;
use super::super::server::Reply;
use super::super::state::{APP_SLUG, State};
use super::{Asked, Caller, unknown};

fn refused(kind: &str, message: &str) -> Reply {
    let error = json!({"type": kind, "path": ["createCommitOnBranch"], "message": message});
    Reply::json(
        200,
        json!({"data": {"createCommitOnBranch": null}, "errors": [error]}),
    )
}

/// A repository's node id, by its name.
fn identified(state: &State, caller: &Caller, variables: &Value) -> Reply {
    let part = |key: &str| variables[key].as_str().unwrap_or_default();
    let name = format!("{}/{}", part("owner"), part("name"));
    let known = state.repositories.contains_key(&name) && caller.sees(&name);
    let id = known.then(|| json!({"id": format!("R_{name}")}));
    Reply::json(200, json!({"data": {"repository": id}}))
}

/// Refs that are where they are said to be; one that goes nowhere is deleted.
fn update_refs(state: &mut State, caller: &Caller, input: &Value) -> Reply {
    let refuse = |message: &str| {
        let error = json!({"type": "UNPROCESSABLE", "message": message});
        Reply::json(
            200,
            json!({"data": {"updateRefs": null}, "errors": [error]}),
        )
    };
    let id = input["repositoryId"].as_str().unwrap_or_default();
    let name = id.strip_prefix("R_").unwrap_or_default().to_owned();
    if !state.repositories.contains_key(&name) || !caller.may("contents", "write") {
        return refuse("Resource not accessible by integration");
    }
    let repo = state.repo(&name);
    for update in input["refUpdates"].as_array().into_iter().flatten() {
        let full = update["name"].as_str().unwrap_or_default();
        let branch = full.strip_prefix("refs/heads/").expect("a full name");
        let after = update["afterOid"].as_str().expect("where it is to be");
        assert!(
            after.bytes().all(|digit| digit == b'0'),
            "only deleted here"
        );
        let before = update["beforeOid"].as_str();
        if before != repo.refs.get(branch).map(String::as_str) {
            return refuse("Ref cannot be updated: it is not where it was expected");
        }
        let head = repo.refs.remove(branch);
        // A pull request goes on showing what it showed last.
        let of = repo.pulls.iter_mut().filter(|pull| pull.head == branch);
        of.for_each(|pull| pull.head_sha = head.clone().unwrap_or_default());
    }
    Reply::json(
        200,
        json!({"data": {"updateRefs": {"clientMutationId": null}}}),
    )
}

pub fn answer(state: &mut State, caller: &Caller, asked: &Asked) -> Reply {
    let query = asked.body["query"].as_str().unwrap_or_default();
    if query.contains("markPullRequestReadyForReview") {
        return super::pulls::ready(state, caller, &asked.body);
    }
    if query.contains("repository(owner: $owner, name: $name) { id }") {
        return identified(state, caller, &asked.body["variables"]);
    }
    if query.contains("updateRefs") {
        return update_refs(state, caller, &asked.body["variables"]["input"]);
    }
    if !query.contains("createCommitOnBranch") {
        return unknown(state, asked);
    }
    let input = &asked.body["variables"]["input"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = text(&input["branch"]["repositoryNameWithOwner"]);
    if !state.repositories.contains_key(&name) || !caller.sees(&name) {
        return refused("NOT_FOUND", "Could not resolve to a Repository");
    }
    if !caller.may("contents", "write") {
        return refused("FORBIDDEN", "Resource not accessible by integration");
    }
    let time = 1_700_000_000 + state.next();
    let (branch, expected) = (
        text(&input["branch"]["branchName"]),
        text(&input["expectedHeadOid"]),
    );
    let repo = state.repo(&name);
    let Some(head) = repo.refs.get(&branch).cloned() else {
        return refused("NOT_FOUND", "No such branch");
    };
    if head != expected {
        let message = format!("Expected branch to point to \"{expected}\" but it did not.");
        return refused("STALE_DATA", &message);
    }
    let mut flat = repo.objects.flat(&head).expect("a tree");
    for file in input["fileChanges"]["deletions"]
        .as_array()
        .into_iter()
        .flatten()
    {
        flat.remove(&text(&file["path"]));
    }
    for file in input["fileChanges"]["additions"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let bytes = STANDARD.decode(text(&file["contents"])).unwrap_or_default();
        let id = repo.objects.blob(bytes);
        // It knows no modes.
        flat.insert(text(&file["path"]), ("100644".into(), id));
    }
    let tree = repo.objects.write(&flat);
    let message = &input["message"];
    let commit = repo.objects.commit(Commit {
        tree,
        parents: vec![head],
        message: format!(
            "{}\n\n{}",
            text(&message["headline"]),
            text(&message["body"])
        ),
        author: format!("{APP_SLUG}[bot]"),
        time,
        verified: caller.is_app(),
    });
    repo.refs.insert(branch, commit.clone());
    Reply::json(
        200,
        json!({"data": {"createCommitOnBranch": {"commit": {"oid": commit}}}}),
    )
}
