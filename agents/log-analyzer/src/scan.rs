//! Runs the rules over an excerpt.

use aho_corasick::{AhoCorasick, MatchKind};
use regex::bytes::{Captures, Regex};
use std::collections::HashMap;

use crate::excerpt::Excerpt;
use crate::plain::plain;
use crate::rules::{Role, Rules};
use crate::steps::Steps;

/// A line that a rule recognised.
#[derive(Debug, Clone)]
pub struct Hit {
    /// Index of the kept line.
    pub line: usize,
    /// Index of the rule.
    pub rule: usize,
    pub step: usize,
    pub path: Option<String>,
    /// 1-based, in the file that `path` names.
    pub line_number: Option<u32>,
    pub column: Option<u32>,
}

/// How many lines one rule may recognise in one step: a person reads the
/// first, and counts are told by summaries.
const MAX_HITS_OF_RULE: u32 = 40;

/// How many hits a log may have at all.
const MAX_HITS: usize = 20_000;

/// A path as a log shows it, in bytes.
const MAX_PATH: usize = 400;

/// Finds the lines that rules recognise, in their order.
pub fn scan(excerpt: &Excerpt, steps: &Steps, rules: &Rules) -> Vec<Hit> {
    let Some(mut scanner) = Scanner::new(rules) else {
        return Vec::new();
    };
    for index in 0..excerpt.len() {
        if scanner.hits.len() >= MAX_HITS {
            break;
        }
        let (_, text) = plain(excerpt.text(index));
        scanner.line(index, steps.of_line(index), text);
    }
    scanner.hits
}

struct Scanner<'a> {
    rules: &'a Rules,
    literals: AhoCorasick,
    /// The last line a rule was tried on, plus one.
    tried: Vec<usize>,
    /// Hits by (rule, step).
    counts: HashMap<(usize, usize), u32>,
    hits: Vec<Hit>,
}

impl<'a> Scanner<'a> {
    fn new(rules: &'a Rules) -> Option<Self> {
        let literals = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(rules.literals.iter().map(|(literal, _)| literal))
            .ok()?;
        Some(Scanner {
            rules,
            literals,
            tried: vec![0; rules.rules.len()],
            counts: HashMap::new(),
            hits: Vec::new(),
        })
    }

    fn line(&mut self, index: usize, step: usize, text: &[u8]) {
        if text.is_empty() {
            return;
        }
        let rules = self.rules;
        for found in self.literals.clone().find_overlapping_iter(text) {
            let (_, rule) = rules.literals[found.pattern().as_usize()];
            self.try_rule(rule, index, step, text);
        }
        for rule in &rules.unanchored {
            self.try_rule(*rule, index, step, text);
        }
    }

    fn try_rule(&mut self, rule: usize, index: usize, step: usize, text: &[u8]) {
        if self.tried[rule] == index + 1 {
            return;
        }
        self.tried[rule] = index + 1;
        let Some(regex) = self.rules.rules[rule].regex() else {
            return;
        };
        if !regex.is_match(text) {
            return;
        }
        let count = self.counts.entry((rule, step)).or_default();
        *count += 1;
        if *count <= MAX_HITS_OF_RULE {
            self.hits.push(hit(regex, rule, index, step, text));
        }
    }
}

fn hit(regex: &Regex, rule: usize, line: usize, step: usize, text: &[u8]) -> Hit {
    let captures = regex.captures(text);
    let captures = captures.as_ref();
    Hit {
        line,
        rule,
        step,
        path: captures.and_then(|found| named(found, "path")),
        line_number: captures.and_then(|found| number(found, "line")),
        column: captures.and_then(|found| number(found, "column")),
    }
}

fn named(captures: &Captures, name: &str) -> Option<String> {
    let text = captures.name(name)?.as_bytes();
    let text = &text[..text.len().min(MAX_PATH)];
    Some(String::from_utf8_lossy(text).trim().to_owned())
}

fn number(captures: &Captures, name: &str) -> Option<u32> {
    named(captures, name)?.parse().ok()
}

/// Whether a rule's line is evidence that something failed.
pub fn is_evidence(role: Role) -> bool {
    matches!(role, Role::Item | Role::Summary)
}
