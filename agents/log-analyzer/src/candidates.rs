//! Which lines could be the cause, and what is seen of each: the words in it,
//! its shape, where it stands, how rare its like is, what rules say of it.
//! What that is worth is not decided here but learned (`ranker.rs`).

use std::collections::{HashMap, HashSet};

use ci_log::Marker;

use crate::excerpt::Excerpt;
use crate::plain::{is_passed_test, plain};
use crate::rules::{Role, Rules};
use crate::scan::Hit;
use crate::shape;
use crate::steps::{Step, Steps};
use crate::worth;
use slots::Slot;

pub use slots::FEATURES;

mod slots;

/// Lines at the end of a failed step that are looked at whatever they say.
const LAST_LINES: usize = 15;

/// Candidates of one log, at most.
const MAX_CANDIDATES: usize = 40_000;

/// Words of a line that count; what identifies a message stands at its front.
const MAX_WORDS: usize = 24;

/// Words longer than this are data, in bytes.
const MAX_WORD: usize = 24;

/// All candidates of a log and what is known around them.
pub struct Candidates<'a> {
    excerpt: &'a Excerpt,
    steps: &'a Steps,
    rules: &'a Rules,
    /// In the order of the log.
    lines: Vec<Line>,
}

/// A line that could be the cause.
struct Line {
    /// Index of the kept line.
    at: usize,
    step: usize,
    /// What the words are worth, by hand; none where no word speaks.
    worth: Option<f64>,
    /// How many lines of this log are like it, and whether it is the first.
    alike: u32,
    first_alike: bool,
    /// How many alarming lines stand before it in its step.
    alarms_before: u32,
    /// The strongest rule that recognises it.
    rule: Option<usize>,
    /// Rank of its group, and its place among the group's key lines.
    group: Option<(usize, usize)>,
}

/// From this worth on a line is an alarm.
const ALARM: f64 = 4.0;

impl<'a> Candidates<'a> {
    /// Collects the candidates of a log. `strongest` tells the strongest rule
    /// of a line; `groups` are the key lines of what rules found, the most
    /// likely cause first.
    pub fn of(
        excerpt: &'a Excerpt,
        steps: &'a Steps,
        rules: &'a Rules,
        strongest: &HashMap<usize, usize>,
        groups: &[Vec<usize>],
    ) -> Self {
        let mut candidates = Candidates {
            excerpt,
            steps,
            rules,
            lines: Vec::new(),
        };
        let places = places(groups);
        candidates.collect(strongest, &places);
        candidates.leave_out();
        candidates.count();
        candidates
    }

