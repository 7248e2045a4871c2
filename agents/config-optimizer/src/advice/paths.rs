//! Runs for changes of documentation alone.

use super::{Advice, name};
use crate::edit::{Edit, indent};
use crate::history::{History, Run};
use crate::workflow_file::WorkflowFile;
use crate::yaml::At;

/// Runs whose changes are known, before a share of them says something.
const ENOUGH: usize = 20;

/// The least share of runs that would not have been needed.
const SHARE: f64 = 0.15;

const IGNORED: &[&str] = &["**.md", "docs/**", "LICENSE"];

/// Words in a workflow that hint at documentation being what it checks.
const ABOUT_DOCS: &[&str] = &[
    "doc",
    "markdown",
    ".md",
    "mkdocs",
    "sphinx",
    "readme",
    "spell",
    "typos",
    "link",
    "pre-commit",
    "prettier",
    "mdbook",
];

pub fn advise(file: &WorkflowFile, history: &History) -> Option<Advice> {
    let text = file.text.to_ascii_lowercase();
    if ABOUT_DOCS.iter().any(|word| text.contains(word)) {
        return None;
    }
    let (_, on) = file.key("on")?;
    let events: Vec<&str> = ["push", "pull_request"]
        .into_iter()
        .filter(|event| on.get(event).is_some())
        .collect();
    let known: Vec<&Run> = history
        .of(file.path)
        .filter(|run| events.contains(&run.event.as_str()) && run.paths.is_some())
        .collect();
    let needless: Vec<&&Run> = known.iter().filter(|run| is_documentation(run)).collect();
    let share = needless.len() as f64 / known.len().max(1) as f64;
    if known.len() < ENOUGH || share < SHARE {
        return None;
    }
    let mut edit = Edit::default();
    let mut wanted = Vec::new();
    for event in &events {
        let (after, lines) = place(file.text, on, event)?;
        edit = edit.insert(after, lines);
        for (index, pattern) in IGNORED.iter().enumerate() {
            wanted.push((
                format!("/on/{event}/paths-ignore/{index}"),
                (*pattern).to_owned(),
            ));
        }
    }
    let seconds = needless
        .iter()
        .flat_map(|run| &run.jobs)
        .map(|job| job.seconds);
    let minutes = seconds.map(f64::from).sum::<f64>() / 60.0;
    let saves = history.a_month(minutes);
    Some(Advice {
        strategy: "path-filter",
        title: format!("Leave documentation alone in {}", name(file.path)),
        evidence: format!(
            "In the last {} days {} of {} runs whose changes are known changed nothing but \
             documentation: {minutes:.0} minutes of runners, about {saves:.0} a month. Where a \
             check of this workflow is required for merging, GitHub waits for a check that is \
             filtered out: make it not required, or leave this out.",
            history.days,
            needless.len(),
            known.len()
        ),
        saves: Some(saves),
        path: file.path.to_owned(),
        before: file.text.to_owned(),
        after: edit.checked(file.text, &wanted)?,
    })
}

fn is_documentation(run: &Run) -> bool {
    let paths = run.paths.as_deref().unwrap_or_default();
    let is_doc =
        |path: &String| path.ends_with(".md") || path.starts_with("docs/") || path == "LICENSE";
    !paths.is_empty() && paths.iter().all(is_doc)
}

/// Where an event's `paths-ignore` goes; none where it filters already, or
/// stands in a form that takes no more lines.
fn place(text: &str, on: At, event: &str) -> Option<(u32, Vec<String>)> {
    let (key, value) = on.pairs().find(|(key, _)| key.text() == Some(event))?;
    let filters = ["paths", "paths-ignore"];
    if filters.iter().any(|filter| value.get(filter).is_some()) {
        return None;
    }
    let inside = match value.pairs().next() {
        Some((first, _)) if first.line() > key.line() => indent(text, first.line()),
        // Something in braces.
        Some(_) => return None,
        None => format!("{}  ", indent(text, key.line())),
    };
    let mut lines = vec![format!("{inside}paths-ignore:")];
    lines.extend(
        IGNORED
            .iter()
            .map(|pattern| format!("{inside}  - '{pattern}'")),
    );
    Some((key.line(), lines))
}
