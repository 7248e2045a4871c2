//! What is written under a change that we make ready or close: host templates,
//! with foreign text only redacted and fenced.

use std::fmt::Write as _;

use super::quote::{code, fence};
use crate::change::Remark;
use crate::evidence::Evidence;
use crate::failure::Failure;
use crate::ids::TaskId;

/// Red checks that are told of.
const MAX_TOLD: usize = 10;

/// Key lines shown of one failure, and characters.
const MAX_LINES: usize = 8;
const MAX_QUOTE: usize = 2_000;

/// Why a check is red with the patch.
#[derive(Debug, Clone, PartialEq)]
pub enum Cause {
    /// The failure that the patch was to mend is still there.
    Same,
    /// The job fails for another reason than before.
    Other(Option<Box<Failure>>),
    /// It passed without the patch.
    New(Option<Box<Failure>>),
    /// It was red without the patch too.
    Before,
    /// Nobody knows how it was without the patch.
    Unknown,
}

/// A check that is red with the patch.
#[derive(Debug, Clone, PartialEq)]
pub struct Red {
    pub name: String,
    pub cause: Cause,
}

impl Red {
    /// Whether the patch answers for it.
    pub fn is_ours(&self) -> bool {
        match self.cause {
            Cause::Same | Cause::Other(_) | Cause::New(_) => true,
            Cause::Before | Cause::Unknown => false,
        }
    }

    /// One line for people; the name is the workflow's author's.
    pub fn sentence(&self) -> String {
        let why = match &self.cause {
            Cause::Same => "still fails for the same reason",
            Cause::Other(_) => "fails for another reason now",
            Cause::New(_) => "fails, and passed without it",
            Cause::Before => "failed without it too",
            Cause::Unknown => "fails; nobody knows whether it did before",
        };
        format!("{} {why}", code(&self.name))
    }

    fn failure(&self) -> Option<&Failure> {
        match &self.cause {
            Cause::Other(failure) | Cause::New(failure) => failure.as_deref(),
            Cause::Same | Cause::Before | Cause::Unknown => None,
        }
    }
}

/// CI is green with it. Its description was written before.
pub fn ready(task: &TaskId, evidence: &Evidence) -> Remark {
    let text = format!("Ready for review. {}", evidence.sentence());
    remark(task, "ready", text)
}

/// CI is red with it.
pub fn disproved(task: &TaskId, red: &[Red]) -> Remark {
    let mut text =
        "CI is red with this change, so it does not mend what it was made for:\n\n".to_owned();
    for red in red.iter().take(MAX_TOLD) {
        let _ = writeln!(text, "- {}", red.sentence());
    }
    for failure in red.iter().filter_map(Red::failure).take(2) {
        let lines = failure.key_lines.iter().take(MAX_LINES);
        let lines: Vec<&str> = lines.map(|line| line.text.as_str()).collect();
        let class = failure.class.as_str();
        let _ = write!(
            text,
            "\nA **{class}** failure:\n\n{}",
            fence(&lines.join("\n"), MAX_QUOTE)
        );
    }
    text += "\nIt is closed, and not proposed again for this failure.";
    remark(task, "close", text)
}

/// There is nothing left to do for it. The sentence is the host's.
pub fn superseded(task: &TaskId, why: &str) -> Remark {
    let text = format!(
        "This is no longer needed: {why}. It is closed; should the failure come back, it is \
         looked at anew."
    );
    remark(task, "close", text)
}

/// Nobody took it up.
pub fn expired(task: &TaskId, days: u32) -> Remark {
    let text = format!(
        "Nobody took this up for {days} days, and the code has moved on meanwhile, so it is \
         closed and not proposed again. Reopen it if it is still wanted."
    );
    remark(task, "close", text)
}

fn remark(task: &TaskId, what: &str, text: String) -> Remark {
    Remark {
        key: format!("{task} {what}"),
        text: format!("{text}\n\n<sub>Sentinel · task {task}</sub>"),
    }
}
