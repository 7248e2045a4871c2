//! A time-out from how long a job really takes.

use super::{Advice, name};
use crate::edit::{Edit, indent};
use crate::history::{History, Job as Ran, percentile, spoken};
use crate::workflow_file::{Job, WorkflowFile};

/// Passed jobs that are needed before the slowest of them says something.
const ENOUGH: usize = 20;

/// The time-out is so many times the 99th percentile: a runner may have a bad
/// day, and a time-out that strikes without a cause is worse than none.
pub const MARGIN: f64 = 2.0;

/// Shorter ones save nothing and strike when a download is slow, in minutes.
const SHORTEST: u32 = 10;

/// What GitHub does without one, in minutes.
const DEFAULT: u32 = 360;

pub fn advise(file: &WorkflowFile, history: &History) -> Option<Advice> {
    let found: Vec<(Job, Measured)> = file
        .jobs()
        .into_iter()
        .filter(|job| job.body.get("timeout-minutes").is_none())
        .filter_map(|job| {
            let shown = |name: &str| job.is_shown_as(name);
            Some((job, Measured::of(history, file.path, shown, DEFAULT)?))
        })
        .collect();
    let mut edit = Edit::default();
    let mut wanted = Vec::new();
    for (job, measured) in &found {
        let first = job.body.pairs().next()?.0.line();
        // A job in one line (`test: {…}`) has no place for another.
        if first <= job.line {
            continue;
        }
        let inside = indent(file.text, first);
        let line = format!("{inside}timeout-minutes: {}", measured.minutes);
        edit = edit.insert(job.line, vec![line]);
        let path = format!("/jobs/{}/timeout-minutes", job.key);
        wanted.push((path, measured.minutes.to_string()));
    }
    if wanted.is_empty() {
        return None;
    }
    let hangs: f64 = found.iter().map(|(_, measured)| measured.hung).sum();
    let lines: Vec<String> = found
        .iter()
        .map(|(job, measured)| measured.sentence(job.key))
        .collect();
    Some(Advice {
        strategy: "job-timeout",
        title: format!("Give the jobs of {} a time-out", name(file.path)),
        evidence: format!(
            "A job without timeout-minutes that hangs holds its runner for {DEFAULT} minutes. \
             From the last {} days: {} The time-out is {MARGIN} times the 99th percentile.",
            history.days,
            lines.join(" ")
        ),
        saves: (hangs > 0.0).then(|| history.a_month(hangs)),
        path: file.path.to_owned(),
        before: file.text.to_owned(),
        after: edit.checked(file.text, &wanted)?,
    })
}

/// How long a job takes, and the time-out that follows.
pub struct Measured {
    runs: usize,
    half: u32,
    slowest: u32,
    pub minutes: u32,
    /// Minutes beyond the time-out that jobs ran.
    pub hung: f64,
}

impl Measured {
    pub fn sentence(&self, job: &str) -> String {
        format!(
            "`{job}` passed {} times, half of them within {}, 99 of 100 within {}: {} minutes.",
            self.runs,
            spoken(self.half.into()),
            spoken(self.slowest.into()),
            self.minutes
        )
    }

    /// Of the jobs of one workflow that are shown by such a name; none where
    /// they are too few, or as slow as the CI system's own limit in minutes.
    pub fn of(
        history: &History,
        path: &str,
        is_it: impl Fn(&str) -> bool,
        default: u32,
    ) -> Option<Measured> {
        let runs = history.of(path).flat_map(|run| &run.jobs);
        let all: Vec<&Ran> = runs.filter(|ran| is_it(&ran.name)).collect();
        let passed: Vec<u32> = all
            .iter()
            .filter(|ran| ran.passed())
            .map(|ran| ran.seconds)
            .collect();
        if passed.len() < ENOUGH {
            return None;
        }
        let slowest = percentile(&passed, 99)?;
        let minutes = (f64::from(slowest) * MARGIN / 60.0 / 5.0).ceil() * 5.0;
        let minutes = (minutes as u32).max(SHORTEST);
        let beyond = |ran: &&Ran| f64::from(ran.seconds) / 60.0 - f64::from(minutes);
        (minutes < default).then(|| Measured {
            runs: passed.len(),
            half: percentile(&passed, 50).unwrap_or_default(),
            slowest,
            minutes,
            hung: all
                .iter()
                .map(beyond)
                .filter(|minutes| *minutes > 0.0)
                .sum(),
        })
    }
}
