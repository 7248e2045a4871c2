//! Groups → the contract's failures.

use sentinel_sdk::{Attribute, Failure, FailureClass, KeyLine, Location, Severity};

use crate::excerpt::Excerpt;
use crate::fallback::{self, Suspect};
use crate::fingerprint::fingerprint;
use crate::groups::{Group, group};
use crate::matcher::Matcher;
use crate::plain::plain;
use crate::rules::{Rules, class_name};
use crate::scan::scan;
use crate::steps::Steps;

mod command;
mod confidence;
mod diff;
mod key_lines;

/// Failures of one log: more are one cause seen many times.
const MAX_FAILURES: usize = 8;

/// Groups that are this many points less likely than the first are noise.
const SCORE_SPAN: f64 = 30.0;

/// Points below which a group is no evidence that anything failed.
const MIN_SCORE: f64 = 45.0;

/// Of a key line this much is shown, in bytes.
const MAX_SHOWN: usize = 600;

/// Everything that is known about one log while its failures are made.
pub(crate) struct Reading<'a> {
    pub excerpt: &'a Excerpt,
    pub steps: Steps,
    pub rules: &'a Rules,
}

/// The failures of a log, the most likely cause first.
pub fn of(excerpt: &Excerpt, matcher: &Matcher) -> Vec<Failure> {
    let steps = Steps::of(excerpt);
    if steps.passed {
        return Vec::new();
    }
    let reading = Reading {
        excerpt,
        steps,
        rules: &matcher.rules,
    };
    let hits = scan(excerpt, &reading.steps, matcher);
    let groups = group(hits, reading.rules, &reading.steps, excerpt);
    let suspects = fallback::suspects(excerpt, &reading.steps);
    let told = told(&reading, groups);
    if told.is_empty() {
        return unexplained(&reading, &suspects).into_iter().collect();
    }
    let mut failures = Vec::new();
    for (index, group) in told.iter().enumerate() {
        let rest = if index + 1 == told.len() {
            &suspects[..]
        } else {
            &[]
        };
        failures.push(failure(&reading, group, &told, rest));
    }
    failures
}

/// The groups worth reporting.
fn told(reading: &Reading, mut groups: Vec<Group>) -> Vec<Group> {
    let Reading { rules, steps, .. } = reading;
    if groups.iter().any(|group| !group.is_echo(rules)) {
        groups.retain(|group| !group.is_echo(rules));
    }
    let in_failed = |group: &Group| steps.steps[group.step].failed;
    if groups.iter().any(in_failed) {
        groups.retain(in_failed);
    }
    let Some(best) = groups.first().map(|group| group.score) else {
        return groups;
    };
    groups.retain(|group| group.score >= MIN_SCORE.max(best - SCORE_SPAN));
    groups.truncate(MAX_FAILURES);
    groups
}

fn failure(reading: &Reading, group: &Group, told: &[Group], suspects: &[Suspect]) -> Failure {
    let rule = &reading.rules.rules[group.strongest(reading.rules)];
    let tool = command::tool(reading, group);
    let lines = key_lines::of(reading, group, suspects);
    let location = location(reading, group);
    let text = lines
        .first()
        .map_or(String::new(), |index| shown(reading, *index));
    let path = location.as_ref().map(|location| location.path.as_str());
    Failure {
        fingerprint: fingerprint(class_name(&rule.class), &tool, &text, path),
        class: rule.class.clone(),
        severity: severity(&rule.class),
        confidence: confidence::of(reading, group, told),
        key_lines: lines
            .iter()
            .map(|index| key_line(reading, *index))
            .collect(),
        command: command::of(reading, group, &tool),
        attributes: attributes(reading, group),
        location,
        tool: Some(tool),
    }
}

/// A step failed, and no rule knows why.
fn unexplained(reading: &Reading, suspects: &[Suspect]) -> Option<Failure> {
    let best = suspects.first()?;
    if !reading.steps.any_failed() && best.score < fallback::ALARMING {
        return None;
    }
    let lines: Vec<usize> = suspects.iter().map(|suspect| suspect.line).collect();
    let text = shown(reading, lines[0]);
    let step = &reading.steps.steps[reading.steps.of_line(lines[0])];
    Some(Failure {
        class: FailureClass::Unknown,
        severity: Severity::Medium,
        confidence: confidence::UNEXPLAINED,
        key_lines: lines
            .iter()
            .map(|index| key_line(reading, *index))
            .collect(),
        command: step.blamed.clone().or_else(|| step.script.first().cloned()),
        tool: None,
        location: None,
        fingerprint: fingerprint("unknown", "", &text, None),
        attributes: step_attributes(reading, lines[0]),
    })
}

/// The first place that an item names; where items name none of their own
/// (linters print the file above them), the last place named before.
fn location(reading: &Reading, group: &Group) -> Option<Location> {
    let hits = &group.hits;
    let item = hits.iter().position(|hit| {
        let rule = &reading.rules.rules[hit.rule];
        rule.role == crate::rules::Role::Item && (hit.path.is_some() || hit.line_number.is_some())
    });
    let first = item.or_else(|| hits.iter().position(|hit| hit.path.is_some()))?;
    let named = hits[..=first].iter().rev().find_map(|hit| hit.path.clone());
    Some(Location {
        path: named?,
        line: hits[first].line_number,
        column: hits[first].column,
    })
}

fn attributes(reading: &Reading, group: &Group) -> Vec<Attribute> {
    let mut attributes = step_attributes(reading, group.first());
    if let Some((first, last)) = diff::range(reading, group) {
        let number = |index| reading.excerpt.number(index).to_string();
        attributes.push(attribute("diff-first-line", number(first)));
        attributes.push(attribute("diff-last-line", number(last)));
    }
    attributes
}

fn step_attributes(reading: &Reading, line: usize) -> Vec<Attribute> {
    let step = &reading.steps.steps[reading.steps.of_line(line)];
    let job = step.job.clone().map(|job| attribute("job", job));
    let name = step.name.clone().map(|name| attribute("step", name));
    job.into_iter().chain(name).collect()
}

fn attribute(key: &str, value: String) -> Attribute {
    let key = key.to_owned();
    Attribute { key, value }
}

fn key_line(reading: &Reading, index: usize) -> KeyLine {
    KeyLine {
        number: reading.excerpt.number(index),
        text: shown(reading, index),
    }
}

fn shown(reading: &Reading, index: usize) -> String {
    let (_, text) = plain(reading.excerpt.text(index));
    let text = &text[..text.len().min(MAX_SHOWN)];
    String::from_utf8_lossy(text).into_owned()
}

fn severity(class: &FailureClass) -> Severity {
    match class {
        FailureClass::Format | FailureClass::Lint => Severity::Low,
        FailureClass::TypeCheck
        | FailureClass::Lockfile
        | FailureClass::FlakyOrInfraNetwork
        | FailureClass::Timeout
        | FailureClass::ConfigOrWorkflowSyntax
        | FailureClass::Unknown => Severity::Medium,
        FailureClass::Deployment => Severity::Critical,
        _ => Severity::High,
    }
}
