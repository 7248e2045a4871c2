//! A Jenkins that tests talk to: builds with their logs, in one piece or in
//! several.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State as Shared};
use axum::response::Response;
use serde_json::{Value, json};

use super::serve::{Serving, serve};

/// `sentinel:api-token`
const BASIC: &str = "Basic c2VudGluZWw6YXBpLXRva2Vu";

pub const USER: &str = "sentinel";
pub const API_TOKEN: &str = "api-token";

#[derive(Default)]
pub struct State {
    /// By the path of the build, without a slash at its end.
    pub builds: BTreeMap<String, Build>,
    pub requests: Vec<String>,
    /// Answers every request so, with a header.
    pub fault: Option<(u16, String, String)>,
}

#[derive(Clone, Default)]
pub struct Build {
    /// The log, as Jenkins hands it out piece by piece.
    pub pieces: Vec<String>,
    /// A Jenkins without `logText`.
    pub console_only: bool,
    /// Null while it runs.
    pub result: Option<String>,
    /// Archived files by their paths.
    pub artifacts: Vec<(String, String)>,
    /// What `testReport/api/json` answers.
    pub tests: Option<Value>,
}

pub struct Jenkins {
    state: Arc<Mutex<State>>,
    serving: Serving,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Jenkins {
    pub fn start() -> Jenkins {
        let state = Arc::new(Mutex::new(State::default()));
        let app = Router::new().fallback(handle).with_state(state.clone());
        let serving = serve(app);
        Jenkins { state, serving }
    }

    pub fn url(&self) -> &str {
        &self.serving.url
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// A build with its log in pieces; the path is as Jenkins writes it.
    pub fn build(&self, path: &str, pieces: &[&str]) {
        let pieces = pieces.iter().map(|&piece| piece.to_owned()).collect();
        let build = Build {
            pieces,
            result: Some("FAILURE".into()),
            ..Build::default()
        };
        self.state().builds.insert(path.to_owned(), build);
    }

    /// Changes a build.
    pub fn edit(&self, path: &str, edit: impl FnOnce(&mut Build)) {
        edit(self.state().builds.get_mut(path).expect("a build"));
    }

    /// The build's log is there in one text only.
    pub fn console_only(&self, path: &str) {
        let mut state = self.state();
        state.builds.get_mut(path).expect("a build").console_only = true;
    }
}

/// What the Notification plugin posts about a build.
pub fn notification(job: &str, number: u64, phase: &str, status: &str, commit: &str) -> Value {
    json!({
        "name": job, "display_name": job, "url": format!("{job}/"),
        "build": {
            "full_url": format!("http://jenkins.internal:8080/{job}/{number}/"),
            "number": number, "phase": phase, "status": status,
            "url": format!("{job}/{number}/"),
            "scm": {"url": "https://github.com/Acme/Widget.git", "branch": "origin/main",
                    "commit": commit},
            // Whoever posts may write anything here.
            "log": "Diff in /etc/passwd:1:\n-a\n+b\n",
        },
    })
}

fn answer(status: u16, headers: &[(&str, String)], body: String) -> Response {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, value);
    }
    response.body(Body::from(body)).expect("a response")
}

async fn handle(Shared(state): Shared<Arc<Mutex<State>>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let authorization = request.headers().get("authorization");
    let known = authorization.is_some_and(|value| value == BASIC);
    let mut state = lock(&state);
    state.requests.push(format!("{path}?{query}"));
    if let Some((status, name, value)) = &state.fault {
        return answer(*status, &[(name, value.clone())], String::new());
    }
    if !known {
        return answer(403, &[], "Authentication required".into());
    }
    if let Some(build) = path.strip_suffix("/consoleText") {
        return match state.builds.get(build) {
            Some(build) => answer(200, &[], build.pieces.concat()),
            None => answer(404, &[], String::new()),
        };
    }
    if let Some(answer) = beside(&state, &path) {
        return answer;
    }
    let build = path
        .strip_suffix("/logText/progressiveText")
        .and_then(|path| state.builds.get(path))
        .filter(|build| !build.console_only);
    let Some(build) = build else {
        return answer(404, &[], String::new());
    };
    let start: usize = query.strip_prefix("start=").unwrap().parse().unwrap();
    let mut before = 0;
    for (at, piece) in build.pieces.iter().enumerate() {
        if before == start {
            let mut headers = vec![("x-text-size", (before + piece.len()).to_string())];
            if at + 1 < build.pieces.len() {
                headers.push(("x-more-data", "true".into()));
            }
            return answer(200, &headers, piece.clone());
        }
        before += piece.len();
    }
    answer(416, &[], String::new())
}

/// What there is of builds beside their logs.
fn beside(state: &State, path: &str) -> Option<Response> {
    let json = |value: Value| answer(200, &[], value.to_string());
    let missing = || answer(404, &[], String::new());
    if let Some(build) = path.strip_suffix("/testReport/api/json") {
        let tests = state
            .builds
            .get(build)
            .and_then(|build| build.tests.clone());
        return Some(tests.map_or_else(missing, json));
    }
    if let Some(at) = path.strip_suffix("/api/json") {
        if let Some(build) = state.builds.get(at) {
            let listed: Vec<Value> = build
                .artifacts
                .iter()
                .map(|(path, _)| json!({"relativePath": path}))
                .collect();
            return Some(json(json!({ "artifacts": listed })));
        }
        let of_job = state.builds.iter().rev().filter_map(|(path, build)| {
            let number: u64 = path.strip_prefix(at)?.strip_prefix('/')?.parse().ok()?;
            Some(json!({"number": number, "result": build.result}))
        });
        return Some(json(json!({ "builds": of_job.collect::<Vec<_>>() })));
    }
    let (build, file) = path.split_once("/artifact/")?;
    let mut files = state.builds.get(build)?.artifacts.iter();
    let found = files.find(|(path, _)| path == file);
    Some(match found {
        Some((_, content)) => answer(200, &[], content.clone()),
        None => missing(),
    })
}
