//! Node: `package.json`, and `package-lock.json` where it has the package
//! already.

use serde_json::Value;

use super::imported::{importers, only_tests};
use super::manner::front;
use super::python::known;
use super::read::Absent;
use super::{Added, change, json, text};
use crate::packages::{Package, Registry};
use crate::workspace::{Kind, Listing, Workspace};

const MANIFEST: &str = "package.json";
const LOCK: &str = "package-lock.json";

pub(super) fn add(absent: &Absent, workspace: &dyn Workspace) -> Result<Added, String> {
    let module = &absent.module;
    let package = package(absent)?;
    let by = importers(absent.language, module, workspace);
    if by.is_empty() && absent.package.is_none() {
        return Err(format!("no file of the repository imports {module}"));
    }
    let manifests = manifests(workspace.listing());
    let [manifest] = manifests.as_slice() else {
        return Err(format!(
            "the repository has {} files package.json; which one is meant is open",
            manifests.len()
        ));
    };
    let before = text(manifest, workspace)?;
    let parsed: Value =
        serde_json::from_str(&before).map_err(|_| format!("{manifest} is no JSON"))?;
    for list in [
        "dependencies",
        "devDependencies",
        "optionalDependencies",
        "peerDependencies",
    ] {
        if !parsed[list][package.name].is_null() {
            return Err(format!(
                "{manifest} names {} already; the job did not install it",
                package.name
            ));
        }
    }
    let development = absent.package.is_some() || only_tests(&by);
    let list = if development {
        "devDependencies"
    } else {
        "dependencies"
    };
    let directory = manifest.strip_suffix(MANIFEST).unwrap_or_default();
    let locked = locked(directory, list, &package, workspace)?;
    let version = locked
        .as_ref()
        .map_or(package.version, |locked| &locked.version);
    let spec = spec(&parsed, version);
    let after = json::with(&before, &[list], package.name, &spec)
        .map_err(|why| format!("{manifest}: {why}"))?;
    let mut files = vec![change(manifest, workspace, after)?];
    if let Some(locked) = locked {
        let lock = format!("{directory}{LOCK}");
        let after = json::with(&locked.text, &["packages", "", list], package.name, &spec)
            .map_err(|why| format!("{lock}: {why}"))?;
        files.push(change(&lock, workspace, after)?);
    }
    Ok(Added {
        package: package.name.to_owned(),
        known: known(module, &by, &package, Registry::Npm),
        files,
    })
}

fn package(absent: &Absent) -> Result<Package, String> {
    match &absent.package {
        Some(package) => Registry::Npm
            .named(package)
            .ok_or_else(|| format!("{package} is none of the packages that were looked up in npm")),
        None => Registry::Npm.of_module(&absent.module),
    }
}

fn manifests(listing: &Listing) -> Vec<String> {
    let all = listing
        .named(MANIFEST)
        .filter(|(_, kind)| *kind == Kind::File);
    let own = all.filter(|(path, _)| !path.contains("node_modules/"));
    own.map(|(path, _)| path.to_owned()).collect()
}

/// What the lock file has of a package.
struct Locked {
    text: String,
    version: String,
}

/// The package as it is locked; none without a lock file. The digests of one
/// that is not locked only npm knows.
fn locked(
    directory: &str,
    list: &str,
    package: &Package,
    workspace: &dyn Workspace,
) -> Result<Option<Locked>, String> {
    const OTHERS: [&str; 5] = [
        "yarn.lock",
        "pnpm-lock.yaml",
        "npm-shrinkwrap.json",
        "bun.lock",
        "bun.lockb",
    ];
    let is_there = |name: &&str| {
        workspace
            .listing()
            .kind(&format!("{directory}{name}"))
            .is_some()
    };
    let follow = |lock: &str| {
        format!(
            "{lock} has to follow, and only its own tool knows the digests of {}",
            package.name
        )
    };
    if let Some(lock) = OTHERS.iter().find(|name| is_there(name)) {
        return Err(follow(lock));
    }
    if !is_there(&LOCK) {
        return Ok(None);
    }
    let text = text(&format!("{directory}{LOCK}"), workspace)?;
    let lock: Value = serde_json::from_str(&text).map_err(|_| format!("{LOCK} is no JSON"))?;
    let entry = &lock["packages"][format!("node_modules/{}", package.name)];
    let version = entry["version"].as_str().ok_or_else(|| follow(LOCK))?;
    // What only development needed would be marked otherwise, and with it all
    // that it needs itself.
    let marked = |mark: &str| !entry[mark].is_null();
    if marked("peer") || marked("optional") || marked("dev") != (list == "devDependencies") {
        return Err(follow(LOCK));
    }
    Ok(Some(Locked {
        version: version.to_owned(),
        text,
    }))
}

/// A version in the manner of the others.
fn spec(manifest: &Value, version: &str) -> String {
    let lists = ["dependencies", "devDependencies"];
    let specs: Vec<&str> = lists
        .iter()
        .filter_map(|list| manifest[list].as_object())
        .flat_map(|list| list.values().filter_map(Value::as_str))
        .collect();
    let begins = |sign: char| specs.iter().filter(|spec| spec.starts_with(sign)).count();
    let exact = specs
        .iter()
        .filter(|spec| spec.starts_with(|c: char| c.is_ascii_digit()))
        .count();
    match (begins('^'), begins('~'), exact) {
        (caret, tilde, exact) if exact > caret + tilde => version.to_owned(),
        (caret, tilde, _) if tilde > caret => format!("~{version}"),
        _ if specs.iter().all(|spec| spec.matches('.').count() < 2) && !specs.is_empty() => {
            format!("^{}", front(version, 1))
        }
        _ => format!("^{version}"),
    }
}
