//! What people may do, and which branches are protected.

use serde_json::json;

use super::super::server::Reply;
use super::super::state::State;
use super::not_found;

/// The old word for a role beside the role itself, as GitHub answers.
pub fn permission(state: &mut State, name: &str, user: &str) -> Reply {
    let role = state.repo(name).people.get(user).cloned();
    let role = role.unwrap_or_else(|| "none".into());
    let old = match role.as_str() {
        "maintain" => "write",
        "triage" => "read",
        other => other,
    };
    Reply::json(
        200,
        json!({"permission": old, "role_name": role, "user": {"login": user}}),
    )
}

pub fn branch(state: &mut State, name: &str, branch: &str) -> Reply {
    let repo = state.repo(name);
    match repo.refs.get(branch) {
        Some(id) => Reply::json(
            200,
            json!({"name": branch, "commit": {"sha": id},
                   "protected": repo.protected.contains(branch)}),
        ),
        None => not_found(),
    }
}
