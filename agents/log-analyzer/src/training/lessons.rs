//! What the rules teach about words: whoever wrote `Your lockfile needs to be
//! updated` into a rule of a class knew that these words speak for it, also
//! where another tool puts them differently.

use std::collections::BTreeSet;

use crate::model::words;
use crate::rules::{Rules, class_named};

/// Messages and commands by class.
const LESSONS: &str = include_str!("../../lessons.txt");

/// Words that mean something in an expression or in a rule's names of groups,
/// not in a log.
const SYNTAX: [&str; 4] = ["path", "line", "column", "name"];

/// The words of every rule, but of those in `unknown`, and its class.
pub(super) fn of(rules: &Rules, unknown: &BTreeSet<usize>) -> Vec<(Vec<u16>, usize)> {
    let known = (0..rules.rules.len()).filter(|rule| !unknown.contains(rule));
    let lesson = |rule: usize| {
        let rule = &rules.rules[rule];
        let mut features = Vec::new();
        let mut add = |feature| features.push(feature);
        let text = literal(rule.source());
        words(b'l', text.as_bytes(), &mut add);
        words(b't', text.as_bytes(), &mut add);
        for tool in &rules.tools[rule.section] {
            words(b'c', tool.as_bytes(), &mut add);
        }
        features.sort_unstable();
        features.dedup();
        (features, crate::model::index(&rule.class))
    };
    known.map(lesson).chain(written()).collect()
}

/// The lessons of `lessons.txt`.
fn written() -> Vec<(Vec<u16>, usize)> {
    let mut class = None;
    let mut lessons = Vec::new();
    for line in LESSONS.lines().map(str::trim) {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            class = class_named(name).map(|class| crate::model::index(&class));
        } else if !line.is_empty() && !line.starts_with('#') {
            let class = class.expect("a class before the first lesson");
            lessons.push((told(line), class));
        }
    }
    lessons
}

fn told(line: &str) -> Vec<u16> {
    let mut features = Vec::new();
    let mut add = |feature| features.push(feature);
    match line.strip_prefix("$ ") {
        Some(command) => words(b'c', command.as_bytes(), &mut add),
        None => {
            words(b'l', line.as_bytes(), &mut add);
            words(b't', line.as_bytes(), &mut add);
        }
    }
    features.sort_unstable();
    features.dedup();
    features
}

/// The words that an expression spells out.
fn literal(source: &str) -> String {
    let mut text = String::new();
    let mut rest = source.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                // A class (`\d`) or a byte (`\xe2`) is no letter.
                match rest.next() {
                    Some('x') => drop((rest.next(), rest.next())),
                    Some(other) if other.is_ascii_alphanumeric() => {}
                    _ => {}
                }
                text.push(' ');
            }
            // `[Cc]ould` spells out `could`.
            '[' => text.extend(class(&mut rest)),
            c => text.push(c),
        }
    }
    let words = text.split(|c: char| !c.is_ascii_alphabetic());
    let spoken = words.filter(|word| !SYNTAX.contains(word));
    spoken.collect::<Vec<_>>().join(" ")
}

/// Reads a class of characters to its end: one letter in both cases is that
/// letter, anything else is a gap.
fn class(rest: &mut impl Iterator<Item = char>) -> Option<char> {
    let inside: Vec<char> = rest.take_while(|c| *c != ']').collect();
    match inside.as_slice() {
        [a, b] if a.eq_ignore_ascii_case(b) => Some(*b),
        _ => Some(' '),
    }
}
