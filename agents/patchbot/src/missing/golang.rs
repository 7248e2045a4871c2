//! Go: a module that lies in the repository. One that lies elsewhere takes a
//! version and digests, which only go knows.

use super::imported::importers;
use super::read::Absent;
use super::{Added, change, text};
use crate::workspace::Workspace;

const MANIFEST: &str = "go.mod";

/// What go itself writes for a module that has no version, because it is
/// replaced by a directory.
const NO_VERSION: &str = "v0.0.0-00010101000000-000000000000";

pub(super) fn add(absent: &Absent, workspace: &dyn Workspace) -> Result<Added, String> {
    let module = &absent.module;
    let by = importers(absent.language, module, workspace);
    if by.is_empty() {
        return Err(format!("no file of the repository imports {module}"));
    }
    let before = text(MANIFEST, workspace)?;
    let directory = replaced_by(&before, module)
        .ok_or_else(|| format!("{MANIFEST} does not replace {module} by a directory"))?;
    let there = text(&format!("{directory}/{MANIFEST}"), workspace)?;
    if there
        .lines()
        .all(|line| line.trim() != format!("module {module}"))
    {
        return Err(format!("{directory} is not the module {module}"));
    }
    let required = |line: &str| {
        line.trim()
            .trim_start_matches("require ")
            .starts_with(&format!("{module} v"))
    };
    if before.lines().any(required) {
        return Err(format!("{MANIFEST} requires {module} already"));
    }
    let after = with(&before, module)?;
    Ok(Added {
        package: module.clone(),
        known: format!("{} imports {module}, which lies in {directory}.", by[0]),
        files: vec![change(MANIFEST, workspace, after)?],
    })
}

/// `replace example.com/util => ./util`, also inside of brackets.
fn replaced_by<'t>(manifest: &'t str, module: &str) -> Option<&'t str> {
    manifest.lines().find_map(|line| {
        let rest = line.trim().trim_start_matches("replace ").trim_start();
        let target = rest
            .strip_prefix(module)?
            .trim_start()
            .strip_prefix("=>")?
            .trim();
        target.strip_prefix("./")
    })
}

/// Below the line that names go's version, as go does.
fn with(manifest: &str, module: &str) -> Result<String, String> {
    let lines: Vec<&str> = manifest.lines().collect();
    let names_go = |line: &&str| line.starts_with("go ") || line.starts_with("toolchain ");
    let at = lines.iter().rposition(|line| names_go(&line));
    let at = at.ok_or_else(|| format!("{MANIFEST} names no version of go"))? + 1;
    let new = format!("require {module} {NO_VERSION}");
    let mut all = lines[..at].to_vec();
    all.extend(["", &new]);
    all.extend(&lines[at..]);
    Ok(all.join("\n") + "\n")
}
