//! Whether a file still uses what a change no longer imports.

use std::collections::BTreeSet;

use crate::candidate::FileChange;

/// The path and a name that is imported before, not after, and stands in the
/// file outside of imports and comments.
pub fn still_used(file: &FileChange) -> Option<(&str, String)> {
    let before = std::str::from_utf8(&file.before).ok()?;
    let after = std::str::from_utf8(&file.after).ok()?;
    let dropped: BTreeSet<&str> = imported(before)
        .difference(&imported(after))
        .copied()
        .collect();
    if dropped.is_empty() {
        return None;
    }
    let code = after.lines().filter(|line| !is_import(line));
    let mut words = code.flat_map(|line| words(uncommented(line)));
    let name = words.find(|word| dropped.contains(word))?;
    Some((file.path.as_str(), name.to_owned()))
}

/// The words of all imports.
fn imported(text: &str) -> BTreeSet<&str> {
    text.lines()
        .filter(|line| is_import(line))
        .flat_map(words)
        .collect()
}

/// A line that imports something, or is one of Go's and Python's blocks.
fn is_import(line: &str) -> bool {
    let text = line.trim();
    let begins = ["import ", "from ", "use ", "pub use "];
    // A member of a block is a name or a path, and nothing else.
    let member = text
        .strip_prefix('"')
        .is_some_and(|rest| rest.ends_with('"') && !rest.contains(' '));
    begins.iter().any(|word| text.starts_with(word)) || member
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    words.filter(|word| !word.is_empty())
}

fn uncommented(line: &str) -> &str {
    let signs = ["# ", "// "];
    let end = signs.iter().filter_map(|sign| line.find(sign)).min();
    &line[..end.unwrap_or(line.len())]
}
