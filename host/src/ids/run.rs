//! One CI run, and which CI system ran it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{JobName, Repository};

/// Which CI system ran it: where its log comes from, which is not always
/// where its code lives.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "system")]
pub enum Source {
    /// The forge's own: GitHub Actions, GitLab CI; on a local repository
    /// whoever tells of it.
    #[default]
    Forge,
    /// Another CI system, which shows itself as a check run on GitHub.
    CheckRun,
    /// A job of a Jenkins, by the configured address of that Jenkins.
    Jenkins { server: String, job: JobName },
    /// A sender that told of it with its log.
    Told { job: JobName },
    /// None: ConfigOptimizer looked at a branch. What it looked at is known by
    /// such a key where a run's would stand.
    Timetable,
}

impl Source {
    fn is_forge(&self) -> bool {
        *self == Source::Forge
    }
}

/// One attempt of one CI run. Redeliveries and several webhooks about one run
/// have the same key: what dedup goes by beside the delivery id, which is
/// seldom covered by a signature.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RunKey {
    /// Where the code lives.
    pub repository: Repository,
    /// Missing in what was stored when there were no others.
    #[serde(default, skip_serializing_if = "Source::is_forge")]
    pub source: Source,
    pub run: u64,
    /// From 1. A pipeline of GitLab keeps its number when its jobs are tried
    /// again; there it is the newest job's number instead.
    pub attempt: u64,
}

impl fmt::Display for RunKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RunKey {
            repository,
            source,
            run,
            attempt,
        } = self;
        match source {
            Source::Forge => write!(f, "{repository} run {run} attempt {attempt}"),
            Source::CheckRun => write!(f, "{repository} check run {run} attempt {attempt}"),
            Source::Jenkins { server, job } => {
                write!(
                    f,
                    "{repository} {server} job {job} run {run} attempt {attempt}"
                )
            }
            Source::Told { job } => {
                write!(f, "{repository} job {job} run {run} attempt {attempt}")
            }
            Source::Timetable => write!(f, "{repository} look {run}"),
        }
    }
}
