//! What the history shows and a person has to decide.

use std::collections::BTreeMap;

use crate::history::{History, Job, Run, percentile, spoken};

/// Something worth a reader's time, with its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    pub strategy: &'static str,
    pub title: String,
    pub body: String,
    /// The workflow.
    pub path: String,
}

/// Commits on which a job ran more than once, before its chance says something.
const ENOUGH_RETRIES: usize = 3;

/// Waiting that people feel, in seconds.
const LONG_WAIT: u32 = 120;

/// Jobs that are needed before their waiting says something.
const ENOUGH_WAITS: usize = 20;

/// Runs in which a cell of a matrix never told anything of its own.
const ENOUGH_CELLS: usize = 50;

/// Notices of one kind.
const MAX_NOTICES: usize = 20;

/// All that is noticed.
pub fn noticed(history: &History) -> Vec<Notice> {
    let mut by_workflow: BTreeMap<&str, Vec<&Run>> = BTreeMap::new();
    for run in &history.runs {
        by_workflow.entry(&run.workflow).or_default().push(run);
    }
    let mut notices = Vec::new();
    for (path, runs) in by_workflow {
        notices.extend(flaky(path, &runs, history.days));
        notices.extend(waiting(path, &runs, history.days));
        notices.extend(redundant(path, &runs, history.days));
    }
    notices
}

/// Jobs that failed and passed on one commit.
fn flaky(path: &str, runs: &[&Run], days: u32) -> Vec<Notice> {
    let mut tried: BTreeMap<(&str, &str), Vec<&Job>> = BTreeMap::new();
    for run in runs {
        for job in run.jobs.iter().filter(|job| job.passed() || job.failed()) {
            tried.entry((&job.name, &run.commit)).or_default().push(job);
        }
    }
    let mut chance: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for ((name, _), jobs) in &tried {
        let both = jobs.iter().any(|job| job.passed()) && jobs.iter().any(|job| job.failed());
        let counted = chance.entry(name).or_default();
        counted.0 += usize::from(both);
        counted.1 += 1;
    }
    let often = chance
        .into_iter()
        .filter(|(_, (both, _))| *both >= ENOUGH_RETRIES);
    let told = often.map(|(name, (both, commits))| Notice {
        strategy: "flaky-job",
        title: format!("{name} fails by chance"),
        body: format!(
            "In the last {days} days it failed and passed on the same code for {both} of {commits} \
             commits ({:.0} %). Running it again hides that; the tests that differ between the two \
             logs are where to look.",
            both as f64 * 100.0 / commits as f64
        ),
        path: path.to_owned(),
    });
    told.take(MAX_NOTICES).collect()
}

/// Jobs that wait for a runner.
fn waiting(path: &str, runs: &[&Run], days: u32) -> Option<Notice> {
    let jobs = || runs.iter().flat_map(|run| &run.jobs);
    let waits: Vec<u32> = jobs().map(|job| job.queued).collect();
    let ran: Vec<u32> = jobs().map(|job| job.seconds).collect();
    let (most, half) = (percentile(&waits, 95)?, percentile(&ran, 50)?);
    (waits.len() >= ENOUGH_WAITS && most >= LONG_WAIT).then(|| Notice {
        strategy: "queue-time",
        title: "Jobs wait for runners".to_owned(),
        body: format!(
            "Of {} jobs in the last {days} days one in twenty waited {} or longer before it began; \
             half of them run {} at most. More runners, or fewer jobs at a time \
             (`max-parallel`, a concurrency group), would bring results sooner.",
            waits.len(),
            spoken(most.into()),
            spoken(half.into())
        ),
        path: path.to_owned(),
    })
}

/// Cells of a matrix that never failed alone: the others told it every time.
fn redundant(path: &str, runs: &[&Run], days: u32) -> Vec<Notice> {
    let mut cells: BTreeMap<&str, Cell> = BTreeMap::new();
    for run in runs {
        for job in &run.jobs {
            let Some((family, _)) = job.name.split_once(" (") else {
                continue;
            };
            let sisters = run.jobs.iter().filter(|other| {
                other.name != job.name
                    && other
                        .name
                        .split_once(" (")
                        .is_some_and(|(f, _)| f == family)
            });
            let others_failed = sisters.clone().any(Job::failed);
            if sisters.count() == 0 {
                continue;
            }
            let cell = cells.entry(&job.name).or_default();
            cell.ran += 1;
            cell.seconds += u64::from(job.seconds);
            cell.alone += usize::from(job.failed() && !others_failed);
            cell.together += usize::from(job.failed() && others_failed);
        }
    }
    let idle = cells
        .into_iter()
        .filter(|(_, cell)| cell.ran >= ENOUGH_CELLS && cell.alone == 0);
    let told = idle.map(|(name, cell)| Notice {
        strategy: "matrix-cell",
        title: format!("{name} never failed alone"),
        body: format!(
            "In {} runs of the last {days} days it failed {} times, and each time another cell of \
             the matrix failed as well. It took {:.0} minutes of runners. If what it stands for \
             matters little, run it on a timetable instead of on every push.",
            cell.ran,
            cell.together,
            cell.seconds as f64 / 60.0
        ),
        path: path.to_owned(),
    });
    told.take(MAX_NOTICES).collect()
}

#[derive(Default)]
struct Cell {
    ran: usize,
    alone: usize,
    together: usize,
    seconds: u64,
}
