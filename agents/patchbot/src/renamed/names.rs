//! Names that a push changed: a line that defines one became the same line
//! under another.

use std::collections::{BTreeMap, BTreeSet};

use crate::push::Block;

/// One definition under its old and its new name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rename {
    pub old: String,
    pub new: String,
    /// The file that defines it.
    pub path: String,
}

/// What stands in front of a name that a line defines.
const DEFINES: &[&str] = &[
    "class",
    "const",
    "def",
    "enum",
    "fn",
    "func",
    "function",
    "interface",
    "let",
    "macro_rules",
    "mod",
    "namespace",
    "record",
    "static",
    "struct",
    "trait",
    "type",
    "union",
    "val",
    "var",
];

/// Words in front of a name that say that the line uses it.
const USES: &[&str] = &[
    "and", "as", "assert", "await", "case", "delete", "elif", "else", "for", "from", "goto", "if",
    "import", "in", "is", "match", "new", "not", "or", "raise", "return", "throw", "typeof",
    "unless", "until", "use", "using", "when", "while", "with", "yield",
];

/// Letters that a name has to have; shorter ones are anybody's.
const MIN_LENGTH: usize = 3;

/// Renamed definitions by their old name. One that became two different names
/// is none, and neither is one whose lines say something else, too: then
/// another thing took its place.
pub fn renames(blocks: &[Block]) -> BTreeMap<String, Rename> {
    let mut found: BTreeMap<String, BTreeSet<Rename>> = BTreeMap::new();
    for block in blocks {
        let pairs = block.pairs();
        let renamed: BTreeMap<String, String> = pairs
            .iter()
            .filter_map(|(removed, added)| renamed(removed, added))
            .collect();
        let now = |word: &str| renamed.get(word).map_or(word.to_owned(), Clone::clone);
        let same =
            |(removed, added): &(&str, &str)| words(removed).into_iter().map(now).eq(words(added));
        if block.removed.len() != block.added.len() || !pairs.iter().all(same) {
            continue;
        }
        for (old, new) in renamed {
            let path = block.path.clone();
            let rename = Rename { old, new, path };
            found.entry(rename.old.clone()).or_default().insert(rename);
        }
    }
    let one = |(old, all): (String, BTreeSet<Rename>)| {
        let news: BTreeSet<&String> = all.iter().map(|rename| &rename.new).collect();
        let only = news.len() == 1;
        all.into_iter()
            .next()
            .filter(|_| only)
            .map(|rename| (old, rename))
    };
    found.into_iter().filter_map(one).collect()
}

/// The old and the new name, where two lines differ in one name only, which
/// the line defines.
fn renamed(removed: &str, added: &str) -> Option<(String, String)> {
    let (one, two) = (words(removed), words(added));
    if one.len() != two.len() {
        return None;
    }
    let mut differing = one.iter().zip(&two).filter(|(one, two)| one != two);
    let (old, new) = differing.next()?;
    if differing.any(|other| other != (old, new)) {
        return None;
    }
    let long = old.len() >= MIN_LENGTH && new.len() >= MIN_LENGTH;
    let fits = long && is_name(old) && is_name(new) && defines(removed, old);
    fits.then(|| ((*old).to_owned(), (*new).to_owned()))
}

/// Whether a line defines a name, as most languages write it.
pub fn defines(line: &str, name: &str) -> bool {
    let words: Vec<&str> = words(line);
    let Some(at) = words.iter().position(|word| *word == name) else {
        return false;
    };
    let next = words.get(at + 1).copied().unwrap_or_default();
    match at.checked_sub(1).map(|before| words[before]) {
        // `MAX = 3`, `name: str`, a method of a JavaScript class.
        None => matches!(next, "=" | ":") || next == "(" && line.trim_end().ends_with('{'),
        Some(before) if DEFINES.contains(&before) => true,
        // `macro_rules! name`, `func (r *T) Name(`, `exports.name =`.
        Some("!") => words.first() == Some(&"macro_rules"),
        Some(")") => words.first() == Some(&"func") && next == "(",
        Some(".") => next == "=" && words.contains(&"exports"),
        // `static int *name(void);`, `pub name: String`, `private String name`.
        Some(before) if is_name(before) => {
            !USES.contains(&before) && matches!(next, "(" | ":" | ";" | "=" | "[" | "<")
        }
        Some("*" | "&" | ">" | "]") => matches!(next, "(" | ";" | "="),
        Some(_) => false,
    }
}

pub fn is_name(word: &str) -> bool {
    let mut letters = word.chars();
    let first = letters
        .next()
        .is_some_and(|c| c.is_alphabetic() || c == '_');
    first && letters.all(|c| c.is_alphanumeric() || c == '_')
}

/// Names and single signs, without blanks.
pub fn words(line: &str) -> Vec<&str> {
    let in_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match in_name(first) {
            true => rest.find(|c| !in_name(c)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        words.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    words
}
