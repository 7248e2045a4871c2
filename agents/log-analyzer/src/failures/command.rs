//! Which tool a group is about, and which command ran it.

use memchr::memmem;

use super::Reading;
use crate::groups::Group;
use crate::steps::Step;

/// How far above a failure its command is looked for, in lines.
const LINES_ABOVE: usize = 3000;

/// The tool's name: of several that print the same lines, the one that the
/// step's command names.
pub(super) fn tool(reading: &Reading, group: &Group) -> String {
    let rule = &reading.rules.rules[group.strongest(reading.rules)];
    let names = &reading.rules.tools[rule.section];
    let step = &reading.steps.steps[group.step];
    let ran = |name: &&String| step_names(step, name);
    names.iter().find(ran).unwrap_or(&names[0]).clone()
}

fn step_names(step: &Step, name: &str) -> bool {
    let script = step.script.iter().chain(&step.blamed).chain(&step.name);
    script.into_iter().any(|line| mentions(line, name))
}

/// Whether the line holds the name as a word of its own.
fn mentions(line: &str, name: &str) -> bool {
    let word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    memmem::find_iter(line.as_bytes(), name).any(|at| {
        let before = at.checked_sub(1).and_then(|at| line.as_bytes().get(at));
        !word(before) && !word(line.as_bytes().get(at + name.len()))
    })
}

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
