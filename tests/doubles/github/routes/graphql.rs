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

pub fn answer(state: &mut State, caller: &Caller, asked: &Asked) -> Reply {
    let query = asked.body["query"].as_str().unwrap_or_default();
    if query.contains("markPullRequestReadyForReview") {
        return super::pulls::ready(state, caller, &asked.body);
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
