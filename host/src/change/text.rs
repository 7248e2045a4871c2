//! The words people read on a forge.
//!
//! Titles, headings and the whole commit message are host templates. What an
//! agent or a log says appears redacted and inside a fence, where no forge
//! reads mentions, references, closing keywords, commands or HTML.

pub mod advice;
pub mod answer;
mod manner;
pub mod quote;
pub mod remark;
pub mod sheet;

pub use manner::Manner;

use std::fmt::Write as _;

use crate::change::{Form, IGNORE_LABEL};
use crate::evidence::Evidence;
use crate::failure::{Failure, FailureClass};
use crate::grant::AgentRef;
use crate::ids::{Branch, IncidentId, TaskId};
use crate::patch::ScopedPatch;
use crate::proposal::Proposal;
use quote::{code, fence, plain_path, plain_word};

/// Everything a publication says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeText {
    /// One line.
    pub title: String,
    /// Markdown.
    pub body: String,
    /// Subject, blank line, body, trailers.
    pub commit_message: String,
}

/// What the words are about.
#[derive(Debug, Clone, Copy)]
pub struct Story<'a> {
    pub task: &'a TaskId,
    pub incident: &'a IncidentId,
    pub agent: &'a AgentRef,
    /// The failures of this cause in this run, the telling one first.
    pub failures: &'a [Failure],
    pub proposal: &'a Proposal,
    pub patch: &'a ScopedPatch,
    pub evidence: &'a Evidence,
    /// Why the decision let it through, for people.
    pub reasons: &'a [&'static str],
    pub workflow: &'a str,
    pub job: &'a str,
    pub run_url: Option<&'a str>,
    pub manner: &'a Manner,
    pub form: Form,
    /// Other branches that fail alike.
    pub also_on: &'a [Branch],
    /// What the host knows beside that, in its own sentences.
    pub known: &'a [String],
}

/// Key lines shown; more are a log, not a cause.
const MAX_KEY_LINES: usize = 12;

/// Characters of quoted text shown.
const MAX_QUOTE: usize = 4_000;

/// Files listed by name.
const MAX_FILES: usize = 20;

/// Other branches listed by name.
const MAX_BRANCHES: usize = 5;

/// Longest subject line, in characters (git's own convention is 50 to 72).
const MAX_SUBJECT: usize = 72;

impl ChangeText {
    /// With a section about other failures at the same commit.
    pub fn beside(mut self, others: &[sheet::Other<'_>]) -> ChangeText {
        if !others.is_empty() {
            let _ = write!(self.body, "\n{}", sheet::others(others));
        }
        self
    }

    pub fn compose(story: &Story<'_>) -> ChangeText {
        ChangeText {
            title: title(story),
            body: body(story),
            commit_message: commit_message(story),
        }
    }
}

fn class(story: &Story<'_>) -> FailureClass {
    story
        .failures
        .first()
        .map_or(FailureClass::Unknown, |failure| failure.class)
}

/// The tool as a word that is safe anywhere, if it is one.
fn tool<'a>(story: &Story<'a>) -> Option<&'a str> {
    story.failures.first()?.tool.as_deref().and_then(plain_word)
}

fn title(story: &Story<'_>) -> String {
    let subject = subject(story);
    match story.manner.conventional {
        true => format!("{}: {}", kind(class(story)), lower_first(&subject)),
        false => subject,
    }
}

/// The type a conventional commit would have.
fn kind(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Format => "style",
        FailureClass::ConfigOrWorkflowSyntax => "ci",
        FailureClass::DependencyResolution | FailureClass::Lockfile => "build",
        _ => "fix",
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}

fn subject(story: &Story<'_>) -> String {
    let what = match class(story) {
        FailureClass::Format => "Format",
        FailureClass::Lint => "Fix lint in",
        FailureClass::Compile => "Fix the build of",
        FailureClass::TypeCheck => "Fix types in",
        _ => "Repair",
    };
    let with = match (class(story), tool(story)) {
        (FailureClass::Format, Some(tool)) => format!(" with {tool}"),
        (_, Some(tool)) => format!(" ({tool})"),
        (_, None) => String::new(),
    };
    let files = story.patch.files();
    let count = match files.len() {
        1 => "1 file".to_owned(),
        more => format!("{more} files"),
    };
    let named = match files {
        [only] => plain_path(only.path.as_str()).map(|path| format!("{what} {path}{with}")),
        [first, rest @ ..] => plain_path(first.path.as_str())
            .map(|path| format!("{what} {path} and {} more{with}", rest.len())),
        [] => None,
    };
    match named {
        Some(named) if named.chars().count() <= MAX_SUBJECT => named,
        _ => format!("{what} {count}{with}"),
    }
}

