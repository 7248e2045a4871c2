//! A step failed and no rule recognised a line: what ran there and the
//! likeliest lines say what kind of failure it is.

use sentinel_sdk::{Failure, Location};

use super::{Findings, Reading, attributes, class, command, confidence, key_line, severity, shown};
use crate::fingerprint::fingerprint;
use crate::learned::Learned;
use crate::plain::plain;
use crate::shape;
use crate::steps::{Outcome, Step, Steps};
use crate::worth::{self, ALARMING};
use sentinel_sdk::FailureClass;

/// Lines that are shown.
const LINES: usize = 60;

/// A checker's first lines that are shown before all others.
const FIRST_LINES: usize = 12;

pub(super) fn of(reading: &Reading, findings: &Findings, learned: &Learned) -> Option<Failure> {
    let failed = failed_step(&reading.steps);
    let nothing_marked = reading.steps.outcome == Outcome::NothingMarked;
    if failed.is_none() && (nothing_marked || !is_alarming(reading, findings)) {
        return None;
    }
    let known = failed.and_then(|step| command::known_tool(reading, step));
    let checks = known.as_ref().is_some_and(|(_, class)| is_check(class));
    let lines = lines(reading, failed, findings, checks);
    let first = *lines.first()?;
    let step = failed.unwrap_or(&reading.steps.steps[reading.steps.of_line(first)]);
    let (class, confidence) = match class::of(reading, findings, learned) {
        (_, low) if low < confidence::UNEXPLAINED => {
            (FailureClass::Unknown, confidence::UNEXPLAINED)
        }
        likely => likely,
    };
    // A tool that means another class does not explain this failure.
    let tool = known
        .filter(|(_, known)| *known == class)
        .map(|(tool, _)| tool);
    let text = shown(reading, first);
    let named = tool.as_deref().unwrap_or_default();
    Some(Failure {
        severity: severity(&class),
        confidence,
        key_lines: lines
            .iter()
            .map(|index| key_line(reading, *index))
            .collect(),
        command: command::shown_or_blamed(step, named),
        location: checks.then(|| path(&text)).flatten(),
        // The class is a guess that varies with what is around.
        fingerprint: fingerprint("unexplained", named, &text, None),
        attributes: attributes::around(reading, first, first, &class),
        class,
        tool,
    })
}

/// Whether a log that does not say how it ended looks like a failed one.
fn is_alarming(reading: &Reading, findings: &Findings) -> bool {
    let alarms = |line: usize| {
        let (_, text) = plain(reading.excerpt.text(line));
        shape::speaks(text) || worth::of(text).is_some_and(|worth| worth >= ALARMING)
    };
    let mut likeliest = findings.ranked.iter().take(LINES);
    likeliest.any(|line| alarms(line.line))
}

/// Whether a class's tools print the files that they complain about, one a
/// line, and often nothing else (`gofmt -l`, `prettier --list-different`).
fn is_check(class: &FailureClass) -> bool {
    matches!(class, FailureClass::Format | FailureClass::Lint)
}

fn path(text: &str) -> Option<Location> {
    let name = text.rsplit('/').next()?;
    // The first letter may be longer than a byte: boxes are drawn with those.
    let dotted = name.len() > 2 && name.char_indices().skip(1).any(|(_, letter)| letter == '.');
    let is_path = !text.contains(' ') && dotted;
    is_path.then(|| Location {
        path: text.to_owned(),
        line: None,
        column: None,
    })
}

/// The first failed step whose own end says so; the last failed one where
/// steps around it are only known to have failed together.
pub(super) fn failed_step(steps: &Steps) -> Option<&Step> {
    let steps = &steps.steps;
    let told = steps
        .iter()
        .find(|step| step.failed && step.marker.is_some());
    told.or_else(|| steps.iter().rfind(|step| step.failed))
}

/// The likeliest lines; before them a checker's first paths, and last the
/// marker of the step's end, which says only that it failed.
fn lines(
    reading: &Reading,
    failed: Option<&Step>,
    findings: &Findings,
    checks: bool,
) -> Vec<usize> {
    let mut lines: Vec<usize> = Vec::new();
    let mut add = |line: usize| {
        if !lines.contains(&line) && lines.len() < LINES {
            lines.push(line);
        }
    };
    if let Some(step) = failed.filter(|_| checks) {
        let end = step.marker.unwrap_or(step.last + 1);
        let is_path = |line: &usize| path(&shown(reading, *line)).is_some();
        (step.shown + 1..end)
            .filter(is_path)
            .take(FIRST_LINES)
            .for_each(&mut add);
    }
    findings.ranked.iter().for_each(|line| add(line.line));
    if let Some(marker) = failed.and_then(|step| step.marker) {
        add(marker);
    }
    lines
}
