//! What is known of a failure beside its own log: whether unchanged code also
//! passed, whether the base branch fails alike, in how many repositories it
//! shows at once.

use serde::{Deserialize, Serialize};

use crate::failure::{Failure, FailureClass};
use crate::policy::Policy;

/// What was seen of a failure elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sightings {
    /// The same job passed on unchanged code, after this failure.
    pub passed_after: bool,
    /// It had passed on unchanged code before it failed.
    pub passed_before: bool,
    /// The class is one that a new version of a tool brings to unchanged code.
    pub drifts: bool,
    /// Other commits at which this failure came and, the code unchanged, went.
    pub flaked_commits: u32,
    /// The base branch fails alike, at a commit that this branch is built on.
    pub on_base: bool,
    /// A later run of the branch passed.
    pub went_green: bool,
    pub spread: Spread,
}

/// How far one failure spreads at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Spread {
    /// It is of a kind that many have when a service is down.
    pub infrastructure: bool,
    /// Repositories that showed this fingerprint within the window.
    pub repositories: u32,
    /// Repositories with any red run within the window.
    pub red: u32,
    /// How long the task has waited for it to be over, in milliseconds.
    pub held_ms: i64,
}

/// Commits at which a failure has to have come and gone before it counts as
/// flaky by itself. Once may be a service that was down for a minute.
const FLAKED_COMMITS: u32 = 2;

/// How long a task waits for an outage to be over, in milliseconds: a day.
/// What lasts longer is no outage but how things are now.
const PATIENCE_MS: i64 = 24 * 3_600_000;

impl Sightings {
    /// Whether the failure depends on chance. A formatter or compiler that
    /// passed *before* on the same code was another version then: that can be
    /// repaired. What passes *after* went away without a repair.
    pub fn is_flaky(&self) -> bool {
        let went = self.passed_after;
        let came = self.passed_before && !self.drifts;
        went || came || self.flaked_commits >= FLAKED_COMMITS
    }
}

impl Spread {
    /// Whether so many fail alike at once that a service they share is down.
    /// Their number alone is not enough: a lint that a new version of a tool
    /// brings shows in many repositories too, and where thousands build, three
    /// may have the same quarrel with a server.
    pub fn is_outage(&self, policy: &Policy) -> bool {
        let share = u64::from(self.red) * u64::from(policy.outage_percent);
        self.infrastructure
            && self.repositories >= policy.outage_repositories
            && u64::from(self.repositories) * 100 >= share
            && self.held_ms < PATIENCE_MS
    }
}

/// Whether a new version of a tool, or of what it reads, brings such failures
/// to code that nobody touched.
pub fn drifts(class: FailureClass) -> bool {
    use FailureClass::*;
    match class {
        Format
        | Lint
        | Compile
        | TypeCheck
        | DependencyResolution
        | Lockfile
        | ConfigOrWorkflowSyntax
        | DockerBuild => true,
        TestFailure | FlakyOrInfraNetwork | Timeout | OomOrDisk | PermissionOrSecret
        | Deployment | Unknown => false,
    }
}

/// What a log says where a server, and not the code, is the cause; lower case.
const SERVER_TROUBLE: [&str; 22] = [
    "500 internal server error",
    "502 bad gateway",
    "503 service",
    "504 gateway",
    "429 too many requests",
    "bad gateway",
    "service unavailable",
    "gateway time-out",
    "gateway timeout",
    "enotfound",
    "econnreset",
    "econnrefused",
    "etimedout",
    "eai_again",
    "could not resolve host",
    "name resolution",
    "connection refused",
    "connection reset",
    "connection timed out",
    "tls handshake",
    "network is unreachable",
    "unexpected eof while",
];

/// Whether a failure is of the kind that many have when a service is down.
pub fn is_infrastructure(failure: &Failure) -> bool {
    use FailureClass::*;
    match failure.class {
        FlakyOrInfraNetwork | Timeout | OomOrDisk => true,
        // A package that does not exist, or a registry that does not answer.
        DependencyResolution | Lockfile | DockerBuild | Deployment | PermissionOrSecret
        | Unknown => speaks_of_servers(failure),
        Format | Lint | Compile | TypeCheck | TestFailure | ConfigOrWorkflowSyntax => false,
    }
}

fn speaks_of_servers(failure: &Failure) -> bool {
    failure.key_lines.iter().any(|line| {
        let text = line.text.to_ascii_lowercase();
        SERVER_TROUBLE.iter().any(|trouble| text.contains(trouble))
    })
}
