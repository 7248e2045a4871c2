//! Which lines of a group a person would point at, and in which order.

use std::collections::{BTreeMap, HashSet};

use super::Reading;
use crate::fallback::Suspect;
use crate::groups::Group;
use crate::rules::Role;

/// Key lines of one failure.
const MAX_KEY_LINES: usize = 40;

/// Indices of the key lines, the most telling first: the first item of each
/// kind, then the second …; behind the items what details and sums up; last
/// other suspicious lines.
pub(super) fn of(reading: &Reading, group: &Group, suspects: &[Suspect]) -> Vec<usize> {
    let mut ranked = ranked(reading, group);
    ranked.sort_by_key(|(rank, _)| *rank);
    let told = ranked.into_iter().map(|(_, line)| line);
    let mut seen = HashSet::new();
    told.chain(suspects.iter().map(|suspect| suspect.line))
        .filter(|line| seen.insert(*line))
        .take(MAX_KEY_LINES)
        .collect()
}

/// What a line is sorted by: how often its rule was heard before, its rule's
/// role, the strength the other way round, and its place.
type Rank = (usize, Role, u8, usize);

fn ranked(reading: &Reading, group: &Group) -> Vec<(Rank, usize)> {
    let mut heard: BTreeMap<usize, usize> = BTreeMap::new();
    let mut ranked = Vec::new();
    let last = reading.steps.steps[group.step].last;
    for hit in &group.hits {
        let rule = &reading.rules.rules[hit.rule];
        let before = heard.entry(hit.rule).or_default();
        let rank = (*before, rule.role, 100 - rule.strength, hit.line);
        *before += 1;
        ranked.push((rank, hit.line));
        for below in hit.line + 1..=(hit.line + usize::from(rule.follow)).min(last) {
            if !reading.excerpt.text(below).is_empty() {
                ranked.push((rank, below));
            }
        }
    }
    ranked
}
