//! Which groups are worth reporting.

use std::collections::HashSet;

use super::{MAX_FAILURES, Reading};
use crate::groups::Group;
use crate::rules::class_name;
use crate::scan::is_evidence;
use crate::steps::Outcome;
use crate::tool::{is_generic, mentions};

/// Groups that are this many points less likely than the first are noise.
const SCORE_SPAN: f64 = 20.0;

/// Points below which a group is no evidence that anything failed.
const MIN_SCORE: f64 = 45.0;

/// An outer program is listened to where it knows so many points more than
/// what ran inside: that is noise then.
const ECHO_MARGIN: f64 = 10.0;

/// The groups worth reporting, in their order.
pub(super) fn of(reading: &Reading, mut groups: Vec<Group>) -> Vec<Group> {
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
    drop_lookalikes(reading, &mut groups);
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

/// Drops tools that print the like of what the step's one command prints,
/// where that command names its tool: jasmine's list of failures looks like
/// rspec's.
fn drop_lookalikes(reading: &Reading, groups: &mut Vec<Group>) {
    let named = |group: &Group| match reading.steps.steps[group.step].script.as_slice() {
        [command] => mentions(command, &group.tool),
        _ => false,
    };
    let class = |group: &Group| {
        let rule = &reading.rules.rules[group.strongest(reading.rules)];
        (group.step, class_name(&rule.class))
    };
    let known: HashSet<(usize, &str)> = groups
        .iter()
        .filter(|group| named(group))
        .map(class)
        .collect();
    groups.retain(|group| named(group) || !known.contains(&class(group)));
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
