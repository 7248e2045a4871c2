//! GitLab's `.gitlab-ci.yml`: the script of the job that failed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Step;
use super::yaml::{parse, scalar};

/// Keys at the top that are no jobs.
const NO_JOBS: [&str; 12] = [
    "after_script",
    "before_script",
    "cache",
    "default",
    "image",
    "include",
    "pages",
    "services",
    "spec",
    "stages",
    "variables",
    "workflow",
];

/// How far `extends` is followed: GitLab's own limit.
const MAX_EXTENDS: usize = 11;

/// Lists within lists of a script: GitLab's own limit.
const MAX_NESTING: usize = 10;

/// Jobs that are looked at.
const MAX_JOBS: usize = 256;

/// The script of the job with this name, whole and line by line; of every job
/// where none is named. What stands in `before_script` mostly fetches
/// something: it is no part of it, and prepares.
pub fn steps(path: &str, bytes: &[u8], job: Option<&str>) -> Vec<Result<Step, String>> {
    let file = match parse(bytes) {
        Ok(Value::Object(file)) => file,
        Ok(_) => return Vec::new(),
        Err(why) => return vec![Err(format!("{path}: {why}"))],
    };
    let jobs = file.iter().take(MAX_JOBS).filter(|(name, body)| {
        let is_job = body.is_object() && !NO_JOBS.contains(&name.as_str());
        // `.name` is a template.
        is_job && !name.starts_with('.') && job.is_none_or(|job| is_called(job, name))
    });
    jobs.flat_map(|(name, _)| of_job(path, &file, name))
        .collect()
}

/// A job, and one of several that run side by side: `name 1/3`,
/// `name: [linux, 3.12]`.
fn is_called(shown: &str, name: &str) -> bool {
    let rest = shown.strip_prefix(name);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(": [") || is_share(rest))
}

fn is_share(rest: &str) -> bool {
    let numbers = rest.strip_prefix(' ').and_then(|rest| rest.split_once('/'));
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers.is_some_and(|(one, of)| number(one) && number(of))
}

type File = serde_json::Map<String, Value>;

fn of_job(path: &str, file: &File, name: &str) -> Vec<Result<Step, String>> {
    let origin = format!("{path}: job {name}");
    let chain = chain(file, name);
    let script = chain.iter().find_map(|body| body.get("script"));
    let Some(script) = script else {
        return vec![Err(format!("{origin}: its script is not in this file"))];
    };
    let mut lines = Vec::new();
    if !gather(script, &mut lines, 0) {
        return vec![Err(format!("{origin}: its script is made by a reference"))];
    }
    let mut env = BTreeMap::new();
    let variables = chain.iter().rev().filter_map(|body| body.get("variables"));
    for variables in file.get("variables").into_iter().chain(variables) {
        add(variables, &mut env);
    }
    let step = |script: String, origin: String, prepares: bool| {
        Ok(Step {
            script,
            shell: ["sh", "-e", "-c"].map(str::to_owned).to_vec(),
            directory: String::new(),
            env: env.clone(),
            origin,
            job: format!("{path}: job {name}"),
            prepares,
        })
    };
    let mut steps = Vec::new();
    // Also one that is for every job.
    let default = file
        .get("default")
        .and_then(|default| default.get("before_script"));
    let before = chain.iter().find_map(|body| body.get("before_script"));
    if let Some(before) = before.or(default).or(file.get("before_script")) {
        let mut lines = Vec::new();
        if gather(before, &mut lines, 0) {
            steps.push(step(
                lines.join("\n"),
                format!("{origin}, before its script"),
                true,
            ));
        }
    }
    steps.push(step(lines.join("\n"), origin.clone(), false));
    if lines.len() > 1 {
        let single = lines.iter().enumerate();
        steps.extend(single.map(|(at, line)| {
            step(
                line.clone(),
                format!("{origin}, line {} of its script", at + 1),
                false,
            )
        }));
    }
    steps
}

/// A job and what it extends, nearest first.
fn chain<'a>(file: &'a File, name: &str) -> Vec<&'a Value> {
    let mut chain: Vec<&Value> = Vec::new();
    let mut waiting = vec![name.to_owned()];
    while let Some(name) = waiting.pop() {
        let Some(body) = file.get(&name).filter(|_| chain.len() <= MAX_EXTENDS) else {
            break;
        };
        chain.push(body);
        match body.get("extends") {
            Some(Value::String(name)) => waiting.push(name.clone()),
            // The last one wins, so it is looked at first.
            Some(Value::Array(names)) => {
                let names = names.iter().filter_map(Value::as_str);
                waiting.extend(names.map(str::to_owned));
            }
            _ => {}
        }
    }
    chain
}

/// The lines of a script; false where something in it is no text.
fn gather(script: &Value, lines: &mut Vec<String>, depth: usize) -> bool {
    match script {
        Value::String(line) => {
            lines.push(line.clone());
            true
        }
        Value::Array(list) if depth < MAX_NESTING => {
            list.iter().all(|one| gather(one, lines, depth + 1))
        }
        _ => false,
    }
}

fn add(variables: &Value, env: &mut BTreeMap<String, String>) {
    for (name, value) in variables.as_object().into_iter().flatten() {
        // `{ value: …, description: … }` is asked of whoever starts it by hand.
        let value = value.get("value").unwrap_or(value);
        if let Some(text) = scalar(value) {
            env.insert(name.clone(), text);
        }
    }
}
