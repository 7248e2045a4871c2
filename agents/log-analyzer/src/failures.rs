//! Groups and ranked lines → the contract's failures.

use sentinel_sdk::{Failure, FailureClass, KeyLine, Severity};

use crate::candidates::{Candidates, strongest};
use crate::excerpt::Excerpt;
use crate::fingerprint::fingerprint;
use crate::groups::{Group, group};
use crate::learned::Learned;
use crate::ordinary::Ordinary;
use crate::plain::plain;
use crate::ranker::{self, Ranked};
use crate::rules::{Rules, class_name};
use crate::scan::Hit;
use crate::steps::{Outcome, Steps};

mod attributes;
pub(crate) mod class;
mod command;
mod confidence;
mod diff;
mod key_lines;
mod place;
mod told;
mod unexplained;

/// Failures of one log: more are one cause seen many times.
const MAX_FAILURES: usize = 8;

/// Of a key line this much is shown, in bytes.
const MAX_SHOWN: usize = 600;

/// Everything that is known about one log while its failures are made.
pub(crate) struct Reading<'a> {
    pub excerpt: &'a Excerpt,
    pub steps: Steps,
    pub rules: &'a Rules,
    /// What logs that went well print too.
    ordinary: Option<&'a Ordinary>,
}

/// What a tool said and where that is told best.
struct Found {
    group: Group,
    /// The line that rules put first: it depends on what was said, not on
    /// where, so that the same cause is known by it again.
    named: usize,
    /// Key lines, the likeliest first.
    lines: Vec<Ranked>,
}

/// What rules and ranker found, the likeliest first.
pub(crate) struct Findings {
    found: Vec<Found>,
    /// All candidates, the likeliest first.
    ranked: Vec<Ranked>,
}

impl<'a> Reading<'a> {
    pub fn of(excerpt: &'a Excerpt, rules: &'a Rules) -> Self {
        Reading {
            steps: Steps::of(excerpt),
            excerpt,
            rules,
            ordinary: None,
        }
    }

    /// With the lines of logs that went well.
    pub fn beside(self, ordinary: &'a Ordinary) -> Self {
        Reading {
            ordinary: Some(ordinary).filter(|ordinary| !ordinary.is_empty()),
            ..self
        }
    }

    /// Whether a line stands in a log that went well.
    fn is_ordinary(&self, line: usize) -> bool {
        let has = |ordinary: &Ordinary| ordinary.has(self.excerpt.text(line));
        self.ordinary.is_some_and(has)
    }

    /// The failures that these hits are evidence of, the likeliest first.
    pub fn failures(&self, hits: Vec<Hit>, learned: &Learned) -> Vec<Failure> {
        if self.steps.outcome == Outcome::Passed {
            return Vec::new();
        }
        let findings = self.findings(hits, learned);
        if findings.found.is_empty() {
            return unexplained::of(self, &findings, learned)
                .into_iter()
                .collect();
        }
        let mut failures: Vec<Failure> = Vec::new();
        for (index, found) in findings.found.iter().enumerate() {
            let next = match index {
                0 => self.first(&findings, learned),
                _ => self.failure(found, lines_of(&found.lines), self.signed(found)),
            };
            // A command that ran again failed again: that is one failure.
            let known = |known: &Failure| known.fingerprint == next.fingerprint;
            if !failures
                .iter()
                .any(|told| known(told) || says_it_all(told, &next))
            {
                failures.push(next);
            }
        }
        failures
    }

    /// The candidates of a log, with what rules say of them, and the groups.
    pub fn candidates(&self, hits: Vec<Hit>) -> (Candidates<'_>, Vec<(Group, Vec<usize>)>) {
        let strongest = strongest(&hits, self.rules);
        let groups = group(hits, self.rules, &self.steps, self.excerpt);
        let told = told::of(self, groups);
        let lines: Vec<Vec<usize>> = told
            .iter()
            .map(|group| key_lines::of(self, group))
            .collect();
        let candidates = Candidates::of(self.excerpt, &self.steps, self.rules, &strongest, &lines);
        (candidates, told.into_iter().zip(lines).collect())
    }

