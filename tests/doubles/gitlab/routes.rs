//! Which request is which.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State as Shared};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::{Job, Project, State, TOKEN, lock};

pub fn router(state: Arc<Mutex<State>>) -> Router {
    Router::new().fallback(handle).with_state(state)
}

struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

fn reply(status: u16, body: Value) -> Reply {
    Reply {
        status,
        headers: vec![("content-type".into(), "application/json".into())],
        body: body.to_string().into_bytes(),
    }
}

fn bytes(body: Vec<u8>) -> Reply {
    Reply {
        status: 200,
        headers: vec![("content-type".into(), "text/plain".into())],
        body,
    }
}

fn not_found() -> Reply {
    reply(404, json!({"message": "404 Not Found"}))
}

/// A request, parsed.
struct Asked {
    path: String,
    query: BTreeMap<String, String>,
    host: String,
}

async fn handle(Shared(state): Shared<Arc<Mutex<State>>>, request: Request) -> Response {
    let header = |name: &str| {
        let value = request.headers().get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    let token = header("private-token");
    let query = request.uri().query().unwrap_or_default();
    let asked = Asked {
        path: request.uri().path().to_owned(),
        query: query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        host: header("host").unwrap_or_default(),
    };
    let answer = answer(&mut lock(&state), &asked, token.as_deref());
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.body)).expect("a response")
}

fn answer(state: &mut State, asked: &Asked, token: Option<&str>) -> Reply {
    state.requests.push(asked.path.clone());
    if let Some(at) = state
        .faults
        .iter()
        .position(|fault| asked.path.contains(&fault.path))
    {
        let fault = state.faults.remove(at);
        let mut answer = reply(fault.status, json!({"message": "a fault"}));
        answer.headers.extend(fault.header);
        return answer;
    }
    if let Some(job) = asked.path.strip_prefix("/storage/") {
        if token.is_some() {
            let leaked = "a token came along to the storage";
            state.unexpected.push(leaked.into());
        }
        let pipelines = state
            .projects
            .values()
            .flat_map(|project| &project.pipelines);
        let mut jobs = pipelines.flat_map(|pipeline| &pipeline.jobs);
        let found = jobs.find(|known| known.id.to_string() == job);
        return bytes(found.unwrap().trace.clone().into_bytes());
    }
    if token != Some(TOKEN) {
        return reply(401, json!({"message": "401 Unauthorized"}));
    }
    let parts: Vec<&str> = asked.path.split('/').skip(1).collect();
    let ["api", "v4", "projects", project, rest @ ..] = parts.as_slice() else {
        state.unexpected.push(asked.path.clone());
        return not_found();
    };
    let found = state.projects.get_mut(&project.replace("%2F", "/"));
    match found.map(|project| in_project(project, asked, rest)) {
        None => not_found(),
        Some(Some(reply)) => reply,
        Some(None) => {
            state.unexpected.push(asked.path.clone());
            not_found()
        }
    }
}

/// None where there is no such route.
fn in_project(project: &mut Project, asked: &Asked, rest: &[&str]) -> Option<Reply> {
    Some(match rest {
        [] => reply(200, json!({"id": project.id, "default_branch": "main"})),
        ["pipelines"] => pipelines(project, asked),
        ["pipelines", id] => pipeline(project, id),
        ["pipelines", id, "jobs"] => jobs(project, asked, id),
        ["pipelines", id, "test_report"] => test_report(project, id),
        ["jobs", id] => job(project, id),
        ["jobs", id, "artifacts"] => match find(project, id).and_then(|job| job.archive.clone()) {
            Some(archive) => bytes(archive),
            None => not_found(),
        },
        ["repository", "merge_base"] => not_found(),
        ["jobs", id, "trace"] => trace(project, asked, id),
        ["repository", "tree"] => tree(project, asked),
        ["repository", "archive.tar.gz"] => archive(project, asked),
        ["repository", "blobs", id, "raw"] => match project.objects.get_blob(id) {
            Some(blob) => bytes(blob.to_vec()),
            None => not_found(),
        },
        ["repository", "branches", branch] => match project.refs.get(&branch.replace("%2F", "/")) {
            Some(id) => reply(
                200,
                json!({"name": branch, "commit": {"id": id, "message": "x"}}),
            ),
            None => not_found(),
        },
        ["repository", "commits"] => commits(project, asked),
        _ => return None,
    })
}

fn number(asked: &Asked, name: &str, default: usize) -> usize {
    let value = asked.query.get(name).and_then(|value| value.parse().ok());
    value.unwrap_or(default)
}

fn jobs(project: &Project, asked: &Asked, id: &str) -> Reply {
    let Some(pipeline) = project.pipelines.iter().find(|p| p.id.to_string() == id) else {
        return not_found();
    };
    let scope = asked.query.get("scope%5B%5D");
    let listed = pipeline.jobs.iter().rev();
    let listed = listed.filter(|job| scope.is_none_or(|scope| *scope == job.status));
    let all: Vec<Value> = listed
        .map(|job| {
            json!({"id": job.id, "name": job.name, "stage": "test", "status": job.status,
                   "allow_failure": job.allow_failure, "failure_reason": job.failure_reason})
        })
        .collect();
    let (page, per_page) = (
        number(asked, "page", 1),
        number(asked, "per_page", 20).min(100),
    );
    let more = page * per_page < all.len();
    let items: Vec<Value> = all
        .into_iter()
        .skip((page - 1) * per_page)
        .take(per_page)
        .collect();
    let mut answer = reply(200, json!(items));
    let next = if more {
        (page + 1).to_string()
    } else {
        String::new()
    };
    answer.headers.push(("x-next-page".into(), next));
    answer
}

