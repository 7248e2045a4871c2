//! Which lines of a group a person would point at, and in which order.

use std::collections::{BTreeMap, HashSet};

use memchr::memmem;

use super::Reading;
use crate::groups::Group;
use crate::ranker::{self, Ranked};
use crate::rules::Role;
use crate::scan::Hit;

/// Key lines of one failure.
const MAX_KEY_LINES: usize = 55;

/// What one failing item says stands within so many lines: a stack trace
/// between its head and its message, at most.
pub(super) const ITEM_LINES: usize = 45;

/// Indices of a group's key lines in the order that rules give them: of the
/// first failing item the line of each rule that stands nearest to it, then
/// the following items; behind them what sums up.
pub(super) fn of(reading: &Reading, group: &Group) -> Vec<usize> {
    let mut seen = HashSet::new();
    let mut lines = ordered(reading, group);
    lines.retain(|line| seen.insert(*line));
    lines.truncate(MAX_KEY_LINES);
    lines
}

/// A group's key lines in the ranker's order.
pub(super) fn ranked(group: &Group, lines: &[usize], ranked: &[Ranked]) -> Vec<Ranked> {
    let own: HashSet<usize> = lines.iter().copied().collect();
    let mut own: Vec<Ranked> = ranked
        .iter()
        .filter(|line| own.contains(&line.line))
        .copied()
        .collect();
    ranker::sort(&mut own);
    first_of_many(group, &mut own);
    own
}

/// Of items that look alike the first is the one to begin with: later ones are
/// often its consequences.
fn first_of_many(group: &Group, lines: &mut Vec<Ranked>) {
    /// How much less likely the first may look and still be preferred.
    const ALIKE: f64 = 1.0;
    let Some(best) = lines.first().copied() else {
        return;
    };
    let rules_of = |line: usize| group.hits.iter().filter(move |hit| hit.line == line);
    let alike = |line: &Ranked| {
        let same = |hit: &Hit| rules_of(best.line).any(|other| other.rule == hit.rule);
        line.line < best.line && line.score > best.score - ALIKE && rules_of(line.line).any(same)
    };
    let first = (0..lines.len())
        .filter(|at| alike(&lines[*at]))
        .min_by_key(|at| lines[*at].line);
    if let Some(first) = first {
        let first = lines.remove(first);
        lines.insert(0, first);
    }
}

/// The first failure's key lines: its own first, then what is likeliest.
/// What only repeats that the step failed comes last.
pub(super) fn of_first(reading: &Reading, own: &[Ranked], ranked: &[Ranked]) -> Vec<usize> {
    let mut seen = HashSet::new();
    let first = own.first().into_iter();
    let lines = first.chain(ranked).map(|line| line.line);
    let lines = lines.filter(|line| seen.insert(*line));
    let repeats = |line: &usize| memmem::find(reading.excerpt.text(*line), REPEATS).is_some();
    let (last, mut lines): (Vec<usize>, Vec<usize>) = lines.partition(repeats);
    lines.extend(last);
    lines.truncate(MAX_KEY_LINES);
    lines
}

/// How a runner ends every step that failed, with or without a marker before.
const REPEATS: &[u8] = b"Process completed with exit code";

/// Where a group's first failing item stands: the first line of its strongest
/// kind of item, below the line that opens the account of the failures.
pub(super) fn anchor(reading: &Reading, group: &Group) -> usize {
    let role = |hit: &Hit| reading.rules.rules[hit.rule].role;
    let strength = |hit: &Hit| reading.rules.rules[hit.rule].strength;
    let opened = group.hits.iter().find(|hit| role(hit) == Role::Opens);
    let opened = opened.map_or(0, |hit| hit.line);
    let items = || group.hits.iter().filter(|hit| role(hit) == Role::Item);
    let below = items().filter(|hit| hit.line >= opened);
    let items: Vec<&Hit> = if below.clone().next().is_some() {
        below.collect()
    } else {
        items().collect()
    };
    let strongest = items.iter().map(|hit| strength(hit)).max();
    let first = items.iter().find(|hit| Some(strength(hit)) == strongest);
    first.map_or(group.hits[0].line, |hit| hit.line)
}

/// What a line is sorted by: the how many-th of its rule it is, its role, the
/// strength the other way round, and its place.
type Rank = (usize, Role, u8, usize);

fn ordered(reading: &Reading, group: &Group) -> Vec<usize> {
    let anchor = anchor(reading, group);
    let mut by_rule: BTreeMap<usize, Vec<&Hit>> = BTreeMap::new();
    for hit in &group.hits {
        by_rule.entry(hit.rule).or_default().push(hit);
    }
    let mut ranked: Vec<(Rank, usize)> = Vec::new();
    for (rule, mut hits) in by_rule {
        let rule = &reading.rules.rules[rule];
        hits.sort_by_key(|hit| distance(hit.line, anchor));
        for (index, hit) in hits.into_iter().enumerate() {
            let elsewhere = hit.line.abs_diff(anchor) > ITEM_LINES;
            // Lists of what failed stand far below, and are as good.
            let far = elsewhere && (rule.role == Role::Detail || hit.line < anchor);
            let index = index + usize::from(far);
            ranked.push(((index, rule.role, 100 - rule.strength, hit.line), hit.line));
        }
    }
    ranked.sort_unstable();
    let lines = ranked
        .iter()
        .flat_map(|(_, line)| with_below(reading, group, *line));
    lines.collect()
}

/// The order in which lines are near to an item: at it, below it by distance,
/// then above it.
fn distance(line: usize, anchor: usize) -> (bool, usize) {
    let above = line < anchor;
    let distance = line.abs_diff(anchor);
    (
        above && distance > ITEM_LINES || distance > ITEM_LINES * 40,
        distance + usize::from(above),
    )
}

/// A line and those below it that its rule counts to it.
fn with_below(reading: &Reading, group: &Group, line: usize) -> Vec<usize> {
    let follow = group.hits.iter().filter(|hit| hit.line == line);
    let follow = follow.map(|hit| reading.rules.rules[hit.rule].follow).max();
    let last = (line + usize::from(follow.unwrap_or(0))).min(reading.steps.steps[group.step].last);
    let told = |index: &usize| *index == line || !reading.excerpt.text(*index).is_empty();
    (line..=last.max(line)).filter(told).collect()
}
