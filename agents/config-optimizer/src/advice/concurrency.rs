//! Runs of a pull request that a newer push has made pointless.

use super::{Advice, name};
use crate::edit::Edit;
use crate::history::{History, Run};
use crate::workflow_file::WorkflowFile;

/// Fewer overtaken runs are no habit.
const ENOUGH: usize = 3;

/// Only what a pull request starts is ended: each push to a branch that lives
/// on has a group of its own, so that none is skipped.
const GROUP: &str = "${{ github.workflow }}-${{ github.event_name == 'pull_request' && github.ref || github.run_id }}";

pub fn advise(file: &WorkflowFile, history: &History) -> Option<Advice> {
    let (jobs_line, _) = file.key("jobs")?;
    let grouped = file.key("concurrency").is_some()
        || file
            .jobs()
            .iter()
            .any(|job| job.body.get("concurrency").is_some());
    if grouped || !file.starts_on("pull_request") || file.starts_on("workflow_call") {
        return None;
    }
    let runs: Vec<&Run> = history
        .of(file.path)
        .filter(|run| run.event == "pull_request")
        .collect();
    let wasted: Vec<f64> = runs
        .iter()
        .filter_map(|run| overtaken(run, &runs))
        .collect();
    if wasted.len() < ENOUGH {
        return None;
    }
    let minutes: f64 = wasted.iter().sum();
    let lines = [
        "concurrency:".to_owned(),
        format!("  group: {GROUP}"),
        "  cancel-in-progress: true".to_owned(),
        String::new(),
    ];
    let wanted = [
        ("/concurrency/group".to_owned(), GROUP.to_owned()),
        (
            "/concurrency/cancel-in-progress".to_owned(),
            "true".to_owned(),
        ),
    ];
    let saves = history.a_month(minutes);
    Some(Advice {
        strategy: "concurrency-group",
        title: format!("End overtaken pull request runs of {}", name(file.path)),
        evidence: format!(
            "In the last {} days {} of {} pull request runs went on after a newer push to the same \
             branch had started another: {minutes:.0} minutes of runners whose result nobody \
             waited for, about {saves:.0} a month. Runs of pushes and of other events keep groups \
             of their own and are never ended.",
            history.days,
            wasted.len(),
            runs.len()
        ),
        saves: Some(saves),
        path: file.path.to_owned(),
        before: file.text.to_owned(),
        after: Edit::default()
            .insert(jobs_line - 1, lines.to_vec())
            .checked(file.text, &wanted)?,
    })
}

/// Minutes of runners that a run took after a newer one of its branch began.
fn overtaken(run: &Run, runs: &[&Run]) -> Option<f64> {
    let newer = runs.iter().filter(|other| {
        let same = other.branch == run.branch && other.commit != run.commit;
        same && other.created > run.created && other.created < run.ended
    });
    let next = newer.map(|other| other.created).min()?;
    let whole = (run.ended - run.created).max(1) as f64;
    let after = (run.ended - next) as f64 / whole;
    Some(run.minutes() * after)
}
