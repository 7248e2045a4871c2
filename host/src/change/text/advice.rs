//! The words of a change of the CI configuration that nothing failed for.
//! Figures that are said to be measured are the host's own.

use std::fmt::Write as _;

use super::quote::{code, fence, plain_path};
use super::{ChangeText, MAX_QUOTE, MAX_SUBJECT, Manner, lower_first};
use crate::change::{Advice, IGNORE_LABEL, subject};
use crate::evidence::Evidence;
use crate::grant::AgentRef;
use crate::ids::{Branch, IncidentId, ObjectId, TaskId};
use crate::patch::ScopedPatch;
use crate::patch::diff::changed_lines;
use crate::proposal::Proposal;

/// What the words are about.
#[derive(Debug, Clone, Copy)]
pub struct AdviceStory<'a> {
    pub task: &'a TaskId,
    pub incident: &'a IncidentId,
    pub agent: &'a AgentRef,
    /// What was looked at.
    pub commit: &'a ObjectId,
    pub branch: &'a Branch,
    pub proposal: &'a Proposal,
    pub patch: &'a ScopedPatch,
    pub advice: &'a Advice,
    pub evidence: &'a Evidence,
    /// Why the decision let it through, for people.
    pub reasons: &'a [&'static str],
    /// Who approved its tree.
    pub approved_by: Option<&'a str>,
    /// What the host knows beside that, in its own sentences.
    pub known: &'a [String],
    pub manner: &'a Manner,
    /// Other changes of the repository that wait for a person.
    pub waiting: &'a [Waiting<'a>],
}

/// A change that waits.
#[derive(Debug, Clone, Copy)]
pub struct Waiting<'a> {
    pub subject: &'a str,
    pub tree: &'a ObjectId,
}

impl ChangeText {
    /// The words of a change that nothing failed for.
    pub fn advise(story: &AdviceStory<'_>) -> ChangeText {
        ChangeText {
            title: title(story),
            body: body(story),
            commit_message: commit_message(story),
        }
    }
}

fn title(story: &AdviceStory<'_>) -> String {
    let file = story.patch.files().first();
    let path = file.map_or("", |file| file.path.as_str());
    let name = path.rsplit('/').next().and_then(plain_path);
    let named = name.map(|name| subject(&story.proposal.strategy, name));
    let said = named
        .filter(|said| said.chars().count() <= MAX_SUBJECT)
        .unwrap_or_else(|| subject(&story.proposal.strategy, "a workflow"));
    match story.manner.conventional {
        true => format!("ci: {}", lower_first(&said)),
        false => said,
    }
}

fn commit_message(story: &AdviceStory<'_>) -> String {
    let measured = story.advice.measured;
    let mut message = title(story);
    let _ = write!(
        message,
        "\n\nProposed after a look at {} past runs of {} days; nothing failed.\n",
        measured.runs, measured.days
    );
    let _ = write!(message, "\nSentinel-Task: {}\n", story.task);
    if let Some(sign_off) = &story.manner.sign_off {
        let _ = writeln!(message, "Signed-off-by: {sign_off}");
    }
    message
}

fn body(story: &AdviceStory<'_>) -> String {
    let parts = [
        what_it_changes(story),
        what_it_saves(story),
        how_sure(story),
        how_to_say_no(story),
        what_else_waits(story),
    ];
    let said: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!(
        "{}\n<sub>Sentinel · task {} · incident {}</sub>\n",
        said.join("\n"),
        story.task,
        story.incident
    )
}

fn what_it_changes(story: &AdviceStory<'_>) -> String {
    let mut out = "### What it changes and why\n\nNothing failed: this came of a look at the CI \
                   configuration, on the timetable that whoever runs Sentinel set.\n\n"
        .to_owned();
    for file in story.patch.files() {
        let lines = changed_lines(file);
        let many = if lines == 1 { "line" } else { "lines" };
        let _ = writeln!(out, "- {} ({lines} {many})", code(file.path.as_str()));
    }
    let _ = writeln!(
        out,
        "\n{} (strategy {}) explains:\n\n{}",
        code(&story.agent.to_string()),
        code(&story.proposal.strategy),
        fence(&story.proposal.rationale, MAX_QUOTE)
    );
    out
}

fn what_it_saves(story: &AdviceStory<'_>) -> String {
    let Advice {
        measured, saves, ..
    } = story.advice;
    let mut out = "### Before and after\n\n".to_owned();
    if measured.runs == 0 {
        let _ = writeln!(
            out,
            "No run of this file was seen in the last {} days: nothing was measured.",
            measured.days
        );
        return out;
    }
    let _ = write!(
        out,
        "Measured over {} runs of this file in the last {} days, up to {} on {}.\n\n\
         | a month | minutes of runners |\n|---|---:|\n| before, measured | {:.0} |\n",
        measured.runs,
        measured.days,
        code(story.commit.as_str()),
        code(story.branch.as_str()),
        measured.minutes
    );
    match saves {
        Some(saves) => {
            let share = 100.0 * saves / measured.minutes.max(1.0);
            let _ = writeln!(
                out,
                "| after, expected | {:.0} ({share:.0} % less) |\n\n\
                 What it saves is the agent's estimate from the same runs.",
                measured.minutes - saves
            );
        }
        None => out += "| after, expected | about the same |\n",
    }
    out
}

fn how_sure(story: &AdviceStory<'_>) -> String {
    let mut out = "### How sure is it\n\n".to_owned();
    let _ = writeln!(out, "- Evidence: {}", story.evidence.sentence());
    out += "- No run of the changed configuration was made before this one: its own CI shows what \
            it does.\n";
    let confidence = story.proposal.confidence * 100.0;
    let _ = writeln!(out, "- Confidence: {confidence:.0} %");
    for known in story.known {
        let _ = writeln!(out, "- {known}");
    }
    if story.proposal.is_from_model() {
        out += "- A language model had a part in it: read it as a stranger's patch.\n";
    }
    for reason in story.reasons {
        let _ = writeln!(out, "- Decision: {reason}.");
    }
    if let Some(who) = story.approved_by {
        let _ = writeln!(out, "- Approved for publication by {}.", code(who));
    }
    let tree = story.patch.result();
    let _ = writeln!(out, "- Resulting tree: {}", code(tree.as_str()));
    out
}

fn how_to_say_no(_: &AdviceStory<'_>) -> String {
    format!(
        "### How to say no\n\nClose this, and this change of this file is not proposed again; so \
         does `/sentinel reject` in a comment (its first line, by whoever may write here), or the \
         label {}. `/sentinel stop` ends all proposals for this branch, `/sentinel explain` tells \
         what was done and why. Whoever runs Sentinel takes the repository off the timetable with \
         its `optimize` key.\n",
        code(IGNORE_LABEL)
    )
}

fn what_else_waits(story: &AdviceStory<'_>) -> String {
    if story.waiting.is_empty() {
        return String::new();
    }
    let mut out = "### What else waits\n\n".to_owned();
    for waiting in story.waiting {
        let (what, tree) = (code(waiting.subject), waiting.tree);
        let _ = writeln!(
            out,
            "- {what}: `/sentinel approve {tree}` in a comment opens it, `/sentinel reject {tree}` \
             ends it"
        );
    }
    out
}
