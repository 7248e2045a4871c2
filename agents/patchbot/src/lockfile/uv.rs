//! `uv.lock`: the project itself is the package whose source is its own
//! directory.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::{table, text, written};
use crate::candidate::FileChange;
use crate::workspace::Workspace;

pub(super) fn renew(path: &str, workspace: &dyn Workspace) -> Result<Option<FileChange>, String> {
    let before = text(path, workspace)?;
    let lock: Table = before.parse().map_err(|_| format!("{path} is no TOML"))?;
    let directory = path.strip_suffix("uv.lock").unwrap_or_default();
    let manifest = table(&format!("{directory}pyproject.toml"), workspace)?;
    let project = manifest
        .get("project")
        .ok_or("pyproject.toml describes no project")?;
    let field = |key: &str| project.get(key).and_then(Value::as_str);
    let name = field("name").ok_or("the project has no name")?;
    let version =
        field("version").ok_or("the project's version is computed, and no lock file has it")?;
    let name = name.to_lowercase().replace(['_', '.'], "-");
    let packages = lock.get("package").and_then(Value::as_array);
    let packages = packages.ok_or("it lists no packages")?;
    let own: Vec<&Value> = packages.iter().filter(|package| is_own(package)).collect();
    let [own] = own.as_slice() else {
        return Err(
            "it has several packages of the repository, and only uv knows how they hang together"
                .into(),
        );
    };
    if own.get("name").and_then(Value::as_str) != Some(&name) {
        return Err(format!(
            "the project's own package in it is not called {name}"
        ));
    }
    if lock.get("requires-python") != project.get("requires-python") {
        return Err("the versions of Python that the project takes differ, and only uv knows what that takes: `uv lock`".into());
    }
    same(own, project)?;
    let old = own
        .get("version")
        .and_then(Value::as_str)
        .ok_or("its own package has no version")?;
    let entry = format!("name = \"{name}\"\nversion = \"{old}\"\nsource = {{ ");
    if before.matches(&entry).count() != 1 {
        return Err("its own package is not where uv writes it".into());
    }
    let after = before.replace(
        &entry,
        &entry.replace(
            &format!("version = \"{old}\""),
            &format!("version = \"{version}\""),
        ),
    );
    Ok(written(path, before, after))
}

fn is_own(package: &Value) -> bool {
    let source = package.get("source");
    let at = |kind: &str| source.and_then(|source| source.get(kind)?.as_str());
    at("editable")
        .or(at("virtual"))
        .or(at("directory"))
        .is_some()
}

/// Refuses where more than the version differs.
fn same(own: &Value, project: &Value) -> Result<(), String> {
    let listed = own
        .get("metadata")
        .and_then(|metadata| metadata.get("requires-dist")?.as_array());
    let listed: BTreeSet<(String, BTreeSet<String>)> = listed
        .into_iter()
        .flatten()
        .map(|entry| {
            let field = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
            (field("name").to_owned(), parts(field("specifier")))
        })
        .collect();
    let wanted: BTreeSet<(String, BTreeSet<String>)> = wanted(project).collect();
    match listed == wanted {
        true => Ok(()),
        false => Err(
            "the project's dependencies differ, and only uv knows what that takes: `uv lock`"
                .into(),
        ),
    }
}

/// Name and specifiers of every requirement, extras included.
fn wanted(project: &Value) -> impl Iterator<Item = (String, BTreeSet<String>)> {
    let main = project.get("dependencies").and_then(Value::as_array);
    let extras = project
        .get("optional-dependencies")
        .and_then(Value::as_table);
    let extras = extras
        .into_iter()
        .flat_map(|extras| extras.values())
        .filter_map(Value::as_array);
    let all = main
        .into_iter()
        .chain(extras)
        .flatten()
        .filter_map(Value::as_str);
    all.map(|requirement| {
        let plain = requirement.split(';').next().unwrap_or_default().trim();
        let end = plain.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
        let (name, rest) = plain.split_at(end.unwrap_or(plain.len()));
        let rest = match rest
            .trim()
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'))
        {
            Some((_, rest)) => rest,
            None => rest,
        };
        (name.to_lowercase().replace(['_', '.'], "-"), parts(rest))
    })
}

fn parts(specifier: &str) -> BTreeSet<String> {
    let parts = specifier.split(',').map(|part| part.replace(' ', ""));
    parts.filter(|part| !part.is_empty()).collect()
}
