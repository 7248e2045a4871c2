//! What to do first. A number from 0 to 100, the sum of what a failure is,
//! where it shows, how far it reaches and how long it lasts; it never says what
//! may be done, only in which order.

use serde::{Deserialize, Serialize};

use super::BranchKind;
use crate::failure::{FailureClass, Severity};

/// From 0 to 100; more is sooner.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Urgency(u8);

impl Urgency {
    /// A person waits for it.
    pub const HIGHEST: Urgency = Urgency(100);

    /// From what is stored; more than there is counts as the most.
    pub fn from_stored(points: u8) -> Urgency {
        Urgency(points).min(Urgency::HIGHEST)
    }

    pub fn points(self) -> u8 {
        self.0
    }

    /// For people.
    pub fn word(self) -> &'static str {
        match self.0 {
            0..=29 => "low",
            30..=49 => "normal",
            50..=69 => "high",
            70.. => "urgent",
        }
    }
}

/// How far a failure reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    pub jobs: u32,
    pub branches: u32,
    pub repositories: u32,
    /// Since it was first seen, in milliseconds.
    pub lasts_ms: i64,
}

/// How urgent a failure is. More of anything never makes it less so.
pub fn urgency(
    class: FailureClass,
    severity: Severity,
    branch: BranchKind,
    reach: &Reach,
) -> Urgency {
    let hours = u32::try_from(reach.lasts_ms.max(0) / 3_600_000).unwrap_or(u32::MAX);
    let points = of_class(class)
        + of_severity(severity)
        + of_branch(branch)
        + doublings(reach.jobs, 2, 8)
        + doublings(reach.branches, 4, 12)
        + doublings(reach.repositories, 4, 12)
        + doublings(hours.saturating_add(1), 2, 8);
    Urgency(points.min(Urgency::HIGHEST.0))
}

/// How urgent a run is whose logs nobody has read.
pub fn of_run(branch: BranchKind) -> Urgency {
    Urgency(of_branch(branch))
}

/// What nobody gets past weighs more than what only looks wrong.
fn of_class(class: FailureClass) -> u8 {
    use FailureClass::*;
    match class {
        Compile
        | TypeCheck
        | DependencyResolution
        | Lockfile
        | ConfigOrWorkflowSyntax
        | DockerBuild
        | Deployment
        | PermissionOrSecret => 15,
        TestFailure | Timeout | OomOrDisk | FlakyOrInfraNetwork | Unknown => 10,
        Format | Lint => 5,
    }
}

fn of_severity(severity: Severity) -> u8 {
    match severity {
        Severity::Low => 0,
        Severity::Medium => 5,
        Severity::High => 10,
        Severity::Critical => 20,
    }
}

/// A red default branch stops everybody, a red feature branch its author.
fn of_branch(branch: BranchKind) -> u8 {
    match branch {
        BranchKind::Default => 25,
        BranchKind::LongLived => 20,
        BranchKind::Feature => 0,
    }
}

/// `each` for every doubling from one on, at most `most`: the tenth job that
/// fails alike says less than the second.
fn doublings(count: u32, each: u8, most: u8) -> u8 {
    let doublings = u8::try_from(count.max(1).ilog2()).unwrap_or(u8::MAX);
    doublings.saturating_mul(each).min(most)
}