    /// The kept lines' indices.
    pub fn lines(&self) -> impl Iterator<Item = usize> + '_ {
        self.lines.iter().map(|line| line.at)
    }

    #[cfg(not(target_family = "wasm"))]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    fn collect(&mut self, strongest: &HashMap<usize, usize>, places: &Places) {
        let ends = self.ends();
        for at in 0..self.excerpt.len() {
            if !self.steps.is_output(at) {
                continue;
            }
            let (marker, text) = plain(self.excerpt.text(at));
            if text.is_empty() || is_passed_test(text) || self.only_ends(at, text) {
                continue;
            }
            let (worth, rule) = (worth::of(text), strongest.get(&at).copied());
            let group = places.get(&at).copied();
            let alarming = worth.is_some() || shape::speaks(text) || marker == Some(Marker::Error);
            let known = rule.is_some() || group.is_some();
            if alarming || known || ends.contains(&at) {
                self.lines.push(Line {
                    at,
                    step: self.steps.of_line(at),
                    worth,
                    alike: 0,
                    first_alike: false,
                    alarms_before: 0,
                    rule,
                    group,
                });
            }
        }
    }

    /// Where there are too many: those outside of failed steps, then the first.
    fn leave_out(&mut self) {
        if self.lines.len() > MAX_CANDIDATES && self.steps.any_failed() {
            let steps = &self.steps.steps;
            self.lines.retain(|line| steps[line.step].failed);
        }
        let surplus = self.lines.len().saturating_sub(MAX_CANDIDATES);
        self.lines.drain(..surplus);
    }

    /// Whether a line says that a step ended badly, and not why.
    fn only_ends(&self, at: usize, text: &[u8]) -> bool {
        let step = &self.steps.steps[self.steps.of_line(at)];
        step.marker == Some(at) && worth::is_echo(text)
    }

    /// The last lines of failed steps; where none is marked, of the log.
    fn ends(&self) -> HashSet<usize> {
        let mut ends = HashSet::new();
        let mut add = |step: &Step| {
            let end = step.marker.unwrap_or(step.last + 1);
            let output = (step.shown + 1..end).rev();
            let said = output.filter(|line| !self.excerpt.text(*line).is_empty());
            ends.extend(said.take(LAST_LINES));
        };
        if self.steps.any_failed() {
            self.steps
                .steps
                .iter()
                .filter(|step| step.failed)
                .for_each(add);
        } else if let Some(last) = self.steps.steps.last() {
            add(last);
        }
        ends
    }

    /// Counts lines that are alike, and alarms by step.
    fn count(&mut self) {
        let mut kinds: HashMap<u64, u32> = HashMap::new();
        let mut alarms: HashMap<usize, u32> = HashMap::new();
        for line in &mut self.lines {
            let kind = template(self.excerpt, line.at);
            let seen = kinds.entry(kind).or_default();
            line.first_alike = *seen == 0;
            *seen += 1;
            let before = alarms.entry(line.step).or_default();
            line.alarms_before = *before;
            *before += u32::from(line.worth.is_some_and(|worth| worth >= ALARM));
        }
        for line in &mut self.lines {
            line.alike = kinds[&template(self.excerpt, line.at)];
        }
    }

    /// Calls `add` with each feature of the candidate at an index.
    pub fn features(&self, index: usize, mut add: impl FnMut(u16)) {
        let line = &self.lines[index];
        let (marker, text) = plain(self.excerpt.text(line.at));
        words(text, &mut add);
        let mut set = |slot: Slot, value: usize| add(slot.feature(value));
        set(Slot::Always, 0);
        set(Slot::Marker, marker_kind(marker));
        self.position(line, &mut set);
        self.surroundings(line, &mut set);
        form(text, self.excerpt.text(line.at), &mut set);
        set(
            Slot::Worth,
            line.worth
                .map_or(0, |worth| 1 + (worth.max(0.0) * 2.0) as usize),
        );
        set(Slot::Alike, log2(line.alike as usize));
        set(Slot::FirstAlike, usize::from(line.first_alike));
        self.rules_say(line, &mut set);
    }

    fn position(&self, line: &Line, set: &mut impl FnMut(Slot, usize)) {
        let step = &self.steps.steps[line.step];
        let state = match (self.steps.any_failed(), step.failed) {
            (false, _) => 0,
            (true, true) => 1,
            (true, false) => 2,
        };
        set(Slot::Step, state);
        let end = step.marker.unwrap_or(step.last);
        set(Slot::ToEnd, log2(end.saturating_sub(line.at)));
        set(Slot::FromStart, log2(line.at.saturating_sub(step.shown)));
        set(Slot::Alarms, log2(line.alarms_before as usize));
        let length = (end.saturating_sub(step.shown)).max(1);
        set(
            Slot::Share,
            8 * (line.at.saturating_sub(step.shown)).min(length) / length,
        );
    }

    fn surroundings(&self, line: &Line, set: &mut impl FnMut(Slot, usize)) {
        let raw = self.excerpt.text(line.at);
        let near = |offset: isize| -> &[u8] {
            let at = line.at.checked_add_signed(offset);
            at.filter(|at| *at < self.excerpt.len())
                .map_or(b"", |at| self.excerpt.text(at))
        };
        let relation = |other: &[u8]| match (shape::indent(other), shape::indent(raw)) {
            _ if other.is_empty() => 0,
            (there, here) if there < here => 1,
            (there, here) if there == here => 2,
            _ => 3,
        };
        set(Slot::Before, relation(near(-1)));
        set(Slot::After, relation(near(1)));
        let below = [near(1), near(2), near(3)];
        set(
            Slot::Pointer,
            usize::from(below.iter().any(|text| shape::is_pointer(text))),
        );
        set(
            Slot::TraceBelow,
            usize::from(below.iter().any(|text| shape::is_frame(text))),
        );
        set(
            Slot::TraceAbove,
            usize::from(
                [near(-1), near(-2)]
                    .iter()
                    .any(|text| shape::is_frame(text)),
            ),
        );
        set(
            Slot::DiffBelow,
            usize::from(below.iter().any(|text| shape::is_comparison(text))),
        );
    }

    fn rules_say(&self, line: &Line, set: &mut impl FnMut(Slot, usize)) {
        let Some(rule) = line.rule else {
            set(Slot::Rule, 0);
            return;
        };
        let rule = &self.rules.rules[rule];
        let role = match rule.role {
            Role::Item => 0,
            Role::Detail => 1,
            Role::Summary => 2,
            Role::Opens => 3,
            Role::Wrap => 4,
            Role::Success => 5,
        };
        set(Slot::Rule, 1 + role * 11 + usize::from(rule.strength / 10));
        if let Some((rank, place)) = line.group {
            set(Slot::Group, rank.min(3) * 6 + log2(place).min(5));
        }
    }
}

