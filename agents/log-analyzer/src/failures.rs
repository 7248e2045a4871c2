//! Groups → the contract's failures.

use std::collections::HashSet;

use sentinel_sdk::{Attribute, Failure, FailureClass, KeyLine, Location, Severity};

use crate::excerpt::Excerpt;
use crate::fallback::{self, Suspect};
use crate::fingerprint::fingerprint;
use crate::groups::{Group, group};
use crate::matcher::Matcher;
use crate::model;
use crate::plain::plain;
use crate::rules::{Rules, class_name};
use crate::scan::{Hit, is_evidence, scan};
use crate::steps::{Outcome, Steps};
use crate::tool::is_generic;

mod command;
mod confidence;
mod diff;
mod key_lines;
mod unexplained;

/// Failures of one log: more are one cause seen many times.
const MAX_FAILURES: usize = 8;

/// Groups that are this many points less likely than the first are noise.
const SCORE_SPAN: f64 = 20.0;

/// Points below which a group is no evidence that anything failed.
const MIN_SCORE: f64 = 45.0;

/// An outer program is listened to where it knows so many points more than
/// what ran inside: that is noise then.
const ECHO_MARGIN: f64 = 10.0;

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
    if steps.outcome == Outcome::Passed {
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
        return unexplained::of(&reading, &suspects).into_iter().collect();
    }
    let mut failures: Vec<Failure> = Vec::new();
    for (index, group) in told.iter().enumerate() {
        let rest = if index + 1 == told.len() {
            &suspects[..]
        } else {
            &[]
        };
        let next = failure(&reading, group, rest);
        // A command that ran again failed again: that is one failure.
        let known = |known: &Failure| known.fingerprint == next.fingerprint;
        if !failures.iter().any(known) {
            failures.push(next);
        }
    }
    failures
}

/// What the model sees of a log: the words of the most suspicious lines and of
/// what the first failed step ran.
pub(crate) fn model_features(excerpt: &Excerpt, steps: &Steps, suspects: &[Suspect]) -> Vec<u16> {
    /// Lines that speak for the class; further ones are about other things.
    const LINES: usize = 8;
    let mut features = Vec::new();
    let lines = suspects.iter().take(LINES);
    let lines = lines.map(|suspect| plain(excerpt.text(suspect.line)).1);
    model::features(b'l', lines, &mut features);
    if let Some(step) = unexplained::failed_step(steps) {
        let commands = step.script.iter().chain(&step.blamed);
        model::features(b'c', commands.map(|line| line.as_bytes()), &mut features);
    }
    features
}

/// The groups worth reporting.
fn told(reading: &Reading, mut groups: Vec<Group>) -> Vec<Group> {
    let Reading { rules, steps, .. } = reading;
    if steps.any_failed() {
        groups.retain(|group| steps.steps[group.step].failed);
    }
    let heard = groups.iter().find(|group| !group.is_echo(rules));
    let heard = heard.map_or(f64::MIN, |group| group.score);
    groups.retain(|group| !group.is_echo(rules) || group.score > heard + ECHO_MARGIN);
    if steps.outcome == Outcome::NothingMarked {
        groups.retain(|group| ends_the_work(reading, group));
    }
    let best = groups.first().map_or(0.0, |group| group.score);
    groups.retain(|group| group.score >= MIN_SCORE.max(best - SCORE_SPAN));
    drop_generic(reading, &mut groups);
    let mut seen = HashSet::new();
    groups.retain(|group| says_more(reading, group, &mut seen));
    groups.truncate(MAX_FAILURES);
    groups
}

/// Drops what is recognised without knowing the tool where a tool that is
/// known says the same class.
fn drop_generic(reading: &Reading, groups: &mut Vec<Group>) {
    let class = |group: &Group| {
        let rule = &reading.rules.rules[group.strongest(reading.rules)];
        (group.step, class_name(&rule.class))
    };
    let known = groups.iter().filter(|group| !is_generic(&group.tool));
    let known: HashSet<(usize, &str)> = known.map(class).collect();
    groups.retain(|group| !is_generic(&group.tool) || !known.contains(&class(group)));
}

/// Whether a group is git's last word in a step that nothing marks as failed:
/// a container's failure is not always marked, and git says `fatal` only when
/// it gives up.
fn ends_the_work(reading: &Reading, group: &Group) -> bool {
    /// Lines between git's last word and the end of the step.
    const LAST_WORDS: usize = 8;
    let last = group.hits.last().map_or(0, |hit| hit.line);
    let end = reading.steps.steps[group.step].last;
    group.tool == "git" && last + LAST_WORDS >= end
}

/// Whether a group has a line that no likelier group has.
fn says_more(reading: &Reading, group: &Group, seen: &mut HashSet<usize>) -> bool {
    let evidence = group.hits.iter().filter(|hit| {
        let rule = &reading.rules.rules[hit.rule];
        is_evidence(rule.role)
    });
    let mut more = false;
    for hit in evidence {
        more |= seen.insert(hit.line);
    }
    more
}

fn failure(reading: &Reading, group: &Group, suspects: &[Suspect]) -> Failure {
    let rule = &reading.rules.rules[group.strongest(reading.rules)];
    let lines = key_lines::of(reading, group, suspects);
    let location = location(reading, group);
    let text = lines
        .first()
        .map_or(String::new(), |index| shown(reading, *index));
    let path = location.as_ref().map(|location| location.path.as_str());
    Failure {
        fingerprint: fingerprint(class_name(&rule.class), &group.tool, &text, path),
        class: rule.class.clone(),
        severity: severity(&rule.class),
        confidence: confidence::of(group),
        key_lines: lines
            .iter()
            .map(|index| key_line(reading, *index))
            .collect(),
        command: command::of(reading, group, &group.tool),
        attributes: attributes(reading, group),
        location,
        tool: Some(group.tool.clone()),
    }
}

/// The place that is named nearest to the first failing item, with a line if
/// there is one; linters print the file above its lines.
fn location(reading: &Reading, group: &Group) -> Option<Location> {
    let anchor = key_lines::anchor(reading, group);
    let distance = |hit: &&Hit| (hit.line.abs_diff(anchor), hit.line < anchor);
    let near = |hit: &&Hit| hit.line.abs_diff(anchor) <= key_lines::ITEM_LINES;
    let hits = || group.hits.iter().filter(near);
    let whole = hits().filter(|hit| hit.path.is_some() && hit.line_number.is_some());
    if let Some(hit) = whole.min_by_key(distance) {
        return place(hit.path.clone(), hit);
    }
    let lined = hits()
        .filter(|hit| hit.line_number.is_some())
        .min_by_key(distance);
    let Some(lined) = lined else {
        let hit = hits()
            .filter(|hit| hit.path.is_some())
            .min_by_key(distance)?;
        return place(hit.path.clone(), hit);
    };
    let above = group.hits.iter().rev().filter(|hit| hit.line <= lined.line);
    place(above.filter_map(|hit| hit.path.clone()).next(), lined)
}

fn place(path: Option<String>, hit: &Hit) -> Option<Location> {
    Some(Location {
        path: path?,
        line: hit.line_number,
        column: hit.column,
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
