//! `/sentinel <word>` as the first line of a comment.

use serde::{Deserialize, Serialize};

use crate::ids::ObjectId;
use crate::patch::path::is_invisible;

/// What a command begins with.
const PREFIX: &str = "/sentinel";

/// Characters of a word; the longest we know is `approve`.
const MAX_WORD_CHARS: usize = 32;

/// Characters kept of what follows the word: a tree's id and a reason.
const MAX_REST_CHARS: usize = 200;

/// What a person can have done. Closed: any other word is answered with these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Land the patch that is shown on a red pull request.
    Apply,
    /// The same for the patch that results in a named tree, or release what is
    /// held.
    Approve,
    /// No, and not again for this failure on this branch.
    Reject,
    /// Try again.
    Retry,
    /// Propose nothing here until somebody says `retry`.
    Stop,
    /// Tell what happened and why.
    Explain,
}

impl Order {
    pub const ALL: [Order; 6] = [
        Order::Apply,
        Order::Approve,
        Order::Reject,
        Order::Retry,
        Order::Stop,
        Order::Explain,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Order::Apply => "apply",
            Order::Approve => "approve",
            Order::Reject => "reject",
            Order::Retry => "retry",
            Order::Stop => "stop",
            Order::Explain => "explain",
        }
    }
}

/// A tree as a person names it: all of its id, or enough of its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeName(String);

/// Digits that name a tree: 48 bits, and few patches to choose among.
pub const MIN_TREE_DIGITS: usize = 12;

/// Digits of a whole SHA-256 id.
const MAX_TREE_DIGITS: usize = 64;

impl TreeName {
    /// From the first word of what follows the order.
    pub fn parse(rest: &str) -> Option<TreeName> {
        let word = rest.split_ascii_whitespace().next()?.trim_matches('`');
        let digits = word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let long = (MIN_TREE_DIGITS..=MAX_TREE_DIGITS).contains(&word.len());
        (digits && long).then(|| TreeName(word.to_ascii_lowercase()))
    }

    pub fn names(&self, tree: &ObjectId) -> bool {
        tree.as_str().starts_with(&self.0)
    }
}

/// The word of a command, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommandWord(String);

impl CommandWord {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it asks for, if it is a word we know.
    pub fn order(&self) -> Option<Order> {
        Order::ALL
            .into_iter()
            .find(|order| order.as_str() == self.0)
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

/// What the button of a patch carries: which tree it stands for. GitHub gives
/// it back when somebody presses it.
const BUTTON: &str = "apply-";

/// The identifier of the button for a tree: at most 20 characters, which is
/// what GitHub takes.
pub fn button(tree: &ObjectId) -> String {
    format!("{BUTTON}{}", &tree.as_str()[..MIN_TREE_DIGITS])
}

/// The command that pressing a button comes to: the tree that the button stood
/// for, approved by whoever pressed it.
pub fn pressed(identifier: &str) -> Option<(CommandWord, String)> {
    let digits = identifier.strip_prefix(BUTTON)?;
    let lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let known = digits.len() == MIN_TREE_DIGITS && digits.bytes().all(lower);
    known.then(|| {
        (
            CommandWord(Order::Approve.as_str().to_owned()),
            digits.to_owned(),
        )
    })
}