fn commit_message(story: &Story<'_>) -> String {
    let mut message = title(story);
    message += "\n\n";
    let tool = tool(story).unwrap_or("The CI job");
    let _ = writeln!(
        message,
        "{tool} failed ({}). What was changed:",
        class(story).as_str()
    );
    let named = story
        .patch
        .files()
        .iter()
        .filter_map(|file| plain_path(file.path.as_str()));
    for path in named.clone().take(MAX_FILES) {
        let _ = writeln!(message, "- {path}");
    }
    let rest = story.patch.files().len() - named.count().min(MAX_FILES);
    if rest > 0 {
        let _ = writeln!(message, "- {rest} more");
    }
    let _ = write!(
        message,
        "\nSentinel-Task: {}\nSentinel-Incident: {}\n",
        story.task, story.incident
    );
    if let Some(sign_off) = &story.manner.sign_off {
        let _ = writeln!(message, "Signed-off-by: {sign_off}");
    }
    message
}

fn body(story: &Story<'_>) -> String {
    [
        what_failed(story),
        what_changed(story),
        how_sure(story),
        how_to_say_no(story),
    ]
    .join("\n")
}

fn what_failed(story: &Story<'_>) -> String {
    let mut out = "### What failed\n\n".to_owned();
    let mut place = vec![format!("job {}", code(story.job))];
    if !story.workflow.is_empty() && story.workflow != story.job {
        place.push(format!("workflow {}", code(story.workflow)));
    }
    if let Some(url) = story.run_url.and_then(quote::https_url) {
        place.push(format!("[the run]({url})"));
    }
    let _ = writeln!(
        out,
        "A **{}** failure in {}.",
        class(story).as_str(),
        place.join(", ")
    );
    if let Some(command) = story
        .failures
        .iter()
        .find_map(|failure| failure.command.as_deref())
    {
        let _ = writeln!(out, "The failed command: {}", code(command));
    }
    let lines: Vec<&str> = story
        .failures
        .iter()
        .flat_map(|failure| &failure.key_lines)
        .take(MAX_KEY_LINES)
        .map(|line| line.text.as_str())
        .collect();
    if !lines.is_empty() {
        let _ = write!(out, "\n{}", fence(&lines.join("\n"), MAX_QUOTE));
    }
    out += &also_on(story.also_on);
    out
}

/// Where else it shows: whoever works there has not broken anything.
fn also_on(branches: &[Branch]) -> String {
    if branches.is_empty() {
        return String::new();
    }
    let named = branches.iter().take(MAX_BRANCHES);
    let mut named: Vec<String> = named.map(|branch| code(branch.as_str())).collect();
    match branches.len().saturating_sub(MAX_BRANCHES) {
        0 => {}
        more => named.push(format!("{more} more")),
    }
    format!("\nOther branches fail alike: {}.\n", named.join(", "))
}

fn what_changed(story: &Story<'_>) -> String {
    let mut out = "### What was changed and why\n\n".to_owned();
    let files = story.patch.files();
    for file in files.iter().take(MAX_FILES) {
        let _ = writeln!(
            out,
            "- {} ({} lines)",
            code(file.path.as_str()),
            crate::patch::diff::changed_lines(file)
        );
    }
    if files.len() > MAX_FILES {
        let _ = writeln!(out, "- {} more files", files.len() - MAX_FILES);
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

fn how_sure(story: &Story<'_>) -> String {
    let mut out = "### How sure is it\n\n".to_owned();
    let _ = writeln!(out, "- Evidence: {}", story.evidence.sentence());
    let _ = writeln!(
        out,
        "- Confidence: {:.0} %",
        story.proposal.confidence * 100.0
    );
    for known in story.known {
        let _ = writeln!(out, "- {known}");
    }
    if story.proposal.is_from_model() {
        out += "- A language model had a part in it: read it as a stranger's patch.\n";
    }
    for reason in story.reasons {
        let _ = writeln!(out, "- Decision: {reason}.");
    }
    let _ = writeln!(
        out,
        "- Resulting tree: {}",
        code(story.patch.result().as_str())
    );
    out
}

fn how_to_say_no(story: &Story<'_>) -> String {
    let tree = story.patch.result();
    let no = match story.form {
        Form::PullRequest { .. } => format!(
            "### How to say no\n\nClose this, and it is not proposed again for this failure; or \
             add the label {} and this failure is left alone for good. In a comment (its first \
             line, by whoever may write here) `/sentinel reject` closes it, `/sentinel stop` ends \
             all proposals for this branch, `/sentinel explain` tells what was done and why.\n\n",
            code(IGNORE_LABEL)
        ),
        Form::CheckRun => format!(
            "### How to take it\n\nNothing was pushed. In a comment under the pull request (its \
             first line, by whoever may write here) `/sentinel apply` lands exactly this patch as \
             a commit on the branch (so does the button of this check), `/sentinel approve {tree}` \
             does so by its tree, `/sentinel \
             reject` ends it, `/sentinel retry` tries again, `/sentinel stop` ends all proposals \
             for this branch, `/sentinel explain` tells what was done and why.\n\n"
        ),
        Form::Suggestion { .. } => "### How to take it\n\nNothing was pushed. Commit the \
             suggestions, or apply the patch by hand; read it first, nobody has approved it.\n\n"
            .to_owned(),
        // Nobody reads it: what is landed is a commit.
        Form::Commit => String::new(),
    };
    format!(
        "{no}<sub>Sentinel · task {} · incident {}</sub>\n",
        story.task, story.incident
    )
}
