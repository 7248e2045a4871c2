//! A package of the repository at a version that another one of it does not
//! take: `failed to select a version for the requirement `hull = "^0.1"``. Which
//! of the two is wrong the push says, where it raised the version that was
//! asked for.

use super::{Mended, between, package, value};
use crate::push::Push;
use crate::workspace::Workspace;

pub(super) fn mend(lines: &[&str], workspace: &dyn Workspace, push: &Push) -> Mended {
    let mark = "failed to select a version for the requirement `";
    let wanted = lines.iter().find_map(|line| between(line, mark, "`"))?;
    let (name, asked) = wanted.split_once(" = \"")?;
    let asked = asked.split('"').next()?.trim_start_matches('^');
    let by = lines
        .iter()
        .find_map(|line| between(line, "required by package `", " v"))?;
    let strange = |line: &str| line.starts_with("location searched: ") && line.contains(" index");
    // What a registry has is no business of the repository's.
    if lines.iter().any(|line| strange(line)) {
        return None;
    }
    let (own, user) = (package(name, workspace)?, package(by, workspace)?);
    let version = value(&own.table, &["package", "version"])?.as_str()?;
    let mut told = lines
        .iter()
        .filter_map(|line| line.split_once("didn't match: "));
    if told.next()?.1 != version {
        return None;
    }
    if !raised(push, &own.path, asked, version) {
        return None;
    }
    let parts = asked.split('.').count();
    let new: Vec<&str> = version.split('.').take(parts).collect();
    let (old, new) = (format!("\"{asked}\""), format!("\"{}\"", new.join(".")));
    let change = user.replaced(name, &old, &new)?;
    let why = format!("{name} of this repository is at {version}, and {by} asks for {asked}.");
    Some((vec![change], why))
}

/// Whether the push gave a package this version in the place of one that was
/// asked for.
fn raised(push: &Push, manifest: &str, asked: &str, version: &str) -> bool {
    let of = |line: &str| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "version").then(|| value.trim().trim_matches('"').to_owned())
    };
    let blocks = push.rewritten_in(manifest);
    let mut pairs = blocks.iter().flat_map(|block| block.pairs());
    pairs.any(|(removed, added)| {
        let fits = |old: String| old == asked || old.starts_with(&format!("{asked}."));
        of(removed).is_some_and(fits) && of(added).as_deref() == Some(version)
    })
}
