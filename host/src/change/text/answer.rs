//! What a person is answered who wrote a command. All of it is the host's;
//! what came from elsewhere stands in quotes.

use std::fmt::Write as _;

use super::quote::code;
use crate::event::command::{MIN_TREE_DIGITS, Order};
use crate::ids::{Branch, ObjectId, TaskId};

/// What a command came to.
#[derive(Debug, Clone)]
pub enum Answer<'a> {
    /// It is not done, and why.
    Refused {
        order: Order,
        reasons: &'a [&'static str],
    },
    /// No such word: which there are.
    Help,
    /// The commit is being landed.
    Landing {
        tree: &'a ObjectId,
        branch: &'a Branch,
    },
    /// What was held is being published.
    Released {
        tree: &'a ObjectId,
    },
    Rejected {
        tasks: &'a [TaskId],
    },
    /// Tasks that begin anew.
    Retrying {
        tasks: &'a [TaskId],
    },
    /// A run that nobody has read yet is read.
    Reading,
    /// Nothing to try, but what was stopped goes on.
    Resumed {
        branch: &'a Branch,
    },
    Stopped {
        branch: &'a Branch,
    },
    Story {
        tasks: &'a [Told],
    },
}

/// One task, told.
#[derive(Debug, Clone)]
pub struct Told {
    pub task: TaskId,
    pub state: &'static str,
    pub subject: String,
    pub agent: String,
    pub evidence: Option<String>,
    /// Code and sentence of each reason of the last decision.
    pub reasons: Vec<(&'static str, &'static str)>,
    pub context: Option<String>,
    pub note: Option<String>,
    pub tree: Option<ObjectId>,
    /// Index and kind of each ledger entry.
    pub way: Vec<(u64, String)>,
}

impl Answer<'_> {
    /// The comment's words.
    pub fn compose(&self) -> String {
        match self {
            Answer::Refused { order, reasons } => refused(*order, reasons),
            Answer::Help => help(),
            Answer::Landing { tree, branch } => format!(
                "Approved: the tree `{tree}` is being landed on {} as one commit.",
                code(branch.as_str())
            ),
            Answer::Released { tree } => format!("Approved: the tree `{tree}` is being published."),
            Answer::Rejected { tasks } => format!(
                "Rejected ({}): this failure is not repaired again on this branch. \
                 `/sentinel retry` lifts that.",
                list(tasks)
            ),
            Answer::Retrying { tasks } => format!("It is tried again, as {}.", list(tasks)),
            Answer::Reading => "The newest failing run is read again.".to_owned(),
            Answer::Resumed { branch } => format!(
                "Proposals for {} go on with its next failing run.",
                code(branch.as_str())
            ),
            Answer::Stopped { branch } => format!(
                "Nothing more is proposed for {} until somebody writes `/sentinel retry`.",
                code(branch.as_str())
            ),
            Answer::Story { tasks } => story(tasks),
        }
    }
}

fn list(tasks: &[TaskId]) -> String {
    let named: Vec<String> = tasks.iter().map(|task| format!("`{task}`")).collect();
    named.join(", ")
}

fn refused(order: Order, reasons: &[&'static str]) -> String {
    format!("Not done (`{}`): {}.", order.as_str(), reasons.join("; "))
}

fn help() -> String {
    let means = |order: Order| match order {
        Order::Apply => "lands the patch that the check shows, as a commit on this branch".into(),
        Order::Approve => format!(
            "(and a tree's id, {MIN_TREE_DIGITS} digits or more) lands or publishes exactly that \
             one"
        ),
        Order::Reject => "ends it: not again for this failure on this branch".to_owned(),
        Order::Retry => "tries again".into(),
        Order::Stop => "proposes nothing more here until `retry`".into(),
        Order::Explain => "tells what was done, by what, and why".into(),
    };
    let mut out = "There is no such command. As the first line of a new comment:\n\n".to_owned();
    for order in Order::ALL {
        let _ = writeln!(out, "- `/sentinel {}` {}", order.as_str(), means(order));
    }
    out
}

fn story(tasks: &[Told]) -> String {
    if tasks.is_empty() {
        return "Nothing is known here: no failing run of this pull request was read.".to_owned();
    }
    tasks.iter().map(told).collect::<Vec<_>>().join("\n")
}

fn told(told: &Told) -> String {
    let mut out = format!("### Task `{}`: {}\n\n", told.task, told.state);
    let mut say = |what: &str, text: String| {
        let _ = writeln!(out, "- {what}: {text}");
    };
    say("Failure", code(&told.subject));
    say("Agent", code(&told.agent));
    if let Some(evidence) = &told.evidence {
        say("Evidence", code(evidence));
    }
    for (reason, sentence) in &told.reasons {
        say("Decision", format!("`{reason}`, {sentence}"));
    }
    if let Some(context) = &told.context {
        say("Decided upon", code(context));
    }
    if let Some(tree) = &told.tree {
        say("Resulting tree", format!("`{tree}`"));
    }
    if let Some(note) = &told.note {
        say("Note", code(note));
    }
    let way = told
        .way
        .iter()
        .map(|(index, kind)| format!("{index} {kind}"));
    let way: Vec<String> = way.collect();
    say("Its way in the ledger", code(&way.join(" → ")));
    out
}
