//! Changes of the CI configuration that nothing failed for.

use serde::{Deserialize, Serialize};

use crate::ci_history::Measured;
use crate::ids::{Digest, Fingerprint, TaskId};
use crate::patch::path::RepoPath;

/// Lines that one such change may remove and add: more is no small change.
pub const MAX_ADVICE_LINES: usize = 100;

/// What a change rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Advice {
    /// The look that it came from.
    pub look: TaskId,
    /// What the host counted itself of the file's past runs.
    pub measured: Measured,
    /// Minutes of runners that the agent expects it to save in 30 days, where
    /// that is no more than they take.
    pub saves: Option<f64>,
}

/// The strategies that the host has words for. Whatever else an agent calls
/// its strategy is one and the same, so that another name does not bring back
/// what a person said no to.
const STRATEGIES: [(&str, &str); 9] = [
    ("job-timeout", "Give the jobs of FILE a time-out"),
    ("concurrency-group", "End overtaken runs of FILE"),
    ("dependency-cache", "Cache dependencies in FILE"),
    ("cache-miss", "Let FILE find the caches that it makes"),
    ("path-filter", "Leave documentation alone in FILE"),
    ("least-permissions", "Give FILE a token that only reads"),
    ("pinned-actions", "Pin the actions of FILE to commits"),
    ("matrix-pruning", "Run fewer cells of FILE on every push"),
    ("redundant-runs", "Run FILE once for each commit"),
];

const OTHER: (&str, &str) = ("other", "Change the CI configuration in FILE");

fn known(strategy: &str) -> (&'static str, &'static str) {
    let mut all = STRATEGIES.into_iter();
    all.find(|(name, _)| *name == strategy).unwrap_or(OTHER)
}

impl Advice {
    /// What a change is recognised by when it is proposed again: what it is
    /// about and where, not its figures.
    pub fn fingerprint(strategy: &str, path: &RepoPath) -> Fingerprint {
        let (strategy, _) = known(strategy);
        let parts = [b"advice", strategy.as_bytes(), path.as_str().as_bytes()];
        let digest = Digest::of_parts(&parts).hex();
        digest.parse().expect("a digest makes a fingerprint")
    }
}

/// One line of the host's own about a change; `file` is a name that is safe
/// where it is shown.
pub fn subject(strategy: &str, file: &str) -> String {
    known(strategy).1.replace("FILE", file)
}

/// Whether a path is what GitHub or GitLab read their jobs from.
pub fn is_configuration(path: &RepoPath) -> bool {
    let path = path.as_str();
    let workflow = path.strip_prefix(".github/workflows/").is_some_and(|name| {
        !name.contains('/') && (name.ends_with(".yml") || name.ends_with(".yaml"))
    });
    workflow || path == ".gitlab-ci.yml"
}
