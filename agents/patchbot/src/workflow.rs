//! Strategy `workflow-repair`: an action or a runner image that GitHub has
//! switched off gives way to the one that it names as the next.
//!
//! What was switched off, when and for what is a table ([`table`]): the log
//! only says which row is meant. Precondition: the step uses nothing that the
//! new version does otherwise. Only the value of `uses:` and `runs-on:` is
//! changed, only below `.github/workflows/`, and always with an approval: a
//! workflow runs with the repository's rights.

use crate::candidate::{Candidate, FileChange, Refusal, naming};
use crate::failure::Cause;
use crate::transcript::Transcript;
use crate::workspace::{Kind, Workspace};

mod action;
mod image;
mod step;
mod table;

/// The strategy's name.
pub const NAME: &str = "workflow-repair";

/// How sure: GitHub runs the old one no more, and the new one is its own
/// successor.
const CONFIDENCE: f64 = 0.8;

/// Where GitHub looks for workflows.
const DIRECTORY: &str = ".github/workflows/";

/// Workflows that are looked at; repositories have a few dozen.
const MAX_WORKFLOWS: usize = 100;

/// Whether this path is one that this strategy may change.
pub fn is_workflow(path: &str) -> bool {
    let name = path.strip_prefix(DIRECTORY);
    name.is_some_and(|name| {
        !name.contains('/') && (name.ends_with(".yml") || name.ends_with(".yaml"))
    })
}

/// What was switched off, for what, and who says so.
struct Retired {
    /// For people: `actions/upload-artifact v3`.
    what: String,
    source: &'static str,
    files: Vec<FileChange>,
}

/// A candidate where the log says that something was switched off.
pub fn propose(
    transcript: &Transcript,
    cause: &Cause,
    workspace: &dyn Workspace,
) -> Vec<Result<Candidate, Refusal>> {
    let printed = transcript
        .failed()
        .flat_map(|(_, step)| step.output.lines());
    let printed = printed.map(|line| String::from_utf8_lossy(line.text).into_owned());
    let lines: Vec<String> = cause.key_lines.iter().cloned().chain(printed).collect();
    let actions = action::named(&lines);
    let images = image::named(&lines);
    if actions.is_empty() && images.is_empty() {
        return Vec::new();
    }
    let files = workflows(workspace);
    let actions = actions
        .into_iter()
        .map(|family| action::renew(family, &files));
    let images = images.into_iter().map(|image| image::renew(image, &files));
    let made = actions.chain(images).map(|made| {
        made.map(candidate)
            .map_err(|why| Refusal(format!("workflow repair: {why}")))
    });
    made.collect()
}

/// The repository's workflows, as text.
fn workflows(workspace: &dyn Workspace) -> Vec<(String, String)> {
    let listed = workspace.listing().entries();
    let listed = listed.filter(|(path, kind)| *kind == Kind::File && is_workflow(path));
    let read = |(path, _): (&str, Kind)| {
        let bytes = workspace.read(path).ok()?;
        Some((path.to_owned(), String::from_utf8(bytes).ok()?))
    };
    listed.take(MAX_WORKFLOWS).filter_map(read).collect()
}

/// A file of which some lines changed; none where none did.
fn changed(path: &str, before: &str, lines: &[String]) -> Option<FileChange> {
    let after = lines.join("\n");
    (after != before).then(|| FileChange {
        path: path.to_owned(),
        before: before.as_bytes().to_vec(),
        after: after.into_bytes(),
        shifted: false,
    })
}

fn candidate(retired: Retired) -> Candidate {
    Candidate {
        strategy: NAME,
        title: format!("replace {} in {}", retired.what, naming(&retired.files)),
        rationale: format!(
            "GitHub runs {} no more ({}). Nothing that the steps give it means something else \
             in its successor. A workflow runs with the repository's rights, so a person has to \
             look at the change.",
            retired.what, retired.source
        ),
        confidence: CONFIDENCE,
        files: retired.files,
        log: None,
        approval: true,
        proven: None,
    }
}
