//! A step failed and no rule recognised a line: what ran there says what kind
//! of failure it is, and its last lines are all there is to read.

use sentinel_sdk::{Failure, FailureClass, Location};

use super::{
    Reading, command, confidence, key_line, model_features, severity, shown, step_attributes,
};
use crate::fallback::{self, Suspect};
use crate::fingerprint::fingerprint;
use crate::model;
use crate::rules::class_name;
use crate::steps::{Outcome, Step, Steps};

/// Lines at the end of the failed step that are shown beside suspicious ones.
const LAST_LINES: usize = 12;

/// From this on a suspicious line goes before the step's last lines.
const SUSPICIOUS: f64 = 9.0;

pub(super) fn of(reading: &Reading, suspects: &[Suspect]) -> Option<Failure> {
    let failed = failed_step(&reading.steps);
    let alarming = suspects
        .first()
        .filter(|suspect| suspect.score >= fallback::ALARMING);
    let nothing_marked = reading.steps.outcome == Outcome::NothingMarked;
    if failed.is_none() && (alarming.is_none() || nothing_marked) {
        return None;
    }
    let known = failed.and_then(|step| command::known_tool(reading, step));
    let checks = known.as_ref().is_some_and(|(_, class)| is_check(class));
    let lines = lines(reading, failed, suspects, checks);
    let first = *lines.first()?;
    let step = failed.unwrap_or(&reading.steps.steps[reading.steps.of_line(first)]);
    let (tool, class, confidence) = match known {
        Some((tool, class)) => (Some(tool), class, confidence::COMMAND_KNOWN),
        None => guess(reading, suspects),
    };
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
        fingerprint: fingerprint(class_name(&class), named, &text, None),
        attributes: step_attributes(reading, first),
        class,
        tool,
    })
}

/// The class that the words speak for, if they speak clearly.
fn guess(reading: &Reading, suspects: &[Suspect]) -> (Option<String>, FailureClass, f64) {
    let features = model_features(reading.excerpt, &reading.steps, suspects);
    let (class, probability) = model::classify(&features);
    let confidence = confidence::of_guess(probability);
    if confidence < confidence::UNEXPLAINED {
        return (None, FailureClass::Unknown, confidence::UNEXPLAINED);
    }
    (None, class, confidence)
}

/// Whether a class's tools print the files that they complain about, one a
/// line, and often nothing else (`gofmt -l`, `prettier --list-different`).
fn is_check(class: &FailureClass) -> bool {
    matches!(class, FailureClass::Format | FailureClass::Lint)
}

fn path(text: &str) -> Option<Location> {
    let name = text.rsplit('/').next()?;
    let is_path = !text.contains(' ') && name.len() > 2 && name[1..].contains('.');
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

/// Suspicious lines of the failed step, its last lines (a checker's first
/// ones), then other suspicious
/// ones; the marker of its end only where there is nothing else.
fn lines(
    reading: &Reading,
    failed: Option<&Step>,
    suspects: &[Suspect],
    checks: bool,
) -> Vec<usize> {
    let mut lines: Vec<usize> = Vec::new();
    let mut add = |line: usize| {
        if !lines.contains(&line) {
            lines.push(line);
        }
    };
    suspects
        .iter()
        .filter(|suspect| suspect.score >= SUSPICIOUS)
        .for_each(|suspect| add(suspect.line));
    if let Some(step) = failed {
        let end = step.marker.unwrap_or(step.last + 1);
        let text = |index: &usize| !reading.excerpt.text(*index).is_empty();
        let output = (step.shown + 1..end).filter(text);
        match checks {
            true => output.take(LAST_LINES).for_each(&mut add),
            false => output.rev().take(LAST_LINES).for_each(&mut add),
        }
    }
    suspects.iter().for_each(|suspect| add(suspect.line));
    if let Some(marker) = failed.and_then(|step| step.marker) {
        add(marker);
    }
    lines
}
