//! `Cargo.lock`: packages without a source are the repository's own.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use super::{table, text, written};
use crate::candidate::FileChange;
use crate::workspace::{Kind, Workspace};

/// Manifests below one lock file; the largest workspaces have hundreds.
const MAX_MANIFESTS: usize = 1_000;

/// A package as its manifest has it.
struct Own {
    version: String,
    /// Whether the workspace names its directory.
    member: bool,
    dependencies: BTreeSet<String>,
}

pub(super) fn renew(path: &str, workspace: &dyn Workspace) -> Result<Option<FileChange>, String> {
    let before = text(path, workspace)?;
    let lock: Table = before.parse().map_err(|_| format!("{path} is no TOML"))?;
    let directory = path.strip_suffix("Cargo.lock").unwrap_or_default();
    let own = own(directory, workspace)?;
    let packages = lock.get("package").and_then(Value::as_array);
    let mut after = before.clone();
    let mut seen = BTreeSet::new();
    for package in packages.ok_or("it lists no packages")? {
        let field = |key: &str| package.get(key).and_then(Value::as_str);
        if field("source").is_some() {
            continue;
        }
        let (Some(name), Some(version)) = (field("name"), field("version")) else {
            return Err("a package of it has no name or version".into());
        };
        let own = own
            .get(name)
            .ok_or_else(|| format!("its package {name} is none of the repository"))?;
        if !seen.insert(name) {
            return Err(format!("it has two packages {name} of the repository"));
        }
        same(name, own, package)?;
        if own.version != version {
            after = replaced(&after, name, version, &own.version)?;
        }
    }
    // Manifests of fixtures and examples are nobody's members.
    let lacks = |(name, own): &(&String, &Own)| own.member && !seen.contains(name.as_str());
    match own.iter().find(lacks) {
        Some((new, _)) => Err(format!("it does not have the member {new} at all")),
        None => Ok(written(path, before, after)),
    }
}

/// Refuses where more than versions differ: what that takes cargo knows.
fn same(name: &str, own: &Own, package: &Value) -> Result<(), String> {
    let listed = package.get("dependencies").and_then(Value::as_array);
    let listed = listed.into_iter().flatten().filter_map(Value::as_str);
    // `name`, `name version`, or both and the source.
    let listed: BTreeSet<&str> = listed.filter_map(|entry| entry.split(' ').next()).collect();
    let wanted: BTreeSet<&str> = own.dependencies.iter().map(String::as_str).collect();
    match listed == wanted {
        true => Ok(()),
        false => Err(format!(
            "dependencies of {name} differ, and only cargo knows what that takes: `cargo update --workspace`"
        )),
    }
}

/// The version of an own package, and of whoever names it with its version.
fn replaced(text: &str, name: &str, old: &str, new: &str) -> Result<String, String> {
    let entry = format!("name = \"{name}\"\nversion = \"{old}\"\n");
    let places = text.match_indices(&entry);
    let own: Vec<usize> = places
        .map(|(at, _)| at)
        .filter(|at| !text[at + entry.len()..].starts_with("source = "))
        .collect();
    let [at] = own.as_slice() else {
        return Err(format!("its entry of {name} is not where cargo writes it"));
    };
    let after = format!("name = \"{name}\"\nversion = \"{new}\"\n");
    let mut text = text.to_owned();
    text.replace_range(*at..at + entry.len(), &after);
    Ok(text.replace(
        &format!(" \"{name} {old}\","),
        &format!(" \"{name} {new}\","),
    ))
}

/// The packages whose manifests lie below a directory.
fn own(directory: &str, workspace: &dyn Workspace) -> Result<BTreeMap<String, Own>, String> {
    let root = table(&format!("{directory}Cargo.toml"), workspace)?;
    if root.contains_key("patch") || root.contains_key("replace") {
        return Err("the manifest replaces packages, and only cargo knows by what".into());
    }
    let manifests = workspace.listing().named("Cargo.toml");
    let below = manifests.filter(|(path, kind)| *kind == Kind::File && path.starts_with(directory));
    let mut all = BTreeMap::new();
    for (path, _) in below.take(MAX_MANIFESTS) {
        let manifest = table(path, workspace)?;
        let Some(package) = manifest.get("package").and_then(Value::as_table) else {
            continue;
        };
        let name = package.get("name").and_then(Value::as_str);
        let name = name.ok_or_else(|| format!("{path} names no package"))?;
        let inherited = || {
            root.get("workspace")?
                .get("package")?
                .get("version")?
                .as_str()
        };
        // Cargo's own word for a package that is never published.
        let version = match package.get("version") {
            Some(Value::String(version)) => version.as_str(),
            Some(_) => inherited().ok_or_else(|| format!("{path} inherits no version"))?,
            None => "0.0.0",
        };
        let own = Own {
            version: version.to_owned(),
            member: is_member(&root, path.strip_prefix(directory).unwrap_or(path)),
            dependencies: dependencies(&manifest, &root),
        };
        if all.insert(name.to_owned(), own).is_some() {
            return Err(format!("the repository has two packages {name}"));
        }
    }
    Ok(all)
}

/// The names of all packages that a manifest asks for.
fn dependencies(manifest: &Table, root: &Table) -> BTreeSet<String> {
    const LISTS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
    let targets = manifest.get("target").and_then(Value::as_table);
    let targets = targets.into_iter().flat_map(|targets| targets.values());
    let tables = targets.filter_map(Value::as_table).chain([manifest]);
    let lists =
        tables.flat_map(|table| LISTS.iter().filter_map(|list| table.get(*list)?.as_table()));
    let shared = |key: &str| root.get("workspace")?.get("dependencies")?.get(key);
    let name = |(key, value): (&String, &Value)| {
        let renamed = |value: &Value| {
            value
                .get("package")
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let inherits = value.get("workspace").is_some();
        let from_root = shared(key).filter(|_| inherits).and_then(renamed);
        renamed(value).or(from_root).unwrap_or_else(|| key.clone())
    };
    lists
        .flat_map(|list| list.iter().map(name).collect::<Vec<_>>())
        .collect()
}

/// Whether the workspace's list of members has this manifest's directory.
fn is_member(root: &Table, manifest: &str) -> bool {
    let place: Vec<&str> = manifest.split('/').rev().skip(1).collect();
    let fits = |pattern: &str| {
        let parts: Vec<&str> = pattern.trim_end_matches('/').split('/').rev().collect();
        let same = |(part, own): (&&str, &&str)| *part == "*" || part == own;
        parts.len() == place.len() && parts.iter().zip(&place).all(same)
    };
    let members = root
        .get("workspace")
        .and_then(|workspace| workspace.get("members")?.as_array());
    members
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .any(fits)
}
