//! Cargo: `Cargo.toml`, and `Cargo.lock` by cargo itself.

use toml::{Table, Value};

use super::imported::{importers, only_tests};
use super::manner::{front, place};
use super::python::known;
use super::read::Absent;
use super::{Added, change, text};
use crate::packages::{Package, Registry};
use crate::transcript::Transcript;
use crate::workspace::{Kind, Workspace};

pub(super) fn add(
    absent: &Absent,
    transcript: &Transcript,
    workspace: &dyn Workspace,
) -> Result<Added, String> {
    let module = &absent.module;
    let package = Registry::Crates.of_module(module)?;
    let by = importers(absent.language, module, workspace);
    if by.is_empty() {
        return Err(format!("no file of the repository names {module}"));
    }
    let manifests: Vec<&str> = nearest(&by, workspace);
    let [manifest] = manifests.as_slice() else {
        return Err(format!(
            "{module} is used in several packages; which is meant is open"
        ));
    };
    let list = if only_tests(&by) {
        "dev-dependencies"
    } else {
        "dependencies"
    };
    let before = text(manifest, workspace)?;
    let table: Table = before
        .parse()
        .map_err(|_| format!("{manifest} is no TOML"))?;
    let declared = |list: &str| {
        table
            .get(list)
            .and_then(Value::as_table)
            .is_some_and(|list| list.contains_key(package.name))
    };
    if declared("dependencies") || declared(list) {
        return Err(format!("{manifest} names {} already", package.name));
    }
    let locked = transcript.steps.iter().flat_map(|step| &step.script);
    let mut locked = locked.filter(|line| line.contains("--locked") || line.contains("--frozen"));
    let has_lock = workspace.listing().named("Cargo.lock").next().is_some();
    if has_lock && locked.next().is_some() {
        return Err(format!(
            "Cargo.lock has to stay as it is in this job and would have to follow; `cargo add {}` does both",
            package.name
        ));
    }
    let entry = entry(&table, &package, workspace);
    let after = with(&before, &table, list, package.name, &entry)
        .map_err(|why| format!("{manifest}: {why}"))?;
    Ok(Added {
        package: package.name.to_owned(),
        known: known(module, &by, &package, Registry::Crates),
        files: vec![change(manifest, workspace, after)?],
    })
}

/// The manifests of the packages that these files belong to.
fn nearest<'w>(files: &[String], workspace: &'w dyn Workspace) -> Vec<&'w str> {
    let mut found: Vec<&str> = Vec::new();
    let manifests: Vec<&str> = workspace
        .listing()
        .named("Cargo.toml")
        .filter(|(_, kind)| *kind == Kind::File)
        .map(|(path, _)| path)
        .collect();
    for file in files {
        let above = manifests.iter().filter(|manifest| {
            file.starts_with(manifest.strip_suffix("Cargo.toml").unwrap_or_default())
        });
        let nearest = above.max_by_key(|manifest| manifest.len());
        found.extend(nearest.filter(|manifest| !found.contains(manifest)));
    }
    found
}

/// `{ workspace = true }` where the workspace names it, else a version with as
/// many parts as the others have.
fn entry(table: &Table, package: &Package, workspace: &dyn Workspace) -> String {
    let root = text("Cargo.toml", workspace)
        .ok()
        .and_then(|text| text.parse::<Table>().ok());
    let shared = root.as_ref().and_then(|root| {
        root.get("workspace")?
            .get("dependencies")?
            .get(package.name)
    });
    if shared.is_some() {
        return "{ workspace = true }".to_owned();
    }
    let versions = table
        .get("dependencies")
        .and_then(Value::as_table)
        .into_iter()
        .flatten();
    let versions: Vec<&str> = versions
        .filter_map(|(_, value)| value.as_str().or_else(|| value.get("version")?.as_str()))
        .collect();
    let parts = |parts: usize| {
        versions
            .iter()
            .filter(|version| version.matches('.').count() + 1 == parts)
            .count()
    };
    let (one, two, three) = (parts(1), parts(2), parts(3));
    let count = if one >= two && one >= three {
        1
    } else if two >= three {
        2
    } else {
        3
    };
    // `0` would take versions that break each other.
    let least = if package.version.starts_with("0.") {
        2
    } else {
        1
    };
    format!("\"{}\"", front(package.version, count.max(least)))
}

/// The manifest with one more dependency, edited as text and read again.
fn with(text: &str, table: &Table, list: &str, name: &str, entry: &str) -> Result<String, String> {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let header = format!("[{list}]");
    let new = format!("{name} = {entry}");
    match lines.iter().position(|line| line.trim() == header) {
        None => {
            let open = text.trim_end();
            let after = format!("{open}\n\n{header}\n{new}\n");
            return checked(after, table, list, name);
        }
        Some(start) => {
            let rows = lines[start + 1..]
                .iter()
                .take_while(|line| !line.starts_with('['));
            let rows: Vec<(usize, String)> = (start + 1..)
                .zip(rows)
                .filter(|(_, line)| line.starts_with(|c: char| c.is_ascii_alphanumeric()))
                .map(|(at, line)| {
                    let end = line.find([' ', '=', '.']).unwrap_or(line.len());
                    (at, line[..end].to_owned())
                })
                .collect();
            let names: Vec<String> = rows.iter().map(|(_, name)| name.clone()).collect();
            let at = match rows.get(place(&names, name)) {
                Some((line, _)) => *line,
                None => rows.last().map_or(start + 1, |(line, _)| line + 1),
            };
            lines.insert(at, &new);
        }
    }
    checked(lines.join("\n"), table, list, name)
}

fn checked(after: String, before: &Table, list: &str, name: &str) -> Result<String, String> {
    let mut again: Table = after.parse().map_err(|_| "the edit would break it")?;
    let dependencies = again.get_mut(list).and_then(Value::as_table_mut);
    let dependencies = dependencies.ok_or("the edit would not be read")?;
    dependencies
        .remove(name)
        .ok_or("the edit would not be read")?;
    if dependencies.is_empty() && !before.contains_key(list) {
        again.remove(list);
    }
    match again == *before {
        true => Ok(after),
        false => Err("the edit would change more than one dependency".into()),
    }
}
