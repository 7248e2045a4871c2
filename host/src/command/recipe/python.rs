//! Scripts that `pyproject.toml` has for hatch, poe, PDM, pixi and their like.

use toml::Value;

use super::{Files, Recipe};

pub(super) fn recipes(words: &[&str], directory: &str, files: Files<'_>) -> Vec<Recipe> {
    let found = match words {
        ["hatch", "run", target, ..] => hatch(target, directory, files),
        ["hatch", "-e", environment, "run", target, ..] => {
            hatch(&format!("{environment}:{target}"), directory, files)
        }
        ["poe", target, ..] => own(&["poe", "tasks"], target, directory, files),
        ["pdm", "run", target, ..] | ["pdm", target] => {
            own(&["pdm", "scripts"], target, directory, files)
        }
        ["rye", "run", target, ..] => own(&["rye", "scripts"], target, directory, files),
        ["pixi", "run", target, ..] => own(&["pixi", "tasks"], target, directory, files),
        ["task", target] => own(&["taskipy", "tasks"], target, directory, files),
        _ => Vec::new(),
    };
    let found = found.into_iter().filter(|script| !script.is_empty());
    found.map(|script| Recipe::new(script, directory)).collect()
}

fn tools_of(directory: &str, files: Files<'_>) -> Option<Value> {
    let text = files.text(directory, "pyproject.toml")?;
    let table: toml::Table = toml::from_str(text).ok()?;
    table.get("tool").cloned()
}

/// `[tool.hatch.envs.ENVIRONMENT.scripts]`; without an environment the one
/// that is always there.
fn hatch(target: &str, directory: &str, files: Files<'_>) -> Vec<String> {
    let (environment, name) = target.split_once(':').unwrap_or(("default", target));
    let inside = || {
        let tools = tools_of(directory, files)?;
        Some(tools.get("hatch")?.get("envs")?.clone())
    };
    let beside = || {
        let text = files.text(directory, "hatch.toml")?;
        let table: toml::Table = toml::from_str(text).ok()?;
        table.get("envs").cloned()
    };
    let Some(environments) = inside().or_else(beside) else {
        return Vec::new();
    };
    let scripts = environments
        .get(environment)
        .and_then(|environment| environment.get("scripts"));
    let Some(scripts) = scripts else {
        return Vec::new();
    };
    let lines = lines(scripts, name);
    // A script may stand for others of its environment.
    let each = lines.iter().flat_map(|line| {
        let others = self::lines(scripts, line.split(' ').next().unwrap_or(line));
        match others.is_empty() {
            true => vec![line.clone()],
            false => others,
        }
    });
    vec![
        each.map(|line| filled(&line))
            .collect::<Vec<_>>()
            .join("\n"),
    ]
}

/// `{args:src}` as what stands there where nothing is handed on.
fn filled(line: &str) -> String {
    match (line.find("{args"), line.find('}')) {
        (Some(from), Some(to)) if from < to => {
            let default = line[from + "{args".len()..to].trim_start_matches(':');
            format!("{}{default}{}", &line[..from], &line[to + 1..])
        }
        _ => line.to_owned(),
    }
}

/// A task of a table of `[tool]`.
fn own(path: &[&str], target: &str, directory: &str, files: Files<'_>) -> Vec<String> {
    let Some(tools) = tools_of(directory, files) else {
        return Vec::new();
    };
    let table = path.iter().try_fold(&tools, |table, key| table.get(key));
    let Some(table) = table else {
        return Vec::new();
    };
    let lines = lines(table, target);
    // A sequence names other tasks.
    let each = lines.iter().flat_map(|line| {
        let others = self::lines(table, line);
        match others.is_empty() {
            true => vec![line.clone()],
            false => others,
        }
    });
    vec![each.collect::<Vec<_>>().join("\n")]
}

/// The lines of one entry, in the forms that these tools take.
fn lines(table: &Value, name: &str) -> Vec<String> {
    match table.get(name) {
        Some(Value::String(line)) => vec![line.clone()],
        Some(Value::Array(lines)) => texts(lines),
        Some(Value::Table(task)) => {
            let keys = ["cmd", "shell", "sequence", "composite", "script", "chain"];
            let own = keys.iter().find_map(|key| task.get(*key));
            match own {
                Some(Value::String(line)) => vec![line.clone()],
                Some(Value::Array(lines)) => texts(lines),
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

fn texts(values: &[Value]) -> Vec<String> {
    let texts = values.iter().filter_map(|value| match value {
        Value::String(line) => Some(line.as_str()),
        Value::Table(task) => ["cmd", "shell", "ref"]
            .iter()
            .find_map(|key| task.get(*key)?.as_str()),
        _ => None,
    });
    texts.map(str::to_owned).collect()
}
