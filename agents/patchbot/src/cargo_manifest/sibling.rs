//! A package of the repository that another one of it uses and does not name.

use toml::Value;

use super::{Manifest, Mended, between, package, value};
use crate::candidate::FileChange;
use crate::push::Push;
use crate::workspace::{Kind, Workspace};

/// How rustc calls a crate that is not there.
const MARKS: &[(&str, &str)] = &[
    ("use of unresolved module or unlinked crate `", "`"),
    ("use of undeclared crate or module `", "`"),
    ("can't find crate for `", "`"),
    ("cannot find module or crate `", "`"),
];

pub(super) fn mend(lines: &[&str], workspace: &dyn Workspace, _: &Push) -> Mended {
    let said = lines.iter().enumerate().find_map(|(at, line)| {
        let mut named = MARKS
            .iter()
            .filter_map(|(from, to)| between(line, from, to));
        Some((at, named.next()?))
    });
    let (at, module) = said?;
    let own = package(module, workspace)?;
    let rows = &lines[at.saturating_sub(4)..lines.len().min(at + 4)];
    let file = rows
        .iter()
        .find_map(|row| row.trim_start().strip_prefix("--> ")?.split(':').next())?;
    let user = owner(file, workspace)?;
    let name = own.name()?;
    let named = value(&user.table, &["dependencies", name]).is_some();
    if named || user.path == own.path {
        return None;
    }
    let entry = entry(&user, &own, workspace)?;
    let mut files = vec![user.with(grown(&user.text, name, &entry))?];
    files.extend(locked(user.name()?, name, workspace));
    let why = format!(
        "{} uses {name}, a package of this repository, and does not name it.",
        user.path
    );
    Some((files, why))
}

/// The manifest of the package that a file belongs to.
fn owner(file: &str, workspace: &dyn Workspace) -> Option<Manifest> {
    let parts = file
        .rmatch_indices('/')
        .map(|(at, _)| &file[..=at])
        .chain([""]);
    let mut manifests = parts.map(|directory| format!("{directory}Cargo.toml"));
    let path = manifests.find(|path| workspace.listing().kind(path) == Some(Kind::File))?;
    Manifest::read(&path, workspace)
}

/// As the workspace has it, or by its path.
fn entry(user: &Manifest, own: &Manifest, workspace: &dyn Workspace) -> Option<String> {
    let name = own.name()?;
    let root = Manifest::read("Cargo.toml", workspace)?;
    if value(&root.table, &["workspace", "dependencies", name]).is_some() {
        let dotted = user.text.contains(".workspace = true");
        return Some(match dotted {
            true => format!("{name}.workspace = true"),
            false => format!("{name} = {{ workspace = true }}"),
        });
    }
    let mut from: Vec<&str> = user
        .directory()
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    let mut to: Vec<&str> = own
        .directory()
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    while !from.is_empty() && from.first() == to.first() {
        from.remove(0);
        to.remove(0);
    }
    let up = vec![".."; from.len()];
    let path: Vec<&str> = up.into_iter().chain(to).collect();
    Some(format!("{name} = {{ path = \"{}\" }}", path.join("/")))
}

/// Behind the other dependencies, or in front of the first that comes later.
fn grown(text: &str, name: &str, entry: &str) -> String {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let Some(head) = lines
        .iter()
        .position(|line| line.trim() == "[dependencies]")
    else {
        return format!("{}\n\n[dependencies]\n{entry}\n", text.trim_end());
    };
    let rows = lines[head + 1..]
        .iter()
        .take_while(|line| !line.trim().is_empty() && !line.starts_with('['));
    let rows: Vec<&str> = rows.copied().collect();
    let key = |row: &str| {
        row.split([' ', '=', '.'])
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let later = rows.iter().position(|row| key(row).as_str() > name);
    let sorted = rows.iter().map(|row| key(row)).is_sorted();
    let at = head + 1 + later.filter(|_| sorted).unwrap_or(rows.len());
    lines.insert(at, entry);
    lines.join("\n")
}

/// The lock file with the new line, where it knows both packages.
fn locked(user: &str, name: &str, workspace: &dyn Workspace) -> Option<FileChange> {
    let before = String::from_utf8(workspace.read("Cargo.lock").ok()?).ok()?;
    let table: toml::Table = before.parse().ok()?;
    let packages = table.get("package")?.as_array()?;
    let of = |name: &str| {
        let named = move |one: &&Value| one.get("name").and_then(Value::as_str) == Some(name);
        let mut all = packages.iter().filter(named);
        all.next()
            .filter(|one| all.next().is_none() && one.get("source").is_none())
    };
    let (own, _) = (of(user)?, of(name)?);
    let version = own.get("version")?.as_str()?;
    let head = format!("name = \"{user}\"\nversion = \"{version}\"\n");
    let end = before.find(&head)? + head.len();
    let listed = own.get("dependencies").and_then(Value::as_array);
    let mut names: Vec<String> = listed
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.as_str().map(str::to_owned))
        .collect();
    names.push(name.to_owned());
    names.sort();
    let rows: String = names.iter().map(|name| format!(" \"{name}\",\n")).collect();
    let rest = &before[end..];
    let rest = match rest.strip_prefix("dependencies = [\n") {
        Some(open) => &open[open.find("]\n")? + 2..],
        None => rest,
    };
    let after = format!("{}dependencies = [\n{rows}]\n{rest}", &before[..end]);
    after.parse::<toml::Table>().ok()?;
    Some(FileChange {
        path: "Cargo.lock".to_owned(),
        before: before.into_bytes(),
        after: after.into_bytes(),
        shifted: false,
    })
}
