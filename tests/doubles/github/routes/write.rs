//! Git objects and refs, written.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::objects::{Commit, Flat};
use super::super::server::Reply;
use super::super::state::{APP_SLUG, Repo, State};
use super::git::{commit_json, reference_json};
use super::{Asked, Caller, not_found, unknown};

pub fn answer(
    state: &mut State,
    caller: &Caller,
    asked: &Asked,
    name: &str,
    rest: &[&str],
) -> Reply {
    let time = 1_700_000_000 + state.next();
    match (asked.method.as_str(), rest) {
        ("POST", ["blobs"]) => blob(state.repo(name), &asked.body),
        ("POST", ["trees"]) => tree(state.repo(name), caller, &asked.body),
        ("POST", ["commits"]) => commit(state.repo(name), caller, &asked.body, time),
        ("POST", ["refs"]) => make_reference(state.repo(name), &asked.body),
        ("PATCH", ["refs", "heads", branch @ ..]) => {
            move_reference(state.repo(name), &branch.join("/"), &asked.body)
        }
        ("DELETE", ["refs", "heads", branch @ ..]) => {
            delete_reference(state.repo(name), &branch.join("/"))
        }
        _ => unknown(state, asked),
    }
}

fn invalid(message: &str) -> Reply {
    Reply::message(422, message)
}

fn blob(repo: &mut Repo, body: &Value) -> Reply {
    let Some(content) = body["content"].as_str() else {
        return invalid("Invalid request. \"content\" wasn't supplied.");
    };
    let bytes = match body["encoding"].as_str() {
        Some("base64") => STANDARD.decode(content).unwrap_or_default(),
        _ => content.as_bytes().to_vec(),
    };
    Reply::json(201, json!({"sha": repo.objects.blob(bytes)}))
}

fn tree(repo: &mut Repo, caller: &Caller, body: &Value) -> Reply {
    let mut flat = match body["base_tree"].as_str() {
        None => Flat::new(),
        Some(base) => match repo.objects.flat(base) {
            Some(flat) => flat,
            None => return invalid("base_tree is not a valid tree oid"),
        },
    };
    let entries = body["tree"].as_array().cloned().unwrap_or_default();
    for entry in &entries {
        if let Err(refusal) = put(repo, caller, &mut flat, entry) {
            return refusal;
        }
    }
    let id = repo.objects.write(&flat);
    Reply::json(201, json!({"sha": id, "truncated": false}))
}

fn put(repo: &mut Repo, caller: &Caller, flat: &mut Flat, entry: &Value) -> Result<(), Reply> {
    let path = entry["path"].as_str().unwrap_or_default().to_owned();
    if path.starts_with(".github/workflows/") && !caller.may("workflows", "write") {
        // GitHub's answers differ: nothing is there for a token without the scope.
        return Err(match caller.is_app() {
            true => Reply::message(403, "Resource not accessible by integration"),
            false => not_found(),
        });
    }
    let mode = entry["mode"].as_str().unwrap_or_default().to_owned();
    if !["100644", "100755", "120000", "160000", "040000"].contains(&mode.as_str()) {
        return Err(invalid("tree.mode must be one of the valid modes"));
    }
    let id = match (entry.get("sha"), entry["content"].as_str()) {
        (Some(Value::Null), None) => {
            let there = flat.remove(&path).is_some();
            return there
                .then_some(())
                .ok_or_else(|| invalid("GitRPC::BadObjectState"));
        }
        (Some(Value::String(id)), None) if repo.objects.get_blob(id).is_some() => id.clone(),
        (None, Some(content)) if !content.is_empty() => {
            repo.objects.blob(content.as_bytes().to_vec())
        }
        _ => return Err(invalid("Must supply either tree.sha or tree.content")),
    };
    flat.insert(path, (mode, id));
    Ok(())
}

fn commit(repo: &mut Repo, caller: &Caller, body: &Value, time: u64) -> Reply {
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let (Some(message), Some(tree)) = (text("message"), text("tree")) else {
        return invalid("Invalid request. \"message\" or \"tree\" wasn't supplied.");
    };
    if repo.objects.get_tree(&tree).is_none() {
        return invalid("Tree SHA does not exist");
    }
    let parents: Vec<String> = serde_json::from_value(body["parents"].clone()).unwrap_or_default();
    let missing = |id: &String| repo.objects.get_commit(id).is_none();
    if parents.iter().any(missing) {
        return invalid("Parent SHA does not exist or is not a commit object");
    }
    let named = body.get("author").is_some() || body.get("committer").is_some();
    let id = repo.objects.commit(Commit {
        tree,
        parents,
        message,
        author: format!("{APP_SLUG}[bot]"),
        time,
        verified: caller.is_app() && !named,
    });
    Reply::json(201, commit_json(repo, &id).expect("the commit just made"))
}

fn make_reference(repo: &mut Repo, body: &Value) -> Reply {
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let (reference, id) = (text("ref"), text("sha"));
    let Some(branch) = reference.strip_prefix("refs/heads/") else {
        return invalid("Reference name must contain at least three slashes.");
    };
    if repo.refs.contains_key(branch) {
        return invalid("Reference already exists");
    }
    if repo.locked {
        return invalid(
            "Repository rule violations found\n\nCannot create ref due to creations being restricted.",
        );
    }
    if repo.objects.get_commit(&id).is_none() {
        return invalid("Object does not exist");
    }
    repo.refs.insert(branch.to_owned(), id.clone());
    Reply::json(201, reference_json(branch, &id))
}

fn move_reference(repo: &mut Repo, branch: &str, body: &Value) -> Reply {
    let id = body["sha"].as_str().unwrap_or_default();
    let Some(old) = repo.refs.get(branch) else {
        return invalid("Reference does not exist");
    };
    if repo.objects.get_commit(id).is_none() {
        return invalid("Object does not exist");
    }
    if body["force"] != true && !repo.objects.descends(id, old) {
        return invalid("Update is not a fast forward");
    }
    repo.refs.insert(branch.to_owned(), id.to_owned());
    Reply::json(200, reference_json(branch, id))
}

fn delete_reference(repo: &mut Repo, branch: &str) -> Reply {
    match repo.refs.remove(branch) {
        Some(_) => {
            let mut reply = Reply::bytes("text/plain", Vec::new());
            reply.status = 204;
            reply
        }
        None => invalid("Reference does not exist"),
    }
}
