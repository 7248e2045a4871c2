//! Webhooks and their deliveries.

use serde_json::{Value, json};

use super::super::server::Reply;
use super::super::state::{Attempt, State};
use super::{Asked, not_found, unknown};

/// The webhooks of any repository: ours, one that is off, somebody else's.
pub fn list() -> Reply {
    let hook = |id: u64, active: bool, url: &str| json!({"id": id, "active": active, "config": {"url": url}});
    Reply::json(
        200,
        json!([
            hook(6, true, "https://chat.example/hook"),
            hook(7, true, "https://sentinel.example/webhooks/github"),
            hook(8, false, "https://old.example/webhooks/github"),
        ]),
    )
}

pub fn deliveries(state: &mut State, asked: &Asked, rest: &[&str]) -> Reply {
    match (asked.method.as_str(), rest) {
        ("GET", []) => listed(state, asked),
        ("POST", [id, "attempts"]) => again(state, id),
        _ => unknown(state, asked),
    }
}

/// Newest first; the cursor is how many were shown.
fn listed(state: &State, asked: &Asked) -> Reply {
    let from = asked.number("cursor", 0);
    let per_page = asked.number("per_page", 30).min(100);
    let newest = state.attempts.iter().rev();
    let items: Vec<Value> = newest.skip(from).take(per_page).map(json_of).collect();
    let reply = Reply::json(200, json!(items));
    let next = from + per_page;
    match next < state.attempts.len() {
        true => {
            let link =
                format!("<https://elsewhere.example/x?cursor={next}&per_page=1>; rel=\"next\"");
            reply.header("link", link)
        }
        false => reply,
    }
}

fn json_of(attempt: &Attempt) -> Value {
    json!({
        "id": attempt.id,
        "guid": attempt.webhook.header("x-github-delivery"),
        "event": attempt.webhook.header("x-github-event"),
        "delivered_at": attempt.at,
        "redelivery": false,
        "status": if attempt.status == Some(202) { "OK" } else { "failed to connect to host" },
        "status_code": attempt.status.unwrap_or(0),
        "action": "completed",
    })
}

fn again(state: &mut State, id: &str) -> Reply {
    let found = state
        .attempts
        .iter()
        .find(|attempt| attempt.id.to_string() == id);
    let Some(attempt) = found.cloned() else {
        return not_found();
    };
    state.outbox.push(attempt);
    Reply::json(202, json!({}))
}
