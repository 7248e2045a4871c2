//! Environments of tox, and sessions of nox.

use super::{Files, Recipe};

pub(super) fn recipes(words: &[&str], directory: &str, files: Files<'_>) -> Vec<Recipe> {
    let Some((program, rest)) = words.split_first() else {
        return Vec::new();
    };
    let mut scripts = match *program {
        "tox" => tox(&values(rest, &["-e", "--env"]), directory, files),
        "nox" => nox(
            &values(rest, &["-s", "--session", "--sessions", "-e"]),
            directory,
            files,
        ),
        _ => Vec::new(),
    };
    scripts.retain(|script| !script.is_empty());
    let each = scripts.into_iter();
    each.map(|script| Recipe::new(script, directory)).collect()
}

/// What stands behind options that choose, commas apart.
fn values<'a>(words: &[&'a str], options: &[&str]) -> Vec<&'a str> {
    let mut values = Vec::new();
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        let value = match word.split_once('=') {
            Some((option, value)) if options.contains(&option) => Some(value),
            _ if options.contains(&word) => words.next(),
            _ => None,
        };
        values.extend(value.into_iter().flat_map(|value| value.split(',')));
    }
    values
}

/// The commands of tox's environments of these names; of all where none is
/// named.
fn tox(names: &[&str], directory: &str, files: Files<'_>) -> Vec<String> {
    let old = || {
        let text = files.text(directory, "pyproject.toml")?;
        let table: toml::Table = toml::from_str(text).ok()?;
        Some(table.get("tool")?.get("tox")?.clone())
    };
    let mut scripts = Vec::new();
    let told = files.text(directory, "tox.ini").map(str::to_owned);
    let told = told.or_else(|| files.text(directory, "setup.cfg").map(str::to_owned));
    let in_toml = old();
    let legacy = in_toml.as_ref().and_then(|tox| tox.get("legacy_tox_ini"));
    let told = told.or_else(|| Some(legacy?.as_str()?.to_owned()));
    if let Some(text) = told {
        scripts.extend(of_ini(&text, names));
    }
    if let Some(environments) = in_toml.as_ref().and_then(|tox| tox.get("env")?.as_table()) {
        let named = |name: &str| names.is_empty() || names.contains(&name);
        for (_, environment) in environments.iter().filter(|(name, _)| named(name)) {
            scripts.push(of_table(environment));
        }
    }
    scripts
}

/// `commands = [["ruff", "check"]]`
fn of_table(environment: &toml::Value) -> String {
    let commands = environment.get("commands").and_then(toml::Value::as_array);
    let words = |command: &toml::Value| {
        let words = command.as_array()?.iter().filter_map(toml::Value::as_str);
        Some(words.map(tools::quoted).collect::<Vec<_>>().join(" "))
    };
    let lines = commands.into_iter().flatten().filter_map(words);
    lines.collect::<Vec<_>>().join("\n")
}

/// `commands =` of `[testenv:NAME]`
fn of_ini(text: &str, names: &[&str]) -> Vec<String> {
    let (mut scripts, mut wanted, mut inside) = (Vec::new(), false, false);
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        if let Some(section) = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            let environment = section.strip_prefix("testenv:");
            wanted = environment.is_some_and(|own| {
                let mut own = own.split(['{', '}', ',']).map(str::trim);
                names.is_empty() || own.any(|own| names.contains(&own))
            });
            scripts.push(std::mem::take(&mut lines).join("\n"));
            inside = false;
        } else if line.starts_with([' ', '\t']) {
            if inside && wanted {
                lines.push(filled(line));
            }
        } else if let Some((key, value)) = line.split_once('=') {
            inside = matches!(key.trim(), "commands" | "commands_pre");
            if inside && wanted && !value.trim().is_empty() {
                lines.push(filled(value));
            }
        }
    }
    scripts.push(lines.join("\n"));
    scripts
}

/// `{posargs:src}` as its default, `{toxinidir}` as the directory.
fn filled(line: &str) -> String {
    let mut done = String::new();
    let mut rest = line.trim().trim_start_matches(['-', '!']).trim_start();
    while let Some(at) = rest.find('{') {
        done.push_str(&rest[..at]);
        let Some(end) = rest[at..].find('}').map(|end| at + end) else {
            break;
        };
        match &rest[at + 1..end] {
            "toxinidir" | "tox_root" => done.push('.'),
            inner => done.push_str(inner.strip_prefix("posargs:").unwrap_or_default()),
        }
        rest = &rest[end + 1..];
    }
    done.push_str(rest);
    done
}

/// What nox's sessions of these names run, where they say it in plain words.
fn nox(names: &[&str], directory: &str, files: Files<'_>) -> Vec<String> {
    let Some(text) = files.text(directory, "noxfile.py") else {
        return Vec::new();
    };
    let mut scripts = Vec::new();
    let marks = text.match_indices("@nox.session").map(|(at, _)| at);
    for start in marks {
        let rest = &text[start + 1..];
        let end = rest.find("\n@nox.").unwrap_or(rest.len());
        let session = &rest[..end];
        if names.is_empty() || names.iter().any(|name| is_called(session, name)) {
            scripts.push(run_calls(session));
        }
    }
    scripts
}

fn is_called(session: &str, name: &str) -> bool {
    let bare = name.split(['-', '(']).next().unwrap_or(name);
    [name, bare].iter().any(|name| {
        session.contains(&format!("def {name}("))
            || session.contains(&format!("name=\"{name}\""))
            || session.contains(&format!("name='{name}'"))
    })
}

/// `session.run("ruff", "check", "src", *session.posargs)`: the words that it
/// spells out.
fn run_calls(session: &str) -> String {
    let mut lines = Vec::new();
    for (at, call) in session.match_indices("session.run(") {
        let rest = &session[at + call.len()..];
        let end = rest.find(')').unwrap_or(rest.len());
        let words = rest[..end].split(',').filter_map(|word| {
            let word = word.trim();
            let quote = word.chars().next().filter(|quote| "'\"".contains(*quote))?;
            word.strip_prefix(quote)?.strip_suffix(quote)
        });
        let words: Vec<String> = words.map(tools::quoted).collect();
        lines.push(words.join(" "));
    }
    lines.join("\n")
}
