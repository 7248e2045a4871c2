//! Actions by the commit that their tag leads to today.

use super::{Advice, name};
use crate::edit::Edit;
use crate::history::History;
use crate::workflow::is_commit;
use crate::workflow_file::WorkflowFile;
use crate::yaml::At;

pub fn advise(file: &WorkflowFile, history: &History) -> Option<Advice> {
    let mut edit = Edit::default();
    let (mut wanted, mut lines) = (Vec::new(), Vec::new());
    for job in file.jobs() {
        for (index, step) in job.steps().enumerate() {
            let Some((line, text, pinned)) = pin(file.text, step, history) else {
                continue;
            };
            lines.push(format!(
                "`{}`",
                step.get("uses").and_then(At::text).unwrap_or_default()
            ));
            edit = edit.replace(line, text);
            wanted.push((format!("/jobs/{}/steps/{index}/uses", job.key), pinned));
        }
    }
    lines.sort();
    lines.dedup();
    if lines.is_empty() {
        return None;
    }
    Some(Advice {
        strategy: "pinned-actions",
        title: format!("Pin the actions of {} to commits", name(file.path)),
        evidence: format!(
            "A tag or a branch of somebody else's repository can be moved to other code, which \
             then runs with this repository's token and secrets; a commit cannot. Each is pinned \
             to what its name leads to now, with the name behind it so that update tools keep it \
             current: {}.",
            lines.join(", ")
        ),
        saves: None,
        path: file.path.to_owned(),
        before: file.text.to_owned(),
        after: edit.checked(file.text, &wanted)?,
    })
}

/// The line of a step's `uses` with the commit in it.
fn pin(text: &str, step: At, history: &History) -> Option<(u32, String, String)> {
    let uses = step.get("uses")?;
    let action = uses.text()?;
    let (path, reference) = action.split_once('@')?;
    let mut parts = path.splitn(3, '/');
    let repository = format!("{}/{}", parts.next()?, parts.next()?);
    let own = path.starts_with("actions/") || path.starts_with("github/");
    if own || is_commit(reference) || path.starts_with('.') || path.contains(':') {
        return None;
    }
    let commit = history.actions.get(&format!("{repository}@{reference}"))?;
    if !is_commit(commit) {
        return None;
    }
    let line = text.lines().nth(uses.line() as usize - 1)?;
    // In quotes, or with a comment of its own, it is left to a person.
    let (before, after) = line.split_once(action)?;
    let plain = before.trim_end().ends_with("uses:") && after.trim().is_empty();
    let pinned = format!("{path}@{commit}");
    plain.then(|| {
        (
            uses.line(),
            format!("{before}{pinned} # {reference}"),
            pinned,
        )
    })
}