/// Of key lines the rank of their group and their place in it.
type Places = HashMap<usize, (usize, usize)>;

fn places(groups: &[Vec<usize>]) -> Places {
    let mut places = Places::new();
    for (rank, lines) in groups.iter().enumerate() {
        for (place, line) in lines.iter().enumerate() {
            places.entry(*line).or_insert((rank, place));
        }
    }
    places
}

fn marker_kind(marker: Option<Marker>) -> usize {
    match marker {
        None => 0,
        Some(Marker::Error) => 1,
        Some(Marker::Warning) => 2,
        Some(Marker::Command) => 3,
        Some(Marker::Notice | Marker::Debug) => 4,
        Some(Marker::Group | Marker::EndGroup | Marker::Section) => 5,
    }
}

/// What is seen of a line without its neighbours.
fn form(text: &[u8], raw: &[u8], set: &mut impl FnMut(Slot, usize)) {
    let yes = usize::from;
    set(Slot::Indent, log2(shape::indent(raw)));
    set(Slot::Length, log2(text.len()));
    set(Slot::Sign, yes(shape::has_sign(text)));
    set(Slot::Place, shape::place(text));
    set(Slot::Frame, yes(shape::is_frame(text)));
    set(Slot::Message, yes(shape::is_exception(text)));
    set(Slot::EndsColon, yes(text.ends_with(b":")));
    set(
        Slot::Quotes,
        yes(text.iter().any(|byte| b"'\"`".contains(byte))),
    );
    set(
        Slot::Link,
        yes(memchr::memmem::find(text, b"://").is_some()),
    );
    set(Slot::Capitals, shape::capitals(text));
    set(Slot::Digits, shape::digits(text));
    set(Slot::Rule0, yes(shape::is_ruler(text)));
    set(Slot::Comparison, yes(shape::is_comparison(text)));
}

/// The words of a line, as buckets; the first word once more for itself.
fn words(text: &[u8], add: &mut impl FnMut(u16)) {
    let words = text.split(|byte| !byte.is_ascii_alphabetic());
    let words = words.filter(|word| (2..=MAX_WORD).contains(&word.len()));
    let mut seen = [0u16; MAX_WORDS];
    for (index, word) in words.take(MAX_WORDS).enumerate() {
        let bucket = slots::word(b'w', word);
        if !seen[..index].contains(&bucket) {
            add(bucket);
        }
        seen[index] = bucket;
        if index == 0 {
            add(slots::word(b'f', word));
        }
    }
}

/// 0, 1, 2 for 2 and 3, 3 for 4 to 7, …
fn log2(count: usize) -> usize {
    (usize::BITS - count.leading_zeros()) as usize
}

/// The same for lines that differ in numbers, paths and quoted names only:
/// the words that hold no digit, slash, dot or quote.
fn template(excerpt: &Excerpt, line: usize) -> u64 {
    let (_, text) = plain(excerpt.text(line));
    shape::template(text)
}

/// The strongest rule of each line that rules recognise.
pub fn strongest(hits: &[Hit], rules: &Rules) -> HashMap<usize, usize> {
    let strength = |rule: usize| rules.rules[rule].strength;
    let mut strongest = HashMap::new();
    for hit in hits {
        let known = strongest.entry(hit.line).or_insert(hit.rule);
        if strength(hit.rule) > strength(*known) {
            *known = hit.rule;
        }
    }
    strongest
}
