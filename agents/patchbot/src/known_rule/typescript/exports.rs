//! Names that one module of the project exports, and no other.

use std::collections::BTreeSet;

use super::super::{Finding, is_name, misfit};
use crate::text_edit::{Edits, Source};
use crate::workspace::{Kind, Workspace, file_name};

/// Modules that are looked into, and bytes of them.
const MAX_MODULES: usize = 2_000;
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Between a message and the module that exports its name.
const MARK: &str = "\nexported by ";

/// `Cannot find name 'total'.`
fn unknown(finding: &Finding) -> Option<&str> {
    let rest = finding.message.strip_prefix("Cannot find name '")?;
    let (name, rest) = rest.split_once('\'')?;
    let plain = matches!(finding.code.as_str(), "TS2304" | "TS2552" | "TS2503");
    // Where the compiler has another name in mind, one of the two is meant.
    (plain && matches!(rest, "." | "")).then_some(name)
}

/// Adds to each finding the module that exports the name it lacks, where there
/// is exactly one.
pub(in super::super) fn find(findings: &mut [Finding], workspace: &dyn Workspace) {
    let names: BTreeSet<String> = findings
        .iter()
        .filter_map(unknown)
        .map(str::to_owned)
        .collect();
    if names.is_empty() {
        return;
    }
    let mut found: Vec<(String, String, bool)> = Vec::new();
    let mut bytes = 0;
    let modules = workspace
        .listing()
        .entries()
        .filter(|(path, kind)| is_module(path, *kind));
    for (path, _) in modules.take(MAX_MODULES) {
        let Ok(file) = workspace.read(path) else {
            continue;
        };
        bytes += file.len();
        if bytes > MAX_BYTES {
            // What is not looked into may export the name, too.
            return;
        }
        let text = String::from_utf8_lossy(&file);
        for (name, is_type) in text.lines().filter_map(exported) {
            if names.contains(name) {
                found.push((name.to_owned(), path.to_owned(), is_type));
            }
        }
    }
    for finding in findings {
        let Some(name) = unknown(finding) else {
            continue;
        };
        let mut own = found.iter().filter(|(exported, ..)| exported == name);
        if let (Some((_, path, is_type)), None) = (own.next(), own.next()) {
            let kind = if *is_type { "type " } else { "" };
            finding.message.push_str(&format!("{MARK}{kind}{path}"));
        }
    }
}

fn is_module(path: &str, kind: Kind) -> bool {
    let name = file_name(path);
    let ending = [".ts", ".tsx", ".mts"]
        .iter()
        .any(|ending| name.ends_with(ending));
    let other = name.ends_with(".d.ts") || name.contains(".test.") || name.contains(".spec.");
    let built = path
        .split('/')
        .any(|part| matches!(part, "node_modules" | "dist" | "build"));
    kind == Kind::File && ending && !other && !built
}

/// The name that a line exports, and whether it is a type.
fn exported(line: &str) -> Option<(&str, bool)> {
    let mut rest = line.strip_prefix("export ")?;
    for word in ["declare ", "abstract ", "async "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    let (kind, rest) = rest.split_once(' ')?;
    let is_type = matches!(kind, "interface" | "type");
    let known = is_type || matches!(kind, "function" | "const" | "let" | "class" | "enum");
    let end = rest.find(|letter| !is_name(letter)).unwrap_or(rest.len());
    (known && end > 0).then_some((&rest[..end], is_type))
}

/// Whether the module is known that the name is imported from.
pub(in super::super) fn knows(finding: &Finding) -> bool {
    unknown_from(finding).is_some()
}

fn unknown_from(finding: &Finding) -> Option<(&str, &str, bool)> {
    let (_, module) = finding.message.split_once(MARK)?;
    let name = finding.message.split('\'').nth(1)?;
    match module.strip_prefix("type ") {
        Some(module) => Some((name, module, true)),
        None => Some((name, module, false)),
    }
}

/// Imports what the findings of a file lack, behind its other imports and in
/// their manner.
pub(in super::super) fn mend(
    path: &str,
    findings: &[Finding],
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let mut missing: BTreeSet<(String, bool, &str)> = BTreeSet::new();
    for (name, module, is_type) in findings.iter().filter_map(unknown_from) {
        if module == path {
            return misfit("in another file than the name");
        }
        missing.insert((relative(path, module), is_type, name));
    }
    if missing.is_empty() {
        return Ok(());
    }
    let imports: Vec<(u64, &str)> = source
        .lines()
        .filter(|(_, line)| line.starts_with("import ") && line.contains(" from "))
        .collect();
    let single = imports.iter().any(|(_, line)| line.contains("from '"));
    let quote = if single { '\'' } else { '"' };
    let local = |line: &str| line.contains("from './") || line.contains("from \"./");
    let endings = imports
        .iter()
        .any(|(_, line)| local(line) && line.contains(".js"));
    let bare = !imports.is_empty()
        && imports
            .iter()
            .all(|(_, line)| !line.trim_end().ends_with(';'));
    let end = if bare { "" } else { ";" };
    let lines: Vec<String> = missing
        .iter()
        .map(|(module, is_type, name)| {
            let kind = if *is_type { "type " } else { "" };
            let ending = if endings { ".js" } else { "" };
            format!("import {kind}{{ {name} }} from {quote}{module}{ending}{quote}{end}")
        })
        .collect();
    match imports.last() {
        Some((number, _)) => edits.insert_above(number + 1, &lines.join("\n")),
        None => edits.insert_above(1, &format!("{}\n", lines.join("\n"))),
    }
    Ok(())
}

/// The module as a file names it: without its ending, from its directory.
fn relative(path: &str, module: &str) -> String {
    let module = module.rsplit_once('.').map_or(module, |(name, _)| name);
    let module = module.strip_suffix("/index").unwrap_or(module);
    let mut from: Vec<&str> = path.split('/').collect();
    from.pop();
    let mut to: Vec<&str> = module.split('/').collect();
    while !from.is_empty() && to.len() > 1 && from.first() == to.first() {
        from.remove(0);
        to.remove(0);
    }
    let up = if from.is_empty() {
        "./".to_owned()
    } else {
        "../".repeat(from.len())
    };
    format!("{up}{}", to.join("/"))
}
