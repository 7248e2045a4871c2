//! A commit made from a list of actions, with GitLab's own refusals.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::super::github::objects::{Commit, Flat};
use super::super::github::server::Reply;
use super::Project;
use super::code::{last_commit, resolve, shown};
use super::routes::{Asked, refused};

/// All that GitLab reads of the request; anything else it passes over, and a
/// test should know of it.
const FIELDS: [&str; 6] = [
    "branch",
    "start_sha",
    "commit_message",
    "actions",
    "stats",
    "last_commit_id",
];

pub fn commit(project: &mut Project, asked: &Asked, fresh: u64) -> Reply {
    match made(project, &asked.body, fresh) {
        Ok(id) => Reply::json(201, shown(project, &id).expect("it was just made")),
        Err(reply) => reply,
    }
}

fn made(project: &mut Project, body: &Value, fresh: u64) -> Result<String, Reply> {
    let bad = |message: String| refused(400, message);
    let fields = body.as_object().ok_or_else(|| bad("Invalid json".into()))?;
    if let Some(other) = fields.keys().find(|key| !FIELDS.contains(&key.as_str())) {
        panic!("GitLab knows no field {other} of a commit");
    }
    let field = |name: &str| body[name].as_str().filter(|text| !text.is_empty());
    let missing = |name: &str| bad(format!("400 Bad request - {name} is required"));
    let branch = field("branch").ok_or_else(|| missing("branch"))?;
    let message = field("commit_message").ok_or_else(|| missing("commit_message"))?;
    let actions = body["actions"].as_array().filter(|all| !all.is_empty());
    let actions = actions.ok_or_else(|| missing("actions"))?;
    if project
        .protected
        .iter()
        .any(|begin| branch.starts_with(begin.as_str()))
    {
        let why = "403 Forbidden - You are not allowed to push into this branch";
        return Err(refused(403, why));
    }
    let (start, guarded_by) = start(project, branch, field("start_sha"))?;
    let mut flat = project.objects.flat(&start).expect("a commit has a tree");
    for action in actions {
        act(project, &mut flat, action, &guarded_by)?;
    }
    let tree = project.objects.write(&flat);
    let id = project.objects.commit(Commit {
        tree,
        parents: vec![start],
        message: message.to_owned(),
        author: "sentinel".into(),
        time: 1_700_000_000 + fresh,
        verified: false,
    });
    if project.spoils_commits {
        flat.insert(
            "injected".into(),
            ("100644".into(), project.objects.blob(b"x".to_vec())),
        );
        let tree = project.objects.write(&flat);
        let spoilt = Commit {
            tree,
            ..project.objects.get_commit(&id).unwrap().clone()
        };
        let id = project.objects.commit(spoilt);
        project.refs.insert(branch.to_owned(), id.clone());
        return Ok(id);
    }
    project.refs.insert(branch.to_owned(), id.clone());
    Ok(id)
}

/// Where the commit starts, and what `last_commit_id` is compared with: beside
/// `start_sha` that is the default branch, because no start branch is set.
fn start(
    project: &Project,
    branch: &str,
    start_sha: Option<&str>,
) -> Result<(String, String), Reply> {
    let there = project.refs.get(branch);
    match (start_sha, there) {
        (Some(_), Some(_)) => Err(refused(
            400,
            format!(
                "A branch called '{branch}' already exists. Switch to that branch in order to \
                 make changes"
            ),
        )),
        (Some(sha), None) => match resolve(project, sha) {
            Some(start) => Ok((start, "main".into())),
            None => Err(refused(400, format!("Cannot find start_sha '{sha}'"))),
        },
        (None, Some(head)) => Ok((head.clone(), branch.to_owned())),
        (None, None) => Err(refused(
            400,
            "You can only create or edit files when you are on a branch",
        )),
    }
}

fn act(
    project: &mut Project,
    flat: &mut Flat,
    action: &Value,
    guarded_by: &str,
) -> Result<(), Reply> {
    let path = action["file_path"].as_str().unwrap_or_default().to_owned();
    let there = flat.get(&path).cloned();
    if let Some(known) = action["last_commit_id"].as_str() {
        let now = last_commit(project, guarded_by, &path);
        if now.is_some() && now != last_commit(project, known, &path) {
            let why = format!(
                "You are attempting to update a file `{path}` that has changed since you started \
                 editing it."
            );
            return Err(refused(400, why));
        }
    }
    let content = || {
        let text = action["content"].as_str().unwrap_or_default();
        match action["encoding"].as_str() {
            Some("base64") => STANDARD.decode(text).expect("base64"),
            _ => text.as_bytes().to_vec(),
        }
    };
    match (action["action"].as_str(), there) {
        (Some("create"), Some(_)) => Err(refused(400, "A file with this name already exists")),
        (Some("update" | "delete"), None) => {
            Err(refused(400, "A file with this name doesn't exist"))
        }
        (Some("delete"), Some(_)) => {
            flat.remove(&path);
            Ok(())
        }
        (Some("create" | "update"), there) => {
            let mode = there.map_or("100644".to_owned(), |(mode, _)| mode);
            let blob = project.objects.blob(content());
            flat.insert(path, (mode, blob));
            Ok(())
        }
        (other, _) => Err(refused(400, format!("actions[0][action] is {other:?}"))),
    }
}
