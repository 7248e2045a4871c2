//! Hits → one group for each tool in each step: what will be a failure.

use std::collections::BTreeMap;

use crate::excerpt::Excerpt;
use crate::rules::{Role, Rules};
use crate::scan::{Hit, is_evidence};
use crate::steps::Steps;
use crate::tool;
use sentinel_sdk::FailureClass;

/// Everything one tool said in one step.
pub struct Group {
    /// The tool's name.
    pub tool: String,
    pub step: usize,
    /// In the order of the log.
    pub hits: Vec<Hit>,
    /// How likely this is the cause, as a sum of points: see [`score`].
    pub score: f64,
}

/// Groups hits and scores the groups, the most likely cause first.
pub fn group(hits: Vec<Hit>, rules: &Rules, steps: &Steps, excerpt: &Excerpt) -> Vec<Group> {
    let mut groups: BTreeMap<(usize, &str), Group> = BTreeMap::new();
    for hit in hits {
        let section = rules.rules[hit.rule].section;
        let step = hit.step;
        let tool = tool::of_section(rules, section, &steps.steps[step]);
        let group = groups.entry((step, tool)).or_insert_with(|| Group {
            tool: tool.to_owned(),
            step,
            hits: Vec::new(),
            score: 0.0,
        });
        group.hits.push(hit);
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.retain(|group| {
        group
            .hits
            .iter()
            .any(|hit| rules.rules[hit.rule].role != Role::Detail)
    });
    for group in &mut groups {
        group.score = score(group, rules, steps, excerpt);
    }
    prefer_first(&mut groups);
    groups.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.first().cmp(&b.first())));
    groups
}

/// A tool that fails alike in several steps failed in the first of them.
fn prefer_first(groups: &mut [Group]) {
    /// Points within which two steps fail alike.
    const ALIKE: f64 = 8.0;
    for later in 1..groups.len() {
        // In the order of steps: what is before has its final score.
        let score = groups[later].score;
        let first = groups[..later]
            .iter()
            .filter(|group| group.tool == groups[later].tool)
            .find(|group| (group.score - score).abs() <= ALIKE);
        if let Some(first) = first {
            groups[later].score = score.min(first.score - 0.01);
        }
    }
}

impl Group {
    /// The first line that is evidence, or else the first.
    pub fn first(&self) -> usize {
        self.hits[0].line
    }

    /// The strongest rule's index: it says what class this is.
    pub fn strongest(&self, rules: &Rules) -> usize {
        let mut best = self.hits[0].rule;
        for hit in &self.hits {
            let (rule, known) = (&rules.rules[hit.rule], &rules.rules[best]);
            if (is_evidence(rule.role), rule.strength) > (is_evidence(known.role), known.strength) {
                best = hit.rule;
            }
        }
        best
    }

    /// Whether only outer programs spoke.
    pub fn is_echo(&self, rules: &Rules) -> bool {
        !self
            .hits
            .iter()
            .any(|hit| is_evidence(rules.rules[hit.rule].role))
    }
}

/// Points for a step that is known to have failed, and against one that is
/// known not to have, where the log marks failed steps at all.
const IN_FAILED_STEP: f64 = 12.0;
const OUTSIDE_FAILED_STEP: f64 = -35.0;

/// Points for a tool that both names items and sums up.
const ITEM_AND_SUMMARY: f64 = 4.0;

/// Points for what keeps tests from running where both are told.
const BEFORE_TESTS: f64 = 8.0;

/// Points for being heard of near the step's end, and the distance at which
/// they are halved, in lines.
const NEAR_END: f64 = 8.0;
const NEAR_LINES: f64 = 60.0;

/// How likely a group is the cause: the strength of its best rule, corrected
/// by where it stands.
fn score(group: &Group, rules: &Rules, steps: &Steps, excerpt: &Excerpt) -> f64 {
    let best = &rules.rules[group.strongest(rules)];
    let mut score = f64::from(best.strength);
    let step = &steps.steps[group.step];
    if steps.any_failed() {
        score += if step.failed {
            IN_FAILED_STEP
        } else {
            OUTSIDE_FAILED_STEP
        };
    }
    if best.class == FailureClass::Compile {
        score += BEFORE_TESTS;
    }
    let has = |role| {
        group
            .hits
            .iter()
            .any(|hit| rules.rules[hit.rule].role == role)
    };
    if has(Role::Item) && (has(Role::Summary) || has(Role::Opens)) {
        score += ITEM_AND_SUMMARY;
    }
    let last = group.hits.last().map_or(0, |hit| hit.line);
    let distance = excerpt
        .number(step.last)
        .saturating_sub(excerpt.number(last));
    score + NEAR_END * NEAR_LINES / (NEAR_LINES + distance as f64)
}