    pub fn findings(&self, hits: Vec<Hit>, learned: &Learned) -> Findings {
        if self.ordinary.is_some() {
            let unusual = hits.iter().filter(|hit| !self.is_ordinary(hit.line));
            let news = self.found(unusual.cloned().collect(), learned);
            if news.ranked.iter().any(|line| !self.is_ordinary(line.line)) {
                return news;
            }
            // All is as ever: then rules are listened to all the same.
        }
        self.found(hits, learned)
    }

    fn found(&self, hits: Vec<Hit>, learned: &Learned) -> Findings {
        let (candidates, groups) = self.candidates(hits);
        let mut ranked = learned.ranker.rank(&candidates);
        self.demote_ordinary(&mut ranked);
        let mut found: Vec<Found> = groups
            .into_iter()
            .map(|(group, lines)| Found {
                named: lines.first().copied().unwrap_or(group.first()),
                lines: key_lines::ranked(&group, &lines, &ranked),
                group,
            })
            .collect();
        let best = |found: &Found| found.lines.first().map_or(f64::MIN, |line| line.score);
        // Stable: where lines are alike the rules' own order stays.
        found.sort_by(|a, b| best(b).total_cmp(&best(a)));
        Findings { found, ranked }
    }

    fn demote_ordinary(&self, ranked: &mut Vec<Ranked>) {
        /// Points for standing in a log that went well: so unlikely that any
        /// other candidate is likelier.
        const ORDINARY: f64 = -12.0;
        if self.ordinary.is_none() {
            return;
        }
        for line in ranked.iter_mut() {
            line.score += if self.is_ordinary(line.line) {
                ORDINARY
            } else {
                0.0
            };
        }
        ranker::sort(ranked);
    }

    /// The likeliest failure: its class is weighed against all that is known,
    /// and behind its own first line stand the likeliest of the whole log.
    /// Rules do not know everything, and a reader begins here.
    fn first(&self, findings: &Findings, learned: &Learned) -> Failure {
        let first = &findings.found[0];
        let lines = key_lines::of_first(self, &first.lines, &findings.ranked);
        let told = class::of(self, findings, learned);
        self.failure(first, lines, told)
    }

    /// What the group's own rules say, and how sure they are.
    fn signed(&self, found: &Found) -> (FailureClass, f64) {
        let rule = &self.rules.rules[found.group.strongest(self.rules)];
        (rule.class.clone(), confidence::of(&found.group))
    }

    fn failure(&self, found: &Found, lines: Vec<usize>, told: (FailureClass, f64)) -> Failure {
        let group = &found.group;
        let (class, confidence) = told;
        let anchor = lines.first().copied();
        let location = place::of(self, group, anchor);
        Failure {
            fingerprint: self.fingerprint(found),
            severity: severity(&class),
            confidence,
            key_lines: lines.iter().map(|index| key_line(self, *index)).collect(),
            command: command::of(self, group, &group.tool),
            attributes: attributes::of(self, group, &lines, &class),
            location,
            tool: Some(group.tool.clone()),
            class,
        }
    }
}

impl Reading<'_> {
    /// The same for the same cause: from the rules' own class, line and place,
    /// since what the models make of them varies with what is around.
    fn fingerprint(&self, found: &Found) -> String {
        let (class, _) = self.signed(found);
        let text = shown(self, found.named);
        let place = place::of(self, &found.group, Some(found.named));
        let path = place.as_ref().map(|place| place.path.as_str());
        fingerprint(class_name(&class), &found.group.tool, &text, path)
    }
}

/// Whether a failure that was told shows all lines of the next, of the same
/// class: a rule for any tool recognised what a tool's own rules did.
fn says_it_all(told: &Failure, next: &Failure) -> bool {
    let shown = |line: &KeyLine| {
        told.key_lines
            .iter()
            .any(|known| known.number == line.number)
    };
    told.class == next.class && next.key_lines.iter().all(shown)
}

fn lines_of(ranked: &[Ranked]) -> Vec<usize> {
    ranked.iter().map(|line| line.line).collect()
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
