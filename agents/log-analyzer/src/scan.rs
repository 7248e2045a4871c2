//! Runs the rules over an excerpt.

use regex_automata::util::captures::Captures;
use std::collections::HashMap;

use crate::excerpt::Excerpt;
use crate::matcher::Matcher;
use crate::plain::{is_passed_test, plain};
use crate::rules::{Role, Rule};
use crate::shape;
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

/// So many lines that differ in numbers, paths and names only, and say nothing
/// to any rule, and the next like them are not asked: a large log full of them
/// costs more than anybody pays.
const MAX_MUTE_ALIKE: u16 = 300;

/// Of so few lines all are asked.
const FEW_LINES: usize = 5_000;

/// A path as a log shows it, in bytes.
const MAX_PATH: usize = 400;

/// What asking may cost, in steps of the rules' expressions: of 294 failing
/// logs none took more than a third of it.
const MAX_ASKED: u64 = 600_000_000;

/// Finds the lines that rules recognise, in their order. Where asking costs
/// too much, the beginning and the end are asked, each for half of it.
pub fn scan(excerpt: &Excerpt, steps: &Steps, matcher: &Matcher) -> Vec<Hit> {
    let mut scan = Scan {
        excerpt,
        steps,
        matcher,
        counts: HashMap::new(),
        hits: Vec::new(),
        mute: Mute::default(),
    };
    let end = matcher.spent() + MAX_ASKED / 2;
    let asked = scan.lines(0..excerpt.len(), end);
    let front = scan.hits.len();
    scan.lines((asked..excerpt.len()).rev(), end + MAX_ASKED / 2);
    // From the last line to the first, each line's hits in their order.
    scan.hits[front..].sort_by_key(|hit| hit.line);
    scan.hits
}

/// A scan under way.
struct Scan<'a> {
    excerpt: &'a Excerpt,
    steps: &'a Steps,
    matcher: &'a Matcher,
    /// Hits by (rule, step).
    counts: HashMap<(usize, usize), u32>,
    hits: Vec<Hit>,
    mute: Mute,
}

impl Scan<'_> {
    /// Asks about lines until the matcher has spent so much; returns how many
    /// were asked about.
    fn lines(&mut self, lines: impl Iterator<Item = usize>, most: u64) -> usize {
        let mut asked = 0;
        for line in lines {
            if self.hits.len() >= MAX_HITS || self.matcher.spent() > most {
                break;
            }
            self.line(line);
            asked += 1;
        }
        asked
    }

    fn line(&mut self, line: usize) {
        let (_, text) = plain(self.excerpt.text(line));
        if is_passed_test(text) || !self.steps.is_output(line) {
            return;
        }
        let kind = (line >= FEW_LINES).then(|| shape::template(text));
        if kind.is_some_and(|kind| self.mute.is(kind)) {
            return;
        }
        let before = self.hits.len();
        self.matcher.each(text, |rule| {
            let step = self.steps.of_line(line);
            let count = self.counts.entry((rule, step)).or_default();
            *count += 1;
            if *count <= MAX_HITS_OF_RULE {
                let known = &self.matcher.rules.rules[rule];
                self.hits.push(hit(known, rule, line, step, text));
            }
        });
        if let Some(kind) = kind {
            self.mute.asked(kind, self.hits.len() > before);
        }
    }
}

/// Kinds of lines that said nothing so far, and how often.
#[derive(Default)]
struct Mute {
    kinds: HashMap<u64, u16>,
}

impl Mute {
    fn is(&self, kind: u64) -> bool {
        self.kinds
            .get(&kind)
            .is_some_and(|asked| *asked >= MAX_MUTE_ALIKE)
    }

    fn asked(&mut self, kind: u64, spoke: bool) {
        let asked = self.kinds.entry(kind).or_default();
        *asked = if spoke { 0 } else { asked.saturating_add(1) };
    }
}

fn hit(known: &Rule, rule: usize, line: usize, step: usize, text: &[u8]) -> Hit {
    let expression = known.expression();
    let captures = expression.and_then(|expression| expression.captures(text));
    let captures = captures.as_ref();
    Hit {
        line,
        rule,
        step,
        path: captures.and_then(|found| named(found, "path", text)),
        line_number: captures.and_then(|found| number(found, "line", text)),
        column: captures.and_then(|found| number(found, "column", text)),
    }
}

fn named(captures: &Captures, name: &str, text: &[u8]) -> Option<String> {
    let text = &text[captures.get_group_by_name(name)?.range()];
    let text = &text[..text.len().min(MAX_PATH)];
    Some(String::from_utf8_lossy(text).trim().to_owned())
}

fn number(captures: &Captures, name: &str, text: &[u8]) -> Option<u32> {
    named(captures, name, text)?.parse().ok()
}

/// Whether a rule's line is evidence that something failed.
pub fn is_evidence(role: Role) -> bool {
    matches!(role, Role::Item | Role::Summary | Role::Opens)
}
