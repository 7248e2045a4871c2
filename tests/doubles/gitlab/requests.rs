//! Merge requests.

use serde_json::{Value, json};

use super::super::github::server::Reply;
use super::routes::{Asked, not_found, page, refused};
use super::{MergeRequest, Project, quick_actions};

pub fn answer(project: &mut Project, asked: &Asked, rest: &[&str], fresh: u64) -> Option<Reply> {
    Some(match (asked.method.as_str(), rest) {
        ("GET", []) => list(project, asked),
        ("POST", []) => create(project, &asked.body, fresh),
        ("GET", [iid]) => match find(project, iid) {
            Some(at) => Reply::json(200, shown(project, &project.merge_requests[at])),
            None => not_found(),
        },
        ("PUT", [iid]) => update(project, &asked.body, iid),
        _ => return None,
    })
}

pub fn find(project: &Project, iid: &str) -> Option<usize> {
    let mut all = project.merge_requests.iter();
    all.position(|request| request.iid.to_string() == iid)
}

fn shown(project: &Project, request: &MergeRequest) -> Value {
    // The branch of an open one is where its newest commit is.
    let open = request.state == "opened" && request.source_project == project.id;
    let head = project.refs.get(&request.source).filter(|_| open);
    json!({
        "id": request.iid + 9000, "iid": request.iid, "title": request.title,
        "description": request.description, "state": request.state,
        "draft": request.title.starts_with("Draft: "), "labels": request.labels,
        "sha": head.unwrap_or(&request.sha), "source_branch": request.source,
        "target_branch": request.target, "source_project_id": request.source_project,
        "target_project_id": project.id,
        "has_conflicts": false, "detailed_merge_status": "mergeable",
        "merge_commit_sha": (request.state == "merged").then_some(&request.sha),
        "author": {"id": 5, "username": "dana"},
        "web_url": format!("https://gitlab.example.com/-/merge_requests/{}", request.iid),
    })
}

fn list(project: &Project, asked: &Asked) -> Reply {
    let of = |request: &&MergeRequest| {
        let state = asked.query.get("state").map_or("all", String::as_str);
        (state == "all" || state == request.state)
            && asked.is("source_branch", &request.source)
            && asked.is("target_branch", &request.target)
    };
    let listed = project.merge_requests.iter().rev().filter(of);
    page(
        asked,
        listed.map(|request| shown(project, request)).collect(),
    )
}

fn create(project: &mut Project, body: &Value, iid: u64) -> Reply {
    let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    let (source, target, title) = (text("source_branch"), text("target_branch"), text("title"));
    if title.is_empty() || title.chars().count() > 255 {
        let why = json!({"title": ["is too long (maximum is 255 characters)"]});
        return refused(400, why);
    }
    if !project.refs.contains_key(&target) {
        let why = format!("The target branch \"{target}\" does not exist");
        return refused(400, json!([why]));
    }
    let Some(sha) = project.refs.get(&source).cloned() else {
        return refused(400, json!({"source_branch": ["does not exist"]}));
    };
    let mut open = project.merge_requests.iter();
    let same = |other: &&MergeRequest| other.source == source && other.state == "opened";
    if let Some(other) = open.find(same) {
        let why = format!(
            "Another open merge request already exists for this source branch: !{}",
            other.iid
        );
        return refused(409, json!([why]));
    }
    let description = text("description");
    project.quick_actions.extend(quick_actions(&description));
    let labels = text("labels");
    project.merge_requests.push(MergeRequest {
        iid,
        title,
        description,
        source,
        source_project: project.id,
        target,
        labels: labels.split(',').map(str::to_owned).collect(),
        state: "opened".into(),
        sha,
        removes_branch: body["remove_source_branch"] == true,
    });
    let made = project.merge_requests.last().unwrap();
    Reply::json(201, shown(project, made))
}

fn update(project: &mut Project, body: &Value, iid: &str) -> Reply {
    let Some(at) = find(project, iid) else {
        return not_found();
    };
    let request = &mut project.merge_requests[at];
    if let Some(title) = body["title"].as_str() {
        request.title = title.to_owned();
    }
    match body["state_event"].as_str() {
        Some("close") => request.state = "closed".into(),
        Some("reopen") => request.state = "opened".into(),
        _ => {}
    }
    Reply::json(200, shown(project, &project.merge_requests[at]))
}

/// Those that hold a commit, open or not.
pub fn of_commit(project: &Project, asked: &Asked, id: &str) -> Reply {
    let holds = |request: &&MergeRequest| {
        let head = project.refs.get(&request.source).unwrap_or(&request.sha);
        project.objects.descends(head, id)
    };
    let listed = project.merge_requests.iter().filter(holds);
    page(
        asked,
        listed.map(|request| shown(project, request)).collect(),
    )
}

/// Whether a merge request waits in a merge train.
pub fn train(project: &Project, iid: &str) -> Reply {
    match project
        .train
        .iter()
        .any(|waiting| waiting.to_string() == iid)
    {
        true => Reply::json(200, json!({"id": 1, "status": "fresh"})),
        false => not_found(),
    }
}
