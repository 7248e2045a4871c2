//! What is told of a failure outside the contract's fixed fields: `job`,
//! `step`, `script` (all lines of a step that runs several), `urgency`, `context` with `context-first-line`, and the lines of a
//! printed diff.

use std::fmt::Write;

use sentinel_sdk::{Attribute, FailureClass};

use super::{Reading, diff};
use crate::groups::Group;
use crate::steps::Step;

/// Lines kept around the first key line, before and after: what a message is
/// about stands above it, what it consists of below.
const BEFORE: usize = 4;
const AFTER: usize = 6;

/// Of a line of context this much is kept, in bytes, so that all of them
/// together stay below what the host keeps of one text.
const LINE_BYTES: usize = 300;

pub(super) fn of(
    reading: &Reading,
    group: &Group,
    lines: &[usize],
    class: &FailureClass,
) -> Vec<Attribute> {
    let first = lines.first().copied().unwrap_or(group.first());
    let mut attributes = around(reading, group.first(), first, class);
    if let Some((first, last)) = diff::range(reading, group) {
        let number = |index| reading.excerpt.number(index).to_string();
        attributes.push(attribute("diff-first-line", number(first)));
        attributes.push(attribute("diff-last-line", number(last)));
    }
    attributes
}

/// What holds wherever a failure was found: `line` tells the step, `first` is
/// the line that is shown first.
pub(super) fn around(
    reading: &Reading,
    line: usize,
    first: usize,
    class: &FailureClass,
) -> Vec<Attribute> {
    let step = &reading.steps.steps[reading.steps.of_line(line)];
    let job = step.job.clone().map(|job| attribute("job", job));
    let name = step.name.clone().map(|name| attribute("step", name));
    let script = script(step).map(|script| attribute("script", script));
    let mut attributes: Vec<Attribute> = job.into_iter().chain(name).chain(script).collect();
    attributes.push(attribute("urgency", urgency(class).to_owned()));
    let (from, text) = context(reading, first);
    attributes.push(attribute("context-first-line", from.to_string()));
    attributes.push(attribute("context", text));
    attributes
}

/// Longest script that is told, in bytes; half of one is another script.
const SCRIPT_BYTES: usize = 2_000;

/// All that a step ran, where that is more than one command: its next line may
/// fail once this one does not.
fn script(step: &Step) -> Option<String> {
    let bytes: usize = step.script.iter().map(|line| line.len() + 1).sum();
    (step.script.len() > 1 && bytes <= SCRIPT_BYTES).then(|| step.script.join("\n"))
}

/// How soon somebody has to look, as far as the class tells: `immediate` what
/// is live or locked out, `high` what stops everybody's work, `normal` what
/// stops one change, `low` what a tool repairs, `retry` what may be gone when
/// it runs again.
fn urgency(class: &FailureClass) -> &'static str {
    match class {
        FailureClass::Deployment | FailureClass::PermissionOrSecret => "immediate",
        FailureClass::DependencyResolution
        | FailureClass::ConfigOrWorkflowSyntax
        | FailureClass::DockerBuild
        | FailureClass::OomOrDisk => "high",
        FailureClass::Format | FailureClass::Lint | FailureClass::Lockfile => "low",
        FailureClass::FlakyOrInfraNetwork | FailureClass::Timeout => "retry",
        _ => "normal",
    }
}

/// The lines around one, as far as they were kept: the first one's number and
/// the text.
fn context(reading: &Reading, line: usize) -> (u64, String) {
    let excerpt = reading.excerpt;
    // Lines that were left out between kept ones would look like neighbours.
    let joined = |at: &usize| excerpt.number(*at) + 1 == excerpt.number(*at + 1);
    let above = (line.saturating_sub(BEFORE)..line).rev();
    let first = above.take_while(joined).last().unwrap_or(line);
    let end = excerpt.len().saturating_sub(1).min(line + AFTER);
    let below = (line..end).take_while(joined).last();
    let last = below.map_or(line, |at| at + 1);
    let mut text = String::new();
    for at in first..=last {
        let bytes = excerpt.text(at);
        let bytes = &bytes[..bytes.len().min(LINE_BYTES)];
        let _ = writeln!(text, "{}", String::from_utf8_lossy(bytes));
    }
    (excerpt.number(first), text)
}

fn attribute(key: &str, value: String) -> Attribute {
    let key = key.to_owned();
    Attribute { key, value }
}
