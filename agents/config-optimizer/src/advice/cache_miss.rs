//! Caches that are made anew by every run and never found again.

use super::{Advice, name};
use crate::edit::{Edit, indent};
use crate::history::{History, percentile, spoken};
use crate::workflow_file::WorkflowFile;
use crate::yaml::At;

/// Jobs that are needed before the time of their caches says something.
const ENOUGH: usize = 10;

/// What a key ends with that no two runs share.
const ENDINGS: &[&str] = &[
    "${{ github.sha }}",
    "${{github.sha}}",
    "${{ github.run_id }}",
    "${{github.run_id}}",
];

pub fn advise(file: &WorkflowFile, history: &History) -> Option<Advice> {
    let mut edit = Edit::default();
    let (mut wanted, mut lines) = (Vec::new(), Vec::new());
    for job in file.jobs() {
        let kept = history
            .of(file.path)
            .flat_map(|run| &run.jobs)
            .filter(|ran| job.is_shown_as(&ran.name) && ran.passed());
        let saving: Vec<u32> = kept.filter_map(saving).collect();
        for (index, step) in job.steps().enumerate() {
            let Some((line, prefix)) = missed(step) else {
                continue;
            };
            if saving.len() < ENOUGH {
                continue;
            }
            let half = percentile(&saving, 50).unwrap_or_default();
            let inside = indent(file.text, line);
            let text = format!("{inside}restore-keys: {prefix}");
            edit = edit.insert(line, vec![text]);
            wanted.push((
                format!("/jobs/{}/steps/{index}/with/restore-keys", job.key),
                prefix.to_owned(),
            ));
            lines.push(format!(
                "`{}` ended by writing its cache in {} runs, half of which took {} or longer for \
                 it.",
                job.key,
                saving.len(),
                spoken(half.into())
            ));
        }
    }
    if wanted.is_empty() {
        return None;
    }
    Some(Advice {
        strategy: "cache-miss",
        title: format!("Let {} find the caches that it makes", name(file.path)),
        evidence: format!(
            "A cache whose key ends in the commit or the run is written by every run and found by \
             none. From the last {} days: {} With `restore-keys` a run begins with the newest one \
             of the same prefix. What that saves depends on what is kept and was not measured.",
            history.days,
            lines.join(" ")
        ),
        saves: None,
        path: file.path.to_owned(),
        before: file.text.to_owned(),
        after: edit.checked(file.text, &wanted)?,
    })
}

/// A step with a key that is never found again: the line of the key, and what
/// stands before what differs.
fn missed(step: At<'_>) -> Option<(u32, &str)> {
    let (action, _) = step.get("uses")?.text()?.split_once('@')?;
    let with = step.get("with")?;
    let restores = with.get("restore-keys").is_some();
    if action != "actions/cache" || restores {
        return None;
    }
    let (key, value) = with.pairs().find(|(key, _)| key.text() == Some("key"))?;
    let text = value.text()?;
    let prefix = ENDINGS
        .iter()
        .find_map(|ending| text.strip_suffix(ending))?;
    // One that says nothing would restore anybody's cache; one with quotes or a
    // comment in it is not written here.
    let plain = |c: char| c.is_ascii_alphanumeric() || " -_./${}()'*,".contains(c);
    let word = prefix.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '$');
    let one_line = value.line() == key.line();
    (one_line && word && prefix.ends_with('-') && prefix.chars().all(plain))
        .then_some((key.line(), prefix))
}

/// Seconds that a job took to write its caches, as the CI system tells of it.
fn saving(job: &crate::history::Job) -> Option<u32> {
    let mut steps = job.steps.iter();
    let post =
        steps.find(|step| step.name.starts_with("Post ") && step.name.contains("actions/cache"));
    post.map(|step| step.seconds)
}
