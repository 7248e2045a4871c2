//! Which command failed.

use super::Reading;
use crate::groups::Group;
use crate::steps::Step;
use crate::tool::{mentions, runs};
use sentinel_sdk::FailureClass;

/// How far above a failure its command is looked for, in lines.
const LINES_ABOVE: usize = 3000;

/// The failed command: the one a marker blames if it is the tool's own, else
/// the nearest shown command that names the tool, else what the step ran.
pub(super) fn of(reading: &Reading, group: &Group, tool: &str) -> Option<String> {
    let step = &reading.steps.steps[group.step];
    let names = |line: &&String| mentions(line, tool);
    let shown = step.script.iter().rfind(names).cloned();
    shown
        .or_else(|| step.blamed.clone().filter(|line| mentions(line, tool)))
        .or_else(|| above(reading, group, step, tool))
        .or_else(|| step.blamed.clone())
        .or_else(|| single(step))
}

/// The command of a step of which no more is known.
pub(super) fn shown_or_blamed(step: &Step, tool: &str) -> Option<String> {
    let names = |line: &&String| !tool.is_empty() && mentions(line, tool);
    let shown = step.script.iter().rfind(names).cloned();
    shown
        .or_else(|| step.blamed.clone())
        .or_else(|| single(step))
}

/// The tool that a step's command names, and what it means when that fails:
/// one that does several things (`make`, `npm`) says nothing by its name.
pub(super) fn known_tool(reading: &Reading, step: &Step) -> Option<(String, FailureClass)> {
    let commands = step.script.iter().rev().chain(&step.blamed);
    let tools = || reading.rules.tools.iter().flatten();
    let mut known = commands.flat_map(|command| {
        let ran = tools().filter(move |tool| runs(command, tool));
        ran.filter_map(|tool| Some((tool.to_string(), only_class(reading, tool)?)))
    });
    known.next()
}

/// The class of all sections that a tool's name stands in, if it is one.
fn only_class(reading: &Reading, tool: &str) -> Option<FailureClass> {
    let sections = reading.rules.tools.iter().zip(&reading.rules.classes);
    let mut classes = sections
        .filter(|(names, _)| names.iter().any(|name| name == tool))
        .map(|(_, class)| class);
    let first = classes.next()?;
    classes.all(|class| class == first).then(|| first.clone())
}

/// A step that runs one line ran this one.
fn single(step: &Step) -> Option<String> {
    match step.script.as_slice() {
        [] => None,
        [first, ..] => Some(first.clone()),
    }
}

/// The nearest line above that shows a command with the tool's name: what
/// `sh -x`, npm and make print.
fn above(reading: &Reading, group: &Group, step: &Step, tool: &str) -> Option<String> {
    let first = step.first.max(group.first().saturating_sub(LINES_ABOVE));
    (first..group.first()).rev().find_map(|index| {
        let text = reading.excerpt.text(index);
        let command = ["$ ", "+ ", "> ", "[command]"]
            .iter()
            .find_map(|prompt| text.strip_prefix(prompt.as_bytes()))?;
        let command = String::from_utf8_lossy(command);
        mentions(&command, tool).then(|| command.trim().to_owned())
    })
}
