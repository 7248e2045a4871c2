//! A text of the source that the push replaced by another.

use std::collections::BTreeSet;

use super::texts;
use crate::known_rule::is_slip;
use crate::push::Block;

/// Letters that both texts have to have: less is a sign, not a word.
const MIN_LETTERS: usize = 3;

/// Texts of one push that are looked at: whoever words more anew translates.
const MAX_WORDINGS: usize = 200;

/// A text before and after, cut where something is put in at run time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wording {
    old: Vec<String>,
    new: Vec<String>,
    path: String,
}

/// What the push worded anew; a text that became two different ones is none.
pub fn wordings(blocks: &[Block]) -> Vec<Wording> {
    let mut found: BTreeSet<Wording> = BTreeSet::new();
    for block in blocks {
        for (removed, added) in block.pairs() {
            found.extend(of_lines(&block.path, removed, added));
        }
    }
    let all: Vec<&Wording> = found.iter().take(MAX_WORDINGS).collect();
    let alone = |one: &&&Wording| {
        let same = |other: &&&Wording| other.old == one.old && other.new != one.new;
        !all.iter().any(|other| same(&other))
    };
    all.iter()
        .filter(alone)
        .map(|wording| (*wording).clone())
        .collect()
}

/// The texts that differ in two lines that are the same beside.
fn of_lines(path: &str, removed: &str, added: &str) -> Vec<Wording> {
    if texts::without(removed) != texts::without(added) {
        return Vec::new();
    }
    let pairs = texts::of(removed).into_iter().zip(texts::of(added));
    let differing = pairs.filter(|(old, new)| old.inner != new.inner);
    differing
        .filter_map(|(old, new)| {
            let (old, old_holes) = cut(old.inner);
            let (new, new_holes) = cut(new.inner);
            let path = path.to_owned();
            (old_holes == new_holes && is_reworded(&old, &new)).then_some(Wording {
                old,
                new,
                path,
            })
        })
        .collect()
}

/// Whether words changed: more than signs, and more than a slip.
fn is_reworded(old: &[String], new: &[String]) -> bool {
    let words = |parts: &[String]| -> Vec<Vec<String>> {
        let of = |part: &String| {
            let words = part.split(|c: char| !c.is_alphanumeric());
            words
                .filter(|word| !word.is_empty())
                .map(str::to_lowercase)
                .collect()
        };
        parts.iter().map(of).collect()
    };
    let letters = |parts: &[String]| parts.concat().chars().filter(|c| c.is_alphabetic()).count();
    let (one, two) = (words(old), words(new));
    let (flat, other): (Vec<&String>, Vec<&String>) = (
        one.iter().flatten().collect(),
        two.iter().flatten().collect(),
    );
    let mut differing = flat.iter().zip(&other).filter(|(one, two)| one != two);
    let slip = flat.len() == other.len()
        && matches!((differing.next(), differing.next()), (Some((one, two)), None) if is_slip(one, two) || is_slip(two, one));
    let numbers = |words: &[&String]| -> Vec<String> {
        let number = |word: &&&String| word.chars().any(|c| c.is_ascii_digit());
        words
            .iter()
            .filter(number)
            .map(|word| (**word).clone())
            .collect()
    };
    one != two
        && !slip
        && numbers(&flat) == numbers(&other)
        && letters(old).min(letters(new)) >= MIN_LETTERS
}

/// The parts of a text between what is put into it: `{name}`, `${name}`, `%s`.
fn cut(text: &str) -> (Vec<String>, Vec<String>) {
    let (mut parts, mut holes) = (vec![String::new()], Vec::new());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = hole(rest).unwrap_or(0);
        if length > 0 {
            holes.push(rest[..length].to_owned());
            parts.push(String::new());
            rest = &rest[length..];
        } else {
            if let Some(last) = parts.last_mut() {
                last.push(first);
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    (parts, holes)
}

/// How long what is put in here is written.
fn hole(text: &str) -> Option<usize> {
    if let Some(format) = text.strip_prefix('%') {
        let length = format.find(|c: char| !"#+-. 0123456789".contains(c))?;
        let verb = format[length..].chars().next()?;
        return "sdifrvqxg".contains(verb).then_some(length + 2);
    }
    let start = ["${", "#{", "{"]
        .iter()
        .find(|start| text.starts_with(**start))?;
    if text.starts_with("{{") {
        return None;
    }
    let mut depth = 0;
    for (at, letter) in text.char_indices().skip(start.len() - 1) {
        match letter {
            '{' => depth += 1,
            '}' if depth == 1 => return Some(at + 1),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

impl Wording {
    /// What an old text is now; none where it is no such text.
    pub fn now(&self, text: &str) -> Option<String> {
        let (first, others) = self.old.split_first()?;
        let mut rest = text.strip_prefix(first.as_str())?;
        let mut now = self.new.first()?.clone();
        for (index, part) in others.iter().enumerate() {
            // The last part ends the text; the others end at their first place.
            let last = index + 1 == others.len();
            let at = match last {
                true => rest.len() - rest.strip_suffix(part.as_str()).map(|_| part.len())?,
                false if part.is_empty() => return None,
                false => rest.find(part.as_str())?,
            };
            now.push_str(&rest[..at]);
            now.push_str(self.new.get(index + 1)?);
            rest = &rest[at + part.len()..];
        }
        rest.is_empty().then_some(now)
    }

    pub fn told(&self) -> String {
        let shown = |parts: &[String]| parts.join("…");
        format!(
            "- {}: `{}` is `{}` now",
            self.path,
            shown(&self.old),
            shown(&self.new)
        )
    }
}