fn find<'a>(project: &'a Project, id: &str) -> Option<&'a Job> {
    let mut jobs = project.pipelines.iter().flat_map(|pipeline| &pipeline.jobs);
    jobs.find(|job| job.id.to_string() == id)
}

fn job(project: &Project, id: &str) -> Reply {
    let Some(job) = find(project, id) else {
        return not_found();
    };
    let mut artifacts = Vec::new();
    if let Some(archive) = &job.archive {
        artifacts.push(json!({"file_type": "archive", "size": archive.len(),
                              "filename": "artifacts.zip", "file_format": "zip"}));
    }
    if !job.tests.is_empty() {
        artifacts.push(
            json!({"file_type": "junit", "size": 1, "filename": "junit.xml.gz",
                              "file_format": "gzip"}),
        );
    }
    reply(
        200,
        json!({"id": job.id, "name": job.name, "status": job.status, "artifacts": artifacts}),
    )
}

fn test_report(project: &Project, id: &str) -> Reply {
    let Some(pipeline) = project.pipelines.iter().find(|p| p.id.to_string() == id) else {
        return not_found();
    };
    let suites: Vec<Value> = pipeline
        .jobs
        .iter()
        .filter(|job| !job.tests.is_empty())
        .map(|job| json!({"name": job.name, "test_cases": job.tests}))
        .collect();
    reply(200, json!({"test_suites": suites}))
}

fn pipeline(project: &Project, id: &str) -> Reply {
    let mut pipelines = project.pipelines.iter();
    match pipelines.find(|pipeline| pipeline.id.to_string() == id) {
        Some(found) => reply(
            200,
            json!({
                "id": found.id, "status": found.status, "ref": found.branch,
                "sha": found.commit, "source": found.source, "tag": found.tag,
            }),
        ),
        None => not_found(),
    }
}

fn pipelines(project: &Project, asked: &Asked) -> Reply {
    let is = |name: &str, value: &str| asked.query.get(name).is_none_or(|asked| asked == value);
    let mut listed: Vec<Value> = project
        .pipelines
        .iter()
        .rev()
        .filter(|pipeline| is("status", &pipeline.status) && is("ref", &pipeline.branch))
        .map(|pipeline| {
            json!({"id": pipeline.id, "status": pipeline.status, "ref": pipeline.branch,
                   "sha": pipeline.commit})
        })
        .collect();
    listed.truncate(number(asked, "per_page", 20));
    reply(200, json!(listed))
}

fn trace(project: &Project, asked: &Asked, id: &str) -> Reply {
    let mut jobs = project.pipelines.iter().flat_map(|pipeline| &pipeline.jobs);
    let Some(job) = jobs.find(|job| job.id.to_string() == id) else {
        return not_found();
    };
    if project.stored_elsewhere {
        let mut found = reply(302, json!(null));
        let place = format!("http://{}/storage/{id}", asked.host);
        found.headers.push(("location".into(), place));
        return found;
    }
    bytes(job.trace.clone().into_bytes())
}

fn tree(project: &Project, asked: &Asked) -> Reply {
    let Some(mut listed) = project.objects.list(&asked.query["ref"]) else {
        return not_found();
    };
    if let Some(wrong) = &project.wrong_directory {
        let named = listed.iter_mut().find(|(path, _)| path == wrong);
        named.unwrap().1.id = "1".repeat(40);
    }
    let per_page = number(asked, "per_page", 20).min(100);
    let from = number(asked, "page_token", 0);
    let items: Vec<Value> = listed
        .iter()
        .skip(from)
        .take(per_page)
        .map(|(path, item)| {
            json!({"id": item.id, "name": item.name, "type": item.kind(), "path": path,
                   "mode": item.mode})
        })
        .collect();
    let mut answer = reply(200, json!(items));
    let next = from + per_page;
    if next < listed.len() {
        let link = format!(
            "<http://elsewhere.example{}?page_token={next}&x=1>; rel=\"next\"",
            asked.path
        );
        answer.headers.push(("link".into(), link));
    }
    answer
}

fn archive(project: &Project, asked: &Asked) -> Reply {
    let Some(flat) = project.objects.flat(&asked.query["sha"]) else {
        return not_found();
    };
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, (mode, id)) in flat {
        let Some(blob) = project.objects.get_blob(&id) else {
            continue;
        };
        if !mode.starts_with("100") || project.not_exported.contains(&path) {
            continue;
        }
        let mut header = tar::Header::new_ustar();
        header.set_size(blob.len() as u64);
        header.set_mode(0o644);
        builder
            .append_data(&mut header, format!("project-sha-sha/{path}"), blob)
            .unwrap();
    }
    bytes(builder.into_inner().unwrap().finish().unwrap())
}

fn commits(project: &Project, asked: &Asked) -> Reply {
    let mut next = Some(asked.query["ref_name"].clone());
    let mut listed = Vec::new();
    while let Some(id) = next {
        let Some(commit) = project.objects.get_commit(&id) else {
            return not_found();
        };
        listed.push(json!({"id": id, "message": commit.message}));
        next = commit.parents.first().cloned();
    }
    listed.truncate(number(asked, "per_page", 20));
    reply(200, json!(listed))
}
