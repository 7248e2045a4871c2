//! Scripts, targets and files that are called by a name that nothing has.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::known_rule::is_slip;
use crate::transcript::Step;
use crate::workspace::{Workspace, file_name};

pub(super) fn mend(
    path: &str,
    text: &str,
    step: &Step,
    workspace: &dyn Workspace,
) -> Option<String> {
    let wrong = super::lines(step).find_map(missing)?;
    let known: BTreeSet<String> = match wrong {
        Missing::Script(_) => scripts(path, workspace)?,
        Missing::File(_) if !is_makefile(path) => return None,
        Missing::File(name) => same_directory(name, workspace),
    };
    let (Missing::Script(name) | Missing::File(name)) = wrong;
    let stem = |path: &str| {
        file_name(path)
            .split('.')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let near = |other: &&String| match wrong {
        Missing::Script(_) => is_slip(name, other),
        Missing::File(_) => is_slip(&stem(name), &stem(other)),
    };
    let mut meant = known.iter().filter(near);
    let (right, None) = (meant.next()?, meant.next()) else {
        return None;
    };
    called(path, text, name, right)
}

enum Missing<'a> {
    Script(&'a str),
    File(&'a str),
}

/// `Missing script: "biuld"`, `No rule to make target 'src/mian.c', needed by`
fn missing(line: &str) -> Option<Missing<'_>> {
    if let Some((_, rest)) = line.split_once("No rule to make target '") {
        let (name, rest) = rest.split_once('\'')?;
        return rest.contains("needed by").then_some(Missing::File(name));
    }
    let marks = ["Missing script: ", "Command \""];
    let rest = marks.iter().find_map(|mark| line.split_once(mark))?.1;
    let name = rest.trim_start_matches('"').split(['"', ' ']).next()?;
    let yarn = line.contains("Command \"") && !line.contains("not found");
    (!yarn && !name.is_empty()).then_some(Missing::Script(name))
}

fn scripts(path: &str, workspace: &dyn Workspace) -> Option<BTreeSet<String>> {
    let directory = path.strip_suffix(file_name(path))?;
    let file = workspace.read(&format!("{directory}package.json")).ok()?;
    let package: Value = serde_json::from_slice(&file).ok()?;
    Some(package["scripts"].as_object()?.keys().cloned().collect())
}

fn is_makefile(path: &str) -> bool {
    let name = file_name(path);
    name.ends_with("akefile") || name.ends_with(".mk")
}

/// The files that lie beside one that is not there, with its ending.
fn same_directory(name: &str, workspace: &dyn Workspace) -> BTreeSet<String> {
    let directory = name.strip_suffix(file_name(name)).unwrap_or_default();
    let ending = |path: &str| {
        file_name(path)
            .split_once('.')
            .map(|(_, ending)| ending.to_owned())
    };
    let beside = |path: &str| {
        let rest = path.strip_prefix(directory);
        rest.is_some_and(|rest| !rest.contains('/')) && ending(path) == ending(name)
    };
    let all = workspace.listing().entries().map(|(path, _)| path);
    all.filter(|path| beside(path)).map(str::to_owned).collect()
}

/// The text with the other name in the one place that calls the first.
fn called(path: &str, text: &str, wrong: &str, right: &str) -> Option<String> {
    let runs = [
        "npm run ",
        "npm run-script ",
        "yarn ",
        "yarn run ",
        "pnpm ",
        "pnpm run ",
        "bun run ",
    ];
    let part = |letter: char| letter.is_alphanumeric() || "_-./:".contains(letter);
    let mut places = text.match_indices(wrong).map(|(at, _)| at).filter(|at| {
        let (before, after) = (&text[..*at], &text[at + wrong.len()..]);
        let called = is_makefile(path) || runs.iter().any(|run| before.ends_with(run));
        called && !before.ends_with(part) && !after.starts_with(part)
    });
    match (places.next(), places.next()) {
        (Some(at), None) => {
            let (before, after) = (&text[..at], &text[at + wrong.len()..]);
            Some(format!("{before}{right}{after}"))
        }
        _ => None,
    }
}
