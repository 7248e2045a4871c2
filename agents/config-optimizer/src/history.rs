//! What a CI system says of past runs, as the host wrote it down
//! (`/input/ci-history.json`, described in the agents' README).

use std::collections::BTreeMap;

use serde::Deserialize;

/// Bytes of a history that are read: thousands of runs.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// The form that is read.
const VERSION: u32 = 1;

/// Past runs of a repository.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct History {
    version: u32,
    /// How far back it goes.
    pub days: u32,
    pub runs: Vec<Run>,
    /// The branch that others are merged into, where the host knows.
    #[serde(default)]
    pub default_branch: Option<String>,
    /// The commit that each `owner/name@reference` of an action leads to.
    #[serde(default)]
    pub actions: BTreeMap<String, String>,
}

/// One attempt of one run.
#[derive(Debug, Clone, Deserialize)]
pub struct Run {
    pub run: u64,
    pub attempt: u64,
    /// The file of the workflow.
    pub workflow: String,
    /// What started it: `push`, `pull_request`, …
    pub event: String,
    pub branch: String,
    pub commit: String,
    pub conclusion: String,
    /// Milliseconds since 1970.
    pub created: i64,
    pub ended: i64,
    /// What the commit changed, where it is known.
    #[serde(default)]
    pub paths: Option<Vec<String>>,
    pub jobs: Vec<Job>,
}

/// One job of a run.
#[derive(Debug, Clone, Deserialize)]
pub struct Job {
    /// As the CI system shows it, the matrix' values in brackets behind.
    pub name: String,
    pub conclusion: String,
    /// Seconds that it waited for a runner.
    pub queued: u32,
    /// Seconds that it ran.
    pub seconds: u32,
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// One step of a job.
#[derive(Debug, Clone, Deserialize)]
pub struct Step {
    pub name: String,
    pub seconds: u32,
}

impl Run {
    /// Minutes of runners that it took.
    pub fn minutes(&self) -> f64 {
        let seconds = self.jobs.iter().map(|job| f64::from(job.seconds));
        seconds.sum::<f64>() / 60.0
    }
}

impl Job {
    pub fn passed(&self) -> bool {
        self.conclusion == "success"
    }

    pub fn failed(&self) -> bool {
        self.conclusion == "failure"
    }
}

impl History {
    /// Reads a history; the error says what is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<History, String> {
        if bytes.len() > MAX_BYTES {
            return Err(format!("it is larger than {MAX_BYTES} bytes"));
        }
        let history: History = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        match history.version {
            VERSION => Ok(history),
            other => Err(format!(
                "its version is {other}; this agent reads {VERSION}"
            )),
        }
    }

    /// The runs of one workflow.
    pub fn of<'a>(&'a self, workflow: &'a str) -> impl Iterator<Item = &'a Run> {
        self.runs.iter().filter(move |run| run.workflow == workflow)
    }

    /// What happens in the time that the history covers, in 30 days.
    pub fn a_month(&self, amount: f64) -> f64 {
        amount * 30.0 / f64::from(self.days.max(1))
    }
}

/// The smallest value that at least so many of a hundred are not above
/// (nearest rank). None of nothing.
pub fn percentile(values: &[u32], percent: u32) -> Option<u32> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() as u64 * u64::from(percent)).div_ceil(100);
    let index = usize::try_from(rank.max(1) - 1).ok()?;
    sorted.get(index.min(sorted.len().wrapping_sub(1))).copied()
}

/// Seconds as a person says them.
pub fn spoken(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5_400.0 => format!("{:.1} min", s / 60.0),
        s => format!("{:.1} h", s / 3_600.0),
    }
}
