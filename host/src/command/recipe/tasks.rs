//! Recipes of just, and tasks of Taskfiles, composer and deno.

use serde_json::Value;

use super::super::yaml;
use super::{Files, Recipe};

pub(super) fn recipes(words: &[&str], directory: &str, files: Files<'_>) -> Vec<Recipe> {
    let Some((program, rest)) = words.split_first() else {
        return Vec::new();
    };
    let rest: Vec<&str> = rest
        .iter()
        .copied()
        .filter(|word| !word.starts_with('-'))
        .collect();
    let script = match (*program, &rest[..]) {
        ("just", targets) => just(targets, directory, files),
        ("task" | "go-task", [target, ..]) => taskfile(target, directory, files),
        ("composer", ["run" | "run-script", target, ..] | [target]) => {
            json("composer.json", "scripts", target, directory, files)
        }
        ("deno", ["task", target, ..]) => json("deno.json", "tasks", target, directory, files),
        _ => None,
    };
    let script = script.filter(|script| !script.is_empty());
    let recipe = script.map(|script| Recipe::new(script, directory));
    recipe.into_iter().collect()
}

/// The lines below `NAME:` and below those it comes after.
fn just(targets: &[&str], directory: &str, files: Files<'_>) -> Option<String> {
    /// Recipes that one stands for.
    const MOST: usize = 32;
    let names = ["justfile", "Justfile", ".justfile"];
    let text = names.iter().find_map(|name| files.text(directory, name))?;
    let mut waiting: Vec<&str> = targets.to_vec();
    if waiting.is_empty() {
        waiting.push("default");
    }
    let (mut lines, mut seen): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    while let Some(name) = waiting.pop() {
        if seen.contains(&name) || seen.len() == MOST {
            continue;
        }
        seen.push(name);
        let mut inside = false;
        for line in text.lines() {
            if line.starts_with([' ', '\t']) {
                if inside {
                    lines.push(line.trim().trim_start_matches(['@', '-']));
                }
            } else if !line.is_empty() {
                let head = line
                    .split_once(':')
                    .filter(|(_, rest)| !rest.starts_with('='));
                let own = head.and_then(|(head, _)| head.split_whitespace().next());
                inside = own.map(|own| own.trim_start_matches('@')) == Some(name);
                if let (true, Some((_, before))) = (inside, head) {
                    waiting.extend(before.split_whitespace().filter(|word| *word != "&&"));
                }
            }
        }
    }
    Some(lines.join("\n"))
}

/// `cmds:` of a task.
fn taskfile(target: &str, directory: &str, files: Files<'_>) -> Option<String> {
    let names = ["Taskfile.yml", "Taskfile.yaml", "taskfile.yml"];
    let text = names.iter().find_map(|name| files.text(directory, name))?;
    let value = yaml::parse(text.as_bytes()).ok()?;
    let task = value.get("tasks")?.get(target)?;
    let commands = task.get("cmds").unwrap_or(task);
    Some(lines(commands).join("\n"))
}

fn json(file: &str, key: &str, target: &str, directory: &str, files: Files<'_>) -> Option<String> {
    let value: Value = serde_json::from_str(files.text(directory, file)?).ok()?;
    let lines = lines(value.get(key)?.get(target)?);
    let plain = |line: &String| line.trim_start_matches("@php ").to_owned();
    Some(lines.iter().map(plain).collect::<Vec<_>>().join("\n"))
}

fn lines(value: &Value) -> Vec<String> {
    let line = |value: &Value| match value {
        Value::String(line) => Some(line.clone()),
        Value::Object(command) => command.get("cmd")?.as_str().map(str::to_owned),
        _ => None,
    };
    match value {
        Value::Array(lines) => lines.iter().filter_map(line).collect(),
        other => line(other).into_iter().collect(),
    }
}
