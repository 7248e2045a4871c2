//! `/sentinel <word>` as the first line of a comment.

use serde::{Deserialize, Serialize};

use crate::patch::path::is_invisible;

/// What a command begins with.
const PREFIX: &str = "/sentinel";

/// Characters of a word; the longest we know is `approve`.
const MAX_WORD_CHARS: usize = 32;

/// Characters kept of what follows the word: a tree's id and a reason.
const MAX_REST_CHARS: usize = 200;

/// The word of a command, in lower case. Which words mean something is for
/// whoever acts on them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommandWord(String);

impl CommandWord {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The command of a comment: its word and the rest of its line. The prefix
/// stands at the very beginning, so a quoted (`> /sentinel …`), indented or
/// fenced one is none.
pub fn parse(comment: &str) -> Option<(CommandWord, String)> {
    let line = comment.lines().next()?;
    let after = line.strip_prefix(PREFIX)?;
    if !after.starts_with([' ', '\t']) {
        return None;
    }
    let after = after.trim();
    let (word, rest) = after
        .split_once(|char: char| char.is_ascii_whitespace())
        .unwrap_or((after, ""));
    let good = !word.is_empty()
        && word.len() <= MAX_WORD_CHARS
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    let visible = |char: &char| !char.is_control() && !is_invisible(*char);
    let rest = rest.trim().chars().filter(visible).take(MAX_REST_CHARS);
    good.then(|| (CommandWord(word.to_ascii_lowercase()), rest.collect()))
}
