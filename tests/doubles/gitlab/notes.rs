//! Notes, and who people are.

use serde_json::{Value, json};

use super::super::github::server::Reply;
use super::routes::{Asked, not_found, page, refused};
use super::{Note, Project, State, quick_actions, requests};

pub fn answer(
    project: &mut Project,
    asked: &Asked,
    iid: &str,
    rest: &[&str],
    fresh: u64,
    me: &Value,
) -> Option<Reply> {
    let Some(at) = requests::find(project, iid) else {
        return Some(not_found());
    };
    let on = project.merge_requests[at].iid;
    Some(match (asked.method.as_str(), rest) {
        ("GET", []) => {
            let mut of: Vec<&Note> = project.notes.iter().filter(|note| note.on == on).collect();
            if asked.query.get("sort").map(String::as_str) != Some("asc") {
                of.reverse();
            }
            page(asked, of.into_iter().map(shown).collect())
        }
        ("POST", []) => {
            let body = asked.body["body"].as_str().unwrap_or_default().to_owned();
            project.quick_actions.extend(quick_actions(&body));
            let note = Note {
                id: fresh,
                on,
                body,
                author: me["id"].as_u64().unwrap(),
                system: false,
                edited: false,
            };
            project.notes.push(note.clone());
            Reply::json(201, shown(&note))
        }
        ("GET", [id]) => {
            let mut notes = project.notes.iter();
            match notes.find(|note| note.on == on && note.id.to_string() == *id) {
                Some(note) => Reply::json(200, shown(note)),
                None => not_found(),
            }
        }
        ("PUT", [id]) => update(project, asked, id, me),
        _ => return None,
    })
}

fn update(project: &mut Project, asked: &Asked, id: &str, me: &Value) -> Reply {
    let mut notes = project.notes.iter_mut();
    let Some(note) = notes.find(|note| note.id.to_string() == id) else {
        return not_found();
    };
    if Some(note.author) != me["id"].as_u64() {
        return refused(403, "403 Forbidden");
    }
    note.body = asked.body["body"].as_str().unwrap_or_default().to_owned();
    let found = quick_actions(&note.body);
    let answer = shown(note);
    project.quick_actions.extend(found);
    Reply::json(200, answer)
}

fn shown(note: &Note) -> Value {
    let at = |minute: u32| format!("2026-01-02T03:0{minute}:00.000Z");
    json!({"id": note.id, "body": note.body, "system": note.system,
           "created_at": at(0), "updated_at": at(u32::from(note.edited)),
           "author": {"id": note.author, "username": format!("user{}", note.author)}})
}

/// Tokens of projects and groups have users of their own.
pub fn user(state: &State, id: &str) -> Reply {
    let known = state.people.values().any(|known| known.to_string() == id);
    match known {
        true => Reply::json(200, json!({"id": 1, "bot": false, "state": "active"})),
        false => Reply::json(200, json!({"id": 1, "bot": true, "state": "active"})),
    }
}

pub fn users(state: &State, asked: &Asked) -> Reply {
    let wanted = asked.query.get("username").cloned().unwrap_or_default();
    let people = state.people.iter();
    let found = people.filter(|(name, _)| name.eq_ignore_ascii_case(&wanted));
    let listed = found.map(|(name, id)| json!({"id": id, "username": name, "state": "active"}));
    page(asked, listed.collect())
}

pub fn member(project: &Project, user: &str) -> Reply {
    let id: Option<u64> = user.parse().ok();
    let level = id.and_then(|id| project.members.get(&id));
    match level {
        Some(level) => Reply::json(
            200,
            json!({"id": id, "access_level": level, "state": "active"}),
        ),
        None => not_found(),
    }
}
