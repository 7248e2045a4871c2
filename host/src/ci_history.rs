//! What a CI system says of past runs, in the form that agents read
//! (`/input/ci-history.json`; `agents/README.md` describes it).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// The form that is written.
pub const VERSION: u32 = 1;

/// Its name under `/input`.
pub const FILE: &str = "ci-history.json";

/// Its kind there.
pub const KIND: &str = "ci-history";

/// Runs of one history: enough for a 99th percentile of the common workflows.
pub const MAX_RUNS: usize = 300;

/// Commits whose changes are looked up, a request each.
pub const MAX_COMMITS: usize = 60;

/// Actions that are looked up, a request each.
pub const MAX_ACTIONS: usize = 40;

/// Paths told of one commit.
pub const MAX_PATHS: usize = 100;

/// Past runs of a repository, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CiHistory {
    pub version: u32,
    /// How far back it goes.
    pub days: u32,
    pub runs: Vec<PastRun>,
    /// The branch that others are merged into, where the forge names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_branch: Option<String>,
    /// The commit that each `owner/name@reference` of an action leads to.
    #[serde(default)]
    pub actions: BTreeMap<String, String>,
}

/// One attempt of one run that ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PastRun {
    pub run: u64,
    pub attempt: u64,
    /// The file of the workflow.
    pub workflow: String,
    pub event: String,
    pub branch: String,
    pub commit: String,
    pub conclusion: String,
    /// Milliseconds since 1970.
    pub created: i64,
    pub ended: i64,
    /// What the commit changed, where it was looked up and is not too much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paths: Option<Vec<String>>,
    pub jobs: Vec<PastJob>,
}

/// One job of such a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PastJob {
    pub name: String,
    pub conclusion: String,
    /// Seconds that it waited for a runner.
    pub queued: u32,
    /// Seconds that it ran.
    pub seconds: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<PastStep>,
}

/// One step of such a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PastStep {
    pub name: String,
    pub seconds: u32,
}

/// Which past runs are asked for, and how many requests that may take.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub since: Timestamp,
    /// The days from then on.
    pub days: u32,
    pub shares: Shares,
}

/// Requests to a forge, by what they are for. The list of runs itself takes a
/// few more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// One for each attempt of a run.
    pub runs: usize,
    /// One for each commit whose changes are looked up.
    pub commits: usize,
    /// One for each action.
    pub actions: usize,
}

impl Shares {
    /// As many as there is use for: whoever asks waits for it.
    pub const ALL: Shares = Shares {
        runs: usize::MAX,
        commits: MAX_COMMITS,
        actions: MAX_ACTIONS,
    };

    /// Of a number of requests a fifth for commits and a tenth for actions, at
    /// most; runs get the rest, because all advice needs them.
    pub fn of(requests: u32) -> Shares {
        let requests = usize::try_from(requests).unwrap_or(usize::MAX);
        let commits = MAX_COMMITS.min(requests / 5);
        let actions = MAX_ACTIONS.min(requests / 10);
        Shares {
            runs: requests - commits - actions,
            commits,
            actions,
        }
    }
}

/// What the host counts itself of one file's past runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    pub runs: usize,
    pub days: u32,
    /// Minutes of runners that they take in 30 days.
    pub minutes: f64,
}

impl CiHistory {
    /// How much the runs of a file take.
    pub fn measured(&self, file: &str) -> Measured {
        let runs: Vec<&PastRun> = self
            .runs
            .iter()
            .filter(|run| run.workflow == file)
            .collect();
        let jobs = runs.iter().flat_map(|run| &run.jobs);
        let minutes: f64 = jobs.map(|job| f64::from(job.seconds) / 60.0).sum();
        Measured {
            runs: runs.len(),
            days: self.days,
            minutes: minutes * 30.0 / f64::from(self.days.max(1)),
        }
    }
}

/// A time as forges write it (RFC 3339), in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub i64);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        let text = String::deserialize(deserializer)?;
        let at: jiff::Timestamp = text.parse().map_err(serde::de::Error::custom)?;
        Ok(Moment(at.as_millisecond()))
    }
}

/// Whole seconds from one time to another, both in milliseconds; none where
/// the second comes first.
pub fn seconds(from: i64, to: i64) -> u32 {
    u32::try_from(to.saturating_sub(from).max(0) / 1000).unwrap_or(u32::MAX)
}

/// The actions that workflows name by a tag or a branch: `owner/name@reference`
/// of other owners than the forge itself. Read line by line: what is missed is
/// not looked up, and nothing else depends on it.
pub fn actions_named<'a>(workflows: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let lines = workflows.flat_map(str::lines);
    let found = lines.filter_map(|line| {
        let line = line.trim_start().trim_start_matches("- ");
        let value = line.strip_prefix("uses:")?;
        let value = value.split('#').next()?.trim().trim_matches(['"', '\'']);
        let (path, reference) = value.split_once('@')?;
        let mut parts = path.splitn(3, '/');
        let (owner, name) = (parts.next()?, parts.next()?);
        let plain = |text: &str| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            !text.is_empty()
                && !text.starts_with('.')
                && text.len() <= 100
                && text.bytes().all(fits)
        };
        let is_commit = reference.len() >= 40 && reference.bytes().all(|b| b.is_ascii_hexdigit());
        let known = plain(owner) && plain(name) && plain(reference);
        (known && !is_commit && !matches!(owner, "actions" | "github"))
            .then(|| format!("{owner}/{name}@{reference}"))
    });
    found.take(MAX_ACTIONS).collect()
}
